"""Magnetic mirror descent at each information set.

The last iterate converges to agent logit equilibria, in zero-sum games if steps are small against the temperature.
"""

from olivebranch.agents.average import AveragePeriod
from olivebranch.agents.settings import MagneticMirrorDescentSettings
from olivebranch.agents.tree.tree_learner import ExactLearner, uniform_start
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import MirrorDescent
from olivebranch.theory.tree.profiles import BehaviourProfile


class MagneticMirrorDescent(ExactLearner[MirrorDescent]):
    """See :class:`MirrorDescent`. The magnet is uniform play, or a copy that follows play at ``magnet_rate``.

    The temperature falls, and early play is kept near uniform, so the average begins only at ``average_from``.
    """

    def __init__(self, game: CompiledGame, settings: MagneticMirrorDescentSettings, seed: int) -> None:
        super().__init__(MirrorDescent(uniform_start(game)), settings)
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
        """Of behaviour since ``average_from``; behaviour now until then."""
        return super().average() if self.algorithm.done >= self._period.first else self.profile
