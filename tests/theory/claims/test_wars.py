"""C10 and C11: wars of each place, and what is read off play in them, by hand."""

import numpy as np
import pytest

from olivebranch.games.rules import Action
from olivebranch.theory.claims.play import PLACES
from olivebranch.theory.claims.wars import (
    LEVELS,
    WILLS,
    patron_play,
    push_backfires,
    random_war,
    solve_war,
    war_of,
    war_play,
    weak_first,
)
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile


def test_places_differ_in_what_is_hidden() -> None:
    for place in PLACES:
        for number in range(20):
            generator = np.random.default_rng(number)
            p = war_of(place, 2, False, generator).game.parameters  # type: ignore[attr-defined]
            low, high = LEVELS[place]
            for levels in (p.breakthrough_a, p.breakthrough_b):
                assert low - 1e-9 <= levels[1] - levels[0] <= max(high, 1e-6) + 1e-9
            patron = war_of(place, 2, True, generator).game.parameters.patron  # type: ignore[attr-defined]
            low, high = WILLS[place]
            assert low - 1e-12 <= patron.aid_cost[1] - patron.aid_cost[0] <= high + 1e-12


def test_wars_depend_on_the_generator_alone() -> None:
    assert random_war(np.random.default_rng(3)) == random_war(np.random.default_rng(3))
    assert random_war(np.random.default_rng(3)) != random_war(np.random.default_rng(4))


def offering(profile: BehaviourProfile, side: int, column: int, share: float) -> None:
    """Have one type of a side offer with that probability at the first stage, and fight otherwise."""
    tree = profile.tree
    row = profile.stages[0][0, tree.types_of(side).start + column]
    row[:] = 0.0
    row[Action.OFFER_TALKS], row[Action.FIGHT] = share, 1 - share


def test_hazards_are_those_of_the_first_period_and_the_weak_are_found_first() -> None:
    tree = unroll(war_of("inside", 2, False, np.random.default_rng(1)))
    profile = uniform_profile(tree).copy()
    offering(profile, 0, 0, 0.2)
    offering(profile, 0, 1, 0.7)
    play = war_play(profile)
    assert play.hazard.shape == (2, 2, 2)
    np.testing.assert_allclose(play.hazard[0], [[0.2, 0.7], [1 / 3, 1 / 3]])
    # A's weak type: first in period 1, or in period 2 with probability 1/3 unless the war is over by then.
    assert 0.7 < play.ever[0, 1] <= 0.7 + 0.3 / 3
    np.testing.assert_array_equal(weak_first(play.hazard), [1.0, np.nan])
    offering(profile, 0, 0, 0.9)
    np.testing.assert_array_equal(weak_first(war_play(profile).hazard), [0.0, np.nan])
    # Talks open if both offer: A's resilient and weak type with 0.9 and 0.7, B's with a third in period 1, and so on.
    assert 0.7 / 3 < war_play(profile).talks < 1


def test_belief_and_replies_after_the_patrons_moves() -> None:
    tree = unroll(war_of("inside", 2, True, np.random.default_rng(2)))
    profile = uniform_profile(tree).copy()
    patron = tree.types_of(2).start
    for column, aids in ((0, 0.8), (1, 0.4)):  # resolute, weary; FIGHT is to go on giving aid
        row = profile.stages[0][0, patron + column]
        row[:] = 0.0
        row[Action.FIGHT], row[Action.OFFER_TALKS] = aids, 1 - aids
    found = patron_play(profile)
    np.testing.assert_allclose(found.reach, [0.6, 0.4])  # the two wills are as likely
    np.testing.assert_allclose(found.belief, [0.4 / 0.6, 0.1 / 0.4])  # Bayes
    np.testing.assert_allclose(found.escalates, [1 / 3, 1 / 3])
    assert push_backfires(found.row) == 0  # it shows low will, and nobody reacts
    harsher = found.row.copy()
    harsher[2, 1] += 0.2
    assert push_backfires(harsher) == 1
    held = found.row.copy()
    held[3, 1] -= 0.2
    assert push_backfires(held) == 1
    rare = harsher.copy()
    rare[0] = 0.999, 0.001
    assert np.isnan(push_backfires(rare))
    assert push_backfires(np.stack([harsher, found.row])).tolist() == [1, 0]


def test_a_move_that_never_occurs_has_no_belief() -> None:
    tree = unroll(war_of("inside", 2, True, np.random.default_rng(2)))
    profile = uniform_profile(tree).copy()
    part = tree.types_of(2)
    profile.stages[0][0, part] = np.eye(tree.game.n_actions)[Action.FIGHT]
    found = patron_play(profile)
    assert found.reach[1] == 0
    assert np.isnan(found.belief[1])
    assert np.isnan(push_backfires(found.row))


@pytest.mark.parametrize("patron", [False, True])
def test_what_the_solvers_give_is_an_equilibrium_or_nothing(patron: bool) -> None:
    tree = unroll(war_of("inside", 2, patron, np.random.default_rng(5)))
    found = solve_war(tree)
    assert len(found) == 2
    assert any(one is not None for one in found)
    for one in found:
        if one is not None:
            assert evaluate(one.profile).nash_conv <= 1e-4
    assert solve_war(tree, 1, 1) == (None, None)
