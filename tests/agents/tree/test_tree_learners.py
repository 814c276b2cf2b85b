"""Learners that read the whole tree: steps by hand, sequence-form averages, checkpoints, files, levels, OpenSpiel."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.policies.behaviour import behaviour_of, policies_of
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.agents.registry import find_learner, learner_kinds, make_learner, parse_settings
from olivebranch.agents.tree.parts.tree_learner import ExactLearner
from olivebranch.games.base import CompiledGame, Game, Outcome, compile_game
from olivebranch.games.kuhn import compile_kuhn
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import evaluate, information_sets
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

KINDS = ("cfr", "cfr+", "fictitious-play", "magnetic-mirror-descent", "hedge", "replicator")


class Pennies(Game):
    """Both choose at once. The row player wants a match, on heads three times as much; the column player pays."""

    name = "pennies"
    players = ("row", "column")
    action_names = ("heads", "tails")
    type_names = (("only",), ("only",))
    prior = np.ones((1, 1))

    def initial_state(self) -> str:
        return "start"

    def legal_actions(self, state: str) -> tuple[tuple[int, ...], ...]:
        return ((0, 1), (0, 1)) if state == "start" else ()

    def outcomes(self, state: str, joint: tuple[int, ...]) -> tuple[Outcome, ...]:
        won = [[3.0, 0.0], [0.0, 1.0]][joint[0]][joint[1]]
        return (Outcome("", "end", 1.0, np.array([[[won]], [[-won]]])),)


def made(game: CompiledGame, kind: str, seed: int = 0, **settings: Any) -> ExactLearner:
    learner = make_learner(game, find_learner(kind).settings.model_validate(settings), seed)
    assert isinstance(learner, ExactLearner)
    return learner


def stepped(game: CompiledGame, kind: str, steps: int, **settings: Any) -> ExactLearner:
    learner = made(game, kind, **{"steps": steps, **settings})
    for _ in range(steps):
        learner.update()
    return learner


def logistic(advantage: float) -> float:
    """Probability of one of two actions whose logit is larger by so much."""
    return float(1 / (1 + np.exp(-advantage)))


# Uniform play: heads and tails are worth 3/2 and 1/2 to the row player, -3/2 and -1/2 to the column player.
# CFR and CFR+, one player after the other. Step 1: the row's regrets are (1/2, -1/2), so it plays heads; against heads
#   the column's values are (-3, 0), followed -3/2, regrets (-3/2, 3/2), tails. Step 2: against tails the row's values
#   are (0, 1), followed 0. CFR: regrets (1/2, 1/2), play (1/2, 1/2). CFR+: the -1/2 had been lifted to 0, so regrets
#   (1/2, 1), play (1/3, 2/3). Against either the column stays with tails. What was averaged: (1/2, 1/2), then the play
#   of step 1, with weights 1 and 1 (CFR: heads 3/4) or 1 and 2 (CFR+: heads (1/2 + 2)/3 = 5/6).
# Fictitious play. Responses to uniform play: heads, tails; averages (3/4, 1/4), (1/4, 3/4). Against these the row's
#   values tie at 3/4 and the tie goes to heads, the column's are -9/4 and -1/4: tails. Averages 5/6 and 1/6 on heads.
# Replicator, step size 1/10: row's heads 1/2 * (1 + (3/2 - 1)/10) = .525, column's .475. Then the row's values are
#   1.425 and .525, followed .525 * 1.425 + .475 * .525 = .9975: heads .525 * (1 + .04275) = .54744375; the column's
#   -1.575 and -.475, followed .475 * -1.575 + .525 * -.475 = -.9975: heads .475 * (1 - .05775) = .44756875.
AFTER_TWO_STEPS = {
    "cfr": ((1 / 2, 0.0), (3 / 4, 1 / 4)),
    "cfr+": ((1 / 3, 0.0), (5 / 6, 1 / 6)),
    "fictitious-play": ((1.0, 0.0), (5 / 6, 1 / 6)),
    "replicator": ((0.54744375, 0.44756875), ((0.5 + 0.525) / 2, (0.5 + 0.475) / 2)),
}


@pytest.mark.parametrize("kind", AFTER_TWO_STEPS)
def test_two_steps_of_pennies_by_hand(kind: str) -> None:
    settings = {"step_size": 0.1} if kind == "replicator" else {}
    learner = stepped(compile_game(Pennies()), kind, 2, **settings)
    for found, expected in zip((learner.profile, learner.average()), AFTER_TWO_STEPS[kind], strict=True):
        np.testing.assert_allclose([found.of(player, 0)[0, 0, 0] for player in (0, 1)], expected, atol=1e-12)


@pytest.mark.parametrize("kind, temperature", [("magnetic-mirror-descent", 0.2), ("hedge", 0.0)])
def test_two_steps_of_exponential_weights_by_their_formula(kind: str, temperature: float) -> None:
    """``(p * exp(eta * Q)) ** (1 / (1 + eta * T))``, Hedge is the case T = 0. With eta = 1/2 and T = 1/5, step 1 gives
    the row's heads odds of exp(.5 / 1.1)."""
    settings = {"step_size": 0.5, **({"temperature": temperature} if temperature else {})}
    learner = made(compile_game(Pennies()), kind, steps=2, **settings)
    row, column = np.array([0.5, 0.5]), np.array([0.5, 0.5])
    for step in range(2):
        learner.update()
        values = np.array([3 * column[0], column[1]]), np.array([-3 * row[0], -row[1]])
        row, column = (
            weight / weight.sum()
            for weight in (
                (p * np.exp(0.5 * value)) ** (1 / (1 + 0.5 * temperature))
                for p, value in zip((row, column), values, strict=True)
            )
        )
        if step == 0:
            assert row[0] == pytest.approx(logistic(0.5 / (1 + 0.5 * temperature)))
        np.testing.assert_allclose(learner.profile.of(0, 0)[0, 0], row, atol=1e-12)
        np.testing.assert_allclose(learner.profile.of(1, 0)[0, 0], column, atol=1e-12)


def test_a_magnet_that_follows_at_once_pulls_to_where_play_is() -> None:
    """With rate one the magnet m is play p itself: ``(p * exp(eta * Q) * m ** (eta * T)) ** (1 / (1 + eta * T))`` is
    ``p * exp(eta * Q / (1 + eta * T))``."""
    settings = {"step_size": 0.5, "temperature": 0.2, "magnet_rate": 1.0}
    learner = stepped(compile_game(Pennies()), "magnetic-mirror-descent", 2, **settings)
    row, column = logistic(0.5 / 1.1), logistic(-0.5 / 1.1)
    expected = logistic(0.5 / 1.1 + 0.5 * (3 * column - (1 - column)) / 1.1)
    assert learner.profile.of(0, 0)[0, 0, 0] == pytest.approx(expected, abs=1e-12)
    assert row == pytest.approx(1 - column)


def test_the_replicator_stops_at_the_border() -> None:
    """Step size 10: tails grows by the factor 1 + 10 * (1/2 - 1) = -4, which counts as 0."""
    learner = stepped(compile_game(Pennies()), "replicator", 1, step_size=10.0)
    np.testing.assert_array_equal(learner.profile.of(0, 0)[0, 0], [1.0, 0.0])


# Kuhn, uniform play, the first player with a jack. Pass: a pass follows (1/2, showdown lost, -1), or a bet and then a
# fold (-1) or a call (-2) with 1/2 each: -5/4. Bet: a fold (1) or a call (-2): -1/2. With probability 1/3 it holds the
# jack, so the counterfactual values are -5/12 and -1/6. Regret matching and best response bet for sure; mirror descent
# divides by 1/3, Hedge does not; the replicator's mean is -7/8, so the share grows by the factor 1 + .4 * 3/8.
JACK_BETS = {
    "cfr": 1.0,
    "cfr+": 1.0,
    "fictitious-play": 1.0,
    "magnetic-mirror-descent": logistic(0.4 * 3 / 4 / (1 + 0.4 * 0.2)),
    "hedge": logistic(0.4 * 1 / 4),
    "replicator": 0.5 * (1 + 0.4 * 3 / 8),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_of_kuhn_poker_by_hand(kind: str) -> None:
    names = find_learner(kind).settings.model_fields
    asked = {"step_size": 0.4, "temperature": 0.0 if kind == "fictitious-play" else 0.2}
    learner = stepped(compile_kuhn(), kind, 1, **{key: value for key, value in asked.items() if key in names})
    assert learner.profile.of(0, 0)[0, 0, 1] == pytest.approx(JACK_BETS[kind], abs=1e-12)


def test_one_smooth_response_in_kuhn_poker_by_hand() -> None:
    """At temperature 1/5 the jack that passed folds to a bet with odds exp(5), so a pass is worth -1/2 - (1/2) (1 + c)
    with the probability c of calling; a bet is worth -1/2, as before."""
    learner = stepped(compile_kuhn(), "fictitious-play", 1, temperature=0.2)
    call = logistic(-5.0)
    assert learner.profile.of(0, 2)[0, 0, 1] == pytest.approx(call, abs=1e-12)
    assert learner.profile.of(0, 0)[0, 0, 1] == pytest.approx(logistic((0.5 + 0.5 * call) / 0.2), abs=1e-12)


def test_smooth_fictitious_play_settles_at_the_logit_equilibrium() -> None:
    """Kuhn poker is zero-sum. What the average is worth to each action explains play at this temperature."""
    learner = stepped(compile_kuhn(), "fictitious-play", 6000, temperature=0.3)
    last, average = learner.profile, learner.average()
    for one, other in zip(last.stages, average.stages, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    for level, table in zip(information_sets(last), last.stages, strict=True):
        scores = np.where(np.isnan(level.action_values), -np.inf, level.action_values / 0.3)
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        np.testing.assert_allclose(table, weights / weights.sum(axis=2, keepdims=True), atol=4e-3)
    stepwise = stepped(compile_kuhn(), "fictitious-play", 6000)
    assert not np.allclose(
        stepwise.profile.of(0, 0), stepwise.average().of(0, 0), atol=0.05
    )  # plain responses are pure


@pytest.mark.parametrize("kind", KINDS)
def test_the_average_plays_as_a_draw_of_past_strategies_would(kind: str) -> None:
    """The first player passes, is bet at and calls: on average as often as in past strategies (Kuhn 1953).

    All but fictitious play average what they play before each step; CFR+ with weights 1, 2, ...
    """
    start = {"average_from": 0.0} if kind == "magnetic-mirror-descent" else {}
    learner = made(compile_kuhn(), kind, steps=5, **start)

    def calls(profile: BehaviourProfile) -> np.ndarray:
        """By card."""
        result: np.ndarray = profile.of(0, 0)[0, :, 0] * profile.of(0, 2)[0, :, 1]
        return result

    played = [calls(learner.profile)]
    for _ in range(5):
        learner.update()
        played.append(calls(learner.profile))
    counted = played if kind == "fictitious-play" else played[:-1]
    weights = np.arange(1, 6) if kind == "cfr+" else None
    np.testing.assert_allclose(calls(learner.average()), np.average(counted, axis=0, weights=weights), atol=1e-12)


def test_mirror_descent_averages_only_what_follows_average_from() -> None:
    """Of ten steps from 0.65 on: what is played before the steps 7, 8, 9 and 10. Until then, play now."""
    learner = made(compile_game(Pennies()), "magnetic-mirror-descent", steps=10, average_from=0.65)
    played = []
    for step in range(10):
        if step <= 6:
            np.testing.assert_array_equal(learner.average().of(0, 0), learner.profile.of(0, 0))
        played.append(learner.profile.of(0, 0).copy())
        learner.update()
    np.testing.assert_allclose(learner.average().of(0, 0), np.mean(played[6:], axis=0), atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_learns_to_give_up_a_reward_now_for_a_larger_one(two_steps: CompiledGame, kind: str) -> None:
    learner = stepped(two_steps, kind, 2000)
    for played in learner.policies().values():
        assert played.of(0, 0)[0, 0, 0] > 0.98
        assert played.of(0, 1)[0, 0, 1] > 0.98


@pytest.mark.parametrize("preset", ["kuhn-poker", "war-ukraine-2022"])
@pytest.mark.parametrize("kind", KINDS)
def test_goes_on_after_a_checkpoint_bit_by_bit_whatever_the_seed(kind: str, preset: str) -> None:
    game = load_preset(preset).compile()
    whole, begun, resumed = (made(game, kind, seed, steps=8) for seed in (0, 0, 1))
    for _ in range(8):
        whole.update()
    for _ in range(5):
        begun.update()
    begun.policies()
    resumed.restore(unpack(pack(begun.state())))
    for _ in range(3):
        resumed.update()
    assert pack(resumed.state()) == pack(whole.state())
    for which, profile in whole.policies().items():
        for one, other in zip(profile.stages, resumed.policies()[which].stages, strict=True):
            np.testing.assert_array_equal(one, other)
    assert pack(begun.state()) != pack(whole.state())


@pytest.mark.parametrize("kind", KINDS)
def test_later_updates_leave_what_was_given_as_it_was(kind: str) -> None:
    learner = stepped(compile_kuhn(), kind, 3, **({"average_from": 0.9} if kind == "magnetic-mirror-descent" else {}))
    given = learner.policies()
    kept = {which: [table.copy() for table in profile.stages] for which, profile in given.items()}
    learner.update()
    assert any((one != other).any() for one, other in zip(kept["last"], learner.profile.stages, strict=True))
    for which, profile in given.items():
        for one, other in zip(kept[which], profile.stages, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_policies_survive_their_files(kind: str, tmp_path: Path) -> None:
    learner = stepped(load_preset("war-example").compile(), kind, 3)
    for name, profile in (("last", learner.profile), ("average", learner.average())):
        for seat, policy in enumerate(policies_of(learner.policies()[name])):
            save_policy(policy, tmp_path / f"{seat}")
        loaded = [load_policy(tmp_path / f"{seat}") for seat in range(len(learner.tree.game.n_types))]
        for one, other in zip(behaviour_of(learner.tree, loaded).stages, profile.stages, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)


# The most that NashConv may be after the default number of steps: last iterate, average. None: play cycles there.
LEVELS: dict[tuple[str, str], tuple[float | None, float]] = {
    ("kuhn-poker", "cfr"): (None, 0.002),
    ("kuhn-poker", "cfr+"): (None, 0.0002),
    ("kuhn-poker", "fictitious-play"): (None, 0.015),
    ("kuhn-poker", "magnetic-mirror-descent"): (0.002, 0.01),
    ("kuhn-poker", "hedge"): (None, 0.05),
    ("kuhn-poker", "replicator"): (None, 0.06),
    ("war-example", "cfr"): (0.0001, 0.0002),
    ("war-example", "cfr+"): (0.0001, 0.0001),
    ("war-example", "fictitious-play"): (0.0001, 0.0002),
    ("war-example", "magnetic-mirror-descent"): (0.006, 0.03),
    ("war-example", "hedge"): (0.002, 0.01),
    ("war-example", "replicator"): (0.0015, 0.05),
}


@pytest.mark.parametrize("preset, kind", LEVELS)
def test_default_settings_reach_the_stated_level(preset: str, kind: str) -> None:
    last, average = LEVELS[preset, kind]
    learner = stepped(load_preset(preset).compile(), kind, find_learner(kind).settings().updates())
    assert evaluate(learner.average()).nash_conv < average
    if last is not None:
        assert evaluate(learner.profile).nash_conv < last


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_war_of_three_players_it_comes_nearer_to_equilibrium(kind: str) -> None:
    """No theorem promises it there; uniform play has a NashConv of .0905."""
    game = load_preset("war-ukraine-2022").compile()
    uniform = evaluate(uniform_profile(unroll(game))).nash_conv
    learner = stepped(game, kind, 200)
    share = 0.1 if kind in ("cfr", "cfr+", "fictitious-play") else 0.9
    assert evaluate(learner.average()).nash_conv < share * uniform


@pytest.mark.parametrize("kind, solver", [("cfr", "CFRSolver"), ("cfr+", "CFRPlusSolver")])
def test_regret_minimisation_on_kuhn_poker_is_openspiels_step_by_step(kind: str, solver: str) -> None:
    """Both update the first player first, and the second against what the first plays by then."""
    pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel is the reference here")
    spiel = pyspiel.load_game("kuhn_poker")
    theirs, ours = getattr(pyspiel, solver)(spiel), made(compile_kuhn(), kind, steps=200)
    for _ in range(200):
        theirs.evaluate_and_update_policy()
        ours.update()
        pairs = ((theirs.current_policy(), ours.profile), (theirs.average_policy(), ours.average()))
        for policy, profile in pairs:
            assert evaluate(profile).nash_conv == pytest.approx(pyspiel.nash_conv(spiel, policy), abs=1e-9)


def test_fictitious_play_on_kuhn_poker_is_openspiels_until_a_tie() -> None:
    """Its XFPSolver has the same first strategy and weights. In the fifth step some actions are equally good, and the
    two choose differently among them; play then goes different ways to equilibrium."""
    pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel is the reference here")
    from open_spiel.python.algorithms import exploitability, fictitious_play

    spiel = pyspiel.load_game("kuhn_poker")
    theirs, ours = fictitious_play.XFPSolver(spiel), made(compile_kuhn(), "fictitious-play")
    for _ in range(4):
        theirs.iteration()
        ours.update()
        expected = exploitability.nash_conv(spiel, theirs.average_policy())
        assert evaluate(ours.average()).nash_conv == pytest.approx(expected, abs=1e-9)


def test_schedules_of_the_step_size_are_read_at_progress() -> None:
    """Two Hedge steps with sizes 1, then 1/2 (a straight line to 0): the row's odds of heads from both."""
    learner = stepped(compile_game(Pennies()), "hedge", 2, step_size={"start": 1.0, "end": 0.0})
    column = logistic(-1.0)
    expected = logistic(1.0 + 0.5 * (3 * column - (1 - column)))
    assert learner.profile.of(0, 0)[0, 0, 0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", learner_kinds("tree"))
def test_a_random_start_makes_seeds_different_observations_and_a_uniform_one_does_not(kind: str) -> None:
    game = compile_kuhn()

    def first(seed: int, start: str) -> bytes:
        learner = make_learner(game, parse_settings({"kind": kind, "steps": 3, "start": start}), seed)
        play = learner.policies()["last"]
        assert isinstance(play, BehaviourProfile)
        return b"".join(table.tobytes() for table in play.stages)

    assert first(0, "uniform") == first(1, "uniform")
    assert first(0, "random") == first(0, "random")
    assert len({first(0, "random"), first(1, "random"), first(0, "uniform")}) == 3
