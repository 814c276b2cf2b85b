"""The loop of learners that play batches: behaviour, a draw of how often each course is taken, and what is learned.

All runs make the same step at the same time, with the runs along the last axis. A learner is a subclass of
:class:`Seat`; the two seats differ in what they see, not in how they learn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from olivebranch.agents.average import AveragePeriod
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay, StackedVisits, States
from olivebranch.agents.stacked.parts.begin import start_behaviour
from olivebranch.agents.stacked.parts.counts import draw_foregone, draw_plays, log_factorials
from olivebranch.agents.stacked.parts.runs import RunGames, SeatTables, by_game
from olivebranch.agents.stacked.start import BestResponse, Start
from olivebranch.games.base import FloatArray, IntArray


@dataclass(frozen=True)
class Experience:
    """What a batch of plays told one seat, ``[rows, actions, runs]`` each.

    Attributes:
        count: how often each action was taken.
        total: what it paid, added up.
        foregone: what each action would have paid in all plays that came to its row, added up, those included in which
            it was taken; None unless the seat asks for it.
    """

    count: FloatArray
    total: FloatArray
    foregone: FloatArray | None = None


class Seat:
    """One seat of every run: a table, and how it becomes behaviour and changes.

    Attributes:
        memory: what is kept at each action, ``[rows, actions, runs]``.
        even: uniform behaviour over the legal actions, zero elsewhere, in the same shape.
        asks_foregone: whether :meth:`learn` needs :attr:`Experience.foregone`.
        averages_outcome: whether the average is of what follows the updates in it, or of what was played before them.
    """

    asks_foregone: ClassVar[bool] = False
    averages_outcome: ClassVar[bool] = True

    def __init__(self, memory: FloatArray, even: FloatArray) -> None:
        self.memory, self.even = memory, even

    def behaviour(self, progress: float) -> FloatArray:
        """The probabilities that follow from ``memory``."""
        raise NotImplementedError

    def learn(self, behaviour: FloatArray, told: Experience, progress: float) -> None:
        """Change ``memory`` after a batch that was played with ``behaviour``."""
        raise NotImplementedError


@dataclass(frozen=True)
class Training:
    """How long, and which part of it is averaged.

    Attributes:
        updates: how many.
        batch: plays between two of them.
        average_from: progress at which the time average begins.
    """

    updates: int
    batch: int
    average_from: float


def softmax(scores: FloatArray, even: FloatArray) -> FloatArray:
    """Along the second axis, over the actions that ``even`` allows."""
    allowed = np.where(even > 0, scores, -np.inf)
    weights = np.exp(allowed - allowed.max(axis=1, keepdims=True))
    result: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return result


def learn_by_batches(
    games: StackedGames,
    training: Training,
    states: States,
    make_seat: Callable[[FloatArray, FloatArray], Seat],
    memory: StackedPlay,
    start: Start,
    response: BestResponse | None,
) -> StackedOutcome:
    """Train both seats in every game and seed.

    Args:
        games: the games.
        training: how long.
        states: of the runs' generators, ``[games, seeds, 2]``, which move on.
        make_seat: makes a seat from its first memory and from uniform behaviour.
        memory: of both seats at the start.
        start: from which a receiver that responds takes its behaviour.
        response: how the receiver responds; None if it learns.
    """
    seeds, flat = states.shape[1], states.reshape(-1, 2)
    if response is not None:
        memory = StackedPlay(memory.sender, start_behaviour(games, start, states).receiver)
    game, begin = RunGames.of(games, seeds), SeatTables.of(memory)
    even, log_factorial = game.uniform, log_factorials(training.batch)
    sender, receiver = make_seat(begin.sender, even.sender), make_seat(begin.receiver, even.receiver)
    period = AveragePeriod(training.updates, training.average_from)
    first = period.first - (0 if sender.averages_outcome else 1)
    last_averaged = training.updates - (0 if sender.averages_outcome else 1)
    sums = SeatTables(np.zeros_like(begin.sender), np.zeros_like(begin.receiver))
    counts = np.zeros(game.sender.shape, dtype=np.int64)
    unsent = np.zeros_like(counts)
    plays, last_update = np.zeros_like(begin.sender), np.zeros_like(begin.sender)
    for done in range(training.updates + 1):
        progress = done / training.updates
        send = sender.behaviour(progress)
        if response is None:
            reply = receiver.behaviour(progress)
        else:
            receiver.memory += response.rate * (game.responses(send, receiver.memory) - receiver.memory)
            reply = receiver.memory.copy()
        if first <= done <= last_averaged:
            sums.sender[...] += send
            sums.receiver[...] += reply
        if done == training.updates:
            break
        draw_plays(game.prior, send, reply, training.batch, log_factorial, flat, counts)
        sent = counts.sum(axis=2)
        if sender.asks_foregone:
            draw_foregone(counts, reply, log_factorial, flat, unsent)
        sender.learn(send, _of_sender(game, counts, sent, unsent if sender.asks_foregone else None), progress)
        if response is None:
            receiver.learn(reply, _of_receiver(game, counts, sent, receiver.asks_foregone), progress)
        plays += sent
        last_update[sent > 0] = done + 1
    number = last_averaged - first + 1
    return StackedOutcome(
        SeatTables(send, reply).by_game(seeds),
        SeatTables(sums.sender / number, sums.receiver / number).by_game(seeds),
        game.where_legal(SeatTables(sender.memory, receiver.memory)).by_game(seeds),
        StackedVisits(by_game(plays, seeds), by_game(last_update, seeds)),
    )


def _of_sender(game: RunGames, counts: IntArray, sent: IntArray, unsent: IntArray | None) -> Experience:
    total = (counts * game.sender).sum(axis=2)
    foregone = None if unsent is None else total + (unsent * game.sender).sum(axis=2)
    return Experience(sent.astype(np.float64), total, foregone)


def _of_receiver(game: RunGames, counts: IntArray, sent: IntArray, asks_foregone: bool) -> Experience:
    """The type comes out after a play, so what another reply would have paid is known."""
    foregone = (sent[:, :, None] * game.receiver).sum(axis=0) if asks_foregone else None
    return Experience(counts.sum(axis=0).astype(np.float64), (counts * game.receiver).sum(axis=0), foregone)
