"""The checker decides from the definition whether a profile is a perfect Bayesian equilibrium."""

import numpy as np
import pytest
from hypothesis import given, settings

from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.check import check_equilibrium, check_profile, check_talks
from olivebranch.theory.talks.solve import solve_talks
from tests.strategies import talks_parameters


@settings(max_examples=300, deadline=None)
@given(talks_parameters())
def test_accepts_both_ends_of_every_enumerated_component(parameters: TalksParameters) -> None:
    for equilibrium in solve_talks(parameters).equilibria:
        for check in check_equilibrium(parameters, equilibrium):
            assert check.is_equilibrium, (equilibrium, check)


@pytest.mark.parametrize("name", preset_names("talks"))
@pytest.mark.parametrize("field", ["offer_high", "offer_low", "escalate_after_offer", "escalate_after_fight"])
def test_rejects_every_single_perturbation_of_a_strict_equilibrium(name: str, field: str) -> None:
    """An action played for sure with a strict incentive cannot be played with probability 0.99."""
    parameters = load_preset(name).parameters
    for equilibrium in solve_talks(parameters).equilibria:
        if equilibrium.is_mixed:
            continue
        if field == f"escalate_after_{equilibrium.off_path}":
            continue  # off the path another belief may support another reply: that is what makes it a component
        profile = {
            "offer_high": equilibrium.offer_high,
            "offer_low": equilibrium.offer_low,
            "escalate_after_offer": equilibrium.escalate_after_offer[1],
            "escalate_after_fight": equilibrium.escalate_after_fight[1],
        }
        assert check_talks(parameters, **profile).is_equilibrium
        profile[field] = abs(profile[field] - 0.01)
        assert not check_talks(parameters, **profile).is_equilibrium


def test_an_off_path_reply_outside_its_interval_is_rejected() -> None:
    parameters = load_preset("fear-of-weakness").parameters
    (component,) = solve_talks(parameters).equilibria
    least = component.escalate_after_offer[0]
    assert check_talks(parameters, 0, 0, least + 1e-6, 0).is_equilibrium
    assert not check_talks(parameters, 0, 0, least - 0.01, 0).is_equilibrium


def test_regret_is_reported_by_type_and_message() -> None:
    # costly-escalation with a receiver that always holds after an offer and after fighting: the high type gets
    # b_S = 0.3 by offering and -λ ℓ_H = -0.2 * 0.15 = -0.03 by fighting, the low type -0.2 * 0.6 = -0.12.
    parameters = load_preset("costly-escalation").parameters
    check = check_talks(parameters, 0.5, 1.0, 0.0, 0.0)
    np.testing.assert_allclose(check.sender_regret, [[0.33, 0.0], [0.42, 0.0]], atol=1e-12)
    assert check.worst_regret == pytest.approx(0.33)


def test_a_belief_that_contradicts_bayes_is_rejected_on_the_path_only() -> None:
    parameters = load_preset("costly-escalation").parameters
    good = check_talks(parameters, 1, 1, 0, 0, belief_after_offer=parameters.prior_high)
    assert good.is_equilibrium
    wrong = check_talks(parameters, 1, 1, 0, 0, belief_after_offer=parameters.prior_high + 0.01)
    assert not wrong.is_equilibrium
    assert wrong.bayes_gap[1] == pytest.approx(0.01)
    assert check_talks(parameters, 1, 1, 0, 0, belief_after_fight=1.0).is_equilibrium


def test_an_off_path_belief_that_does_not_support_the_reply_is_rejected() -> None:
    parameters = load_preset("fear-of-weakness").parameters
    assert check_talks(parameters, 0, 0, 1, 0, belief_after_offer=0.0).is_equilibrium
    assert not check_talks(parameters, 0, 0, 1, 0, belief_after_offer=1.0).is_equilibrium


def test_a_table_that_is_no_distribution_is_refused() -> None:
    half = np.full((2, 2), 0.5)
    with pytest.raises(ValueError, match="strategy"):
        check_profile(np.array([0.5, 0.5]), np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), half * 1.5, half)
