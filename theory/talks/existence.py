"""Why a component of the talks game exists, or does not: the inequalities that decide, with their numbers, in words.

Each row of the table in docs/model.md, section 2, exists iff in some *way* all of its conditions hold. The conditions
are those of :func:`olivebranch.theory.talks.kernel.decide` one by one; tests hold the two against each other. Plain
arithmetic, for floats and fractions alike.
"""

from typing import Any, NamedTuple

from olivebranch.games.talks import TalksColumns, TalksParameters
from olivebranch.theory.talks.columns import DecisiveQuantities
from olivebranch.theory.talks.kernel import (
    HIGH_FIGHTS_LOW_MIXES,
    HIGH_TALKS,
    HIGH_TALKS_LOW_MIXES,
    LOW_FIGHTS_HIGH_MIXES,
    LOW_TALKS,
    LOW_TALKS_HIGH_MIXES,
    POOL_FIGHT,
    POOL_TALK,
    ROWS,
    decisive_quantities,
)


class Condition(NamedTuple):
    """One inequality.

    Attributes:
        says: what it says about the players, in words.
        formula: its left side in the symbols of docs/model.md.
        value: the left side, in units of the stake.
        relation: how it has to compare with zero: ``">"``, ``">="``, ``"<"`` or ``"<="``.
        holds: whether it does.
    """

    says: str
    formula: str
    value: Any
    relation: str
    holds: bool


def _condition(says: str, formula: str, value: Any, relation: str) -> Condition:
    if relation == ">":
        holds = value > 0
    elif relation == ">=":
        holds = value >= 0
    elif relation == "<":
        holds = value < 0
    else:
        holds = value <= 0
    return Condition(says, formula, value, relation, holds)


def _offer_from_weak(d: DecisiveQuantities[Any], relation: str) -> Condition:
    says = "On an offer that is surely from the weak, escalating pays"
    if relation == "<=":
        says = "On an offer that is surely from the weak, escalating does not pay"
    return _condition(says, "(1-s) ℓ_L - (k + g + b_R)", d.offer_low, relation)


def _offer_from_strong(d: DecisiveQuantities[Any], relation: str) -> Condition:
    says = "On an offer that is surely from the strong, escalating does not pay"
    if relation == ">":
        says = "Even on an offer that is surely from the strong, escalating pays"
    return _condition(says, "(1-s) ℓ_H - (k + g + b_R)", d.offer_high, relation)


def _offer_from_both(d: DecisiveQuantities[Any], relation: str) -> Condition:
    says = "On an offer that reveals nothing, escalating does not pay"
    if relation == ">":
        says = "On an offer that reveals nothing, escalating pays"
    return _condition(says, "(1-s) E[ℓ] - (k + g + b_R)", d.offer_prior, relation)


def _fight_from_weak(d: DecisiveQuantities[Any]) -> Condition:
    says = "If it is surely the weak who fight on, escalating pays"
    return _condition(says, "(1-λ) ℓ_L - k", d.fight_low, ">")


def _fight_from_strong(d: DecisiveQuantities[Any]) -> Condition:
    says = "If it is surely the strong who fight on, escalating does not pay"
    return _condition(says, "(1-λ) ℓ_H - k", d.fight_high, "<")


def _fight_from_both(d: DecisiveQuantities[Any], relation: str) -> Condition:
    says = "If fighting on reveals nothing, escalating does not pay"
    if relation == ">":
        says = "If fighting on reveals nothing, escalating pays"
    return _condition(says, "(1-λ) E[ℓ] - k", d.fight_prior, relation)


def _gain(d: DecisiveQuantities[Any], strong: bool, escalated: bool, relation: str) -> Condition:
    """What an offer that is escalated on gains one type, where fighting on is escalated on or not."""
    if strong:
        value = d.high_if_escalated if escalated else d.high_if_held
    else:
        value = d.low_if_escalated if escalated else d.low_if_held
    who = "The strong" if strong else "The weak"
    does = "would still offer" if relation in (">", ">=") else "would rather fight on"
    other = "escalate on fighting too" if escalated else "hold if they fight on"
    symbol = ("D_H" if strong else "D_L") + ("(1,1)" if escalated else "(1,0)")
    written = "s " if escalated else "(λ+s-1) "
    formula = symbol + " = " + written + ("ℓ_H" if strong else "ℓ_L") + " - f"
    return _condition(
        who + " " + does + ": the enemy would escalate on an offer, and " + other, formula, value, relation
    )


def _inference(d: DecisiveQuantities[Any], escalated: bool, relation: str) -> Condition:
    if relation == "<=":
        says = "Where the weak are indifferent to an offer, the strong are no less eager"
    elif relation == ">=":
        says = "Where the strong are indifferent to an offer, the weak are no less eager"
    else:
        says = "If fighting on is not escalated on, the strong are the more easily drawn to an offer"
    if escalated:
        return _condition(says, "α = f + s b_S", d.inference_if_escalated, relation)
    return _condition(says, "α = λ (b_S + f) - (1-s) b_S", d.inference_if_held, relation)


def ways_to_exist(row: int, d: DecisiveQuantities[Any]) -> list[list[Condition]]:
    """The ways in which a component may come to exist, each a list of conditions that all have to hold.

    Args:
        row: its place in ``ROWS``.
        d: of one game.
    """
    weak, strong, both = d.fight_low > 0, d.fight_high > 0, d.fight_prior > 0  # is fighting on escalated on?
    if row == POOL_TALK:
        return [
            [_offer_from_both(d, "<=")],
            [_gain(d, True, weak, ">="), _gain(d, False, weak, ">=")],
        ]
    if row == POOL_FIGHT:
        return [[_offer_from_weak(d, ">"), _gain(d, True, both, "<="), _gain(d, False, both, "<=")]]
    if row == LOW_TALKS:
        return [[_offer_from_weak(d, ">"), _gain(d, False, strong, ">="), _gain(d, True, strong, "<=")]]
    if row == HIGH_TALKS:
        return [[_offer_from_strong(d, ">"), _gain(d, True, weak, ">="), _gain(d, False, weak, "<=")]]
    if row == HIGH_TALKS_LOW_MIXES:
        return [
            [
                _offer_from_both(d, ">"),
                _offer_from_strong(d, "<"),
                _gain(d, False, weak, "<"),
                _inference(d, weak, "<="),
            ]
        ]
    if row == LOW_TALKS_HIGH_MIXES:
        return [
            [
                _offer_from_weak(d, ">"),
                _offer_from_both(d, "<"),
                _gain(d, True, strong, "<"),
                _inference(d, strong, ">="),
            ]
        ]
    if row == HIGH_FIGHTS_LOW_MIXES:
        return [
            [
                _fight_from_both(d, ">"),
                _fight_from_strong(d),
                _offer_from_weak(d, ">"),
                _gain(d, False, False, "<"),
                _gain(d, False, True, ">"),
            ]
        ]
    if row == LOW_FIGHTS_HIGH_MIXES:
        return [
            [
                _fight_from_weak(d),
                _fight_from_both(d, "<"),
                _offer_from_strong(d, ">"),
                _gain(d, True, False, "<"),
                _gain(d, True, True, ">"),
                _condition("A rebuffed offer costs nothing by itself", "f", d.face_cost, "<="),
            ]
        ]
    common = [
        _offer_from_weak(d, ">"),
        _offer_from_strong(d, "<"),
        _fight_from_weak(d),
        _fight_from_strong(d),
        _condition("A rebuffed offer costs something by itself", "f", d.face_cost, ">"),
        _inference(d, False, "<"),
    ]
    return [
        [_offer_from_both(d, ">"), _fight_from_both(d, "<"), *common],
        [_offer_from_both(d, "<"), _fight_from_both(d, ">"), *common],
    ]


def nearest_way(ways: list[list[Condition]]) -> list[Condition]:
    """The way in which all conditions hold, or the one in which the fewest fail."""
    best, least = ways[0], len(ways[0]) + 1
    for way in ways:
        failing = len([condition for condition in way if not condition.holds])
        if failing < least:
            best, least = way, failing
    return best


def why(parameters: TalksParameters) -> dict[str, list[Condition]]:
    """For every component of the table, the conditions of its :func:`nearest_way`, in floats."""
    d = decisive_quantities(TalksColumns(*(getattr(parameters, name) for name in TalksColumns._fields)))
    return {name: nearest_way(ways_to_exist(row, d)) for row, name in enumerate(ROWS)}


# What each component means, in a sentence.
MEANINGS = {
    "pool-talk": "Both kinds of state offer talks.",
    "pool-fight": "Both kinds of state fight on; nobody offers.",
    "low-talks": "The weak offer talks, the strong fight on.",
    "high-talks": "The strong offer talks, the weak fight on.",
    "high-talks-low-mixes": "The strong offer talks; the weak sometimes do.",
    "low-talks-high-mixes": "The weak offer talks; the strong sometimes do.",
    "high-fights-low-mixes": "The strong fight on; the weak sometimes offer talks.",
    "low-fights-high-mixes": "The weak fight on; the strong sometimes offer talks.",
    "both-mix": "Both kinds sometimes offer and sometimes fight on.",
}
