"""Kuhn poker, Leduc poker and liar's dice: our values and NashConv against OpenSpiel's, and golden values."""

import numpy as np
import pytest

pytest.importorskip("pyspiel", reason="OpenSpiel is the reference here")
import pyspiel
from openspiel_bridge import openspiel_policy, openspiel_values

from olivebranch.games.base import Game, compile_game
from olivebranch.games.kuhn import KuhnPoker
from olivebranch.games.yardsticks import LeducPoker, LiarsDice
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile, uniform_profile

# Kuhn, uniform: showdowns are even by symmetry; a bet is folded to with probability 1/4 (+1 for the first player)
# and a check-raise with 1/8 (-1), so the value is 1/8. Best responses: the first player bets everything, worth
# (-1/2 + 1/2 + 3/2) / 3 = 1/2; the second bets after a pass (-1/2, 1/2, 3/2) and calls with Q and K (-1, 0, 2), worth
# (-3/4 + 1/4 + 7/4) / 3 = 5/12. NashConv = (1/2 - 1/8) + (5/12 + 1/8) = 11/12.
# Leduc and liar's dice: from OpenSpiel 2.0.2; Leduc's value is that of the folds alone, for the same reason.
GOLDEN = {
    KuhnPoker: (1 / 8, 11 / 12),
    LeducPoker: (-5 / 64, 4.747222222222222),
    LiarsDice: (-7 / 216, 1.5614886463844795),
}


def check_against_openspiel(profile: BehaviourProfile) -> None:
    result = evaluate(profile)
    spiel, policy = openspiel_policy(profile)
    np.testing.assert_allclose(result.values, openspiel_values(spiel, policy), atol=1e-9)
    assert result.nash_conv == pytest.approx(pyspiel.nash_conv(spiel, policy), abs=1e-9)


@pytest.mark.parametrize("rules", GOLDEN)
def test_uniform_play_has_the_known_value_and_nash_conv(rules: type[Game]) -> None:
    result = evaluate(uniform_profile(unroll(compile_game(rules()))))
    value, nash_conv = GOLDEN[rules]
    assert result.values == pytest.approx([value, -value], abs=1e-12)
    assert result.nash_conv == pytest.approx(nash_conv, abs=1e-9)


@pytest.mark.parametrize("rules", [KuhnPoker, LeducPoker])
@pytest.mark.parametrize("seed", range(5))
def test_random_play_is_worth_the_same_in_openspiel(rules: type[Game], seed: int) -> None:
    tree = unroll(compile_game(rules()))
    check_against_openspiel(random_profile(tree, np.random.default_rng(seed)))


@pytest.mark.slow
def test_random_play_of_liars_dice_is_worth_the_same_in_openspiel() -> None:
    tree = unroll(compile_game(LiarsDice()))
    check_against_openspiel(random_profile(tree, np.random.default_rng(0)))
