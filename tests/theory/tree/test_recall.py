"""The game over histories is the same game: same tree, same values, same plays; tables on it remember."""

import numpy as np
import pytest

from olivebranch.envs.batched import BatchedGame
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile, uniform_profile
from olivebranch.theory.tree.recall import first_histories, history_game, profile_of_tables


@pytest.mark.parametrize("preset", preset_names())
def test_values_and_nash_conv_do_not_change(preset: str) -> None:
    tree = unroll(load_preset(preset).compile())
    again = unroll(history_game(tree))
    profile = random_profile(tree, np.random.default_rng(1))
    one, other = evaluate(profile), evaluate(BehaviourProfile(again, profile.stages))
    np.testing.assert_array_equal(one.values, other.values)
    assert one.nash_conv == other.nash_conv
    for stage, same in zip(tree.stages, again.stages, strict=True):
        np.testing.assert_array_equal(stage.parent, same.parent)


@pytest.mark.parametrize("preset", ["war-example", "war-korea-1951-confident", "war-ukraine-2022"])
def test_every_state_but_the_end_is_reached_in_one_way(preset: str) -> None:
    """The public states of a war forget (fewer states than histories); those of its history game do not."""
    game = load_preset(preset).compile()
    tree = unroll(game)
    remembered = history_game(tree)
    possible = remembered.edge_probability[:, remembered.prior > 0].any(axis=1)
    ways = np.bincount(remembered.edge_next[possible], minlength=remembered.n_states)
    assert ways[0] == 0
    np.testing.assert_array_equal(ways[1:-1], 1)
    assert remembered.terminal.sum() == 1
    assert sum(len(stage) for stage in tree.stages) > game.n_states - game.terminal.sum()


def test_the_same_uniform_numbers_make_the_same_plays() -> None:
    game = load_preset("war-korea-1951-confident").compile()
    remembered = history_game(unroll(game))
    first = BatchedGame(game, 500, np.random.default_rng(2))
    second = BatchedGame(remembered, 500, np.random.default_rng(2))
    choices = np.random.default_rng(3)
    while first.running.any():
        uniform = choices.random((500, 2))
        actions, same = np.zeros((500, 2), dtype=np.int64), np.zeros((500, 2), dtype=np.int64)
        first.random_actions(actions, uniform)
        second.random_actions(same, uniform)
        running = first.running
        np.testing.assert_array_equal(running, second.running)
        np.testing.assert_array_equal(actions[running], same[running])
        one, other = first.step(actions), second.step(actions)
        np.testing.assert_array_equal(one.rewards, other.rewards)
        np.testing.assert_array_equal(one.finished, other.finished)


def test_tables_become_behaviour_row_by_row() -> None:
    tree = unroll(load_preset("war-ukraine-2022").compile())
    game = history_game(tree)
    shape = (game.n_players, game.n_states, max(game.n_types), game.n_actions)
    weight = np.random.default_rng(4).random(shape) * np.moveaxis(game.legal, 1, 0)[:, :, None, :]
    tables = weight / np.maximum(weight.sum(axis=3, keepdims=True), 1e-300)
    profile = profile_of_tables(tree, tables)
    offset = first_histories(tree)
    assert offset[-1] == game.n_states - 1
    for number, stage in enumerate(tree.stages):
        for player, n_types in enumerate(game.n_types):
            acts = tree.game.acts[stage.state, player]
            expected = tables[player, offset[number] : offset[number + 1], :n_types][acts]
            np.testing.assert_array_equal(profile.of(player, number)[acts], expected)
            idle = profile.of(player, number)[~acts]
            np.testing.assert_array_equal(idle, uniform_profile(tree).of(player, number)[~acts])
    evaluate(profile)  # every row is a distribution
