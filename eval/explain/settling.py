"""Where play goes if every information set has its own say, and all the time it needs: magnetic mirror descent."""

import numpy as np

from olivebranch.theory.tree.algorithms import MirrorDescent
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

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
    """The same when hands tremble: every action is replaced by a uniformly drawn one with some probability."""

    def __init__(self, start: BehaviourProfile, tremble: float) -> None:
        self._tremble, self._uniform = tremble, uniform_profile(start.tree)
        super().__init__(start)

    @property
    def profile(self) -> BehaviourProfile:
        """Behaviour now, trembling included."""
        mixed = zip(self.tables, self._uniform.stages, strict=True)
        return BehaviourProfile(self.tree, tuple((1 - self._tremble) * p + self._tremble * u for p, u in mixed))


def learned_out(profile: BehaviourProfile, temperature: float, tremble: float, stake: float) -> BehaviourProfile:
    """Where a learner without noise or networks ends that goes on from ``profile`` and cools down to ``temperature``.

    Its hands tremble with probability ``tremble``.

    Returns:
        the last iterate or the time average over the second half, whichever has the lower NashConv.
    """
    algorithm, steps = Trembling(profile, tremble), steps_for(profile)
    low = max(temperature, 1e-3 * stake)
    high = max(WARM * stake, low)
    for done in range(steps):
        now = high * (low / high) ** min(done / (0.7 * steps), 1.0)
        algorithm.step(0.3 / stake, now, averaged=2 * done >= steps)
    found = [algorithm.profile.copy(), algorithm.average().copy()]
    return found[int(np.argmin([evaluate(one).nash_conv for one in found]))]
