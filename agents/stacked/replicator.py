"""Replicator dynamics in many signalling games and seeds at once: :mod:`olivebranch.agents.tree.replicator`."""

from functools import partial

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, States
from olivebranch.agents.stacked.parts.exact import Algorithm, learn_exactly, reach, values
from olivebranch.agents.stacked.parts.runs import RunGames, SeatTables
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tree.replicator import ReplicatorSettings

TREMBLE = 1e-3  # share of uniform play in a start: a share of zero would stay zero for ever


def learn(
    games: StackedGames,
    settings: ReplicatorSettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`.

    It begins in the start mixed with a thousandth of uniform play.
    """
    return learn_exactly(games, settings.updates(), states, partial(Replicator, settings), start, response)


class Replicator(Algorithm):
    """Both seats at once: Euler steps on action values given the belief."""

    def __init__(self, settings: ReplicatorSettings, game: RunGames, start: SeatTables) -> None:
        even = game.uniform
        super().__init__(
            game,
            SeatTables(
                (1.0 - TREMBLE) * start.sender + TREMBLE * even.sender,
                (1.0 - TREMBLE) * start.receiver + TREMBLE * even.receiver,
            ),
        )
        self.settings = settings

    def step(self, progress: float, average: SeatTables) -> None:
        """See :class:`Algorithm`."""
        size = self.settings.step_size.at(progress)
        gains, weights = values(self.game, self.play), reach(self.game, self.play)
        for play, gain, weight in (
            (self.play.sender, gains.sender, weights.sender),
            (self.play.receiver, gains.receiver, weights.receiver),
        ):
            moves = weight > 0
            followed = (play * gain).sum(axis=1, keepdims=True)
            growth = np.maximum(1.0 + size * (gain - followed) / np.where(moves, weight, 1.0), 0.0)
            grown = play * growth
            np.copyto(play, grown / grown.sum(axis=1, keepdims=True), where=moves)
