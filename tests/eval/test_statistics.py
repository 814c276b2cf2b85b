"""Statistics of many runs, held against scipy, counted by hand, and their intervals against simulated coverage."""

import numpy as np
import pytest
from scipy import stats

from olivebranch.eval.statistics import (
    improvement_interval,
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
    stratified_bootstrap,
)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 40, 101])
def test_interquartile_mean_is_scipys_trimmed_mean(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    assert interquartile_mean([values]) == pytest.approx(stats.trim_mean(values, 0.25), abs=1e-12)
    assert interquartile_mean([values[:1], values[1:]] if n > 1 else [values]) == interquartile_mean([values])


def test_bootstrap_of_one_task_agrees_with_scipy_and_repeats_with_its_seed() -> None:
    values = np.random.default_rng(3).exponential(size=40)
    ours = stratified_bootstrap([values], interquartile_mean, np.random.default_rng(1), resamples=4000)
    peer = stats.bootstrap(
        (values,),
        lambda x, axis: stats.trim_mean(x, 0.25, axis=axis),
        method="percentile",
        n_resamples=20_000,
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), abs=0.03)
    assert ours == stratified_bootstrap([values], interquartile_mean, np.random.default_rng(1), resamples=4000)


def test_runs_are_resampled_within_their_task() -> None:
    # Within each task all runs are the same, so nothing is left to chance however much tasks differ.
    estimate = stratified_bootstrap(
        [np.zeros(5), np.full(5, 9.0)], interquartile_mean, np.random.default_rng(0), resamples=50
    )
    assert (estimate.low, estimate.value, estimate.high) == (4.5, 4.5, 4.5)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    # The interquartile mean of two normal tasks pooled is 0 by symmetry. 300 draws: a share of 0.95 has a standard
    # error of 0.013; the percentile bootstrap is a little short at 20 runs a task.
    generator = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        tasks = [generator.normal(-1, 1, size=20), generator.normal(1, 1, size=20)]
        estimate = stratified_bootstrap(tasks, interquartile_mean, generator, resamples=200)
        hits += estimate.low <= 0 <= estimate.high
    assert 0.88 <= hits / 300 <= 0.99


def test_performance_profile_counts_shares_and_weighs_tasks_alike() -> None:
    scores = [np.array([0.1, 0.3]), np.array([0.2, 0.2, 0.6, 0.6])]
    share, low, high = performance_profile(scores, np.array([0.0, 0.2, 0.5, 1.0]), np.random.default_rng(0))
    # at 0.2: 1 of 2 and 2 of 4; at 0.5: 2 of 2 and 2 of 4
    assert share.tolist() == [0.0, 0.5, 0.75, 1.0]
    assert (low <= share).all()
    assert (share <= high).all()
    assert low[1] < 0.5 < high[1]


def test_probability_of_improvement_is_mann_whitneys() -> None:
    generator = np.random.default_rng(7)
    first, second = generator.integers(0, 6, size=(2, 25)).astype(float)
    expected = stats.mannwhitneyu(second, first).statistic / 625  # pairs in which the second is larger, ties half
    assert probability_of_improvement([first], [second]) == pytest.approx(expected, abs=1e-12)
    assert probability_of_improvement([first], [first]) == pytest.approx(0.5)
    both = probability_of_improvement([first, np.zeros(3)], [second, np.ones(4)])
    assert both == pytest.approx((expected + 1) / 2)
    estimate = improvement_interval([first], [second], np.random.default_rng(0))
    assert estimate.low < estimate.value < estimate.high


def test_tasks_without_runs_are_refused() -> None:
    for scores in ([], [np.zeros(0)], [np.zeros((2, 2))]):
        with pytest.raises(ValueError, match="expected at least one task"):
            stratified_bootstrap(scores, interquartile_mean, np.random.default_rng(0))
    with pytest.raises(ValueError, match="expected the same tasks"):
        probability_of_improvement([np.zeros(1)], [np.zeros(1), np.zeros(1)])
