"""Three solvers on game trees: the model's own example, card games of known value, and each against another."""

from collections.abc import Callable

import numpy as np
import pytest
from random_games import RandomGame

from olivebranch.games.base import compile_game
from olivebranch.games.kuhn import KuhnPoker
from olivebranch.games.rules import Action
from olivebranch.games.war import compile_war
from olivebranch.games.war_parameters import WarParameters
from olivebranch.games.yardsticks import LeducPoker
from olivebranch.theory.quantal_response.branch import BranchLost
from olivebranch.theory.quantal_response.path import CALM, logit_equilibrium, logit_path
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.dynamics import (
    NumericalEquilibrium,
    cfr_plus,
    distinct,
    magnetic_mirror_descent,
    starts,
)
from olivebranch.theory.tree.evaluation import evaluate, information_sets
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile, uniform_profile

# docs/model.md, section 5: the example with the paper's pattern
EXAMPLE = WarParameters.from_mapping(
    {
        "horizon": 2, "grid": 4, "start": 3, "breakthrough_a": (0.13, 0.92), "breakthrough_b": (0.66, 0.78),
        "prior_a": (0.67, 0.33), "prior_b": (0.33, 0.67), "war_cost": (0.02, 0.04), "escalation_cost": (0.15, 0.15),
        "pressure": 0.57, "shelter": 0.33, "face_cost": 0.10, "guarantee": 0.0, "defeat_cost": 0.44,
    }
)  # fmt: skip

SOLVERS: dict[str, Callable[[GameTree], NumericalEquilibrium]] = {
    "magnetic mirror descent": lambda tree: magnetic_mirror_descent(uniform_profile(tree)),
    "CFR+": lambda tree: cfr_plus(uniform_profile(tree), steps=200),
    "logit path": logit_equilibrium,
}


@pytest.mark.parametrize("name", SOLVERS)
def test_in_the_models_example_a_fights_on_if_resilient_and_offers_if_not(name: str) -> None:
    found = SOLVERS[name](unroll(compile_war(EXAMPLE)))
    assert found.solver == name
    assert found.converged
    assert found.evaluation.nash_conv <= 1e-5
    a, b = found.profile.of(0, 0)[0], found.profile.of(1, 0)[0]
    assert a[0, Action.FIGHT] > 0.999
    assert a[1, Action.OFFER_TALKS] > 0.999
    assert (b[:, Action.OFFER_TALKS] > 0.999).all()


def test_the_example_found_from_several_starts_is_one_equilibrium() -> None:
    tree = unroll(compile_war(EXAMPLE))
    begin = list(starts(tree, np.random.default_rng(0), 4))
    found = [magnetic_mirror_descent(start) for start in begin] + [cfr_plus(start, steps=200) for start in begin]
    assert len(distinct(found)) == 1


def test_of_equilibria_that_play_alike_the_one_with_the_least_gap_is_kept() -> None:
    tree = unroll(compile_game(KuhnPoker()))
    rough, better = (cfr_plus(uniform_profile(tree), steps=steps) for steps in (900, 1000))
    assert play_distance(rough.profile, better.profile) < 0.01
    assert better.evaluation.nash_conv < rough.evaluation.nash_conv
    for found in ([rough, better], [better, rough]):
        assert distinct(found) == (better,)
        assert set(map(id, distinct(found, threshold=0.0))) == {id(rough), id(better)}


def test_cfr_plus_finds_the_value_of_kuhn_and_leduc_poker() -> None:
    # -1/18 in Kuhn poker (Kuhn 1950); -0.0856 in Leduc poker (Southey et al. 2005, as OpenSpiel documents it)
    for rules, value in ((KuhnPoker, -1 / 18), (LeducPoker, -0.0856)):
        found = cfr_plus(uniform_profile(unroll(compile_game(rules()))), steps=500)
        assert found.evaluation.nash_conv < 5e-3
        assert found.evaluation.values[0] == pytest.approx(value, abs=2e-3)


def test_the_logit_path_leads_to_the_value_of_kuhn_poker() -> None:
    found = logit_equilibrium(unroll(compile_game(KuhnPoker())), precision=2e4, tolerance=1e-5)
    assert found.evaluation.nash_conv < 1e-4
    assert found.evaluation.values[0] == pytest.approx(-1 / 18, abs=1e-4)


def logit_response_error(profile: BehaviourProfile, precision: float) -> float:
    """How far the profile is from the definition of a logit equilibrium, read off exact action values."""
    error = 0.0
    for level, table in zip(information_sets(profile), profile.stages, strict=True):
        known = ~np.isnan(level.action_values).all(axis=2)
        q = np.where(np.isnan(level.action_values), -np.inf, level.action_values)[known]
        weight = np.exp(precision * (q - q.max(axis=1, keepdims=True)))
        error = max(error, np.abs(table[known] - weight / weight.sum(axis=1, keepdims=True)).max())
    return error


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("trembling", [False, True])
def test_every_point_of_the_logit_path_is_a_logit_equilibrium(seed: int, trembling: bool) -> None:
    tree = unroll(compile_game(RandomGame(np.random.default_rng(seed))))
    points = list(logit_path(tree, precision=(0.5, 50.0), max_points=60, trembling=trembling))
    assert points[-1].precision > 50
    for point in points:
        allowed = 1 / (point.precision + CALM) if trembling else 1e-6
        assert logit_response_error(point.profile, point.precision) < allowed


def test_a_logit_path_that_does_not_arrive_says_how_far_it_came() -> None:
    tree = unroll(compile_game(RandomGame(np.random.default_rng(0))))
    with pytest.raises(BranchLost, match=r"came to precision .* of 100; it took more than 3 points"):
        list(logit_path(tree, precision=(0.5, 100.0), max_points=3))


def test_mirror_descent_at_a_fixed_temperature_rests_at_the_logit_equilibrium() -> None:
    tree = unroll(compile_war(EXAMPLE))
    rest = magnetic_mirror_descent(
        random_profile(tree, np.random.default_rng(0)), step_size=1.0, temperature=(0.2, 0.2), steps=2000, tolerance=0.0
    )
    assert not rest.converged  # a logit equilibrium is not an equilibrium, and says so
    assert logit_response_error(rest.profile, 5.0) < 1e-9


def test_starts_are_reproducible_and_differ() -> None:
    tree = unroll(compile_war(EXAMPLE))
    one, two = (list(starts(tree, np.random.default_rng(5), 3)) for _ in range(2))
    for first, second in zip(one, two, strict=True):
        for table, other in zip(first.stages, second.stages, strict=True):
            np.testing.assert_array_equal(table, other)
    assert play_distance(one[1], one[2]) > 0.1
    assert evaluate(one[1]).nash_conv > 0
