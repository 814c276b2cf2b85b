"""CFR+, which forgets negative regret and weights later steps more.

In two-player zero-sum games the average converges to equilibrium, and often the last iterate does, too. In other games
nothing is promised.
"""

from typing import ClassVar, Literal

from olivebranch.agents.learner import Answer
from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.tree.parts.tree_learner import ExactLearner, starting_play
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import RegretMinimisation


class CFRPlusSettings(ExactSettings):
    """See :class:`CFRPlus`."""

    kind: Literal["cfr+"] = "cfr+"


class CFRPlus(ExactLearner[RegretMinimisation]):
    """See :class:`RegretMinimisation`, both clipped and linear."""

    settings_class = CFRPlusSettings
    answer: ClassVar[Answer] = "average"

    def __init__(self, game: CompiledGame, settings: CFRPlusSettings, seed: int) -> None:
        super().__init__(RegretMinimisation(starting_play(game, settings, seed), clipped=True, linear=True), settings)

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step()
