"""The closed forms of the talks game, once, for floats and for exact rationals (docs/model.md, section 2).

Which rows of the table exist, and which survive a refinement, turns on the *signs* of thirteen numbers and on nothing
else: ``decisive_quantities``. None needs a division. They are also the curves on a map of the parameters where the
set of equilibria changes (``theory.talks.boundaries``). The functions here are plain arithmetic, so that the same
lines run compiled over millions of parameter vectors and uncompiled on :class:`fractions.Fraction` or on arrays.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import TalksColumns
from olivebranch.theory.talks.columns import ComponentColumns, DecisiveQuantities

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

# Places in a line of numbers, in which the compiled loop writes a component: ten arrays side by side, as everyone else
# reads them, would take it a third longer. Nobody else knows of such lines.
(
    OFFER_HIGH,
    OFFER_LOW,
    ESCALATE_AFTER_OFFER_MIN,
    ESCALATE_AFTER_OFFER_MAX,
    ESCALATE_AFTER_FIGHT_MIN,
    ESCALATE_AFTER_FIGHT_MAX,
    BELIEF_AFTER_OFFER_MIN,
    BELIEF_AFTER_OFFER_MAX,
    BELIEF_AFTER_FIGHT_MIN,
    BELIEF_AFTER_FIGHT_MAX,
) = range(len(ComponentColumns._fields))
EXISTS, D1, INTUITIVE = range(3)  # columns of the flags; in the packed form 9 bits each, in this order
ALL_ROWS = (1 << len(ROWS)) - 1

PackedFlags = NDArray[np.uint32]


def decisive_quantities(p: TalksColumns[Any]) -> DecisiveQuantities[Any]:
    """The decisive quantities of one game, or of many: columns broadcast."""
    exposed, unpressed = 1 - p.shelter, 1 - p.pressure
    expected_loss = p.prior_high * p.loss_high + (1 - p.prior_high) * p.loss_low
    cost_after_offer = p.escalation_cost + p.guarantee + p.receiver_dividend
    return DecisiveQuantities(
        offer_low=exposed * p.loss_low - cost_after_offer,
        offer_high=exposed * p.loss_high - cost_after_offer,
        offer_prior=exposed * expected_loss - cost_after_offer,
        fight_low=unpressed * p.loss_low - p.escalation_cost,
        fight_high=unpressed * p.loss_high - p.escalation_cost,
        fight_prior=unpressed * expected_loss - p.escalation_cost,
        high_if_held=p.loss_high * (p.pressure - exposed) - p.face_cost,
        low_if_held=p.loss_low * (p.pressure - exposed) - p.face_cost,
        high_if_escalated=p.loss_high * p.shelter - p.face_cost,
        low_if_escalated=p.loss_low * p.shelter - p.face_cost,
        inference_if_held=p.pressure * (p.sender_dividend + p.face_cost) - exposed * p.sender_dividend,
        inference_if_escalated=p.face_cost + p.shelter * p.sender_dividend,
        face_cost=p.face_cost,
    )


def decide(d: DecisiveQuantities[Any]) -> int:
    """Which rows exist and survive, from the decisive quantities, as 27 bits (see ``flag_table``).

    A row that is escalated on for sure after an offer needs μ_T > 0 (else both types gain by offering), which leaves
    D_θ(1, r). Mixed rows: with q from D_θ = 0 the other type's gain has the sign of -α (high) or α (low); with r from
    D_θ = 0 it has that of -f (high) or f (low). docs/regions.md has the derivations. Weak inequalities hold
    weakly.
    """
    # D_θ(1, r) and α where r is the reply to fighting if that reveals the low type, the high type, or nothing.
    high_l, low_l, inference_l = d.high_if_held, d.low_if_held, d.inference_if_held
    if d.fight_low > 0:
        high_l, low_l, inference_l = d.high_if_escalated, d.low_if_escalated, d.inference_if_escalated
    high_h, low_h, inference_h = d.high_if_held, d.low_if_held, d.inference_if_held
    if d.fight_high > 0:
        high_h, low_h, inference_h = d.high_if_escalated, d.low_if_escalated, d.inference_if_escalated
    high_p, low_p, inference_p = d.high_if_held, d.low_if_held, d.inference_if_held
    if d.fight_prior > 0:
        high_p, low_p, inference_p = d.high_if_escalated, d.low_if_escalated, d.inference_if_escalated
    either_after_offer = (d.offer_low > 0) & (d.offer_high < 0)  # some belief calls for either reply
    either_after_fight = (d.fight_low > 0) & (d.fight_high < 0)

    pool_talk = (d.offer_prior <= 0) | ((high_l >= 0) & (low_l >= 0))
    strong_would_fight = either_after_fight & (d.offer_prior > 0) & (d.high_if_held < 0)
    pool_fight = (d.offer_low > 0) & (high_p <= 0) & (low_p <= 0)
    low_talks = (d.offer_low > 0) & (low_h >= 0) & (high_h <= 0)
    high_talks = (d.offer_high > 0) & (high_l >= 0) & (low_l <= 0)
    high_talks_low_mixes = (d.offer_prior > 0) & (d.offer_high < 0) & (low_l < 0) & (inference_l <= 0)
    low_talks_high_mixes = (d.offer_low > 0) & (d.offer_prior < 0) & (high_h < 0) & (inference_h >= 0)
    low_pinned = (d.low_if_held < 0) & (d.low_if_escalated > 0)
    high_fights_low_mixes = (d.fight_prior > 0) & (d.fight_high < 0) & (d.offer_low > 0) & low_pinned
    high_pinned = (d.high_if_held < 0) & (d.high_if_escalated > 0) & (d.face_cost <= 0)
    low_fights_high_mixes = (d.fight_low > 0) & (d.fight_prior < 0) & (d.offer_high > 0) & high_pinned
    between = ((d.offer_prior > 0) & (d.fight_prior < 0)) | ((d.offer_prior < 0) & (d.fight_prior > 0))
    both_mix = either_after_offer & either_after_fight & between & (d.face_cost > 0) & (d.inference_if_held < 0)

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
    talk_d1 = pool_talk & (not (strong_would_fight & (d.face_cost > 0)))
    fight_d1 = pool_fight & (not (either_after_offer & (inference_p < 0)))
    # The intuitive criterion asks whether the weak are sure to lose; by an offer, which may be met, none is.
    talk_intuitive = pool_talk & (not (strong_would_fight & (d.low_if_held > 0)))
    exists = mixed | (int(pool_talk) << POOL_TALK) | (int(pool_fight) << POOL_FIGHT)
    d1 = mixed | (int(talk_d1) << POOL_TALK) | (int(fight_d1) << POOL_FIGHT)
    intuitive = mixed | (int(talk_intuitive) << POOL_TALK) | (int(pool_fight) << POOL_FIGHT)
    return exists | (d1 << 9) | (intuitive << 18)


def knife_edge_distance(spread: Any, d: DecisiveQuantities[Any]) -> Any:
    """The least absolute value of the decisive quantities that matter at these parameters.

    ``spread`` is ℓ_L - ℓ_H, which the components' numbers are divided by; it counts for a thousandth.
    """
    far = spread - spread + 1
    receiver_offer = min(abs(d.offer_low), abs(d.offer_high), abs(d.offer_prior))
    receiver_fight = min(abs(d.fight_low), abs(d.fight_high), abs(d.fight_prior))
    held = min(abs(d.high_if_held), abs(d.low_if_held)) if d.fight_high <= 0 else far
    escalated = min(abs(d.high_if_escalated), abs(d.low_if_escalated)) if d.fight_low >= 0 else far
    inference = min(
        abs(d.inference_if_held) if d.fight_high <= 0 else far,
        abs(d.inference_if_escalated) if d.fight_low >= 0 else far,
    )
    doubt_after_fight = (d.fight_low >= 0) & (d.fight_high <= 0)  # face_cost = 0 is common, so ask whether it decides
    talk_d1 = doubt_after_fight & (d.offer_prior >= 0) & (d.high_if_held < 0) & (d.high_if_escalated >= 0)
    both_mix = doubt_after_fight & (d.offer_high <= 0) & (d.inference_if_held <= 0)
    high_mixes = (d.fight_low >= 0) & (d.fight_prior <= 0) & (d.offer_high >= 0) & (d.high_if_held < 0)
    face = abs(d.face_cost) if talk_d1 | both_mix | high_mixes else far
    sender = min(held, escalated, inference if d.offer_high <= 0 else far, face) if d.offer_low >= 0 else far
    return min(spread / 1000, receiver_offer, receiver_fight, sender)


def fill_components(packed: int, values: NDArray[Any], p: TalksColumns[Any]) -> None:
    """Fill the lines of ``values``, ``[m, 10]``: one for each of the m rows that ``packed`` says exist."""
    zero, one = p.prior_high - p.prior_high, p.prior_high - p.prior_high + 1
    exposed, unpressed, spread = 1 - p.shelter, 1 - p.pressure, p.loss_low - p.loss_high
    # Beliefs Pr(high) below which the receiver escalates: after an offer, after fighting.
    belief_offer = (p.loss_low - (p.escalation_cost + p.guarantee + p.receiver_dividend) / exposed) / spread
    belief_fight = (p.loss_low - p.escalation_cost / unpressed) / spread
    line = -1
    for row in range(9):
        if not packed >> row & 1:
            continue
        line += 1
        offer_high, offer_low = zero, zero
        # What offering and fighting on reveal, and the replies to that; off the path both are intervals.
        offered, fought = zero, zero
        if row == POOL_TALK:
            offered = p.prior_high
        elif row in (HIGH_TALKS, LOW_FIGHTS_HIGH_MIXES):
            offered = one
        elif row in (HIGH_TALKS_LOW_MIXES, LOW_TALKS_HIGH_MIXES, BOTH_MIX):
            offered = belief_offer
        if row == POOL_FIGHT:
            fought = p.prior_high
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
            flat = p.sender_dividend * (1 - q) - q * p.face_cost
            need = (exposed * q - p.pressure - flat / p.loss_low) / unpressed
            if p.loss_high > 0:
                need = max(need, (exposed * q - p.pressure - flat / p.loss_high) / unpressed)
            r_max = one if belief_fight > 0 else zero
            r = max(one if belief_fight >= 1 else zero, need)
            fought_max = belief_fight if zero < belief_fight and belief_fight < 1 and r > 0 else one
        elif row == POOL_FIGHT:
            # D_θ <= 0 iff q is at least
            suffered = p.pressure + unpressed * r
            need_high = (p.sender_dividend + suffered * p.loss_high) / (
                p.sender_dividend + p.face_cost + exposed * p.loss_high
            )
            need_low = (p.sender_dividend + suffered * p.loss_low) / (
                p.sender_dividend + p.face_cost + exposed * p.loss_low
            )
            q_max = one
            q = max(one if belief_offer >= 1 else zero, max(need_high, need_low))
            offered_max = belief_offer if belief_offer < 1 else one
        elif row == LOW_TALKS:
            offer_low = one
        elif row == HIGH_TALKS:
            offer_high = one
        elif row == HIGH_TALKS_LOW_MIXES:
            offer_high, offer_low = one, p.prior_high * (1 - belief_offer) / (belief_offer * (1 - p.prior_high))
            q = (p.sender_dividend + (p.pressure + unpressed * r) * p.loss_low) / (
                p.sender_dividend + p.face_cost + exposed * p.loss_low
            )
            q_max = q
        elif row == LOW_TALKS_HIGH_MIXES:
            offer_high, offer_low = belief_offer * (1 - p.prior_high) / (p.prior_high * (1 - belief_offer)), one
            q = (p.sender_dividend + (p.pressure + unpressed * r) * p.loss_high) / (
                p.sender_dividend + p.face_cost + exposed * p.loss_high
            )
            q_max = q
        elif row == HIGH_FIGHTS_LOW_MIXES:
            offer_low = 1 - p.prior_high * (1 - belief_fight) / (belief_fight * (1 - p.prior_high))
            r = (exposed - p.pressure + p.face_cost / p.loss_low) / unpressed
            r_max = r
        elif row == LOW_FIGHTS_HIGH_MIXES:
            offer_high = 1 - belief_fight * (1 - p.prior_high) / (p.prior_high * (1 - belief_fight))
            r = (exposed - p.pressure + p.face_cost / p.loss_high) / unpressed
            r_max = r
        else:
            mass = (p.prior_high - belief_fight) / (belief_offer - belief_fight)
            offer_high, offer_low = mass * belief_offer / p.prior_high, mass * (1 - belief_offer) / (1 - p.prior_high)
            q = p.sender_dividend / (p.sender_dividend + p.face_cost)
            r = (q * exposed - p.pressure) / unpressed
            q_max, r_max = q, r

        off_offer, off_fight = row == POOL_FIGHT, row == POOL_TALK
        values[line, OFFER_HIGH] = offer_high
        values[line, OFFER_LOW] = offer_low
        values[line, ESCALATE_AFTER_OFFER_MIN] = q
        values[line, ESCALATE_AFTER_OFFER_MAX] = q_max
        values[line, ESCALATE_AFTER_FIGHT_MIN] = r
        values[line, ESCALATE_AFTER_FIGHT_MAX] = r_max
        values[line, BELIEF_AFTER_OFFER_MIN] = zero if off_offer else offered
        values[line, BELIEF_AFTER_OFFER_MAX] = offered_max
        values[line, BELIEF_AFTER_FIGHT_MIN] = zero if off_fight else fought
        values[line, BELIEF_AFTER_FIGHT_MAX] = fought_max


def solve_exact(p: TalksColumns[Fraction]) -> tuple[int, Fraction, list[ComponentColumns[Fraction]]]:
    """One game in rational arithmetic: packed flags, knife-edge distance, and the components that exist, in order."""
    quantities = decisive_quantities(p)
    packed = decide(quantities)
    count = (packed & ALL_ROWS).bit_count()
    lines = np.empty((count, len(ComponentColumns._fields)), dtype=object)
    fill_components(packed, lines, p)
    components = [ComponentColumns(*numbers) for numbers in lines]
    return packed, knife_edge_distance(p.loss_low - p.loss_high, quantities), components


# NumPy's rules for division: next to a knife edge a row may divide by a rounded zero, and is solved again exactly.
_compiled = compiled(error_model="numpy")
_decisive, _decide = _compiled(decisive_quantities), _compiled(decide)
_distance, _fill = _compiled(knife_edge_distance), _compiled(fill_components)


@_compiled
def _one_game(games: TalksColumns[FloatArray], number: int) -> TalksColumns[float]:
    return TalksColumns(
        games.prior_high[number],
        games.loss_high[number],
        games.loss_low[number],
        games.escalation_cost[number],
        games.sender_dividend[number],
        games.receiver_dividend[number],
        games.pressure[number],
        games.shelter[number],
        games.face_cost[number],
        games.guarantee[number],
    )


@_compiled
def _flag_array(games: TalksColumns[FloatArray], packed: PackedFlags, margins: FloatArray) -> None:
    for number in range(len(packed)):
        game = _one_game(games, number)
        quantities = _decisive(game)
        packed[number], margins[number] = _decide(quantities), _distance(game.loss_low - game.loss_high, quantities)


@_compiled
def _component_array(games: TalksColumns[FloatArray], packed: PackedFlags, values: FloatArray) -> None:
    start = 0
    for number in range(len(packed)):
        _fill(packed[number], values[start:], _one_game(games, number))
        for row in range(9):
            start += packed[number] >> row & 1


@_compiled
def _unpack(packed: PackedFlags, table: BoolArray) -> None:
    for game in range(len(packed)):
        for row in range(9):
            for column in range(3):
                table[game, row, column] = packed[game] >> (9 * column + row) & 1


def solve_flags(games: TalksColumns[FloatArray]) -> tuple[PackedFlags, FloatArray]:
    """Which components many talks games have, in floats and without the components' numbers.

    Args:
        games: valid parameters, each ``[n]``.

    Returns:
        packed flags ``[n]`` (see :func:`flag_table`) and the distance of each game from a knife edge ``[n]``: where
        it is below about 1e-9, only exact arithmetic can tell.
    """
    games = TalksColumns(*same_length(games))
    packed, margins = np.empty(len(games.prior_high), dtype=np.uint32), np.empty(len(games.prior_high))
    _flag_array(games, packed, margins)
    return packed, margins


def flag_table(packed: PackedFlags | int) -> BoolArray:
    """Packed flags ``[..]`` as ``[.., 9, 3]``: does the row exist, does it survive D1, the intuitive criterion."""
    given = np.asarray(packed, dtype=np.uint32)
    table = np.empty((given.size, len(ROWS), 3), dtype=np.bool_)
    _unpack(given.ravel(), table)
    return table.reshape(*given.shape, len(ROWS), 3)


def solve_array(games: TalksColumns[FloatArray]) -> tuple[ComponentColumns[FloatArray], BoolArray, FloatArray]:
    """All components of many talks games at once, in floats; arguments and margins as in :func:`solve_flags`.

    Returns:
        the components of all games, ``[m]`` each, in the order of the true entries of ``flags[:, :, EXISTS]``; flags
        ``[n, 9, 3]`` (exists, survives D1, survives the intuitive criterion); margins ``[n]``.
    """
    games = TalksColumns(*same_length(games))
    packed, margins = solve_flags(games)
    flags = flag_table(packed)
    count = np.count_nonzero(flags[:, :, EXISTS])
    lines = np.empty((count, len(ComponentColumns._fields)))
    _component_array(games, packed, lines)
    return ComponentColumns(*lines.T), flags, margins


def same_length(columns: Iterable[FloatArray]) -> Iterator[FloatArray]:
    """The columns as arrays of floats. Raises ValueError unless all have one shape, ``[n]``."""
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1 or len(min(shapes)) != 1:
        raise ValueError(f"columns of shapes {', '.join(map(str, sorted(shapes)))}: expected one shape [n] for all")
    return iter(arrays)
