"""The demonstration game's equilibrium of interest, by closed form (docs/model.md, section 3; docs/regions.md).

The resilient demonstrate and offer, and are met; the weak fight on or offer plainly, whichever is better. Write W_θ
for the better of the two plain messages when each is answered as if it came from the weak. The profile is a perfect
Bayesian equilibrium iff (1-s) ℓ_H <= k+g+b_R, κ_H <= b_S - W_H and κ_L >= b_S - W_L.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.demonstration import DemonstrationColumns, DemonstrationParameters, compile_demonstration
from olivebranch.games.rules import Action
from olivebranch.theory.signalling.game import exact, signalling_form
from olivebranch.theory.talks.kernel import same_length

MESSAGES = ("plain fight", "plain offer", "demonstrated fight", "demonstrated offer")
PLAIN_FIGHT, PLAIN_OFFER, DEMONSTRATED_FIGHT, DEMONSTRATED_OFFER = range(4)
REPLIES = ("hold", "escalate")
EQUILIBRIUM_NAMES = ("signal-low-fights", "signal-low-talks")
WEAK_MESSAGE = dict(zip(EQUILIBRIUM_NAMES, (PLAIN_FIGHT, PLAIN_OFFER), strict=True))

Interval = tuple[float, float]


@dataclass(frozen=True)
class DemonstrationEquilibrium:
    """One of the two forms of the equilibrium of interest.

    Attributes:
        name: one of ``EQUILIBRIUM_NAMES``.
        messages: the message of the high and of the low type, positions in ``MESSAGES``.
        escalate: for each message the least and largest probability of escalation; they differ off the path only.
        belief: for each message the least and largest belief Pr(high) that supports a reply of that interval.
        d1: whether the equilibrium survives D1 (Banks and Sobel 1987; Cho and Kreps 1987).
    """

    name: str
    messages: tuple[int, int]
    escalate: tuple[Interval, Interval, Interval, Interval]
    belief: tuple[Interval, Interval, Interval, Interval]
    d1: bool

    @property
    def strategy(self) -> FloatArray:
        """Probability of each message by type, ``[2, 4]``."""
        return np.eye(len(MESSAGES))[list(self.messages)]

    def replies(self, end: int) -> FloatArray:
        """Replies ``[4, 2]`` (hold, escalate) at the lower (0) or upper (1) end of the off-path intervals."""
        escalate = np.array([interval[end] for interval in self.escalate])
        return np.stack([1 - escalate, escalate], axis=-1)

    def beliefs(self, end: int) -> FloatArray:
        """Beliefs ``[4, 2]`` (high, low) that support :meth:`replies` at the same end."""
        high = np.array([interval[1 - end] for interval in self.belief])  # more escalation calls for less belief
        return np.stack([high, 1 - high], axis=-1)


def decide_demonstration(p: DemonstrationColumns[Any]) -> int:
    """Four bits: does each form exist (1, 2), does each exist and survive D1 (4, 8). Plain arithmetic, any numbers."""
    exposed, unpressed = 1 - p.shelter, 1 - p.pressure
    cost_after_offer = p.escalation_cost + p.guarantee + p.receiver_dividend
    rebuffed = exposed * p.loss_low > cost_after_offer  # the reply to a plain offer of the weak: μ_T > 0
    crushed = unpressed * p.loss_low > p.escalation_cost  # the reply to plain fighting of the weak: μ_F > 0
    suffered = 1 if crushed else p.pressure
    fight_high, fight_low = -p.loss_high * suffered, -p.loss_low * suffered
    offer_high = -(exposed * p.loss_high + p.face_cost) if rebuffed else p.sender_dividend
    offer_low = -(exposed * p.loss_low + p.face_cost) if rebuffed else p.sender_dividend
    value_high = p.sender_dividend - p.demonstration_cost_high
    value_low = p.sender_dividend - p.demonstration_cost_low
    separates = (exposed * p.loss_high <= cost_after_offer) & (value_high >= max(fight_high, offer_high))
    weak_fight = separates & (fight_low >= offer_low) & (value_low <= fight_low)
    weak_offer = separates & (offer_low >= fight_low) & (value_low <= offer_low)
    # D1. A demonstrated fight tempts the weak at most. A plain offer (when the weak fight) or plain fighting (when they
    # offer) breaks the equilibrium if some belief calls for either reply, the strong gain from it for more replies
    # than the weak, and gain when it is answered as theirs.
    gain_high, gain_low = p.sender_dividend - value_high, p.sender_dividend - fight_low
    total_high = p.sender_dividend + p.face_cost + exposed * p.loss_high
    total_low = p.sender_dividend + p.face_cost + exposed * p.loss_low
    doubt_after_offer = rebuffed & (exposed * p.loss_high < cost_after_offer)
    offer_is_strong = doubt_after_offer & (gain_high > 0) & (gain_high * total_low > gain_low * total_high)
    doubt_after_fight = crushed & (unpressed * p.loss_high < p.escalation_cost)
    fight_is_strong = (
        doubt_after_fight
        & (-value_high > p.loss_high * p.pressure)
        & (-value_high * p.loss_low > -offer_low * p.loss_high)
    )
    weak_fight_d1 = weak_fight & (not offer_is_strong)
    weak_offer_d1 = weak_offer & (not fight_is_strong)
    return int(weak_fight) | (int(weak_offer) << 1) | (int(weak_fight_d1) << 2) | (int(weak_offer_d1) << 3)


_decide = compiled(decide_demonstration)


@compiled
def _decide_array(games: DemonstrationColumns[FloatArray], bits: IntArray) -> None:
    for number in range(len(bits)):
        bits[number] = _decide(
            DemonstrationColumns(
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
                games.demonstration_cost_high[number],
                games.demonstration_cost_low[number],
            )
        )


def demonstration_flags(games: DemonstrationColumns[FloatArray]) -> BoolArray:
    """Many games at once, in floats.

    Args:
        games: valid parameters, each ``[n]``.

    Returns:
        ``[n, 2, 2]``: for each of ``EQUILIBRIUM_NAMES``, whether it exists, and whether it survives D1.

    Raises:
        ValueError: the arrays have other shapes.
    """
    games = DemonstrationColumns(*same_length(games))
    bits = np.empty(len(games.prior_high), dtype=np.int64)
    _decide_array(games, bits)
    flags: BoolArray = (bits[:, None, None] >> np.array([[0, 2], [1, 3]]) & 1).astype(np.bool_)
    return flags


def solve_demonstration(parameters: DemonstrationParameters) -> tuple[DemonstrationEquilibrium, ...]:
    """The forms of the equilibrium of interest that exist, decided in rationals (floats as their shortest decimal).

    Generically there is at most one; there are two where the weak are indifferent between fighting and offering.
    """
    values = parameters.as_dict()
    p = DemonstrationColumns(*(exact(values[name], name) for name in DemonstrationColumns._fields))
    bits = decide_demonstration(p)
    return tuple(
        _equilibrium(name, p, bool(bits >> (form + 2) & 1))
        for form, name in enumerate(EQUILIBRIUM_NAMES)
        if bits >> form & 1
    )


def _equilibrium(name: str, p: DemonstrationColumns[Fraction], d1: bool) -> DemonstrationEquilibrium:
    exposed, unpressed = 1 - p.shelter, 1 - p.pressure
    after_offer, after_fight = (
        (p.escalation_cost + p.guarantee + p.receiver_dividend) / exposed,
        p.escalation_cost / unpressed,
    )
    belief_offer, belief_fight = ((p.loss_low - k) / (p.loss_low - p.loss_high) for k in (after_offer, after_fight))
    weak_message = WEAK_MESSAGE[name]
    values = {p.loss_high: p.sender_dividend - p.demonstration_cost_high}
    if weak_message == PLAIN_FIGHT:
        values[p.loss_low] = -p.loss_low * (1 if belief_fight > 0 else p.pressure)
    else:
        values[p.loss_low] = -(exposed * p.loss_low + p.face_cost) if belief_offer > 0 else p.sender_dividend
    # The least probability of escalation at which no type gains by a message off the path.
    rebuffed = p.sender_dividend + p.face_cost  # what a rebuffed offer forgoes, beside the loss
    offer_needs = max((p.sender_dividend - value) / (rebuffed + exposed * loss) for loss, value in values.items())
    plain_needs = max((-value / loss - p.pressure) / unpressed for loss, value in values.items() if loss > 0)
    # The high type never gains by a demonstration that ends in fighting.
    demonstrated_needs = ((-values[p.loss_low] - p.demonstration_cost_low) / p.loss_low - p.pressure) / unpressed

    def off_path(threshold: Fraction, needs: Fraction) -> tuple[Interval, Interval]:
        least, most = max(Fraction(int(threshold >= 1)), needs), Fraction(int(threshold > 0))
        doubtful = 0 < threshold < 1 and least > 0
        return (float(least), float(most)), (0.0, float(threshold) if doubtful else 1.0)

    def revealing_low(threshold: Fraction) -> tuple[Interval, Interval]:
        reply = float(threshold > 0)
        return (reply, reply), (0.0, 0.0)

    table = (
        revealing_low(belief_fight) if weak_message == PLAIN_FIGHT else off_path(belief_fight, plain_needs),
        revealing_low(belief_offer) if weak_message == PLAIN_OFFER else off_path(belief_offer, offer_needs),
        off_path(belief_fight, demonstrated_needs),
        ((0.0, 0.0), (1.0, 1.0)),
    )
    return DemonstrationEquilibrium(
        name=name,
        messages=(DEMONSTRATED_OFFER, weak_message),
        escalate=(table[0][0], table[1][0], table[2][0], table[3][0]),
        belief=(table[0][1], table[1][1], table[2][1], table[3][1]),
        d1=d1,
    )


def demonstration_payoffs(parameters: DemonstrationParameters) -> tuple[FloatArray, FloatArray]:
    """Sender's and receiver's payoffs ``[2 types, 4 messages, 2 replies]``, from the rules."""
    form = signalling_form(compile_demonstration(parameters))
    escalate = form.response_names.index(Action.ESCALATE.name)
    replies = [sorted(form.responses(m), key=lambda a: a == escalate) for m in range(len(MESSAGES))]
    rows = np.arange(len(MESSAGES))[:, None]
    sender, receiver = (
        np.array(t, dtype=np.float64)[:, rows, replies] for t in (form.sender_payoffs, form.receiver_payoffs)
    )
    return sender, receiver
