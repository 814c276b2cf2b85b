"""Is a component of the talks game stable under learning dynamics? Closed forms (docs/selection.md, section 6).

Each type and each of the receiver's two information sets is a population of its own. *Asymptotically stable* means:
play that starts near the component stays near it, and its path returns. Three dynamics:

- replicator: ẋ = c x (1-x) times what the first action gains (Taylor 1979; Hofbauer and Sigmund 1998);
- best response: ẋ = c (best reply - x) (Gilboa and Matsui 1991);
- logit: ẋ = c (σ(gain/τ) - x) as τ tends to zero (Fudenberg and Levine 1998). The receiver's gains are those given the
  message, at the belief that exploration implies, as in agent quantal response.
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.kernel import (
    BOTH_MIX,
    HIGH_FIGHTS_LOW_MIXES,
    HIGH_TALKS_LOW_MIXES,
    LOW_TALKS,
    LOW_TALKS_HIGH_MIXES,
    POOL_FIGHT,
    POOL_TALK,
    ROWS,
)

DYNAMICS = ("replicator", "best response", "logit")
REPLICATOR, BEST_RESPONSE, LOGIT = range(3)
LABELS = ("no such component", "asymptotically stable", "neutrally stable", "linearly neutral", "leaks", "unstable")
ABSENT, ASYMPTOTIC, NEUTRAL, LINEARLY_NEUTRAL, LEAKS, UNSTABLE = range(6)


@dataclass(frozen=True)
class Speeds:
    """How fast each population moves, relative to the others, > 0.

    Attributes:
        high, low: the two types.
        after_offer, after_fight: the receiver's two information sets.
    """

    high: float = 1.0
    low: float = 1.0
    after_offer: float = 1.0
    after_fight: float = 1.0


@dataclass(frozen=True, eq=False)
class BothMixMatrix:
    """The linearised dynamics at both-mix: J = [[0, S₁A], [S₂B, 0]], so that its eigenvalues are ± √ν.

    Attributes:
        product: S₁A S₂B, ``[n, 2, 2]``; ν are its eigenvalues. NaN where there is no both-mix.
    """

    product: FloatArray

    @property
    def trace(self) -> FloatArray:
        """ν₁ + ν₂, ``[n]``."""
        return np.asarray(np.trace(self.product, axis1=1, axis2=2), dtype=np.float64)

    @property
    def determinant(self) -> FloatArray:
        """ν₁ν₂, ``[n]``; it has the sign of the index."""
        first, second = self.product[:, 0], self.product[:, 1]
        result: FloatArray = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
        return result

    @property
    def is_elliptic(self) -> BoolArray:
        """Whether both ν are real and negative, so that all eigenvalues are imaginary, ``[n]``."""
        with np.errstate(invalid="ignore"):
            return np.asarray((self.determinant > 0) & (self.trace < 0) & (self.trace**2 > 4 * self.determinant))


def both_mix_matrix(terms: Terms, speeds: Speeds | None = None, conditional: bool = False) -> BothMixMatrix:
    """The matrix that decides about both-mix.

    Args:
        speeds: of the four populations; by default the same.
        conditional: whether the receiver's gains are given the message (logit) or counted as often as it is met
            (replicator).
    """
    chosen = speeds or Speeds()
    offers, replies = terms.offers[:, BOTH_MIX], terms.reply_min[:, BOTH_MIX]
    prior = np.stack([terms.prior, 1 - terms.prior], axis=1)
    eagerness = np.stack([-terms.slope, (1 - terms.pressure)[:, None] * terms.loss], axis=2)  # A: [n, type, reply]
    gain = prior[:, None, :] * terms.gain * np.array([1.0, -1.0])[:, None]  # B: [n, message, type]
    if conditional:
        met = np.stack([(prior * offers).sum(axis=1), (prior * (1 - offers)).sum(axis=1)], axis=1)
        gain = gain / met[:, :, None]
    sender = np.array([chosen.high, chosen.low]) * offers * (1 - offers)
    receiver = np.array([chosen.after_offer, chosen.after_fight]) * replies * (1 - replies)
    return BothMixMatrix((sender[:, :, None] * eagerness) @ (receiver[:, :, None] * gain))


def stability(terms: Terms, speeds: Speeds | None = None) -> IntArray:
    """Labels (positions in ``LABELS``) of each component under each of ``DYNAMICS``, ``[n, 9, 3]``.

    *Leaks*: the set of equilibria is not stable, for play may leave where a type is on the point of indifference; under
    the replicator and the best response dynamics, equilibria inside the set nonetheless keep some play that starts
    close to them, and logit dynamics have no rest point near the set at all. *Neutrally stable*: play stays near but
    does not return. *Linearly neutral*: nothing draws play away to first order, and it never returns.

    Args:
        speeds: matter at both-mix only. The label of both-mix under logit dynamics assumes the same speed for both
            types and for both of the receiver's information sets.
    """
    index = component_indices(terms)
    found = np.full((len(terms), len(ROWS), len(DYNAMICS)), ABSENT, dtype=np.int64)
    for row in (POOL_TALK, POOL_FIGHT):
        found[:, row] = np.where(index[:, row] == 1, ASYMPTOTIC, LEAKS)[:, None]
    found[:, LOW_TALKS] = ASYMPTOTIC
    for row in (HIGH_TALKS_LOW_MIXES, HIGH_FIGHTS_LOW_MIXES):
        found[:, row] = NEUTRAL, ASYMPTOTIC, ASYMPTOTIC
    found[:, LOW_TALKS_HIGH_MIXES] = UNSTABLE
    found[:, BOTH_MIX] = UNSTABLE
    elliptic = both_mix_matrix(terms, speeds).is_elliptic
    found[:, BOTH_MIX, REPLICATOR] = np.where(elliptic, LINEARLY_NEUTRAL, UNSTABLE)
    elliptic = both_mix_matrix(terms, speeds, conditional=True).is_elliptic
    found[:, BOTH_MIX, LOGIT] = np.where(elliptic, ASYMPTOTIC, UNSTABLE)
    return np.where(terms.exists[:, :, None], found, ABSENT)
