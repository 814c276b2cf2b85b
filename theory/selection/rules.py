"""Rules that choose among the components of a talks game, as a table: what would have to be true of learners?

A rule names some of the components of each game, one, several or none. All are vectorised over games, and mean
something off knife edges only (``Terms.margin``). docs/selection-experiment.md defines them in words.
"""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.talks import HIGH, LOW
from olivebranch.theory.selection.basins import UNDECIDED, basins, destinations
from olivebranch.theory.selection.dynamics import BestResponse, integrate
from olivebranch.theory.selection.exploration import TYPE_BLIND, sustained
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.limits import UNKNOWN, limits
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.talks.kernel import INTUITIVE, POOL_FIGHT, ROWS, flag_table, solve_flags

Rule = Callable[[Terms, np.random.Generator], BoolArray]

TIE = 1e-9  # differences in payoff and distance that count as none
EDGE = 1e-3  # how far from pure the beliefs are from which risk dominance starts
NEAR = 0.05  # how near play has to come to a component's path to have gone there
STARTS = 100  # random starts by which the largest basin is found


def d1(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """Those that survive D1 (Banks and Sobel 1987; Cho and Kreps 1987)."""
    return terms.d1


def intuitive(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """Those that survive the intuitive criterion (Cho and Kreps 1987)."""
    return flag_table(solve_flags(terms.games)[0])[:, :, INTUITIVE]


def type_blind(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """Those that type-blind exploration sustains as its rate tends to zero (docs/selection.md, sections 3 and 4)."""
    return sustained(terms, TYPE_BLIND).sustained


def passive(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """Those that hold if an unexpected message leaves the belief at the prior (Rubinstein 1985).

    They are those that type-blind exploration sustains, less pool-fight at π > μ_T, where types' own offers, and not
    blind ones, have to keep the belief down.
    """
    found = type_blind(terms, generator).copy()
    found[:, POOL_FIGHT] &= terms.prior < terms.threshold[:, OFFER]
    return found


def logit_limit(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """The one to which the logit branch from uniform play tends (McKelvey and Palfrey 1998); none if undecided."""
    return _one(limits(terms))


def sender_payoff(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """Those with the largest expected payoff to the sender, before it knows its type."""
    return _largest(terms, payoffs(terms)[0])


def receiver_payoff(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """Those with the largest expected payoff to the receiver."""
    return _largest(terms, payoffs(terms)[1])


def joint_payoff(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """Those with the largest sum of the two."""
    return _largest(terms, payoffs(terms).sum(axis=0))


def nearest_to_uniform(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """Those nearest to uniform play, by the Euclidean distance of the four probabilities; replies to an unused message
    count from the nearest that supports the component."""
    gap = np.maximum(np.maximum(terms.state_min - 0.5, 0.5 - terms.state_max), 0.0)
    result: FloatArray = (gap**2).sum(axis=2)
    return _largest(terms, -result)


def largest_basin(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """The one with the largest basin under best response dynamics, where ``STARTS`` random starts make that clear."""
    return _one(basins(terms, BestResponse(), generator, starts=STARTS, tolerance=NEAR).largest)


def risk_dominant(terms: Terms, generator: np.random.Generator) -> BoolArray:
    """The one that risk-dominates every other; none where no component does.

    Of two components, everyone (each type, the receiver after each message) doubts whether the others play the first or
    the second, takes the odds to be uniform between 0 and 1, and answers best: how often each action is the answer is
    the bicentric prior of Harsanyi and Selten (1988, chapter 5). From there play follows best response dynamics, which
    stand in for their tracing procedure, and the component of the two to which it comes dominates the other. In a game
    of two players and two pure strategies each this is their risk dominance. Where a component leaves the reply to an
    unused message open, it has the middle of its interval.
    """
    n, exists = len(terms), terms.exists
    middle = np.where(exists[:, :, None], (terms.state_min + terms.state_max) / 2, 0.5)
    beaten = np.zeros((n, len(ROWS), len(ROWS)), dtype=np.bool_)  # [.., a, b]: a dominates b
    for a, b in combinations(range(len(ROWS)), 2):
        both = np.flatnonzero(exists[:, a] & exists[:, b])
        if not len(both):
            continue
        some = terms.take(both)
        start = np.clip(bicentric_prior(some, middle[both, a], middle[both, b]), EDGE, 1 - EDGE)
        end = destinations(some, *integrate(some, BestResponse(), start[:, None]), NEAR)[:, 0]
        beaten[both[end == a], a, b] = True
        beaten[both[end == b], b, a] = True
    others = exists[:, None, :] & ~np.eye(len(ROWS), dtype=np.bool_)
    return exists & (beaten | ~others).all(axis=2)


RULES: Mapping[str, Rule] = {
    "D1": d1,
    "intuitive criterion": intuitive,
    "passive conjectures": passive,
    "type-blind exploration": type_blind,
    "logit limit": logit_limit,
    "sender's payoff": sender_payoff,
    "receiver's payoff": receiver_payoff,
    "joint payoff": joint_payoff,
    "risk dominance": risk_dominant,
    "nearest to uniform": nearest_to_uniform,
    "largest basin": largest_basin,
}

# Rules that take long: what they may name at most, which is cheap to know.
BOUNDS: Mapping[str, Callable[[Terms], BoolArray]] = {
    "logit limit": lambda terms: component_indices(terms) > 0,
    "largest basin": lambda terms: terms.exists,
    "risk dominance": lambda terms: terms.exists,
}


def payoffs(terms: Terms) -> FloatArray:
    """The sender's and the receiver's expected payoffs in each component, ``[2, n, 9]``; NaN where there is none."""
    p, prior = terms.games, terms.prior[:, None]
    q, r = terms.reply_min[:, :, OFFER], terms.reply_min[:, :, FIGHT]  # an unused message has no weight
    found = np.zeros((2, *q.shape))
    for kind, weight in ((HIGH, prior), (LOW, 1 - prior)):
        loss, offer = terms.loss[:, kind, None], terms.offers[:, :, kind]
        pressed = p.pressure[:, None] * loss
        exposed = terms.exposed[:, None] * loss
        cost, guarantee = p.escalation_cost[:, None], p.guarantee[:, None]
        fights = -(1 - r) * pressed - r * loss
        offers = (1 - q) * p.sender_dividend[:, None] - q * (exposed + p.face_cost[:, None])
        found[0] += weight * ((1 - offer) * fights + offer * offers)
        fights = (1 - r) * pressed + r * (loss - cost)
        offers = (1 - q) * p.receiver_dividend[:, None] + q * (exposed - cost - guarantee)
        found[1] += weight * ((1 - offer) * fights + offer * offers)
    return found


def bicentric_prior(terms: Terms, one: FloatArray, other: FloatArray) -> FloatArray:
    """How often each of the four first actions is a best reply if everyone else plays ``one`` with a probability that
    is uniform on [0, 1], and otherwise ``other``.

    Args:
        terms: the games.
        one, other: states (x_H, x_L, q, r), ``[n, 4]``.

    Returns:
        ``[n, 4]``; one half where an action is as good as the other at all odds.
    """
    ends = []
    for state in (one, other):
        gains = np.empty_like(state)
        gains[:, :2] = terms.eagerness(state[:, 2], state[:, 3])
        weight = np.stack([terms.prior, 1 - terms.prior], axis=1)
        gains[:, 2] = (weight * state[:, :2] * terms.gain[:, OFFER]).sum(axis=1)
        gains[:, 3] = (weight * (1 - state[:, :2]) * terms.gain[:, FIGHT]).sum(axis=1)
        ends.append(np.where(np.abs(gains) < TIE, 0.0, gains))
    first, second = ends  # the gain at odds z is linear: z first + (1 - z) second
    steep = np.abs(first) + np.abs(second)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (np.maximum(first, 0) + np.maximum(second, 0)) / steep
    return np.where(steep > 0, share, 0.5)


def answers(terms: Terms, generator: np.random.Generator) -> dict[str, BoolArray]:
    """What every rule of ``RULES`` names, ``[n, 9]`` each."""
    return {name: rule(terms, generator) for name, rule in RULES.items()}


def _largest(terms: Terms, score: FloatArray) -> BoolArray:
    score = np.where(terms.exists, score, -np.inf)
    return np.asarray(terms.exists & (score >= score.max(axis=1, keepdims=True) - TIE))


def _one(rows: IntArray) -> BoolArray:
    assert UNKNOWN < 0 <= UNDECIDED
    return np.asarray(rows[:, None] == np.arange(len(ROWS)))
