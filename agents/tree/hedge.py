"""Hedge: multiplicative weights at each information set, on counterfactual values as in CFR.

In zero-sum games the average converges, while the last iterate cycles.
"""

from typing import ClassVar, Literal

from pydantic import Field

from olivebranch.agents.learner import Answer
from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.tree.parts.tree_learner import ExactLearner, starting_play
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import MultiplicativeWeights


class HedgeSettings(ExactSettings):
    """See :class:`Hedge`."""

    kind: Literal["hedge"] = "hedge"
    step_size: Scheduled = Field(default=geometric(1.0, 0.1), description="in units of one over payoffs")


class Hedge(ExactLearner[MultiplicativeWeights]):
    """See :class:`MultiplicativeWeights`."""

    settings_class = HedgeSettings
    answer: ClassVar[Answer] = "average"

    def __init__(self, game: CompiledGame, settings: HedgeSettings, seed: int) -> None:
        super().__init__(MultiplicativeWeights(starting_play(game, settings, seed)), settings)
        self.settings = settings

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step(self.settings.step_size.at(self.progress))
