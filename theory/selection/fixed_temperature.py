"""The talks game where the sender's types explore at a fixed temperature and the receiver answers optimally.

Type θ offers with probability σ(D_θ(q, r)/τ), σ the logistic function. Near each component at most one equation in one
unknown has to be solved (docs/selection.md, section 5): :func:`leading_replies` gives its solution to leading order in
closed form, :func:`at_temperature` the exact one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, logit

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import HIGH, LOW
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.talks.kernel import (
    BOTH_MIX,
    HIGH_FIGHTS_LOW_MIXES,
    HIGH_TALKS_LOW_MIXES,
    LOW_TALKS_HIGH_MIXES,
    POOL_FIGHT,
    POOL_TALK,
)

BISECTIONS = 60


@dataclass(frozen=True, eq=False)
class Perturbed:
    """Equilibria of perturbed games, one near each component that is sustained; NaN elsewhere.

    Attributes:
        sustained: whether there is one, ``[n, 9]``.
        offers: probability that each type offers, ``[n, 9, 2]`` (high, low).
        replies: probability of escalation after an offer and after fighting, ``[n, 9, 2]``.
        beliefs: Pr(high) after an offer and after fighting, ``[n, 9, 2]``.
    """

    sustained: BoolArray
    offers: FloatArray
    replies: FloatArray
    beliefs: FloatArray

    @classmethod
    def where(cls, holds: BoolArray, offers: FloatArray, replies: FloatArray, beliefs: FloatArray) -> "Perturbed":
        """With NaN where a component is not sustained."""
        tables = (np.where(holds[:, :, None], table, np.nan) for table in (offers, replies, beliefs))
        return cls(holds, *tables)


def leading_replies(terms: Terms, temperature: float) -> FloatArray:
    """To leading order in the temperature, the replies near each component, ``[n, 9, 2]``; NaN where none exists.

    In the pooling rows the reply to the unused message is where the two types explore in the proportion that brings the
    belief to the threshold, kept within [0, 1]. In mixed rows it is where the mixing type's log-odds are what its
    mixture demands; outside [0, 1] there is no such equilibrium.
    """
    found = terms.reply_min.copy()
    wanted = _log_odds_wanted(terms)
    spread, unpressed = terms.spread, 1 - terms.pressure
    with np.errstate(divide="ignore", invalid="ignore"):
        level = terms.suffered / terms.exposed + temperature * wanted[:, OFFER] / (terms.exposed * spread)
        found[:, POOL_FIGHT, OFFER] = _settled(level, terms.threshold[:, OFFER])
        on_path = np.where(terms.prior < terms.threshold[:, OFFER], 1.0, 0.0)
        level = (terms.exposed * on_path - terms.pressure + temperature * wanted[:, FIGHT] / spread) / unpressed
        found[:, POOL_TALK, FIGHT] = _settled(level, terms.threshold[:, FIGHT])
        mixtures = logit(terms.offers)
        found[:, HIGH_TALKS_LOW_MIXES, OFFER] -= (
            temperature * mixtures[:, HIGH_TALKS_LOW_MIXES, LOW] / terms.slope[:, LOW]
        )
        found[:, LOW_TALKS_HIGH_MIXES, OFFER] -= (
            temperature * mixtures[:, LOW_TALKS_HIGH_MIXES, HIGH] / terms.slope[:, HIGH]
        )
        found[:, HIGH_FIGHTS_LOW_MIXES, FIGHT] += (
            temperature * mixtures[:, HIGH_FIGHTS_LOW_MIXES, LOW] / (unpressed * terms.loss[:, LOW])
        )
        found[:, BOTH_MIX] = _both_indifferent(terms, temperature * mixtures[:, BOTH_MIX])
    return np.where(terms.exists[:, :, None], found, np.nan)


def at_temperature(terms: Terms, temperature: float) -> Perturbed:
    """The equilibria at a temperature that lie on the component's side of everything.

    That is: types that do not mix in the component take its action with a probability above one half, and the replies
    that it has for sure on the path are still best replies.
    """
    replies = terms.reply_min.copy()
    holds = terms.exists.copy()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        solve = {
            POOL_FIGHT: _pool_fight,
            POOL_TALK: _pool_talk,
            HIGH_TALKS_LOW_MIXES: _high_talks_low_mixes,
            LOW_TALKS_HIGH_MIXES: _low_talks_high_mixes,
            HIGH_FIGHTS_LOW_MIXES: _high_fights_low_mixes,
        }
        for row, solver in solve.items():
            replies[:, row] = solver(terms, replies[:, row], temperature)
        replies[:, BOTH_MIX] = leading_replies(terms, temperature)[:, BOTH_MIX]  # exact
        eager = np.stack([terms.eagerness(*replies[:, row].T) for row in range(replies.shape[1])], axis=1)
        offers = expit(eager / temperature)
        beliefs = _beliefs(terms, eager / temperature)
        inside = ((replies >= 0) & (replies <= 1)).all(axis=2)
        holds &= inside & _on_its_side(terms, eager, beliefs, replies)
    return Perturbed.where(holds, offers, replies, beliefs)


def log_odds_error(eagerness: FloatArray, temperature: float) -> FloatArray:
    """A bound on how far the log-odds of two types' exploration are from (D_H - D_L)/τ, where both D_θ < 0, ``[n]``.

    Args:
        eagerness: D_θ, negative, ``[n, 2]``; of fighting instead of offering where that is the unused message.
    """
    result: FloatArray = np.exp(eagerness.max(axis=1) / temperature)
    return result


def _log_odds_wanted(terms: Terms) -> FloatArray:
    """ln [μ (1-π) / ((1-μ) π)]: how much more, in log-odds, the strong must send a message than the weak for the belief
    to be the threshold, ``[n, 2]``; NaN where the threshold is not in (0, 1)."""
    inside = np.where(terms.open_reply, terms.threshold, np.nan)
    result: FloatArray = logit(inside) - logit(terms.prior)[:, None]
    return result


def _settled(level: FloatArray, threshold: FloatArray) -> FloatArray:
    return np.select([threshold >= 1, threshold <= 0], [1.0, 0.0], np.clip(level, 0.0, 1.0))


def _both_indifferent(terms: Terms, gains: FloatArray) -> FloatArray:
    """The replies at which the two types gain ``gains[n, 2]`` by an offer, ``[n, 2]``."""
    bracket = (gains[:, LOW] - gains[:, HIGH]) / terms.spread
    flat = gains[:, HIGH] - terms.loss[:, HIGH] * bracket
    q = (terms.dividend - flat) / (terms.dividend + terms.face)
    return np.stack([q, (bracket + terms.exposed * q - terms.pressure) / (1 - terms.pressure)], axis=1)


def _beliefs(terms: Terms, log_odds: FloatArray) -> FloatArray:
    """Pr(high) after an offer and after fighting if types offer with these log-odds ``[n, 9, 2]``; ``[n, 9, 2]``."""
    prior = logit(terms.prior)[:, None]
    found = []
    for sign in (1, -1):
        ratio = log_expit(sign * log_odds[..., HIGH]) - log_expit(sign * log_odds[..., LOW])
        found.append(expit(prior + ratio))
    return np.stack(found, axis=2)


def _on_its_side(terms: Terms, eager: FloatArray, beliefs: FloatArray, replies: FloatArray) -> BoolArray:
    """Whether types and replies that are pure in the component are still on their side, ``[n, 9]``."""
    shares = terms.offers
    wrong = ((shares == 0) & (eager >= 0)) | ((shares == 1) & (eager <= 0))
    threshold = terms.threshold[:, None, :]
    sure = np.isin(replies, (0.0, 1.0))
    missed = sure & np.where(replies == 1, beliefs > threshold, beliefs < threshold)
    result: BoolArray = ~(wrong.any(axis=2) | missed.any(axis=2))
    return result


def _bisect(low: FloatArray, high: FloatArray, below: Callable[[FloatArray], BoolArray]) -> FloatArray:
    """Where ``below`` ceases to hold between ``low``, where it does, and ``high``, where it does not."""
    low, high = low.copy(), high.copy()
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        inside = below(middle)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    result: FloatArray = (low + high) / 2
    return result


def _pool_fight(terms: Terms, replies: FloatArray, temperature: float) -> FloatArray:
    """The highest q at which the belief after an offer is what the reply calls for.

    The belief's log-odds are quasi-convex in q: first the slope turns positive, and then it stays so. So from the
    bottom of the valley they rise, and meet the threshold once at most.
    """
    wanted, r = _log_odds_wanted(terms)[:, OFFER], replies[:, FIGHT]

    def excess(q: FloatArray) -> FloatArray:
        shares = log_expit(terms.eagerness(q, r) / temperature)
        result: FloatArray = shares[:, HIGH] - shares[:, LOW] - wanted
        return result

    def falling(q: FloatArray) -> BoolArray:
        rate = np.log(terms.slope) + log_expit(-terms.eagerness(q, r) / temperature)
        return np.asarray(rate[:, HIGH] > rate[:, LOW])

    return _with(replies, OFFER, _highest(terms.threshold[:, OFFER], excess, falling))


def _pool_talk(terms: Terms, replies: FloatArray, temperature: float) -> FloatArray:
    """The same for the reply to fighting."""
    wanted, q = _log_odds_wanted(terms)[:, FIGHT], replies[:, OFFER]

    def excess(r: FloatArray) -> FloatArray:
        shares = log_expit(-terms.eagerness(q, r) / temperature)
        result: FloatArray = shares[:, HIGH] - shares[:, LOW] - wanted
        return result

    def falling(r: FloatArray) -> BoolArray:
        rate = np.log(terms.loss) + log_expit(terms.eagerness(q, r) / temperature)
        return np.asarray(rate[:, HIGH] > rate[:, LOW])

    return _with(replies, FIGHT, _highest(terms.threshold[:, FIGHT], excess, falling))


def _highest(
    threshold: FloatArray, excess: Callable[[FloatArray], FloatArray], falling: Callable[[FloatArray], BoolArray]
) -> FloatArray:
    """The highest reply in [0, 1] that is best at the belief it brings about.

    Args:
        threshold: the belief below which the receiver escalates.
        excess: log-odds of the belief less those of the threshold, quasi-convex in the reply.
        falling: whether they fall.
    """
    zeros, ones = np.zeros(len(threshold)), np.ones(len(threshold))
    valley = np.where(falling(zeros), _bisect(zeros, ones, falling), zeros)
    root = _bisect(valley, ones, lambda reply: excess(reply) < 0)
    inner = np.select([excess(ones) <= 0, excess(valley) < 0], [ones, root], np.nan)
    inner = np.where(np.isnan(inner) & (excess(zeros) >= 0), 0.0, inner)
    return np.select([threshold >= 1, threshold <= 0], [1.0, 0.0], inner)


def _high_talks_low_mixes(terms: Terms, replies: FloatArray, temperature: float) -> FloatArray:
    """The weak mix so that, with the strong who nearly all offer, the belief after an offer is the threshold."""
    share, r = _ratio(terms, OFFER), replies[:, FIGHT]

    def below(q: FloatArray) -> BoolArray:
        gain = terms.eagerness(q, r)
        return np.asarray(temperature * logit(share * expit(gain[:, HIGH] / temperature)) < gain[:, LOW])

    most = _indifferent_at(terms, HIGH, r)
    return _with(replies, OFFER, _between(np.zeros(len(terms)), most, below))


def _low_talks_high_mixes(terms: Terms, replies: FloatArray, temperature: float) -> FloatArray:
    """The strong mix so that, with the weak who nearly all offer, the belief after an offer is the threshold."""
    share, r = 1 / _ratio(terms, OFFER), replies[:, FIGHT]

    def below(q: FloatArray) -> BoolArray:
        gain = terms.eagerness(q, r)
        return np.asarray(temperature * logit(share * expit(gain[:, LOW] / temperature)) < gain[:, HIGH])

    most = _indifferent_at(terms, LOW, r)
    return _with(replies, OFFER, _between(np.zeros(len(terms)), most, below))


def _high_fights_low_mixes(terms: Terms, replies: FloatArray, temperature: float) -> FloatArray:
    """The weak mix so that, with the strong who nearly all fight, the belief after fighting is the threshold."""
    share, q = _ratio(terms, FIGHT), replies[:, OFFER]

    def below(r: FloatArray) -> BoolArray:
        gain = terms.eagerness(q, r)
        return np.asarray(-temperature * logit(share * expit(-gain[:, HIGH] / temperature)) > gain[:, LOW])

    flat = terms.dividend * (1 - q) - q * terms.face
    most = (terms.exposed * q - terms.pressure - flat / terms.loss[:, HIGH]) / (1 - terms.pressure)
    return _with(replies, FIGHT, _between(np.zeros(len(terms)), most, below))


def _ratio(terms: Terms, message: int) -> FloatArray:
    """How often the weak send a message for each time the strong do, where the receiver is indifferent, ``[n]``."""
    threshold = np.where(terms.open_reply[:, message], terms.threshold[:, message], np.nan)
    result: FloatArray = terms.prior * (1 - threshold) / (threshold * (1 - terms.prior))
    return result


def _indifferent_at(terms: Terms, kind: int, r: FloatArray) -> FloatArray:
    """The q at which a type is indifferent, ``[n]``."""
    suffered = terms.pressure + (1 - terms.pressure) * r
    result: FloatArray = (terms.dividend + suffered * terms.loss[:, kind]) / terms.slope[:, kind]
    return result


def _between(low: FloatArray, high: FloatArray, below: Callable[[FloatArray], BoolArray]) -> FloatArray:
    """The root between ``low`` and the lesser of ``high`` and 1; NaN where ``below`` has the same value at both."""
    high = np.minimum(high, 1.0)
    found = _bisect(low, high, below)
    return np.where(below(low) & ~below(high), found, np.nan)


def _with(replies: FloatArray, message: int, values: FloatArray) -> FloatArray:
    changed = replies.copy()
    changed[:, message] = values
    return changed
