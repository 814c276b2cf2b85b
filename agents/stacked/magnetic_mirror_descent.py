"""Magnetic mirror descent, and Hedge as a case of it, in many signalling games and seeds at once:
:mod:`olivebranch.agents.tree.magnetic_mirror_descent`."""

from functools import partial

import numpy as np

from olivebranch.agents.average import AveragePeriod
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, States
from olivebranch.agents.stacked.parts.begin import log_weights
from olivebranch.agents.stacked.parts.exact import Algorithm, learn_exactly, reach, values
from olivebranch.agents.stacked.parts.runs import RunGames, SeatTables
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tree.magnetic_mirror_descent import MagneticMirrorDescentSettings
from olivebranch.games.base import BoolArray, FloatArray

LOWEST = -200.0  # of a logit: the floor of theory.tree.steps.mirror_step


def learn(
    games: StackedGames,
    settings: MagneticMirrorDescentSettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`; ``memory`` holds logits.

    The magnet is uniform at first, wherever play begins.
    """
    make = partial(MirrorDescent, settings)
    return learn_exactly(games, settings.updates(), states, make, start, response)


def mirror_step(
    logits: FloatArray,
    play: FloatArray,
    gain: FloatArray,
    magnet: FloatArray | float,
    legal: BoolArray,
    moves: BoolArray,
    step_size: float,
    temperature: float,
) -> None:
    """One seat's step, in place; rows where ``moves`` is false stay. See ``theory.tree.steps.mirror_step``."""
    moved = (logits + step_size * gain + step_size * temperature * magnet) / (1.0 + step_size * temperature)
    moved = np.where(legal, moved, -np.inf)
    moved = np.maximum(moved - moved.max(axis=1, keepdims=True), LOWEST)
    weights = np.where(legal, np.exp(moved), 0.0)
    np.copyto(logits, moved, where=moves & legal)
    np.copyto(play, weights / weights.sum(axis=1, keepdims=True), where=moves)


class MirrorDescent(Algorithm):
    """Both seats at once, on action values given the belief."""

    def __init__(self, settings: MagneticMirrorDescentSettings, game: RunGames, start: SeatTables) -> None:
        super().__init__(game, start)
        self.settings = settings
        self._first = AveragePeriod(settings.updates(), settings.average_from).first
        self._logits = SeatTables(log_weights(start.sender, axis=1), log_weights(start.receiver, axis=1))
        self._magnets = SeatTables(np.zeros_like(start.sender), np.zeros_like(start.receiver))

    @property
    def memory(self) -> SeatTables:
        """Logits."""
        return self._logits

    def weight(self, done: int) -> float:
        """See :class:`Algorithm`."""
        return 1.0 if done + 1 >= self._first else 0.0

    def step(self, progress: float, average: SeatTables) -> None:
        """See :class:`Algorithm`."""
        game, settings = self.game, self.settings
        size, temperature = settings.step_size.at(progress), settings.temperature.at(progress)
        gains, weights = values(game, self.play), reach(game, self.play)
        for name, legal in (("sender", game.message_legal), ("receiver", game.reply_legal)):
            logits, magnet, play, gain, weight = (
                getattr(tables, name) for tables in (self._logits, self._magnets, self.play, gains, weights)
            )
            moves = weight > 0
            mirror_step(logits, play, gain / np.where(moves, weight, 1.0), magnet, legal, moves, size, temperature)
            if settings.magnet_rate > 0.0:
                magnet += settings.magnet_rate * (logits - magnet)
