"""Fictitious play, plain or smooth, in many signalling games and seeds at once:
:mod:`olivebranch.agents.tree.fictitious_play`."""

from functools import partial

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, States
from olivebranch.agents.stacked.parts.exact import Algorithm, learn_exactly, reach, values
from olivebranch.agents.stacked.parts.runs import RunGames, SeatTables
from olivebranch.agents.stacked.parts.sampled import softmax
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tree.fictitious_play import FictitiousPlaySettings
from olivebranch.games.base import BoolArray, FloatArray


def learn(
    games: StackedGames,
    settings: FictitiousPlaySettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`; the start counts as the first strategy.

    After a message that no type has ever sent, the receiver has nothing to respond to: it takes the first legal reply,
    or all alike if smooth, whatever the start says. A start in which some type trembles says what it should believe.
    """
    return learn_exactly(games, settings.updates(), states, partial(FictitiousPlay, settings), start, response)


class FictitiousPlay(Algorithm):
    """Both seats respond to the average; ties go to the first legal action."""

    reads_average = True

    def __init__(self, settings: FictitiousPlaySettings, game: RunGames, start: SeatTables) -> None:
        super().__init__(game, start)
        self.settings = settings
        self._even = game.uniform

    def step(self, progress: float, average: SeatTables) -> None:
        """See :class:`Algorithm`."""
        temperature = self.settings.temperature.at(progress)
        gains, game, play = values(self.game, average), self.game, self.play
        if temperature == 0.0:
            play.sender[...] = best(gains.sender, game.message_legal)
            play.receiver[...] = best(gains.receiver, game.reply_legal)
            return
        weights = reach(game, average)
        for table, gain, weight, even in (
            (play.sender, gains.sender, weights.sender, self._even.sender),
            (play.receiver, gains.receiver, weights.receiver, self._even.receiver),
        ):
            met = weight > 0
            table[...] = np.where(met, softmax(gain / np.where(met, weight, 1.0) / temperature, even), even)


def best(gains: FloatArray, legal: BoolArray) -> FloatArray:
    """Probability one on the first best legal action of each row."""
    chosen = np.where(legal, gains, -np.inf).argmax(axis=1)
    result: FloatArray = (np.arange(gains.shape[1])[:, None] == chosen[:, None]).astype(np.float64)
    return result
