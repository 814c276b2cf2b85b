"""The closed forms of the talks game: goldens, coverage, impossibility, exactness, monotone facts."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from olivebranch.games.base import FloatArray
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import TalksColumns, TalksParameters, each_game
from olivebranch.theory.talks.check import check_equilibrium
from olivebranch.theory.talks.kernel import EXISTS, ROWS, solve_array
from olivebranch.theory.talks.solve import EQUILIBRIUM_NAMES, adverse_inference, solve_many, solve_talks, thresholds
from tests.strategies import random_parameters, talks_parameters

IMPOSSIBLE = ("high-talks", "low-fights-high-mixes")  # docs/model.md, section 2: talking never marks strength


@pytest.mark.parametrize("name", preset_names("talks"))
def test_a_preset_has_the_components_that_its_file_names(name: str) -> None:
    preset = load_preset(name)
    solution = solve_talks(preset.parameters)
    assert solution.names == preset.equilibria
    assert solution.knife_edges == ()


def test_presets_cover_every_row_that_can_occur_and_one_has_three_at_once() -> None:
    found = [solve_talks(load_preset(name).parameters).names for name in preset_names("talks")]
    assert {row for names in found for row in names} == set(EQUILIBRIUM_NAMES) - set(IMPOSSIBLE)
    assert max(len(names) for names in found) == 3


def test_golden_three_components() -> None:
    # rival-expectations: k_T = (.38 + 0 + .22)/.96 = .625, mu_T = (.95 - .625)/.9 = .36111; k_F = .38/.21 > ℓ_L, so the
    # receiver never escalates after fighting. pool-fight: q >= max over ℓ of (.38 + .79 ℓ)/(.83 + .96 ℓ), the larger
    # at ℓ_L = .95: 1.1305/1.742 = .648967. low-talks-high-mixes: x_H = mu_T (1-π)/(π (1-mu_T)) = .44410,
    # q from D_H = 0: (.38 + .79*.05)/(.83 + .96*.05) = .4195/.878 = .477790.
    solution = solve_talks(load_preset("rival-expectations").parameters)
    belief = (0.95 - 0.625) / 0.9
    assert solution["pool-fight"].escalate_after_offer == pytest.approx((1.1305 / 1.742, 1))
    assert solution["pool-fight"].belief_after_offer == pytest.approx((0, belief))
    mixed = solution["low-talks-high-mixes"]
    assert mixed.offer_high == pytest.approx(belief * 0.44 / (0.56 * (1 - belief)))
    assert mixed.escalate_after_offer == pytest.approx((0.4195 / 0.878,) * 2)
    assert mixed.belief_after_fight == (1, 1)
    assert solution["pool-talk"].belief_after_fight == (0, 1)


def test_golden_mixed_on_both_sides() -> None:
    # weak-blend-in: k_F = .12/.3 = .4, mu_F = (.8 - .4)/.64 = .625; x_L = 1 - π(1-mu_F)/(mu_F(1-π))
    # = 1 - .4*.375/(.625*.6) = .6; r from D_L(1, r) = -.27 + .8 (.7 + .3 r - .5) = 0: r = (.3375 - .2)/.3 = .458333.
    (component,) = solve_talks(load_preset("weak-blend-in").parameters).equilibria
    assert component.name == "high-fights-low-mixes"
    assert (component.offer_high, component.offer_low) == pytest.approx((0, 0.6))
    assert component.escalate_after_fight == pytest.approx((0.1375 / 0.3,) * 2)


def test_golden_refinements() -> None:
    # hollow-offers, pool-fight: Λ = λ = .49 (the receiver holds after fighting), α = .49 (.59+.07) - .99*.59 < 0, so D1
    # lays an offer at the strong type's door; none is sure to lose by it, so the intuitive criterion has no bite.
    parameters = load_preset("hollow-offers").parameters
    fight = solve_talks(parameters)["pool-fight"]
    assert adverse_inference(0.49, 0.59, 0.01, 0.07) == pytest.approx(0.49 * 0.66 - 0.99 * 0.59)
    assert thresholds(parameters).adverse_inference == pytest.approx(0.49 * 0.66 - 0.99 * 0.59)
    assert (fight.d1, fight.intuitive) == (False, True)


def test_golden_pool_talk_that_the_intuitive_criterion_rejects() -> None:
    # Everybody offers and is escalated on (E[ℓ] = .4*.3 + .6*.6 = .48 > k_T = .2/.9), because fighting on would be read
    # as weakness. r̄_θ = ((1-s) - λ + f/ℓ_θ)/(1-λ) = (-.05 + .02/ℓ_θ)/.05: 1/3 at ℓ_H = .3, -1/3 at ℓ_L = .6. So only
    # the strong could gain by fighting on; believing that, the receiver would hold, and the strong would gain.
    parameters = TalksParameters(
        prior_high=0.4, loss_high=0.3, loss_low=0.6, escalation_cost=0.02, sender_dividend=0.1,
        receiver_dividend=0.18, pressure=0.95, shelter=0.1, face_cost=0.02,
    )  # fmt: skip
    talk = solve_talks(parameters)["pool-talk"]
    assert talk.escalate_after_offer == (1, 1)
    assert talk.escalate_after_fight == pytest.approx((1 / 3, 1))
    assert (talk.d1, talk.intuitive) == (False, False)


def test_talking_never_marks_strength_and_some_component_always_exists() -> None:
    """The theorem of docs/model.md, section 2, on 300,000 draws; its proof is there."""
    flags = solve_array(random_parameters(300_000, np.random.default_rng(7)))[1][:, :, EXISTS]
    for name in IMPOSSIBLE:
        assert not flags[:, ROWS.index(name)].any()
    assert flags.any(axis=1).all()


@settings(max_examples=300, deadline=None)
@given(talks_parameters())
def test_talking_never_marks_strength_exactly(parameters: TalksParameters) -> None:
    solution = solve_talks(parameters)
    if not solution.knife_edges:
        assert not set(solution.names) & set(IMPOSSIBLE)
        assert solution.names


def test_floats_and_rationals_agree() -> None:
    table = random_parameters(3_000, np.random.default_rng(11))
    for game, quick in zip(each_game(table), solve_many(table), strict=True):
        exact = solve_talks(game)
        assert quick.names == exact.names
        for one, other in zip(quick.equilibria, exact.equilibria, strict=True):
            assert (one.d1, one.intuitive) == (other.d1, other.intuitive)
            for key, value in one.as_dict().items():
                if key not in ("name", "d1", "intuitive"):
                    assert value == pytest.approx(other.as_dict()[key], abs=1e-10)


def test_games_near_a_knife_edge_are_decided_exactly() -> None:
    # k_T = (.1 + .2)/(1 - 0) = .3 and the prior equals mu_T = (.9 - .3)/(.9 - .1) = .75 in decimals, not in floats.
    parameters = TalksParameters(
        prior_high=0.75, loss_high=0.1, loss_low=0.9, escalation_cost=0.1, sender_dividend=0.3, receiver_dividend=0.2,
        face_cost=0.1,
    )  # fmt: skip
    assert (0.9 - (0.1 + 0.2)) / (0.9 - 0.1) != 0.75  # what floats would make of it
    (quick,) = solve_many(TalksColumns.of([parameters]))
    assert quick == solve_talks(parameters)
    assert any("equals prior_high" in edge for edge in quick.knife_edges)


@pytest.mark.parametrize("prior", [0.0, 1.0])
def test_a_type_that_cannot_occur_is_a_knife_edge(prior: float) -> None:
    # Found by the enumerator: at prior 1 what only the low type would send is off the path, so that rows may touch.
    parameters = replace(load_preset("desperate-first").parameters, prior_high=prior)
    (quick,) = solve_many(TalksColumns.of([parameters]))
    assert quick == solve_talks(parameters)
    assert any("cannot occur" in edge for edge in quick.knife_edges)


def test_fractions_are_taken_as_they_are() -> None:
    third = TalksParameters(
        prior_high=Fraction(1, 3), loss_high=Fraction(1, 5), loss_low=Fraction(4, 5), escalation_cost=Fraction(1, 7),
        sender_dividend=Fraction(1, 4), receiver_dividend=Fraction(1, 9),
    )  # type: ignore[arg-type]  # fmt: skip
    decimal = TalksParameters(**{name: float(value) for name, value in third.as_dict().items()})
    assert solve_talks(third).names == solve_talks(decimal).names


@settings(max_examples=200, deadline=None)
@given(talks_parameters())
def test_costly_escalation_makes_talks_the_only_equilibrium(parameters: TalksParameters) -> None:
    """Claim C1: (1-s) ℓ_L < k + g + b_R."""
    exposed = (1 - parameters.shelter) * parameters.loss_low
    costly = replace(parameters, escalation_cost=max(parameters.escalation_cost, exposed + 1e-3))
    solution = solve_talks(costly)
    assert solution.names == ("pool-talk",)
    assert solution["pool-talk"].escalate_after_offer == (0, 0)


def test_columns_of_the_wrong_shape_are_refused() -> None:
    good = random_parameters(3, np.random.default_rng(0))
    for wrong in (good._replace(pressure=np.zeros(2)), TalksColumns(*(np.array(0.5) for _ in good))):
        with pytest.raises(ValueError, match="shape"):
            solve_array(wrong)


def test_an_absent_component_is_named_with_those_that_exist() -> None:
    with pytest.raises(KeyError, match="pool-talk"):
        solve_talks(load_preset("costly-escalation").parameters)["both-mix"]
    assert math.isfinite(thresholds(load_preset("costly-escalation").parameters).belief_after_offer)


# Both conditions of the rows in which the types separate are strict where the receiver is indifferent (μ_F = 1).
NO_ROW = TalksParameters(
    prior_high=0.4, loss_high=0.0, loss_low=1.0, escalation_cost=0.0, sender_dividend=0.4, receiver_dividend=0.0,
    pressure=0.0, shelter=0.6, face_cost=0.3, guarantee=0.1,
)  # fmt: skip


def test_where_the_table_has_no_row_the_enumerator_answers() -> None:
    # An offer reveals the weak, who are escalated on: (1-s) ℓ_L = .4 > k+g+b_R = .1. Fighting reveals the strong, who
    # lose nothing by an escalation that costs nothing: the receiver is indifferent (any r). The weak then offer iff
    # -(.4 + .3) >= -r, so r >= .7; the strong fight on, for 0 > -.3. No row has r strictly between 0 and 1 here.
    solution = solve_talks(NO_ROW)
    assert solution.names == ("component-1-extreme-1", "component-1-extreme-2")
    assert {e.escalate_after_fight for e in solution.equilibria} == {(0.7, 0.7), (1.0, 1.0)}
    for e in solution.equilibria:
        assert (e.offer_high, e.offer_low, e.escalate_after_offer) == (0, 1, (1, 1))
        assert (e.belief_after_offer, e.belief_after_fight) == ((0, 0), (1, 1))
    assert solution.knife_edges
    (component,) = solution.as_dict()["enumerated"]["connected_components"]
    assert component["kind"] == "separating"


def test_games_in_round_numbers_have_equilibria_and_their_extreme_ones_pass_the_definition() -> None:
    table = round_games(4_000, np.random.default_rng(3), digits=5)
    solutions = solve_many(table)
    assert all(solution.equilibria for solution in solutions)
    for game, solution in zip(each_game(table), solutions, strict=True):
        if solution.enumerated is not None:
            for equilibrium in solution.equilibria:
                assert all(check.is_equilibrium for check in check_equilibrium(game, equilibrium))


def round_games(n: int, generator: np.random.Generator, digits: int) -> TalksColumns[FloatArray]:
    """Games whose parameters are all multiples of one over ``digits``: full of ties."""
    table = TalksColumns(*(generator.integers(0, digits + 1, size=(10, 4 * n)) / digits))
    table = table._replace(
        loss_high=np.minimum(table.loss_high, table.loss_low), loss_low=np.maximum(table.loss_high, table.loss_low)
    )
    ends = (table.pressure < 1) & (table.shelter < 1) & (table.sender_dividend > 0)
    valid = ends & (table.loss_high < table.loss_low)
    return TalksColumns(*(column[valid][:n] for column in table))


@pytest.mark.slow
def test_none_of_twenty_thousand_games_in_round_numbers_is_without_equilibrium() -> None:
    enumerated = 0
    for digits in (5, 10):
        solutions = solve_many(round_games(10_000, np.random.default_rng(digits), digits))
        assert len(solutions) == 10_000
        assert all(solution.equilibria for solution in solutions)
        enumerated += sum(solution.enumerated is not None for solution in solutions)
    assert enumerated > 0  # else this tests nothing
