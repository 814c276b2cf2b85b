"""Learned against theory: distances, beliefs and NashConv of profiles whose answers are known."""

import numpy as np
import pytest

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.equilibrium import equilibrium_policies
from olivebranch.eval.comparison import Comparison, compare
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import RECEIVER, SENDER, TalksParameters, compile_talks
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.distance import distance
from olivebranch.theory.talks.solve import solve_talks
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

EVERY_EQUILIBRIUM = [(name, row) for name in preset_names("talks") for row in load_preset(name).equilibria]


def comparison_of(parameters: TalksParameters, profile: BehaviourProfile) -> Comparison:
    return compare(parameters, solve_talks(parameters), profile)


@pytest.mark.parametrize("off_path_reply", [0.0, 1.0])
@pytest.mark.parametrize("name,row", EVERY_EQUILIBRIUM)
def test_an_analytic_equilibrium_is_recognised_and_has_no_nash_conv(name: str, row: str, off_path_reply: float) -> None:
    parameters = load_preset(name).parameters
    tree = unroll(compile_talks(parameters))
    result = comparison_of(parameters, behaviour_of(tree, equilibrium_policies(parameters, row, off_path_reply)))
    assert result.evaluation.nash_conv == pytest.approx(0, abs=1e-12)
    assert result.reached == result.outcome_reached == row
    assert result.nearest.behaviour == pytest.approx(0, abs=1e-12)
    for belief in result.beliefs:
        if belief.bayes is not None:
            assert belief.gap == pytest.approx(0, abs=1e-9)


def test_golden_uniform_play() -> None:
    # costly-escalation, everyone uniform. Sender: offering gives .5*.3 + .5*(-.9ℓ - .1) = .1 - .45ℓ, fighting
    # .5*(-.2ℓ) + .5*(-ℓ) = -.6ℓ; both types should offer, gaining half of the difference .1 + .15ℓ: H .06125, L .095.
    # NashConv of the sender: .4*.06125 + .6*.095 = .0815.
    # Receiver at the prior, E[ℓ] = .4*.15 + .6*.6 = .42: after fighting, hold .2*.42 = .084 against .42 - .55 = -.13;
    # after an offer .15 against .9*.42 - .55 = -.172. Half of each difference, each message half of the time:
    # .25*(.214 + .322) = .134.
    parameters = load_preset("costly-escalation").parameters
    result = comparison_of(parameters, uniform_profile(unroll(compile_talks(parameters))))
    assert result.evaluation.gains[SENDER] == pytest.approx(0.0815)
    assert result.evaluation.gains_by_type[SENDER] == pytest.approx([0.4 * 0.06125, 0.6 * 0.095])
    assert result.evaluation.gains[RECEIVER] == pytest.approx(0.134)
    assert result.evaluation.nash_conv == pytest.approx(0.2155)
    # pool-talk brings about (type, offer, hold) for sure: uniform play does so with probability 1/4.
    assert result.nearest.component == "pool-talk"
    assert result.nearest.on_path == pytest.approx(0.75)
    assert result.nearest.off_path == pytest.approx(0.5)  # R_F = {0}: k_F = .6875 > ℓ_L
    assert result.reached is None
    assert result.overall == pytest.approx(dict.fromkeys(result.overall, 0.25))


def test_golden_beliefs() -> None:
    # desperate-first, where the high type offers half of the time and the low type always: Pr(H | offer) =
    # .4*.5/(.4*.5 + .6) = .25, Pr(H | fight) = 1. Escalating for sure after an offer is rationalised by beliefs up to
    # mu_T plus .01/slope, slope = (1-s)(ℓ_L - ℓ_H) = .45*.85.
    parameters = load_preset("desperate-first").parameters
    tree = unroll(compile_talks(parameters))
    profile = behaviour_of(tree, equilibrium_policies(parameters, "low-talks"))
    sender = profile.of(SENDER, 0)
    sender[0, 0] = [0.5, 0, 0.5, 0]
    fight, offer = comparison_of(parameters, profile).beliefs
    threshold = (0.95 - 0.2 / 0.45) / 0.85
    assert offer.bayes == pytest.approx(0.25)
    assert offer.rationalising == pytest.approx((0, threshold + 0.01 / (0.45 * 0.85)))
    assert offer.gap == 0
    assert (fight.bayes, fight.best_fitting) == (1, 1)
    assert offer.probability == pytest.approx(0.8)


def test_a_reply_that_fits_no_belief_learned_from_play_shows_a_gap() -> None:
    # Reciprocating although only the low type offers (Bayes: Pr(H | offer) = 0) takes a belief of at least
    # mu_T - .01/slope.
    parameters = load_preset("desperate-first").parameters
    profile = behaviour_of(unroll(compile_talks(parameters)), equilibrium_policies(parameters, "low-talks"))
    game = profile.tree.game
    after_offer = list(profile.tree.stages[1].state).index(game.states.index("after-offer"))
    profile.of(RECEIVER, 1)[after_offer, 0] = [0, 0, 1, 0]
    _, offer = comparison_of(parameters, profile).beliefs
    least = (0.95 - 0.2 / 0.45) / 0.85 - 0.01 / (0.45 * 0.85)
    assert offer.bayes == 0
    assert offer.best_fitting == pytest.approx(least)
    assert offer.gap == pytest.approx(least)


def test_off_path_replies_are_scored_apart() -> None:
    parameters = load_preset("fear-of-weakness").parameters
    (component,) = solve_talks(parameters).equilibria
    least = component.escalate_after_offer[0]
    prior = np.array([0.5, 0.5])
    inside = distance(prior, TalksBehaviour(0, 0, 0.9, 0), component)
    outside = distance(prior, TalksBehaviour(0, 0, 0.1, 0), component)
    assert (inside.on_path, inside.off_path, inside.behaviour) == (0, 0, 0)
    assert outside.on_path == 0
    assert outside.off_path == outside.behaviour == pytest.approx(least - 0.1)


def test_the_wrong_number_of_policies_is_refused() -> None:
    parameters = load_preset("fear-of-weakness").parameters
    sender, _ = equilibrium_policies(parameters, "pool-fight")
    with pytest.raises(ValueError, match="1 policies for 2 seats"):
        behaviour_of(unroll(compile_talks(parameters)), [sender])
