"""All verdicts on one game in words: consistent with the arrays, and with the enumerator's refinements."""

import numpy as np
import pytest

from olivebranch.games.talks import TalksParameters, compile_talks, each_game
from olivebranch.theory.selection.exploration import TYPE_BLIND, Logit, LogitLimit, sustained
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.stability import DYNAMICS, LABELS, stability
from olivebranch.theory.selection.talks import select_talks
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import signalling_form
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.talks.kernel import POOL_FIGHT, POOL_TALK, ROWS
from tests.strategies import random_parameters

FORMS = (TYPE_BLIND, LogitLimit(), Logit(0.02))


def test_goldens_of_a_leaking_door() -> None:
    # k_T = 0.4/0.8 = 0.5: μ_T = (0.8-0.5)/0.5 = 0.6 > π = 0.5. k_F = 0.4/0.7 = 0.571: μ_F = 0.457 < π, so Λ = λ = 0.3.
    # q* = 0.3/0.8 = 0.375; α = 0.3 (0.2+0.05) - 0.8*0.2 = -0.085. D_θ(q*) = 0.2 * 0.625 - 0.05 * 0.375 = 0.10625 > 0.
    parameters = TalksParameters(
        prior_high=0.5, loss_high=0.3, loss_low=0.8, escalation_cost=0.4, sender_dividend=0.2, receiver_dividend=0.0,
        pressure=0.3, shelter=0.2, face_cost=0.05, guarantee=0.0,
    )  # fmt: skip
    door = select_talks(parameters, FORMS)["pool-fight"]
    assert (door.index, door.off_path) == (0, "offer")
    blind, limit, _ = door.sustained
    assert blind.holds
    assert (blind.escalate_after_offer, blind.belief_after_offer) == (1.0, 0.5)
    assert "0.5 < mu_T = 0.6" in blind.reason
    assert not limit.holds
    assert limit.escalate_after_offer is None
    assert "0.375" in limit.reason
    assert "alpha = -0.085" in limit.reason
    assert "0.1062" in limit.reason
    assert [verdict.label for verdict in door.stability] == ["leaks"] * 3


def test_every_verdict_in_words_is_that_of_the_arrays() -> None:
    table = random_parameters(200, np.random.default_rng(0))
    terms = Terms.of(table)
    arrays = [sustained(terms, form) for form in FORMS]
    index, labels = component_indices(terms), stability(terms)
    for number, parameters in enumerate(each_game(table)):
        found = select_talks(parameters, FORMS)
        assert not found.knife_edges
        assert [c.name for c in found.components] == [ROWS[row] for row in np.flatnonzero(terms.exists[number])]
        for component in found.components:
            row = ROWS.index(component.name)
            assert component.index == index[number, row]
            assert component.index_reason
            for form, verdict, array in zip(FORMS, component.sustained, arrays, strict=True):
                assert verdict.exploration == form.name
                assert verdict.holds == array.sustained[number, row]
                assert len(verdict.reason) > 20
                if verdict.holds:
                    assert verdict.escalate_after_offer == array.replies[number, row, OFFER]
                    assert verdict.belief_after_fight == array.beliefs[number, row, FIGHT]
            assert [v.dynamics for v in component.stability] == list(DYNAMICS)
            assert [v.label for v in component.stability] == [LABELS[label] for label in labels[number, row]]
            assert all(len(v.reason) > 10 for v in component.stability)
        with pytest.raises(KeyError, match="no verdict on 'no-such-row'"):
            found["no-such-row"]


def test_passive_conjectures_by_the_enumerator_are_the_closed_form() -> None:
    # The belief after the unused message is the prior: type-blind exploration, without the case in which the weak
    # themselves bring the belief down.
    table = random_parameters(3000, np.random.default_rng(1))
    terms = Terms.of(table)
    blind = sustained(terms, TYPE_BLIND)
    pooling = np.flatnonzero(
        (terms.exists[:, [POOL_TALK, POOL_FIGHT]]).sum(axis=1) + (terms.exists.sum(axis=1) > 1) > 1
    )
    compared = rejected = 0
    for number in pooling[:120]:
        parameters = next(each_game(terms.take(slice(number, number + 1)).games))
        game = signalling_form(compile_talks(parameters))
        offer = game.message_names.index("OFFER_TALKS")
        found = enumerate_equilibria(game)
        refiner = Refiner(found.pieces[0].context)
        for component in found.components:
            row = {
                ((offer,), (offer,)): POOL_TALK,
                ((1 - offer,), (1 - offer,)): POOL_FIGHT,
            }.get(component.representative.sender_support)
            if row is None:
                continue
            message = FIGHT if row == POOL_TALK else OFFER
            expected = blind.sustained[number, row]
            if expected and blind.beliefs[number, row, message] != pytest.approx(terms.prior[number]):
                expected = False
            verdict = refiner.verdicts(component)["passive"]
            assert verdict.survives == expected, (parameters, row, verdict.reason)
            compared += 1
            rejected += not expected
    assert compared > 100
    assert rejected > 5


def test_knife_edges_get_no_verdict() -> None:
    edge = TalksParameters(
        prior_high=0.5, loss_high=0.2, loss_low=0.6, escalation_cost=0.4, sender_dividend=0.2, receiver_dividend=0.0
    )  # k_T = 0.4, μ_T = 0.5 = π
    found = select_talks(edge)
    assert found.components == ()
    assert any("equals prior_high" in words for words in found.knife_edges)
    assert found.logit_limit is None
    near = TalksParameters(**{**edge.as_dict(), "prior_high": 0.5 + 1e-10, "pressure": 0.1, "face_cost": 0.1})
    found = select_talks(near)
    assert found.components == ()
    assert "differ by less than" in found.knife_edges[0]
