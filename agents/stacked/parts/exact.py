"""The loop of learners that read the whole game in each step and draw nothing.

They are the algorithms of :mod:`olivebranch.theory.tree.algorithms` on signalling games, where a seat's own reach is
one everywhere, so that averages are plain (weighted) means. All runs make the same step at the same time, with the runs
along the last axis. Where the start is not random, all seeds are alike and one of them is trained.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay, States
from olivebranch.agents.stacked.parts.begin import start_behaviour
from olivebranch.agents.stacked.parts.runs import RunGames, SeatTables
from olivebranch.agents.stacked.start import BestResponse, RandomStart, Start


class Algorithm:
    """Behaviour that changes step by step.

    Attributes:
        game: of every run.
        play: behaviour now; steps write over it.
        reads_average: whether a step needs the average so far. Its average then includes the last step's behaviour,
            that of others does not.
    """

    reads_average: ClassVar[bool] = False

    def __init__(self, game: RunGames, start: SeatTables) -> None:
        self.game, self.play = game, start

    @property
    def memory(self) -> SeatTables | None:
        """What else is kept at each action."""
        return None

    def weight(self, done: int) -> float:
        """Of behaviour after ``done`` steps in the average."""
        return 1.0

    def step(self, progress: float, average: SeatTables) -> None:
        """Change the behaviour of both seats; ``average`` is so far."""
        raise NotImplementedError


def values(game: RunGames, play: SeatTables) -> SeatTables:
    """Counterfactual action values of both seats; see :mod:`olivebranch.theory.tree.evaluation`."""
    return SeatTables(game.prior[:, None] * game.sender_values(play.receiver), game.receiver_values(play.sender))


def reach(game: RunGames, play: SeatTables) -> SeatTables:
    """The weights in them, ``[types, 1, runs]`` and ``[messages, 1, runs]``."""
    return SeatTables(game.prior[:, None], (game.prior[:, None] * play.sender).sum(axis=0)[:, None])


def learn_exactly(
    games: StackedGames,
    steps: int,
    states: States,
    make: Callable[[RunGames, SeatTables], Algorithm],
    start: Start,
    response: BestResponse | None,
) -> StackedOutcome:
    """Let an algorithm run in every game and seed.

    Args:
        games: the games.
        steps: how many.
        states: of the runs' generators, ``[games, seeds, 2]``; read only if the start is random.
        make: makes the algorithm from the games and from behaviour at the start.
        start: where to begin.
        response: how the receiver responds; None if it learns.
    """
    seeds = states.shape[1]
    trained = seeds if isinstance(start, RandomStart) else 1
    game = RunGames.of(games, trained)
    algorithm = make(game, SeatTables.of(start_behaviour(games, start, states[:, :trained].copy())))
    play = algorithm.play
    sums, total = SeatTables(np.zeros_like(play.sender), np.zeros_like(play.receiver)), 0.0
    reply = play.receiver.copy()
    for done in range(steps + 1):
        if response is not None:
            reply += response.rate * (game.responses(play.sender, reply) - reply)
            play.receiver[...] = reply
        if done < steps or algorithm.reads_average:
            weight = algorithm.weight(done)
            total += weight
            sums.sender[...] += weight * play.sender
            sums.receiver[...] += weight * play.receiver
        if done < steps:
            so_far = SeatTables(sums.sender / total, sums.receiver / total) if algorithm.reads_average else sums
            algorithm.step(done / steps, so_far)
    memory = algorithm.memory
    if memory is not None and response is not None:
        memory = SeatTables(memory.sender, reply)

    def outcome(tables: SeatTables) -> StackedPlay:
        found = tables.by_game(trained)
        repeats = seeds // trained
        return StackedPlay(np.repeat(found.sender, repeats, axis=1), np.repeat(found.receiver, repeats, axis=1))

    return StackedOutcome(
        outcome(play),
        outcome(SeatTables(sums.sender / total, sums.receiver / total)),
        None if memory is None else outcome(game.where_legal(memory)),
    )
