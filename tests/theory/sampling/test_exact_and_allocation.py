"""Exact intervals for shares, and where further samples go."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olivebranch.games.registry import find_game
from olivebranch.theory.sampling.allocation import allocate, spreads
from olivebranch.theory.sampling.counts import PlayCounts, situations_of
from olivebranch.theory.sampling.exact import clopper_pearson, simultaneous_bounds
from olivebranch.theory.sampling.loops import Loops
from olivebranch.theory.sampling.nash_conv import nash_conv_interval
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import random_profile


def test_clopper_and_pearsons_interval_in_numbers_that_can_be_worked_out() -> None:
    """Nothing in n: 1 - (alpha / 2) ** (1 / n). Nobody asked: anything."""
    low, high = clopper_pearson(np.array([0.0, 10.0, 0.0]), np.array([10.0, 10.0, 0.0]))
    assert low == pytest.approx([0, 0.025**0.1, 0])
    assert high == pytest.approx([1 - 0.025**0.1, 1, 1])


def test_bounds_on_several_mixtures_hold_at_once() -> None:
    generator = np.random.default_rng(0)
    legal = np.array([[True, True, False], [True, True, True], [False, True, True]])
    held = 0
    for _ in range(1000):
        truth = generator.standard_gamma(np.where(legal, 0.7, 0.0)) + np.where(legal, 1e-300, 0.0)
        truth /= truth.sum(axis=1, keepdims=True)
        low, high = simultaneous_bounds(generator.multinomial(30, truth).astype(float), legal)
        held += bool(((low <= truth + 1e-12) & (truth <= high + 1e-12)).all())
    assert held >= 950


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers(0, 50)), min_size=1, max_size=12),
    st.integers(0, 300),
)
def test_the_whole_budget_goes_where_it_narrows_most(rows: list[tuple[float, int]], budget: int) -> None:
    spread, asked = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    extra = allocate(spread, asked, budget)
    assert (extra >= 0).all()
    assert extra.sum() == (budget if (spread > 0).any() else 0)
    assert not extra[spread == 0].any()
    # No sample would have done more good elsewhere, but for rounding to whole samples.
    root = np.sqrt(spread)
    given_some = np.flatnonzero(extra)
    for one in given_some:
        for other in np.flatnonzero(root > 1e-3 * root.max()):
            assert (asked[one] + extra[one] - 1) * root[other] <= (asked[other] + extra[other] + 1) * root[one] * (
                1 + 1e-6
            )


def test_in_a_war_it_needs_less_than_half_the_samples_of_asking_everywhere_alike() -> None:
    game = find_game("war-example")
    tree = unroll(game.compiled)
    loops, situations, generator = Loops(tree), situations_of(tree), np.random.default_rng(1)
    assert len(situations) >= 60
    truth = random_profile(tree, generator)
    places = zip(situations.stage, situations.history, situations.column, strict=True)
    shares = np.array([truth.stages[s][h, c] for s, h, c in places])
    shares /= shares.sum(axis=1, keepdims=True)

    def width(counts: np.ndarray) -> float:
        found = nash_conv_interval(PlayCounts.of(tree, situations, counts), generator, draws=200)
        return found.high - found.low

    even = width(generator.multinomial(20, shares).astype(float))
    counts = np.zeros(shares.shape)
    for _ in range(8):
        play = PlayCounts.of(tree, situations, counts)
        extra = allocate(spreads(play, situations, loops, on_path=0.05), counts.sum(axis=1), 10 * len(situations) // 8)
        counts += generator.multinomial(extra, shares)
    assert counts.sum() <= 0.5 * 20 * len(situations)
    assert width(counts) <= even
