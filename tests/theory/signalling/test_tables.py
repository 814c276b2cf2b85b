"""Tables and profiles say the same, and another unit of payoff changes no equilibrium."""

import numpy as np
import pytest

from olivebranch.games.kuhn import compile_kuhn
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.tables import in_unit_payoffs, stages_of, tables_of
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile


def form(name: str) -> SignallingGame:
    return load_preset(name).parameters_as(SignallingGame)


@pytest.mark.parametrize("name", ["brandts-holt-3", "banks-camerer-porter-10"])
def test_tables_go_to_a_profile_and_back_and_are_worth_what_they_are(name: str) -> None:
    game = form(name)
    tree = unroll(game.compile())
    generator = np.random.default_rng(0)
    sender = generator.dirichlet(np.ones(game.shape[1]), size=game.shape[0])
    receiver = generator.dirichlet(np.ones(game.shape[2]), size=game.shape[1])
    stages = stages_of(tree, sender, receiver)
    profile = uniform_profile(tree).copy()
    acting = [stage.sum(axis=2) > 0 for stage in stages]
    for table, stage, rows in zip(profile.stages, stages, acting, strict=True):
        table[rows] = stage[rows]
    found = tables_of(BehaviourProfile(tree, profile.stages))
    np.testing.assert_allclose(found[0], sender)
    np.testing.assert_allclose(found[1], receiver)
    prior = np.array(game.prior, dtype=float)
    ours = np.array([game.sender_payoffs, game.receiver_payoffs], dtype=float)
    worth = np.einsum("t,tm,ma,ptma->p", prior, sender, receiver, ours)
    np.testing.assert_allclose(evaluate(profile).values, worth)


@pytest.mark.parametrize("name", preset_names("signalling"))
def test_unit_payoffs_run_from_0_to_1_and_keep_every_equilibrium(name: str) -> None:
    game = form(name)
    unit = in_unit_payoffs(game)
    for table in (unit.sender_payoffs, unit.receiver_payoffs):
        assert (np.min(table), np.max(table)) == (0, 1)
    ours, theirs = (
        [[piece.sender_vertices + piece.receiver_vertices for piece in one.pieces] for one in found.components]
        for found in (enumerate_equilibria(game), enumerate_equilibria(unit))
    )
    assert ours == theirs


def test_a_game_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="signalling"):
        tables_of(uniform_profile(unroll(compile_kuhn())))
