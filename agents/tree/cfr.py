"""Counterfactual regret minimisation (CFR) and CFR+.

In two-player zero-sum games the average converges to equilibrium; the last iterate of CFR need not, that of CFR+ often
does. In other games nothing is promised for either.
"""

from olivebranch.agents.settings import CFRPlusSettings, CFRSettings
from olivebranch.agents.tree.tree_learner import ExactLearner, uniform_start
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import RegretMinimisation


class CFR(ExactLearner[RegretMinimisation]):
    """See :class:`RegretMinimisation`; the kind of the settings says which of the two it is."""

    def __init__(self, game: CompiledGame, settings: CFRSettings | CFRPlusSettings, seed: int) -> None:
        plus = isinstance(settings, CFRPlusSettings)
        super().__init__(RegretMinimisation(uniform_start(game), clipped=plus, linear=plus), settings)

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step()
