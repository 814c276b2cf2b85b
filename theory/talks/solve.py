"""All perfect Bayesian equilibria of the talks game, by closed form (docs/model.md, section 2).

``solve_talks`` is exact (rational arithmetic, each parameter read as its shortest decimal); ``solve_many`` solves an
array of games in compiled floats and falls back on the exact path for games close to a knife edge. At knife edges where
the table has no row, the answer is that of the enumerator.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import TalksColumns, TalksParameters, each_game
from olivebranch.theory.signalling.as_json import describe
from olivebranch.theory.signalling.pieces import EquilibriumSet
from olivebranch.theory.talks.columns import ComponentColumns
from olivebranch.theory.talks.kernel import (
    D1,
    EXISTS,
    INTUITIVE,
    ROWS,
    flag_table,
    solve_array,
    solve_exact,
)
from olivebranch.theory.talks.knife_edge import enumerated, extreme_equilibria

Interval = tuple[float, float]
Exact = TypeVar("Exact", float, Fraction)
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
        equilibria: in the order of the table; where it has no row, the extreme equilibria by enumeration, named
            ``component-I-extreme-J``.
        knife_edges: equalities that hold exactly at these parameters and at which components may widen or merge; the
            table then holds literally, and the enumerator gives the full sets. Empty at generic parameters.
        enumerated: the exact enumerator's whole answer, where the table has no row; else None.
    """

    equilibria: tuple[TalksEquilibrium, ...]
    knife_edges: tuple[str, ...]
    enumerated: EquilibriumSet | None = None

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
        """One line of ``olivebranch solve --json``.

        ``knife_edges`` appears only where there is one, and ``enumerated``, which is what ``olivebranch enumerate
        --json`` says of the payoff table, only where the closed forms have no row.
        """
        line: dict[str, Any] = {"equilibria": [equilibrium.as_dict() for equilibrium in self.equilibria]}
        if self.knife_edges:
            line["knife_edges"] = list(self.knife_edges)
        if self.enumerated is not None:
            line["enumerated"] = describe(self.enumerated)
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


def _rationals(parameters: TalksParameters) -> TalksColumns[Fraction]:
    values = (getattr(parameters, name) for name in TalksColumns._fields)
    return TalksColumns(*(v if isinstance(v, Fraction) else Fraction(repr(float(v))) for v in values))


def thresholds(parameters: TalksParameters) -> Thresholds:
    """The thresholds at ``parameters``, computed exactly and rounded once."""
    exact = _exact_thresholds(_rationals(parameters))
    return Thresholds(*(float(value) for value in exact))


def _exact_thresholds(p: TalksColumns[Fraction]) -> tuple[Fraction, Fraction, Fraction, Fraction, Fraction]:
    after_offer = (p.escalation_cost + p.guarantee + p.receiver_dividend) / (1 - p.shelter)
    after_fight = p.escalation_cost / (1 - p.pressure)
    belief_offer, belief_fight = ((p.loss_low - k) / (p.loss_low - p.loss_high) for k in (after_offer, after_fight))
    suffered = Fraction(1) if p.prior_high < belief_fight else p.pressure
    return (
        after_offer,
        after_fight,
        belief_offer,
        belief_fight,
        adverse_inference(suffered, p.sender_dividend, p.shelter, p.face_cost),
    )


def adverse_inference(suffered: Exact, dividend: Exact, shelter: Exact, face_cost: Exact) -> Exact:
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
    rounded = (ComponentColumns(*map(float, numbers)) for numbers in values)
    known = tuple(_components(rounded, flag_table(packed)))
    edges = _knife_edges(exact) if margin == 0 or exact.prior_high in (0, 1) else ()
    if known:
        return TalksSolution(known, edges)
    found = enumerated(exact)
    return TalksSolution(tuple(_corners(found)), edges, found)


def _corners(found: EquilibriumSet) -> Iterator[TalksEquilibrium]:
    """The extreme equilibria, in the form of the table's components."""
    numbers: dict[int, int] = {}
    for corner in extreme_equilibria(found):
        numbers[corner.component] = numbers.get(corner.component, 0) + 1
        name = f"component-{corner.component + 1}-extreme-{numbers[corner.component]}"
        yield _component(name, corner.values, corner.d1, corner.intuitive)


def solve_many(games: TalksColumns[FloatArray]) -> list[TalksSolution]:
    """All components of many games, whose parameters are ``[n]`` each."""
    values, flags, margins = solve_array(games)
    listed = [ComponentColumns(*numbers) for numbers in zip(*(column.tolist() for column in values), strict=True)]
    ends = np.cumsum(flags[:, :, EXISTS].sum(axis=1)).tolist()
    near = (margins < NEAR_KNIFE_EDGE) | (games.prior_high <= 0) | (games.prior_high >= 1)
    exactly = each_game(TalksColumns(*(column[near] for column in games)))
    return [
        solve_talks(next(exactly))
        if near[game]
        else TalksSolution(tuple(_components(listed[start:end], flags[game])), ())
        for game, (start, end) in enumerate(pairwise([0, *ends]))
    ]


def _components(values: Iterable[ComponentColumns[float]], flags: BoolArray) -> Iterator[TalksEquilibrium]:
    """The components in ``flags[9, 3]``, with their numbers in the same order."""
    for row, v in zip(np.flatnonzero(flags[:, EXISTS]), values, strict=True):
        yield _component(ROWS[row], v, bool(flags[row, D1]), bool(flags[row, INTUITIVE]))


def _component(name: str, v: ComponentColumns[float], d1: bool, intuitive: bool) -> TalksEquilibrium:
    return TalksEquilibrium(
        name=name,
        offer_high=v.offer_high,
        offer_low=v.offer_low,
        escalate_after_offer=(v.escalate_after_offer_min, v.escalate_after_offer_max),
        escalate_after_fight=(v.escalate_after_fight_min, v.escalate_after_fight_max),
        belief_after_offer=(v.belief_after_offer_min, v.belief_after_offer_max),
        belief_after_fight=(v.belief_after_fight_min, v.belief_after_fight_max),
        d1=d1,
        intuitive=intuitive,
    )


def _knife_edges(p: TalksColumns[Fraction]) -> tuple[str, ...]:
    """The equalities that hold exactly, in words. Replies are those that some belief makes optimal."""
    _, _, belief_offer, belief_fight, alpha = _exact_thresholds(p)
    found = []
    if p.prior_high in (0, 1):
        found.append(f"prior_high = {p.prior_high}: one type cannot occur, and what only it would send is off the path")
    for message, belief in (("an offer", belief_offer), ("fighting", belief_fight)):
        for value, what in ((p.prior_high, "prior_high"), (Fraction(0), "0"), (Fraction(1), "1")):
            if belief == value:
                found.append(f"the receiver's threshold belief after {message} equals {what}")
    replies = [
        [reply for reply in (0, 1) if not (belief <= 0 and reply) and not (belief >= 1 and not reply)]
        for belief in (belief_offer, belief_fight)
    ]
    for q in replies[0]:
        for r in replies[1]:
            for loss, kind in ((p.loss_high, "high"), (p.loss_low, "low")):
                suffered = p.pressure + (1 - p.pressure) * r - (1 - p.shelter) * q
                if p.sender_dividend * (1 - q) - q * p.face_cost + loss * suffered == 0:
                    said = "escalates" if q else "reciprocates", "escalates" if r else "holds"
                    found.append(
                        f"the {kind} type is indifferent if the receiver {said[0]} on an offer and {said[1]} else"
                    )
    if p.face_cost == 0:
        found.append("face_cost = 0: a rebuffed offer costs nothing by itself")
    if alpha == 0:
        found.append("the adverse-inference term is zero")
    return tuple(found) or ("two of the compared quantities are equal",)
