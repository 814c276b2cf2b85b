"""The reply to an offer that is left when nobody makes offers any more (docs/selection-experiment.md, section 3).

Two-sided logit play near pool-fight: types offer with log-odds D_θ/τ, the receiver escalates with log-odds G/τ, G what
that gains at the belief which the types' offers imply. While offers come, values follow; once none comes, they stay
where they are, and a falling temperature only sharpens the choice between them.
"""

import numpy as np
from scipy.special import expit, logit

from olivebranch.games.base import FloatArray
from olivebranch.games.talks import HIGH, LOW
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms

GRID = 400  # points at which the highest reply that is consistent is looked for


def warm_reply(terms: Terms, temperature: FloatArray) -> FloatArray:
    """The highest probability of escalating after an offer in two-sided logit play in which nearly everyone fights on.

    Args:
        terms: the games, ``n``.
        temperature: of both sides, > 0, ``[n]``.

    Returns:
        ``[n]``, to about 1 / ``GRID`` squared (linear interpolation between grid points).
    """
    prior = np.stack([terms.prior, 1 - terms.prior], axis=1)
    r = expit((prior * terms.gain[:, FIGHT]).sum(axis=1) / temperature)
    replies = np.linspace(1.0, 0.0, GRID + 1)
    excess = np.empty((len(terms), GRID + 1))
    for place, reply in enumerate(replies):
        gain = terms.eagerness(np.full(len(terms), reply), r)
        offers = prior * expit(gain / temperature[:, None])
        belief = offers[:, HIGH] / np.maximum(offers.sum(axis=1), 1e-300)
        worth = belief * terms.gain[:, OFFER, HIGH] + (1 - belief) * terms.gain[:, OFFER, LOW]
        excess[:, place] = expit(worth / temperature) - reply
    first = np.maximum((excess >= 0).argmax(axis=1), 1)  # at reply 0 it is positive
    games = np.arange(len(terms))
    above, below = excess[games, first], excess[games, first - 1]
    share = np.where(above > below, above / np.maximum(above - below, 1e-300), 0.0)
    result: FloatArray = np.clip(replies[first] + np.clip(share, 0.0, 1.0) / GRID, 0.0, 1.0)
    return result


def frozen_reply(terms: Terms, then: FloatArray, now: float) -> FloatArray:
    """The reply at temperature ``now`` with the values of two-sided logit play at temperatures ``then``, ``[n]``."""
    warm = np.clip(warm_reply(terms, then), 1e-12, 1 - 1e-12)
    result: FloatArray = expit(logit(warm) * then / now)
    return result
