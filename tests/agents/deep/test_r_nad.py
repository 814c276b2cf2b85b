"""R-NaD: one step by hand, zero-sum games recognised, resumption bit by bit, files, levels."""

from pathlib import Path

import numpy as np
import pytest
import torch

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.deep.parts.situations import Steps
from olivebranch.agents.deep.r_nad import RNaD, RNaDSettings, advantages, is_zero_sum, neurd_loss, returns
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.config import GameConfig


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
    """Action 0 was tried twice and followed by 1 and 3, action 1 never: its quality is the value, 5, less its cost.

    Costs (0.5, 1): qualities 1.5 and 4; with probabilities 1/2 their mean is 2.75.
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
    np.testing.assert_allclose(gain, [[-1.25, 1.25, 0.0]])


def test_opponents_term_only_in_zero_sum_games(two_steps: CompiledGame) -> None:
    assert is_zero_sum(GameConfig(preset="kuhn-poker").compile())
    assert not is_zero_sum(GameConfig(preset="weak-blend-in").compile())
    assert not is_zero_sum(two_steps)


def test_goes_on_after_a_checkpoint_bit_by_bit_across_a_new_regularisation_policy() -> None:
    game = GameConfig(preset="kuhn-poker").compile()
    settings = RNaDSettings(episodes=800, batch=100, replace_every=3)
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
    learner = trained(two_steps, RNaDSettings(episodes=40_000, batch=100, hidden=(16,), replace_every=20), 0)
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
    learner = trained(GameConfig(preset="war-example").compile(), RNaDSettings(episodes=1_500_000), 0)
    for which in ("last", "average"):
        assert nash_conv(learner, which) < 0.01
