"""The closed forms of the talks game, once, for floats and for exact rationals (docs/model.md, section 2).

Which rows of the table exist, and which survive a refinement, turns on the *signs* of thirteen numbers and on nothing
else: ``decisive_quantities``. None needs a division. They are also the curves on a map of the parameters where the
set of equilibria changes (``theory.talks.boundaries``). The functions here are plain arithmetic, so that the same
lines run compiled over millions of parameter vectors and uncompiled on :class:`fractions.Fraction` or on arrays.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from olivebranch.core.compiled import compiled
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
EXISTS, D1, INTUITIVE = range(3)  # columns of the flags; in the packed form 9 bits each, in this order
ALL_ROWS = (1 << len(ROWS)) - 1

PackedFlags = NDArray[np.uint32]


def decisive_quantities(
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
) -> tuple[Any, ...]:
    """The numbers on whose signs the set of equilibria turns, in units of the stake; arguments broadcast.

    In order: what escalating after an offer gains the receiver if the sender is surely low, surely high, or as the
    prior says (positive iff μ_T > 0, μ_T > 1, μ_T > π); the same after fighting (μ_F); D_H and D_L, what offering
    gains each type if the receiver escalates on an offer and holds otherwise, then if it escalates on both; the
    adverse-inference term α if the receiver holds after fighting, then if it escalates; and the face cost.
    """
    exposed, unpressed = 1 - shelter, 1 - pressure
    expected_loss = prior * loss_high + (1 - prior) * loss_low
    cost_after_offer = escalation_cost + guarantee + receiver_dividend
    return (
        exposed * loss_low - cost_after_offer,
        exposed * loss_high - cost_after_offer,
        exposed * expected_loss - cost_after_offer,
        unpressed * loss_low - escalation_cost,
        unpressed * loss_high - escalation_cost,
        unpressed * expected_loss - escalation_cost,
        loss_high * (pressure - exposed) - face_cost,
        loss_low * (pressure - exposed) - face_cost,
        loss_high * shelter - face_cost,
        loss_low * shelter - face_cost,
        pressure * (dividend + face_cost) - exposed * dividend,
        face_cost + shelter * dividend,
        face_cost,
    )


def decide(
    offer_low: Any,
    offer_high: Any,
    offer_prior: Any,
    fight_low: Any,
    fight_high: Any,
    fight_prior: Any,
    high_if_held: Any,
    low_if_held: Any,
    high_if_escalated: Any,
    low_if_escalated: Any,
    inference_if_held: Any,
    inference_if_escalated: Any,
    face_cost: Any,
) -> Any:
    """Which rows exist and survive, from the decisive quantities, as 27 bits (see ``flag_table``).

    A row that is escalated on for sure after an offer needs μ_T > 0 (else both types gain by offering), which leaves
    D_θ(1, r). Mixed rows: with q from D_θ = 0 the other type's gain has the sign of -α (high) or α (low); with r from
    D_θ = 0 it has that of -f (high) or f (low). docs/regions.md has the derivations. Weak inequalities hold
    weakly.
    """
    # D_θ(1, r) and α where r is the reply to fighting if that reveals the low type, the high type, or nothing.
    high_l, low_l, inference_l = high_if_held, low_if_held, inference_if_held
    if fight_low > 0:
        high_l, low_l, inference_l = high_if_escalated, low_if_escalated, inference_if_escalated
    high_h, low_h, inference_h = high_if_held, low_if_held, inference_if_held
    if fight_high > 0:
        high_h, low_h, inference_h = high_if_escalated, low_if_escalated, inference_if_escalated
    high_p, low_p, inference_p = high_if_held, low_if_held, inference_if_held
    if fight_prior > 0:
        high_p, low_p, inference_p = high_if_escalated, low_if_escalated, inference_if_escalated
    either_after_offer = (offer_low > 0) & (offer_high < 0)  # some belief calls for either reply
    either_after_fight = (fight_low > 0) & (fight_high < 0)

    pool_talk = (offer_prior <= 0) | ((high_l >= 0) & (low_l >= 0))
    strong_would_fight = either_after_fight & (offer_prior > 0) & (high_if_held < 0)
    pool_fight = (offer_low > 0) & (high_p <= 0) & (low_p <= 0)
    low_talks = (offer_low > 0) & (low_h >= 0) & (high_h <= 0)
    high_talks = (offer_high > 0) & (high_l >= 0) & (low_l <= 0)
    high_talks_low_mixes = (offer_prior > 0) & (offer_high < 0) & (low_l < 0) & (inference_l <= 0)
    low_talks_high_mixes = (offer_low > 0) & (offer_prior < 0) & (high_h < 0) & (inference_h >= 0)
    low_pinned = (low_if_held < 0) & (low_if_escalated > 0)
    high_fights_low_mixes = (fight_prior > 0) & (fight_high < 0) & (offer_low > 0) & low_pinned
    high_pinned = (high_if_held < 0) & (high_if_escalated > 0) & (face_cost <= 0)
    low_fights_high_mixes = (fight_low > 0) & (fight_prior < 0) & (offer_high > 0) & high_pinned
    between = ((offer_prior > 0) & (fight_prior < 0)) | ((offer_prior < 0) & (fight_prior > 0))
    both_mix = either_after_offer & either_after_fight & between & (face_cost > 0) & (inference_if_held < 0)

    mixed = (
        (int(low_talks) << LOW_TALKS)
        | (int(high_talks) << HIGH_TALKS)
        | (int(high_talks_low_mixes) << HIGH_TALKS_LOW_MIXES)
        | (int(low_talks_high_mixes) << LOW_TALKS_HIGH_MIXES)
        | (int(high_fights_low_mixes) << HIGH_FIGHTS_LOW_MIXES)
        | (int(low_fights_high_mixes) << LOW_FIGHTS_HIGH_MIXES)
        | (int(both_mix) << BOTH_MIX)
    )  # both messages on the path: nothing for a refinement to do
    # Who gains from the unexpected message for more replies? Where it is the strong type, D1 believes that it is.
    talk_d1 = pool_talk & (not (strong_would_fight & (face_cost > 0)))
    fight_d1 = pool_fight & (not (either_after_offer & (inference_p < 0)))
    # The intuitive criterion asks whether the weak are sure to lose; by an offer, which may be met, none is.
    talk_intuitive = pool_talk & (not (strong_would_fight & (low_if_held > 0)))
    exists = mixed | (int(pool_talk) << POOL_TALK) | (int(pool_fight) << POOL_FIGHT)
    d1 = mixed | (int(talk_d1) << POOL_TALK) | (int(fight_d1) << POOL_FIGHT)
    intuitive = mixed | (int(talk_intuitive) << POOL_TALK) | (int(pool_fight) << POOL_FIGHT)
    return exists | (d1 << 9) | (intuitive << 18)


def knife_edge_distance(
    spread: Any,
    offer_low: Any,
    offer_high: Any,
    offer_prior: Any,
    fight_low: Any,
    fight_high: Any,
    fight_prior: Any,
    high_if_held: Any,
    low_if_held: Any,
    high_if_escalated: Any,
    low_if_escalated: Any,
    inference_if_held: Any,
    inference_if_escalated: Any,
    face_cost: Any,
) -> Any:
    """The least absolute value of the decisive quantities that matter at these parameters.

    ``spread`` is ℓ_L - ℓ_H, which the components' numbers are divided by; it counts for a thousandth.
    """
    far = spread - spread + 1
    receiver_offer = min(abs(offer_low), abs(offer_high), abs(offer_prior))
    receiver_fight = min(abs(fight_low), abs(fight_high), abs(fight_prior))
    held = min(abs(high_if_held), abs(low_if_held)) if fight_high <= 0 else far
    escalated = min(abs(high_if_escalated), abs(low_if_escalated)) if fight_low >= 0 else far
    inference = min(
        abs(inference_if_held) if fight_high <= 0 else far, abs(inference_if_escalated) if fight_low >= 0 else far
    )
    doubt_after_fight = (fight_low >= 0) & (fight_high <= 0)  # face_cost = 0 is common, so ask whether it decides
    talk_d1 = doubt_after_fight & (offer_prior >= 0) & (high_if_held < 0) & (high_if_escalated >= 0)
    both_mix = doubt_after_fight & (offer_high <= 0) & (inference_if_held <= 0)
    high_mixes = (fight_low >= 0) & (fight_prior <= 0) & (offer_high >= 0) & (high_if_held < 0)
    face = abs(face_cost) if talk_d1 | both_mix | high_mixes else far
    sender = min(held, escalated, inference if offer_high <= 0 else far, face) if offer_low >= 0 else far
    return min(spread / 1000, receiver_offer, receiver_fight, sender)


def fill_components(
    packed: Any,
    values: Any,
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
) -> None:
    """Fill ``values[m, 10]`` (columns ``COLUMNS``), one line for each of the m rows that ``packed`` says exist."""
    zero, one = prior - prior, prior - prior + 1
    exposed, unpressed, spread = 1 - shelter, 1 - pressure, loss_low - loss_high
    # Beliefs Pr(high) below which the receiver escalates: after an offer, after fighting.
    belief_offer = (loss_low - (escalation_cost + guarantee + receiver_dividend) / exposed) / spread
    belief_fight = (loss_low - escalation_cost / unpressed) / spread
    line = -1
    for row in range(9):
        if not packed >> row & 1:
            continue
        line += 1
        offer_high, offer_low = zero, zero
        # What offering and fighting on reveal, and the replies to that; off the path both are intervals.
        offered, fought = zero, zero
        if row == POOL_TALK:
            offered = prior
        elif row in (HIGH_TALKS, LOW_FIGHTS_HIGH_MIXES):
            offered = one
        elif row in (HIGH_TALKS_LOW_MIXES, LOW_TALKS_HIGH_MIXES, BOTH_MIX):
            offered = belief_offer
        if row == POOL_FIGHT:
            fought = prior
        elif row in (LOW_TALKS, LOW_TALKS_HIGH_MIXES):
            fought = one
        elif row in (HIGH_FIGHTS_LOW_MIXES, LOW_FIGHTS_HIGH_MIXES, BOTH_MIX):
            fought = belief_fight
        q = one if offered < belief_offer else zero
        r = one if fought < belief_fight else zero
        q_max, r_max, offered_max, fought_max = q, r, offered, fought

        if row == POOL_TALK:
            offer_high, offer_low = one, one
            # D_θ(q, r) = flat + ℓ_θ (pressure + unpressed r - exposed q) >= 0 iff r is at least
            flat = dividend * (1 - q) - q * face_cost
            need = (exposed * q - pressure - flat / loss_low) / unpressed
            if loss_high > 0:
                need = max(need, (exposed * q - pressure - flat / loss_high) / unpressed)
            r_max = one if belief_fight > 0 else zero
            r = max(one if belief_fight >= 1 else zero, need)
            fought_max = belief_fight if zero < belief_fight and belief_fight < 1 and r > 0 else one
        elif row == POOL_FIGHT:
            # D_θ <= 0 iff q is at least
            suffered = pressure + unpressed * r
            need_high = (dividend + suffered * loss_high) / (dividend + face_cost + exposed * loss_high)
            need_low = (dividend + suffered * loss_low) / (dividend + face_cost + exposed * loss_low)
            q_max = one
            q = max(one if belief_offer >= 1 else zero, max(need_high, need_low))
            offered_max = belief_offer if belief_offer < 1 else one
        elif row == LOW_TALKS:
            offer_low = one
        elif row == HIGH_TALKS:
            offer_high = one
        elif row == HIGH_TALKS_LOW_MIXES:
            offer_high, offer_low = one, prior * (1 - belief_offer) / (belief_offer * (1 - prior))
            q = (dividend + (pressure + unpressed * r) * loss_low) / (dividend + face_cost + exposed * loss_low)
            q_max = q
        elif row == LOW_TALKS_HIGH_MIXES:
            offer_high, offer_low = belief_offer * (1 - prior) / (prior * (1 - belief_offer)), one
            q = (dividend + (pressure + unpressed * r) * loss_high) / (dividend + face_cost + exposed * loss_high)
            q_max = q
        elif row == HIGH_FIGHTS_LOW_MIXES:
            offer_low = 1 - prior * (1 - belief_fight) / (belief_fight * (1 - prior))
            r = (exposed - pressure + face_cost / loss_low) / unpressed
            r_max = r
        elif row == LOW_FIGHTS_HIGH_MIXES:
            offer_high = 1 - belief_fight * (1 - prior) / (prior * (1 - belief_fight))
            r = (exposed - pressure + face_cost / loss_high) / unpressed
            r_max = r
        else:
            mass = (prior - belief_fight) / (belief_offer - belief_fight)
            offer_high, offer_low = mass * belief_offer / prior, mass * (1 - belief_offer) / (1 - prior)
            q = dividend / (dividend + face_cost)
            r = (q * exposed - pressure) / unpressed
            q_max, r_max = q, r

        off_offer, off_fight = row == POOL_FIGHT, row == POOL_TALK
        values[line, 0], values[line, 1] = offer_high, offer_low
        values[line, 2], values[line, 3] = q, q_max
        values[line, 4], values[line, 5] = r, r_max
        values[line, 6], values[line, 7] = (zero if off_offer else offered), offered_max
        values[line, 8], values[line, 9] = (zero if off_fight else fought), fought_max


def solve_exact(parameters: Sequence[Any]) -> tuple[int, Any, NDArray[np.object_]]:
    """One game in the arithmetic of its parameters (``Fraction``): packed flags, knife-edge distance, and the numbers
    of the components that exist, ``[m, 10]``."""
    quantities = decisive_quantities(*parameters)
    packed = decide(*quantities)
    values = np.empty(((packed & ALL_ROWS).bit_count(), len(COLUMNS)), dtype=object)
    fill_components(packed, values, *parameters)
    return packed, knife_edge_distance(parameters[2] - parameters[1], *quantities), values


# NumPy's rules for division: next to a knife edge a row may divide by a rounded zero, and is solved again exactly.
_compiled: Callable[..., Any] = compiled(error_model="numpy")
_decisive, _decide = _compiled(decisive_quantities), _compiled(decide)
_distance, _fill = _compiled(knife_edge_distance), _compiled(fill_components)


@_compiled
def _flags_of(p):  # type: ignore[no-untyped-def]  # compiled
    quantities = _decisive(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9])
    return _decide(*quantities), _distance(p[2] - p[1], *quantities)


@_compiled
def _flag_array(parameters, packed, margins):  # type: ignore[no-untyped-def]
    for game in range(parameters.shape[0]):
        packed[game], margins[game] = _flags_of(parameters[game])


@_compiled
def _component_array(parameters, packed, values):  # type: ignore[no-untyped-def]
    start = 0
    for game in range(parameters.shape[0]):
        p = parameters[game]
        _fill(packed[game], values[start:], p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9])
        for row in range(9):
            start += packed[game] >> row & 1


@_compiled
def _unpack(packed, table):  # type: ignore[no-untyped-def]
    for game in range(len(packed)):
        for row in range(9):
            for column in range(3):
                table[game, row, column] = packed[game] >> (9 * column + row) & 1


def solve_flags(parameters: FloatArray) -> tuple[PackedFlags, FloatArray]:
    """Which components many talks games have, in floats and without the components' numbers.

    Args:
        parameters: ``[n, 10]``, columns in the order of ``games.talks.RANGES``, each row valid.

    Returns:
        packed flags ``[n]`` (see :func:`flag_table`) and the distance of each game from a knife edge ``[n]``: where
        it is below about 1e-9, only exact arithmetic can tell.
    """
    parameters = _checked(parameters)
    packed, margins = np.empty(len(parameters), dtype=np.uint32), np.empty(len(parameters))
    _flag_array(parameters, packed, margins)
    return packed, margins


def flag_table(packed: Any) -> BoolArray:
    """Packed flags ``[..]`` as ``[.., 9, 3]``: does the row exist, does it survive D1, the intuitive criterion."""
    given = np.asarray(packed, dtype=np.uint32)
    table = np.empty((given.size, len(ROWS), 3), dtype=np.bool_)
    _unpack(given.ravel(), table)
    return table.reshape(*given.shape, len(ROWS), 3)


def solve_array(parameters: FloatArray) -> tuple[FloatArray, BoolArray, FloatArray]:
    """All components of many talks games at once, in floats; arguments and margins as in :func:`solve_flags`.

    Returns:
        values ``[m, 10]`` (columns ``COLUMNS``), one line for each component of each game, in the order of the true
        entries of ``flags[:, :, EXISTS]``; flags ``[n, 9, 3]`` (exists, survives D1, survives the intuitive
        criterion); margins ``[n]``.
    """
    parameters = _checked(parameters)
    packed, margins = solve_flags(parameters)
    flags = flag_table(packed)
    values = np.empty((np.count_nonzero(flags[:, :, EXISTS]), len(COLUMNS)))
    _component_array(parameters, packed, values)
    return values, flags, margins


def _checked(parameters: FloatArray) -> FloatArray:
    parameters = np.ascontiguousarray(parameters, dtype=np.float64)
    if parameters.ndim != 2 or parameters.shape[1] != 10:
        raise ValueError(f"parameters has shape {parameters.shape}: expected [n, 10]")
    return parameters
