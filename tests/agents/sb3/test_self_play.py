"""Stable-Baselines3 in self-play: exact behaviour, safe files, opponents from the recent past, reproducibility."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.agents.registry import learner_kinds, make_learner, parse_settings
from olivebranch.agents.sb3.parts.policy import SB3Policy
from olivebranch.agents.sb3.parts.seat import most_choices, plays_side_by_side
from olivebranch.agents.sb3.parts.self_play import SelfPlay
from olivebranch.envs.batched import BatchedGame
from olivebranch.envs.seat import SeatEnv
from olivebranch.games import Action
from olivebranch.games.base import CompiledGame
from olivebranch.games.information import InformationStates
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import RECEIVER, SENDER, compile_talks

KINDS = learner_kinds("sb3")
SMALL = {"batch": 64, "environments": 32, "hidden": [8]}
FEW: dict[str, Any] = {kind: {} if kind == "sb3-a2c" else {"minibatch": 32} for kind in KINDS}


@pytest.fixture(scope="module")
def talks() -> CompiledGame:
    return compile_talks(load_preset("costly-escalation").parameters)


def learner(game: CompiledGame, kind: str, seed: int = 0, **others: Any) -> SelfPlay:
    settings = parse_settings({"kind": kind, "episodes": 192} | SMALL | FEW[kind] | others)
    made = make_learner(game, settings, seed)
    assert isinstance(made, SelfPlay)
    return made


def trained(game: CompiledGame, kind: str, seed: int = 0, **others: Any) -> SelfPlay:
    made = learner(game, kind, seed, **others)
    for _ in range(made.total_updates):
        made.update()
    return made


def senders(game: CompiledGame, n: int = 40) -> InformationStates:
    return BatchedGame(game, n, np.random.default_rng(0)).information_states(SENDER)


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_are_those_of_what_the_model_does_in_the_seat(talks: CompiledGame, kind: str) -> None:
    """Frequencies over many plays of the library's own ``predict`` on ``SeatEnv``, illegal actions and all."""
    made = learner(talks, kind, **({"epsilon": 0.4} if kind == "sb3-dqn" else {}))
    policy, model = made.policies()["last"][SENDER], made.seats[SENDER].model
    if kind == "sb3-dqn":
        model.exploration_rate = 0.4
    with torch.no_grad():  # far from uniform, and with mass on illegal actions
        for parameter in model.policy.parameters():
            parameter.mul_(torch.linspace(-3, 3, parameter.numel()).reshape(parameter.shape))
    made._remember()
    policy = made._recent[-1][SENDER]
    env = SeatEnv(talks, "sender", made.policies()["last"][RECEIVER])
    observed, expected = np.zeros(4), np.zeros(4)
    masks = {"action_masks": env.action_masks()} if kind == "sb3-maskable-ppo" else {}
    n = 500
    for play in range(n):
        observation, _ = env.reset(seed=play)
        expected += policy.action_probabilities(env.information_states)[0]
        if kind == "sb3-recurrent-ppo":
            observation["observation"] = observation["observation"][: made.seats[SENDER].past.width]
        action, _ = model.predict(observation, deterministic=False, **masks)
        env.step(int(action))
        joint = talks.joint_actions(talks.edge_joint[[env.play.edges[0]]])[0]
        observed[joint[SENDER]] += 1
    error = np.sqrt(np.maximum(expected * (n - expected), 1.0) / n)
    assert (np.abs(observed - expected) <= 4.5 * error + 1e-9).all()
    assert 0.02 < expected[Action.OFFER_TALKS] / n < 0.98


@pytest.mark.parametrize("kind", KINDS)
def test_files_give_the_same_policy_back_and_hold_no_code(talks: CompiledGame, kind: str, tmp_path: Path) -> None:
    for which, policies in trained(talks, kind).policies().items():
        path = tmp_path / which
        save_policy(policies[SENDER], path)
        before = torch.get_rng_state()
        loaded = load_policy(path)
        assert torch.equal(torch.get_rng_state(), before)
        states = senders(talks)
        np.testing.assert_array_equal(
            loaded.action_probabilities(states), policies[SENDER].action_probabilities(states)
        )
        save_policy(loaded, tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == path.read_bytes()
        assert b"pickle" not in path.read_bytes()


def test_dqn_is_greedy_but_for_a_uniform_action(talks: CompiledGame) -> None:
    """Epsilon 0.2 over four actions, two of them legal: the better one has .8 + .05 + .05, the other .05 + .05."""
    made = learner(talks, "sb3-dqn", epsilon=0.2)
    policy = made.policies()["last"][SENDER]
    assert isinstance(policy, SB3Policy)
    with torch.no_grad():
        last = policy.network.q_net.q_net[-1]
        last.weight.zero_()
        last.bias.copy_(torch.tensor([0.0, -1.0, 1.0, -1.0]))
    np.testing.assert_allclose(policy.action_probabilities(senders(talks)), [[0.1, 0, 0.9, 0]] * 40)


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_weights_whatever_the_global_generators_do(talks: CompiledGame, kind: str) -> None:
    def weights(seed: int, disturb: bool) -> list[np.ndarray]:
        made = learner(talks, kind, seed)
        for update in range(made.total_updates):
            if disturb:
                torch.manual_seed(update)
                np.random.seed(update)  # noqa: NPY002
                random.seed(update)
            made.update()
        return [tensor for policy in made.policies()["last"] for tensor in policy.tensors().values()]

    first = weights(0, disturb=False)
    assert all(np.array_equal(a, b) for a, b in zip(first, weights(0, disturb=True), strict=True))
    assert any((a != b).any() for a, b in zip(first, weights(1, disturb=False), strict=True))


def test_global_generators_are_left_as_they_were(talks: CompiledGame) -> None:
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    expected = (torch.rand(1).item(), np.random.rand(), random.random())  # noqa: NPY002
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    trained(talks, "sb3-dqn")
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == expected  # noqa: NPY002


@pytest.mark.parametrize("pool", [1, 2, 3])
def test_every_seat_plays_against_the_others_last_snapshots(talks: CompiledGame, pool: int) -> None:
    """After five updates the oldest snapshot has been replaced at least twice."""
    made = learner(talks, "sb3-ppo", pool=pool, episodes=320)
    states, seen = senders(talks), []
    for _ in range(5):
        made.update()
        seen.append(made.policies()["last"][SENDER].action_probabilities(states))
    opponents = made._opponents(RECEIVER)
    assert [list(entry) for entry in opponents] == [["sender"]] * pool
    for entry, expected in zip(opponents, seen[-pool:], strict=True):
        np.testing.assert_array_equal(entry["sender"].action_probabilities(states), expected)
    assert (seen[-1] != seen[-2]).any()


def test_average_mixes_evenly_spaced_snapshots(talks: CompiledGame) -> None:
    made = learner(talks, "sb3-a2c", episodes=640, average_from=0.5, snapshots=2)
    states, seen = senders(talks), []
    for _ in range(10):
        made.update()
        seen.append(made.policies()["last"][SENDER].action_probabilities(states))
    average = made.policies()["average"][SENDER].action_probabilities(states)
    np.testing.assert_allclose(average, (seen[7] + seen[9]) / 2, atol=1e-12)


@pytest.mark.parametrize("game", ["costly-escalation", "kuhn-poker", "war-example"])
@pytest.mark.parametrize("kind", KINDS)
def test_goes_on_from_a_checkpoint_as_if_never_stopped(kind: str, game: str) -> None:
    """After three updates the pool is full and the replay buffer, of 160 decisions, has wrapped."""
    rules = load_preset(game).compile()
    memory = {"memory": 160} if kind == "sb3-dqn" else {}
    longer: dict[str, Any] = {"episodes": 384, "pool": 2, "average_from": 0.2, "snapshots": 4} | memory
    straight, stopped = learner(rules, kind, **longer), learner(rules, kind, **longer)
    for update in range(6):
        straight.update()
        stopped.update()
        if update in (0, 2):
            saved = unpack(pack(stopped.state()))
            stopped = learner(rules, kind, **longer)
            stopped.restore(saved)
    assert pack(stopped.state()) == pack(straight.state())
    for which, profile in straight.policies().items():
        for ours, theirs in zip(stopped.policies()[which], profile, strict=True):
            assert pack({"policy": ours}) == pack({"policy": theirs})


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_before_the_first_update_begins_at_the_seed(talks: CompiledGame, kind: str) -> None:
    straight, restored = learner(talks, kind), learner(talks, kind)
    restored.restore(unpack(pack(learner(talks, kind).state())))
    straight.update()
    restored.update()
    assert pack(restored.state()) == pack(straight.state())


def test_a_batch_holds_whole_plays() -> None:
    """In Kuhn poker the first player chooses up to twice (pass, then call or fold), the second once."""
    kuhn = load_preset("kuhn-poker").compile()
    assert [most_choices(kuhn, seat) for seat in range(2)] == [2, 1]
    assert plays_side_by_side(500, 500, 1) == 500
    assert plays_side_by_side(500, 500, 2) == 250
    assert plays_side_by_side(500, 500, 3) == 125  # 166 do not divide 500
    assert plays_side_by_side(500, 32, 3) == 25
    assert plays_side_by_side(2, 2, 3) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_learns_to_give_up_a_reward_now_for_a_larger_one(two_steps: CompiledGame, kind: str) -> None:
    """Two choices of the same seat in one play: bootstrapping and returns reach back over them."""
    quick: dict[str, Any] = {"episodes": 15_360, "batch": 256, "environments": 64, "hidden": [16], "minibatch": 128}
    if kind == "sb3-a2c":
        del quick["minibatch"]
    if kind == "sb3-dqn":
        quick |= {"epsilon": {"start": 1.0, "end": 0.0, "until": 0.5}, "target_update": 256}
    made = trained(two_steps, kind, **quick)
    (policy,) = made.policies()["last"]
    batch = BatchedGame(two_steps, 1, np.random.default_rng(0))
    assert policy.action_probabilities(batch.information_states(0))[0, 0] > 0.9
    batch.step(np.array([[0]]))
    assert policy.action_probabilities(batch.information_states(0))[0, 1] > 0.9
