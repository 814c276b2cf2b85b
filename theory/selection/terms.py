"""The numbers that selection turns on, for many talks games at once (docs/selection.md, section 2)."""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import RANGES
from olivebranch.theory.talks.kernel import COLUMNS, EXISTS, ROWS, solve_array

HIGH, LOW = 0, 1
OFFER, FIGHT = 0, 1  # positions of the two messages in arrays of thresholds, replies and beliefs


@dataclass(frozen=True, eq=False)
class Terms:
    """Many talks games, their components and the thresholds of docs/model.md.

    Attributes:
        parameters: ``[n, 10]``, columns in the order of ``games.talks.RANGES``.
        exists: which rows of the table of equilibria exist, ``[n, 9]``, in the order of ``theory.talks.kernel.ROWS``.
        d1: which of them survive D1, ``[n, 9]``.
        components: their numbers, ``[n, 9, 10]``, columns as in ``theory.talks.kernel.COLUMNS``; NaN where there is no
            such component.
        margin: distance of each game from a knife edge, ``[n]``: below about 1e-9, floats cannot tell.
        prior: π, ``[n]``.
        loss: ℓ_H and ℓ_L, ``[n, 2]``.
        dividend, face: b_S and f, ``[n]``.
        pressure, exposed: λ and 1 - s, ``[n]``.
        threshold: μ_T and μ_F, the beliefs Pr(high) below which the receiver escalates, ``[n, 2]``.
        gain: what escalating gains the receiver after an offer, and after fighting, on each type, ``[n, 2, 2]``.
    """

    parameters: FloatArray
    exists: BoolArray
    d1: BoolArray
    components: FloatArray
    margin: FloatArray
    prior: FloatArray
    loss: FloatArray
    dividend: FloatArray
    face: FloatArray
    pressure: FloatArray
    exposed: FloatArray
    threshold: FloatArray
    gain: FloatArray

    @classmethod
    def of(cls, parameters: FloatArray) -> "Terms":
        """The terms of ``[n, 10]`` valid parameters.

        Raises:
            ValueError: the parameters have another shape.
        """
        values, flags, margin = solve_array(parameters)
        exists = flags[:, :, EXISTS]
        components = np.full((*exists.shape, len(COLUMNS)), np.nan)
        components[exists] = values
        table = np.ascontiguousarray(parameters, dtype=np.float64)
        column = {name: table[:, place] for place, name in enumerate(RANGES)}
        loss = np.stack([column["loss_high"], column["loss_low"]], axis=1)
        exposed, unpressed = 1 - column["shelter"], 1 - column["pressure"]
        price = np.stack(
            [column["escalation_cost"] + column["guarantee"] + column["receiver_dividend"], column["escalation_cost"]],
            axis=1,
        )
        share = np.stack([exposed, unpressed], axis=1)  # of the loss that the receiver brings about by escalating
        spread = loss[:, LOW] - loss[:, HIGH]
        return cls(
            parameters=table,
            exists=exists,
            d1=flags[:, :, 1],
            components=components,
            margin=margin,
            prior=column["prior_high"],
            loss=loss,
            dividend=column["sender_dividend"],
            face=column["face_cost"],
            pressure=column["pressure"],
            exposed=exposed,
            threshold=(loss[:, LOW, None] - price / share) / spread[:, None],
            gain=share[:, :, None] * loss[:, None, :] - price[:, :, None],
        )

    def __len__(self) -> int:
        return len(self.prior)

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


def odds(belief: FloatArray) -> FloatArray:
    """belief / (1 - belief); infinite at one."""
    with np.errstate(divide="ignore"):
        result: FloatArray = belief / (1 - belief)
    return result
