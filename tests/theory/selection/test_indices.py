"""Indices in closed form against all equilibria of perturbed games, found and signed without any closed form."""

import numpy as np
import pytest

from olivebranch.theory.selection.basins import distances
from olivebranch.theory.selection.exploration import ConstantRates, LogitLimit, sustained
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.kernel import POOL_FIGHT, POOL_TALK, ROWS
from tests.strategies import random_parameters
from tests.theory.selection.perturbed import Equilibria, Linear, constrained


def generic(n: int, seed: int) -> Terms:
    """Random games that are not too close to a knife edge for floats."""
    terms = Terms.of(random_parameters(n, np.random.default_rng(seed)))
    return terms.take(terms.margin > 1e-6)


def by_component(terms: Terms, found: Equilibria) -> tuple[np.ndarray, np.ndarray]:
    """How many perturbed equilibria lie nearest to each component, and the sum of their signs, ``[n, 9]``."""
    gap = distances(terms.take(found.game), found.state[:, None])[:, 0]
    assert gap.min(axis=1).max() < 0.1
    count, total = np.zeros((2, len(terms), len(ROWS)))
    np.add.at(count, (found.game, gap.argmin(axis=1)), 1)
    np.add.at(total, (found.game, gap.argmin(axis=1)), found.sign)
    return count, total


def test_the_indices_of_a_game_sum_to_one() -> None:
    terms = generic(100_000, 0)
    np.testing.assert_array_equal(component_indices(terms).sum(axis=1), 1)


@pytest.mark.parametrize("least", [(1e-7, 1e-7), (1e-7, 1e-8), (1e-8, 1e-7)])
def test_perturbed_equilibria_near_a_component_sum_to_its_index_whoever_explores_more(least: tuple) -> None:
    terms = generic(20_000, 1)
    found = constrained(Linear.of(terms.games), np.array(least))
    np.testing.assert_array_equal(np.bincount(found.game, found.sign, len(terms)), 1)
    count, total = by_component(terms, found)
    np.testing.assert_array_equal(total, component_indices(terms))
    # and there is one near a component just where that exploration sustains it
    np.testing.assert_array_equal(sustained(terms, ConstantRates(least[0] / least[1])).sustained, count > 0)


def test_a_pooling_component_has_index_one_just_if_it_survives_d1_and_logit_exploration() -> None:
    terms = generic(100_000, 2)
    index = component_indices(terms)
    for row in (POOL_TALK, POOL_FIGHT):
        assert set(np.unique(index[terms.exists[:, row], row])) == {0, 1}
        np.testing.assert_array_equal(index[:, row] == 1, terms.d1[:, row])
        np.testing.assert_array_equal(index[:, row] == 1, sustained(terms, LogitLimit()).sustained[:, row])


def test_no_component_of_index_zero_is_safe_from_every_exploration() -> None:
    # where the index is zero some rates of exploration remove the component, and others (none, at some) keep it
    terms = generic(50_000, 3)
    index = component_indices(terms)
    strong, weak = (sustained(terms, ConstantRates(ratio)).sustained for ratio in (1e9, 1e-9))
    lost = terms.exists & (index == 0)
    assert lost[:, POOL_FIGHT].any()
    assert lost[:, POOL_TALK].any()
    assert not (strong & lost).any()  # if only the strong explore, the unexpected message means strength
    assert weak[lost].all()  # if only the weak do, it means weakness
    essential = terms.exists & (index != 0)
    assert strong[essential].all()
    assert weak[essential].all()
