"""Magnetic mirror descent at each information set.

The last iterate converges to agent logit equilibria, in zero-sum games if steps are small against the temperature.
"""

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

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step(
            self.settings.step_size.at(self.progress),
            self.settings.temperature.at(self.progress),
            magnet_rate=self.settings.magnet_rate,
            averaged=self._averages(self.algorithm.done + 1),
        )

    def _averages(self, steps: int) -> bool:
        """Whether behaviour before step number ``steps`` (from one on) is part of the average."""
        return steps > self.settings.average_from * self.total_updates

    def average(self) -> BehaviourProfile:
        """Of behaviour since ``average_from``; behaviour now until then."""
        return super().average() if self._averages(self.algorithm.done) else self.profile
