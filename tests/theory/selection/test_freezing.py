"""The freezing model against play that is iterated to rest, and at its ends."""

import numpy as np
from scipy.special import expit

from olivebranch.games.base import FloatArray
from olivebranch.theory.selection.freezing import frozen_reply, warm_reply
from olivebranch.theory.selection.samples import Cell, draw_sample
from olivebranch.theory.selection.terms import Terms


def games() -> Terms:
    return Terms.of(draw_sample(Cell("pool-fight alone"), 20, 400_000, np.random.default_rng(5)).games)


def rest(terms: Terms, temperature: float) -> FloatArray:
    """The reply to an offer where damped two-sided logit play rests, from pool-fight on, r being that at the prior."""
    prior = np.stack([terms.prior, 1 - terms.prior], axis=1)
    r = expit((prior * terms.gain[:, 1]).sum(axis=1) / temperature)
    q = np.ones(len(terms))
    for _ in range(20_000):
        offers = prior * expit(terms.eagerness(q, r) / temperature)
        belief = offers / offers.sum(axis=1, keepdims=True)
        q = q + 0.01 * (expit((belief * terms.gain[:, 0]).sum(axis=1) / temperature) - q)
    return q


def test_the_warm_reply_is_where_play_rests() -> None:
    terms = games()
    for temperature in (0.3, 0.1):
        found = warm_reply(terms, np.full(len(terms), temperature))
        np.testing.assert_allclose(found, rest(terms, temperature), atol=2e-3)


def test_at_the_same_temperature_nothing_is_frozen_and_a_fall_sharpens() -> None:
    terms = games()
    then = np.full(len(terms), 0.1)
    warm = warm_reply(terms, then)
    np.testing.assert_allclose(frozen_reply(terms, then, 0.1), warm, atol=1e-9)
    cold = frozen_reply(terms, then, 0.01)
    assert ((cold >= warm) == (warm >= 0.5)).all()
