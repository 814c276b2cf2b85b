"""How far the actor-critic learners come with their defaults: NashConv on Kuhn poker and on a war; files bit by bit."""

from pathlib import Path

import numpy as np
import pytest

from olivebranch.agents.checkpoint import pack
from olivebranch.agents.deep.mappo import MAPPOSettings
from olivebranch.agents.deep.nash_pg import NashPGSettings
from olivebranch.agents.deep.parts.actor_critic import ActorCriticSettings
from olivebranch.agents.deep.ppo import PPOSettings
from olivebranch.agents.deep.ppo_mmd import PPOMMDSettings
from olivebranch.agents.learner import Learner
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.agents.registry import find_learner, make_learner
from olivebranch.envs.batched import BatchedGame
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.config import GameConfig

NEW = [MAPPOSettings, PPOMMDSettings, NashPGSettings]


def trained(game: CompiledGame, settings: ActorCriticSettings, seed: int) -> Learner:
    learner = make_learner(game, settings, seed)
    for _ in range(learner.total_updates):
        learner.update()
    return learner


def nash_conv(preset: str, settings: ActorCriticSettings) -> float:
    """Of the learner's answer, seed 0."""
    game = GameConfig(preset=preset).compile()
    answer = find_learner(settings.kind).answer
    return evaluate(behaviour_of(unroll(game), trained(game, settings, 0).policies()[answer])).nash_conv


@pytest.fixture(scope="module")
def war() -> CompiledGame:
    return GameConfig(preset="war-example").compile()


# Uniform play has NashConv 0.917 on Kuhn poker and 0.259 on the war. On Kuhn poker the last policies circle; their
# averages do not.
LEVELS = [
    (PPOSettings(), "kuhn-poker", 0.1),
    (MAPPOSettings(), "kuhn-poker", 0.25),
    (PPOMMDSettings(), "kuhn-poker", 0.03),
    (NashPGSettings(), "kuhn-poker", 0.1),
    (PPOSettings(), "war-example", 0.01),
    (MAPPOSettings(), "war-example", 0.01),
    (PPOMMDSettings(), "war-example", 0.01),
    (NashPGSettings(), "war-example", 0.01),
]


@pytest.mark.slow
@pytest.mark.parametrize("settings, preset, level", LEVELS, ids=lambda value: getattr(value, "kind", None))
def test_the_answer_falls_to_the_stated_level(settings: ActorCriticSettings, preset: str, level: float) -> None:
    assert nash_conv(preset, settings) < level


def test_a_short_run_of_mirror_descent_leaves_uniform_play_of_kuhn_poker_far_behind() -> None:
    """A seventh of the default: less than a fourth of uniform play's 0.917."""
    assert nash_conv("kuhn-poker", PPOMMDSettings(episodes=150_000)) < 0.25


@pytest.mark.parametrize("kind", NEW)
def test_same_seed_same_learner_other_seed_another(war: CompiledGame, kind: type[ActorCriticSettings]) -> None:
    settings = kind(episodes=900, batch=300, snapshots=2)
    first, again, other = (trained(war, settings, seed) for seed in (0, 0, 1))
    assert pack(first.state()) == pack(again.state())
    assert pack({"p": first.policies()}) == pack({"p": again.policies()})
    assert pack({"p": first.policies()}) != pack({"p": other.policies()})


@pytest.mark.parametrize("kind", NEW)
def test_policies_survive_their_files_bit_by_bit(
    war: CompiledGame, kind: type[ActorCriticSettings], tmp_path: Path
) -> None:
    learner = trained(war, kind(episodes=600, batch=200, snapshots=2, average_from=0.0), 0)
    batch = BatchedGame(war, 50, np.random.default_rng(0))
    for profile in learner.policies().values():
        for seat, policy in enumerate(profile):
            save_policy(policy, tmp_path / "first")
            loaded = load_policy(tmp_path / "first")
            states = batch.information_states(seat)
            np.testing.assert_array_equal(loaded.action_probabilities(states), policy.action_probabilities(states))
            save_policy(loaded, tmp_path / "again")
            assert (tmp_path / "again").read_bytes() == (tmp_path / "first").read_bytes()
