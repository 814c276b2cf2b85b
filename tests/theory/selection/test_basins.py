"""Mean-field dynamics and their basins: exact steps, conserved quantities, errors that are told."""

import numpy as np
import pytest

from olivebranch.theory.selection.basins import UNDECIDED, basins, destinations, distances
from olivebranch.theory.selection.dynamics import AnnealedLogit, BestResponse, Replicator, integrate
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.limits import limits_by_index
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.kernel import HIGH_FIGHTS_LOW_MIXES, HIGH_TALKS_LOW_MIXES, POOL_FIGHT, POOL_TALK
from tests.strategies import random_parameters
from tests.theory.selection.perturbed import Linear
from tests.theory.selection.test_exploration import crowded


def test_best_response_paths_are_those_of_small_steps() -> None:
    terms = crowded(200, 20)
    games = Linear.of(terms.games)
    start = np.random.default_rng(0).uniform(size=(len(terms), 4))
    last, _ = integrate(terms, BestResponse(), start[:, None])
    state, step = start.copy(), 1e-3
    for _ in range(20_000):
        gains = np.hstack([games.eager(state[:, 2:]), games.harsh(state[:, :2])])
        state = state + step * ((gains > 0) - state)
    same = (
        destinations(terms, last, last, 0.05)[:, 0] == destinations(terms, state[:, None], state[:, None], 0.05)[:, 0]
    )
    assert same.mean() > 0.97  # starts on the border between basins may fall on either side
    assert np.quantile(np.abs(last[:, 0] - state)[same].max(axis=1), 0.9) < 0.02


def test_replicator_orbits_keep_the_quantity_that_they_conserve() -> None:
    """In the face x_H = 1 of high-talks-low-mixes play is a two-by-two game of conflict, whose orbits are closed.

    With ẋ = x(1-x)(a - b q) and q̇ = q(1-q)(c x - d), the integral of (c x - d)/(x(1-x)) dx - (a - b q)/(q(1-q)) dq is
    constant: -d ln x - (c-d) ln(1-x) - a ln q - (b-a) ln(1-q).
    """
    terms = Terms.of(random_parameters(200_000, np.random.default_rng(1)))
    terms = terms.take(np.flatnonzero(terms.row("high-talks-low-mixes"))[:40])
    games = Linear.of(terms.games)
    _, share, q, r = terms.state_min[:, HIGH_TALKS_LOW_MIXES].T
    start = np.stack([np.ones(len(terms)) - 1e-12, 0.3 * share + 0.2, q, r], axis=1)
    start = np.clip(start, 1e-15, 1 - 1e-12)
    corner = np.stack([np.zeros(len(terms)), r], axis=1)
    a, b = games.eager(corner)[:, 1], -games.slope[:, 1, 0]
    c, d = games.harsh_slope()[:, 0, 1], -games.harsh(np.tile([1.0, 0.0], (len(terms), 1)))[:, 0]

    def conserved(state: np.ndarray) -> np.ndarray:
        x, q = state[:, 1], state[:, 2]
        return -d * np.log(x) - (c - d) * np.log(1 - x) - a * np.log(q) - (b - a) * np.log(1 - q)

    last, _ = integrate(terms, Replicator(horizon=200.0, step=0.5), start[:, None])
    stayed = last[:, 0, 0] > 1 - 1e-9
    assert stayed.sum() > 5
    drift = np.abs(conserved(last[:, 0]) - conserved(start))
    assert (drift[stayed] < 1e-6).all()
    assert np.abs(last[:, 0, 1:3] - start[:, 1:3])[stayed].max() > 0.05  # and they did move


def test_closed_orbits_count_by_their_mean() -> None:
    terms = Terms.of(random_parameters(50_000, np.random.default_rng(2)))
    alone = terms.row("high-fights-low-mixes") & (terms.exists.sum(axis=1) == 1)
    terms = terms.take(np.flatnonzero(alone)[:10])
    assert len(terms) == 10
    start = np.random.default_rng(0).uniform(size=(10, 10, 4))
    last, mean = integrate(terms, Replicator(horizon=8000.0), start)
    ends = [destinations(terms, states, states, 0.05) == HIGH_FIGHTS_LOW_MIXES for states in (last, mean)]
    assert ends[1].mean() > ends[0].mean() + 0.2
    found = basins(terms, Replicator(horizon=8000.0), np.random.default_rng(0), starts=10)
    assert found.shares[:, HIGH_FIGHTS_LOW_MIXES].mean() >= ends[1].mean() - 0.1


def test_shares_sum_to_one_and_lie_within_their_intervals() -> None:
    terms = crowded(60, 21)
    for dynamics in (BestResponse(), Replicator(horizon=200.0), AnnealedLogit(last=0.01, cooling=20.0, holding=2.0)):
        found = basins(terms, dynamics, np.random.default_rng(0), starts=20)
        np.testing.assert_allclose(found.shares.sum(axis=1), 1)
        assert (found.low <= found.shares).all()
        assert (found.shares <= found.high).all()
        assert not found.shares[:, :UNDECIDED][~terms.exists].any()
        assert (found.step_error <= 1).all()
        clear = found.largest >= 0
        rows = found.largest[clear]
        assert (found.shares[clear, rows] == found.shares[clear, :UNDECIDED].max(axis=1)).all()


def test_intervals_cover_the_share_of_a_long_count() -> None:
    terms = crowded(100, 22)
    long = basins(terms, BestResponse(), np.random.default_rng(0), starts=2000).shares
    short = basins(terms, BestResponse(), np.random.default_rng(1), starts=100)
    inside = (short.low <= long) & (long <= short.high)
    contested = (long > 0.05) & (long < 0.95)
    assert contested.sum() > 20
    assert inside[contested].mean() > 0.88  # nominally 0.95
    firm = short.largest >= 0
    assert (short.largest[firm] == long[firm, :UNDECIDED].argmax(axis=1)).mean() > 0.98


def test_no_start_ends_at_a_component_of_index_minus_one() -> None:
    terms = crowded(300, 23)
    found = basins(terms, BestResponse(), np.random.default_rng(0), starts=50)
    assert (component_indices(terms) == -1).any()
    assert found.shares[:, :UNDECIDED][component_indices(terms) == -1].max() < 0.01


def test_slow_cooling_from_uniform_play_ends_where_the_branch_does() -> None:
    terms = crowded(300, 24)
    by_index = limits_by_index(terms)
    terms, by_index = terms.take(np.flatnonzero(by_index >= 0)[:40]), by_index[by_index >= 0][:40]
    start = np.full((len(terms), 1, 4), 0.5)
    ends = destinations(terms, *integrate(terms, AnnealedLogit(first=3.0, cooling=300.0), start), 0.1)[:, 0]
    decided = ends != UNDECIDED
    assert decided.mean() > 0.8
    assert (ends == by_index)[decided].mean() > 0.95


def test_a_coarse_step_is_told() -> None:
    terms = crowded(60, 25)
    coarse = basins(terms, Replicator(horizon=60.0, step=60.0), np.random.default_rng(0), starts=20)
    fine = basins(terms, Replicator(horizon=60.0, step=0.5), np.random.default_rng(0), starts=20)
    assert fine.step_error.mean() < 0.01 < coarse.step_error.mean()


def test_distances_leave_out_what_is_off_the_path_if_asked() -> None:
    terms = crowded(50, 26)
    state = np.random.default_rng(0).uniform(size=(len(terms), 3, 4))
    full, path = distances(terms, state), distances(terms, state, path_only=True)
    assert (path <= full).all()
    pooling = [POOL_TALK, POOL_FIGHT]
    others = [row for row in range(9) if row not in pooling]
    np.testing.assert_array_equal(full[..., others], path[..., others])
    inside = terms.state_max[:, POOL_FIGHT]
    here = terms.exists[:, POOL_FIGHT]
    assert distances(terms, inside[:, None])[here, 0, POOL_FIGHT] == pytest.approx(0)
