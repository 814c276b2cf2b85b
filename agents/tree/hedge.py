"""Hedge: multiplicative weights at each information set, on counterfactual values as in CFR.

In zero-sum games the average converges, while the last iterate cycles.
"""

from olivebranch.agents.settings import HedgeSettings
from olivebranch.agents.tree.tree_learner import ExactLearner, uniform_start
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import MultiplicativeWeights


class Hedge(ExactLearner[MultiplicativeWeights]):
    """See :class:`MultiplicativeWeights`."""

    def __init__(self, game: CompiledGame, settings: HedgeSettings, seed: int) -> None:
        super().__init__(MultiplicativeWeights(uniform_start(game)), settings)
        self.settings = settings

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step(self.settings.step_size.at(self.progress))
