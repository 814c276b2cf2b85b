"""Many plays at once: the same probabilities as the compiled arrays, and the same knowledge as a single play."""

import numpy as np
import pytest

from olivebranch.envs.batched import BatchedGame, draw_actions, edge_cumulative, profile_cumulative
from olivebranch.envs.seat import UniformPolicy
from olivebranch.games.base import CompiledGame, IntArray
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile


def uniform_actions(batch: BatchedGame, generator: np.random.Generator) -> IntArray:
    actions = np.zeros((batch.size, batch.game.n_players), dtype=np.int64)
    running = batch.running
    for seat in range(batch.game.n_players):
        states = batch.information_states(seat, running)
        actions[running, seat] = draw_actions(UniformPolicy().action_probabilities(states), generator)
    return actions


def test_profiles_and_outcomes_come_with_their_probabilities(skirmish: CompiledGame) -> None:
    """Frequencies of type profiles, and of outcomes given edge group and profile, within 4.5 standard errors."""
    generator = np.random.default_rng(0)
    batch = BatchedGame(skirmish, 40_000, generator)
    counts = np.bincount(batch.profile, minlength=skirmish.n_profiles) / batch.size
    error = np.sqrt(skirmish.prior * (1 - skirmish.prior) / batch.size)
    assert (np.abs(counts - skirmish.prior) <= 4.5 * error).all()

    taken = np.zeros((skirmish.n_edges, skirmish.n_profiles))
    while batch.running.any():
        edges = batch.step(uniform_actions(batch, generator)).edges
        np.add.at(taken, (edges[edges >= 0], batch.profile[edges >= 0]), 1)
    group = skirmish.edge_source * 10_000 + skirmish.edge_joint
    total = np.array([taken[group == g].sum(axis=0) for g in group])
    visited = total > 0
    expected = skirmish.edge_probability
    error = np.sqrt(expected * (1 - expected) / np.maximum(total, 1))
    assert visited.sum() > 40
    assert (np.abs(taken / np.maximum(total, 1) - expected) <= 4.5 * error + 1e-12)[visited].all()


def test_mean_payoffs_agree_with_exact_evaluation(skirmish: CompiledGame) -> None:
    generator = np.random.default_rng(1)
    batch = BatchedGame(skirmish, 50_000, generator)
    earned = np.zeros((batch.size, skirmish.n_players))
    while batch.running.any():
        earned += batch.step(uniform_actions(batch, generator)).rewards
    exact = evaluate(uniform_profile(unroll(skirmish))).values
    error = earned.std(axis=0) / np.sqrt(batch.size)
    assert (np.abs(earned.mean(axis=0) - exact) <= 4 * error).all()


def test_knowledge_is_that_of_the_encoder_after_each_stage(skirmish: CompiledGame) -> None:
    generator = np.random.default_rng(2)
    batch = BatchedGame(skirmish, 200, generator)
    history: list[IntArray] = []
    while batch.running.any():
        for seat in range(skirmish.n_players):
            recent = np.full((batch.size, batch.encoder.window), -1)
            for play in range(batch.size):
                edges = [int(step[play]) for step in reversed(history) if step[play] >= 0][: batch.encoder.window]
                recent[play, : len(edges)] = edges
            types = skirmish.profile_types[batch.profile, seat]
            expected = batch.encoder.information_states(seat, types, batch.public_state, recent)
            states = batch.information_states(seat)
            np.testing.assert_array_equal(states.observation, expected.observation)
            np.testing.assert_array_equal(states.own_type, types)
            np.testing.assert_array_equal(states.action_mask, skirmish.legal[batch.public_state, seat])
        history.append(batch.step(uniform_actions(batch, generator)).edges)
    assert len(history) == skirmish.max_stages


def test_plays_that_are_over_stay_and_pay_nothing(pennies: CompiledGame) -> None:
    batch = BatchedGame(pennies, 3, np.random.default_rng(0))
    first = batch.step(np.array([[0, 0], [0, 1], [1, 1]]))
    np.testing.assert_array_equal(first.rewards, [[1, -1], [-1, 1], [1, -1]])
    assert first.finished.all()
    again = batch.step(np.full((3, 2), 99))  # nobody reads the actions of plays that are over
    np.testing.assert_array_equal(again.rewards, np.zeros((3, 2)))
    np.testing.assert_array_equal(again.edges, [-1, -1, -1])
    assert not again.finished.any()


def test_auto_reset_starts_a_new_play_in_the_same_step(skirmish: CompiledGame) -> None:
    generator = np.random.default_rng(3)
    batch = BatchedGame(skirmish, 500, generator, auto_reset=True)
    finished = 0
    for _ in range(20):
        step = batch.step(uniform_actions(batch, generator))
        finished += int(step.finished.sum())
        assert batch.running.all()
        assert (batch.public_state[step.finished] == 0).all()
        assert (batch.recent_edges[step.finished] == -1).all()
        assert (batch.recent_edges[~step.finished, 0] == step.edges[~step.finished]).all()
    assert finished > 500


def test_same_generator_state_same_plays(skirmish: CompiledGame) -> None:
    def edges(seed: int) -> IntArray:
        generator = np.random.default_rng(seed)
        batch = BatchedGame(skirmish, 50, generator, auto_reset=True)
        return np.array([batch.step(uniform_actions(batch, generator)).edges for _ in range(10)])

    np.testing.assert_array_equal(edges(7), edges(7))
    assert (edges(7) != edges(8)).any()


def test_an_illegal_action_is_refused_and_changes_nothing(skirmish: CompiledGame) -> None:
    batch = BatchedGame(skirmish, 2, np.random.default_rng(0))
    for wrong in ([2, 0, 0], [0, 0, 7], [-1, 0, 0]):
        with pytest.raises(ValueError, match="expected a legal action of every player in state"):
            batch.step(np.array([[0, 0, 0], wrong]))
    np.testing.assert_array_equal(batch.public_state, [0, 0])
    with pytest.raises(ValueError, match="size = 0: expected a number of games >= 1"):
        BatchedGame(skirmish, 0, np.random.default_rng(0))


def test_the_impossible_is_never_drawn(skirmish: CompiledGame) -> None:
    """At the largest uniform below one, cumulative tables and draws still give possible outcomes."""
    top = np.nextafter(1.0, 0.0)
    last = np.searchsorted(profile_cumulative(skirmish), top, side="right")
    assert skirmish.prior[last] > 0
    cumulative = edge_cumulative(skirmish)
    for first, count in zip(skirmish.edge_start.ravel(), skirmish.edge_count.ravel(), strict=True):
        if count:
            drawn = first + (top >= cumulative[first : first + count]).sum(axis=0)
            assert (skirmish.edge_probability[drawn, np.arange(skirmish.n_profiles)] > 0).all()

    class Top:
        def random(self, size: int) -> np.ndarray:
            return np.full(size, top)

    probabilities = np.array([[0.1] * 3 + [0.7 - 1e-17, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(draw_actions(probabilities, Top()), [3, 0])  # type: ignore[arg-type]
