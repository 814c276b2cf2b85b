"""Stability in closed form against play that is integrated from near the components, and against eigenvalues.

Nothing of the library's integrator is used for the replicator: gains come from the payoff table.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.special import expit, log_expit, logit

from olivebranch.games.talks import HIGH, LOW, TalksColumns
from olivebranch.theory.selection.basins import distances
from olivebranch.theory.selection.dynamics import BestResponse, integrate
from olivebranch.theory.selection.fixed_temperature import at_temperature
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.stability import (
    ASYMPTOTIC,
    BEST_RESPONSE,
    LEAKS,
    LINEARLY_NEUTRAL,
    LOGIT,
    NEUTRAL,
    REPLICATOR,
    UNSTABLE,
    Speeds,
    both_mix_matrix,
    stability,
)
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.talks.kernel import (
    BOTH_MIX,
    HIGH_FIGHTS_LOW_MIXES,
    HIGH_TALKS_LOW_MIXES,
    LOW_TALKS,
    LOW_TALKS_HIGH_MIXES,
    POOL_FIGHT,
    POOL_TALK,
    decisive_quantities,
    solve_flags,
)
from tests.strategies import random_parameters
from tests.theory.selection.perturbed import Linear

Field = Callable[[np.ndarray], np.ndarray]


@cache
def clear_cut(row: int, least: float = 0.01, batches: int = 200) -> Terms:
    """Random games with a component, no number that decides about equilibria being small: play moves at a fair pace."""
    generator = np.random.default_rng(row)
    kept: list[np.ndarray] = []
    for _ in range(batches):
        games = random_parameters(20_000, generator)
        size = np.abs(np.stack(decisive_quantities(games))).min(axis=0)
        here = (solve_flags(games)[0] >> row & 1).astype(bool)
        here &= (size > least) & (games.loss_low - games.loss_high > 0.1) & (np.abs(games.prior_high - 0.5) < 0.45)
        kept.append(np.stack(games)[:, here])
        if sum(part.shape[1] for part in kept) > 400:
            break
    return Terms.of(TalksColumns(*np.concatenate(kept, axis=1)))


def games_with(least: float, row: int, dynamics: int, label: int, most: int = 25) -> Terms:
    terms = clear_cut(row, least)
    kept = np.flatnonzero(stability(terms)[:, row, dynamics] == label)
    assert len(kept) > 5
    return terms.take(kept[:most])


def unconditional(terms: Terms) -> Field:
    games = Linear.of(terms.games)
    return lambda state: np.hstack([games.eager(state[:, 2:]), games.harsh(state[:, :2])])


def replicator(terms: Terms, start: np.ndarray, horizon: float, step: float = 0.5) -> np.ndarray:
    """The path ``[steps, n, 4]``, by the classical Runge-Kutta rule in log-odds."""
    gains = unconditional(terms)
    odds = np.log(start / (1 - start))
    path = [start]
    for _ in range(int(horizon / step)):
        first = gains(expit(odds))
        second = gains(expit(odds + step / 2 * first))
        third = gains(expit(odds + step / 2 * second))
        fourth = gains(expit(odds + step * third))
        odds = odds + step / 6 * (first + 2 * second + 2 * third + fourth)
        path.append(expit(odds))
    return np.array(path)


def nearby(terms: Terms, row: int, generator: np.random.Generator, size: float) -> np.ndarray:
    """States within ``size`` of the component, replies to an unused message drawn from its interval."""
    low, high = terms.state_min[:, row], terms.state_max[:, row]
    point = low + generator.uniform(size=low.shape) * (high - low)
    return np.clip(point + size * generator.uniform(-1, 1, size=point.shape), size * 1e-3, 1 - size * 1e-3)


def gap_from(terms: Terms, row: int, path: np.ndarray, path_only: bool = True) -> np.ndarray:
    """How far from the component each state of a path is, ``[steps, n]``."""
    return distances(terms, path.swapaxes(0, 1), path_only)[:, :, row].T


@pytest.mark.parametrize("row", [POOL_TALK, POOL_FIGHT, LOW_TALKS])
def test_replicator_returns_to_what_is_asymptotically_stable(row: int) -> None:
    terms = games_with(0.01, row, REPLICATOR, ASYMPTOTIC)
    for size in (1e-2, 1e-3):
        path = replicator(terms, nearby(terms, row, np.random.default_rng(1), size), 4000)
        gap = gap_from(terms, row, path)
        assert gap.max(axis=0).max() < 0.15
        assert np.quantile(gap[-1], 0.95) < size / 10


@pytest.mark.parametrize("row", [HIGH_TALKS_LOW_MIXES, HIGH_FIGHTS_LOW_MIXES])
def test_replicator_circles_around_what_is_neutrally_stable(row: int) -> None:
    terms = games_with(0.003, row, REPLICATOR, NEUTRAL)
    start = nearby(terms, row, np.random.default_rng(2), 1e-3)
    gap = gap_from(terms, row, replicator(terms, start, 4000, 0.25), path_only=False)
    assert gap.max() < 0.1
    early, late = gap[len(gap) // 4 : len(gap) // 2].max(axis=0), gap[-len(gap) // 4 :].max(axis=0)
    moved = gap[0] > 2e-4
    assert (late > 0.5 * early)[moved].all()


@pytest.mark.parametrize("row", [POOL_TALK, POOL_FIGHT])
def test_replicator_leaks_where_the_strong_are_on_the_point_of_leaving_and_not_inside(row: int) -> None:
    terms = games_with(0.01, row, REPLICATOR, LEAKS)
    reply = 2 if row == POOL_FIGHT else 3
    edge = terms.state_min[:, row, reply]
    state = terms.state_min[:, row].copy()
    other = 5 - reply
    state[:, other] = np.clip(state[:, other], 1e-6, 1 - 1e-6)
    leaving, staying = state.copy(), state.copy()
    leaving[:, :2] = np.clip(state[:, :2], 1e-4, 1 - 1e-4)
    leaving[:, reply] = edge - 1e-2
    staying[:, :2] = np.clip(state[:, :2], 1e-7, 1 - 1e-7)
    staying[:, reply] = (1 + edge) / 2
    assert gap_from(terms, row, replicator(terms, leaving, 20_000, 2.0)).max(axis=0).min() > 0.3
    assert gap_from(terms, row, replicator(terms, staying, 4000, 1.0)).max() < 0.05


@pytest.mark.parametrize("row", [LOW_TALKS_HIGH_MIXES, BOTH_MIX])
def test_replicator_leaves_what_is_unstable(row: int) -> None:
    terms = games_with(0.003, row, REPLICATOR, UNSTABLE, most=40)
    path = replicator(terms, nearby(terms, row, np.random.default_rng(3), 1e-4), 6000)
    assert np.mean(gap_from(terms, row, path, path_only=False).max(axis=0) > 0.05) > 0.9


def test_replicator_stays_near_a_linearly_neutral_mixture_without_returning() -> None:
    terms = games_with(0.002, BOTH_MIX, REPLICATOR, LINEARLY_NEUTRAL)
    matrix = both_mix_matrix(terms)
    margin = matrix.trace**2 / (4 * matrix.determinant) - 1
    terms = terms.take(margin > 0.3)  # the stronger, the smaller the constant by which play may stray
    path = replicator(terms, nearby(terms, BOTH_MIX, np.random.default_rng(4), 1e-4), 3000)
    gap = gap_from(terms, BOTH_MIX, path, path_only=False)
    assert gap.max() < 0.02
    assert (gap[-len(gap) // 4 :].max(axis=0) > 0.3 * gap[: len(gap) // 4].max(axis=0)).all()


@pytest.mark.parametrize("row", [POOL_TALK, POOL_FIGHT, LOW_TALKS])
def test_best_response_returns_to_what_is_asymptotically_stable(row: int) -> None:
    terms = games_with(0.003, row, BEST_RESPONSE, ASYMPTOTIC)
    gains = unconditional(terms)
    state, step = nearby(terms, row, np.random.default_rng(5), 1e-4), 1e-3
    worst = np.zeros(len(terms))
    for _ in range(15_000):
        state = state + step * ((gains(state) > 0) - state)
        worst = np.maximum(worst, gap_from(terms, row, state[None])[0])
    assert worst.max() < 0.05
    assert gap_from(terms, row, state[None])[0].max() < 1e-5


@pytest.mark.parametrize("row", [HIGH_TALKS_LOW_MIXES, HIGH_FIGHTS_LOW_MIXES])
def test_best_response_spirals_into_a_mixture_with_negative_feedback(row: int) -> None:
    terms = games_with(0.003, row, BEST_RESPONSE, ASYMPTOTIC)
    start = nearby(terms, row, np.random.default_rng(5), 1e-4)
    gap = []
    for switches in (30, 300, 3000, 30_000, 300_000):  # the distance falls like one over their number
        last, _ = integrate(terms, BestResponse(switches), start[:, None])
        gap.append(distances(terms, last)[:, 0, row])
    assert max(map(np.max, gap)) < 0.02
    assert (gap[-1] < 3e-5).all()


def indifference(terms: Terms, row: int) -> np.ndarray:
    """The reply to the unused message at which each type is indifferent, ``[n, 2]``."""
    games = Linear.of(terms.games)
    message, other = (OFFER, FIGHT) if row == POOL_FIGHT else (FIGHT, OFFER)
    known = terms.reply_min[:, row, other][:, None]
    result: np.ndarray = -(games.level + games.slope[:, :, other] * known) / games.slope[:, :, message]
    return result


@pytest.mark.parametrize("row", [POOL_TALK, POOL_FIGHT])
def test_best_response_leaks_with_beliefs_that_point_to_the_strong_only(row: int) -> None:
    terms = games_with(0.01, row, BEST_RESPONSE, LEAKS)
    state = terms.state_min[:, row].copy()
    shares = np.array([1e-3, 1e-6])
    strong, weak = shares, shares[::-1]
    if row == POOL_TALK:
        strong, weak = 1 - strong, 1 - weak
    reply = 2 if row == POOL_FIGHT else 3
    # The reply softens from the strong type's indifference at least to the weak type's before anything hardens it, so
    # that a share of the strong that does not depend on the start has left by then.
    need = indifference(terms, row)
    away = 1 - np.maximum(need[:, LOW], 0) / need[:, HIGH]
    state[:, reply] += 0.1 * (1 - state[:, reply])
    for offers, leaves in ((strong, True), (weak, False)):
        state[:, :2] = offers
        gap = np.zeros(len(terms))
        for switches in range(1, 12):  # some leave, run round and come back to another reply of the component
            last, _ = integrate(terms, BestResponse(switches), state[:, None])
            gap = np.maximum(gap, distances(terms, last, path_only=True)[:, 0, row])
        assert (gap > 0.9 * away).all() if leaves else (gap < 0.01).all()


def test_best_response_leaves_a_saddle() -> None:
    terms = games_with(0.01, LOW_TALKS_HIGH_MIXES, BEST_RESPONSE, UNSTABLE)
    start = nearby(terms, LOW_TALKS_HIGH_MIXES, np.random.default_rng(6), 1e-4)
    last, _ = integrate(terms, BestResponse(), start[:, None])
    assert np.mean(distances(terms, last)[:, 0, LOW_TALKS_HIGH_MIXES] > 0.05) > 0.95


@pytest.mark.parametrize("sign, target", [(-1, POOL_TALK), (1, POOL_FIGHT)])
def test_best_response_runs_straight_from_both_mix_to_a_pooling_component(sign: int, target: int) -> None:
    """The cone of docs/selection.md, section 6: index -1 to pool-talk, index +1 to pool-fight."""
    terms = Terms.of(random_parameters(100_000, np.random.default_rng(9)))
    terms = terms.take(component_indices(terms)[:, BOTH_MIX] == sign)
    assert len(terms) > 50
    assert terms.exists[:, target].all()
    games = Linear.of(terms.games)
    ones = np.ones((len(terms), 2, 1))
    # sign -1: an offer gains both types, is answered softly, and fighting is answered harshly; sign +1: the reverse
    replies = np.linalg.solve(games.slope, -sign * ones)[..., 0]
    offers = np.linalg.solve(games.harsh_slope(), sign * ones * np.array([[1.0], [-1.0]]))[..., 0]
    centre = terms.state_min[:, BOTH_MIX]
    way = np.hstack(
        [offers / np.abs(offers).max(axis=1, keepdims=True), replies / np.abs(replies).max(axis=1)[:, None]]
    )
    start = centre + 1e-3 * np.minimum(centre, 1 - centre).min(axis=1, keepdims=True) * way
    last, _ = integrate(terms, BestResponse(switches=2), start[:, None])
    assert distances(terms, last, path_only=True)[:, 0, target].max() < 1e-9


def logit_rest_point(terms: Terms, seed: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """The rest point of logit dynamics, both sides at the temperature, from replies ``[n, 2]`` on: the log-odds of the
    four probabilities, NaN where Newton's method did not arrive, and the Jacobian of the dynamics there."""
    games = Linear.of(terms.games)
    prior = logit(games.prior[:, :1])
    side = np.array([1.0, -1.0])

    def system(odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        signed = side[:, None] * odds[:, None, :2]  # log-odds of sending each message, [n, message, type]
        sent = log_expit(signed)
        belief = expit(prior + sent[..., 0] - sent[..., 1])
        worth = games.gain[..., 0] * belief + games.gain[..., 1] * (1 - belief)
        replies = expit(odds[:, 2:])
        gains = np.hstack([games.eager(replies), worth])
        slopes = np.zeros((len(odds), 4, 4))
        slopes[:, :2, 2:] = games.slope * (replies * (1 - replies))[:, None, :]
        swing = (games.gain[..., 0] - games.gain[..., 1]) * belief * (1 - belief)
        slopes[:, 2:, :2] = swing[..., None] * side[:, None] * expit(-signed) * side
        return odds - gains / temperature, slopes / temperature

    far = 1e-9
    odds = np.hstack([games.eager(seed) / temperature, logit(np.clip(seed, far, 1 - far))])
    for _ in range(100):
        residual, slopes = system(odds)
        odds = odds - np.linalg.solve(np.eye(4) - slopes, residual[..., None])[..., 0]
    residual, slopes = system(odds)
    arrived = (np.abs(residual) < 1e-6 * (1 + np.abs(odds))).all(axis=1)
    # ẋ = σ(gain/τ) - x; its Jacobian at the rest point is similar to -1 + (gain as a function of log-odds)'/τ
    return np.where(arrived[:, None], odds, np.nan), slopes - np.eye(4)


@pytest.mark.parametrize(
    "row",
    [POOL_TALK, POOL_FIGHT, LOW_TALKS, HIGH_TALKS_LOW_MIXES, LOW_TALKS_HIGH_MIXES, HIGH_FIGHTS_LOW_MIXES, BOTH_MIX],
)
def test_eigenvalues_of_cold_logit_dynamics_have_the_signs_that_the_labels_say(row: int) -> None:
    terms = clear_cut(row, 0.003)
    label = stability(terms)[:, row, LOGIT]
    chosen = np.concatenate([np.flatnonzero(label == kind)[:80] for kind in (ASYMPTOTIC, UNSTABLE)])
    terms, label = terms.take(chosen), label[chosen]
    temperature = 3e-4
    seed = at_temperature(terms, temperature).replies[:, row]
    good = np.isfinite(seed).all(axis=1)
    terms, label = terms.take(good), label[good]
    odds, jacobian = logit_rest_point(terms, seed[good], temperature)
    reached = np.isfinite(odds).all(axis=1)
    reached &= distances(terms, expit(np.nan_to_num(odds))[:, None], path_only=True)[:, 0, row] < 0.1
    assert reached.mean() > 0.8
    assert reached.sum() > 10
    outward = np.linalg.eigvals(jacobian[reached]).real.max(axis=1)
    if row == BOTH_MIX:  # near the border between the labels, temperature still matters
        matrix = both_mix_matrix(terms, conditional=True)
        with np.errstate(invalid="ignore"):
            firm = np.abs(matrix.trace**2 / (4 * matrix.determinant) - 1)[reached] > 0.2
        outward, kinds = outward[firm], label[reached][firm]
        assert {ASYMPTOTIC, UNSTABLE} == set(kinds.tolist())
        np.testing.assert_array_equal(outward < 0, kinds == ASYMPTOTIC)
    else:
        np.testing.assert_array_equal(outward < 0, label[reached] == ASYMPTOTIC)


def test_the_determinant_at_both_mix_has_the_sign_of_the_index_whatever_the_speeds() -> None:
    terms = Terms.of(random_parameters(200_000, np.random.default_rng(11)))
    terms = terms.take(terms.row("both-mix"))
    index = component_indices(terms)[:, BOTH_MIX]
    for speeds in (None, Speeds(high=3.0, after_fight=0.1), Speeds(low=0.01)):
        for conditional in (False, True):
            matrix = both_mix_matrix(terms, speeds, conditional)
            np.testing.assert_array_equal(np.sign(matrix.determinant), index)
    fast_weak, slow_weak = (
        both_mix_matrix(terms, Speeds(low=low)).is_elliptic[index == 1].mean() for low in (1000.0, 0.001)
    )
    assert fast_weak == 1.0  # the weak, whom harshness deters, steady play if they move fast enough
    assert slow_weak == 0.0  # and the strong, whom softness invites, do not


def test_the_trace_at_both_mix_is_that_of_the_page() -> None:
    # docs/selection.md, end of section 6
    terms = Terms.of(random_parameters(100_000, np.random.default_rng(14)))
    terms = terms.take(terms.row("both-mix"))
    (x_high, x_low), (q, r) = terms.offers[:, BOTH_MIX].T, terms.reply_min[:, BOTH_MIX].T
    offered = terms.prior * x_high + (1 - terms.prior) * x_low
    doubt = terms.threshold * (1 - terms.threshold)
    speeds = Speeds(high=2.0, low=0.5, after_offer=3.0, after_fight=0.7)
    first = speeds.after_offer * q * (1 - q) * offered * doubt[:, OFFER] * terms.exposed * terms.spread
    first *= speeds.high * (1 - x_high) * terms.slope[:, HIGH] - speeds.low * (1 - x_low) * terms.slope[:, LOW]
    second = (
        speeds.after_fight * r * (1 - r) * (1 - offered) * doubt[:, FIGHT] * (1 - terms.pressure) ** 2 * terms.spread
    )
    second *= speeds.high * x_high * terms.loss[:, HIGH] - speeds.low * x_low * terms.loss[:, LOW]
    np.testing.assert_allclose(both_mix_matrix(terms, speeds).trace, first + second, rtol=1e-6, atol=1e-12)


def test_eigenvalues_at_both_mix_by_the_payoff_table() -> None:
    terms = Terms.of(random_parameters(100_000, np.random.default_rng(12)))
    terms = terms.take(terms.row("both-mix"))
    state = terms.state_min[:, BOTH_MIX]
    games = Linear.of(terms.games)
    jacobian = np.zeros((len(terms), 4, 4))
    jacobian[:, :2, 2:], jacobian[:, 2:, :2] = games.slope, games.harsh_slope()
    jacobian *= (state * (1 - state))[:, :, None]
    matrix = both_mix_matrix(terms)
    np.testing.assert_allclose(np.trace(jacobian @ jacobian, axis1=1, axis2=2), 2 * matrix.trace, atol=1e-12)
    outward = np.linalg.eigvals(jacobian).real.max(axis=1)
    np.testing.assert_array_equal(outward < 1e-6, matrix.is_elliptic)


def test_every_component_has_a_label_and_nothing_else_does() -> None:
    terms = Terms.of(random_parameters(20_000, np.random.default_rng(13)))
    assert ((stability(terms) > 0) == terms.exists[:, :, None]).all()
