"""Does the closed door stay closed? Types that answer at once, a receiver that adjusts slowly (docs/selection.md, 7).

Play starts at pool-fight, the receiver escalating on offers. In each step the types respond to its present replies, by
constant rates of exploration (they take their better action otherwise) or by logit, and the replies move a little
towards a best reply at the belief that follows. That best reply is smoothed slightly by a logistic function, without
which a reply could not rest inside (0, 1).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import HIGH, LOW
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms


@dataclass(frozen=True)
class SlowReceiver:
    """How the receiver adjusts.

    Attributes:
        smoothing: temperature of its best reply, >= 0, in units of payoffs; 0 is an exact best reply.
        step: how far a reply moves towards it at once, in (0, 1).
        horizon: for how long, in units of the time in which it adjusts.
    """

    smoothing: float = 0.002
    step: float = 0.01
    horizon: float = 60.0


@dataclass(frozen=True, eq=False)
class Course:
    """Where play came to.

    Attributes:
        offers: probability that each type offers, ``[n, 2]`` (high, low), at the end.
        replies: of escalating after an offer and after fighting, ``[n, 2]``, at the end.
        mean_offers, mean_replies: over the last tenth of the time.
    """

    offers: FloatArray
    replies: FloatArray
    mean_offers: FloatArray
    mean_replies: FloatArray

    def stayed(self, most: float = 0.2) -> BoolArray:
        """Whether each type offers with a probability below ``most`` at the end, ``[n]``."""
        return np.asarray((self.offers < most).all(axis=1))


def run_from_pool_fight(
    terms: Terms, *, rate: float | None = None, temperature: float | None = None, receiver: SlowReceiver | None = None
) -> Course:
    """Follow play from pool-fight.

    Args:
        terms: games, in which pool-fight should exist.
        rate: ε of ε-greedy exploration: each action has at least half of it; or
        temperature: of logit exploration.
        receiver: how it adjusts.

    Raises:
        ValueError: not exactly one of rate and temperature is given.
    """
    if (rate is None) == (temperature is None):
        raise ValueError(f"rate = {rate!r}, temperature = {temperature!r}: expected one of the two")
    settings = receiver or SlowReceiver()
    prior = np.stack([terms.prior, 1 - terms.prior], axis=1)
    q, r = np.ones(len(terms)), np.where(terms.prior < terms.threshold[:, FIGHT], 1.0, 0.0)
    steps = round(settings.horizon / settings.step)
    counted = max(steps // 10, 1)
    total = np.zeros((len(terms), 4))
    offers: FloatArray = np.zeros((len(terms), 2))
    for step in range(steps):
        gain = terms.eagerness(q, r)
        if temperature is not None:
            offers = np.asarray(expit(gain / temperature), dtype=np.float64)
        else:
            assert rate is not None
            offers = np.asarray(rate / 2 + (1 - rate) * (gain > 0), dtype=np.float64)
        if step >= steps - counted:
            total += np.concatenate([offers, np.stack([q, r], axis=1)], axis=1)
        target = []
        for message, sent in ((OFFER, offers), (FIGHT, 1 - offers)):
            mass = prior * sent
            belief = mass / np.maximum(mass.sum(axis=1, keepdims=True), 1e-300)
            worth = belief[:, HIGH] * terms.gain[:, message, HIGH] + belief[:, LOW] * terms.gain[:, message, LOW]
            target.append(expit(worth / settings.smoothing) if settings.smoothing else (worth > 0) * 1.0)
        q, r = q + settings.step * (target[OFFER] - q), r + settings.step * (target[FIGHT] - r)
    mean = total / counted
    return Course(offers, np.stack([q, r], axis=1), mean[:, :2], mean[:, 2:])
