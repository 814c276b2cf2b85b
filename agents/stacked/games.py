"""Many signalling games at once, for learners that train all of them in one program, and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from olivebranch.games.base import FloatArray, compile_game
from olivebranch.games.talks import TalksGame, TalksParameters, signalling_payoffs


@dataclass(frozen=True)
class StackedGames:
    """Signalling games of one shape: a type is drawn, the sender sends a message, the receiver replies to it.

    Attributes:
        prior: ``[games, types]``.
        sender, receiver: payoffs, ``[games, types, messages, replies]``.
    """

    prior: FloatArray
    sender: FloatArray
    receiver: FloatArray

    @classmethod
    def of_talks(cls, parameters: Sequence[TalksParameters]) -> "StackedGames":
        """Talks games: types high, low; messages fight, offer; replies hold, escalate."""
        compiled = [compile_game(TalksGame(one)) for one in parameters]
        payoffs = np.array([signalling_payoffs(game) for game in compiled]).reshape(-1, 2, 2, 2, 2)
        prior = np.array([game.prior for game in compiled]).reshape(-1, 2)
        return cls(prior, *np.ascontiguousarray(payoffs.swapaxes(0, 1)))


@dataclass(frozen=True)
class StackedPlay:
    """Behaviour of both seats in every run.

    Attributes:
        sender: probability of each message by type, ``[games, seeds, types, messages]``.
        receiver: probability of each reply by message, ``[games, seeds, messages, replies]``.
    """

    sender: FloatArray
    receiver: FloatArray


@dataclass(frozen=True)
class StackedOutcome:
    """What training gave: behaviour at the end, and its time average."""

    last: StackedPlay
    average: StackedPlay


def run_states(seed: int, first: int, games: int, seeds: int) -> NDArray[np.uint64]:
    """Random states of the generators of all runs, ``[games, seeds, 2]``; game ``k`` here is number ``first + k``.

    A game's states depend on ``seed`` and its number alone, not on which games are trained together.
    """
    rows = [np.random.SeedSequence((seed, first + game)).generate_state(2 * seeds, np.uint64) for game in range(games)]
    states: NDArray[Any] = np.array(rows, dtype=np.uint64).reshape(games, seeds, 2)
    return states
