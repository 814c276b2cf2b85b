"""Stacked games and what is kept of each run, with the runs along the last axis.

Learners work on such arrays, because operations on many runs at once are then operations on contiguous numbers.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from olivebranch.agents.stacked.games import StackedGames, StackedPlay
from olivebranch.games.base import BoolArray, FloatArray

Number = TypeVar("Number", bound=np.generic)


def runs_last(table: NDArray[Number], seeds: int) -> NDArray[Number]:
    """A number for each game, ``[games, ..]``, as one for each run, ``[.., games * seeds]``."""
    return np.ascontiguousarray(np.repeat(np.moveaxis(table, 0, -1), seeds, axis=-1))


def flat_runs(table: FloatArray) -> FloatArray:
    """From ``[games, seeds, ..]`` to ``[.., games * seeds]``."""
    return np.ascontiguousarray(np.moveaxis(table.reshape(-1, *table.shape[2:]), 0, -1))


def by_game(table: FloatArray, seeds: int) -> FloatArray:
    """From ``[.., games * seeds]`` to ``[games, seeds, ..]``."""
    return np.ascontiguousarray(np.moveaxis(table, -1, 0)).reshape(-1, seeds, *table.shape[:-1])


@dataclass(frozen=True)
class SeatTables:
    """A number at each action of both seats: ``[types, messages, runs]`` and ``[messages, replies, runs]``."""

    sender: FloatArray
    receiver: FloatArray

    def copy(self) -> "SeatTables":
        """Of both."""
        return SeatTables(self.sender.copy(), self.receiver.copy())

    @classmethod
    def of(cls, play: StackedPlay) -> "SeatTables":
        """From arrays by game and seed."""
        return cls(flat_runs(play.sender), flat_runs(play.receiver))

    def by_game(self, seeds: int) -> StackedPlay:
        """The inverse of :meth:`of`."""
        return StackedPlay(by_game(self.sender, seeds), by_game(self.receiver, seeds))


@dataclass(frozen=True)
class RunGames:
    """The game of every run.

    Attributes:
        prior: ``[types, runs]``.
        sender, receiver: payoffs, ``[types, messages, replies, runs]``.
        message_legal, reply_legal: ``[types, messages, runs]`` and ``[messages, replies, runs]``.
    """

    prior: FloatArray
    sender: FloatArray
    receiver: FloatArray
    message_legal: BoolArray
    reply_legal: BoolArray

    @classmethod
    def of(cls, games: StackedGames, seeds: int) -> "RunGames":
        """Each game for ``seeds`` runs, one beside the other."""
        send, reply = games.legal
        return cls(
            runs_last(games.prior, seeds),
            runs_last(games.sender, seeds),
            runs_last(games.receiver, seeds),
            runs_last(send, seeds),
            runs_last(reply, seeds),
        )

    @property
    def uniform(self) -> SeatTables:
        """Every legal action with the same probability."""
        return SeatTables(
            self.message_legal / self.message_legal.sum(axis=1, keepdims=True),
            self.reply_legal / self.reply_legal.sum(axis=1, keepdims=True),
        )

    def where_legal(self, tables: SeatTables) -> SeatTables:
        """The tables with NaN where an action is not legal."""
        return SeatTables(
            np.where(self.message_legal, tables.sender, np.nan), np.where(self.reply_legal, tables.receiver, np.nan)
        )

    def sender_values(self, receiver: FloatArray) -> FloatArray:
        """What each message is worth to each type, against the receiver's behaviour: ``[types, messages, runs]``."""
        result: FloatArray = (self.sender * receiver).sum(axis=2)
        return result

    def receiver_values(self, sender: FloatArray) -> FloatArray:
        """What each reply is worth, times the probability of the message: ``[messages, replies, runs]``."""
        result: FloatArray = ((self.prior[:, None] * sender)[:, :, None] * self.receiver).sum(axis=0)
        return result

    def responses(self, sender: FloatArray, otherwise: FloatArray) -> FloatArray:
        """The receiver's best responses, ties shared evenly, ``[messages, replies, runs]``; ``otherwise`` where no type
        sends the message."""
        values = np.where(self.reply_legal, self.receiver_values(sender), -np.inf)
        best = values == values.max(axis=1, keepdims=True)
        heard = ((self.prior[:, None] * sender).sum(axis=0) > 0)[:, None]
        return np.where(heard, best / best.sum(axis=1, keepdims=True), otherwise)
