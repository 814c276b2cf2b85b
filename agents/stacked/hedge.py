"""Hedge in many signalling games and seeds at once: :mod:`olivebranch.agents.tree.hedge`."""

from functools import partial

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, States
from olivebranch.agents.stacked.magnetic_mirror_descent import mirror_step
from olivebranch.agents.stacked.parts.begin import log_weights
from olivebranch.agents.stacked.parts.exact import Algorithm, learn_exactly, values
from olivebranch.agents.stacked.parts.runs import RunGames, SeatTables
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tree.hedge import HedgeSettings

EVERYWHERE = np.array(True)


def learn(
    games: StackedGames,
    settings: HedgeSettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`; ``memory`` holds logits."""
    return learn_exactly(games, settings.updates(), states, partial(MultiplicativeWeights, settings), start, response)


class MultiplicativeWeights(Algorithm):
    """Both seats at once: mirror descent without a magnet, on values that are not divided by reach."""

    def __init__(self, settings: HedgeSettings, game: RunGames, start: SeatTables) -> None:
        super().__init__(game, start)
        self.settings = settings
        self._logits = SeatTables(log_weights(start.sender, axis=1), log_weights(start.receiver, axis=1))

    @property
    def memory(self) -> SeatTables:
        """Logits."""
        return self._logits

    def step(self, progress: float, average: SeatTables) -> None:
        """See :class:`Algorithm`."""
        game, size, gains = self.game, self.settings.step_size.at(progress), values(self.game, self.play)
        logits, play = self._logits, self.play
        mirror_step(logits.sender, play.sender, gains.sender, 0.0, game.message_legal, EVERYWHERE, size, 0.0)
        mirror_step(logits.receiver, play.receiver, gains.receiver, 0.0, game.reply_legal, EVERYWHERE, size, 0.0)
