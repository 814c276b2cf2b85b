"""Solvers of meta-games against games solved by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from olivebranch.agents.tree.parts.meta_game import (
    SOLVERS,
    _projected,
    is_constant_sum,
    member_values,
    meta_nash_conv,
    nash,
    projected_replicator_dynamics,
    regret_matching,
    uniform,
)
from olivebranch.games.base import FloatArray

ZERO_SUM = np.array([[[2.0, -1.0], [-1.0, 1.0]], [[-2.0, 1.0], [1.0, -1.0]]])
# defecting (1) is worth 1 more than cooperating whatever the other does
DILEMMA = np.array([[[3.0, 0.0], [4.0, 1.0]], [[3.0, 4.0], [0.0, 1.0]]])


def test_a_mixed_equilibrium_by_hand() -> None:
    """Rows p, 1 - p: columns cost 3p - 1 and 1 - 2p, equal at p = 2/5, value 1/5; the game is symmetric."""
    rows, columns = nash(ZERO_SUM)
    np.testing.assert_allclose(rows, [0.4, 0.6], atol=1e-9)
    np.testing.assert_allclose(columns, [0.4, 0.6], atol=1e-9)
    np.testing.assert_allclose(member_values(ZERO_SUM, [rows, columns])[0], [0.2, 0.2], atol=1e-9)


def test_gaps_by_hand() -> None:
    """Against uniform play rows earn (1/2, 0) and columns (-1/2, 0); the means are 1/4 and -1/4: gains of 1/4 each."""
    assert meta_nash_conv(ZERO_SUM, uniform(ZERO_SUM)) == pytest.approx(0.5)


@pytest.mark.parametrize("solver", SOLVERS)
def test_dominated_members_get_no_weight(solver: str) -> None:
    assert not is_constant_sum(DILEMMA)
    for mixture in SOLVERS[solver](DILEMMA):
        np.testing.assert_allclose(mixture, [0, 1], atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (3, 4), elements=st.floats(-1, 1)), st.floats(-1, 1))
def test_linear_programming_leaves_no_gap_in_constant_sum_games(table: FloatArray, total: float) -> None:
    payoffs = np.array([table, total - table])
    assert is_constant_sum(payoffs)
    assert meta_nash_conv(payoffs, nash(payoffs)) < 1e-7


def test_the_other_solvers_come_near_in_a_game_with_a_mixed_equilibrium_only() -> None:
    assert meta_nash_conv(ZERO_SUM, regret_matching(ZERO_SUM)) < 1e-3
    assert meta_nash_conv(ZERO_SUM, projected_replicator_dynamics(ZERO_SUM)) < 0.01


def test_three_players_each_paid_for_matching_the_next() -> None:
    """From uniform play of slightly unequal stakes, all settle on the action that pays more."""
    first, second, third = np.indices((2, 2, 2))
    payoffs = np.array([first == second, second == third, third == first]) * (1 + 0.2 * first)
    for solver in (regret_matching, projected_replicator_dynamics):
        mixtures = solver(payoffs)
        assert meta_nash_conv(payoffs, mixtures) < 1e-4
        assert [int(mixture.argmax()) for mixture in mixtures] == [1, 1, 1]


def test_projection_by_hand() -> None:
    """(0.8, 0.6, -0.1) onto entries >= 0.1: less 0.1 each, 0.7 is left to share; 0.25 taken off (0.7, 0.5) does it."""
    np.testing.assert_allclose(_projected(np.array([0.8, 0.6, -0.1]), 0.1), [0.55, 0.35, 0.1])
