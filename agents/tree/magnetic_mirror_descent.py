"""Magnetic mirror descent at each information set.

The last iterate converges to agent logit equilibria, in zero-sum games if steps are small against the temperature.
"""

from typing import Literal

from pydantic import Field

from olivebranch.agents.average import AveragePeriod
from olivebranch.agents.schedule import Scheduled, constant, geometric
from olivebranch.agents.settings import AverageFrom, ExactSettings
from olivebranch.agents.tree.parts.tree_learner import ExactLearner, starting_play
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import MirrorDescent
from olivebranch.theory.tree.profiles import BehaviourProfile


class MagneticMirrorDescentSettings(ExactSettings):
    """See :class:`MagneticMirrorDescent`."""

    kind: Literal["magnetic-mirror-descent"] = "magnetic-mirror-descent"
    step_size: Scheduled = Field(default=constant(0.1), description="in units of one over payoffs")
    temperature: Scheduled = Field(default=geometric(0.5, 0.005), description="pull of the magnet, in units of payoff")
    magnet_rate: float = Field(default=0.0, ge=0, le=1, description="how fast the magnet follows play; 0: uniform")
    average_from: AverageFrom = 0.5


class MagneticMirrorDescent(ExactLearner[MirrorDescent]):
    """See :class:`MirrorDescent`. The magnet is uniform play, or a copy that follows play at ``magnet_rate``.

    The temperature falls, and early play is kept near uniform, so the average begins only at ``average_from``.
    """

    settings_class = MagneticMirrorDescentSettings

    def __init__(self, game: CompiledGame, settings: MagneticMirrorDescentSettings, seed: int) -> None:
        super().__init__(MirrorDescent(starting_play(game, settings, seed)), settings)
        self.settings = settings
        self._period = AveragePeriod(self.total_updates, settings.average_from)

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step(
            self.settings.step_size.at(self.progress),
            self.settings.temperature.at(self.progress),
            magnet_rate=self.settings.magnet_rate,
            averaged=self.algorithm.done + 1 >= self._period.first,
        )

    def average(self) -> BehaviourProfile:
        """The average of behaviour since ``average_from``; until then it is behaviour now."""
        return super().average() if self.algorithm.done >= self._period.first else self.profile
