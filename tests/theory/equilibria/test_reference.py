"""What is known of a game's equilibria, and the distance to the nearest."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.equilibrium import equilibrium_policies
from olivebranch.core.errors import ParameterError
from olivebranch.eval.reference import LARGEST_GAP, kuhn_equilibrium, reference_of
from olivebranch.games.actions import Action
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.kuhn import KuhnParameters
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.theory.talks.demonstration import solve_demonstration
from olivebranch.theory.tree.dynamics import cfr_plus, starts
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
    reference = reference_of("talks", preset.parameters)
    assert set(reference.names) == set(preset.equilibria)
    assert reference.source == "closed form"
    for name in reference.names:
        profile = behaviour_of(tree_of("weak-blend-in"), equilibrium_policies(preset.parameters, name))
        nearest = reference.nearest(profile)
        assert (nearest.component, nearest.reached) == (name, True)
        assert nearest.on_path == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["costly-signal", "costly-signal-desperate"])
def test_the_demonstration_equilibrium_is_at_distance_zero(name: str) -> None:
    preset, tree = load_preset(name), tree_of(name)
    reference = reference_of("demonstration", preset.parameters)
    assert reference.names == preset.equilibria
    nearest = reference.nearest(demonstration_profile(tree, name))
    assert nearest.component == preset.equilibria[0]
    assert nearest.on_path == pytest.approx(0, abs=1e-12)
    assert nearest.off_path == pytest.approx(0, abs=1e-12)
    assert nearest.reached
    assert not reference.nearest(uniform_profile(tree)).reached


def test_uniform_play_of_the_demonstration_game_is_seven_eighths_away() -> None:
    """A type sends its equilibrium message with 1/4, the reply to it is theirs with 1/2: an overlap of 1/8."""
    reference = reference_of("demonstration", load_preset("costly-signal").parameters)
    assert reference.nearest(uniform_profile(tree_of("costly-signal"))).on_path == pytest.approx(7 / 8)


def test_without_a_known_equilibrium_nothing_is_reached() -> None:
    """A demonstration that the weak can afford as well separates nobody."""
    values = load_preset("costly-signal").parameters.as_dict() | {"demonstration_cost_low": 0.0}
    parameters = type(load_preset("costly-signal").parameters).from_mapping(values)
    assert solve_demonstration(parameters) == ()
    reference = reference_of("demonstration", parameters)
    nearest = reference.nearest(uniform_profile(tree_of("costly-signal")))
    assert reference.names == ()
    assert nearest.component == "none"
    assert isnan(nearest.on_path)
    assert not nearest.reached


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 1 / 3))
def test_every_equilibrium_of_kuhn_poker_is_known(jack_bets: float) -> None:
    nearest = reference_of("kuhn", KuhnParameters()).nearest(kuhn_equilibrium(jack_bets))
    assert nearest.on_path == pytest.approx(0, abs=1e-3)
    assert nearest.reached


def test_distance_to_kuhns_family_is_the_least_over_it() -> None:
    """The second player's jack bets after a pass with probability 1 in place of 1/3, all else at a = 0.

    That information set is met with 1/3 of all deals (jack) times the probability of a pass, one at a = 0 and less
    at other a; so a = 0 is nearest in play, at 1/3 * 2/3.
    """
    profile = kuhn_equilibrium(0.0)
    tree = profile.tree
    row = [tree.game.states[number] for number in tree.stages[1].state].index("p")
    profile.of(1, 1)[row, 0] = [0.0, 1.0]
    nearest = reference_of("kuhn", KuhnParameters()).nearest(profile)
    assert nearest.on_path == pytest.approx(2 / 9, abs=1e-6)
    assert not nearest.reached


def test_what_a_war_reference_names_are_equilibria_numerically_and_far_apart() -> None:
    tree, parameters = tree_of("war-example"), load_preset("war-example").parameters
    reference = reference_of("war", parameters)
    assert reference is reference_of("war", parameters)  # searched for once
    assert reference.names == ("numerical-1",)
    assert reference.source.startswith("numerical, NashConv <= ")
    assert float(reference.source.rpartition(" ")[2]) <= LARGEST_GAP
    start = list(starts(tree, np.random.default_rng(7), 2))[1]
    nearest = reference.nearest(cfr_plus(start, steps=500).profile)
    assert nearest.reached
    assert nearest.off_path is None
    assert not reference.nearest(uniform_profile(tree)).reached


@pytest.mark.slow
@pytest.mark.parametrize("name", preset_names("war"))
def test_every_war_preset_has_a_reference(name: str) -> None:
    reference = reference_of("war", load_preset(name).parameters)
    assert reference.names
    assert float(reference.source.rpartition(" ")[2]) <= LARGEST_GAP


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(ParameterError, match="rules = 'chess': expected one of talks, demonstration, kuhn, war"):
        reference_of("chess", None)
