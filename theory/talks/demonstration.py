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
from olivebranch.games.actions import Action
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.demonstration import DEMONSTRATION_RANGES, DemonstrationParameters, compile_demonstration
from olivebranch.theory.signalling.game import exact, signalling_form

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


def decide_demonstration(
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
    cost_high: Any,
    cost_low: Any,
) -> Any:
    """Four bits: does each form exist (1, 2), does each exist and survive D1 (4, 8). Plain arithmetic, any numbers."""
    exposed, unpressed = 1 - shelter, 1 - pressure
    cost_after_offer = escalation_cost + guarantee + receiver_dividend
    rebuffed = exposed * loss_low > cost_after_offer  # the reply to a plain offer of the weak: μ_T > 0
    crushed = unpressed * loss_low > escalation_cost  # the reply to plain fighting of the weak: μ_F > 0
    suffered = 1 if crushed else pressure
    fight_high, fight_low = -loss_high * suffered, -loss_low * suffered
    offer_high = -(exposed * loss_high + face_cost) if rebuffed else dividend
    offer_low = -(exposed * loss_low + face_cost) if rebuffed else dividend
    value_high, value_low = dividend - cost_high, dividend - cost_low
    separates = (exposed * loss_high <= cost_after_offer) & (value_high >= max(fight_high, offer_high))
    weak_fight = separates & (fight_low >= offer_low) & (value_low <= fight_low)
    weak_offer = separates & (offer_low >= fight_low) & (value_low <= offer_low)
    # D1. A demonstrated fight tempts the weak at most. A plain offer (when the weak fight) or plain fighting (when they
    # offer) breaks the equilibrium if some belief calls for either reply, the strong gain from it for more replies
    # than the weak, and gain when it is answered as theirs.
    gain_high, gain_low = dividend - value_high, dividend - fight_low
    total_high, total_low = dividend + face_cost + exposed * loss_high, dividend + face_cost + exposed * loss_low
    doubt_after_offer = rebuffed & (exposed * loss_high < cost_after_offer)
    offer_is_strong = doubt_after_offer & (gain_high > 0) & (gain_high * total_low > gain_low * total_high)
    doubt_after_fight = crushed & (unpressed * loss_high < escalation_cost)
    fight_is_strong = (
        doubt_after_fight & (-value_high > loss_high * pressure) & (-value_high * loss_low > -offer_low * loss_high)
    )
    weak_fight_d1 = weak_fight & (not offer_is_strong)
    weak_offer_d1 = weak_offer & (not fight_is_strong)
    return int(weak_fight) | (int(weak_offer) << 1) | (int(weak_fight_d1) << 2) | (int(weak_offer_d1) << 3)


_decide = compiled(decide_demonstration)


@compiled
def _decide_array(parameters: FloatArray, bits: IntArray) -> None:
    for game in range(parameters.shape[0]):
        p = parameters[game]
        bits[game] = _decide(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11])


def demonstration_flags(parameters: FloatArray) -> BoolArray:
    """Many games at once, in floats.

    Args:
        parameters: ``[n, 12]``, columns in the order of ``DEMONSTRATION_RANGES``, each row valid.

    Returns:
        ``[n, 2, 2]``: for each of ``EQUILIBRIUM_NAMES``, whether it exists, and whether it survives D1.

    Raises:
        ValueError: the array has another shape.
    """
    parameters = np.ascontiguousarray(parameters, dtype=np.float64)
    if parameters.ndim != 2 or parameters.shape[1] != len(DEMONSTRATION_RANGES):
        raise ValueError(f"parameters has shape {parameters.shape}: expected [n, {len(DEMONSTRATION_RANGES)}]")
    bits = np.empty(len(parameters), dtype=np.int64)
    _decide_array(parameters, bits)
    flags: BoolArray = (bits[:, None, None] >> np.array([[0, 2], [1, 3]]) & 1).astype(np.bool_)
    return flags


def solve_demonstration(parameters: DemonstrationParameters) -> tuple[DemonstrationEquilibrium, ...]:
    """The forms of the equilibrium of interest that exist, decided in rationals (floats as their shortest decimal).

    Generically there is at most one; there are two where the weak are indifferent between fighting and offering.
    """
    values = parameters.as_dict()
    p = [exact(values[name], name) for name in DEMONSTRATION_RANGES]
    bits = decide_demonstration(*p)
    return tuple(
        _equilibrium(name, p, bool(bits >> (form + 2) & 1))
        for form, name in enumerate(EQUILIBRIUM_NAMES)
        if bits >> form & 1
    )


def _equilibrium(name: str, p: list[Fraction], d1: bool) -> DemonstrationEquilibrium:
    _, high, low, cost, dividend, receiver_dividend, pressure, shelter, face_cost, guarantee, cost_high, cost_low = p
    exposed, unpressed = 1 - shelter, 1 - pressure
    belief_offer = (low - (cost + guarantee + receiver_dividend) / exposed) / (low - high)
    belief_fight = (low - cost / unpressed) / (low - high)
    weak_message = WEAK_MESSAGE[name]
    values = {high: dividend - cost_high}
    if weak_message == PLAIN_FIGHT:
        values[low] = -low * (1 if belief_fight > 0 else pressure)
    else:
        values[low] = -(exposed * low + face_cost) if belief_offer > 0 else dividend
    # The least probability of escalation at which no type gains by a message off the path.
    offer_needs = max((dividend - value) / (dividend + face_cost + exposed * loss) for loss, value in values.items())
    plain_needs = max((-value / loss - pressure) / unpressed for loss, value in values.items() if loss > 0)
    demonstrated_needs = ((-values[low] - cost_low) / low - pressure) / unpressed  # the high type never gains by it

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
