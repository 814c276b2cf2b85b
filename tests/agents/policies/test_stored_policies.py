"""Policies: what they answer, and that a file gives the same answer back, byte for byte and without pickles."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.constant import ConstantPolicy
from olivebranch.agents.policies.equilibrium import equilibrium_policies
from olivebranch.agents.policies.lookup import LookupPolicy
from olivebranch.agents.policies.mixture import MixturePolicy
from olivebranch.agents.policies.network import NetworkPolicy, perceptron
from olivebranch.agents.policies.sealed import seal
from olivebranch.agents.policies.storage import FORMAT, KINDS, StorablePolicy, load_policy, save_policy
from olivebranch.agents.policies.tabular import TabularPolicy
from olivebranch.agents.policies.uniform import UniformPolicy
from olivebranch.core.errors import UnverifiedWarning
from olivebranch.envs.batched import BatchedGame
from olivebranch.games import Action, ParameterError
from olivebranch.games.information import InformationStates, Policy
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import RECEIVER, SENDER, compile_talks
from olivebranch.theory.talks.solve import solve_talks
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.train.metrics import Meter

GAME = compile_talks(load_preset("rival-expectations").parameters)


def situations(seat: int) -> InformationStates:
    batch = BatchedGame(GAME, 60, np.random.default_rng(0))
    if seat == RECEIVER:
        offers = np.arange(60) % 2 == 0
        batch.step(np.stack([np.where(offers, Action.OFFER_TALKS, Action.FIGHT), np.zeros(60)], axis=1).astype(int))
    return batch.information_states(seat)


def random_table(seat: int, seed: int) -> TabularPolicy:
    legal = np.repeat(GAME.legal[:, seat, None], GAME.n_types[seat], axis=1)
    weights = np.random.default_rng(seed).random(legal.shape) * legal
    return TabularPolicy(seat, weights / np.maximum(weights.sum(axis=2, keepdims=True), 1e-300))


STORABLE: dict[str, StorablePolicy] = {
    "uniform": UniformPolicy(),
    "constant": ConstantPolicy(np.array([0.1, 0.2, 0.3, 0.4])),
    "tabular": random_table(RECEIVER, 0),
    "mixture": MixturePolicy([random_table(RECEIVER, 1), UniformPolicy()], [3, 1]),
}


@pytest.mark.parametrize("kind", STORABLE)
def test_a_file_gives_the_same_policy_back(kind: str, tmp_path: Path) -> None:
    policy = STORABLE[kind]
    assert policy.kind == kind
    assert isinstance(policy, Policy)
    save_policy(policy, tmp_path / "a")
    loaded = load_policy(tmp_path / "a")
    assert type(loaded) is type(policy)
    np.testing.assert_array_equal(
        loaded.action_probabilities(situations(RECEIVER)), policy.action_probabilities(situations(RECEIVER))
    )
    save_policy(loaded, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]  # no temporary file is left


@pytest.mark.parametrize("kind", STORABLE)
def test_answers_are_distributions_over_legal_actions(kind: str) -> None:
    states = situations(RECEIVER)
    answer = STORABLE[kind].action_probabilities(states)
    assert (answer >= 0).all()
    assert (answer[~states.action_mask] == 0).all()
    np.testing.assert_allclose(answer.sum(axis=1), 1.0, atol=1e-12)


def test_constant_spreads_illegal_mass_evenly_and_may_depend_on_the_type() -> None:
    # After an offer ESCALATE and OFFER_TALKS are legal: .2 + (.1 + .4) / 2 and .3 + (.1 + .4) / 2.
    answer = STORABLE["constant"].action_probabilities(situations(RECEIVER))
    np.testing.assert_allclose(answer[0], [0, 0.45, 0.55, 0])
    by_type = ConstantPolicy(np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0]]))
    states = situations(SENDER)
    np.testing.assert_array_equal(by_type.action_probabilities(states)[:, Action.OFFER_TALKS], states.own_type)


def test_mixture_is_the_weighted_mean_of_its_members() -> None:
    table, states = random_table(RECEIVER, 1), situations(RECEIVER)
    expected = 0.75 * table.action_probabilities(states) + 0.25 * states.action_mask / 2
    np.testing.assert_allclose(STORABLE["mixture"].action_probabilities(states), expected)


def test_tables_refuse_what_is_not_behaviour_and_other_seats() -> None:
    with pytest.raises(ValueError, match="sum to one"):
        TabularPolicy(0, np.full((1, 1, 2), 0.4))
    with pytest.raises(ValueError, match="expected \\[n_states, n_types, n_actions\\]"):
        TabularPolicy(0, np.ones(2))
    with pytest.raises(ValueError, match="seat = 0: expected 1"):
        random_table(RECEIVER, 0).action_probabilities(situations(SENDER))
    with pytest.raises(ValueError, match="sum to one"):
        ConstantPolicy(np.array([0.5, 0.6]))
    with pytest.raises(ValueError, match="at least one policy"):
        MixturePolicy([])


@pytest.mark.parametrize("preset", preset_names("talks"))
@pytest.mark.parametrize("off_path_reply", [0.0, 1.0])
def test_equilibrium_policies_play_an_equilibrium(preset: str, off_path_reply: float) -> None:
    """Nobody gains from a best response, whichever end of the interval of off-path replies is played."""
    parameters = load_preset(preset).parameters
    meter = Meter(compile_talks(parameters))
    for name in solve_talks(parameters).names:
        policies = equilibrium_policies(parameters, name, off_path_reply)
        assert evaluate(behaviour_of(meter.tree, policies)).nash_conv == pytest.approx(0.0, abs=1e-12)


def test_off_path_reply_moves_through_the_interval() -> None:
    parameters = load_preset("fear-of-weakness").parameters
    least, most = solve_talks(parameters)["pool-fight"].escalate_after_offer
    assert least < most
    after_offer = compile_talks(parameters).states.index("after-offer")
    replies = [
        equilibrium_policies(parameters, "pool-fight", position)[RECEIVER].probabilities[
            after_offer, 0, Action.ESCALATE
        ]
        for position in (0.0, 0.5, 1.0)
    ]
    assert replies == pytest.approx([least, (least + most) / 2, most])


def test_equilibrium_errors_name_what_exists() -> None:
    parameters = load_preset("costly-escalation").parameters
    with pytest.raises(ParameterError, match=r"equilibrium = 'pool-tlk': expected one of .*did you mean 'pool-talk'\?"):
        equilibrium_policies(parameters, "pool-tlk")
    with pytest.raises(ParameterError, match=r"equilibrium = 'low-talks': expected one that exists .*: pool-talk"):
        equilibrium_policies(parameters, "low-talks")
    with pytest.raises(ParameterError, match="off_path_reply = 2"):
        equilibrium_policies(parameters, "pool-talk", 2)


def test_damaged_files_give_one_line(tmp_path: Path) -> None:
    def refusal(path: Path) -> str:
        with pytest.raises(ParameterError) as caught:
            load_policy(path)
        message = str(caught.value)
        assert "\n" not in message
        assert str(path) in message
        return message

    path = tmp_path / "policy"
    assert "expected an existing file" in refusal(path)
    path.write_bytes(b"not a policy")
    assert "expected a file of the format 'olivebranch-policy-2'" in refusal(path)
    save_file({"x": np.zeros(1)}, path)
    assert "expected the format 'olivebranch-policy-2', found 'None'" in refusal(path)
    for kind, expected in (("sorcery", "kind = 'sorcery': expected one of uniform"), ("tabular", "KeyError")):
        path.write_bytes(seal({"x": np.zeros(1)}, {"kind": kind}, FORMAT))
        assert expected in refusal(path)
    assert set(KINDS) >= set(STORABLE)


@pytest.mark.parametrize("kind", ["constant", "mixture", "tabular"])
def test_no_flipped_bit_goes_unnoticed(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "policy"
    save_policy(STORABLE[kind], path, "receiver")
    content = path.read_bytes()
    for position in range(0, 8 * len(content), 7):  # 7 and 8 have no common divisor: every bit of a byte is met
        changed = bytearray(content)
        changed[position // 8] ^= 1 << position % 8
        path.write_bytes(changed)
        with pytest.raises(ParameterError, match="policy file"):
            load_policy(path)
    path.write_bytes(content)
    load_policy(path)


def test_a_file_from_before_there_were_checksums_loads_with_a_warning(tmp_path: Path) -> None:
    policy = random_table(RECEIVER, 0)
    header = json.dumps({"format": "olivebranch-policy-1", "kind": "tabular", "seat": RECEIVER}, sort_keys=True)
    save_file(policy.tensors(), tmp_path / "old", {"olivebranch": header})
    with pytest.warns(UnverifiedWarning, match="olivebranch-policy-1 has no checksum"):
        loaded = load_policy(tmp_path / "old")
    np.testing.assert_array_equal(loaded.tensors()["probabilities"], policy.probabilities)
    path = tmp_path / "new"  # the same without a checksum, but in the name of the current format
    save_file(policy.tensors(), path, {"olivebranch": header.replace("policy-1", "policy-2")})
    with pytest.raises(ParameterError, match="checksum says that it is damaged"):
        load_policy(path)


def test_the_policy_of_another_seat_or_game_is_refused_in_one_line(tmp_path: Path) -> None:
    other = compile_talks(load_preset("costly-escalation").parameters)
    network = NetworkPolicy(perceptron([3, 4, 2], 1.0, torch.Generator()))
    wrong: list[tuple[StorablePolicy, str]] = [
        (random_table(SENDER, 0), "probabilities of shape"),
        (LookupPolicy(RECEIVER, np.zeros((1, 3), np.float32), np.array([[0.5, 0.5]])), "observations of shape"),
        (network, "widths of shape"),
        (MixturePolicy([random_table(RECEIVER, 0), network]), "widths of shape"),
    ]
    for policy, expected in wrong:
        save_policy(policy, tmp_path / "policy")
        with pytest.raises(ParameterError, match=expected):
            load_policy(tmp_path / "policy", GAME, RECEIVER)
    save_policy(UniformPolicy(), tmp_path / "policy", "sender")
    with pytest.raises(ParameterError, match="expected the policy of receiver, not of 'sender'"):
        load_policy(tmp_path / "policy", GAME, RECEIVER)
    assert isinstance(load_policy(tmp_path / "policy", other, SENDER), UniformPolicy)


def test_a_file_cannot_ask_for_a_network_that_it_does_not_hold(tmp_path: Path) -> None:
    description = {"kind": "network", "widths": [10**6, 10**6, 10**6]}  # four terabytes
    (tmp_path / "policy").write_bytes(seal({"0.weight": np.zeros((2, 2), np.float32)}, description, FORMAT))
    with pytest.raises(ParameterError, match="expected those of the weights"):
        load_policy(tmp_path / "policy")
