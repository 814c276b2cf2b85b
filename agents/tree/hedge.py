"""Hedge: multiplicative weights at each information set.

Freund and Schapire, "Adaptive game playing using multiplicative weights", Games and Economic Behavior 29 (1999), on
counterfactual values as in CFR. It is mirror descent without a magnet: in zero-sum games the average converges, while
the last iterate cycles.
"""

import numpy as np

from olivebranch.agents.settings import HedgeSettings
from olivebranch.agents.tree.tree_learner import ExactLearner
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import counterfactual_values
from olivebranch.theory.tree.steps import mirror_step


class Hedge(ExactLearner):
    """Multiplicative weights on counterfactual values; ``memory`` holds logits."""

    def __init__(self, game: CompiledGame, settings: HedgeSettings, seed: int) -> None:
        super().__init__(game, settings, seed)
        self.settings = settings
        self._zeros = [np.zeros_like(table) for table in self.tables]
        self._ones = [np.ones(table.shape[:2]) for table in self.tables]

    def _step(self) -> None:
        values, own = counterfactual_values(self.profile)
        self._add(own)
        size, legal = self.settings.step_size.at(self.progress), self.tree.moves.legal
        for t, stage in enumerate(self.tree.stages):
            mirror_step(
                self.tables[t], self.memory[t], self._zeros[t], values[t].values, self._ones[t], stage.state, legal,
                size, 0.0,
            )  # fmt: skip
