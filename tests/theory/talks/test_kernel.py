"""The kernel of the closed forms: packed flags, knife-edge distance, and games full of ties against the enumerator."""

import random
from fractions import Fraction

import numpy as np
import pytest

from olivebranch.games.talks import TalksColumns, TalksParameters
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.talks.kernel import (
    D1,
    EXISTS,
    INTUITIVE,
    decide,
    decisive_quantities,
    flag_table,
    solve_array,
    solve_exact,
    solve_flags,
)
from olivebranch.theory.talks.solve import solve_talks
from tests.strategies import random_parameters

FIGHT, OFFER, BOTH = (0,), (1,), (0, 1)
SUPPORTS = {
    (OFFER, OFFER): "pool-talk", (FIGHT, FIGHT): "pool-fight", (FIGHT, OFFER): "low-talks",
    (OFFER, FIGHT): "high-talks", (OFFER, BOTH): "high-talks-low-mixes", (BOTH, OFFER): "low-talks-high-mixes",
    (FIGHT, BOTH): "high-fights-low-mixes", (BOTH, FIGHT): "low-fights-high-mixes", (BOTH, BOTH): "both-mix",
}  # fmt: skip

COMMON = {
    "prior_high": 0.3, "loss_high": 0.2, "loss_low": 0.9, "escalation_cost": 0.5, "sender_dividend": 0.2,
    "receiver_dividend": 0.05, "pressure": 0.5, "shelter": 0.1, "guarantee": 0.0,
}  # fmt: skip


def tied_game(source: random.Random) -> TalksParameters:
    """Parameters in fifths, so that many of the compared numbers are equal."""

    def fifths(low: int, high: int) -> Fraction:
        return Fraction(source.randint(low, high), 5)

    loss_high = fifths(0, 4)
    values = {
        "prior_high": fifths(1, 4), "loss_high": loss_high, "loss_low": fifths(int(5 * loss_high) + 1, 5),
        "escalation_cost": fifths(0, 5), "sender_dividend": fifths(1, 5), "receiver_dividend": fifths(0, 2),
        "pressure": fifths(0, 4), "shelter": fifths(0, 4), "face_cost": fifths(0, 3), "guarantee": fifths(0, 1),
    }  # fmt: skip
    return TalksParameters(**values)  # type: ignore[arg-type]


def exact_game(p: TalksParameters) -> SignallingGame:
    """The payoff table of docs/model.md, section 2, in fractions (games.talks compiles it to floats, which round)."""
    sender = [
        [[-p.pressure * l, -l], [p.sender_dividend, -(1 - p.shelter) * l - p.face_cost]]
        for l in (p.loss_high, p.loss_low)  # noqa: E741
    ]
    receiver = [
        [
            [p.pressure * l, l - p.escalation_cost],
            [p.receiver_dividend, (1 - p.shelter) * l - p.escalation_cost - p.guarantee],
        ]
        for l in (p.loss_high, p.loss_low)  # noqa: E741
    ]
    return SignallingGame([p.prior_high, 1 - p.prior_high], sender, receiver)


def test_where_no_knife_edge_is_reported_there_is_none() -> None:
    """Ties that the closed form passes over in silence change nothing: the enumerator finds the same, verdicts too."""
    source = random.Random(0)
    silent = 0
    for _ in range(400):
        parameters = tied_game(source)
        solution = solve_talks(parameters)
        if solution.knife_edges:
            continue
        silent += 1
        found = {}
        for component in enumerate_equilibria(exact_game(parameters)).components:
            verdicts = Refiner(component.pieces[0].context).verdicts(component)
            name = SUPPORTS[component.representative.sender_support]
            found[name] = (verdicts["d1"].survives, verdicts["intuitive"].survives)
        assert found == {e.name: (e.d1, e.intuitive) for e in solution.equilibria}, parameters
    assert silent > 50


def test_flags_alone_are_those_of_the_full_table() -> None:
    rows = random_parameters(20_000, np.random.default_rng(3))
    packed, margins = solve_flags(rows)
    values, flags, same_margins = solve_array(rows)
    np.testing.assert_array_equal(flag_table(packed), flags)
    np.testing.assert_array_equal(margins, same_margins)
    exists = flags[:, :, EXISTS]
    assert not (flags[:, :, D1] & ~exists).any()
    assert not (flags[:, :, INTUITIVE] & ~exists).any()
    for column in values:
        assert column.shape == (exists.sum(),)
        assert (column >= -1e-9).all()
        assert (column <= 1 + 1e-9).all()


def test_under_d1_an_odd_number_of_components_survives_at_generic_parameters() -> None:
    # Not a theorem that we prove; a regularity over 300,000 draws that an error in a row would break.
    packed, _ = solve_flags(random_parameters(300_000, np.random.default_rng(4)))
    counts = flag_table(packed)[:, :, D1].sum(axis=1)
    assert set(counts.tolist()) == {1, 3}


@pytest.mark.parametrize("face_cost", [0.0, 0.3])
def test_common_round_values_are_not_knife_edges(face_cost: float) -> None:
    # (1-λ) ℓ_L = .45 < k, so fighting is never escalated on and f = 0 ties nothing: floats decide.
    _, margins = solve_flags(TalksColumns.of([TalksParameters(**COMMON, face_cost=face_cost)]))
    assert margins[0] > 1e-7


def test_the_distance_shrinks_to_zero_towards_a_threshold() -> None:
    # μ_T = π at k = (1-s) E[ℓ] - b_R = .9*(.3*.2 + .7*.9) - .05 = .571.
    for gap in (1e-2, 1e-4, 1e-6):
        near = TalksParameters(**{**COMMON, "escalation_cost": 0.571 + gap}, face_cost=0.3)
        assert solve_flags(TalksColumns.of([near]))[1][0] == pytest.approx(min(gap, 0.7 / 1000), rel=1e-6)


def test_one_set_of_formulas_serves_fractions_floats_and_arrays() -> None:
    parameters = TalksColumns(*(Fraction(n, 97) for n in (41, 13, 88, 20, 45, 3, 60, 33, 15, 1)))
    packed, margin, components = solve_exact(parameters)
    assert isinstance(margin, Fraction)
    floats = TalksColumns(*(np.full(4, float(value)) for value in parameters))
    assert solve_flags(floats)[0][0] == packed
    columns, exact = decisive_quantities(floats), decisive_quantities(parameters)
    for column, value in zip(columns, exact, strict=True):
        np.testing.assert_allclose(column, [float(value)] * 4, atol=1e-15)
    assert decide(exact) == packed
    assert len(components) == flag_table(packed)[:, EXISTS].sum()
    for column, numbers in zip(solve_array(floats)[0], zip(*components, strict=True), strict=True):
        np.testing.assert_allclose(column, [float(number) for number in numbers] * 4, atol=1e-14)
