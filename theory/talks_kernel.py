"""The closed forms of the talks game, once, for floats and for exact rationals (docs/model.md, section 2).

``fill_components`` is written in plain arithmetic, so that the same lines run compiled over millions of parameter
vectors (``solve_array``) and uncompiled on :class:`fractions.Fraction` (``theory.talks.solve_talks``).
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from olivebranch.games.base import BoolArray, FloatArray

ROWS = (
    "pool-talk",
    "pool-fight",
    "low-talks",
    "high-talks",
    "high-talks-low-mixes",
    "low-talks-high-mixes",
    "high-fights-low-mixes",
    "low-fights-high-mixes",
    "both-mix",
)
(POOL_TALK, POOL_FIGHT, LOW_TALKS, HIGH_TALKS, HIGH_TALKS_LOW_MIXES, LOW_TALKS_HIGH_MIXES) = range(6)
(HIGH_FIGHTS_LOW_MIXES, LOW_FIGHTS_HIGH_MIXES, BOTH_MIX) = range(6, 9)

# Columns of a component: offers of the high and low type; then the ends of the intervals of the probability of
# escalation after an offer and after fighting, and of the belief Pr(high) after an offer and after fighting.
COLUMNS = (
    "offer_high",
    "offer_low",
    "escalate_after_offer_min",
    "escalate_after_offer_max",
    "escalate_after_fight_min",
    "escalate_after_fight_max",
    "belief_after_offer_min",
    "belief_after_offer_max",
    "belief_after_fight_min",
    "belief_after_fight_max",
)
EXISTS, D1, INTUITIVE = range(3)  # columns of the flags


def _fill_components(
    prior: Any,
    loss_high: Any,
    loss_low: Any,
    escalation_cost: Any,
    dividend: Any,
    receiver_dividend: Any,
    pressure: Any,
    shelter: Any,
    face_cost: Any,
    guarantee: Any,
    values: Any,
    flags: Any,
) -> Any:
    """Fill ``values[9, 10]`` (columns ``COLUMNS``) and ``flags[9, 3]`` (exists, D1, intuitive), row by row of ``ROWS``.

    Conditions hold literally as in the table of docs/model.md, section 2, weak inequalities included.

    Returns:
        How near the parameters are to a knife edge: the least distance of any compared pair of numbers, times 0.001
        for pairs whose difference is only divided by.
    """
    zero, one = prior - prior, prior - prior + 1
    exposed, unpressed = 1 - shelter, 1 - pressure
    spread = loss_low - loss_high
    # Beliefs Pr(high) below which the receiver escalates: after an offer, after fighting.
    belief_offer = (loss_low - (escalation_cost + guarantee + receiver_dividend) / exposed) / spread
    belief_fight = (loss_low - escalation_cost / unpressed) / spread
    margin = min(
        spread / 1000,
        abs(belief_offer - belief_fight) / 1000,
        abs(belief_offer),
        abs(belief_offer - 1),
        abs(belief_fight),
        abs(belief_fight - 1),
        abs(prior - belief_offer),
        abs(prior - belief_fight),
    )
    # R_m, the replies that are optimal for some belief: an interval with ends 0 or 1.
    offer_min, offer_max = (one if belief_offer >= 1 else zero), (zero if belief_offer <= 0 else one)
    fight_min, fight_max = (one if belief_fight >= 1 else zero), (zero if belief_fight <= 0 else one)

    # -- pool-talk: both offer; fighting on is off the path. D_θ >= 0 iff r >= indifferent_θ.
    q = one if prior < belief_offer else zero
    # D_θ(q, r) = flat + ℓ_θ (pressure + unpressed r - exposed q)
    flat = dividend * (1 - q) - q * face_cost
    indifferent_low = (exposed * q - pressure - flat / loss_low) / unpressed
    if loss_high > 0:
        indifferent_high = (exposed * q - pressure - flat / loss_high) / unpressed
    else:
        indifferent_high = -one if flat >= 0 else one + 1  # D_H = flat whatever the reply
    need = max(indifferent_high, indifferent_low)
    low_end = max(fight_min, need)
    margin = min(margin, abs(need - fight_max), abs(indifferent_high), abs(indifferent_low))
    flags[POOL_TALK, EXISTS] = low_end <= fight_max
    mixed_reply = fight_min < fight_max
    # D1: the type that gains from fighting for more replies is the high one iff flat < 0.
    flags[POOL_TALK, D1] = not (mixed_reply and flat < 0 and indifferent_high > 0)
    flags[POOL_TALK, INTUITIVE] = not (mixed_reply and indifferent_low < 0 and indifferent_high > 0)
    values[POOL_TALK, 0], values[POOL_TALK, 1] = one, one
    values[POOL_TALK, 2], values[POOL_TALK, 3] = q, q
    values[POOL_TALK, 4], values[POOL_TALK, 5] = low_end, fight_max
    values[POOL_TALK, 6], values[POOL_TALK, 7] = prior, prior
    values[POOL_TALK, 8], values[POOL_TALK, 9] = zero, (belief_fight if mixed_reply and low_end > 0 else one)

    # -- pool-fight: both fight on; an offer is off the path. D_θ <= 0 iff q >= indifferent_θ, which is positive.
    r = one if prior < belief_fight else zero
    suffered = pressure + unpressed * r
    indifferent_high = (dividend + suffered * loss_high) / (dividend + face_cost + exposed * loss_high)
    indifferent_low = (dividend + suffered * loss_low) / (dividend + face_cost + exposed * loss_low)
    need = max(indifferent_high, indifferent_low)
    low_end = max(offer_min, need)
    inference = suffered * (dividend + face_cost) - exposed * dividend  # α: adverse inference where positive
    margin = min(margin, abs(need - offer_max), abs(inference))
    flags[POOL_FIGHT, EXISTS] = low_end <= offer_max
    mixed_reply = offer_min < offer_max
    flags[POOL_FIGHT, D1] = not (mixed_reply and inference < 0)
    flags[POOL_FIGHT, INTUITIVE] = True  # no type is sure to lose where the receiver may hold; see docs
    values[POOL_FIGHT, 0], values[POOL_FIGHT, 1] = zero, zero
    values[POOL_FIGHT, 2], values[POOL_FIGHT, 3] = low_end, offer_max
    values[POOL_FIGHT, 4], values[POOL_FIGHT, 5] = r, r
    values[POOL_FIGHT, 6], values[POOL_FIGHT, 7] = zero, (belief_offer if mixed_reply else one)
    values[POOL_FIGHT, 8], values[POOL_FIGHT, 9] = prior, prior

    # -- the other rows have both messages on the path: points, with nothing for a refinement to do.
    for row in range(2, 9):
        flags[row, D1] = True
        flags[row, INTUITIVE] = True
        # What fighting on and offering reveal: beliefs where they are certain, thresholds where the receiver mixes.
        offered, fought = zero, zero
        if row in (HIGH_TALKS, LOW_FIGHTS_HIGH_MIXES):
            offered = one
        elif row in (HIGH_TALKS_LOW_MIXES, LOW_TALKS_HIGH_MIXES, BOTH_MIX):
            offered = belief_offer
        if row in (LOW_TALKS, LOW_TALKS_HIGH_MIXES):
            fought = one
        elif row in (HIGH_FIGHTS_LOW_MIXES, LOW_FIGHTS_HIGH_MIXES, BOTH_MIX):
            fought = belief_fight
        q = one if offered < belief_offer else zero
        r = one if fought < belief_fight else zero
        offer_high, offer_low = zero, zero
        feasible = True

        if row == LOW_TALKS:
            offer_low = one
        elif row == HIGH_TALKS:
            offer_high = one
        elif row == HIGH_TALKS_LOW_MIXES:
            feasible = prior < belief_offer and belief_offer < 1
            offer_high = one
            if feasible:
                offer_low = prior * (1 - belief_offer) / (belief_offer * (1 - prior))
        elif row == LOW_TALKS_HIGH_MIXES:
            feasible = zero < belief_offer and belief_offer < prior
            offer_low = one
            if feasible:
                offer_high = belief_offer * (1 - prior) / (prior * (1 - belief_offer))
        elif row == HIGH_FIGHTS_LOW_MIXES:
            feasible = prior < belief_fight and belief_fight < 1
            if feasible:
                offer_low = 1 - prior * (1 - belief_fight) / (belief_fight * (1 - prior))
        elif row == LOW_FIGHTS_HIGH_MIXES:
            feasible = zero < belief_fight and belief_fight < prior
            if feasible:
                offer_high = 1 - belief_fight * (1 - prior) / (prior * (1 - belief_fight))
        else:
            low, high = min(belief_offer, belief_fight), max(belief_offer, belief_fight)
            feasible = zero < low and low < prior and prior < high and high < 1
            if feasible:
                mass = (prior - belief_fight) / (belief_offer - belief_fight)
                offer_high = mass * belief_offer / prior
                offer_low = mass * (1 - belief_offer) / (1 - prior)

        # The mixing type's indifference pins the receiver's mixture.
        if row in (HIGH_TALKS_LOW_MIXES, LOW_TALKS_HIGH_MIXES):
            loss = loss_low if row == HIGH_TALKS_LOW_MIXES else loss_high
            q = (dividend + (pressure + unpressed * r) * loss) / (dividend + face_cost + exposed * loss)
            feasible = feasible and q < 1
            margin = min(margin, abs(q - 1))
        elif row in (HIGH_FIGHTS_LOW_MIXES, LOW_FIGHTS_HIGH_MIXES):
            loss = loss_low if row == HIGH_FIGHTS_LOW_MIXES else loss_high
            feasible = feasible and loss > 0
            if feasible:
                r = (exposed * q - pressure - (dividend * (1 - q) - q * face_cost) / loss) / unpressed
                feasible = zero < r and r < 1
                margin = min(margin, abs(r), abs(r - 1))
        elif row == BOTH_MIX:
            q = dividend / (dividend + face_cost)
            r = (q * exposed - pressure) / unpressed
            feasible = feasible and q < 1 and zero < r and r < 1
            margin = min(margin, abs(q - 1), abs(r), abs(r - 1))

        # No type gains by the other message; a mixing type is indifferent by construction.
        if feasible and row != BOTH_MIX:
            flat = dividend * (1 - q) - q * face_cost
            slope = pressure + unpressed * r - exposed * q
            gain_high, gain_low = flat + loss_high * slope, flat + loss_low * slope
            if row not in (LOW_TALKS_HIGH_MIXES, LOW_FIGHTS_HIGH_MIXES):
                feasible = gain_high >= 0 if row in (HIGH_TALKS, HIGH_TALKS_LOW_MIXES) else gain_high <= 0
                margin = min(margin, abs(gain_high))
            if feasible and row not in (HIGH_TALKS_LOW_MIXES, HIGH_FIGHTS_LOW_MIXES):
                feasible = gain_low >= 0 if row in (LOW_TALKS, LOW_TALKS_HIGH_MIXES) else gain_low <= 0
                margin = min(margin, abs(gain_low))

        flags[row, EXISTS] = feasible
        values[row, 0], values[row, 1] = offer_high, offer_low
        values[row, 2], values[row, 3] = q, q
        values[row, 4], values[row, 5] = r, r
        values[row, 6], values[row, 7] = offered, offered
        values[row, 8], values[row, 9] = fought, fought
    return margin


fill_components: Callable[..., Any] = _fill_components
_compiled_fill = numba.njit(cache=True, error_model="numpy")(_fill_components)


@numba.njit(cache=True, error_model="numpy")
def _solve_array(parameters, values, flags, margins):  # type: ignore[no-untyped-def]  # compiled
    for game in range(parameters.shape[0]):
        p = parameters[game]
        margins[game] = _compiled_fill(
            p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], values[game], flags[game]
        )


def solve_array(parameters: FloatArray) -> tuple[FloatArray, BoolArray, FloatArray]:
    """All components of many talks games at once, in floats.

    Args:
        parameters: ``[n, 10]``, columns in the order of ``games.talks.RANGES``, each row valid.

    Returns:
        values ``[n, 9, 10]`` (rows ``ROWS``, columns ``COLUMNS``; meaningless where the row does not exist), flags
        ``[n, 9, 3]`` (exists, survives D1, survives the intuitive criterion), and the distance of each game from a
        knife edge ``[n]``: where it is below about 1e-9, only exact arithmetic can tell.
    """
    parameters = np.ascontiguousarray(parameters, dtype=np.float64)
    if parameters.ndim != 2 or parameters.shape[1] != 10:
        raise ValueError(f"parameters has shape {parameters.shape}: expected [n, 10]")
    n = len(parameters)
    values = np.empty((n, len(ROWS), len(COLUMNS)))
    flags = np.empty((n, len(ROWS), 3), dtype=np.bool_)
    margins = np.empty(n)
    _solve_array(parameters, values, flags, margins)
    return values, flags, margins
