"""Replicator dynamics of behaviour at each information set.

For the dynamics in sequence form, which differ, see Gatti, Panozzo and Restelli, AAAI 2013. In zero-sum games the last
iterate circles.
"""

from olivebranch.agents.settings import ReplicatorSettings
from olivebranch.agents.tree.tree_learner import ExactLearner, uniform_start
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import ReplicatorDynamics


class Replicator(ExactLearner[ReplicatorDynamics]):
    """See :class:`ReplicatorDynamics`."""

    def __init__(self, game: CompiledGame, settings: ReplicatorSettings, seed: int) -> None:
        super().__init__(ReplicatorDynamics(uniform_start(game)), settings)
        self.settings = settings

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step(self.settings.step_size.at(self.progress))
