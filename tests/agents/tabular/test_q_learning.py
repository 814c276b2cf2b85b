"""Tabular Q-learning: one update by hand, the mean of targets, trivial games, same result from same seed."""

import numpy as np
import pytest

from olivebranch.agents.schedule import constant, geometric
from olivebranch.agents.tabular.q_learning import QLearning, QLearningSettings, boltzmann, greedy
from olivebranch.games import Action
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import RECEIVER, SENDER, compile_talks
from olivebranch.theory.talks.behaviour import TalksBehaviour


def test_softmax_and_greedy_by_hand() -> None:
    legal = np.array([True, True, False])
    # exp(1) / (exp(1) + exp(0)) at temperature one half of a gap of one half
    np.testing.assert_allclose(boltzmann(np.array([0.5, 0.0, 9.0]), legal, 0.5), [0.7310586, 0.2689414, 0], atol=1e-7)
    np.testing.assert_array_equal(boltzmann(np.zeros(3), np.zeros(3, dtype=bool), 1.0), np.zeros(3))
    np.testing.assert_array_equal(greedy(np.array([1.0, 1.0, 9.0]), legal), [0.5, 0.5, 0])


def test_one_update_of_one_episode_is_the_textbook_rule(two_steps: CompiledGame) -> None:
    """Q(s, a) + rate * (reward + discount * best next value - Q(s, a)), with the values from before the episode."""
    settings = QLearningSettings(
        episodes=1,
        batch=1,
        learning_rate=constant(0.25),
        discount=0.5,
        exploration="epsilon-greedy",
        epsilon=constant(0.0),
        initial_value=1.0,
    )
    learner = QLearning(two_steps, settings, 0)
    first, after_a, after_b = (two_steps.states.index(s) for s in ("first", "after a", "after b"))
    learner.memory[0, first, 0] = [0.0, 3.0]  # greedy: b first ..
    learner.memory[0, after_b, 0] = [2.0, 1.0]  # .. then a
    learner.update()
    # first, b: 3 + .25 * (1 + .5 * 2 - 3) = 2.75;  after b, a: 2 + .25 * (0 - 2) = 1.5; all else as it was.
    np.testing.assert_allclose(learner.memory[0, first, 0], [0.0, 2.75])
    np.testing.assert_allclose(learner.memory[0, after_b, 0], [1.5, 1.0])
    np.testing.assert_allclose(learner.memory[0, after_a, 0], [1.0, 1.0])


def test_a_large_batch_moves_to_the_exact_expected_payoffs() -> None:
    """With a rate of one the values are sample means: the sender's against a uniform reply, the receiver's by prior."""
    parameters = load_preset("desperate-first").parameters
    game = compile_talks(parameters)
    settings = QLearningSettings(
        episodes=400_000, batch=400_000, learning_rate=constant(1.0), temperature=constant(1e9)
    )
    learner = QLearning(game, settings, 3)
    learner.update()
    p = parameters
    start, after_offer = game.states.index("start"), game.states.index("after-offer")
    losses = np.array([p.loss_high, p.loss_low])
    offered = (p.sender_dividend - (1 - p.shelter) * losses - p.face_cost) / 2
    np.testing.assert_allclose(learner.memory[SENDER, start, :, Action.OFFER_TALKS], offered, atol=0.005)
    expected_loss = p.prior_high * p.loss_high + (1 - p.prior_high) * p.loss_low  # both types offer equally often
    escalated = (1 - p.shelter) * expected_loss - p.escalation_cost - p.guarantee
    assert learner.memory[RECEIVER, after_offer, 0, Action.ESCALATE] == pytest.approx(escalated, abs=0.005)


@pytest.mark.parametrize("exploration", ["boltzmann", "epsilon-greedy"])
def test_learns_to_give_up_a_reward_now_for_a_larger_one(two_steps: CompiledGame, exploration: str) -> None:
    settings = QLearningSettings.model_validate(
        {
            "episodes": 20_000,
            "batch": 20,
            "exploration": exploration,
            "epsilon": {"start": 0.5, "end": 0.0},
            "temperature": {"start": 1.0, "end": 0.05, "shape": "geometric"},
        }
    )
    learner = QLearning(two_steps, settings, 0)
    for _ in range(learner.total_updates):
        learner.update()
    played = learner.policies()["last"]
    assert played.of(0, 0)[0, 0, 0] > 0.999
    assert played.of(0, 1)[0, 0, 1] > 0.999  # the history that begins with "a" comes first


def test_same_seed_same_values_other_seed_others() -> None:
    game = compile_talks(load_preset("weak-blend-in").parameters)
    settings = QLearningSettings(episodes=2_000, batch=20)

    def values(seed: int) -> np.ndarray:
        learner = QLearning(game, settings, seed)
        for _ in range(learner.total_updates):
            learner.update()
        return learner.memory

    np.testing.assert_array_equal(values(1), values(1))
    assert (values(1) != values(2)).any()


def test_average_is_the_mean_of_behaviour_since_average_from() -> None:
    game = compile_talks(load_preset("weak-blend-in").parameters)
    learner = QLearning(game, QLearningSettings(episodes=100, batch=10, average_from=0.7), 0)
    seen = []
    for _ in range(10):
        learner.update()
        seen.append(learner.behaviour[RECEIVER, 1:3, :1])
    average = learner.policies()["average"].of(RECEIVER, 1)
    np.testing.assert_allclose(average, np.mean(seen[7:], axis=0))


@pytest.mark.parametrize("preset, offers", [("costly-escalation", (1.0, 1.0)), ("desperate-first", (0.0, 1.0))])
def test_reaches_the_only_equilibrium_when_it_is_pure(preset: str, offers: tuple[float, float]) -> None:
    game = compile_talks(load_preset(preset).parameters)
    learner = QLearning(game, QLearningSettings(), 0)
    for _ in range(learner.total_updates):
        learner.update()
    for profile in learner.policies().values():
        played = TalksBehaviour.of(profile)
        assert (played.offer_high, played.offer_low) == pytest.approx(offers, abs=0.01)


def test_anneals_into_the_only_equilibrium_when_it_is_mixed() -> None:
    """weak-blend-in: its one component, high-fights-low-mixes, has interior probabilities for both players."""
    from olivebranch.theory.talks.solve import solve_talks

    parameters = load_preset("weak-blend-in").parameters
    (component,) = solve_talks(parameters).equilibria
    assert component.name == "high-fights-low-mixes"
    game = compile_talks(parameters)
    learner = QLearning(game, QLearningSettings(), 0)
    assert geometric(0.5, 0.005, 0.6) == learner.settings.temperature
    for _ in range(learner.total_updates):
        learner.update()
    played = TalksBehaviour.of(learner.policies()["average"])
    assert played.offer_high == pytest.approx(component.offer_high, abs=0.05)
    assert played.offer_low == pytest.approx(component.offer_low, abs=0.05)
    assert played.escalate_after_fight == pytest.approx(component.escalate_after_fight[0], abs=0.05)
