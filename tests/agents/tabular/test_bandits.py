"""Exp3 and Roth-Erev reinforcement: one play by hand, payoff bounds, seeds, checkpoints, files, levels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.policies.behaviour import behaviour_of, policies_of
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.agents.tabular.exp3 import Exp3, Exp3Settings
from olivebranch.agents.tabular.parts.bandits import payoff_bounds
from olivebranch.agents.tabular.parts.history_tables import HistoryTables
from olivebranch.agents.tabular.roth_erev import RothErev, RothErevSettings
from olivebranch.games.base import CompiledGame
from olivebranch.games.kuhn import compile_kuhn
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.profiles import uniform_profile

FIRST, AFTER_A, AFTER_B = 0, 1, 2  # histories of two_steps, as the tree numbers them
KINDS = ["exp3", "roth-erev"]


def made(game: CompiledGame, kind: str, seed: int = 0, **settings: Any) -> Exp3 | RothErev:
    if kind == "exp3":
        return Exp3(game, Exp3Settings.model_validate(settings), seed)
    return RothErev(game, RothErevSettings.model_validate(settings), seed)


def trained(game: CompiledGame, kind: str, seed: int = 0, **settings: Any) -> Exp3 | RothErev:
    learner = made(game, kind, seed, **settings)
    for _ in range(learner.total_updates):
        learner.update()
    return learner


def nash_conv(learner: Exp3 | RothErev, which: str) -> float:
    return evaluate(learner.policies()[which]).nash_conv


def test_payoffs_from_a_decision_on_lie_between_the_bounds(two_steps: CompiledGame) -> None:
    """two_steps: nothing at least, 2 at most. Kuhn poker: a called bet is worth 2, won or lost."""
    for game, bounds in ((two_steps, ([0.0], [2.0])), (compile_kuhn(), ([-2.0, -2.0], [2.0, 2.0]))):
        for found, expected in zip(payoff_bounds(HistoryTables(game).game), bounds, strict=True):
            np.testing.assert_array_equal(found, expected)


def after_one_play(game: CompiledGame, kind: str, log_odds: float, **settings: Any) -> list[np.ndarray]:
    """What the learner keeps after one play, for some seeds; for Exp3, "a" at first begins with these log odds."""
    result = []
    for seed in range(40):
        learner = made(game, kind, seed, episodes=1, batch=1, **settings)
        learner.memory[0, FIRST, 0, 0] += log_odds
        learner.update()
        result.append(learner.memory[0, :3, 0])
    return result


def check_plays(found: list[np.ndarray], expected: dict[str, list[list[float]]]) -> None:
    """Each result is that of one of the plays, and every play occurs."""
    occurred = set()
    for memory in found:
        fitting = {play for play, table in expected.items() if np.allclose(memory, table, atol=1e-12)}
        assert fitting, memory
        occurred |= fitting
    assert occurred == set(expected)


def test_one_play_of_exp3_by_hand(two_steps: CompiledGame) -> None:
    """Weights 3 to 1 and exploration 1/5: "a" has probability .8 * 3/4 + .1 = .7 at first, elsewhere all is even.

    A rate of 1/10 adds .1 * payoff / probability to the log weight of what was chosen, payoffs in units of 2: after
    a and b the whole payoff, 1, at both decisions; after b first 1/2, then 0. The largest of each row is taken off.
    """
    found = after_one_play(two_steps, "exp3", np.log(3), exploration=0.2, learning_rate=0.1)
    even = [0.0, 0.0]
    check_plays(
        found,
        {
            "a, then a": [[0.0, -np.log(3)], even, even],
            "a, then b": [[0.0, -np.log(3) - 0.1 / 0.7], [-0.1 / 0.5, 0.0], even],
            "b": [[0.0, 0.1 * 0.5 / 0.3 - np.log(3)], even, even],
        },
    )


def test_one_play_of_roth_erev_by_hand(two_steps: CompiledGame) -> None:
    """Propensities 10; a tenth is forgotten where a decision was made; of what is paid (in units of 2) four fifths go
    to the chosen action and one fifth to both alike. After a and b: 9 + .8 + .1 for what was chosen, 9 + .1 beside.
    """
    found = after_one_play(two_steps, "roth-erev", 0.0, initial_propensity=10, forgetting=0.1, experimentation=0.2)
    met, unmet = [9.0, 9.0], [10.0, 10.0]
    check_plays(
        found,
        {
            "a, then a": [met, met, unmet],
            "a, then b": [[9.9, 9.1], [9.1, 9.9], unmet],
            "b": [[9.05, 9.45], unmet, met],
        },
    )


def test_propensities_are_played_in_proportion(two_steps: CompiledGame) -> None:
    learner = made(two_steps, "roth-erev")
    learner.memory[0, FIRST, 0] = [3.0, 1.0]
    played = learner.policies()["last"]
    np.testing.assert_allclose(played.of(0, 0)[0, 0], [0.75, 0.25])


def test_plays_are_drawn_from_behaviour_and_weighted_by_it(two_steps: CompiledGame) -> None:
    """Importance weights take out how often an action is drawn, here 3/4 and 1/4 of 100 000 plays at a rate of one.

    Both log weights grow by 50 000 on average: "b" pays 1/2 (in units of 2), "a" pays 1 or 0 evenly. With counts of "b"
    (probability 1/4) and of "a, b" (3/8) the difference is 2 * n_b - n_ab / .75, of variance 100 000 * (4 * 3/16 +
    (15/64) / .5625 + 2 * (3/32) * 2 / .75) = 408 squared. Had both been drawn evenly it would be 66 667.
    """
    learner = made(two_steps, "exp3", episodes=100_000, batch=100_000, exploration=0.0, learning_rate=1.0)
    learner.memory[0, FIRST, 0, 0] = np.log(3)
    learner.update()
    a, b = learner.memory[0, FIRST, 0]
    assert abs(b - a) < 4 * 408


@pytest.mark.parametrize("kind", KINDS)
def test_learns_to_give_up_a_reward_now_for_a_larger_one(two_steps: CompiledGame, kind: str) -> None:
    learner = trained(two_steps, kind, episodes=200_000, batch=100)
    for played in learner.policies().values():
        assert played.of(0, 0)[0, 0, 0] > 0.95
        assert played.of(0, 1)[0, 0, 1] > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_average_is_the_mean_of_what_was_played_since_average_from(kind: str) -> None:
    learner = made(compile_kuhn(), kind, episodes=200, batch=20, average_from=0.7)
    played = []
    for _ in range(10):
        played.append(learner.behaviour)
        learner.update()
    average = learner.policies()["average"]
    np.testing.assert_allclose(average.of(0, 0)[0], np.mean(played[7:], axis=0)[0, FIRST], atol=1e-12)


@pytest.mark.parametrize("preset", ["kuhn-poker", "war-ukraine-2022"])
@pytest.mark.parametrize("kind", KINDS)
def test_goes_on_after_a_checkpoint_bit_by_bit_and_other_seeds_go_elsewhere(kind: str, preset: str) -> None:
    game = load_preset(preset).compile()
    settings = {"episodes": 800, "batch": 100, "average_from": 0.2}
    whole, again, begun, resumed, other = (made(game, kind, seed, **settings) for seed in (1, 1, 1, 1, 2))
    for learner in (whole, again, other):
        for _ in range(8):
            learner.update()
    for _ in range(3):
        begun.update()
    begun.policies()
    resumed.restore(unpack(pack(begun.state())))
    for _ in range(5):
        resumed.update()
    assert pack(whole.state()) == pack(again.state()) == pack(resumed.state())
    for which, profile in whole.policies().items():
        for table, theirs in zip(profile.stages, resumed.policies()[which].stages, strict=True):
            np.testing.assert_array_equal(table, theirs)
    assert (whole.memory != other.memory).any()


@pytest.mark.parametrize("kind", KINDS)
def test_policies_survive_their_files(kind: str, tmp_path: Path) -> None:
    learner = trained(load_preset("war-example").compile(), kind, episodes=200, batch=100)
    profile = learner.policies()["last"]
    policies = policies_of(profile)
    for seat, policy in enumerate(policies):
        save_policy(policy, tmp_path / f"{seat}")
    loaded = [load_policy(tmp_path / f"{seat}") for seat in range(len(policies))]
    for one, other in zip(behaviour_of(learner.tables.tree, loaded).stages, profile.stages, strict=True):
        np.testing.assert_array_equal(one, other)


# The most that NashConv may be: last iterate, average. Uniform play: .265, .917, .259.
@pytest.mark.parametrize(
    "kind, preset, episodes, last, average",
    [
        ("exp3", "weak-blend-in", 300_000, 0.1, 0.1),
        ("roth-erev", "weak-blend-in", 300_000, 0.03, 0.03),
        ("exp3", "kuhn-poker", 200_000, 0.5, 0.35),
        ("roth-erev", "kuhn-poker", 200_000, 0.3, 0.3),
        ("exp3", "war-example", 300_000, 0.02, 0.03),
        ("roth-erev", "war-example", 300_000, 0.12, 0.13),
        pytest.param("exp3", "kuhn-poker", 2_000_000, 0.35, 0.2, marks=pytest.mark.slow),
        pytest.param("roth-erev", "kuhn-poker", 2_000_000, 0.15, 0.15, marks=pytest.mark.slow),
    ],
)
def test_reaches_the_stated_level(kind: str, preset: str, episodes: int, last: float, average: float) -> None:
    learner = trained(load_preset(preset).compile(), kind, episodes=episodes)
    assert nash_conv(learner, "last") < last
    assert nash_conv(learner, "average") < average


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_war_of_three_players_it_comes_nearer_to_equilibrium(kind: str) -> None:
    learner = trained(load_preset("war-ukraine-2022").compile(), kind, episodes=50_000)
    assert nash_conv(learner, "last") < 0.95 * evaluate(uniform_profile(learner.tables.tree)).nash_conv
