"""Experience-weighted attraction: one play by hand, the learners that are cases of it, checkpoints, files, levels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.policies.behaviour import behaviour_of, policies_of
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.agents.tabular.ewa import EWA, EWASettings
from olivebranch.games.base import CompiledGame, Game, Outcome, compile_game
from olivebranch.games.kuhn import compile_kuhn
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import evaluate

FIRST, AFTER_A, AFTER_B = 0, 1, 2  # histories of two_steps, as the tree numbers them


def made(game: CompiledGame, seed: int = 0, **settings: Any) -> EWA:
    return EWA(game, EWASettings.model_validate(settings), seed)


def trained(game: CompiledGame, seed: int = 0, **settings: Any) -> EWA:
    learner = made(game, seed, **settings)
    for _ in range(learner.total_updates):
        learner.update()
    return learner


def nash_conv(learner: EWA, which: str) -> float:
    return evaluate(learner.policies()[which]).nash_conv


def test_one_play_by_hand(two_steps: CompiledGame) -> None:
    """phi = .9, delta = .5, kappa = .5, so rho = .45; N(0) = 2 and A(0) = .3. Where play comes, N = .45 * 2 + 1 = 1.9
    and of the old attraction .9 * 2 * .3 = .54 is left; to this comes what was paid, or half of what would have been.

    After "a" and "b" 2 is paid at both decisions; "b" at first would have paid 1, whatever follows, "a" later 0. After
    "b" 1 is paid at first and 0 later; "a" at first would have paid 0 or 2, by what is drawn to follow.
    """
    settings = {"decay": 0.9, "foregone": 0.5, "growth": 0.5, "sensitivity": 0.0}
    start = {"initial_attraction": 0.3, "initial_experience": 2.0}
    unmet = [0.3, 0.3]
    expected = {
        "a, then a": [[0.54, 0.54 + 0.5], [0.54, 0.54 + 1.0], None],
        "a, then b": [[0.54 + 2.0, 0.54 + 0.5], [0.54, 0.54 + 2.0], None],
        "b, where a would have paid 0": [[0.54, 0.54 + 1.0], None, [0.54, 0.54]],
        "b, where a would have paid 2": [[0.54 + 1.0, 0.54 + 1.0], None, [0.54, 0.54]],
    }
    tables = {
        play: np.array([unmet if row is None else np.array(row) / 1.9 for row in rows])
        for play, rows in expected.items()
    }
    occurred = set()
    for seed in range(60):
        learner = made(two_steps, seed, episodes=1, **settings, **start)
        learner.update()
        found = learner.memory[0, :3, 0]
        fitting = {play for play, table in tables.items() if np.allclose(found, table, atol=1e-12)}
        assert fitting, found
        occurred |= fitting
        met = [True, not np.allclose(found[AFTER_A], unmet), not np.allclose(found[AFTER_B], unmet)]
        np.testing.assert_allclose(learner.experience[0, :3, 0], np.where(met, 1.9, 2.0))
    assert occurred == set(expected)


def test_behaviour_is_the_logit_of_attractions_times_sensitivity(two_steps: CompiledGame) -> None:
    learner = made(two_steps, sensitivity=2.0)
    learner.memory[0, FIRST, 0] = [0.3, 1.0]
    assert learner.behaviour[0, FIRST, 0, 1] == pytest.approx(1 / (1 + np.exp(-2 * 0.7)))


def test_a_batch_is_one_period_of_mean_payoffs(two_steps: CompiledGame) -> None:
    """With even play "a" pays 1 on average and "b" 1 always, chosen half the time each: with delta = 1/2 the mean
    reinforcement of both is (1/2 + 1/2 * 1/2) * 1 = 3/4. From N(0) = 0 and kappa = 0 the attraction is just that."""
    learner = made(two_steps, episodes=100_000, batch=100_000, foregone=0.5, sensitivity=0.0, initial_experience=0.0)
    learner.update()
    np.testing.assert_allclose(learner.memory[0, FIRST, 0], 0.75, atol=0.01)
    assert learner.experience[0, FIRST, 0] == 1.0


def test_without_foregone_payoffs_it_is_cumulative_reinforcement(two_steps: CompiledGame) -> None:
    """delta = 0, kappa = 1: what was chosen grows by its payoff, everything else in the row only decays (as Roth and
    Erev's propensities with forgetting, but chosen by a logit)."""
    learner = made(two_steps, 3, episodes=300, decay=0.9, foregone=0.0, growth=1.0, sensitivity=0.2)
    for _ in range(300):
        before, experience = learner.memory[0, :3, 0].copy(), learner.experience[0, :3, 0].copy()
        learner.update()
        grown = learner.memory[0, :3, 0] - 0.9 * before
        payoffs = {round(float(x), 9) for x in grown[FIRST]}
        assert payoffs <= {0.0, 1.0, 2.0}
        assert (grown[FIRST] > 1e-9).sum() <= 1
        later = AFTER_A if learner.memory[0, AFTER_A, 0].tolist() != before[AFTER_A].tolist() else AFTER_B
        untouched = AFTER_B if later == AFTER_A else AFTER_A
        np.testing.assert_array_equal(learner.memory[0, untouched, 0], before[untouched])
        np.testing.assert_array_equal(learner.experience[0, :3, 0][untouched], experience[untouched])
        assert learner.experience[0, FIRST, 0] == 1.0


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


def test_with_all_foregone_payoffs_it_is_weighted_fictitious_play() -> None:
    """delta = 1, kappa = 0: attractions are expected payoffs if the other plays as it has played, with weights that
    fall by phi a period, and before that evenly with weight N(0) (Camerer and Ho 1999).

    Both players move at once, so what the row player's actions pay tells what the column player did: (3, 0) or (0, 1).
    """
    phi, payoffs = 0.8, np.array([[3.0, 0.0], [0.0, 1.0]])
    learner = made(compile_game(Pennies()), 5, episodes=200, decay=phi, foregone=1.0, sensitivity=1.0)
    learner.memory[0, 0, 0], learner.memory[1, 0, 0] = payoffs @ [0.5, 0.5], -(payoffs.T @ [0.5, 0.5])
    weights, seen = np.array([[0.5, 0.5], [0.5, 0.5]]), set()
    for _ in range(200):
        before, experience = learner.memory[:, 0, 0].copy(), learner.experience[:, 0, 0].copy()
        learner.update()
        paid = learner.memory[:, 0, 0] * learner.experience[:, 0, 0, None] - phi * experience[:, None] * before
        others = [int(np.argmax(paid[0])), int(np.argmin(paid[1]))]
        np.testing.assert_allclose(paid, [payoffs[:, others[0]], -payoffs[others[1]]], atol=1e-12)
        seen.add(tuple(others))
        weights = phi * weights + np.eye(2)[others]
        beliefs = weights / weights.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(learner.memory[0, 0, 0], payoffs @ beliefs[0], atol=1e-12)
        np.testing.assert_allclose(learner.memory[1, 0, 0], -(payoffs.T @ beliefs[1]), atol=1e-12)
    assert len(seen) == 4


def test_average_is_the_mean_of_what_follows_the_updates_since_average_from() -> None:
    learner = made(compile_kuhn(), episodes=10, average_from=0.65)
    played = []
    for _ in range(10):
        learner.update()
        played.append(learner.behaviour)
    average = learner.policies()["average"]
    np.testing.assert_allclose(average.of(0, 0)[0], np.mean(played[6:], axis=0)[0, FIRST], atol=1e-12)


@pytest.mark.parametrize("preset", ["kuhn-poker", "war-ukraine-2022"])
def test_goes_on_after_a_checkpoint_bit_by_bit_and_other_seeds_go_elsewhere(preset: str) -> None:
    game = load_preset(preset).compile()
    settings = {"episodes": 160, "batch": 20, "average_from": 0.2}
    whole, again, begun, resumed, other = (made(game, seed, **settings) for seed in (1, 1, 1, 1, 2))
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
    assert (whole.experience != begun.experience).any()


def test_policies_survive_their_files(tmp_path: Path) -> None:
    learner = trained(load_preset("war-example").compile(), episodes=200)
    profile = learner.policies()["last"]
    policies = policies_of(profile)
    for seat, policy in enumerate(policies):
        save_policy(policy, tmp_path / f"{seat}")
    loaded = [load_policy(tmp_path / f"{seat}") for seat in range(len(policies))]
    for one, other in zip(behaviour_of(learner.tables.tree, loaded).stages, profile.stages, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "key, value", [("decay", 1.1), ("foregone", -0.1), ("growth", 2), ("initial_experience", -1.0), ("rho", 0.5)]
)
def test_settings_outside_their_range_are_refused(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=key):
        EWASettings.model_validate({key: value})


# The most that NashConv may be: last iterate, average. Uniform play: .265, .917, .259.
@pytest.mark.parametrize(
    "preset, foregone, last, average",
    [
        ("weak-blend-in", 0.5, 0.05, 0.05),
        ("weak-blend-in", 1.0, 0.01, 0.01),
        ("kuhn-poker", 1.0, 0.5, 0.03),
        ("war-example", 0.5, 0.05, 0.05),
    ],
)
def test_reaches_the_stated_level(preset: str, foregone: float, last: float, average: float) -> None:
    learner = trained(load_preset(preset).compile(), episodes=20_000, foregone=foregone)
    assert nash_conv(learner, "last") < last
    assert nash_conv(learner, "average") < average
