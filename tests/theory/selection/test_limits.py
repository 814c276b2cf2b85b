"""The limit of the logit branch: only index +1, and by index where that is enough."""

import numpy as np

from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters, each_game
from olivebranch.theory.selection.fixed_temperature import at_temperature
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.limits import UNKNOWN, follow, limits, limits_by_index, row_name
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.kernel import ROWS
from olivebranch.theory.talks.solve import solve_talks
from tests.strategies import random_parameters


def game(terms: Terms, number: int) -> TalksParameters:
    return next(each_game(terms.take(slice(number, number + 1)).games))


def rivals(n: int, seed: int) -> Terms:
    """Random games with several components, half of them with one of index +1 only."""
    terms = Terms.of(random_parameters(20_000, np.random.default_rng(seed)))
    several = (terms.exists.sum(axis=1) > 1) & (terms.margin > 1e-6)
    single = limits_by_index(terms) != UNKNOWN
    halves = [np.flatnonzero(several & which)[: n // 2] for which in (single, ~single)]
    return terms.take(np.concatenate(halves))


def test_the_branch_tends_to_a_component_of_index_one_and_to_the_only_one_if_there_is_one() -> None:
    terms = rivals(40, 30)
    index, by_index = component_indices(terms), limits_by_index(terms)
    decided = alone = 0
    for number in range(len(terms)):
        row, found = follow(game(terms, number))
        if row is None:
            assert "undecided" in found.reason
            continue
        decided += 1
        assert index[number, row] == 1
        assert found.distance <= 0.01
        assert found.runner_up > found.distance
        if by_index[number] != UNKNOWN:
            alone += 1
            assert row == by_index[number]
            assert at_temperature(terms, 1e-5).sustained[number, row]
    assert decided > 35
    assert alone > 10


def test_limits_of_many_games_follow_only_where_the_index_does_not_tell() -> None:
    terms = rivals(16, 31)
    by_index, found = limits_by_index(terms), limits(terms)
    known = by_index != UNKNOWN
    np.testing.assert_array_equal(found[known], by_index[known])
    assert (found[~known] != UNKNOWN).mean() > 0.9
    assert row_name(UNKNOWN) == "undecided"
    assert row_name(0) == ROWS[0]


def test_a_preset() -> None:
    parameters = load_preset("rival-expectations").parameters
    row, found = follow(parameters)
    assert row is not None
    assert ROWS[row] in solve_talks(parameters).names
    assert "at precision" in found.reason
