"""Time averages of policies that are networks: copies taken evenly over the last part of training."""

from math import ceil

import numpy as np

from olivebranch.agents.learner import Profile
from olivebranch.agents.policies.mixture import MixturePolicy


class TimeAverage:
    """Collects snapshots at evenly spaced updates and averages their behaviour.

    Weights of networks are not averaged: behaviour is what an equilibrium is about, and it is not linear in them.

    Args:
        total_updates: how many updates training makes.
        start: progress at which the average begins.
        snapshots: how many copies, at most; the last is taken after the last update.
    """

    def __init__(self, total_updates: int, start: float, snapshots: int) -> None:
        times = np.linspace(start * total_updates, total_updates, snapshots + 1)[1:]
        self._due = {ceil(time) for time in times}
        self._taken: list[Profile] = []

    def is_due(self, updates_done: int) -> bool:
        """Whether a snapshot is wanted now."""
        return updates_done in self._due

    def add(self, profile: Profile) -> None:
        """Keep ``profile``, which must not change any more."""
        self._taken.append(profile)

    def state(self) -> list[Profile]:
        """The copies taken so far, for a checkpoint."""
        return list(self._taken)

    def restore(self, taken: list[Profile]) -> None:
        """The inverse of :meth:`state`."""
        self._taken = [tuple(profile) for profile in taken]

    def profile(self, otherwise: Profile) -> Profile:
        """The average behaviour of each seat; ``otherwise`` before the first snapshot."""
        if not self._taken:
            return otherwise
        return tuple(MixturePolicy(snapshots) for snapshots in zip(*self._taken, strict=True))
