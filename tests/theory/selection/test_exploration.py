"""What exploration sustains: limits against exact perturbed equilibria, fixed temperatures against a search."""

import numpy as np
import pytest

from olivebranch.theory.selection.exploration import TYPE_BLIND, ConstantRates, Logit, LogitLimit, sustained
from olivebranch.theory.selection.fixed_temperature import at_temperature, leading_replies, log_odds_error
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.talks.kernel import BOTH_MIX, POOL_FIGHT, POOL_TALK
from tests.strategies import random_parameters
from tests.theory.selection.perturbed import Equilibria, Linear, constrained, logit_equilibria


def crowded(n: int, seed: int) -> Terms:
    """The ``n`` games with the most components of many random ones."""
    terms = Terms.of(random_parameters(100 * n, np.random.default_rng(seed)))
    kept = np.flatnonzero(terms.margin > 1e-6)
    return terms.take(kept[np.argsort(-terms.exists[kept].sum(axis=1), kind="stable")[:n]])


def nearest(found: Equilibria, game: int, state: np.ndarray) -> float:
    return float(np.abs(found.state[found.game == game] - state).max(axis=1).min(initial=np.inf))


@pytest.mark.parametrize("ratio", [1.0, 4.0, 0.2])
def test_replies_under_constant_rates_are_those_of_perturbed_equilibria(ratio: float) -> None:
    terms = crowded(300, 0)
    found = constrained(Linear.of(terms.games), 1e-8 * np.array([ratio, 1.0]))
    claimed = sustained(terms, ConstantRates(ratio))
    for game, row in np.argwhere(claimed.sustained):
        state = np.concatenate([claimed.offers[game, row], claimed.replies[game, row]])
        assert nearest(found, game, state) < 1e-3
    assert claimed.sustained[:, POOL_FIGHT].sum() > 50


def test_beliefs_under_constant_rates_are_those_of_who_explores() -> None:
    terms = crowded(300, 1)
    least = 1e-8
    found = constrained(Linear.of(terms.games), np.full(2, least))
    claimed = sustained(terms, TYPE_BLIND)
    compared = 0
    for game in np.flatnonzero(claimed.sustained[:, POOL_FIGHT]):
        want = np.concatenate([claimed.offers[game, POOL_FIGHT], claimed.replies[game, POOL_FIGHT]])
        gaps = np.where(found.game == game, np.abs(found.state - want).max(axis=1), np.inf)
        offers = found.state[gaps.argmin(), :2]
        mass = offers * np.array([terms.prior[game], 1 - terms.prior[game]])
        assert abs(mass[0] / mass.sum() - claimed.beliefs[game, POOL_FIGHT, OFFER]) < 1e-3
        compared += int(offers[1] > 2 * least)
    assert compared > 5  # in some the weak are indifferent, and offer more than they must


@pytest.mark.parametrize("temperature", [0.05, 0.01, 0.003])
def test_equilibria_at_a_temperature_are_found_by_a_search_that_knows_no_component(temperature: float) -> None:
    terms = crowded(120, 2)
    found = logit_equilibria(Linear.of(terms.games), temperature)
    # the search misses nothing: signs sum to one in every game
    np.testing.assert_array_equal(np.bincount(found.game, found.sign, len(terms)), 1)
    claimed = at_temperature(terms, temperature)
    for game, row in np.argwhere(claimed.sustained):
        state = np.concatenate([claimed.offers[game, row], claimed.replies[game, row]])
        assert nearest(found, game, state) < 1e-6
    # and whatever it finds on the side of a pooling component is claimed
    for row, side, sent in ((POOL_FIGHT, 0, FIGHT), (POOL_TALK, 1, OFFER)):
        same = np.all((found.state[:, :2] > 0.5) == (side == 1), axis=1)
        same &= found.state[:, 2 + sent] == terms.reply_min[found.game, row, sent]
        assert same.sum() > 20
        assert claimed.sustained[found.game[same], row].all()


def test_the_limit_is_approached_as_the_temperature_falls() -> None:
    terms = crowded(2000, 3)
    limit = sustained(terms, LogitLimit())
    shares, gaps = [], []
    for temperature in (1e-2, 1e-3, 1e-4):
        warm = sustained(terms, Logit(temperature))
        both = limit.sustained & warm.sustained
        shares.append((limit.sustained == warm.sustained)[terms.exists].mean())
        far = np.abs(limit.replies - warm.replies)[both].max(axis=1)
        gaps.append(np.quantile(far, 0.9))
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] > 0.995
    assert gaps[2] < gaps[1] < gaps[0]
    assert gaps[2] < 0.01


def test_the_limit_s_beliefs_are_approached_too() -> None:
    # beliefs can be slow where thresholds are near 0 or 1: compare where logit play is essentially at its limit
    terms = crowded(1000, 4)
    limit, cold = sustained(terms, LogitLimit()), sustained(terms, Logit(1e-5))
    for row, message in ((POOL_FIGHT, OFFER), (POOL_TALK, FIGHT)):
        both = limit.sustained[:, row] & cold.sustained[:, row]
        gap = np.abs(limit.beliefs - cold.beliefs)[both, row, message]
        assert np.mean(gap < 0.01) > 0.99


def test_leading_order_is_within_its_bound() -> None:
    # docs/selection.md, section 5: |q - q(τ)| <= τ e^(max D/τ) / ((1-s)(ℓ_L-ℓ_H)) where q is interior and both D < 0
    terms = crowded(3000, 5)
    checked = 0
    for temperature in (0.1, 0.03, 0.01):
        exact, leading = at_temperature(terms, temperature), leading_replies(terms, temperature)
        q, r = exact.replies[:, POOL_FIGHT].T
        inner = exact.sustained[:, POOL_FIGHT] & (q > 0) & (q < 1)
        error = log_odds_error(terms.eagerness(q, r), temperature) * temperature / (terms.exposed * terms.spread)
        gap = np.abs(q - leading[:, POOL_FIGHT, OFFER])
        assert (gap[inner] <= error[inner] + 1e-9).all()
        q, r = exact.replies[:, POOL_TALK].T
        inner_talk = exact.sustained[:, POOL_TALK] & (r > 0) & (r < 1)
        error = log_odds_error(-terms.eagerness(q, r), temperature)
        error *= temperature / ((1 - terms.pressure) * terms.spread)
        gap = np.abs(r - leading[:, POOL_TALK, FIGHT])
        assert (gap[inner_talk] <= error[inner_talk] + 1e-9).all()
        checked += int(inner.sum() + inner_talk.sum())
        both = exact.sustained[:, BOTH_MIX]
        np.testing.assert_allclose(exact.replies[both, BOTH_MIX], leading[both, BOTH_MIX], atol=1e-12)
    assert checked > 200


def test_warmth_restores_what_cold_logit_exploration_removes() -> None:
    # α < 0, π < μ_T: removed in the limit, kept by type-blind exploration, and so at high temperature, where logit
    # exploration is nearly blind
    terms = Terms.of(random_parameters(200_000, np.random.default_rng(6)))
    case = terms.row("pool-fight") & (terms.inference < 0) & (terms.prior < terms.threshold[:, OFFER])
    terms = terms.take(case & terms.open_reply[:, OFFER])
    assert len(terms) > 100
    cold, cool, warm = (sustained(terms, Logit(t)).sustained[:, POOL_FIGHT].mean() for t in (1e-4, 0.01, 0.1))
    assert cold < 0.05 < cool < warm
    assert sustained(terms, TYPE_BLIND).sustained[:, POOL_FIGHT].all()
    assert not sustained(terms, LogitLimit()).sustained[:, POOL_FIGHT].any()


@pytest.mark.parametrize("bad", [0.0, -1.0, float("inf"), float("nan")])
def test_bad_settings_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="temperature = "):
        Logit(bad)
    with pytest.raises(ValueError, match="ratio = "):
        ConstantRates(bad)
