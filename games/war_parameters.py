"""The parameters of the war, validated (docs/model.md, section 5). All payoffs are in shares of the stake."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from itertools import pairwise
from math import inf, isclose, isfinite
from numbers import Integral, Real
from typing import Any, TypeVar

from olivebranch.core.errors import ParameterError, known_key, one_of
from olivebranch.games.base import CompiledGame

MOST_PERIODS = 10_000  # each has public states of its own, which take time and memory to compile

SIDES = ("A", "B")
ORDERS = ("simultaneous", "alternating")

Record = TypeVar("Record")


@dataclass(frozen=True, kw_only=True)
class PatronParameters:
    """A third state that gives or withholds aid, with a will that the belligerents do not know.

    Attributes:
        client: whom it aids, ``"A"`` or ``"B"``.
        prior: probability of each level of will, the most resolute first; sums to one.
        aid_cost: what a period of aid costs it, by level of will, rising, >= 0: will is the opposite of this cost.
        aid_effect: share by which aid lowers the client's breakthrough probability, in [0, 1].
        stake: what the client's whole share of the stake is worth to it, >= 0.
    """

    client: str
    prior: tuple[float, ...]
    aid_cost: tuple[float, ...]
    aid_effect: float
    stake: float

    def __post_init__(self) -> None:
        _one_of("client", self.client, SIDES)
        _freeze(self, "prior", _distribution("prior", self.prior))
        _freeze(self, "aid_cost", _levels("aid_cost", self.aid_cost, 0, inf))
        if len(self.aid_cost) != len(self.prior):
            raise ParameterError("aid_cost", self.aid_cost, f"{len(self.prior)} numbers, one for each level of will")
        _number("aid_effect", self.aid_effect, 0, 1)
        _number("stake", self.stake, 0, inf)


@dataclass(frozen=True, kw_only=True)
class MediatorParameters:
    """A third party that may post a guarantee: from then on, who escalates against an offer pays ``guarantee``.

    Attributes:
        guarantee_cost: what posting costs it, once, >= 0.
        war_cost: what each period of fighting costs it, >= 0: its stake in peace.
    """

    guarantee_cost: float
    war_cost: float

    def __post_init__(self) -> None:
        _number("guarantee_cost", self.guarantee_cost, 0, inf)
        _number("war_cost", self.war_cost, 0, inf)


@dataclass(frozen=True, kw_only=True)
class WarParameters:
    """The parameters of the war. Pairs are for belligerents A and B. The letters are those of docs/model.md.

    Attributes:
        horizon: T, the number of periods, >= 1.
        grid: G, the number of steps between one side's total defeat and the other's, >= 2.
        start: x, the balance at the outset, in 1..G-1; A holds the share x/G.
        breakthrough_a: rho_A, probability of a breakthrough against A when B escalates, by A's resilience, the most
            resilient first: strictly rising, in [0, 1]. Any number of levels.
        breakthrough_b: the same for B.
        prior: joint probability of the levels of A (rows) and B (columns). :meth:`from_mapping` also takes
            ``prior_a`` and ``prior_b`` instead, for independent levels.
        war_cost: c, the cost of a period of war, >= 0.
        escalation_cost: k, the cost of escalating, >= 0.
        pressure: lambda, share of the breakthrough probability that remains without escalation, in [0, 1].
        shelter: s, share of it that an offer of talks takes away from the side that makes it, in [0, 1).
        face_cost: f, what it costs to have offered and been escalated on, >= 0.
        guarantee: g, what it costs to escalate against an offer, >= 0; with a mediator, only once it is posted.
        defeat_cost: d, what defeat costs beyond the share lost, >= 0.
        discount: weight of a period relative to the one before, in (0, 1].
        order: who moves when in a period: ``"simultaneous"``, or ``"alternating"``: one belligerent moves, the other
            sees it and replies, and the next period they swap.
        first_mover: who moves first in period 1 where the order is alternating, ``"A"`` or ``"B"``.
        demonstration_cost_a: kappa_A, A's cost of DEMONSTRATE by its resilience, >= 0; empty: it has no such action.
        demonstration_cost_b: the same for B.
        patron: see :class:`PatronParameters`; None for no patron.
        mediator: see :class:`MediatorParameters`; None for no mediator.

    Raises:
        ParameterError: a value is missing, unknown, of the wrong type or out of range; names the key.
    """

    horizon: int
    grid: int
    start: int
    breakthrough_a: tuple[float, ...]
    breakthrough_b: tuple[float, ...]
    prior: tuple[tuple[float, ...], ...]
    war_cost: tuple[float, float]
    escalation_cost: tuple[float, float]
    pressure: float = 0.0
    shelter: float = 0.0
    face_cost: float = 0.0
    guarantee: float = 0.0
    defeat_cost: float = 0.0
    discount: float = 1.0
    order: str = "simultaneous"
    first_mover: str = "A"
    demonstration_cost_a: tuple[float, ...] = ()
    demonstration_cost_b: tuple[float, ...] = ()
    patron: PatronParameters | None = None
    mediator: MediatorParameters | None = None

    def __post_init__(self) -> None:
        _integer("horizon", self.horizon, 1, MOST_PERIODS)
        _integer("grid", self.grid, 2, inf)
        _integer("start", self.start, 1, self.grid - 1)
        for key in ("breakthrough_a", "breakthrough_b"):
            _freeze(self, key, _levels(key, getattr(self, key), 0, 1, strictly=True))
        shape = (len(self.breakthrough_a), len(self.breakthrough_b))
        _freeze(self, "prior", _joint("prior", self.prior, shape))
        for key in ("war_cost", "escalation_cost"):
            _freeze(self, key, _numbers(key, getattr(self, key), 0, inf, length=2))
        _number("pressure", self.pressure, 0, 1)
        _number("shelter", self.shelter, 0, 1, high_in=False)
        for key in ("face_cost", "guarantee", "defeat_cost"):
            _number(key, getattr(self, key), 0, inf)
        _number("discount", self.discount, 0, 1, low_in=False)
        _one_of("order", self.order, ORDERS)
        _one_of("first_mover", self.first_mover, SIDES)
        for key, levels in zip(("demonstration_cost_a", "demonstration_cost_b"), shape, strict=True):
            if len(_sequence(key, getattr(self, key))) > 0:
                _freeze(self, key, _numbers(key, getattr(self, key), 0, inf, length=levels))
            else:
                _freeze(self, key, ())
        for key, kind in (("patron", PatronParameters), ("mediator", MediatorParameters)):
            if not isinstance(getattr(self, key), kind | None):
                raise ParameterError(key, getattr(self, key), f"None or {kind.__name__}")
        if self.mediator is not None and self.guarantee == 0:
            raise ParameterError("guarantee", self.guarantee, "a number > 0, where there is a mediator to post it")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "WarParameters":
        """Build from a mapping, e.g. from YAML; ``patron`` and ``mediator`` are mappings themselves.

        Raises:
            ParameterError: also for unknown and missing keys.
        """
        given = dict(values)
        if "prior_a" in given or "prior_b" in given:
            if "prior" in given:
                raise ParameterError("prior", given["prior"], "nothing where prior_a and prior_b are given")
            of_a, of_b = (_distribution(key, given.pop(key, None)) for key in ("prior_a", "prior_b"))
            given["prior"] = [[a * b for b in of_b] for a in of_a]
        for key, kind in (("patron", PatronParameters), ("mediator", MediatorParameters)):
            if isinstance(given.get(key), Mapping):
                given[key] = _record(kind, given[key], f"{key}.")
        return _record(cls, given)

    def as_dict(self) -> dict[str, Any]:
        """The parameters by name; :meth:`from_mapping` is the inverse."""
        return asdict(self)

    def compile(self) -> CompiledGame:
        """The compiled game."""
        from olivebranch.games.war import compile_war  # The rules import this module for their parameters.

        return compile_war(self)


def _record(kind: type[Record], values: Mapping[str, Any], prefix: str = "") -> Record:
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise ParameterError(f"{prefix}{key}", values[key], known_key(sorted(known), key))
    for key, field in known.items():
        if key not in values and field.default is MISSING:
            raise ParameterError(f"{prefix}{key}", None, "a value, but it is missing")
    try:
        return kind(**values)
    except ParameterError as error:
        raise ParameterError(f"{prefix}{error.key}", error.value, error.expected) from None


def _freeze(record: object, key: str, value: Any) -> None:
    object.__setattr__(record, key, value)


def _one_of(key: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ParameterError(key, value, one_of(choices, value))


def _integer(key: str, value: Any, low: int, high: float) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or not low <= int(value) <= high:
        raise ParameterError(key, value, f"a whole number >= {low}" + (f" and <= {high}" if high < inf else ""))


def _number(key: str, value: Any, low: float, high: float, *, low_in: bool = True, high_in: bool = True) -> float:
    fine = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
    if not fine or not (low <= value <= high) or (value == low and not low_in) or (value == high and not high_in):
        right = "]" if high_in and high < inf else ")"
        raise ParameterError(key, value, f"a number in {'[' if low_in else '('}{low:g}, {high:g}{right}")
    return float(value)


def _sequence(key: str, value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ParameterError(key, value, "a list of numbers")
    return value


def _numbers(key: str, value: Any, low: float, high: float, length: int | None = None) -> tuple[float, ...]:
    values = _sequence(key, value)
    if len(values) != length if length is not None else not values:
        raise ParameterError(key, value, f"a list of {length or 'one or more'} numbers")
    return tuple(_number(key, number, low, high) for number in values)


def _levels(key: str, value: Any, low: float, high: float, *, strictly: bool = False) -> tuple[float, ...]:
    values = _numbers(key, value, low, high)
    if any(b < a or (strictly and a == b) for a, b in pairwise(values)):
        raise ParameterError(key, value, f"{'strictly ' if strictly else ''}rising numbers")
    return values


def _distribution(key: str, value: Any) -> tuple[float, ...]:
    values = _numbers(key, value, 0, 1)
    if not isclose(sum(values), 1.0, abs_tol=1e-9):
        raise ParameterError(key, value, "probabilities that sum to one")
    return values


def _joint(key: str, value: Any, shape: tuple[int, int]) -> tuple[tuple[float, ...], ...]:
    rows = tuple(_numbers(key, row, 0, 1, length=shape[1]) for row in _sequence(key, value))
    if len(rows) != shape[0] or not isclose(sum(map(sum, rows)), 1.0, abs_tol=1e-9):
        raise ParameterError(key, value, f"a table of {shape[0]} by {shape[1]} probabilities that sum to one")
    return rows
