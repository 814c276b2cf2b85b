"""Statistics of many runs: those of Agarwal et al. 2021 (arXiv:2108.13264), each in a few lines, by a passed generator.

Scores come as one array a task, ``[runs]``, as tasks need not have the same number of runs. Intervals are
percentile intervals of the stratified bootstrap: runs are drawn anew, with replacement, within each task, and tasks are
kept, because the tasks of a benchmark are chosen and runs are chance.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from olivebranch.eval.intervals import Estimate
from olivebranch.games.base import FloatArray

Scores = Sequence[FloatArray]
Statistic = Callable[[Scores], float]
RESAMPLES = 2000


def interquartile_mean(scores: Scores) -> float:
    """The mean of the middle half of all runs: the quarter at each end is left out, rounded down to whole runs."""
    ordered = np.sort(_pooled(scores))
    cut = len(ordered) // 4
    return float(ordered[cut : len(ordered) - cut].mean())


def stratified_bootstrap(
    scores: Scores,
    statistic: Statistic,
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Estimate:
    """A statistic with its interval.

    Args:
        scores: by task.
        statistic: of scores by task.
        generator: draws the resamples.
        confidence: of the interval.
        resamples: how many.

    Raises:
        ValueError: there is no task, or one without runs.
    """
    _pooled(scores)
    draws = np.array([statistic(_resampled(scores, generator)) for _ in range(resamples)])
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(statistic(scores), float(low), float(high))


def performance_profile(
    scores: Scores,
    thresholds: FloatArray,
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The share of runs whose score is at most each threshold, tasks weighing alike, and the band around it.

    Scores are costs here (less is better), so higher curves are better. (Dolan and Moré 2002; as bands around a
    distribution over runs, Agarwal et al. 2021.)

    Args:
        scores: by task.
        thresholds: ``[n]``.
        generator, confidence, resamples: see :func:`stratified_bootstrap`; the band is pointwise.

    Returns:
        Share, lower and upper end of the band, each ``[n]``.
    """

    def share(sample: Scores) -> FloatArray:
        parts = [np.searchsorted(np.sort(task), thresholds, side="right") / len(task) for task in sample]
        result: FloatArray = np.mean(parts, axis=0)
        return result

    _pooled(scores)
    draws = np.array([share(_resampled(scores, generator)) for _ in range(resamples)])
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return share(scores), low, high


def probability_of_improvement(first: Scores, second: Scores) -> float:
    """How likely a run of ``first`` scores below one of ``second`` on a task, ties counted half; mean over tasks.

    On one task it is the Mann-Whitney statistic over the number of pairs (Mann and Whitney 1947). Scores are costs.

    Raises:
        ValueError: the numbers of tasks differ, or there is no run.
    """
    _pooled(first), _pooled(second)
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} tasks: expected the same tasks")
    parts = []
    for one, other in zip(first, second, strict=True):
        ranks = stats.rankdata(np.concatenate([one, other]))[: len(one)]
        above = ranks.sum() - len(one) * (len(one) + 1) / 2  # pairs in which ``one`` is the larger
        parts.append(1 - above / (len(one) * len(other)))
    return float(np.mean(parts))


def improvement_interval(
    first: Scores,
    second: Scores,
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = RESAMPLES // 4,
) -> Estimate:
    """:func:`probability_of_improvement` with its stratified-bootstrap interval, both sides drawn anew."""
    draws = [
        probability_of_improvement(_resampled(first, generator), _resampled(second, generator))
        for _ in range(resamples)
    ]
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(probability_of_improvement(first, second), float(low), float(high))


def _resampled(scores: Scores, generator: np.random.Generator) -> list[FloatArray]:
    return [task[generator.integers(len(task), size=len(task))] for task in scores]


def _pooled(scores: Scores) -> FloatArray:
    if not len(scores) or any(task.ndim != 1 or not len(task) for task in scores):
        raise ValueError("scores: expected at least one task, each an array [runs] with at least one run")
    return np.concatenate(list(scores))
