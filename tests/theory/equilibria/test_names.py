"""Names of equilibria: what is played, in the game's words; each has its own, in whatever order they are found."""

from itertools import permutations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_games import RandomGame

from olivebranch.games.base import FloatArray, IntArray, compile_game
from olivebranch.games.registry import find_game
from olivebranch.games.rules import Action
from olivebranch.theory.equilibria.closed_forms import kuhn_equilibrium
from olivebranch.theory.equilibria.names import history_words, names_of, unique
from olivebranch.theory.tree.histories import GameTree, estimate, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, build_profile, random_profile, uniform_profile


def war_profile(tree: GameTree, offers: dict[tuple[int, int, int], float]) -> BehaviourProfile:
    """Everybody fights on, but offers with the probability given by seat, type and period."""

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        result = np.zeros((len(own_type), tree.game.n_actions))
        for row, (kind, number) in enumerate(zip(own_type.tolist(), public_state.tolist(), strict=True)):
            share = offers.get((seat, kind, tree.game.states[number].period), 0.0)
            result[row, Action.OFFER_TALKS], result[row, Action.FIGHT] = share, 1 - share
        return result

    return build_profile(tree, behaviour)


def test_a_war_is_named_by_when_talks_are_first_offered() -> None:
    tree = unroll(find_game("war-korea-1951-confident").compiled)
    profile = war_profile(tree, {(0, 1, 2): 1.0, (1, 0, 1): 1.0, (1, 1, 1): 1.0})
    assert names_of([profile]) == ("resilient A fights on, weak A offers in period 2; B offers in period 1",)
    rarely = war_profile(tree, {(0, 0, 1): 0.5, (0, 1, 1): 0.5, (1, 0, 3): 0.3})
    assert names_of([rarely]) == (
        "A sometimes offers in period 1; resilient B sometimes offers in period 3, weak B fights on",
    )


def test_a_patron_withholds_or_gives_aid() -> None:
    tree = unroll(find_game("war-ukraine-2022").compiled)
    profile = war_profile(tree, {(2, 1, 1): 1.0})
    assert names_of([profile]) == (
        "A fights on; B fights on; resolute patron gives aid, weary patron withholds aid in period 1",
    )


def test_equilibria_that_sound_the_same_are_told_apart_by_how_often_and_only_these() -> None:
    tree = unroll(find_game("war-example").compiled)
    profiles = [war_profile(tree, {(0, 0, 1): share}) for share in (0.25, 0.75)]
    other = war_profile(tree, {(1, 0, 1): 1.0, (1, 1, 1): 1.0})
    assert names_of([*profiles, other]) == (
        "resilient A sometimes offers in period 1 with 0.25, weak A fights on; B fights on",
        "resilient A sometimes offers in period 1 with 0.75, weak A fights on; B fights on",
        "A fights on; B offers in period 1",
    )


def test_other_games_are_named_by_first_decisions_and_then_by_where_they_differ() -> None:
    tree = unroll(find_game("kuhn-poker").compiled)
    (name,) = names_of([kuhn_equilibrium(tree, 1 / 3)])
    assert name.startswith("jack first pass/bet; queen first pass; king first bet; ")
    ends = names_of([kuhn_equilibrium(tree, 0.0), kuhn_equilibrium(tree, 0.02)])
    assert len(set(ends)) == 2


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from((2, 3)))
def test_names_are_distinct_and_do_not_depend_on_the_order(seed: int, n_players: int) -> None:
    generator = np.random.default_rng(seed)
    tree = unroll(compile_game(RandomGame(generator, n_players)))
    assume(estimate(tree.game).information_sets > 0)  # where nobody has a choice, the three profiles are one
    profiles = [uniform_profile(tree), *(random_profile(tree, generator) for _ in range(2))]
    names = names_of(profiles)
    assert len(set(names)) == len(names)
    for order in permutations(range(3)):
        assert names_of([profiles[k] for k in order]) == tuple(names[k] for k in order)


def test_histories_are_told_in_the_words_of_who_had_a_choice() -> None:
    tree = unroll(find_game("kuhn-poker").compiled)
    words = {history_words(tree, t, row) for t, stage in enumerate(tree.stages) for row in range(len(stage))}
    assert words == {"", "pass", "bet", "pass, bet"}
    war = unroll(find_game("war-example").compiled)
    assert "FIGHT and ESCALATE and the front holds" in {history_words(war, 1, row) for row in range(16)}


def test_a_number_follows_names_that_were_there_before() -> None:
    assert unique(["a", "b", "a", "a"]) == ("a", "b", "a (2)", "a (3)")
