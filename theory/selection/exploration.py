"""Which components of the talks game a form of exploration sustains, and with which beliefs (docs/selection.md).

The sender's types explore; the receiver answers optimally, with the beliefs that exploration implies. A component is
*sustained* if the game so perturbed has an equilibrium near it. Three forms:

- :class:`ConstantRates`: each type sends each message with at least some probability of order ε, which tends to zero;
- :class:`LogitLimit`: each type's log-odds of offering are D_θ / τ, and the temperature τ tends to zero;
- :class:`Logit`: the same at a given temperature.

All is vectorised over games. The closed forms are proved in docs/selection.md, sections 4 and 5.
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.selection.fixed_temperature import Perturbed, at_temperature
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.talks.kernel import POOL_FIGHT, POOL_TALK

Verdict = tuple[BoolArray, FloatArray, FloatArray]  # is it sustained, the reply to the unused message, the belief


@dataclass(frozen=True)
class ConstantRates:
    """Exploration at small rates that do not depend on payoffs: ε-greedy, a uniform mixture.

    Attributes:
        ratio: how many times as often the strong explore as the weak, > 0; 1 is blind to the type.
    """

    ratio: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.ratio < np.inf:
            raise ValueError(f"ratio = {self.ratio!r}: expected a number above 0")

    @property
    def name(self) -> str:
        """For reports."""
        return "type-blind" if self.ratio == 1 else f"constant rates, strong to weak {self.ratio:g} to 1"


@dataclass(frozen=True)
class LogitLimit:
    """Boltzmann exploration as the temperature tends to zero."""

    @property
    def name(self) -> str:
        """For reports."""
        return "logit, temperature to zero"


@dataclass(frozen=True)
class Logit:
    """Boltzmann exploration.

    Attributes:
        temperature: τ > 0, in units of payoffs.
    """

    temperature: float

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise ValueError(f"temperature = {self.temperature!r}: expected a number above 0")

    @property
    def name(self) -> str:
        """For reports."""
        return f"logit, temperature {self.temperature:g}"


Exploration = ConstantRates | LogitLimit | Logit
TYPE_BLIND = ConstantRates()


def sustained(terms: Terms, exploration: Exploration) -> Perturbed:
    """What a form of exploration makes of each component; means something off knife edges only (``Terms.margin``)."""
    if isinstance(exploration, Logit):
        return at_temperature(terms, exploration.temperature)
    holds, replies, beliefs = terms.exists.copy(), terms.reply_min.copy(), terms.belief.copy()
    for row, message in ((POOL_FIGHT, OFFER), (POOL_TALK, FIGHT)):
        if isinstance(exploration, LogitLimit):
            kept, reply, belief = (_limit_fight if row == POOL_FIGHT else _limit_talk)(terms)
        else:
            passive = exploration.ratio * terms.prior / (exploration.ratio * terms.prior + 1 - terms.prior)
            kept, reply, belief = (_rates_fight if row == POOL_FIGHT else _rates_talk)(terms, passive)
        holds[:, row] &= kept
        replies[:, row, message], beliefs[:, row, message] = reply, belief
    return Perturbed.where(holds, terms.offers, replies, beliefs)


def _rates_fight(terms: Terms, passive: FloatArray) -> Verdict:
    """Where the passive belief does not call for escalation, the reply softens until a type is indifferent. Its offers
    then have to bring the belief down to μ_T, which those of the weak do, and those of the strong do not."""
    threshold = terms.threshold[:, OFFER]
    harsh = passive < threshold
    indifferent = terms.reply_min[:, POOL_FIGHT, OFFER]  # the least q that deters both
    reply = np.where(harsh, 1.0, indifferent)
    return harsh | (terms.inference > 0), reply, np.where(harsh, passive, threshold)


def _rates_talk(terms: Terms, passive: FloatArray) -> Verdict:
    """Likewise; but the first to be tempted by fighting are the strong, who raise the belief still further."""
    harsh = passive < terms.threshold[:, FIGHT]
    return harsh | ~terms.fight_tempts, np.where(harsh, 1.0, 0.0), passive


def _limit_fight(terms: Terms) -> Verdict:
    """Only the type that loses less by an offer explores: the weak below the level q* = Λ/(1-s), the strong above."""
    threshold, level = terms.threshold[:, OFFER], terms.suffered / terms.exposed
    settles = terms.open_reply[:, OFFER] & (level < 1)
    belief = np.select([settles, level < 1, level > 1], [threshold, 1.0, 0.0], terms.prior)
    return (terms.inference > 0) | (threshold >= 1), np.where(settles, level, 1.0), belief


def _limit_talk(terms: Terms) -> Verdict:
    """Where no type is tempted, or the receiver escalates on anybody, the strong lose less by fighting (unless nothing
    is lost by it for want of pressure), so that fighting means strength."""
    threshold = terms.threshold[:, FIGHT]
    reply = np.where(threshold >= 1, 1.0, 0.0)
    alike = (terms.pressure == 0) & (terms.prior >= terms.threshold[:, OFFER]) & (reply == 0)
    belief = np.where(alike, np.maximum(terms.prior, threshold), 1.0)
    return ~(terms.fight_tempts & terms.open_reply[:, FIGHT]), reply, belief
