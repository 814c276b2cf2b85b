"""Seats that are fixed become chance: for the others the game is the same, exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.games.base import CompiledGame, FloatArray, IntArray, compile_game
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import best_response, evaluate
from olivebranch.theory.tree.fixed_seats import FixedSeats, fix_seats
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, build_profile, part_of
from tests.games_for_tests.random_games import RandomGame


def random_profile(game: CompiledGame, generator: np.random.Generator, pure: float) -> BehaviourProfile:
    """Random behaviour at every information set, at a share ``pure`` of them with probability one on one action."""

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        legal = game.legal[public_state, seat]
        weights = legal * generator.exponential(size=legal.shape)
        sharp = generator.random(len(weights)) < pure
        weights[sharp] = weights[sharp] == weights[sharp].max(axis=1, keepdims=True)
        result: FloatArray = weights / weights.sum(axis=1, keepdims=True)
        return result

    return build_profile(unroll(game), behaviour)


def fixed(profile: BehaviourProfile, *seats: int) -> FixedSeats:
    return fix_seats(profile.tree, {seat: part_of(profile, seat) for seat in seats})


def assert_is_a_game(game: CompiledGame) -> None:
    """What holds of every game that compile_game makes."""
    for state, joint in zip(*np.nonzero(game.edge_count), strict=True):
        edges = np.arange(game.edge_count[state, joint]) + game.edge_start[state, joint]
        assert (game.edge_source[edges] == state).all()
        assert (game.edge_joint[edges] == joint).all()
        np.testing.assert_array_equal(game.edge_outcome[edges], np.arange(len(edges)))
        np.testing.assert_allclose(game.edge_probability[edges].sum(axis=0), 1.0)
        for player, action in enumerate(game.joint_actions(np.array([joint]))[0]):
            assert game.legal[state, player, action]
    assert game.edge_count.sum() == game.n_edges
    assert (game.edge_start >= 0).sum() == (game.edge_count > 0).sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 3), st.sampled_from([0.0, 0.5, 1.0]), st.data())
def test_values_and_gains_of_the_others_are_those_of_the_original_game(
    seed: int, n_players: int, pure: float, data: st.DataObject
) -> None:
    generator = np.random.default_rng(seed)
    game = compile_game(RandomGame(generator, n_players))
    seats = data.draw(st.sets(st.integers(0, n_players - 1), min_size=1, max_size=n_players - 1))
    others = [seat for seat in range(n_players) if seat not in seats]
    world = fixed(random_profile(game, generator, pure), *seats)
    assert_is_a_game(world.game)
    assert not world.game.acts[:, list(seats)].any()
    play = random_profile(world.game, generator, pure)
    theirs, ours = evaluate(play), evaluate(world.completed(play))
    np.testing.assert_allclose(theirs.values, ours.values, atol=1e-12)
    np.testing.assert_allclose(theirs.gains[others], ours.gains[others], atol=1e-12)
    np.testing.assert_array_equal(theirs.gains[list(seats)], 0.0)


@pytest.mark.parametrize("name", ["costly-escalation", "kuhn-poker", "war-example"])
def test_a_best_response_there_is_one_in_the_original_game(name: str) -> None:
    game = load_preset(name).compile()
    world = fixed(random_profile(game, np.random.default_rng(3), 0.3), 1)
    answer = world.completed(best_response(random_profile(world.game, np.random.default_rng(4), 0.0), 0))
    assert evaluate(answer).gains[0] == pytest.approx(0.0, abs=1e-12)


def test_where_play_never_comes_the_others_are_uniform_and_the_fixed_seat_is_as_it_was() -> None:
    """A sender who always fights: what the receiver would do after an offer is asked of nobody."""
    game = load_preset("costly-escalation").compile()
    profile = build_profile(
        unroll(game), lambda seat, own, state, recent: np.eye(4)[game.legal[state, seat].argmax(axis=1)]
    )
    world = fixed(profile, 0)
    play = random_profile(world.game, np.random.default_rng(0), 1.0)
    whole = world.completed(play)
    np.testing.assert_array_equal(whole.of(0, 0), profile.of(0, 0))
    after = {
        str(game.states[state]): row for state, row in zip(whole.tree.stages[1].state, whole.of(1, 1), strict=True)
    }
    np.testing.assert_array_equal(after["after-offer"][0], [0.0, 0.5, 0.5, 0.0])
    assert set(after["after-fight"][0]) == {0.0, 1.0}


def test_what_a_fixed_seat_does_is_seen_by_all() -> None:
    game = load_preset("costly-escalation").compile()
    world = fixed(random_profile(game, np.random.default_rng(0), 0.0), 0)
    start = [label for label, source in zip(world.game.edge_labels, world.game.edge_source, strict=True) if source == 0]
    assert [label.partition(";")[0] for label in start] == ["sender FIGHT", "sender OFFER_TALKS"]
