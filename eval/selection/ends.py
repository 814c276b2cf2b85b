"""Where a run of an experiment ended, and means over games with intervals."""

import numpy as np

from olivebranch.eval.intervals import Estimate, bootstrap_mean
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.selection.terms import Terms

NOWHERE = -1
RESAMPLES = 2000


def outcome_distances(terms: Terms, states: FloatArray) -> FloatArray:
    """Total variation between outcomes, ``[n, k, 9]``; infinite where there is no component.

    The outcome is the distribution of type, message and reply, so replies to a message that nobody sends do not count;
    of a component's interval of replies the nearest is taken.

    Args:
        terms: ``n`` games.
        states: (x_H, x_L, q, r), ``[n, k, 4]``.
    """
    replies = np.clip(states[:, :, None, 2:], terms.reply_min[:, None], terms.reply_max[:, None])
    theirs = np.concatenate([np.broadcast_to(terms.offers[:, None], replies.shape), replies], axis=3)
    gap = np.abs(_outcomes(terms, states[:, :, None]) - _outcomes(terms, theirs)).sum(axis=3) / 2
    return np.where(terms.exists[:, None], gap, np.inf)


def _outcomes(terms: Terms, states: FloatArray) -> FloatArray:
    """Probabilities of the eight outcomes, ``[n, k, c, 8]``, of states ``[n, k, c, 4]``."""
    prior = terms.prior[:, None, None]
    found = []
    for weight, offer in ((prior, states[..., 0]), (1 - prior, states[..., 1])):
        for sent, reply in ((offer, states[..., 2]), (1 - offer, states[..., 3])):
            found += [weight * sent * reply, weight * sent * (1 - reply)]
    return np.stack(found, axis=3)


def ends(terms: Terms, states: FloatArray, tolerance: float) -> IntArray:
    """The row of the component whose outcome is nearest, ``[n, k]``; ``NOWHERE`` if farther than the tolerance."""
    gap = outcome_distances(terms, states)
    return np.where(gap.min(axis=2) <= tolerance, gap.argmin(axis=2), NOWHERE)


def shares(ended: IntArray, named: BoolArray) -> FloatArray:
    """Of each game's runs ``[n, k]``, the share that ended at a component that is ``named`` ``[n, 9]``: ``[n]``."""
    hits = np.take_along_axis(named, np.maximum(ended, 0), axis=1) & (ended != NOWHERE)
    result: FloatArray = hits.mean(axis=1)
    return result


def over_games(values: FloatArray, seed: int) -> Estimate:
    """A mean over games with its percentile-bootstrap interval over games, ``values`` ``[n]``; NaN if there is none."""
    if not len(values):
        return Estimate(np.nan, np.nan, np.nan)
    return bootstrap_mean(values, np.random.default_rng(seed), resamples=RESAMPLES)


def median_over_games(values: FloatArray, seed: int) -> Estimate:
    """The same of the median."""
    if not len(values):
        return Estimate(np.nan, np.nan, np.nan)
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(np.median(values[drawn], axis=1), [0.025, 0.975])
    return Estimate(float(np.median(values)), float(low), float(high))
