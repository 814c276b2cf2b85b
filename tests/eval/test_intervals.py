"""Intervals over seeds, held against scipy and against known values."""

import numpy as np
import pytest
from scipy import stats

from olivebranch.eval.intervals import bootstrap_mean, wilson


@pytest.mark.parametrize("successes,trials", [(0, 10), (3, 10), (10, 10), (57, 200)])
def test_wilson_agrees_with_scipy(successes: int, trials: int) -> None:
    estimate = wilson(successes, trials)
    peer = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert (estimate.low, estimate.high) == pytest.approx((peer.low, peer.high), abs=1e-12)
    assert estimate.value == successes / trials


@pytest.mark.parametrize("successes,trials", [(-1, 3), (4, 3), (0, 0)])
def test_wilson_refuses_impossible_counts(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, trials)


def test_bootstrap_agrees_with_scipy_and_repeats_with_its_seed() -> None:
    values = np.random.default_rng(3).normal(size=40)
    ours = bootstrap_mean(values, np.random.default_rng(1), resamples=20_000)
    peer = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(2)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), abs=0.02)
    assert ours == bootstrap_mean(values, np.random.default_rng(1), resamples=20_000)


def test_bootstrap_of_equal_values_has_no_width_and_of_none_is_refused() -> None:
    estimate = bootstrap_mean(np.full(5, 0.25), np.random.default_rng(0))
    assert (estimate.low, estimate.value, estimate.high) == (0.25, 0.25, 0.25)
    with pytest.raises(ValueError, match="shape"):
        bootstrap_mean(np.array([]), np.random.default_rng(0))
