"""Kuhn poker: Kuhn's own equilibria (1950) are equilibria, and all have his value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.games import ParameterError
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.kuhn import GAME_VALUE, KuhnParameters, compile_kuhn, equilibrium_behaviour
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import estimate, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, build_profile

TREE = unroll(compile_kuhn())


def profile(table: dict[tuple[int, int, str], float]) -> BehaviourProfile:
    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        states = [TREE.game.states[number] for number in public_state]
        bets = np.array([table[seat, card, state] for card, state in zip(own_type.tolist(), states, strict=True)])
        return np.stack([1 - bets, bets], axis=1)

    return build_profile(TREE, behaviour)


@settings(deadline=None)
@given(st.floats(0, 1 / 3))
def test_all_of_kuhns_equilibria_have_no_gain_and_his_value(jack_bets: float) -> None:
    result = evaluate(profile(equilibrium_behaviour(jack_bets)))
    assert result.nash_conv == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(result.values, [GAME_VALUE, -GAME_VALUE], atol=1e-12)


def test_just_outside_of_the_family_there_is_a_gain() -> None:
    """With a = 1/4 the king bets 3/4; at 0.9 the second player's queen gains by folding more often."""
    table = equilibrium_behaviour(0.25) | {(0, 2, ""): 0.9}
    assert evaluate(profile(table)).nash_conv > 0.001
    with pytest.raises(ParameterError, match=r"jack_bets = 0\.5: expected a number in \[0, 1/3\]"):
        equilibrium_behaviour(0.5)


def test_twelve_information_sets_and_no_parameters() -> None:
    assert estimate(load_preset("kuhn-poker").compile()).information_sets == 12
    assert KuhnParameters.from_mapping({}).as_dict() == {}
    with pytest.raises(ParameterError, match="stakes = 3"):
        KuhnParameters.from_mapping({"stakes": 3})
