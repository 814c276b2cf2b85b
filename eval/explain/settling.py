"""Where play goes if every information set has its own say, and all the time it needs: magnetic mirror descent."""

from collections.abc import Sequence

import numpy as np

from olivebranch.theory.tree.algorithms import MirrorDescent
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.profiles import BehaviourProfile, part_of, uniform_profile, with_parts

WORK = 30_000_000  # entries of tables that are gone through, at most: some seconds
MOST_STEPS, FEWEST_STEPS = 3000, 100
WARM = 0.2  # temperature over the range of payoffs at which the descent to a low one begins


def steps_for(profile: BehaviourProfile) -> int:
    """How many steps are affordable on a tree."""
    size = sum(table.size for table in profile.stages)
    return int(min(max(WORK // max(size, 1), FEWEST_STEPS), MOST_STEPS))


def rest_point(profile: BehaviourProfile, temperature: float, stake: float) -> BehaviourProfile:
    """Where play comes to rest from ``profile`` at a constant ``temperature`` (> 0): a logit equilibrium near it."""
    algorithm = MirrorDescent(profile)
    step = min(0.1 / stake, 0.5 / temperature)
    for _ in range(steps_for(profile)):
        algorithm.step(step, temperature, averaged=False)
    return algorithm.profile.copy()


class Trembling(MirrorDescent):
    """The same when hands tremble, and some seats stay as they are.

    Args:
        start: behaviour before the first step.
        tremble: the probability with which an action is replaced by a uniformly drawn one.
        fixed: the seats that neither learn nor tremble.
    """

    def __init__(self, start: BehaviourProfile, tremble: float, fixed: Sequence[int]) -> None:
        moved = ~np.isin(start.tree.moves.owner, list(fixed))
        self._tremble = np.where(moved, tremble, 0.0)[:, None]
        self._uniform = uniform_profile(start.tree)
        self._held = np.flatnonzero(~moved)
        super().__init__(start)
        self._start = [table[:, self._held].copy() for table in self.tables]

    @property
    def profile(self) -> BehaviourProfile:
        """Behaviour now, trembling included."""
        mixed = zip(self.tables, self._uniform.stages, strict=True)
        return BehaviourProfile(self.tree, tuple((1 - self._tremble) * p + self._tremble * u for p, u in mixed))

    def go(self, step_size: float, temperature: float, averaged: bool) -> None:
        """One step of all seats but the fixed ones."""
        self.step(step_size, temperature, averaged=averaged)
        if len(self._held):
            for table, start in zip(self.tables, self._start, strict=True):
                table[:, self._held] = start


def learned_out(
    profile: BehaviourProfile, temperature: float, tremble: float, stake: float, fixed: Sequence[int] = ()
) -> BehaviourProfile:
    """Where a learner without noise or networks ends that goes on from ``profile`` and cools down to ``temperature``.

    Its hands tremble with probability ``tremble``; the seats ``fixed`` stay as they are.

    Returns:
        the last iterate or the time average over the second half, whichever has the lower NashConv.
    """
    algorithm, steps = Trembling(profile, tremble, fixed), steps_for(profile)
    low = max(temperature, 1e-3 * stake)
    high = max(WARM * stake, low)
    for done in range(steps):
        now = high * (low / high) ** min(done / (0.7 * steps), 1.0)
        algorithm.go(0.3 / stake, now, 2 * done >= steps)
    average = algorithm.average().copy()
    parts = {seat: part_of(profile, seat) for seat in fixed}  # as they are also where they never come
    found = [algorithm.profile.copy(), with_parts(average, parts)]
    return found[int(np.argmin([evaluate(one).nash_conv for one in found]))]
