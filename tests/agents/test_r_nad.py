"""R-NaD: one step by hand, zero-sum games recognised, resumption bit by bit."""

import numpy as np
import torch

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.r_nad import RNaD, advantages, is_zero_sum, neurd_loss
from olivebranch.agents.settings import RNaDSettings
from olivebranch.games.base import CompiledGame
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
