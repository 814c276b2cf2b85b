"""What the conditions of the claims come to, written out from the claims and from no closed form: C1 to C9.

A condition is a number that is positive where it is met; statements of theory ask for its sign, samples for learners
keep a margin.
"""

from collections.abc import Callable

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.claims.draws import Draws

Number = Callable[[Draws], FloatArray]


def punished(d: Draws) -> FloatArray:
    """(1-s) ℓ_L - (k+g+b_R): what escalating on an offer of the weak gains the receiver."""
    return np.asarray(d.exposed * d["loss_low"] - d.offer_cost)


def held(d: Draws) -> FloatArray:
    """k - (1-λ) E_π[ℓ]: what escalating a war that both types fight on costs it on balance."""
    return np.asarray(d["escalation_cost"] - (1 - d["pressure"]) * d.expected_loss)


def deterred(d: Draws) -> FloatArray:
    """f - (λ+s-1) ℓ_L: what the weak lose by an offer that is escalated on."""
    return np.asarray(d["face_cost"] - d.slack * d["loss_low"])


def spared(d: Draws) -> FloatArray:
    """k+g+b_R - (1-s) ℓ_H: what escalating on an offer of the strong costs the receiver."""
    return np.asarray(d.offer_cost - d.exposed * d["loss_high"])


def guarantee_needed(d: Draws) -> FloatArray:
    """(1-s) ℓ_L - k - b_R."""
    return np.asarray(d.exposed * d["loss_low"] - d["escalation_cost"] - d["receiver_dividend"])


def bearable_loss(d: Draws) -> FloatArray:
    """k_T = (k+g+b_R)/(1-s): the expected loss up to which the receiver meets an offer."""
    return np.asarray(d.offer_cost / d.exposed)


def needed_belief(d: Draws) -> FloatArray:
    """μ_T: the belief in the strong from which on the receiver meets an offer; below 0 where any will do."""
    return np.asarray((d["loss_low"] - bearable_loss(d)) / (d["loss_low"] - d["loss_high"]))


def turning_point(d: Draws) -> FloatArray:
    """The pressure at which α changes sign, where the receiver holds: λ (b_S+f) = (1-s) b_S."""
    return np.asarray(d.exposed * d["sender_dividend"] / (d["sender_dividend"] + d["face_cost"]))


def weak_break(d: Draws) -> FloatArray:
    """The pressure past which the weak would rather be escalated on at the table: (λ+s-1) ℓ_L = f."""
    return np.asarray(d.exposed + d["face_cost"] / d["loss_low"])


def strong_break(d: Draws) -> FloatArray:
    """The same for the strong, (λ+s-1) ℓ_H = f, or 1 where that is less."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.minimum(d.exposed + d["face_cost"] / d["loss_high"], 1.0))


def weak_offer_is_punished(d: Draws) -> BoolArray:
    """(1-s) ℓ_L > k+g+b_R: escalating on an offer pays if the sender is surely weak."""
    return punished(d) > 0


def strong_offer_is_spared(d: Draws) -> BoolArray:
    """(1-s) ℓ_H < k+g+b_R: and does not if it is surely strong."""
    return spared(d) > 0


def receiver_holds(d: Draws) -> BoolArray:
    """(1-λ) E_π[ℓ] < k: the receiver holds if both types fight on."""
    return held(d) > 0


def fight_is_closed(d: Draws) -> BoolArray:
    """The condition of C2."""
    return weak_offer_is_punished(d) & receiver_holds(d) & (deterred(d) >= 0)
