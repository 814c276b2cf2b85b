"""NashConv from samples: the loops against exact evaluation and brute force, the interval against simulated models."""

from itertools import product

import numpy as np
import pytest

from olivebranch.games.registry import find_game
from olivebranch.theory.equilibria.reference import reference_of
from olivebranch.theory.sampling.counts import PlayCounts, situations_of
from olivebranch.theory.sampling.loops import Loops
from olivebranch.theory.sampling.nash_conv import bootstrap_interval, nash_conv_interval
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile

GAMES = ("rival-expectations", "costly-signal", "war-example", "kuhn-poker", "war-eritrea-ethiopia-1998")


def tree_of(name: str) -> GameTree:
    return unroll(find_game(name).compiled)


def sampled(profile: BehaviourProfile, n: int, generator: np.random.Generator) -> PlayCounts:
    """``n`` answers in each situation."""
    tree, situations = profile.tree, situations_of(profile.tree)
    places = zip(situations.stage, situations.history, situations.column, strict=True)
    shares = np.array([profile.stages[s][h, c] for s, h, c in places])
    return PlayCounts.of(tree, situations, generator.multinomial(n, shares / shares.sum(axis=1, keepdims=True)))


@pytest.mark.parametrize("name", GAMES)
def test_many_profiles_at_once_have_the_nash_conv_of_each(name: str) -> None:
    tree, generator = tree_of(name), np.random.default_rng(0)
    profiles = [random_profile(tree, generator) for _ in range(4)]
    tables = [np.stack(stage) for stage in zip(*(profile.stages for profile in profiles), strict=True)]
    expected = [evaluate(profile).nash_conv for profile in profiles]
    assert Loops(tree).nash_conv(tables) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", GAMES)
def test_the_slope_is_the_derivative_of_what_fixed_deviations_gain(name: str) -> None:
    """By finite differences of NashConv, which near a generic profile is what the best deviations gain."""
    tree, generator = tree_of(name), np.random.default_rng(1)
    loops, profile = Loops(tree), random_profile(tree, generator)
    one = [table[None] for table in profile.stages]
    _, _, by_action = loops.best(one, loops.reach(one))
    legal = [tree.moves.legal[stage.state] for stage in tree.stages]
    best = [
        np.eye(tree.game.n_actions)[np.where(can, each[0], -np.inf).argmax(axis=2)]
        for can, each in zip(legal, by_action, strict=True)
    ]
    slopes = loops.gain_slope(profile.stages, best)
    situations, step = situations_of(tree), 1e-6
    for number in generator.choice(len(situations), size=min(12, len(situations)), replace=False):
        s, h, c = situations.stage[number], situations.history[number], situations.column[number]
        first, second = np.flatnonzero(legal[s][h, c])[:2]
        values = []
        for sign in (1, -1):
            moved = profile.copy()
            moved.stages[s][h, c, first] += sign * step
            moved.stages[s][h, c, second] -= sign * step
            values.append(float(loops.nash_conv([table[None] for table in moved.stages])[0]))
        expected = slopes[s][h, c, first] - slopes[s][h, c, second]
        assert (values[0] - values[1]) / (2 * step) == pytest.approx(expected, abs=1e-6)


def test_the_smallest_shift_is_that_of_the_worst_deviation_one_by_one() -> None:
    """In a talks game there are 2 ** 4 pure deviations, which can be listed."""
    tree, generator = tree_of("rival-expectations"), np.random.default_rng(2)
    loops, situations = Loops(tree), situations_of(tree)
    at, drawn = random_profile(tree, generator), random_profile(tree, generator)
    legal = [tree.moves.legal[stage.state] for stage in tree.stages]
    places = list(zip(situations.stage, situations.history, situations.column, strict=True))

    def gained(profile: BehaviourProfile, choice: tuple[int, ...]) -> float:
        total = 0.0
        for player in range(2):
            mixed = profile.copy()
            for (s, h, c), pick in zip(places, choice, strict=True):
                if tree.moves.owner[c] == player:
                    mixed.stages[s][h, c] = np.eye(4)[np.flatnonzero(legal[s][h, c])[pick]]
            total += evaluate(mixed).values[player]
        return total

    shifts = [gained(drawn, choice) - gained(at, choice) for choice in product((0, 1), repeat=len(places))]
    tables = [table[None] for table in drawn.stages]
    assert loops.shift(tables, loops.reach(tables), at.stages, legal)[0] == pytest.approx(min(shifts), abs=1e-12)


def models(tree: GameTree, name: str, generator: np.random.Generator, n: int) -> list[BehaviourProfile]:
    """A quarter each: any mixtures, sharp mixtures, equilibria, and equilibria with a trembling hand."""
    reference = reference_of(find_game(name))
    equilibria = [component.profile() for component in reference.components]
    found = []
    for number in range(n):
        one = random_profile(tree, generator)
        equilibrium = equilibria[(number // 4) % len(equilibria)]
        if number % 4 == 1:
            stages = []
            for stage in tree.stages:
                weights = generator.standard_gamma(np.where(tree.moves.legal[stage.state], 0.1, 0.0))
                weights += np.where(tree.moves.legal[stage.state], 1e-300, 0.0)
                stages.append(weights / weights.sum(axis=2, keepdims=True))
            one = BehaviourProfile(tree, tuple(stages))
        if number % 4 > 1:
            share = 0.05 * (number % 4 == 3)
            mixed = [share * a + (1 - share) * b for a, b in zip(one.stages, equilibrium.stages, strict=True)]
            one = BehaviourProfile(tree, tuple(mixed))
        found.append(one)
    return found


def coverage(name: str, n_models: int, n: int, draws: int) -> tuple[float, float, float]:
    """How often the interval holds the truth, how often the guaranteed one does, and the ratio of median widths."""
    tree, generator = tree_of(name), np.random.default_rng(3)
    held, sure, widths, bootstrap = [], [], [], []
    for profile in models(tree, name, generator, n_models):
        truth, play = evaluate(profile).nash_conv, sampled(profile, n, generator)
        found = nash_conv_interval(play, generator, draws=draws)
        held.append(found.low - 1e-9 <= truth <= found.high + 1e-9)
        sure.append(found.guaranteed is None or found.guaranteed[0] - 1e-9 <= truth <= found.guaranteed[1] + 1e-9)
        low, high = bootstrap_interval(play, generator, draws=draws)
        widths.append(found.high - found.low)
        bootstrap.append(high - low)
    return float(np.mean(held)), float(np.mean(sure)), float(np.median(widths) / np.median(bootstrap))


def test_the_interval_holds_nash_conv_in_a_talks_game() -> None:
    """Of 120 models that are covered with a probability of 95 %, fewer than 107 would be with one of 0.5 % only."""
    held, sure, ratio = coverage("rival-expectations", 120, 50, 120)
    assert held >= 107 / 120
    assert sure >= 107 / 120
    assert ratio <= 1.5


@pytest.mark.slow
@pytest.mark.parametrize("name,n", [("rival-expectations", 50), ("mutual-doubt", 100), ("war-example", 50)])
def test_the_interval_holds_nash_conv_in_a_thousand_models(name: str, n: int) -> None:
    held, sure, ratio = coverage(name, 1000, n, 300)
    assert held >= 0.93
    assert sure >= 0.93
    assert ratio <= 1.5


def test_an_equilibrium_is_never_ruled_out_by_its_own_exact_shares() -> None:
    tree = tree_of("rival-expectations")
    for component in reference_of(find_game("rival-expectations")).components:
        situations, profile = situations_of(tree), component.profile()
        places = zip(situations.stage, situations.history, situations.column, strict=True)
        counts = np.array([np.round(1000 * profile.stages[s][h, c]) for s, h, c in places])
        found = nash_conv_interval(PlayCounts.of(tree, situations, counts), np.random.default_rng(4), draws=200)
        assert found.low < 1e-3


def test_what_nobody_was_asked_about_is_unknown() -> None:
    tree, generator = tree_of("rival-expectations"), np.random.default_rng(5)
    situations = situations_of(tree)
    found = nash_conv_interval(PlayCounts.of(tree, situations, np.zeros((4, 4))), generator, draws=200)
    assert found.guaranteed is not None
    assert found.guaranteed[0] == 0.0
    assert found.high - found.low > 0.5  # payoffs span about 1.7


def test_counts_of_illegal_actions_are_refused() -> None:
    tree = tree_of("rival-expectations")
    with pytest.raises(ValueError, match="legal actions"):
        PlayCounts.of(tree, situations_of(tree), np.ones((4, 4)))
