"""Where further samples narrow the interval on NashConv most.

To first order the variance of estimated NashConv is a sum over situations of ``(spread of the slope) / samples``, where
the slope is the derivative of NashConv by the probabilities of the situation, and its spread is its variance over the
situation's own mixture. So for a given number of samples the variance is least when each situation's samples are in
proportion to the root of its spread (Neyman 1934, J. R. Stat. Soc. 97: 558-625).
"""

import numpy as np

from olivebranch.games.base import FloatArray, IntArray
from olivebranch.theory.sampling.counts import PlayCounts, Situations
from olivebranch.theory.sampling.loops import Loops

LEAST_SHARE = 1e-9  # of the largest spread: what is below is never asked


def spreads(play: PlayCounts, situations: Situations, loops: Loops | None = None, on_path: float = 0.0) -> FloatArray:
    """The variance that a single sample of each situation brings into estimated NashConv, ``[n_situations]``.

    Mixtures are smoothed by half a count for each action, so that an action that was not seen yet counts.

    Args:
        play: the samples so far.
        situations: those to consider.
        loops: of the tree, if they are at hand.
        on_path: the weight, beside one for NashConv, of the variance of how often plays come to pass; above zero, what
            NashConv is indifferent to is sampled too where play comes by. Both are scaled to sum to one, then.
    """
    loops = loops or Loops(play.tree)
    half = play.weights([0.5] * play.tree.n_stages)
    smooth = [weights / weights.sum(axis=2, keepdims=True) for weights in half]
    one = [table[None] for table in smooth]
    _, _, by_action = loops.best(one, loops.reach(one))
    n_actions = play.tree.game.n_actions
    best = [
        np.eye(n_actions)[np.where(legal, each[0], -np.inf).argmax(axis=2)]
        for legal, each in zip(play.legal, by_action, strict=True)
    ]
    spread = [
        ((slope - (slope * share).sum(axis=2, keepdims=True)) ** 2 * share).sum(axis=2)
        for slope, share in zip(loops.gain_slope(smooth, best), smooth, strict=True)
    ]
    found = _at(spread, situations)
    if not on_path:
        return found
    reached = []
    for table, own, chance in zip(smooth, loops.reach(one), loops.chance, strict=True):
        odds = np.zeros(table.shape[:2])
        for profile, columns in enumerate(play.tree.moves.column):
            odds[:, columns] += (chance[:, profile] * own[0][:, columns].prod(axis=1))[:, None]
        reached.append(odds**2 * (1 - (table**2).sum(axis=2)))
    visited = _at(reached, situations)
    both: FloatArray = found / max(found.sum(), 1e-300) + on_path * visited / max(visited.sum(), 1e-300)
    return both


def _at(stages: list[FloatArray], situations: Situations) -> FloatArray:
    places = zip(situations.stage, situations.history, situations.column, strict=True)
    return np.array([stages[stage][history, column] for stage, history, column in places])


def allocate(spread: FloatArray, asked: FloatArray, budget: int) -> IntArray:
    """How many further samples each situation should get, ``[n_situations]``, so that the variance falls most.

    Args:
        spread: of :func:`spreads`.
        asked: samples that there are already.
        budget: how many further samples there are to distribute, >= 0. Fewer are given only if no spread is positive.
    """
    roots = np.sqrt(np.where(spread > LEAST_SHARE * spread.max(initial=0.0), spread, 0.0))
    extra = np.zeros(len(spread), dtype=np.int64)
    if not roots.any() or budget <= 0:
        return extra
    # Samples cannot be taken back: raise the common level until what is missing to it uses up the budget.
    low, high = 0.0, (asked.sum() + budget) / roots.max() + asked.max(initial=0.0) / roots[roots > 0].min() + 1.0
    for _ in range(100):
        level = 0.5 * (low + high)
        missing = np.maximum(level * roots - asked, 0.0)
        low, high = (level, high) if missing.sum() <= budget else (low, level)
    missing = np.maximum(low * roots - asked, 0.0)
    extra = np.floor(missing).astype(np.int64)
    left = budget - int(extra.sum())
    order = np.argsort(-(missing - extra), kind="stable")
    order = order[roots[order] > 0]
    for position in range(left):
        extra[order[position % len(order)]] += 1
    return extra
