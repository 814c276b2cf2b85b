"""The numbers that selection turns on, for many talks games at once (docs/selection.md, section 1)."""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.talks import HIGH, LOW, TalksColumns
from olivebranch.theory.talks.kernel import D1, EXISTS, ROWS, solve_array

OFFER, FIGHT = 0, 1  # positions of the two messages in arrays of thresholds, replies and beliefs


@dataclass(frozen=True, eq=False)
class Terms:
    """Many talks games, their components and the thresholds of docs/model.md.

    Arrays over components have the rows of ``theory.talks.kernel.ROWS``, and NaN where there is no such component.

    Attributes:
        games: their parameters, each ``[n]``.
        exists: which components exist, ``[n, 9]``.
        d1: which of them survive D1, ``[n, 9]``.
        offers: probability that each type offers in each, ``[n, 9, 2]`` (high, low).
        reply_min, reply_max: of escalating after an offer and after fighting, ``[n, 9, 2]``; they differ at the message
            that the component does not use.
        belief: Pr(high) after an offer and after fighting, ``[n, 9, 2]``; at an unused message the largest that
            supports some reply of the component.
        margin: distance of each game from a knife edge, ``[n]``: below about 1e-9, floats cannot tell.
        loss: ℓ_H and ℓ_L, ``[n, 2]``.
        threshold: μ_T and μ_F, the beliefs Pr(high) below which the receiver escalates, ``[n, 2]``.
        gain: what escalating gains the receiver after an offer, and after fighting, on each type, ``[n, 2, 2]``.
    """

    games: TalksColumns[FloatArray]
    exists: BoolArray
    d1: BoolArray
    offers: FloatArray
    reply_min: FloatArray
    reply_max: FloatArray
    belief: FloatArray
    margin: FloatArray
    loss: FloatArray
    threshold: FloatArray
    gain: FloatArray

    @classmethod
    def of(cls, games: TalksColumns[FloatArray]) -> "Terms":
        """The terms of valid parameters, each ``[n]``."""
        values, flags, margin = solve_array(games)
        exists = flags[:, :, EXISTS]

        def pairs(*names: str) -> FloatArray:
            table = np.full((*exists.shape, len(names)), np.nan)
            for place, name in enumerate(names):
                table[exists, place] = getattr(values, name)
            return table

        p = TalksColumns(*(np.asarray(column, dtype=np.float64) for column in games))
        loss = np.stack([p.loss_high, p.loss_low], axis=1)
        price = np.stack([p.escalation_cost + p.guarantee + p.receiver_dividend, p.escalation_cost], axis=1)
        share = np.stack([1 - p.shelter, 1 - p.pressure], axis=1)  # of the loss that the receiver causes by escalating
        return cls(
            games=p,
            exists=exists,
            d1=flags[:, :, D1],
            offers=pairs("offer_high", "offer_low"),
            reply_min=pairs("escalate_after_offer_min", "escalate_after_fight_min"),
            reply_max=pairs("escalate_after_offer_max", "escalate_after_fight_max"),
            belief=pairs("belief_after_offer_max", "belief_after_fight_max"),
            margin=margin,
            loss=loss,
            threshold=(p.loss_low[:, None] - price / share) / (p.loss_low - p.loss_high)[:, None],
            gain=share[:, :, None] * loss[:, None, :] - price[:, :, None],
        )

    def take(self, which: BoolArray | IntArray | slice) -> "Terms":
        """Those of some of the games, by mask or index."""
        return Terms.of(TalksColumns(*(column[which] for column in self.games)))

    def __len__(self) -> int:
        return len(self.margin)

    @property
    def state_min(self) -> FloatArray:
        """(x_H, x_L, q, r) of each component, with the least replies, ``[n, 9, 4]``."""
        return np.concatenate([self.offers, self.reply_min], axis=2)

    @property
    def state_max(self) -> FloatArray:
        """The same with the largest replies, ``[n, 9, 4]``."""
        return np.concatenate([self.offers, self.reply_max], axis=2)

    @property
    def prior(self) -> FloatArray:
        """π, ``[n]``."""
        return self.games.prior_high

    @property
    def dividend(self) -> FloatArray:
        """b_S, ``[n]``."""
        return self.games.sender_dividend

    @property
    def face(self) -> FloatArray:
        """f, ``[n]``."""
        return self.games.face_cost

    @property
    def pressure(self) -> FloatArray:
        """λ, ``[n]``."""
        return self.games.pressure

    @property
    def exposed(self) -> FloatArray:
        """1 - s, ``[n]``."""
        result: FloatArray = 1 - self.games.shelter
        return result

    @property
    def spread(self) -> FloatArray:
        """ℓ_L - ℓ_H, ``[n]``."""
        result: FloatArray = self.loss[:, LOW] - self.loss[:, HIGH]
        return result

    @property
    def slope(self) -> FloatArray:
        """b_S + f + (1 - s) ℓ_θ: how fast each type's gain from offering falls in q, ``[n, 2]``."""
        result: FloatArray = (self.dividend + self.face)[:, None] + self.exposed[:, None] * self.loss
        return result

    def eagerness(self, q: FloatArray, r: FloatArray) -> FloatArray:
        """D_θ(q, r), what each type gains by an offer, ``[n, 2]``; q and r ``[n]`` are the probabilities of escalation
        after an offer and after fighting."""
        flat = self.dividend * (1 - q) - q * self.face
        bracket = self.pressure + (1 - self.pressure) * r - self.exposed * q
        result: FloatArray = flat[:, None] + self.loss * bracket[:, None]
        return result

    @property
    def suffered(self) -> FloatArray:
        """Λ, the share of its loss that a type suffers by fighting on if both do, ``[n]``."""
        return np.where(self.prior < self.threshold[:, FIGHT], 1.0, self.pressure)

    @property
    def inference(self) -> FloatArray:
        """α = Λ (b_S + f) - (1 - s) b_S, the adverse-inference term, ``[n]``."""
        result: FloatArray = self.suffered * (self.dividend + self.face) - self.exposed * self.dividend
        return result

    @property
    def open_reply(self) -> BoolArray:
        """Whether some belief calls for either reply after an offer, and after fighting: 0 < μ < 1, ``[n, 2]``."""
        return np.asarray((self.threshold > 0) & (self.threshold < 1))

    @property
    def fight_tempts(self) -> BoolArray:
        """Whether in pool-talk some reply to fighting would tempt a type to fight, ``[n]``.

        Only where an offer is escalated on (π < μ_T), and then the strong first: D_H(1, 0) < 0.
        """
        zeros = np.zeros(len(self))
        return np.asarray(
            (self.prior < self.threshold[:, OFFER]) & (self.eagerness(zeros + 1, zeros)[:, HIGH] < 0), dtype=np.bool_
        )

    def row(self, name: str) -> BoolArray:
        """Whether a row of the table exists, ``[n]``."""
        return np.asarray(self.exists[:, ROWS.index(name)])
