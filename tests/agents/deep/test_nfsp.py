"""NFSP: its memories, losses by hand, trivial games, same seed same bytes, files, resumption, levels reached."""

from pathlib import Path

import numpy as np
import pytest
import torch

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.deep.nfsp import NFSP, NFSPSettings, bootstrapped, imitation_loss
from olivebranch.agents.deep.parts.replay import CircularBuffer, ReservoirBuffer
from olivebranch.agents.deep.parts.situations import Steps
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.greedy import GreedyPolicy
from olivebranch.agents.policies.network import perceptron
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.agents.schedule import constant
from olivebranch.envs.batched import BatchedGame
from olivebranch.games.base import CompiledGame
from olivebranch.games.information import InformationStates
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.config import GameConfig


def trained(game: CompiledGame, settings: NFSPSettings, seed: int = 0) -> NFSP:
    learner = NFSP(game, settings, seed)
    for _ in range(learner.total_updates):
        learner.update()
    return learner


def first_and_after_a(game: CompiledGame) -> tuple[InformationStates, InformationStates]:
    batch = BatchedGame(game, 1, np.random.default_rng(0))
    first = batch.information_states(0)
    batch.step(np.array([[0]]))
    return first, batch.information_states(0)


def test_every_entry_is_equally_likely_to_be_in_the_reservoir() -> None:
    """400 streams of 300 entries in uneven portions, 30 places: each entry is kept with probability 1/10.

    An entry's number of appearances in 400 reservoirs is binomial with mean 40 and variance 36. The sum of squared
    standardised numbers over 300 entries is then about chi-squared with 299 degrees of freedom (one is lost, as 30 are
    always kept): mean 299, standard deviation 24. The mean age shows no preference for early or late entries: the mean
    of 30 of 0..299 without replacement has variance (300^2 - 1) / 12 / 30 * (1 - 29/299), that of 400 such a 400th.
    """
    generator = np.random.default_rng(1)
    met, ages = np.zeros(300), []
    for _ in range(400):
        buffer = ReservoirBuffer(30, {"number": (np.int64, ())})
        for portion in np.split(np.arange(300), [7, 20, 45, 46, 150]):
            buffer.add({"number": portion}, generator)
        kept = buffer.entries()["number"]
        assert len(np.unique(kept)) == len(buffer) == 30
        met[kept] += 1
        ages.append(kept.mean())
    assert abs(((met - 40) ** 2 / 36).sum() - 299) < 4 * 24
    deviation = np.sqrt((300**2 - 1) / 12 / 30 * (1 - 29 / 299) / 400)
    assert abs(np.mean(ages) - 149.5) < 4 * deviation


def test_a_circular_buffer_keeps_the_latest_and_samples_all_of_them() -> None:
    buffer = CircularBuffer(4, {"number": (np.int32, ()), "pair": (np.int32, (2,))})
    for portion in (np.arange(3), np.arange(3, 5), np.arange(5, 14)):  # the last one is longer than the buffer
        buffer.add({"number": portion, "pair": np.column_stack([portion, -portion])})
    sample = buffer.sample(200, np.random.default_rng(0))
    assert set(sample["number"]) == {10, 11, 12, 13}
    np.testing.assert_array_equal(sample["pair"][:, 1], -sample["number"])


def test_an_unfilled_buffer_samples_only_what_was_added() -> None:
    buffer = ReservoirBuffer(10, {"number": (np.int32, ())})
    buffer.add({"number": np.array([5, 6])}, np.random.default_rng(0))
    assert set(buffer.sample(100, np.random.default_rng(0))["number"]) == {5, 6}
    with pytest.raises(ValueError, match="capacity = 0"):
        CircularBuffer(0, {})


def test_targets_by_hand() -> None:
    """The first ends with 5; the second earns 1 and leads to situation 1, whose best legal action is worth 3, not 9."""
    target = bootstrapped(
        reward=np.array([5.0, 1.0]),
        continues=np.array([False, True]),
        values=np.array([[7.0, 7.0], [3.0, 9.0]]),
        action_mask=np.array([[True, True], [True, False]]),
        situation=np.array([1]),
    )
    np.testing.assert_allclose(target, [5.0, 4.0])


def test_loss_of_the_values_by_hand(two_steps: CompiledGame) -> None:
    """A play of "a", then "b": the first step earns 0 and leads on, the second earns 2. Networks with biases only.

    Values (0.5, 0.25), target network (0.1, 0.7): errors 0.5 - 0.7 = -0.2 for "a" and 0.25 - 2 = -1.75 for "b".
    """
    learner = NFSP(two_steps, NFSPSettings(hidden=(), batch=1), 0)
    (seat,) = learner.seats
    for network, bias in ((seat.values, [0.5, 0.25]), (seat.target, [0.1, 0.7])):
        network.load_state_dict({"0.weight": torch.zeros_like(network[0].weight), "0.bias": torch.tensor(bias)})
    batch = BatchedGame(two_steps, 1, np.random.default_rng(0))
    keys = []
    for action in (0, 1):
        keys.append(np.concatenate([[0], batch.public_state, batch.recent_edges[0]]))
        batch.step(np.array([[action]]))
    steps = Steps(np.array(keys), np.array([0, 1]), np.array([0.0, 2.0]), np.array([1, -1]))
    seat.remember(steps, np.array([False, True]), learner.generator)
    assert seat.value_loss(seat.replay.entries()).item() == pytest.approx((0.2**2 + 1.75**2) / 2)
    # Only the second was a best response: the average imitates "b" there, and from zero logits log 2 is lost.
    assert seat.reservoir.entries()["action"].tolist() == [1]
    seat.average.network.load_state_dict({name: 0 * t for name, t in seat.average.network.state_dict().items()})
    assert seat.average_loss(seat.reservoir.entries()).item() == pytest.approx(np.log(2))


def test_imitation_moves_the_average_towards_what_was_done_by_hand() -> None:
    """Logits 0 for two legal actions, of which the second was taken three times in four: gradient 1/2 - frequency."""
    logits = torch.zeros(1, 3, requires_grad=True)
    mask, action = torch.tensor([[True, True, False]]), torch.tensor([1, 0, 1, 1])
    imitation_loss(logits, mask, torch.zeros(4, dtype=torch.int64), action).backward()
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad, [[0.25, -0.25, 0.0]], atol=1e-7)


def test_greedy_policy_by_hand_and_its_file(two_steps: CompiledGame, tmp_path: Path) -> None:
    network = perceptron([4, 3], 1.0, torch.Generator().manual_seed(0))
    with torch.no_grad():
        network[0].weight.zero_()
        network[0].bias.copy_(torch.tensor([1.0, 2.0, 1.0]))
    # The best is illegal in the first row, where the two others are equally good; epsilon is spread over legal ones.
    mask = np.array([[True, False, True], [True, True, True]])
    states = InformationStates(0, np.zeros(2), np.zeros(2), np.ones((2, 4), np.float32), mask)
    policy = GreedyPolicy(network, 0.3)
    np.testing.assert_allclose(policy.action_probabilities(states), [[0.5, 0.0, 0.5], [0.1, 0.8, 0.1]])
    save_policy(policy, tmp_path / "policy")
    loaded = load_policy(tmp_path / "policy")
    assert isinstance(loaded, GreedyPolicy)
    np.testing.assert_array_equal(loaded.action_probabilities(states), policy.action_probabilities(states))
    with pytest.raises(ValueError, match="epsilon"):
        GreedyPolicy(network, 1.5)


def test_learns_to_give_up_a_reward_now_for_a_larger_one(two_steps: CompiledGame) -> None:
    """What best responses did before the values were learned stays a share of the average, which falls as 1 / time."""
    learner = trained(two_steps, NFSPSettings(episodes=40_000, batch=100, hidden=(16,), minibatch=128))
    for which in ("last", "average"):
        (policy,) = learner.policies()[which]
        for states, best in zip(first_and_after_a(two_steps), (0, 1), strict=True):
            assert policy.action_probabilities(states)[0, best] > 0.85


def test_last_is_the_anticipatory_mixture_and_survives_its_file(two_steps: CompiledGame, tmp_path: Path) -> None:
    learner = trained(
        two_steps, NFSPSettings(episodes=400, batch=200, hidden=(16,), anticipatory=0.25, epsilon=constant(0.2))
    )
    (seat,) = learner.seats
    (last,) = learner.policies()["last"]
    save_policy(last, tmp_path / "last")
    for states in first_and_after_a(two_steps):
        response = GreedyPolicy(seat.values, 0.2).action_probabilities(states)
        expected = 0.25 * response + 0.75 * seat.average.action_probabilities(states)
        np.testing.assert_allclose(last.action_probabilities(states), expected)
        np.testing.assert_array_equal(
            load_policy(tmp_path / "last").action_probabilities(states), last.action_probabilities(states)
        )


@pytest.mark.parametrize("preset", ["kuhn-poker", "weak-blend-in"])
def test_goes_on_after_a_checkpoint_bit_by_bit_with_full_memories(preset: str) -> None:
    game = GameConfig(preset=preset).compile()
    settings = NFSPSettings(
        episodes=800, batch=100, replay=150, reservoir=40, anticipatory=0.3, target_every=3, minibatch=64
    )
    whole, resumed, other = NFSP(game, settings, 1), NFSP(game, settings, 1), NFSP(game, settings, 2)
    for _ in range(5):
        whole.update()
    assert all(seat.reservoir.added > 40 and seat.replay.added > 150 for seat in whole.seats)
    resumed.restore(unpack(pack(whole.state())))
    torch.manual_seed(99)  # what others do with the global generator does not matter
    for learner in (whole, resumed, other):
        for _ in range(3):
            learner.update()
    assert pack(whole.state()) == pack(resumed.state())
    assert pack({"p": whole.policies()}) == pack({"p": resumed.policies()})
    assert pack(whole.state()) != pack(other.state())
    assert pack(trained(game, settings, 1).state()) == pack(whole.state())


@pytest.mark.slow
@pytest.mark.parametrize("preset, episodes, level", [("kuhn-poker", 500_000, 0.15), ("war-example", 300_000, 0.02)])
def test_reaches_its_level(preset: str, episodes: int, level: float) -> None:
    """Seed 0 came to 0.08 on Kuhn poker and 0.009 on the war example; uniform play has 11/12 and 0.26."""
    game = GameConfig(preset=preset).compile()
    learner = trained(game, NFSPSettings(episodes=episodes))
    assert evaluate(behaviour_of(unroll(game), learner.policies()["average"])).nash_conv < level
