"""Replicator dynamics of behaviour at each information set.

For the dynamics in sequence form, which differ, see Gatti, Panozzo and Restelli, AAAI 2013. In zero-sum games the last
iterate circles.
"""

from typing import ClassVar, Literal

from pydantic import Field

from olivebranch.agents.learner import Answer
from olivebranch.agents.schedule import Scheduled, constant
from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.tree.parts.tree_learner import ExactLearner, starting_play
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import ReplicatorDynamics


class ReplicatorSettings(ExactSettings):
    """See :class:`Replicator`."""

    kind: Literal["replicator"] = "replicator"
    step_size: Scheduled = Field(default=constant(0.05), description="in units of one over payoffs")


class Replicator(ExactLearner[ReplicatorDynamics]):
    """See :class:`ReplicatorDynamics`."""

    settings_class = ReplicatorSettings
    answer: ClassVar[Answer] = "average"

    def __init__(self, game: CompiledGame, settings: ReplicatorSettings, seed: int) -> None:
        super().__init__(ReplicatorDynamics(starting_play(game, settings, seed)), settings)
        self.settings = settings

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step(self.settings.step_size.at(self.progress))
