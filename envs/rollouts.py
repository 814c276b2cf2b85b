"""Fused roll-outs of the talks game: types, messages and replies drawn in one compiled loop, many plays at a time.

Each play draws its type, then the message given the type, then the reply given the message, each with a number of its
own. The generator is Marsaglia's xorshift128 ("Xorshift RNGs", Journal of Statistical Software 8(14), 2003), sixteen
side by side, which a processor advances together; their states come from the NumPy generator that is passed in.
Probabilities are compared with 31 bits: the error is at most 2.4e-10, and none at 0 and 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from olivebranch.core.compiled import compiled
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.games.talks import signalling_payoffs

LANES = 16
BITS = 31
PLAYS_A_CALL = 1 << 34  # keeps the 32-bit counters of each lane from overflowing


@dataclass(frozen=True)
class RollOuts:
    """What many plays of the talks game gave.

    Attributes:
        counts: how often each course was taken, ``[type (high, low), message (fight, offer), reply (hold, escalate)]``.
        payoffs: mean payoff of the sender and the receiver.
    """

    counts: IntArray
    payoffs: FloatArray


def roll_out(
    game: CompiledGame, offer: FloatArray, escalate: FloatArray, episodes: int, generator: np.random.Generator
) -> RollOuts:
    """Play the talks game ``episodes`` times from fixed probabilities.

    Args:
        game: the compiled talks game.
        offer: probability of offering, ``[type (high, low)]``.
        escalate: probability of escalating, ``[after (fight, offer)]``.
        episodes: how many plays, at least 1.
        generator: seeds the fast generators.

    Raises:
        ParameterError: a probability is outside [0, 1], or ``episodes`` is below 1.
    """
    if episodes < 1:
        raise ParameterError("episodes", episodes, "a whole number >= 1")
    probabilities = np.array([game.prior[0], *offer, *escalate], dtype=np.float64)
    if len(probabilities) != 5 or not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ParameterError("offer, escalate", probabilities[1:].tolist(), "two probabilities each, in [0, 1]")
    thresholds = np.rint(probabilities * 2**BITS).astype(np.uint32)
    state = generator.integers(1, 2**32, (4, LANES), dtype=np.uint32)  # never all zeros, where xorshift stays put
    sums = np.zeros(7, dtype=np.int64)
    left = episodes
    while left:
        plays = min(left, PLAYS_A_CALL)
        _play(state, thresholds, plays // LANES, LANES, sums)
        _play(state, thresholds, 1, plays % LANES, sums)
        left -= plays
    high, offers, escalations, high_offers, high_escalations, rebuffs, high_rebuffs = sums.tolist()
    by_high = np.array(
        [
            [high - high_offers - high_escalations + high_rebuffs, high_escalations - high_rebuffs],
            [high_offers - high_rebuffs, high_rebuffs],
        ]
    )
    both = np.array([[episodes - offers - escalations + rebuffs, escalations - rebuffs], [offers - rebuffs, rebuffs]])
    counts = np.stack([by_high, both - by_high])
    payoffs = np.array([(counts * table).sum() for table in signalling_payoffs(game)])
    return RollOuts(counts, payoffs / episodes)


@compiled
def _next(x: Any, w: Any) -> Any:
    mixed = np.uint32(x ^ np.uint32(x << np.uint32(11)))
    return np.uint32(w ^ (w >> np.uint32(19)) ^ mixed ^ (mixed >> np.uint32(8)))


@compiled
def _play(state: NDArray[np.uint32], thresholds: NDArray[np.uint32], blocks: int, lanes: int, sums: IntArray) -> None:
    """Play ``blocks * lanes`` times. Adds to ``sums`` how often type high, an offer and an escalation came, then the
    first two together, first and third, second and third, all three: sums without a branch, which vectorise."""
    high, offer_high, offer_low = thresholds[0], thresholds[1], thresholds[2]
    after_fight, after_offer = thresholds[3], thresholds[4]
    # local copies: the compiler then knows that nothing else touches them
    a, b, c, d = state[0].copy(), state[1].copy(), state[2].copy(), state[3].copy()
    count = np.zeros((7, LANES), np.uint32)
    one = np.uint32(1)
    for _ in range(blocks):
        for j in range(lanes):
            x, y, z, w = a[j], b[j], c[j], d[j]
            first = _next(x, w)
            second = _next(y, first)
            third = _next(z, second)
            a[j], b[j], c[j], d[j] = w, first, second, third
            is_high = np.uint32((first >> one) < high)
            offers = np.uint32((second >> one) < (offer_high if is_high else offer_low))
            escalates = np.uint32((third >> one) < (after_offer if offers else after_fight))
            count[0, j] += is_high
            count[1, j] += offers
            count[2, j] += escalates
            count[3, j] += is_high & offers
            count[4, j] += is_high & escalates
            count[5, j] += offers & escalates
            count[6, j] += is_high & offers & escalates
    for i in range(7):
        for j in range(LANES):
            sums[i] += np.int64(count[i, j])
    state[0], state[1], state[2], state[3] = a, b, c, d
