"""Which updates a time average is made of, and time averages of policies that are networks.

:class:`AveragePeriod` alone says when. How behaviour is added up depends on what a learner holds: a table adds its
behaviour after every update (:class:`olivebranch.agents.tabular.parts.table_learner.TableLearner`, and in compiled code
:mod:`olivebranch.agents.stacked.q_learning`); learners that read the whole tree add it before every step, weighted with
own reach (:class:`olivebranch.theory.tree.algorithms.TreeAlgorithm`); of networks copies are kept.
"""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from olivebranch.agents.policies.behaviour import Policies
from olivebranch.agents.policies.mixture import MixturePolicy


@dataclass(frozen=True)
class AveragePeriod:
    """The last part of training, over which behaviour is averaged.

    Attributes:
        total_updates: how many updates training makes, at least 1.
        start: progress at which the average begins, in [0, 1).
    """

    total_updates: int
    start: float

    @property
    def first(self) -> int:
        """The first update that counts, from one on; the last is ``total_updates``."""
        return min(floor(self.start * self.total_updates) + 1, self.total_updates)

    def evenly(self, number: int) -> frozenset[int]:
        """``number`` updates at even distances, fewer where there are not so many; ``total_updates`` is the last."""
        times = np.linspace(self.start * self.total_updates, self.total_updates, number + 1)[1:]
        return frozenset(ceil(time) for time in times)


class TimeAverage:
    """Collects snapshots at evenly spaced updates and averages their behaviour.

    Weights of networks are not averaged: behaviour is what an equilibrium is about, and it is not linear in them. Nor
    is a snapshot taken after every update, as it is of tables: with PPO's defaults in the preset ``war-example`` these
    would be 200 copies instead of 20, a file of 1.5 MB a seat instead of 0.15, and 65 ms a measurement instead of 7.

    Args:
        period: which part of training is averaged.
        snapshots: how many copies, at most; the last is taken after the last update.
    """

    def __init__(self, period: AveragePeriod, snapshots: int) -> None:
        self._due = period.evenly(snapshots)
        self._taken: list[Policies] = []

    def is_due(self, updates_done: int) -> bool:
        """Whether a snapshot is wanted now."""
        return updates_done in self._due

    def add(self, profile: Policies) -> None:
        """Keep ``profile``, which must not change any more."""
        self._taken.append(profile)

    def state(self) -> list[Policies]:
        """The copies taken so far, for a checkpoint."""
        return list(self._taken)

    def restore(self, taken: list[Policies]) -> None:
        """The inverse of :meth:`state`."""
        self._taken = [tuple(profile) for profile in taken]

    def profile(self, otherwise: Policies) -> Policies:
        """The average behaviour of each seat; ``otherwise`` before the first snapshot."""
        if not self._taken:
            return otherwise
        return tuple(MixturePolicy(snapshots) for snapshots in zip(*self._taken, strict=True))
