"""The fast ways through a batch: observations and actions written in place, and no allocation."""

import tracemalloc

import numpy as np
import pytest

from olivebranch.envs.batched import BatchedGame, BatchStep
from olivebranch.games.base import CompiledGame


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


def test_an_array_that_cannot_be_written_in_one_go_is_refused(skirmish: CompiledGame) -> None:
    batch = BatchedGame(skirmish, 4, np.random.default_rng(0))
    observations = np.zeros((4, 3, 2 * batch.encoder.width), dtype=np.float32)[..., ::2]
    with pytest.raises(ValueError, match="contiguous"):
        batch.observe(observations, np.zeros((4, 3, skirmish.n_actions), dtype=np.bool_))


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


def test_a_step_allocates_nothing_after_the_first(skirmish: CompiledGame) -> None:
    """Bytes that tracemalloc sees growing over 50 steps of 100,000 plays: less than the smallest array of them.

    So many plays, because an old numba allocates some 40 kB of its own as it is called.
    """
    generator = np.random.default_rng(0)
    batch = BatchedGame(skirmish, 100_000, generator, auto_reset=True)
    out = BatchStep.empty(100_000, 3)
    uniform, actions = np.zeros((100_000, 3)), np.zeros((100_000, 3), dtype=np.int64)
    observations = np.zeros((100_000, 3, batch.encoder.width), dtype=np.float32)
    masks = np.zeros((100_000, 3, skirmish.n_actions), dtype=np.bool_)

    def once() -> None:
        generator.random(out=uniform)
        batch.random_actions(actions, uniform)
        batch.step(actions, out=out)
        batch.observe(observations, masks)

    once()
    tracemalloc.start()
    once()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(50):
        once()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - before < 80_000
