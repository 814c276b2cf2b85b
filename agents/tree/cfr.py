"""Counterfactual regret minimisation (CFR).

In two-player zero-sum games the average converges to equilibrium; the last iterate need not. In other games nothing is
promised.
"""

from typing import ClassVar, Literal

from olivebranch.agents.learner import Answer
from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.tree.parts.tree_learner import ExactLearner, starting_play
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import RegretMinimisation


class CFRSettings(ExactSettings):
    """See :class:`CFR`."""

    kind: Literal["cfr"] = "cfr"


class CFR(ExactLearner[RegretMinimisation]):
    """See :class:`RegretMinimisation`, neither clipped nor linear."""

    settings_class = CFRSettings
    answer: ClassVar[Answer] = "average"

    def __init__(self, game: CompiledGame, settings: CFRSettings, seed: int) -> None:
        super().__init__(RegretMinimisation(starting_play(game, settings, seed), clipped=False, linear=False), settings)

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step()
