"""Intervals for frequencies and means over seeds; deterministic given the generator passed in."""

from dataclasses import dataclass

import numpy as np

from olivebranch.core.intervals import wilson_bounds
from olivebranch.games.base import FloatArray


@dataclass(frozen=True)
class Estimate:
    """A figure with an interval around it."""

    value: float
    low: float
    high: float

    def as_list(self) -> list[float]:
        """``[value, low, high]``, for JSON."""
        return [self.value, self.low, self.high]


def wilson(successes: int, trials: int, confidence: float = 0.95) -> Estimate:
    """A frequency with Wilson's score interval (Wilson 1927, J. Am. Stat. Assoc. 22: 209-212).

    Raises ValueError unless ``0 <= successes <= trials`` and ``trials > 0``.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"successes = {successes}, trials = {trials}: expected 0 <= successes <= trials, trials > 0")
    low, high = wilson_bounds(successes, trials, confidence)
    return Estimate(successes / trials, float(low), float(high))


def bootstrap_mean(
    values: FloatArray, generator: np.random.Generator, confidence: float = 0.95, resamples: int = 2000
) -> Estimate:
    """A mean with its percentile-bootstrap interval (Efron 1979). ``values`` is ``[n]``, n >= 1."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"values has shape {values.shape}: expected [n] with n >= 1")
    means = values[generator.integers(len(values), size=(resamples, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(float(values.mean()), float(low), float(high))


def crossed_bootstrap(
    values: FloatArray, generator: np.random.Generator, confidence: float = 0.95, resamples: int = 2000
) -> tuple[Estimate, ...]:
    """Means over seeds of several policies that were each played against each, with percentile-bootstrap intervals.

    Each policy's seeds are drawn anew by themselves (the pigeonhole bootstrap: Owen 2007, The Annals of Applied
    Statistics 1: 386-411), because pairs that share a seed are not independent.

    Args:
        values: ``[seeds of the first policy, seeds of the second, .., n]``, at least one seed each.
        generator: of the draws; none are made where every policy has one seed.
        confidence: of the intervals.
        resamples: how many.

    Returns:
        one estimate for each of the ``n`` figures.
    """
    sizes, whole = values.shape[:-1], values.reshape(-1, values.shape[-1]).mean(axis=0)
    if max(sizes) == 1:
        return tuple(Estimate(mean, mean, mean) for mean in whole.tolist())
    drawn = np.broadcast_to(values, (resamples, *values.shape))
    for size in sizes:
        weights = generator.multinomial(size, np.full(size, 1 / size), size=resamples) / size
        drawn = np.einsum("rs...,rs->r...", drawn, weights)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return tuple(Estimate(*row) for row in zip(whole.tolist(), low.tolist(), high.tolist(), strict=True))
