"""Exp3: exponential weights with payoffs weighted by importance, at each information set.

Auer, Cesa-Bianchi, Freund and Schapire, "The nonstochastic multiarmed bandit problem", SIAM Journal on Computing 32
(2002). See :mod:`olivebranch.agents.tabular.bandits` for what is promised, and what not.
"""

import numpy as np

from olivebranch.agents.settings import Exp3Settings
from olivebranch.agents.tabular.bandits import Bandits
from olivebranch.games.base import CompiledGame, FloatArray, IntArray


class Exp3(Bandits):
    """``memory`` holds log weights, which grow by the learning rate times the payoff over its probability."""

    def __init__(self, game: CompiledGame, settings: Exp3Settings, seed: int) -> None:
        super().__init__(game, settings, seed)
        self.settings = settings

    @property
    def behaviour(self) -> FloatArray:
        """See :class:`TableLearner`."""
        weight = np.where(self.tables.legal, np.exp(self.memory), 0.0)
        share = weight / np.maximum(weight.sum(axis=-1, keepdims=True), 1e-300)
        gamma = self.settings.exploration.at(self.progress)
        result: FloatArray = (1.0 - gamma) * share + gamma * self._uniform
        return result

    def _learn(self, behaviour: FloatArray, total: FloatArray, count: IntArray) -> None:
        tried = count > 0
        rate = self.settings.learning_rate.at(self.progress)
        self.memory[tried] += rate * total[tried] / behaviour[tried]
        top = np.where(self.tables.legal, self.memory, -np.inf).max(axis=-1, keepdims=True)
        self.memory -= np.where(np.isfinite(top), top, 0.0)
