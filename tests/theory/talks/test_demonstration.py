"""The demonstration game's closed form: goldens, the definition of equilibrium, the enumerator, exact and float."""

from dataclasses import replace

import numpy as np
import pytest

from olivebranch.games.base import FloatArray
from olivebranch.games.demonstration import DemonstrationParameters, compile_demonstration, each_demonstration
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.theory.claims.draws import Draws, draw_demonstration
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import signalling_form
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.talks.check import check_profile
from olivebranch.theory.talks.demonstration import (
    DEMONSTRATED_OFFER,
    EQUILIBRIUM_NAMES,
    WEAK_MESSAGE,
    demonstration_flags,
    demonstration_payoffs,
    solve_demonstration,
)

ESCALATE = 1  # position among the responses FIGHT, ESCALATE, OFFER_TALKS of the signalling form


def interesting(n: int, seed: int) -> list[DemonstrationParameters]:
    """Half of the games with the equilibrium of interest, half without, and up to ten of each form that D1 rejects."""
    drawn = Draws(draw_demonstration(1_000_000, np.random.default_rng(seed)))
    flags = demonstration_flags(drawn.games)
    exists, rejected = flags[:, :, 0].any(axis=1), (flags[:, :, 0] & ~flags[:, :, 1])
    chosen = [np.flatnonzero(exists)[:n], np.flatnonzero(~exists)[:n], *(np.flatnonzero(r)[:10] for r in rejected.T)]
    assert all(len(found) == size for found, size in zip(chosen, (n, n, 10, 10), strict=True))
    return list(each_demonstration(drawn.take(np.concatenate(chosen)).rounded(9).games))


@pytest.mark.parametrize("name", preset_names("demonstration"))
def test_a_preset_has_the_equilibria_that_its_file_names(name: str) -> None:
    preset = load_preset(name)
    assert tuple(e.name for e in solve_demonstration(preset.parameters)) == preset.equilibria


def test_golden_weak_fight() -> None:
    # costly-signal: (1-λ) ℓ_L = .45 < k = .5, so fighting is never escalated on; W_L = -.5*.9 = -.45 (an offer read as
    # weak gives -.81 - .3), W_H = -.1. Needs κ_L >= .2 + .45 = .65 and κ_H <= .2 + .1 = .3; both hold.
    # Off the path, a plain offer deters if q >= (.2 + .45)/(.2 + .3 + .81) (low) and .1/(.2 + .3 + .18) (high).
    parameters = load_preset("costly-signal").parameters
    (found,) = solve_demonstration(parameters)
    assert found.messages == (DEMONSTRATED_OFFER, 0)
    assert found.escalate == ((0, 0), (pytest.approx(0.65 / 1.31), 1), (0, 0), (0, 0))
    assert found.belief == ((0, 0), (0, pytest.approx((0.9 - 0.55 / 0.9) / 0.7)), (0, 1), (1, 1))
    assert found.d1
    for name, inside, outside in (
        ("demonstration_cost_low", 0.65, 0.6499), ("demonstration_cost_high", 0.3, 0.3001),
        ("escalation_cost", 0.46, 0.12),
    ):  # fmt: skip
        assert solve_demonstration(replace(parameters, **{name: inside}))
        assert not solve_demonstration(replace(parameters, **{name: outside}))


def test_golden_rejected_by_d1() -> None:
    # As costly-signal but κ_H = .29: the strong gain .29 by a plain offer that is met, the weak .65, and lose in all
    # .68 and 1.31 when it is not: .29/.68 = .426 < .65/1.31 = .496. At f = 0 the totals are .38 and 1.01: .763 > .644,
    # so a plain offer points to the strong, is met, and saves them the demonstration.
    parameters = replace(load_preset("costly-signal").parameters, demonstration_cost_high=0.29)
    assert solve_demonstration(parameters)[0].d1
    assert not solve_demonstration(replace(parameters, face_cost=0.0))[0].d1


def test_every_equilibrium_holds_from_the_definition_at_both_ends() -> None:
    for parameters in interesting(60, 1):
        sender, receiver = demonstration_payoffs(parameters)
        prior = np.array([parameters.prior_high, 1 - parameters.prior_high])
        for found in solve_demonstration(parameters):
            for end in (0, 1):
                check = check_profile(
                    prior, sender, receiver, found.strategy, found.replies(end), found.beliefs(end), 1e-7
                )
                assert check.is_equilibrium


def compare_with_enumerator(parameters: DemonstrationParameters) -> None:
    found: dict[str, tuple[bool, FloatArray]] = {}
    for component in enumerate_equilibria(signalling_form(compile_demonstration(parameters))).components:
        for name, message in WEAK_MESSAGE.items():
            pieces = [p for p in component.pieces if p.sender_support == ((DEMONSTRATED_OFFER,), (message,))]
            replies = np.array([v for p in pieces for v in p.receiver_vertices], dtype=np.float64)
            if len(replies) and (replies[:, DEMONSTRATED_OFFER, ESCALATE] == 0).all():
                survives = Refiner(component.pieces[0].context).verdicts(component)["d1"].survives
                found[name] = (survives, replies[:, :, ESCALATE])
    equilibria = solve_demonstration(parameters)
    assert {e.name: e.d1 for e in equilibria} == {name: survives for name, (survives, _) in found.items()}
    for e in equilibria:
        replies = found[e.name][1]
        np.testing.assert_allclose(np.stack([replies.min(0), replies.max(0)], -1), e.escalate, atol=1e-7)


def test_the_enumerator_finds_the_same_with_the_same_replies_and_d1_verdict() -> None:
    for parameters in interesting(60, 2):
        compare_with_enumerator(parameters)


@pytest.mark.slow
def test_the_enumerator_agrees_on_a_thousand_games() -> None:
    for parameters in interesting(500, 3):
        compare_with_enumerator(parameters)


def test_floats_and_rationals_agree() -> None:
    games = Draws(draw_demonstration(5_000, np.random.default_rng(4))).rounded(9).games
    for parameters, flags in zip(each_demonstration(games), demonstration_flags(games), strict=True):
        exact = {e.name: e.d1 for e in solve_demonstration(parameters)}
        assert exact == {name: bool(f[1]) for name, f in zip(EQUILIBRIUM_NAMES, flags, strict=True) if f[0]}


def test_columns_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        demonstration_flags(draw_demonstration(3, np.random.default_rng(0))._replace(pressure=np.zeros(2)))
