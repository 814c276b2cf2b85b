"""All perfect Bayesian equilibria of the talks game, by closed form (docs/model.md, section 2).

``solve_talks`` is exact (rational arithmetic, each parameter read as its shortest decimal); ``solve_many`` solves an
array of games in compiled floats and falls back on the exact path for games close to a knife edge.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import RANGES, TalksParameters
from olivebranch.theory.talks.kernel import D1, EXISTS, INTUITIVE, ROWS, flag_table, solve_array, solve_exact

Interval = tuple[float, float]
EQUILIBRIUM_NAMES = ROWS
NEAR_KNIFE_EDGE = 1e-7  # floats carry 16 digits; sums of ten terms of order one keep at least 13


@dataclass(frozen=True)
class TalksEquilibrium:
    """One component of the set of perfect Bayesian equilibria: a row of the table in docs/model.md, section 2.

    Attributes:
        name: the row.
        offer_high, offer_low: probability that each type offers talks.
        escalate_after_offer, escalate_after_fight: least and largest probability of escalation; they differ only at
            the message that is off the path.
        belief_after_offer, belief_after_fight: least and largest belief Pr(high) that supports the replies; off the
            path this is the set of all beliefs that support some reply of the interval.
        d1: whether some equilibrium of the component survives D1 (Banks and Sobel 1987; Cho and Kreps 1987).
        intuitive: the same for the intuitive criterion (Cho and Kreps 1987).
    """

    name: str
    offer_high: float
    offer_low: float
    escalate_after_offer: Interval
    escalate_after_fight: Interval
    belief_after_offer: Interval
    belief_after_fight: Interval
    d1: bool
    intuitive: bool

    @property
    def off_path(self) -> str | None:
        """The message that no type sends: ``"offer"``, ``"fight"`` or None."""
        if self.offer_high == self.offer_low == 0:
            return "offer"
        if self.offer_high == self.offer_low == 1:
            return "fight"
        return None

    @property
    def is_mixed(self) -> bool:
        """Whether some type randomises on the path."""
        return not {self.offer_high, self.offer_low} <= {0.0, 1.0}

    def as_dict(self) -> dict[str, Any]:
        """The component in the form that ``olivebranch solve --json`` prints."""
        return {
            "name": self.name,
            "offer_high": self.offer_high,
            "offer_low": self.offer_low,
            "escalate_after_offer": list(self.escalate_after_offer),
            "escalate_after_fight": list(self.escalate_after_fight),
            "belief_after_offer": list(self.belief_after_offer),
            "belief_after_fight": list(self.belief_after_fight),
            "d1": self.d1,
            "intuitive": self.intuitive,
        }


@dataclass(frozen=True)
class TalksSolution:
    """Every equilibrium component of one talks game.

    Attributes:
        equilibria: in the order of the table.
        knife_edges: equalities that hold exactly at these parameters and at which components may widen or merge; the
            table then holds literally, and the enumerator gives the full sets. Empty at generic parameters.
    """

    equilibria: tuple[TalksEquilibrium, ...]
    knife_edges: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the components."""
        return tuple(equilibrium.name for equilibrium in self.equilibria)

    def __getitem__(self, name: str) -> TalksEquilibrium:
        for equilibrium in self.equilibria:
            if equilibrium.name == name:
                return equilibrium
        raise KeyError(f"no component {name!r} at these parameters; there are: {', '.join(self.names)}")

    def as_dict(self) -> dict[str, Any]:
        """One line of ``olivebranch solve --json``; ``knife_edges`` appears only where there is one."""
        line: dict[str, Any] = {"equilibria": [equilibrium.as_dict() for equilibrium in self.equilibria]}
        if self.knife_edges:
            line["knife_edges"] = list(self.knife_edges)
        return line


@dataclass(frozen=True)
class Thresholds:
    """The numbers that the equilibria turn on, at given parameters (docs/model.md, section 2).

    Attributes:
        loss_after_offer, loss_after_fight: expected loss above which the receiver escalates (k_T, k_F).
        belief_after_offer, belief_after_fight: Pr(high) below which it escalates (mu_T, mu_F); may lie outside [0, 1].
        adverse_inference: alpha at the reply that the prior calls for after fighting: where it is positive, D1 reads
            an unexpected offer as weakness.
    """

    loss_after_offer: float
    loss_after_fight: float
    belief_after_offer: float
    belief_after_fight: float
    adverse_inference: float


def _rationals(parameters: TalksParameters) -> list[Fraction]:
    values = parameters.as_dict()
    return [
        value if isinstance(value, Fraction) else Fraction(repr(float(value))) for value in (values[n] for n in RANGES)
    ]


def thresholds(parameters: TalksParameters) -> Thresholds:
    """The thresholds at ``parameters``, computed exactly and rounded once."""
    exact = _exact_thresholds(_rationals(parameters))
    return Thresholds(*(float(value) for value in exact))


def _exact_thresholds(p: Sequence[Fraction]) -> tuple[Fraction, Fraction, Fraction, Fraction, Fraction]:
    prior, high, low, cost, dividend, receiver_dividend, pressure, shelter, face_cost, guarantee = p
    after_offer = (cost + guarantee + receiver_dividend) / (1 - shelter)
    after_fight = cost / (1 - pressure)
    belief_offer, belief_fight = (low - after_offer) / (low - high), (low - after_fight) / (low - high)
    suffered = Fraction(1) if prior < belief_fight else pressure
    return (
        after_offer,
        after_fight,
        belief_offer,
        belief_fight,
        adverse_inference(suffered, dividend, shelter, face_cost),
    )


def adverse_inference(suffered: Any, dividend: Any, shelter: Any, face_cost: Any) -> Any:
    """Alpha = Lambda (b_S + f) - (1 - s) b_S; with alpha > 0 D1 reads an unexpected offer as weakness.

    Args:
        suffered: Lambda, the share of its loss that the sender suffers when it fights on: 1 if the receiver escalates
            then, ``pressure`` if it holds.
        dividend: b_S.
        shelter: s.
        face_cost: f.
    """
    return suffered * (dividend + face_cost) - (1 - shelter) * dividend


def solve_talks(parameters: TalksParameters) -> TalksSolution:
    """All equilibrium components, exactly: conditions are decided in rational arithmetic, numbers are rounded once.

    Floats are read as their shortest decimal, so that 0.1 means one tenth.
    """
    exact = _rationals(parameters)
    packed, margin, values = solve_exact(exact)
    return TalksSolution(
        equilibria=tuple(_components(values, flag_table(packed))),
        knife_edges=_knife_edges(exact) if margin == 0 or exact[0] in (0, 1) else (),
    )


def solve_many(parameters: FloatArray) -> list[TalksSolution]:
    """All components of many games: ``parameters[n, 10]`` with columns in the order of ``games.talks.RANGES``."""
    values, flags, margins = solve_array(parameters)
    rows = parameters.tolist()
    listed = values.tolist()
    ends = np.cumsum(flags[:, :, EXISTS].sum(axis=1)).tolist()
    prior = parameters[:, 0]
    near = (margins < NEAR_KNIFE_EDGE) | (prior <= 0) | (prior >= 1)
    return [
        solve_talks(TalksParameters(**dict(zip(RANGES, rows[game], strict=True))))
        if near[game]
        else TalksSolution(tuple(_components(listed[start:end], flags[game])), ())
        for game, (start, end) in enumerate(pairwise([0, *ends]))
    ]


def _components(values: Iterable[Sequence[Any]], flags: BoolArray) -> Iterator[TalksEquilibrium]:
    """The components in ``flags[9, 3]``, with their numbers in the same order."""
    for row, numbers in zip(np.flatnonzero(flags[:, EXISTS]), values, strict=True):
        v = [float(value) for value in numbers]
        yield TalksEquilibrium(
            name=ROWS[row],
            offer_high=v[0],
            offer_low=v[1],
            escalate_after_offer=(v[2], v[3]),
            escalate_after_fight=(v[4], v[5]),
            belief_after_offer=(v[6], v[7]),
            belief_after_fight=(v[8], v[9]),
            d1=bool(flags[row, D1]),
            intuitive=bool(flags[row, INTUITIVE]),
        )


def _knife_edges(p: Sequence[Fraction]) -> tuple[str, ...]:
    """The equalities that hold exactly, in words. Replies are those that some belief makes optimal."""
    prior, high, low, _, dividend, _, pressure, shelter, face_cost, _ = p
    _, _, belief_offer, belief_fight, alpha = _exact_thresholds(p)
    found = []
    if prior in (0, 1):
        found.append(f"prior_high = {prior}: one type cannot occur, and what only it would send is off the path")
    for message, belief in (("an offer", belief_offer), ("fighting", belief_fight)):
        for value, what in ((prior, "prior_high"), (Fraction(0), "0"), (Fraction(1), "1")):
            if belief == value:
                found.append(f"the receiver's threshold belief after {message} equals {what}")
    replies = [
        [reply for reply in (0, 1) if not (belief <= 0 and reply) and not (belief >= 1 and not reply)]
        for belief in (belief_offer, belief_fight)
    ]
    for q in replies[0]:
        for r in replies[1]:
            for loss, kind in ((high, "high"), (low, "low")):
                gain = dividend * (1 - q) - q * face_cost + loss * (pressure + (1 - pressure) * r - (1 - shelter) * q)
                if gain == 0:
                    said = "escalates" if q else "reciprocates", "escalates" if r else "holds"
                    found.append(
                        f"the {kind} type is indifferent if the receiver {said[0]} on an offer and {said[1]} else"
                    )
    if face_cost == 0:
        found.append("face_cost = 0: a rebuffed offer costs nothing by itself")
    if alpha == 0:
        found.append("the adverse-inference term is zero")
    return tuple(found) or ("two of the compared quantities are equal",)
