"""Roth-Erev reinforcement: actions are chosen in proportion to propensities, which grow by what they paid.

Roth and Erev, "Learning in extensive-form games: experimental data and simple dynamic models in the intermediate term",
Games and Economic Behavior 8 (1995); Erev and Roth, "Predicting how people play games: reinforcement learning in
experimental games with unique, mixed strategy equilibria", American Economic Review 88 (1998).
"""

from typing import Literal

import numpy as np
from pydantic import Field

from olivebranch.agents.schedule import Scheduled, constant, geometric
from olivebranch.agents.settings import AverageFrom, SampledSettings
from olivebranch.agents.tabular.parts.bandits import Bandits
from olivebranch.games.base import CompiledGame, FloatArray, IntArray


class RothErevSettings(SampledSettings):
    """See :class:`RothErev`."""

    kind: Literal["roth-erev"] = "roth-erev"
    initial_propensity: float = Field(default=10.0, gt=0, description="of every action, payoffs scaled to [0, 1]")
    forgetting: Scheduled = Field(default=constant(0.0001), description="share of propensities lost at each decision")
    experimentation: Scheduled = Field(
        default=geometric(0.1, 0.005), description="share of what is reinforced that goes to all actions alike"
    )
    average_from: AverageFrom = 0.5


class RothErev(Bandits):
    """``memory`` holds propensities; payoffs count from the game's least on, so they never fall below zero.

    What experimentation takes from the chosen action goes to all legal actions alike, itself included; in Erev and Roth
    to all others alike, which is the same with a share smaller by the factor (n - 1) / n.
    """

    settings_class = RothErevSettings

    def __init__(self, game: CompiledGame, settings: RothErevSettings, seed: int) -> None:
        super().__init__(game, settings, settings.average_from, seed)
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
