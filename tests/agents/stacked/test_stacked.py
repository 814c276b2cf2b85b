"""Stacked learners: one update by hand, the law of the learners that train one run at a time, reproducibility."""

import numpy as np
import pytest
import torch

from olivebranch.agents.deep.ppo import IndependentPPO, PPOSettings
from olivebranch.agents.payoffs import payoff_units
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.stacked.games import StackedGames, StackedPlay, run_states
from olivebranch.agents.stacked.parts.bits import uniform
from olivebranch.agents.stacked.ppo import draw_counts, forward, stacked_perceptron
from olivebranch.agents.stacked.ppo import learn as learn_networks
from olivebranch.agents.stacked.q_learning import learn
from olivebranch.agents.tabular.q_learning import QLearning, QLearningSettings
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.tree.histories import unroll

CLOSED, OPEN = (load_preset(name, "talks").parameters for name in ("fear-of-weakness", "costly-escalation"))


def probabilities(play: StackedPlay, game: int) -> np.ndarray:
    """Of offering by type and escalating after fighting and an offer, ``[seeds, 4]``."""
    return np.concatenate([play.sender[game, :, :, 1], play.receiver[game, :, :, 1]], axis=1)


def alone(learner_class: type, parameters: TalksParameters, settings: object, seeds: int) -> dict[str, np.ndarray]:
    """The same from as many learners of the ordinary kind, last play and time average."""
    rows: dict[str, list[np.ndarray]] = {"last": [], "average": []}
    game = compile_talks(parameters)
    tree = unroll(game)
    for seed in range(seeds):
        learner = learner_class(game, settings, seed)
        for _ in range(learner.total_updates):
            learner.update()
        for which, play in learner.policies().items():
            played = TalksBehaviour.of(behaviour_of(tree, play))
            chances = played.offer_high, played.offer_low, played.escalate_after_fight, played.escalate_after_offer
            rows[which].append(np.array(chances))
    return {which: np.array(found) for which, found in rows.items()}


def assert_same_law(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Means and standard deviations of each number agree within 4.5 standard errors."""
    for moment in (1, 2):
        a, b = ours**moment, theirs**moment
        error = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
        assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) <= 4.5 * error + 1e-9).all()


@pytest.mark.parametrize("changes", [{"batch": 1}, {"batch": 25}, {"batch": 5, "exploration": "epsilon-greedy"}])
def test_stacked_tables_learn_as_single_ones_do(changes: dict) -> None:
    """40 updates, far from settled; 120 single runs against 2,000 stacked ones, last play and time average."""
    settings = QLearningSettings(
        **{"episodes": 40 * changes["batch"], "epsilon": {"start": 0.5, "end": 0.1}, "temperature": 0.1}, **changes
    )
    outcome = learn(StackedGames.of_talks([CLOSED, OPEN]), settings, run_states(1, 0, 2, 2000))
    for number, parameters in enumerate((CLOSED, OPEN)):
        theirs = alone(QLearning, parameters, settings, 120)
        for which in ("last", "average"):
            assert_same_law(probabilities(getattr(outcome, which), number), theirs[which])


def test_values_after_constant_targets_are_those_by_hand() -> None:
    """Messages that pay 1 and 0 for sure. After n updates at rate a the first is worth 1 - (1-a)^n, the second 0, so
    its share of the softmax at temperature T is 1 / (1 + exp(-(1 - (1-a)^n) / T)): n = 3, a = 1/2, T = 1/2 give
    1 / (1 + exp(-1.75)) = 0.851953."""
    payoffs = np.zeros((1, 1, 2, 1))
    payoffs[0, 0, 0, 0] = 1.0
    games = StackedGames(np.ones((1, 1)), payoffs, np.zeros_like(payoffs))
    settings = QLearningSettings(episodes=900, batch=300, temperature=0.5, learning_rate=0.5, epsilon=0.0)
    outcome = learn(games, settings, run_states(0, 0, 1, 3))
    np.testing.assert_allclose(outcome.last.sender[0, :, 0, 0], 0.851953, atol=1e-6)
    np.testing.assert_array_equal(outcome.last.receiver, 1.0)


def test_more_than_two_actions_are_drawn_and_learned() -> None:
    """Three types who each want their own of three replies: near-perfect communication in most seeds, none by luck."""
    match = np.broadcast_to(np.eye(3)[:, None, :], (3, 3, 3))[None]
    games = StackedGames(np.full((1, 3), 1 / 3), match.copy(), match.copy())
    outcome = learn(games, QLearningSettings(episodes=60_000, batch=20), run_states(0, 0, 1, 40))
    success = np.einsum("stm,smt->s", outcome.last.sender[0], outcome.last.receiver[0]) / 3
    assert (success > 0.95).mean() > 0.5
    np.testing.assert_allclose(outcome.last.sender.sum(axis=-1), 1.0)


def test_generator_is_uniform_and_runs_are_independent() -> None:
    states = run_states(5, 0, 3, 4)
    assert len({tuple(row) for row in states.reshape(-1, 2).tolist()}) == 12
    np.testing.assert_array_equal(run_states(5, 2, 1, 4)[0], states[2])  # a game keeps its states in any chunk
    state = states[0, 0].copy()
    drawn = np.array([uniform(state) for _ in range(100_000)])
    counts = np.bincount((drawn * 64).astype(int), minlength=64)
    assert ((counts - 100_000 / 64) ** 2 / (100_000 / 64)).sum() < 63 + 5 * np.sqrt(2 * 63)
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 4.5 / np.sqrt(100_000)


def test_same_states_same_bytes() -> None:
    games, settings = StackedGames.of_talks([CLOSED]), QLearningSettings(episodes=5000, batch=10)
    first, second = (learn(games, settings, run_states(3, 0, 1, 5)) for _ in range(2))
    assert first.last.sender.tobytes() == second.last.sender.tobytes()
    assert first.average.receiver.tobytes() == second.average.receiver.tobytes()


@pytest.mark.parametrize("preset", ["weak-blend-in", "fear-of-weakness"])
def test_payoffs_of_stacked_games_are_in_the_unit_of_the_compiled_game(preset: str) -> None:
    parameters = load_preset(preset).parameters
    games = StackedGames.of_talks([parameters, parameters])
    units, counted = payoff_units(parameters.compile()), games.in_units()
    np.testing.assert_allclose(counted.sender, games.sender / units[0])
    np.testing.assert_allclose(counted.receiver, games.receiver / units[1])


SMALL = PPOSettings(episodes=600, batch=100, hidden=(8,), learning_rate=0.02, snapshots=3, magnet=0.1)


@pytest.mark.parametrize("changes", [{}, pytest.param({"normalise_advantages": True}, marks=pytest.mark.slow)])
def test_stacked_networks_learn_as_single_ones_do(changes: dict) -> None:
    """6 updates, far from settled; 60 single runs against 600 stacked ones, last play and time average."""
    settings = SMALL.model_copy(update=changes)
    outcome = learn_networks(StackedGames.of_talks([CLOSED, OPEN]), settings, run_states(0, 0, 2, 600))
    theirs = alone(IndependentPPO, OPEN, settings, 60)
    for which in ("last", "average"):
        assert theirs[which].std(axis=0).min() > 0
        assert_same_law(probabilities(getattr(outcome, which), 1), theirs[which])


def test_stacked_networks_compute_what_single_ones_would() -> None:
    layers = stacked_perceptron(3, [5, 7, 2], 0.5, torch.Generator().manual_seed(0))
    x = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    outputs = forward(layers, x)
    for run in range(3):
        hidden = torch.tanh(x @ layers[0][0][run] + layers[0][1][run])
        torch.testing.assert_close(outputs[run], hidden @ layers[1][0][run] + layers[1][1][run])
        wide = layers[0][0][run]  # five rows, orthogonal, of length sqrt(2)
        torch.testing.assert_close(wide @ wide.T, 2 * torch.eye(5), atol=1e-5, rtol=0)


def test_counts_of_plays_have_the_joint_distribution() -> None:
    send, reply = np.array([[[0.3, 0.7], [0.9, 0.1]]]), np.array([[[0.6, 0.4], [1.0, 0.0]]])
    counts = draw_counts(np.array([[0.4, 0.6]]), send, reply, 1_000_000, np.random.default_rng(0))
    expected = np.array([0.4, 0.6])[:, None, None] * send[0][..., None] * reply[0]
    error = np.sqrt(expected * (1 - expected) / 1_000_000)
    assert counts.sum() == 1_000_000
    assert (np.abs(counts[0] / 1_000_000 - expected) <= 4.5 * error).all()


def test_networks_reach_an_equilibrium_and_repeat_themselves() -> None:
    games = StackedGames.of_talks([CLOSED, OPEN])
    settings = PPOSettings(episodes=100_000, batch=1000, hidden=(16,))
    outcomes = [learn_networks(games, settings, run_states(7, 0, 2, 4)) for _ in range(2)]
    assert outcomes[0].last.sender.tobytes() == outcomes[1].last.sender.tobytes()
    np.testing.assert_allclose(outcomes[0].last.sender[1, :, :, 1], 1.0, atol=0.1)  # pool-talk, the only one
    np.testing.assert_allclose(outcomes[0].last.sender[0, :, :, 1], 0.0, atol=0.1)  # pool-fight
    assert (outcomes[0].last.receiver[0, :, 1, 1] > 0.5).all()  # and what holds it up
    with pytest.raises(ParameterError, match=r"learner.minibatches = 2: expected 1"):
        learn_networks(games, PPOSettings(minibatches=2), run_states(0, 0, 2, 1))
