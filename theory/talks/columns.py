"""The numbers that the closed forms of the talks game compute, by name: of one game, or of many side by side."""

from typing import Generic, NamedTuple

from olivebranch.games.talks import Number


class DecisiveQuantities(NamedTuple, Generic[Number]):
    """The numbers on whose signs the set of equilibria turns, in units of the stake.

    Attributes:
        offer_low, offer_high, offer_prior: what escalating after an offer gains the receiver if the sender is surely
            low, surely high, or as the prior says (positive iff μ_T > 0, μ_T > 1, μ_T > π).
        fight_low, fight_high, fight_prior: the same after fighting (μ_F).
        high_if_held, low_if_held: D_H and D_L, what offering gains each type if the receiver escalates on an offer and
            holds otherwise.
        high_if_escalated, low_if_escalated: the same if it escalates on both.
        inference_if_held, inference_if_escalated: the adverse-inference term α if the receiver holds, or escalates,
            after fighting.
        face_cost: what a rebuffed offer costs the sender.
    """

    offer_low: Number
    offer_high: Number
    offer_prior: Number
    fight_low: Number
    fight_high: Number
    fight_prior: Number
    high_if_held: Number
    low_if_held: Number
    high_if_escalated: Number
    low_if_escalated: Number
    inference_if_held: Number
    inference_if_escalated: Number
    face_cost: Number


class ComponentColumns(NamedTuple, Generic[Number]):
    """The numbers of one component, or of many (arrays): offers of the high and low type; then the ends of the
    intervals of the probability of escalation after an offer and after fighting, and of the belief Pr(high) after an
    offer and after fighting."""

    offer_high: Number
    offer_low: Number
    escalate_after_offer_min: Number
    escalate_after_offer_max: Number
    escalate_after_fight_min: Number
    escalate_after_fight_max: Number
    belief_after_offer_min: Number
    belief_after_offer_max: Number
    belief_after_fight_min: Number
    belief_after_fight_max: Number
