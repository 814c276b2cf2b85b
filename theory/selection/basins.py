"""Basins of attraction: the shares of random starts from which mean-field play comes to rest at each component."""

from dataclasses import dataclass

import numpy as np

from olivebranch.core.intervals import wilson_bounds
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.selection.dynamics import BestResponse, Dynamics, integrate
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.kernel import POOL_FIGHT, POOL_TALK, ROWS

UNDECIDED = len(ROWS)  # the last column of shares


@dataclass(frozen=True, eq=False)
class Basins:
    """Where play goes from starts that are uniform over all states.

    Attributes:
        dynamics: their name.
        starts: how many each game had.
        shares: of the starts that go to each row of the table, and to none, ``[n, 10]``.
        low, high: the ends of Wilson's intervals for them, ``[n, 10]``.
        confidence: their nominal coverage, for each share on its own.
        step_error: the share of the starts whose end is another one if all steps are halved, ``[n]``; 0 for best
            response dynamics, which take no steps.
    """

    dynamics: str
    starts: int
    shares: FloatArray
    low: FloatArray
    high: FloatArray
    confidence: float
    step_error: FloatArray

    @property
    def largest(self) -> IntArray:
        """The row with the largest basin, ``[n]``; -1 where it is not sure which: another's interval reaches into its
        own, or the starts that go nowhere or depend on the step might decide."""
        order = np.argsort(self.shares[:, :UNDECIDED], axis=1)
        games = np.arange(len(self.shares))
        first, second = order[:, -1], order[:, -2]
        loose = self.shares[:, UNDECIDED] + self.step_error
        clear = self.low[games, first] > self.high[games, second] + loose
        return np.where(clear, first, -1)


def basins(
    terms: Terms,
    dynamics: Dynamics,
    generator: np.random.Generator,
    *,
    starts: int = 100,
    tolerance: float = 0.05,
    confidence: float = 0.95,
) -> Basins:
    """Estimate the basins of many games.

    Args:
        terms: the games.
        dynamics: settings of the dynamics; all but best response dynamics are integrated a second time with half the
            step, and the finer answer counts.
        generator: draws the starts.
        starts: how many for each game.
        tolerance: play that ends within this of a component's path, in every probability, has gone there; so has
            play whose mean over the last half of the time does, such as a closed orbit around an equilibrium.
        confidence: nominal coverage of the intervals, in (0, 1).
    """
    begin = generator.uniform(size=(len(terms), starts, 4))
    if isinstance(dynamics, BestResponse):
        ends = destinations(terms, *integrate(terms, dynamics, begin), tolerance)
        changed = np.zeros(len(terms))
    else:
        rough = destinations(terms, *integrate(terms, dynamics, begin), tolerance)
        ends = destinations(terms, *integrate(terms, dynamics, begin, refine=2), tolerance)
        changed = (rough != ends).mean(axis=1)
    counts = (ends[:, :, None] == np.arange(UNDECIDED + 1)).sum(axis=1)
    low, high = wilson_bounds(counts, starts, confidence)
    return Basins(dynamics.name, starts, counts / starts, low, high, confidence, changed)


def distances(terms: Terms, states: FloatArray, path_only: bool = False) -> FloatArray:
    """The largest difference in any probability between states ``[n, k, 4]`` and each component.

    Args:
        path_only: leave out replies to a message that the component does not use. Where nobody uses it, dynamics that
            only answer what they meet leave them where they are.

    Returns:
        ``[n, k, 9]``; zero inside the interval of replies to an unused message, infinite where there is no component.
    """
    low, high = terms.state_min[:, None], terms.state_max[:, None]
    at = states[:, :, None, :]
    gap = np.maximum(np.maximum(low - at, at - high), 0.0)
    if path_only:
        gap[:, :, POOL_FIGHT, 2] = gap[:, :, POOL_TALK, 3] = 0.0
    return np.where(terms.exists[:, None, :], gap.max(axis=3), np.inf)


def destinations(terms: Terms, last: FloatArray, mean: FloatArray, tolerance: float) -> IntArray:
    """The row where play has gone, ``[n, k]``; ``UNDECIDED`` where neither its end nor its mean is near one."""
    found = np.full(last.shape[:2], UNDECIDED)
    for states in (mean, last):
        gap = distances(terms, states, path_only=True)
        near: BoolArray = gap.min(axis=2) <= tolerance
        found = np.where(near, gap.argmin(axis=2), found)
    return found
