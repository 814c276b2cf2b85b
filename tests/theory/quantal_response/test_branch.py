"""The logit branch: fixed points all the way, no turning round at folds, Gambit's numbers, the precision recovered."""

import io
from fractions import Fraction

import numpy as np
import pytest

from olivebranch.games.base import compile_game
from olivebranch.games.kuhn import KuhnPoker
from olivebranch.games.registry import load_preset
from olivebranch.theory.quantal_response.branch import BranchLost
from olivebranch.theory.quantal_response.fit import expected_counts, log_likelihood, logit_branch
from olivebranch.theory.quantal_response.values import Layout
from olivebranch.theory.signalling.game import SignallingGame, compile_signalling
from olivebranch.theory.tree import evaluate, unroll
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.export import to_efg
from olivebranch.theory.tree.histories import GameTree

SHAPES = ((2, 2, 2), (2, 2, 3), (2, 3, 2), (3, 2, 2))

# Folds at precision 46.8: a follower without a signed tangent turned round there and came back to zero.
FOLD = SignallingGame(
    [0.9257235526706782, 0.07427644732932191],
    [[[-2.176, 1.527], [-1.479, 1.414]], [[-0.949, 0.086], [-0.102, -0.055]]],
    [[[-0.42, -0.482], [2.414, 2.059]], [[1.165, -0.934], [-2.914, 0.654]]],
)
# A spline through the likelihoods of this game's branch overshot to +29.7, above the saturated -0.04.
OVERSHOT = SignallingGame(
    [0.5981175431522162, 0.4018824568477837],
    [[[0.798, -0.191, 0.362], [-0.142, -1.883, 0.105]], [[1.195, -0.044, 0.714], [0.38, 2.71, -0.161]]],
    [[[-0.188, 0.219, 0.642], [2.023, -1.817, 1.002]], [[-0.043, -1.234, -0.558], [0.261, 0.228, -0.445]]],
)


def random_game(generator: np.random.Generator, number: int) -> GameTree:
    """Round numbers, so that Gambit reads exactly the same game; shapes in turn."""
    types, messages, replies = SHAPES[number % len(SHAPES)]
    shares = [int(share) for share in generator.integers(1, 9, size=types)]
    size = (types, messages, replies)
    sender, receiver = generator.integers(-20, 21, size=size) / 10, generator.integers(-20, 21, size=size) / 10
    game = SignallingGame([Fraction(share, sum(shares)) for share in shares], sender, receiver)
    return unroll(compile_signalling(game))


@pytest.mark.parametrize("preset", ["rival-expectations", "costly-signal", "kuhn-poker", "war-example"])
def test_values_in_logarithms_are_those_of_the_exact_evaluation(preset: str) -> None:
    tree = unroll(load_preset(preset).compile())
    layout = Layout.of(tree)
    logits = 2 * np.random.default_rng(0).normal(size=layout.size)
    values = np.concatenate([np.nan_to_num(level.action_values) for level in information_sets(layout.profile(logits))])
    legal = np.isfinite(layout.rules.forced)
    centre = np.where(legal, values, 0.0).sum(axis=2, keepdims=True) / legal.sum(axis=2, keepdims=True)
    expected = (values - centre)[tuple(layout.rules.place.T)]
    np.testing.assert_allclose(layout.values(logits), expected, atol=1e-12)


def test_beliefs_survive_probabilities_that_no_float_can_hold() -> None:
    # Both types send message 1 with probabilities e^-2000 and e^-2001; Bayes gives odds of prior times e.
    game = SignallingGame(["1/2", "1/2"], np.zeros((2, 2, 2)), [[[0, 0], [1, 0]], [[0, 0], [0, 0]]])
    layout = Layout.of(unroll(compile_signalling(game)))
    logits = np.zeros(layout.size)
    logits[[0, 2]] = 2000.0, 2001.0  # of message 0, by type
    values = layout.values(logits)
    belief = np.e / (1 + np.e)
    # The receiver's first reply after message 1 pays 1 against type 0: its value less the mean of both replies.
    assert values[-2:] == pytest.approx([belief / 2, -belief / 2], rel=1e-12)


@pytest.mark.parametrize("game", [FOLD, OVERSHOT], ids=["fold", "overshot"])
def test_a_branch_with_folds_arrives_and_every_point_is_a_logit_equilibrium(game: SignallingGame) -> None:
    branch = logit_branch(unroll(compile_signalling(game)))
    assert branch.precisions[0] == pytest.approx(1e-2, rel=1e-12)
    assert branch.precisions[-1] == pytest.approx(1e3, rel=1e-12)
    assert branch.precisions.min() >= 1e-2 * (1 - 1e-12)
    assert max(point.residual for point in branch.points) < 1e-12
    assert (np.diff(branch.precisions) < 0).any()  # it turns back on its way
    assert evaluate(branch.points[-1].profile).nash_conv < 1e-3


def test_neighbouring_points_are_near_each_other_in_behaviour() -> None:
    branch = logit_branch(unroll(compile_signalling(FOLD)))
    play = np.exp([point.log_probabilities for point in branch.points])
    assert np.abs(np.diff(play, axis=0)).max() <= 0.05 + 1e-9


def test_no_fit_exceeds_the_saturated_likelihood() -> None:
    branch = logit_branch(unroll(compile_signalling(OVERSHOT)))
    counts = expected_counts(branch.at(80.0).profile, 1000)
    saturated = log_likelihood(branch.at(80.0).profile, counts)
    fit = branch.fit(counts)
    assert fit.log_likelihood <= saturated
    assert fit.precision == pytest.approx(80.0, rel=1e-2)


def check_recovery(number: int, generator: np.random.Generator) -> bool:
    """Whether the data informed about the precision; where they did it must have been found."""
    branch = logit_branch(random_game(generator, number))
    true = float(np.exp(generator.uniform(np.log(0.05), np.log(500.0))))
    point = branch.at(true)
    fit = branch.fit(expected_counts(point.profile, 1000))
    if branch.information(point) >= 1e-6:
        assert fit.precision == pytest.approx(true, rel=1e-2)
        return True
    assert fit.lower == 0.0 or fit.upper == np.inf
    return False


def test_the_precision_is_recovered_in_random_games() -> None:
    generator = np.random.default_rng(7)
    informed = [check_recovery(number, generator) for number in range(24)]
    assert 8 <= sum(informed) <= 24


@pytest.mark.slow
def test_the_precision_is_recovered_in_many_random_games() -> None:
    generator = np.random.default_rng(8)
    assert sum(check_recovery(number, generator) for number in range(400)) > 100


def gambits_distance(tree: GameTree, precision: float) -> float:
    """The largest difference of an action probability from Gambit's logit equilibrium at a precision."""
    pygambit = pytest.importorskip("pygambit", reason="Gambit is an optional extra: pip install 'olivebranch[peers]'")
    if not hasattr(pygambit, "H"):
        pytest.skip("Gambit before 17 names nodes otherwise")
    theirs = pygambit.read_efg(io.BytesIO(to_efg(tree.game).encode()))
    (point, *_) = pygambit.qre.logit_solve_lambda(theirs, lam=precision)
    ours = logit_branch(tree, precision=(1e-2, 2 * precision)).at(precision).profile
    game, rules = tree.game, tree.game.game
    gap = 0.0
    for kind, name in enumerate(rules.type_names[0]):
        place = pygambit.H.path(f"{name}, only")
        for action in np.flatnonzero(game.legal[0, 0]):
            there = float(point.profile[place][rules.action_names[action]])
            gap = max(gap, abs(there - ours.of(0, 0)[0, kind, action]))
    for history, (state, edge) in enumerate(zip(tree.stages[1].state, tree.stages[1].edge, strict=True)):
        message = rules.action_names[game.joint_actions(game.edge_joint[edge])[0]]
        place = pygambit.H.path(f"{rules.type_names[0][0]}, only", message)
        for action in np.flatnonzero(game.legal[state, 1]):
            there = float(point.profile[place][rules.action_names[action]])
            gap = max(gap, abs(there - ours.of(1, 1)[history, 0, action]))
    return gap


@pytest.mark.parametrize("number", range(8))
def test_the_branch_is_gambits(number: int) -> None:
    tree = random_game(np.random.default_rng(number), number)
    assert gambits_distance(tree, (0.5, 2.0, 5.0, 10.0)[number % 4]) < 1e-6


@pytest.mark.slow
def test_the_branch_is_gambits_in_a_hundred_games() -> None:
    generator = np.random.default_rng(5)
    gaps = [gambits_distance(random_game(generator, n), (0.5, 2.0, 5.0, 10.0)[n // 25]) for n in range(100)]
    assert max(gaps) < 1e-6


def test_kuhn_pokers_branch_leads_to_its_value() -> None:
    branch = logit_branch(unroll(compile_game(KuhnPoker())), precision=(1e-1, 1e3))
    found = evaluate(branch.points[-1].profile)
    assert found.nash_conv < 0.02
    assert found.values[0] == pytest.approx(-1 / 18, abs=0.01)


def test_a_branch_that_does_not_arrive_is_not_reported() -> None:
    tree = unroll(compile_signalling(FOLD))
    with pytest.raises(BranchLost, match=r"came to precision .* of 1000; it took more than 30 points"):
        logit_branch(tree, max_points=30)
    with pytest.raises(ValueError, match="two rising numbers above 0"):
        logit_branch(tree, precision=(1.0, 0.5))
    with pytest.raises(ValueError, match=r"between 0\.01 and 1"):
        logit_branch(tree, precision=(1e-2, 1.0)).at(5.0)


def test_a_game_with_too_many_unknowns_is_refused_with_their_number() -> None:
    with pytest.raises(ValueError, match=r"unknowns, expected at most"):
        logit_branch(unroll(load_preset("war-korea-1951-confident").compile()))


def test_a_symmetric_game_is_followed_straight_through_a_crossing() -> None:
    # Two messages and two types that mirror each other: uniform play stays a logit equilibrium at every precision,
    # and beyond some precision two asymmetric curves branch off. The principal branch goes straight on.
    pays = [[[1, 0], [1, 0]], [[0, 1], [0, 1]]]
    branch = logit_branch(unroll(compile_signalling(SignallingGame(["1/2", "1/2"], pays, pays))), precision=(1e-2, 100))
    for point in branch.points:
        np.testing.assert_allclose(np.exp(point.log_probabilities), 0.5, atol=1e-9)
