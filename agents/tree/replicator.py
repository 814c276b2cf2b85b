"""Replicator dynamics of behaviour at each information set.

Taylor and Jonker, "Evolutionary stable strategies and game dynamics", Mathematical Biosciences 40 (1978). For the
dynamics in sequence form, which differ, see Gatti, Panozzo and Restelli, AAAI 2013. In zero-sum games the last iterate
circles.
"""

from olivebranch.agents.settings import ReplicatorSettings
from olivebranch.agents.tree.tree_learner import ExactLearner
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import counterfactual_values
from olivebranch.theory.tree.steps import replicator_step


class Replicator(ExactLearner):
    """Euler steps of the replicator equation on action values given the belief; ``memory`` is not used."""

    def __init__(self, game: CompiledGame, settings: ReplicatorSettings, seed: int) -> None:
        super().__init__(game, settings, seed)
        self.settings = settings

    def _step(self) -> None:
        values, own = counterfactual_values(self.profile)
        self._add(own)
        size, legal = self.settings.step_size.at(self.progress), self.tree.moves.legal
        for t, stage in enumerate(self.tree.stages):
            replicator_step(self.tables[t], values[t].values, values[t].reach, stage.state, legal, size)
