"""What the learners share that read the whole tree in each step: they repeat an algorithm of the theory."""

from typing import Generic, TypeVar

from olivebranch.agents.checkpoint import State
from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.visits import Visits
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import TreeAlgorithm
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

Algorithm = TypeVar("Algorithm", bound=TreeAlgorithm)


def uniform_start(game: CompiledGame) -> BehaviourProfile:
    """Uniform play on the tree of ``game``, with which all these learners begin."""
    return uniform_profile(unroll(game))


class ExactLearner(Generic[Algorithm]):
    """Repeats the steps of ``algorithm``; draws nothing, so seeds make no difference.

    A subclass says in :meth:`update` how a step follows from the settings and from ``progress``.
    """

    def __init__(self, algorithm: Algorithm, settings: ExactSettings) -> None:
        self.algorithm = algorithm
        self._steps = settings.updates()

    @property
    def tree(self) -> GameTree:
        """The tree of histories."""
        return self.algorithm.tree

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self._steps

    @property
    def progress(self) -> float:
        """The share of the steps that are done."""
        return self.algorithm.done / self._steps

    @property
    def profile(self) -> BehaviourProfile:
        """Behaviour now, as a view."""
        return self.algorithm.profile

    def update(self) -> None:
        """See :class:`Learner`: one step of the algorithm."""
        raise NotImplementedError

    def watch(self, visits: Visits) -> None:
        """See :class:`olivebranch.agents.visits.Watchable`; nothing is played, so visits are expected ones."""
        visits.source = lambda: self.profile

    def average(self) -> BehaviourProfile:
        """The average so far, in which each step counts with the seat's own reach; uniform where it never arrives."""
        return self.algorithm.average()

    def policies(self) -> dict[str, BehaviourProfile]:
        """See :class:`Learner`; the average weights each step with the seat's own reach."""
        return {"last": self.profile.copy(), "average": self.average().copy()}

    def state(self) -> State:
        """See :class:`Learner`."""
        return dict(self.algorithm.state())

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.algorithm.restore(state)
