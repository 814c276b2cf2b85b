"""Roth-Erev reinforcement: actions are chosen in proportion to propensities, which grow by what they paid.

Roth and Erev, "Learning in extensive-form games: experimental data and simple dynamic models in the intermediate term",
Games and Economic Behavior 8 (1995); Erev and Roth, "Predicting how people play games: reinforcement learning in
experimental games with unique, mixed strategy equilibria", American Economic Review 88 (1998).
"""

import numpy as np

from olivebranch.agents.settings import RothErevSettings
from olivebranch.agents.tabular.bandits import Bandits
from olivebranch.games.base import CompiledGame, FloatArray, IntArray


class RothErev(Bandits):
    """``memory`` holds propensities; payoffs count from the game's least on, so they never fall below zero.

    What experimentation takes from the chosen action goes to all legal actions alike, itself included; in Erev and Roth
    to all others alike, which is the same with a share smaller by the factor (n - 1) / n.
    """

    def __init__(self, game: CompiledGame, settings: RothErevSettings, seed: int) -> None:
        super().__init__(game, settings, seed)
        self.settings = settings
        self.memory = np.where(self.tables.legal, settings.initial_propensity, 0.0)

    @property
    def behaviour(self) -> FloatArray:
        """See :class:`TableLearner`."""
        result: FloatArray = self.memory / np.maximum(self.memory.sum(axis=-1, keepdims=True), 1e-300)
        return result

    def _learn(self, behaviour: FloatArray, total: FloatArray, count: IntArray) -> None:
        progress = self.progress
        epsilon, phi = self.settings.experimentation.at(progress), self.settings.forgetting.at(progress)
        spread = total.sum(axis=-1, keepdims=True) * self._uniform
        kept = (1.0 - phi) ** count.sum(axis=-1, keepdims=True)
        self.memory = kept * self.memory + (1.0 - epsilon) * total + epsilon * spread
