"""Recurrent PPO at single information states: the same probabilities as with the memory carried along the play."""

import numpy as np
import pytest
import torch

from olivebranch.agents.registry import make_learner, parse_settings
from olivebranch.agents.sb3.parts.recurrent import PastReader, SB3RecurrentPolicy
from olivebranch.agents.sb3.parts.self_play import SelfPlay
from olivebranch.agents.sb3.recurrent_ppo import RecurrentPPOSeat
from olivebranch.envs.seat import SeatEnv, UniformPolicy
from olivebranch.games.base import CompiledGame
from olivebranch.games.information import ObservationEncoder
from olivebranch.games.registry import load_preset


def made(game: CompiledGame, window: int = 1) -> SelfPlay:
    values = {"kind": "sb3-recurrent-ppo", "episodes": 64, "batch": 64, "environments": 32, "minibatch": 32}
    settings = parse_settings(values | {"hidden": [8], "lstm": 5, "window": window})
    learner = make_learner(game, settings, 0)
    assert isinstance(learner, SelfPlay)
    for seat in learner.seats:
        with torch.no_grad():  # memory that matters
            for parameter in seat.model.policy.parameters():
                parameter.mul_(3.0)
    return learner


@pytest.mark.parametrize("name", ["kuhn-poker", "war-example", "costly-escalation"])
@pytest.mark.parametrize("window", [0, 1])
def test_the_past_run_again_gives_the_memory_carried_along(name: str, window: int) -> None:
    game = load_preset(name).compile()
    learner = made(game, window)
    longest = 0
    for seat, model in enumerate(learner.seats):
        policy, network = model.policy(0.0), model.model.policy
        assert isinstance(policy, SB3RecurrentPolicy)
        assert isinstance(model, RecurrentPPOSeat)
        env = SeatEnv(game, seat, UniformPolicy())
        for play in range(40):
            observation, info = env.reset(seed=play)
            memory, over, choices = (torch.zeros(1, 1, 5), torch.zeros(1, 1, 5)), False, 0
            while not over:
                seen = {
                    "observation": torch.from_numpy(observation["observation"][None, : model.past.width]),
                    "action_mask": torch.from_numpy(observation["action_mask"][None]),
                }
                with torch.no_grad():
                    distribution, memory = network.get_distribution(seen, memory, torch.zeros(1))
                expected = distribution.distribution.probs.numpy()[0]
                legal = env.action_masks()
                expected = np.where(legal, expected + expected[~legal].sum() / legal.sum(), 0.0)
                np.testing.assert_allclose(
                    policy.action_probabilities(env.information_states)[0], expected, atol=1e-6, err_msg=str(info)
                )
                action = int(np.random.default_rng(play + choices).choice(np.flatnonzero(legal)))
                observation, _, over, _, info = env.step(action)
                choices += 1
            longest = max(longest, choices)
    assert longest == {"kuhn-poker": 2, "war-example": 2, "costly-escalation": 1}[name]


def test_observations_that_tell_of_no_play_are_refused() -> None:
    game = load_preset("kuhn-poker").compile()
    past, encoder = PastReader.of(game, 1), ObservationEncoder(game)
    none = np.full((1, encoder.window), -1, dtype=np.int64)
    states = encoder.information_states(0, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64), none)
    slot = encoder.type_width + encoder.feature_width  # both players bet in the first stage, where one may not move
    states.observation[:, [slot + game.n_actions - 1, slot + 2 * game.n_actions - 1]] = 1.0
    with pytest.raises(ValueError, match="possible play"):
        past.decisions(states)
