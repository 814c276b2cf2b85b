"""Exp3: exponential weights with payoffs weighted by importance, at each information set.

Auer, Cesa-Bianchi, Freund and Schapire, "The nonstochastic multiarmed bandit problem", SIAM Journal on Computing 32
(2002). See :mod:`olivebranch.agents.tabular.parts.bandits` for what is promised, and what not.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from olivebranch.agents.learner import Answer
from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings import AverageFrom, SampledSettings
from olivebranch.agents.tabular.parts.bandits import Bandits
from olivebranch.games.base import CompiledGame, FloatArray, IntArray


class Exp3Settings(SampledSettings):
    """See :class:`Exp3`."""

    kind: Literal["exp3"] = "exp3"
    exploration: Scheduled = Field(default=geometric(0.2, 0.01), description="probability of a uniformly drawn action")
    learning_rate: Scheduled = Field(default=geometric(0.003, 0.0003), description="a play; payoffs scaled to [0, 1]")
    average_from: AverageFrom = 0.5


class Exp3(Bandits):
    """``memory`` holds log weights, which grow by the learning rate times the payoff over its probability."""

    settings_class = Exp3Settings
    answer: ClassVar[Answer] = "average"

    def __init__(self, game: CompiledGame, settings: Exp3Settings, seed: int) -> None:
        super().__init__(game, settings, settings.average_from, seed)
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
