"""Rules of selection: against definitions taken word for word on single games, and what theory says of them all."""

import numpy as np
import pytest

from olivebranch.games.talks import TalksColumns, TalksParameters, compile_talks, each_game, signalling_payoffs
from olivebranch.theory.claims.draws import draw_parameters
from olivebranch.theory.selection.rules import BOUNDS, RULES, answers, bicentric_prior, payoffs, risk_dominant
from olivebranch.theory.selection.samples import (
    CELLS,
    CELLS_IN_WORDS,
    Cell,
    Disagreement,
    disagree,
    draw_sample,
)
from olivebranch.theory.selection.terms import OFFER, Terms
from olivebranch.theory.talks.kernel import POOL_FIGHT, POOL_TALK
from olivebranch.theory.talks.solve import solve_talks


def several(n: int, seed: int = 0) -> Terms:
    """``n`` random games with more than one component, off knife edges."""
    terms = Terms.of(draw_parameters(40 * n, np.random.default_rng(seed)))
    return terms.take(np.flatnonzero((terms.exists.sum(axis=1) > 1) & (terms.margin > 1e-6))[:n])


@pytest.fixture(scope="module")
def games() -> Terms:
    return several(60)


@pytest.fixture(scope="module")
def named(games: Terms) -> dict:
    return answers(games, np.random.default_rng(0))


def test_rules_name_components_that_exist(games: Terms, named: dict) -> None:
    assert set(named) == set(RULES)
    for name, chosen in named.items():
        assert chosen.shape == games.exists.shape
        assert not (chosen & ~games.exists).any(), name
        if name not in ("risk dominance", "largest basin", "logit limit"):
            assert chosen.any(axis=1).all(), name


def test_bounds_contain_what_they_bound(games: Terms, named: dict) -> None:
    for name, bound in BOUNDS.items():
        assert not (named[name] & ~bound(games)).any()


def test_payoffs_are_those_of_the_game_tree(games: Terms) -> None:
    """Expected payoffs from the table of payoffs, with both off-path ends of every component."""
    found = payoffs(games)
    for game, parameters in enumerate(each_game(games.take(slice(12)).games)):
        tables = signalling_payoffs(compile_talks(parameters))
        prior = np.array([parameters.prior_high, 1 - parameters.prior_high])
        for row in np.flatnonzero(games.exists[game]):
            offers = games.offers[game, row]
            send = np.stack([1 - offers, offers], axis=1)
            for replies in (games.reply_min[game, row], games.reply_max[game, row]):
                reply = np.stack([1 - replies[::-1], replies[::-1]], axis=1)
                expected = [np.einsum("t,tm,mr,tmr->", prior, send, reply, table) for table in tables]
                np.testing.assert_allclose(found[:, game, row], expected, atol=1e-12)


def test_refinements_agree_with_the_solver_of_single_games(games: Terms, named: dict) -> None:
    for game, parameters in enumerate(each_game(games.games)):
        equilibria = solve_talks(parameters).equilibria
        assert int(named["D1"][game].sum()) == sum(one.d1 for one in equilibria)
        assert int(named["intuitive criterion"][game].sum()) == sum(one.intuitive for one in equilibria)


def test_passive_conjectures_by_their_definition(games: Terms, named: dict) -> None:
    """Pooling holds if the best reply at the prior, after the message that nobody sends, deters both types."""
    for row, message in ((POOL_FIGHT, OFFER), (POOL_TALK, 1 - OFFER)):
        reply = (games.prior < games.threshold[:, message]) * 1.0
        path = games.reply_min[:, row, 1 - message]
        q, r = (reply, path) if message == OFFER else (path, reply)
        gain = games.eagerness(q, r)
        holds = (gain <= 0).all(axis=1) if row == POOL_FIGHT else (gain >= 0).all(axis=1)
        exists = games.exists[:, row]
        np.testing.assert_array_equal(named["passive conjectures"][exists, row], holds[exists])


def test_d1_and_passive_conjectures_never_disagree() -> None:
    """Each game has a component of index +1 that both keep: what the experiment's empty sample has to show."""
    terms = several(5000)
    generator = np.random.default_rng(0)
    one, other = (RULES[name](terms, generator) for name in ("D1", "passive conjectures"))
    assert not disagree(one, other).any()


def test_the_bicentric_prior_by_counting_odds(games: Terms) -> None:
    """How often each action is a best reply over 20,001 odds, evenly spaced."""
    two = games.take(games.exists[:, POOL_TALK] & games.exists[:, POOL_FIGHT]).take(slice(8))
    middle = (two.state_min + two.state_max) / 2
    prior = bicentric_prior(two, middle[:, POOL_TALK], middle[:, POOL_FIGHT])
    odds = (np.arange(20_001) + 0.5) / 20_001
    for game in range(len(two)):
        one = two.take(np.full(len(odds), game))
        mix = odds[:, None] * middle[game, POOL_TALK] + (1 - odds[:, None]) * middle[game, POOL_FIGHT]
        gain = one.eagerness(mix[:, 2], mix[:, 3])
        weight = np.array([two.prior[game], 1 - two.prior[game]])
        offers = (weight * mix[:, :2] * two.gain[game, 0]).sum(axis=1)
        fights = (weight * (1 - mix[:, :2]) * two.gain[game, 1]).sum(axis=1)
        expected = [*(gain > 0).mean(axis=0), (offers > 1e-12).mean(), (fights > 1e-12).mean()]
        np.testing.assert_allclose(prior[game], expected, atol=2e-4)


def test_risk_dominance_is_decided_by_stakes() -> None:
    """Pool-talk with peace on the path against war without a gain: everyone prefers the first at most odds. A component
    that is alone has no rival."""
    parameters = TalksParameters(
        prior_high=0.5, loss_high=0.2, loss_low=0.6, escalation_cost=0.3, sender_dividend=0.5, receiver_dividend=0.2
    )
    terms = Terms.of(TalksColumns.of([parameters]))
    chosen = risk_dominant(terms, np.random.default_rng(0))
    assert chosen[0, POOL_TALK]
    drawn = Terms.of(draw_parameters(200, np.random.default_rng(0)))
    alone = drawn.take(drawn.exists.sum(axis=1) == 1)
    assert len(alone) > 50
    np.testing.assert_array_equal(risk_dominant(alone, np.random.default_rng(0)), alone.exists)


@pytest.mark.parametrize(
    "condition",
    [Disagreement("D1", "receiver's payoff"), Disagreement("logit limit", "receiver's payoff"), Cell("soft door")],
)
def test_samples_hold_what_they_promise_and_depend_on_the_generator_alone(condition: Disagreement | Cell) -> None:
    found, again = (draw_sample(condition, 3, 400_000, np.random.default_rng(3)) for _ in range(2))
    assert len(found) == 3
    assert 3 <= found.tried <= 400_000
    for one, other in zip(found.games, again.games, strict=True):
        np.testing.assert_array_equal(one, other)
    terms = Terms.of(found.games)
    assert condition.holds(terms, np.random.default_rng(0)).all()
    assert (terms.margin > 1e-6).all()


def test_an_empty_sample_says_how_many_games_were_tried() -> None:
    found = draw_sample(Disagreement("D1", "passive conjectures"), 3, 250_000, np.random.default_rng(0))
    assert len(found) == 0
    assert found.tried == 250_000


def test_cells_are_described_and_their_signs_are_right() -> None:
    assert set(CELLS) == set(CELLS_IN_WORDS)
    terms = Terms.of(draw_parameters(20_000, np.random.default_rng(1)))
    for name, low, negative in (
        ("low prior, strong tempted first", True, True),
        ("low prior, weak tempted first", True, False),
        ("high prior, strong tempted first", False, True),
        ("high prior, weak tempted first", False, False),
    ):
        some = terms.take(CELLS[name](terms))
        assert len(some) > 5
        assert some.exists[:, POOL_FIGHT].all()
        assert ((some.prior < some.threshold[:, OFFER]) == low).all()
        assert ((some.inference < 0) == negative).all()
