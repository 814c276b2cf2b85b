"""Hazards of a first offer: by hand under uniform play, and in the model's example, where the weak offer first."""

import numpy as np
import pytest

from olivebranch.games.registry import load_preset
from olivebranch.games.rules import Action
from olivebranch.theory.tree.dynamics import cfr_plus
from olivebranch.theory.tree.first_use import first_use
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile


def test_under_uniform_play_the_hazard_is_one_third_and_risk_falls_with_it() -> None:
    tree = unroll(load_preset("war-example").compile())
    offers = first_use(uniform_profile(tree), 0, Action.OFFER_TALKS)
    np.testing.assert_allclose(offers.hazard, 1 / 3)
    np.testing.assert_allclose(offers.at_risk[0], 1.0)
    # 2/3 have not offered in period 1; from x = 3 the war is over early if A alone breaks through
    game, risk = tree.game, np.zeros(2)
    goes_on = (game.edge_source == 0) & ~game.terminal[game.edge_next]
    not_offered = game.joint_actions(game.edge_joint)[:, 0] != Action.OFFER_TALKS
    for edge in np.flatnonzero(goes_on & not_offered):
        np.add.at(risk, game.profile_types[:, 0], game.prior * game.edge_probability[edge] / 9)
    np.testing.assert_allclose(offers.at_risk[1], risk / [0.67, 0.33])
    np.testing.assert_allclose(offers.ever, offers.at_risk.sum(axis=0) / 3)


def test_in_the_models_example_the_weak_offer_first() -> None:
    tree = unroll(load_preset("war-example").compile())
    offers = first_use(cfr_plus(uniform_profile(tree), steps=200).profile, 0, Action.OFFER_TALKS)
    assert offers.hazard[0] == pytest.approx([0.0, 1.0], abs=1e-3)


def test_a_forced_action_is_no_first_use() -> None:
    tree = unroll(load_preset("war-sino-indian-1962").compile())
    fights = first_use(uniform_profile(tree), 1, Action.FIGHT)
    assert np.isnan(fights.hazard[0]).all()  # A moves first, B has no choice
    np.testing.assert_allclose(fights.hazard[1], 1 / 3)
