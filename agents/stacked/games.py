"""Many signalling games at once, for learners that train all of them in one program, and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from olivebranch.agents.stacked.parts.views import Views, signalling_views, talks_views
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import BoolArray, FloatArray, compile_game
from olivebranch.games.signalling import SignallingGame, SignallingRules, compile_signalling
from olivebranch.games.talks import TalksGame, TalksParameters, signalling_payoffs

States = NDArray[np.uint64]


@dataclass(frozen=True)
class StackedGames:
    """Signalling games of one shape: a type is drawn, the sender sends a message, the receiver replies to it.

    Attributes:
        prior: ``[games, types]``.
        sender, receiver: payoffs, ``[games, types, messages, replies]``.
        message_legal: which type can send which message, ``[games, types, messages]``; by default each can send all.
        reply_legal: which replies a message allows, ``[games, messages, replies]``; by default all.
        views: what networks see; None if unknown, or if not every type can send every message.
    """

    prior: FloatArray
    sender: FloatArray
    receiver: FloatArray
    message_legal: BoolArray | None = None
    reply_legal: BoolArray | None = None
    views: Views | None = None

    @classmethod
    def of_talks(cls, parameters: Sequence[TalksParameters]) -> "StackedGames":
        """Talks games: types high, low; messages fight, offer; replies hold, escalate."""
        compiled = [compile_game(TalksGame(one)) for one in parameters]
        payoffs = np.array([signalling_payoffs(game) for game in compiled]).reshape(-1, 2, 2, 2, 2)
        prior = np.array([game.prior for game in compiled]).reshape(-1, 2)
        sender, receiver = np.ascontiguousarray(payoffs.swapaxes(0, 1))
        return cls(prior, sender, receiver, views=talks_views(compiled[0]) if compiled else None)

    @classmethod
    def of_signalling(cls, games: Sequence[SignallingGame]) -> "StackedGames":
        """Finite signalling games, which must have the same numbers of types, messages and responses.

        Raises:
            ParameterError: there is no game, or their shapes differ.
        """
        shapes = sorted({game.shape for game in games})
        if len(shapes) != 1:
            raise ParameterError("games", shapes, "one game or more, all with as many types, messages and responses")
        public = all(map(all, games[0].message_legal))
        views = signalling_views(compile_signalling(games[0]), SignallingRules(games[0])) if public else None
        return cls(
            np.array([game.prior for game in games], dtype=np.float64),
            np.array([game.sender_payoffs for game in games], dtype=np.float64),
            np.array([game.receiver_payoffs for game in games], dtype=np.float64),
            np.array([game.message_legal for game in games]),
            np.array([game.response_legal for game in games]),
            views,
        )

    def scaled(self) -> "StackedGames":
        """The same games with each seat's payoffs scaled to [0, 1]: from the least to the largest that can occur."""
        send, reply = self.legal
        possible = send[..., None] & reply[:, None] & (self.prior > 0)[:, :, None, None]
        tables = []
        for payoffs in (self.sender, self.receiver):
            low = np.where(possible, payoffs, np.inf).min(axis=(1, 2, 3), keepdims=True)
            high = np.where(possible, payoffs, -np.inf).max(axis=(1, 2, 3), keepdims=True)
            tables.append((payoffs - low) / np.where(high > low, high - low, 1.0))
        return replace(self, sender=tables[0], receiver=tables[1])

    def in_units(self) -> "StackedGames":
        """The same games with each seat's payoffs in the unit of :mod:`olivebranch.agents.payoffs`."""
        send, reply = self.legal
        sent = send / np.maximum(send.sum(axis=2, keepdims=True), 1)
        replied = reply / np.maximum(reply.sum(axis=2, keepdims=True), 1)
        play = sent[..., None] * replied[:, None]  # uniform: [games, types, messages, replies]
        prior = self.prior[:, :, None, None] / self.prior.sum(axis=1)[:, None, None, None]
        drawn, every = prior * play, (1, 2, 3)
        by_type = (play * self.sender).sum(axis=(2, 3), keepdims=True)
        mean = (drawn * self.receiver).sum(axis=every, keepdims=True)
        variances, squares = (
            np.array([(drawn * table).sum(axis=every) for table in tables])
            for tables in (
                ((self.sender - by_type) ** 2, (self.receiver - mean) ** 2),
                (self.sender**2, self.receiver**2),
            )
        )
        units = np.sqrt(np.where(variances > 1e-12 * np.maximum(squares, 1e-300), variances, 1.0))
        opposed = np.isclose(self.sender + self.receiver, 0.0) | (send[..., None] & reply[:, None] == 0)
        units = np.where(opposed.all(axis=every), np.sqrt((units**2).mean(axis=0)), units)[..., None, None, None]
        return replace(self, sender=self.sender / units[0], receiver=self.receiver / units[1])

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Numbers of games, types, messages and replies."""
        games, types, messages, replies = self.sender.shape
        return games, types, messages, replies

    @property
    def legal(self) -> tuple[BoolArray, BoolArray]:
        """What the sender, ``[games, types, messages]``, and the receiver, ``[games, messages, replies]``, can do."""
        games, types, messages, replies = self.shape
        send, reply = self.message_legal, self.reply_legal
        return (
            np.ones((games, types, messages), dtype=np.bool_) if send is None else send,
            np.ones((games, messages, replies), dtype=np.bool_) if reply is None else reply,
        )


@dataclass(frozen=True)
class StackedPlay:
    """Behaviour of both seats, or another number at each of their actions, in every run.

    Attributes:
        sender: of each message by type, ``[games, seeds, types, messages]``; behaviour is a probability.
        receiver: of each reply by message, ``[games, seeds, messages, replies]``.
    """

    sender: FloatArray
    receiver: FloatArray


@dataclass(frozen=True)
class StackedVisits:
    """Where play went while it was learned; both are ``[games, seeds, types, messages]``.

    A sum over messages tells how often an information set of the sender came up, one over types how often one of the
    receiver did, and the largest update in the same way when it last came up.

    Attributes:
        plays: how many plays had the type and the message.
        last_update: the number of the update, from 1 on, whose plays last had them; 0 if none ever had. Q-learners that
            learn after every play round it up to a multiple of 16, or to the end.
    """

    plays: FloatArray
    last_update: FloatArray


@dataclass(frozen=True)
class StackedOutcome:
    """What training gave.

    Attributes:
        last: behaviour at the end.
        average: the time average of behaviour.
        memory: what the algorithm keeps at each action, at the end: action values, propensities, log weights, regrets
            and so on, as the learner says; None for networks.
        visits: None for learners that play no episodes.
    """

    last: StackedPlay
    average: StackedPlay
    memory: StackedPlay | None = None
    visits: StackedVisits | None = None


def run_states(seed: int, first: int, games: int, seeds: int) -> States:
    """Random states of the generators of all runs, ``[games, seeds, 2]``; game ``k`` here is number ``first + k``.

    A game's states depend on ``seed`` and its number alone, not on which games are trained together.
    """
    rows = [np.random.SeedSequence((seed, first + game)).generate_state(2 * seeds, np.uint64) for game in range(games)]
    states: NDArray[Any] = np.array(rows, dtype=np.uint64).reshape(games, seeds, 2)
    return states
