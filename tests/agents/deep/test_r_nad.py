"""R-NaD: one step by hand, zero-sum games recognised, resumption bit by bit, files, levels."""

from collections import defaultdict
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.deep import r_nad
from olivebranch.agents.deep.parts.magnets import begins_round
from olivebranch.agents.deep.parts.situations import Decisions, Steps, distinct_situations, play
from olivebranch.agents.deep.r_nad import RNaD, RNaDSettings, advantages, blend, neurd_loss, returns
from olivebranch.agents.payoffs import is_zero_sum
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.network import masked_log_probabilities
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.config import GameConfig

POLICIES = ("policy", "newest", "older")


def test_neurd_moves_centred_logits_by_advantages_up_to_the_threshold() -> None:
    """Logits (3, 1) centred are (1, -1). Advantages (2, -1): the gradient on centred logits is (-2, 1), and centring
    takes out the mean: (-1.5, 1.5). With threshold 0.5 both are beyond it and pushed outwards: no gradient.
    """
    mask, advantage = torch.tensor([[True, True, False]]), torch.tensor([[2.0, -1.0, 0.0]])
    for threshold, expected in ((4.0, [-1.5, 1.5, 0.0]), (0.5, [0.0, 0.0, 0.0])):
        logits = torch.tensor([[3.0, 1.0, 9.0]], requires_grad=True)
        neurd_loss(logits, mask, advantage, threshold).sum().backward()
        assert logits.grad is not None
        np.testing.assert_allclose(logits.grad, [expected])


def test_advantages_by_hand() -> None:
    """Action 0 was drawn twice, with probability 1/2, and followed by 1 and 3; action 1 never. The value is 5.

    Corrected by 1 / (1/2), action 0 is worth 5 + ((1 - 5) + (3 - 5)) / 2 * 2 = -1, action 1 is worth 5. Costs (0.5, 1)
    leave -1.5 and 4, whose mean with probabilities 1/2 is 1.25.
    """
    gain = advantages(
        situation=np.array([0, 0]),
        action=np.array([0, 0]),
        after=np.array([1.0, 3.0]),
        value=np.array([5.0]),
        cost=np.array([[0.5, 1.0, 0.0]]),
        probabilities=np.array([[0.5, 0.5, 0.0]]),
        action_mask=np.array([[True, True, False]]),
    )
    np.testing.assert_allclose(gain, [[-2.75, 2.75, 0.0]])


def test_a_rare_action_counts_in_full() -> None:
    """An action of probability 2 %, drawn in 2 % of 100 plays, pays 1 and the other nothing: advantages 0.98 and -0.02.

    In a single play in which it is drawn the estimate is fifty times that, which makes up for the plays in which not.
    """
    probabilities, mask = np.array([[0.98, 0.02]]), np.ones((1, 2), dtype=np.bool_)
    nothing = np.zeros((1, 2))
    for action, expected in ((np.repeat([0, 1], [98, 2]), [-0.02, 0.98]), (np.array([1]), [-1.0, 49.0])):
        situation, after = np.zeros(len(action), dtype=np.int64), action.astype(float)
        gain = advantages(situation, action, after, np.zeros(1), nothing, probabilities, mask)
        np.testing.assert_allclose(gain, [expected])


def test_blend_rises_in_the_first_half_of_each_round() -> None:
    """Ten updates in two rounds of five: the newest policy has weight 2 k / 5 after k updates of a round, at most 1."""
    np.testing.assert_allclose([blend(done, 10, 2) for done in range(10)], [0, 0.4, 0.8, 1, 1] * 2)
    assert [done for done in range(11) if begins_round(done, 10, 2)] == [5]
    assert [done for done in range(8) if begins_round(done, 7, 3)] == [3, 5]  # at 7/3 and 14/3, rounded up


def kuhn_with_distinct_networks() -> RNaD:
    """A learner of Kuhn poker, two updates old, in which all networks of a seat differ."""
    learner = RNaD(GameConfig(preset="kuhn-poker").compile(), RNaDSettings(episodes=400, batch=40, rounds=2), 5)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for seat in learner.seats:
            for network in seat.networks().values():
                for parameter in network.parameters():
                    parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    learner.done = 2
    return learner


def test_one_update_in_kuhn_poker_is_that_of_the_source_play_by_play(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recursion of ``v_trace`` in OpenSpiel's rnad.py (lambda = c = 1, rho infinite, ratios one), written anew for
    one play at a time and both seats, against what the learner's batch makes of the same plays.

    Going backwards through a play, for one seat: at an opponent's decision its expected cost eta * sum pi log(pi/reg)
    is earned. At an own decision with value v, and G = what was earned since plus the next own target, the target is
    G - the seat's own expected cost; and the estimate of action b is v - eta log(pi(b) / reg(b)), to which comes
    (G - v) / pi(a) for the action taken. Regularisation is blended: alpha = 2 * 2 / 5 after two of five updates.
    """
    learner, recorded = kuhn_with_distinct_networks(), []
    encoder, eta, alpha = learner.batch.encoder, learner.settings.eta, 0.8
    assert learner.alpha == pytest.approx(alpha)

    def recording(*arguments: Any) -> tuple[list[list[Decisions]], np.ndarray]:
        recorded.append(play(*arguments))
        decisions, rewards = recorded[0]
        return decisions, rewards.copy()

    monkeypatch.setattr(r_nad, "play", recording)
    seen: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def advantages_seen(
        situation: np.ndarray, action: np.ndarray, after: np.ndarray, *others: np.ndarray
    ) -> np.ndarray:
        gain = advantages(situation, action, after, *others)
        seen[len(seen)] = situation, gain
        return gain

    monkeypatch.setattr(r_nad, "advantages", advantages_seen)
    before = [{name: deepcopy(net) for name, net in seat.networks().items()} for seat in learner.seats]

    def at(seat: int, key: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Probabilities, logarithms of policy over blended regularisation, slow value; of the legal two actions."""
        states, _ = distinct_situations(encoder, seat, key[None])
        seen_by, mask = torch.from_numpy(states.observation), torch.from_numpy(states.action_mask)
        with torch.no_grad():
            logs = {n: masked_log_probabilities(before[seat][n](seen_by).double(), mask)[0].numpy() for n in POLICIES}
            value = before[seat]["slow_critic"](seen_by).item()
        return np.exp(logs["policy"]), logs["policy"] - alpha * logs["newest"] - (1 - alpha) * logs["older"], value

    learner.update()
    (decisions, rewards), estimates = recorded[0], [defaultdict(list), defaultdict(list)]
    targets: list[list[float]] = [[], []]
    for row in range(learner.settings.batch):
        line = sorted(
            (d.stage, seat, d.keys[i], d.action[i])
            for seat, taken in enumerate(decisions)
            for d in taken
            for i in np.flatnonzero(d.rows == row)
        )
        assert [seat for _, seat, _, _ in line] == [0, 1, 0][: len(line)]
        for player in (0, 1):
            earned, next_target, end = 0.0, 0.0, len(rewards)
            for stage, seat, key, action in reversed(line):
                earned += rewards[stage:end, row, player].sum()
                end = stage
                probabilities, log_ratio, value = at(seat, key)
                cost = eta * (probabilities * log_ratio).sum()
                if seat != player:
                    earned += cost
                    continue
                following = earned + next_target
                estimate = value - eta * log_ratio
                estimate[action] += (following - value) / probabilities[action]
                estimates[player][tuple(key)].append(estimate - probabilities @ estimate)
                earned, next_target = 0.0, following - cost
                targets[player].append(next_target)
    for player in (0, 1):
        keys = np.concatenate([d.keys for d in decisions[player]])
        situation, gain = seen[player]
        for key, number in {tuple(key): number for key, number in zip(keys, situation, strict=True)}.items():
            np.testing.assert_allclose(gain[number], np.mean(estimates[player][key], axis=0), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(np.sort(learner._last[player]["target"]), np.sort(targets[player]), atol=1e-6)


def test_opponents_term_only_in_zero_sum_games(two_steps: CompiledGame) -> None:
    assert is_zero_sum(GameConfig(preset="kuhn-poker").compile())
    assert not is_zero_sum(GameConfig(preset="weak-blend-in").compile())
    assert not is_zero_sum(two_steps)


def test_goes_on_after_a_checkpoint_bit_by_bit_across_a_new_regularisation_policy() -> None:
    game = GameConfig(preset="kuhn-poker").compile()
    settings = RNaDSettings(episodes=800, batch=100, rounds=3)
    whole, resumed, other = RNaD(game, settings, 1), RNaD(game, settings, 1), RNaD(game, settings, 2)
    for _ in range(4):
        whole.update()
    resumed.restore(unpack(pack(whole.state())))
    for learner in (whole, resumed, other):
        for _ in range(4):
            learner.update()
    assert pack(whole.state()) == pack(resumed.state())
    assert pack(whole.state()) != pack(other.state())


def test_returns_by_hand() -> None:
    """One play with two decisions, rewards 1 and 4, values 5 and 6, the seat's own terms 0.5 and 2, trace 1/4.

    After the second: 4, target 4 - 2 = 2. After the first: 1 + 2/4 + 6 * 3/4 = 6, target 6 - 0.5 = 5.5.
    """
    steps = Steps(
        np.zeros((2, 2), dtype=np.int64), np.zeros(2, dtype=np.int64), np.array([1.0, 4.0]), np.array([1, -1])
    )
    after, target = returns(steps, np.array([5.0, 6.0]), np.array([0.5, 2.0]), 0.25)
    np.testing.assert_allclose(after, [6.0, 4.0])
    np.testing.assert_allclose(target, [5.5, 2.0])


def trained(game: CompiledGame, settings: RNaDSettings, seed: int) -> RNaD:
    learner = RNaD(game, settings, seed)
    for _ in range(learner.total_updates):
        learner.update()
    return learner


def nash_conv(learner: RNaD, which: str) -> float:
    return evaluate(behaviour_of(unroll(learner.game), learner.policies()[which])).nash_conv


def test_learns_to_give_up_a_reward_now_for_a_larger_one(two_steps: CompiledGame) -> None:
    learner = trained(two_steps, RNaDSettings(episodes=40_000, batch=100, hidden=(16,)), 0)
    for policies in learner.policies().values():
        played = behaviour_of(unroll(two_steps), policies)
        assert played.of(0, 0)[0, 0, 0] > 0.95
        assert played.of(0, 1)[0, 0, 1] > 0.95


def test_policies_survive_their_files(tmp_path: Path) -> None:
    game = GameConfig(preset="war-example").compile()
    learner = trained(game, RNaDSettings(episodes=200, batch=100), 0)
    for policies in learner.policies().values():
        for seat, policy in enumerate(policies):
            save_policy(policy, tmp_path / f"{seat}")
        loaded = [load_policy(tmp_path / f"{seat}") for seat in range(len(policies))]
        tree = unroll(game)
        for one, other in zip(behaviour_of(tree, loaded).stages, behaviour_of(tree, policies).stages, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_comes_near_an_equilibrium_of_kuhn_poker(seed: int) -> None:
    learner = trained(GameConfig(preset="kuhn-poker").compile(), RNaDSettings(), seed)
    assert nash_conv(learner, "average") < 0.06


@pytest.mark.slow
def test_comes_near_an_equilibrium_of_the_small_war() -> None:
    """Uniform play has a NashConv of .259."""
    learner = trained(GameConfig(preset="war-example").compile(), RNaDSettings(), 0)
    for which in ("last", "average"):
        assert nash_conv(learner, which) < 0.03
