"""What the learners share that read the whole tree in each step: they repeat an algorithm of the theory."""

from typing import Generic, TypeVar

import numpy as np

from olivebranch.agents.checkpoint import State
from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.visits import Visits
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.algorithms import TreeAlgorithm
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile, uniform_profile

Algorithm = TypeVar("Algorithm", bound=TreeAlgorithm)


def starting_play(game: CompiledGame, settings: ExactSettings, seed: int) -> BehaviourProfile:
    """What all these learners begin with, on the tree of ``game``: uniform play, or play drawn by the seed.

    Random play is drawn from the flat Dirichlet distribution at each information set. It is all that these learners
    draw, and what makes their seeds different observations.
    """
    tree = unroll(game)
    return uniform_profile(tree) if settings.start == "uniform" else random_profile(tree, np.random.default_rng(seed))


class ExactLearner(Generic[Algorithm]):
    """Repeats the steps of ``algorithm``; draws nothing but its start, so seeds make no other difference.

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
