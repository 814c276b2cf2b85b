"""Networks and independent PPO: advantages and loss by hand, trivial games, same seed same weights, files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.deep.mappo import CentralSeat, MAPPOSettings
from olivebranch.agents.deep.nash_pg import NashPG, NashPGSettings, ReferenceSeat
from olivebranch.agents.deep.parts.actor_critic import ActorCritic, ActorCriticSettings, Sample, Seat, advantages
from olivebranch.agents.deep.parts.diagnostics import explained_variance, policy_diagnostics
from olivebranch.agents.deep.parts.situations import distinct_rows
from olivebranch.agents.deep.ppo import ClippedSeat, IndependentPPO, PPOSettings
from olivebranch.agents.deep.ppo_mmd import PPOMMDSettings, ProximalSeat
from olivebranch.agents.deep.r_nad import RNaD
from olivebranch.agents.policies.mixture import MixturePolicy
from olivebranch.agents.policies.network import NetworkPolicy, masked_log_probabilities, perceptron
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.agents.registry import make_learner, parse_settings
from olivebranch.agents.schedule import constant
from olivebranch.envs.batched import BatchedGame
from olivebranch.games import Action
from olivebranch.games.base import CompiledGame
from olivebranch.games.information import ObservationEncoder
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import SENDER, compile_talks


@pytest.fixture(scope="module")
def talks() -> CompiledGame:
    return compile_talks(load_preset("desperate-first").parameters)


def trained(game: CompiledGame, settings: PPOSettings, seed: int) -> IndependentPPO:
    learner = IndependentPPO(game, settings, seed)
    for _ in range(learner.total_updates):
        learner.update()
    return learner


def test_networks_draw_their_weights_from_the_generator_given() -> None:
    before = torch.get_rng_state()
    first, again, other = (
        perceptron([5, 8, 3], 0.01, torch.Generator().manual_seed(seed))[0].weight for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.allclose(first.T @ first, 2 * torch.eye(5), atol=1e-5)  # orthogonal columns of length sqrt(2)


def test_illegal_actions_get_probability_zero_and_no_gradient() -> None:
    logits = torch.tensor([[1.0, 5.0, 0.0]], requires_grad=True)
    logs = masked_log_probabilities(logits, torch.tensor([[True, False, True]]))
    # softmax of (1, 0): 1 / (1 + exp(-1)) = 0.7310586
    np.testing.assert_allclose(logs.exp().detach(), [[0.7310586, 0.0, 0.2689414]], atol=1e-6)
    (logs.exp() * logs).sum().backward()
    assert logits.grad is not None
    assert logits.grad[0, 1] == 0
    assert torch.isfinite(logits.grad).all()


def test_a_network_policy_survives_its_file(talks: CompiledGame, tmp_path: Path) -> None:
    states = BatchedGame(talks, 20, np.random.default_rng(0)).information_states(SENDER)
    policy = NetworkPolicy(perceptron([states.observation.shape[1], 6, 4], 1.0, torch.Generator().manual_seed(0)))
    mixture = MixturePolicy([policy, policy.copy()])
    for number, stored in enumerate((policy, mixture)):
        save_policy(stored, tmp_path / f"{number}")
        loaded = load_policy(tmp_path / f"{number}")
        np.testing.assert_array_equal(loaded.action_probabilities(states), stored.action_probabilities(states))
        save_policy(loaded, tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == (tmp_path / f"{number}").read_bytes()
    kept = policy.copy()
    with torch.no_grad():
        policy.network[-1].bias += torch.tensor([1.0, 0, 0, 0])
    assert (kept.action_probabilities(states) != policy.action_probabilities(states)).any()


def test_advantages_by_hand_over_stages_in_which_the_seat_does_not_act() -> None:
    """Two plays, four stages. The seat acts in stages 0 and 2, in stage 2 only in play 0; rewards come everywhere.

    Play 0: first step earns 1 + 2 = 3 up to stage 2, second earns 4 + 8 = 12. With values 5 and 6, discount 1/2 and
    lambda 1/4: last advantage 12 - 6 = 6; first 3 + 6/2 - 5 + 6/8 = 1.75.
    Play 1: a single step earns 1 + 1 + 1 + 1 = 4, value 1: advantage 3.
    """
    rewards = np.array([[1.0, 1.0], [2.0, 1.0], [4.0, 1.0], [8.0, 1.0]])
    decisions = [(0, np.array([0, 1]), np.array([5.0, 1.0])), (2, np.array([0]), np.array([6.0]))]
    first, second = advantages(decisions, rewards, discount=0.5, gae=0.25)
    np.testing.assert_allclose(first, [1.75, 3.0])
    np.testing.assert_allclose(second, [6.0])


def test_distinct_rows_are_those_of_numpy() -> None:
    table = np.random.default_rng(0).integers(-1, 3, (300, 4))
    first, group = distinct_rows(*table.T)
    np.testing.assert_array_equal(table[first][group], table)
    assert len(first) == len(np.unique(table, axis=0))


def seat_and_sample(
    game: CompiledGame, kind: type[Seat], settings: ActorCriticSettings, old: list[float]
) -> tuple[Seat, Sample]:
    """Networks of zeros, a magnet that plays 3/4 and 1/4, and one decision for either of two legal actions."""
    seat = kind(0, ObservationEncoder(game), settings, torch.Generator())
    with torch.no_grad():
        for parameter in [*seat.parameters, *seat.magnet.network.parameters()]:
            parameter.zero_()
        seat.magnet.network[-1].bias[0] = float(np.log(3))
    mask = torch.zeros(1, game.n_actions, dtype=torch.bool)
    mask[0, :2] = True
    old_logs = torch.full((1, game.n_actions), -1e9)
    old_logs[0, :2] = torch.log(torch.tensor(old))
    observation = torch.ones(1, ObservationEncoder(game).width)
    return seat, Sample(
        observation=observation,
        action_mask=mask,
        old_logs=old_logs,
        situation=torch.tensor([0, 0]),
        action=torch.tensor([0, 1]),
        judged=observation,
        judged_situation=torch.tensor([0, 0]),
        advantage=torch.tensor([1.0, -1.0]),
        target=torch.tensor([3.0, 1.0]),
        value=torch.tensor([0.5, 2.5]),
    )


def test_loss_of_mirror_descent_by_hand(talks: CompiledGame) -> None:
    """As below without clip, from old probabilities 1/4 and 3/4: ratios 2 and 2/3, gain (2 - 2/3) / 2 = 2/3.

    KL(pi, pi_old) = 1/2 log 2 + 1/2 log(2/3); the magnet's divergence is the same with its actions swapped.
    """
    settings = PPOMMDSettings(
        hidden=(), entropy=constant(0.3), magnet=constant(0.7), proximal=constant(0.9), value_coefficient=0.5
    )
    seat, sample = seat_and_sample(talks, ProximalSeat, settings, [0.25, 0.75])
    divergence = 0.5 * np.log(2) + 0.5 * np.log(2 / 3)
    expected = 0.5 * 5 - 2 / 3 - 0.3 * np.log(2) + (0.7 + 0.9) * divergence
    assert seat.loss(sample, 0.0).item() == pytest.approx(expected, abs=1e-6)


def test_loss_by_hand(talks: CompiledGame) -> None:
    """Two decisions in one situation; logits 0 for two legal actions, so probabilities 1/2.

    Old probabilities 1/4 and 1/2 give ratios 2 and 1; clipping at 0.2 takes 2 to 1.2. Advantages 1 and -1: surrogate
    (min(2, 1.2) - 1) / 2 = 0.1. Values 0 against targets 3 and 1: mean square 5. Entropy log 2. Magnet with
    probabilities 3/4 and 1/4: KL = 1/2 log(2/3) + 1/2 log 2.
    """
    settings = PPOSettings(hidden=(), clip=0.2, value_coefficient=0.5, entropy=constant(0.3), magnet=constant(0.7))
    seat, sample = seat_and_sample(talks, ClippedSeat, settings, [0.25, 0.5])
    divergence = 0.5 * np.log(2 / 3) + 0.5 * np.log(2)
    expected = 0.5 * 5 - 0.1 - 0.3 * np.log(2) + 0.7 * divergence
    assert seat.loss(sample, 0.0).item() == pytest.approx(expected, abs=1e-6)


def test_loss_of_nash_pg_by_hand(talks: CompiledGame) -> None:
    """As above, with critics that are clipped: old values 0.5 and 2.5 and the new value 0 against targets 3 and 1.

    Kept within 0.2 of the old ones the values are 0.3 and 2.3, with squared errors 7.29 and 1.69, against 9 and 1
    without: the larger ones are 9 and 1.69. The magnet is the reference policy.
    """
    settings = NashPGSettings(hidden=(), clip=0.2, value_coefficient=0.5, entropy=constant(0.3), magnet=constant(0.7))
    seat, sample = seat_and_sample(talks, ReferenceSeat, settings, [0.25, 0.5])
    divergence = 0.5 * np.log(2 / 3) + 0.5 * np.log(2)
    expected = 0.5 * (9 + 1.69) / 2 - 0.1 - 0.3 * np.log(2) + 0.7 * divergence
    assert seat.loss(sample, 0.0).item() == pytest.approx(expected, abs=1e-6)


def test_the_reference_of_nash_pg_changes_at_the_beginning_of_rounds_only(talks: CompiledGame) -> None:
    """Seven updates in three rounds: after the third and the fifth, to what the policy is then."""
    learner = NashPG(talks, NashPGSettings(episodes=700, batch=100, rounds=3), 0)
    policies = [learner.policies()["last"][0].tensors()]
    for _ in range(7):
        learner.update()
        policies.append(learner.policies()["last"][0].tensors())
        expected = policies[max(k for k in (0, 3, 5) if k < len(policies))]
        for name, tensor in learner.seats[0].magnet.tensors().items():
            np.testing.assert_array_equal(tensor, expected[name])


def test_diagnostics_by_hand() -> None:
    """Three decisions in a situation with old probabilities (1/4, 3/4) and new ones (1/2, 1/2), one in one unchanged.

    Ratios 2, 2/3 and 2/3 are all beyond 0.2 and the fourth is 1. KL(old, new) = 1/4 log(1/2) + 3/4 log(3/2) there.
    Targets (0, 2, 2, 4) have variance 2; with values (0, 1, 2, 3) the errors (0, 1, 0, 1) have variance 1/4.
    """
    old, new = torch.tensor([[0.25, 0.75], [0.1, 0.9]]).log(), torch.tensor([[0.5, 0.5], [0.1, 0.9]]).log()
    found = policy_diagnostics(new, old, torch.tensor([0, 0, 0, 1]), torch.tensor([0, 1, 1, 1]), clip=0.2)
    mixed = -0.1 * np.log(0.1) - 0.9 * np.log(0.9)
    assert found["kl"] == pytest.approx(0.75 * (0.25 * np.log(0.5) + 0.75 * np.log(1.5)), abs=1e-6)
    assert found["clip_fraction"] == 0.75
    assert found["entropy"] == pytest.approx(0.75 * np.log(2) + 0.25 * mixed, abs=1e-6)
    value, target = torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.tensor([0.0, 2.0, 2.0, 4.0])
    assert explained_variance(value, target) == pytest.approx(1 - 0.25 / 2)
    assert explained_variance(value, torch.ones(4)) == 0.0


NAMES = {"kl", "clip_fraction", "entropy", "explained_variance", "gradient_norm"}


@pytest.mark.parametrize("kind", ["ppo", "mappo", "ppo-mmd", "nash-pg", "r-nad"])
def test_diagnostics_are_of_every_player_after_an_update_and_asking_changes_nothing(
    talks: CompiledGame, kind: str
) -> None:
    learner = make_learner(talks, parse_settings({"kind": kind, "episodes": 400, "batch": 200}), 0)
    assert isinstance(learner, ActorCritic | RNaD)
    assert learner.diagnostics() == {}
    learner.update()
    before = pack(learner.state())
    found = learner.diagnostics()
    assert set(found) == {f"{player}/{name}" for player in talks.game.players for name in NAMES}
    assert all(np.isfinite(list(found.values())))
    assert all(found[f"{player}/kl"] > 0 and found[f"{player}/gradient_norm"] > 0 for player in talks.game.players)
    assert 0 < found["sender/entropy"] <= np.log(2)
    assert pack(learner.state()) == before


@pytest.mark.parametrize("kind", ["ppo", "mappo", "ppo-mmd", "nash-pg", "r-nad", "nfsp"])
def test_learning_is_the_same_in_any_unit_of_payoffs(talks: CompiledGame, kind: str) -> None:
    """A factor that is a power of two divides out without rounding, so weights are the same bit by bit."""
    settings = parse_settings({"kind": kind, "episodes": 400, "batch": 100})
    factors = np.array([4.0, 0.125])
    learners = [
        make_learner(game, settings, 0)
        for game in (talks, replace(talks, edge_reward=talks.edge_reward * factors[:, None]))
    ]
    for learner in learners:
        for _ in range(4):
            learner.update()
    assert pack({"p": learners[0].policies()}) == pack({"p": learners[1].policies()})


def test_one_update_moves_towards_the_better_action_as_adam_does(two_steps: CompiledGame) -> None:
    """Adam's first step is the learning rate times the sign of the gradient, wherever that is not tiny.

    With discount near zero only the reward at once counts, so "b" gains in the first state: its bias rises by the
    learning rate and that of "a" falls by as much.
    """
    settings = PPOSettings(
        hidden=(), episodes=400, batch=400, epochs=1, learning_rate=constant(0.01), discount=1e-6, entropy=constant(0.0)
    )
    learner = IndependentPPO(two_steps, settings, 0)
    bias = learner.seats[0].policy.network[-1].bias
    with torch.no_grad():
        learner.seats[0].policy.network[-1].weight.zero_()
    learner.update()
    np.testing.assert_allclose(bias.detach(), [-0.01, 0.01], atol=1e-4)


@pytest.mark.parametrize("magnet, minibatches, normalise", [(0.0, 1, False), (0.05, 3, True)])
def test_learns_to_give_up_a_reward_now_for_a_larger_one(
    two_steps: CompiledGame, magnet: float, minibatches: int, normalise: bool
) -> None:
    settings = PPOSettings(
        episodes=20_000,
        batch=200,
        hidden=(16,),
        magnet=constant(magnet),
        minibatches=minibatches,
        normalise_advantages=normalise,
    )
    learner = trained(two_steps, settings, 0)
    batch = BatchedGame(two_steps, 2, np.random.default_rng(0))
    for which in ("last", "average"):
        (policy,) = learner.policies()[which]
        batch.reset()
        assert policy.action_probabilities(batch.information_states(0))[0, 0] > 0.95
        batch.step(np.array([[0], [0]]))
        assert policy.action_probabilities(batch.information_states(0))[0, 1] > 0.95


def test_same_seed_same_weights_other_seed_others(talks: CompiledGame) -> None:
    settings = PPOSettings(episodes=1_500, batch=500, snapshots=2)

    def weights(seed: int) -> list[np.ndarray]:
        learner = trained(talks, settings, seed)
        return [t for policies in learner.policies().values() for p in policies for t in p.tensors().values()]

    first = weights(0)
    torch.manual_seed(99)  # what others do with the global generator does not matter
    assert all(np.array_equal(a, b) for a, b in zip(first, weights(0), strict=True))
    assert any((a != b).any() for a, b in zip(first, weights(1), strict=True))


def test_average_is_made_of_evenly_spaced_copies(talks: CompiledGame) -> None:
    learner = IndependentPPO(talks, PPOSettings(episodes=1000, batch=100, average_from=0.5, snapshots=2), 0)
    states = BatchedGame(talks, 20, np.random.default_rng(0)).information_states(SENDER)
    seen = []
    for _ in range(10):
        learner.update()
        seen.append(learner.policies()["last"][SENDER].action_probabilities(states))
    # Progress from 5 to 10 updates in two steps: after 7.5, so the 8th, and after the 10th.
    average = learner.policies()["average"][SENDER].action_probabilities(states)
    np.testing.assert_allclose(average, (seen[7] + seen[9]) / 2)


def test_reaches_the_only_equilibrium_when_it_is_pure(talks: CompiledGame) -> None:
    learner = trained(talks, PPOSettings(episodes=200_000), 0)
    states = BatchedGame(talks, 50, np.random.default_rng(0)).information_states(SENDER)
    offers = learner.policies()["last"][SENDER].action_probabilities(states)[:, Action.OFFER_TALKS]
    np.testing.assert_allclose(offers, states.own_type, atol=0.05)  # low-talks: the weak (type 1) offer


KINDS = [PPOSettings, MAPPOSettings, PPOMMDSettings, NashPGSettings]


@pytest.mark.parametrize("kind", KINDS)
def test_resumed_training_is_the_uninterrupted_one_bit_by_bit(
    talks: CompiledGame, kind: type[ActorCriticSettings]
) -> None:
    settings = kind(episodes=600, batch=100, minibatches=2, average_from=0.0, snapshots=3, magnet=constant(0.1))
    whole, begun, resumed = (make_learner(talks, settings, 3) for _ in range(3))
    for _ in range(6):
        whole.update()
    for _ in range(3):
        begun.update()
    resumed.restore(unpack(pack(begun.state())))
    for _ in range(3):
        resumed.update()
    assert pack(resumed.state()) == pack(whole.state())
    assert pack({"p": resumed.policies()}) == pack({"p": whole.policies()})
    assert pack(make_learner(talks, settings, 4).state()) != pack(make_learner(talks, settings, 3).state())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_up_a_reward_now_for_a_larger_one(
    two_steps: CompiledGame, kind: type[ActorCriticSettings]
) -> None:
    learner = make_learner(two_steps, kind(episodes=20_000, batch=200, hidden=(16,)), 0)
    for _ in range(learner.total_updates):
        learner.update()
    states = BatchedGame(two_steps, 1, np.random.default_rng(0)).information_states(0)
    for (policy,) in learner.policies().values():
        assert policy.action_probabilities(states)[0, 0] > 0.95


def test_a_central_critic_sees_the_types_that_its_seat_does_not(talks: CompiledGame) -> None:
    """The receiver's type is public, the sender's is not: one situation for the actor, two for its critic."""
    batch = BatchedGame(talks, 100, np.random.default_rng(0))
    seat = CentralSeat(1, batch.encoder, MAPPOSettings(), torch.Generator())
    everywhere, alike = np.arange(100), np.zeros(100, dtype=np.int64)
    judged, group = seat.judged(batch, everywhere, torch.zeros(1, batch.encoder.width), alike)
    assert judged.shape == (2, batch.encoder.width + talks.n_profiles)
    np.testing.assert_array_equal(judged[group, batch.encoder.width :].argmax(dim=1), batch.profile)
