"""The step of each algorithm on a tree from any start, by its formula. Levels and hand examples: tests/agents/tree."""

import numpy as np
import pytest

from olivebranch.games.kuhn import compile_kuhn
from olivebranch.theory.tree.algorithms import (
    FictitiousPlay,
    MirrorDescent,
    MultiplicativeWeights,
    RegretMinimisation,
    ReplicatorDynamics,
    TreeAlgorithm,
)
from olivebranch.theory.tree.evaluation import counterfactual_values, evaluate, information_sets
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, check_profile, random_profile


@pytest.fixture(scope="module")
def start() -> BehaviourProfile:
    return random_profile(unroll(compile_kuhn()), np.random.default_rng(3))


@pytest.mark.parametrize("temperature", [0.0, 0.3])
def test_mirror_descent_starts_from_any_behaviour(start: BehaviourProfile, temperature: float) -> None:
    """``(p * exp(eta * Q)) ** (1 / (1 + eta * T))`` with action values Q given the belief."""
    algorithm = MirrorDescent(start)
    algorithm.step(0.5, temperature)
    for level, before, after in zip(information_sets(start), start.stages, algorithm.tables, strict=True):
        quality = np.where(np.isnan(level.action_values), -np.inf, level.action_values)
        weight = (before * np.exp(0.5 * quality)) ** (1 / (1 + 0.5 * temperature))
        np.testing.assert_allclose(after, weight / weight.sum(axis=2, keepdims=True), atol=1e-12)


def test_multiplicative_weights_start_from_any_behaviour(start: BehaviourProfile) -> None:
    """``p * exp(eta * q)`` with counterfactual values q, which contain the others' reach."""
    algorithm = MultiplicativeWeights(start)
    algorithm.step(0.5)
    values, _ = counterfactual_values(start)
    for level, before, after in zip(values, start.stages, algorithm.tables, strict=True):
        weight = before * np.exp(0.5 * level.values)
        np.testing.assert_allclose(after, weight / weight.sum(axis=2, keepdims=True), atol=1e-12)


def test_regret_minimisation_plays_as_at_the_start_until_an_action_is_regretted(start: BehaviourProfile) -> None:
    """The first player's tables after one step: positive regrets against the start, or the start itself."""
    algorithm = RegretMinimisation(start, clipped=True, linear=True)
    algorithm.step()
    values, _ = counterfactual_values(start)
    part = start.tree.types_of(0)
    for level, before, after in zip(values, start.stages, algorithm.tables, strict=True):
        value = (before * level.values).sum(axis=2, keepdims=True)
        regret = np.where(before > 0, np.maximum(level.values - value, 0.0), 0.0)
        total = regret.sum(axis=2, keepdims=True)
        expected = np.where(total > 0, regret / np.where(total > 0, total, 1.0), before)
        np.testing.assert_allclose(after[:, part], expected[:, part], atol=1e-12)


def one_step(start: BehaviourProfile, kind: type[TreeAlgorithm]) -> TreeAlgorithm:
    if kind is RegretMinimisation:
        regret = RegretMinimisation(start, clipped=False, linear=False)
        regret.step()
        return regret
    if kind is MirrorDescent:
        mirror = MirrorDescent(start)
        mirror.step(0.1, 0.01)
        return mirror
    if kind is FictitiousPlay:
        responses = FictitiousPlay(start)
        responses.step()
        return responses
    assert kind in (MultiplicativeWeights, ReplicatorDynamics)
    weights = MultiplicativeWeights(start) if kind is MultiplicativeWeights else ReplicatorDynamics(start)
    weights.step(0.1)
    return weights


@pytest.mark.parametrize(
    "kind", [RegretMinimisation, MirrorDescent, MultiplicativeWeights, ReplicatorDynamics, FictitiousPlay]
)
def test_a_step_leaves_distributions_and_the_start_as_it_was(
    kind: type[TreeAlgorithm], start: BehaviourProfile
) -> None:
    before = [table.copy() for table in start.stages]
    algorithm = one_step(start, kind)
    assert algorithm.done == 1
    check_profile(algorithm.profile)
    check_profile(algorithm.average())
    assert evaluate(algorithm.profile).nash_conv != evaluate(start).nash_conv
    for one, other in zip(start.stages, before, strict=True):
        np.testing.assert_array_equal(one, other)
