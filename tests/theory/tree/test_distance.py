"""Total variation between plays: against an enumeration of all plays, by hand, and as a metric."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_games import History, RandomGame, histories_by_path

from olivebranch.games.base import compile_game
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile, uniform_profile


def play_probabilities(profile: BehaviourProfile) -> dict[tuple[int, History], float]:
    """The probability of every play, by type profile and edges taken, one play at a time."""
    game, paths = profile.tree.game, histories_by_path(profile)
    found: dict[tuple[int, History], float] = {}

    def walk(w: int, state: int, path: History, probability: float) -> None:
        if game.terminal[state]:
            found[w, path] = probability
            return
        stage, row = paths[path]
        for joint in product(*(np.flatnonzero(game.legal[state, i]).tolist() for i in range(game.n_players))):
            chosen = probability
            for i, action in enumerate(joint):
                chosen *= profile.of(i, stage)[row, game.profile_types[w, i], action]
            index = int(game.joint_index(np.array(joint)))
            first = int(game.edge_start[state, index])
            for e in range(first, first + int(game.edge_count[state, index])):
                if chosen * game.edge_probability[e, w] > 0:
                    walk(w, int(game.edge_next[e]), (*path, e), chosen * float(game.edge_probability[e, w]))

    for w in range(game.n_profiles):
        if game.prior[w] > 0:
            walk(w, 0, (), float(game.prior[w]))
    return found


def tree_of(seed: int, n_players: int) -> GameTree:
    return unroll(compile_game(RandomGame(np.random.default_rng(seed), n_players)))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from((2, 3)))
def test_it_is_half_the_sum_of_differences_over_all_plays(seed: int, n_players: int) -> None:
    tree, generator = tree_of(seed, n_players), np.random.default_rng(seed)
    one, other = random_profile(tree, generator), random_profile(tree, generator)
    left, right = play_probabilities(one), play_probabilities(other)
    assert sum(left.values()) == pytest.approx(1)
    by_hand = sum(abs(left.get(play, 0.0) - right.get(play, 0.0)) for play in left | right) / 2
    assert play_distance(one, other) == pytest.approx(by_hand, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_it_is_a_metric_on_plays(seed: int) -> None:
    tree, generator = tree_of(seed, 2), np.random.default_rng(seed)
    one, two, three = (random_profile(tree, generator) for _ in range(3))
    assert play_distance(one, one) == 0
    assert play_distance(one, two) == pytest.approx(play_distance(two, one))
    assert 0 <= play_distance(one, two) <= 1
    assert play_distance(one, three) <= play_distance(one, two) + play_distance(two, three) + 1e-12


def test_only_what_is_reached_counts() -> None:
    tree = unroll(load_preset("war-example").compile())
    first = uniform_profile(tree)
    tables = [table.copy() for table in first.stages]
    tables[0][:, 0] = [1, 0, 0, 0]  # only A's high type, of probability 0.67, changes: from thirds to certainty
    second = BehaviourProfile(tree, tuple(tables))
    assert play_distance(first, second) == pytest.approx(0.67 * 2 / 3)


def test_play_that_shares_nothing_is_at_distance_one_and_small_differences_add_up_to_less() -> None:
    """In Kuhn poker: always passing and always betting share no play. Betting with probability e instead of never, at
    every information set, leaves (1 - e)^2 of the play pass, pass: no play is as likely as before but that one."""
    tree = unroll(load_preset("kuhn-poker").compile())

    def bets(share: float) -> BehaviourProfile:
        tables = [np.zeros_like(table) for table in uniform_profile(tree).stages]
        for stage, table in zip(tree.stages, tables, strict=True):
            table[...] = np.array([1 - share, share])
            table[~tree.moves.legal[stage.state].all(axis=2)] = [1, 0]
        return BehaviourProfile(tree, tuple(tables))

    assert play_distance(bets(0), bets(1)) == pytest.approx(1)
    assert play_distance(bets(0), bets(0.1)) == pytest.approx(1 - 0.9**2)
