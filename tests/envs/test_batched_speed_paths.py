"""The fast ways through a batch: no allocation, the same plays in torch, flat buffers laid out as documented."""

import tracemalloc

import numpy as np
import pytest
import torch

from olivebranch.envs.batched import BatchedGame, BatchStep
from olivebranch.envs.batched_torch import TorchBatchedGame
from olivebranch.envs.flat import FlatEnv
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile


@pytest.mark.parametrize("window", [None, 0, 1])
def test_observations_written_in_place_are_those_of_the_encoder(skirmish: CompiledGame, window: int | None) -> None:
    generator = np.random.default_rng(0)
    batch = BatchedGame(skirmish, 300, generator, window, auto_reset=True)
    observations = np.full((300, 3, batch.encoder.width), 9.0, dtype=np.float32)
    masks = np.ones((300, 3, skirmish.n_actions), dtype=np.bool_)
    actions = np.zeros((300, 3), dtype=np.int64)
    for _ in range(7):
        batch.observe(observations, masks)
        for seat in range(3):
            expected = batch.information_states(seat)
            np.testing.assert_array_equal(observations[:, seat], expected.observation)
            np.testing.assert_array_equal(masks[:, seat], expected.action_mask)
        batch.random_actions(actions, generator.random((300, 3)))
        batch.step(actions)


def test_only_the_plays_that_are_asked_for_go_on(skirmish: CompiledGame) -> None:
    batch = BatchedGame(skirmish, 4, np.random.default_rng(0))
    step = batch.step(np.array([[0, 0, 0], [9, 9, 9], [1, 2, 0], [9, 9, 9]]), np.array([True, False, True, False]))
    assert (step.edges[[0, 2]] >= 0).all()
    np.testing.assert_array_equal(step.edges[[1, 3]], [-1, -1])
    np.testing.assert_array_equal(step.rewards[[1, 3]], np.zeros((2, 3)))
    np.testing.assert_array_equal(batch.public_state[[1, 3]], [0, 0])
    np.testing.assert_array_equal(batch.recent_edges[[1, 3]], np.full((2, batch.encoder.window), -1))


def test_random_actions_are_legal_and_uniform(skirmish: CompiledGame) -> None:
    batch = BatchedGame(skirmish, 30_000, np.random.default_rng(0))
    actions = np.zeros((30_000, 3), dtype=np.int64)
    batch.random_actions(actions, np.random.default_rng(1).random((30_000, 3)))
    # state 0: a chooses from {0, 1}, b from {0, 2}, c has only 0; a standard error is 0.0029
    np.testing.assert_allclose(actions.mean(axis=0), [0.5, 1.0, 0.0], atol=0.02)
    assert set(actions[:, 1]) == {0, 2}


@pytest.mark.parametrize("auto_reset", [True, False])
def test_torch_makes_the_same_plays_of_the_same_numbers(skirmish: CompiledGame, auto_reset: bool) -> None:
    size, source = 400, np.random.default_rng(5)
    ours = BatchedGame(skirmish, size, source, auto_reset=auto_reset)
    theirs = TorchBatchedGame(skirmish, size, torch.Generator().manual_seed(0), auto_reset=auto_reset)
    start = source.random(size)
    ours.reset(uniform=start)
    theirs.reset(torch.from_numpy(start))
    observations = np.zeros((size, 3, ours.encoder.width), dtype=np.float32)
    masks = np.zeros((size, 3, skirmish.n_actions), dtype=np.bool_)
    actions = np.zeros((size, 3), dtype=np.int64)
    ended = 0
    for _ in range(9):
        ours.observe(observations, masks)
        seen, allowed = theirs.observe()
        np.testing.assert_array_equal(observations, seen.numpy())
        np.testing.assert_array_equal(masks, allowed.numpy())
        ours.random_actions(actions, source.random((size, 3)))
        uniforms = (source.random(size), source.random(size))
        step = ours.step(actions, uniforms=uniforms)
        other = theirs.step(torch.from_numpy(actions), (torch.from_numpy(uniforms[0]), torch.from_numpy(uniforms[1])))
        np.testing.assert_array_equal(step.rewards, other.rewards.numpy())
        np.testing.assert_array_equal(step.edges, other.edges.numpy())
        np.testing.assert_array_equal(step.finished, other.finished.numpy())
        np.testing.assert_array_equal(ours.profile, theirs.profile.numpy())
        np.testing.assert_array_equal(ours.running, theirs.running.numpy())
        ended += int(step.finished.sum())
    assert ended > size if auto_reset else ended == size


def test_torch_draws_from_its_generator_and_refuses_illegal_actions(skirmish: CompiledGame) -> None:
    def profiles(seed: int) -> torch.Tensor:
        return TorchBatchedGame(skirmish, 500, torch.Generator().manual_seed(seed)).profile

    assert torch.equal(profiles(1), profiles(1))
    assert not torch.equal(profiles(1), profiles(2))
    batch = TorchBatchedGame(skirmish, 2, torch.Generator().manual_seed(0))
    for wrong in ([2, 0, 0], [0, 0, 7], [-1, 0, 0]):
        with pytest.raises(ValueError, match="expected a legal action of every player in state"):
            batch.step(torch.tensor([[0, 0, 0], wrong]))
    with pytest.raises(ValueError, match="size = 0: expected a number of games >= 1"):
        TorchBatchedGame(skirmish, 0, torch.Generator())


def test_a_step_allocates_nothing_after_the_first(skirmish: CompiledGame) -> None:
    """Bytes that tracemalloc sees growing over 50 steps of 20,000 plays: less than the smallest array of them."""
    generator = np.random.default_rng(0)
    batch = BatchedGame(skirmish, 20_000, generator, auto_reset=True)
    flat = FlatEnv(skirmish, 20_000, np.random.default_rng(1))
    flat.reset()
    out = BatchStep.empty(20_000, 3)
    uniform, actions = np.zeros((20_000, 3)), np.zeros((20_000, 3), dtype=np.int64)
    observations = np.zeros((20_000, 3, batch.encoder.width), dtype=np.float32)
    masks = np.zeros((20_000, 3, skirmish.n_actions), dtype=np.bool_)
    choices = generator.integers(0, skirmish.n_actions, 60_000)

    def once() -> None:
        generator.random(out=uniform)
        batch.random_actions(actions, uniform)
        batch.step(actions, out=out)
        batch.observe(observations, masks)
        flat.step(choices)

    once()
    tracemalloc.start()
    once()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(50):
        once()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - before < 16_000


def test_flat_rows_are_the_seats_game_by_game(skirmish: CompiledGame) -> None:
    """One game of three seats twice: the caller's buffers are used, and what the rows say agrees with the batch."""
    buffers = {
        "observations": np.zeros((6, FlatEnv(skirmish, 1, np.random.default_rng(0)).observations.shape[1]), np.float32),
        "rewards": np.zeros(6, np.float32),
        "terminals": np.zeros(6, np.bool_),
        "masks": np.zeros(6, np.bool_),
    }
    flat = FlatEnv(skirmish, 2, np.random.default_rng(3), buffers=buffers)
    observations, infos = flat.reset(seed=4)
    assert observations is buffers["observations"]
    assert infos == []
    assert flat.num_agents == 6
    assert flat.single_action_space.n == 3
    np.testing.assert_array_equal(buffers["masks"], [True, True, False] * 2)  # c never acts at first
    ended = False
    for _ in range(12):
        assert all(row in flat.single_observation_space for row in observations)
        for seat in range(3):
            states = flat.batch.information_states(seat)
            np.testing.assert_array_equal(observations[seat::3], states.observation)
            np.testing.assert_array_equal(flat.action_masks[seat::3], states.action_mask)
            np.testing.assert_array_equal(flat.masks[seat::3], states.action_mask.sum(axis=1) > 1)
        legal = [int(np.flatnonzero(row)[-1]) for row in flat.action_masks]
        _, rewards, terminals, truncations, _ = flat.step(np.array(legal, dtype=np.int32))
        assert rewards is buffers["rewards"]
        np.testing.assert_array_equal(flat.actions, legal)
        np.testing.assert_array_equal(terminals[0::3], terminals[1::3])
        assert not truncations.any()
        ended |= bool(terminals.any())
    assert ended


def test_flat_play_at_random_earns_what_exact_evaluation_says(skirmish: CompiledGame) -> None:
    """Actions drawn from the whole enumeration: the illegal ones become uniform legal ones, so play is uniform."""
    flat = FlatEnv(skirmish, 20_000, np.random.default_rng(0))
    flat.reset()
    generator = np.random.default_rng(1)
    earned, over = np.zeros((20_000, 3)), np.zeros(20_000, dtype=np.bool_)
    while not over.all():
        _, rewards, terminals, _, _ = flat.step(generator.integers(0, 3, flat.num_agents))
        earned += np.where(over[:, None], 0.0, rewards.reshape(-1, 3))
        over |= terminals[::3]
    # one of a's two legal actions in three is chosen directly with 1/3, the rest shared evenly: 1/2 each; all so
    exact = evaluate(uniform_profile(unroll(skirmish))).values
    error = earned.std(axis=0) / np.sqrt(len(earned))
    assert (np.abs(earned.mean(axis=0) - exact) <= 4 * error).all()


def test_flat_buffers_and_actions_that_do_not_fit_are_refused(skirmish: CompiledGame) -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"buffers\['rewards'\] = float64 \(6,\): expected float32 \(6,\)"):
        FlatEnv(skirmish, 2, generator, buffers={"rewards": np.zeros(6)})
    with pytest.raises(ValueError, match="buffers = 'reward': expected names among observations"):
        FlatEnv(skirmish, 2, generator, buffers={"reward": np.zeros(6)})
    flat = FlatEnv(skirmish, 2, generator)
    with pytest.raises(ValueError, match="expected numbers from 0 to 2"):
        flat.step(np.array([3, 0, 0, 0, 0, 0]))
    flat.step(np.array([0, 0, 99, 0, 0, 99]))  # c has no choice; whatever it is given
