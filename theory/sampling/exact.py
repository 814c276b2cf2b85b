"""Exact intervals for observed shares: Clopper and Pearson's, and simultaneous ones by Bonferroni's inequality."""

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray


def clopper_pearson(
    taken: FloatArray, asked: FloatArray, confidence: float | FloatArray = 0.95
) -> tuple[FloatArray, FloatArray]:
    """The ends of Clopper and Pearson's interval (Biometrika 26, 1934: 404-413); arguments broadcast.

    It covers the true probability at least as often as stated. Where nobody was asked it is [0, 1].

    Args:
        taken, asked: whole numbers, 0 <= taken <= asked.
        confidence: in (0, 1).
    """
    from scipy.stats import beta  # the rest of the package does without

    taken, asked = np.asarray(taken, dtype=np.float64), np.asarray(asked, dtype=np.float64)
    tail = (1 - np.asarray(confidence)) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(taken > 0, beta.ppf(tail, np.maximum(taken, 1e-9), asked - taken + 1), 0.0)
        high = np.where(taken < asked, beta.ppf(1 - tail, taken + 1, np.maximum(asked - taken, 1e-9)), 1.0)
    return low, high


def simultaneous_bounds(
    counts: FloatArray, legal: BoolArray, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Bounds on every probability of several multinomials that hold all at once at least as often as stated.

    A multinomial with k actions needs k intervals, and one with two actions only one, for the other mirrors it.

    Args:
        counts: ``[n_situations, n_actions]``.
        legal: the same shape.
        confidence: of all bounds together.

    Returns:
        Lower and upper ends, both shaped as ``counts``; zero where an action is illegal.
    """
    n_legal = legal.sum(axis=1)
    needed = np.where(n_legal == 2, 1, n_legal)[n_legal > 1].sum()
    each = 1 - (1 - confidence) / max(int(needed), 1)
    low, high = clopper_pearson(counts, counts.sum(axis=1, keepdims=True), each)
    return np.where(legal, low, 0.0), np.where(legal, high, 0.0)
