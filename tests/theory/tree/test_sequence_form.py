"""Realisation plans against behaviour: the same payoffs, the same plays, there and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_games import RandomGame

from olivebranch.games.base import compile_game
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import random_profile, uniform_profile
from olivebranch.theory.tree.sequence_form import sequence_form


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from((2, 3)))
def test_payoffs_and_plays_follow_from_the_plan(seed: int, n_players: int) -> None:
    generator = np.random.default_rng(seed)
    tree = unroll(compile_game(RandomGame(generator, n_players)))
    form = sequence_form(tree)
    one, other = random_profile(tree, generator), random_profile(tree, generator)
    plan = form.plan(one)
    values = (form.payoffs.values * plan[form.payoffs.sequences].prod(axis=1)[:, None]).sum(axis=0)
    assert values == pytest.approx(evaluate(one).values, abs=1e-12)
    plays = form.plays(plan)
    assert plays.sum() == pytest.approx(1)
    assert np.abs(plays - form.plays(form.plan(other))).sum() / 2 == pytest.approx(play_distance(one, other))
    back = form.profile(plan, uniform_profile(tree))
    for table, again in zip(one.stages, back.stages, strict=True):
        assert again == pytest.approx(table, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_plans_obey_the_linear_constraints(seed: int) -> None:
    generator = np.random.default_rng(seed)
    tree = unroll(compile_game(RandomGame(generator, 2)))
    form = sequence_form(tree)
    plan = form.plan(random_profile(tree, generator))
    owned = form.information_set >= 0
    leaving = np.bincount(form.information_set[owned], weights=plan[owned], minlength=len(form.parent))
    assert leaving == pytest.approx(plan[form.parent])
    assert plan[: form.roots] == pytest.approx(1)
    sizes = np.bincount(form.information_set[owned])
    assert (form.owner[form.parent] == form.owner[owned][np.cumsum(sizes) - 1]).all()


def test_kuhn_poker_has_the_sequences_of_the_textbook() -> None:
    """Twelve a player besides the empty ones: at two information sets a card two actions each."""
    form = sequence_form(unroll(load_preset("kuhn-poker").compile()))
    assert form.size - form.roots == 2 * 3 * 2 * 2
    assert len(form.parent) == 12
    assert len(form.endings) == 6 * 5  # six deals, five plays each


def test_behaviour_is_taken_from_elsewhere_where_the_own_plan_never_comes() -> None:
    tree = unroll(load_preset("kuhn-poker").compile())
    form, uniform = sequence_form(tree), uniform_profile(tree)
    tables = [table.copy() for table in uniform.stages]
    tables[0][0, :3] = [0, 1]  # the first player always bets, and so never answers a bet
    plan = form.plan(type(uniform)(tree, tuple(tables)))
    back = form.profile(plan, uniform)
    assert back.stages[0][0, :3] == pytest.approx(tables[0][0, :3])
    assert back.stages[2][:, :3] == pytest.approx(uniform.stages[2][:, :3])
