"""What is known of a game's equilibria, by what the game is, and the distance to the nearest."""

from collections.abc import Sequence
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.equilibrium import equilibrium_policies
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.registry import NamedGame, find_game, load_preset, preset_names
from olivebranch.games.rules import Action
from olivebranch.theory.equilibria import reference as references
from olivebranch.theory.equilibria.closed_forms import kuhn_equilibrium
from olivebranch.theory.equilibria.enumerated import enumerate_components
from olivebranch.theory.equilibria.reference import Source, equilibrium_profile, reference_of
from olivebranch.theory.signalling.numbers import EnumerationTooLarge
from olivebranch.theory.talks.demonstration import solve_demonstration
from olivebranch.theory.tree.dynamics import cfr_plus, starts
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, build_profile, uniform_profile


def tree_of(preset: str) -> GameTree:
    return unroll(load_preset(preset).compile())


def demonstration_profile(tree: GameTree, name: str, shift: float = 0.0) -> BehaviourProfile:
    """The equilibrium of that name at the lower end of its off-path replies, escalation raised by ``shift``."""
    parameters = load_preset(name).parameters
    (equilibrium,) = solve_demonstration(parameters)
    escalate = {}
    for number, (least, _) in enumerate(equilibrium.escalate):
        escalate[number // 2 == 1, number % 2] = least + (shift if number not in equilibrium.messages else 0.0)
    demonstrates = np.array(equilibrium.messages) >= 2
    offers = np.array(equilibrium.messages) % 2 == 1

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        result = np.zeros((len(own_type), tree.game.n_actions))
        for row, (kind, number) in enumerate(zip(own_type.tolist(), public_state.tolist(), strict=True)):
            state = tree.game.states[number]
            if state == "opening":
                result[row, Action.DEMONSTRATE if demonstrates[kind] else Action.FIGHT] = 1
            elif seat == 0:
                result[row, Action.OFFER_TALKS if offers[kind] else Action.FIGHT] = 1
            else:
                after_offer = bool(tree.game.legal[number, 1, Action.OFFER_TALKS])
                share = escalate[state[0], int(after_offer)]
                result[row, Action.ESCALATE] = share
                result[row, Action.OFFER_TALKS if after_offer else Action.FIGHT] = 1 - share
        return result

    return build_profile(tree, behaviour)


def test_talks_play_by_the_book_is_at_its_component() -> None:
    preset = load_preset("weak-blend-in")
    reference = reference_of(find_game("weak-blend-in"))
    assert set(reference.names) == set(preset.equilibria)
    assert reference.text == "closed form"
    assert reference.complete
    for name in reference.names:
        profile = behaviour_of(tree_of("weak-blend-in"), equilibrium_policies(preset.parameters, name))
        nearest = reference.nearest(profile)
        assert (nearest.component, nearest.reached) == (name, True)
        assert nearest.on_path == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["costly-signal", "costly-signal-desperate"])
def test_the_demonstration_equilibrium_is_at_distance_zero(name: str) -> None:
    preset, tree = load_preset(name), tree_of(name)
    reference = reference_of(find_game(name))
    assert reference.names == preset.equilibria
    assert not reference.complete
    nearest = reference.nearest(demonstration_profile(tree, name))
    assert nearest.component == preset.equilibria[0]
    assert nearest.on_path == pytest.approx(0, abs=1e-12)
    assert nearest.off_path == pytest.approx(0, abs=1e-12)
    assert nearest.reached
    assert not reference.nearest(uniform_profile(tree)).reached


def test_uniform_play_of_the_demonstration_game_is_seven_eighths_away() -> None:
    """A type sends its equilibrium message with 1/4, the reply to it is theirs with 1/2: an overlap of 1/8."""
    reference = reference_of(find_game("costly-signal"))
    assert reference.nearest(uniform_profile(tree_of("costly-signal"))).on_path == pytest.approx(7 / 8)


def test_where_the_closed_form_has_nothing_the_equilibria_are_enumerated() -> None:
    """A demonstration that the weak can afford as well separates nobody; but there are other equilibria."""
    game = find_game("costly-signal", {"demonstration_cost_low": 0.0})
    assert solve_demonstration(game.parameters) == ()
    reference = reference_of(game)
    assert reference.source is Source.ENUMERATION
    assert reference.complete
    for name in reference.names:
        nearest = reference.nearest(equilibrium_profile(game, name))
        assert (nearest.component, nearest.reached) == (name, True)
        assert evaluate(equilibrium_profile(game, name)).nash_conv == pytest.approx(0, abs=1e-12)


@settings(max_examples=15)
@given(st.floats(0, 1 / 3))
def test_every_equilibrium_of_kuhn_poker_is_known(jack_bets: float) -> None:
    nearest = reference_of(find_game("kuhn-poker")).nearest(kuhn_equilibrium(tree_of("kuhn-poker"), jack_bets))
    assert nearest.on_path == pytest.approx(0, abs=1e-12)
    assert nearest.reached


def test_distance_to_kuhns_family_is_the_least_over_it() -> None:
    """The second player's jack bets after a pass with probability 1 in place of 1/3, all else at a = 0.

    That information set is met with 1/3 of all deals (jack) times the probability of a pass, one at a = 0 and less
    at other a; so a = 0 is nearest in play, at 1/3 * 2/3.
    """
    profile = kuhn_equilibrium(tree_of("kuhn-poker"), 0.0)
    tree = profile.tree
    row = [tree.game.states[number] for number in tree.stages[1].state].index("p")
    profile.of(1, 1)[row, 0] = [0.0, 1.0]
    nearest = reference_of(find_game("kuhn-poker")).nearest(profile)
    assert nearest.on_path == pytest.approx(2 / 9, abs=1e-12)
    assert not nearest.reached


def test_what_a_war_reference_names_are_equilibria_numerically_and_far_apart() -> None:
    game, tree = find_game("war-example"), tree_of("war-example")
    reference = reference_of(game)
    assert reference is reference_of(find_game("war-example"))  # searched for once
    assert reference.names == ("resilient A fights on, weak A offers in period 1; B offers in period 1",)
    assert reference.source is Source.NUMERICAL
    assert not reference.complete
    assert reference.gap <= 1e-6
    assert reference.text.startswith("numerical, NashConv <= ")
    start = list(starts(tree, np.random.default_rng(7), 2))[1]
    nearest = reference.nearest(cfr_plus(start, steps=500).profile)
    assert nearest.reached
    assert nearest.off_path is None
    assert not reference.nearest(uniform_profile(tree)).reached


@pytest.mark.slow
@pytest.mark.parametrize("name", preset_names("war"))
def test_every_war_preset_has_equilibria_polished_to_a_millionth(name: str) -> None:
    reference = reference_of(find_game(name))
    assert reference.names
    assert reference.gap <= 1e-6
    for equilibrium in reference.names:
        assert evaluate(equilibrium_profile(find_game(name), equilibrium)).nash_conv <= 1e-6


def test_a_game_that_is_too_large_for_a_search_has_no_reference_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "MOST_HISTORIES", 10)
    game = find_game("war-example", {"face_cost": 0.11})
    reference = reference_of(game)
    assert reference.source is Source.NONE
    assert reference.names == ()
    assert reference.note == "the tree has 17 histories, and a search is made up to 10"
    nearest = reference.nearest(uniform_profile(unroll(game.compiled)))
    assert nearest.component == "none"
    assert isnan(nearest.on_path)
    assert not nearest.reached
    with pytest.raises(ParameterError, match=r"equilibrium = 'any': expected an equilibrium that is known .*: none is"):
        equilibrium_profile(game, "any")


def test_a_signalling_game_that_is_too_large_to_enumerate_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Sequence[object]:
        raise EnumerationTooLarge("listing all equilibria takes more than 5 steps")

    game = find_game("costly-signal", {"demonstration_cost_low": 0.0, "face_cost": 0.01})
    monkeypatch.setattr(references, "enumerate_components", refuse)
    reference = reference_of(game)
    assert reference.source is Source.NUMERICAL
    assert reference.note == "listing all equilibria takes more than 5 steps"
    assert reference.gap <= 1e-6
    assert enumerate_components is not refuse


@pytest.mark.parametrize("spec", ["rival-expectations", "weak-blend-in", "costly-signal", "kuhn-poker", "war-example"])
def test_every_known_equilibrium_can_be_had_by_name(spec: str) -> None:
    game = find_game(spec)
    for name in reference_of(game).names:
        profile = equilibrium_profile(game, name)
        assert evaluate(profile).nash_conv == pytest.approx(0, abs=1e-9)
        nearest = reference_of(game).nearest(profile)
        assert (nearest.component, nearest.reached) == (name, True)
        assert nearest.on_path == pytest.approx(0, abs=1e-9)


def test_an_equilibrium_of_the_talks_game_plays_as_its_policies_do() -> None:
    game = find_game("weak-blend-in")
    for name in reference_of(game).names:
        by_policies = behaviour_of(tree_of("weak-blend-in"), equilibrium_policies(game.parameters, name))
        for table, other in zip(equilibrium_profile(game, name).stages, by_policies.stages, strict=True):
            assert table == pytest.approx(other)


def test_an_equilibrium_that_is_not_known_is_refused_in_one_line() -> None:
    game = find_game("rival-expectations")
    with pytest.raises(ParameterError, match=r"equilibrium = 'no-talk': expected .* known of this game: .*pool-fight"):
        equilibrium_profile(game, "no-talk")


def test_games_of_one_name_but_other_parameters_have_references_of_their_own() -> None:
    assert isinstance(find_game("rival-expectations"), NamedGame)
    changed = find_game("rival-expectations", {"pressure": 0.9})
    assert reference_of(changed).components != reference_of(find_game("rival-expectations")).components
