"""The talks game: one offer, one reply, one hidden type (docs/model.md, section 2).

A *sender* of high or low resilience fights on or offers talks; the *receiver* sees that and holds or escalates.
Payoffs are relative to the unescalated war, in shares of the stake. This is a reconstruction of the mechanism in
Mastro and Siegel (2023), doi 10.1177/09516298231185112, not a copy of their payoffs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cache
from math import isfinite
from numbers import Real
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

import numpy as np

from olivebranch.core.errors import ParameterError, known_key
from olivebranch.games.base import CompiledGame, FloatArray, Game, Outcome, compile_game
from olivebranch.games.kinds import GameKind
from olivebranch.games.rules import Action

SENDER, RECEIVER = 0, 1
HIGH, LOW = 0, 1
MESSAGES = (Action.FIGHT, Action.OFFER_TALKS)
START, AFTER_FIGHT, AFTER_OFFER, END = "start", "after-fight", "after-offer", "end"

Number = TypeVar("Number")
Ranges = Mapping[str, tuple[float, bool, float, bool, str]]

# name: (lower bound, is it allowed, upper bound, is it allowed, meaning). docs/model.md, section 2, second table.
RANGES: Ranges = {
    "prior_high": (0, True, 1, True, "prior probability that the sender is highly resilient"),
    "loss_high": (0, True, 1, True, "share that a highly resilient sender loses to an escalation"),
    "loss_low": (0, True, 1, True, "share that a barely resilient sender loses to an escalation"),
    "escalation_cost": (0, True, float("inf"), False, "what escalating costs the receiver"),
    "sender_dividend": (0, False, float("inf"), False, "what talks are worth to the sender"),
    "receiver_dividend": (0, True, float("inf"), False, "what talks are worth to the receiver"),
    "pressure": (0, True, 1, False, "share of the loss suffered anyway when fighting on"),
    "shelter": (0, True, 1, False, "share of the loss spared when already at the table"),
    "face_cost": (0, True, float("inf"), False, "what a rebuffed offer costs the sender"),
    "guarantee": (0, True, float("inf"), False, "a mediator's penalty on escalating against an offer"),
}


def describe_range(name: str, ranges: Ranges = RANGES) -> str:
    """The range of a parameter in words, e.g. ``"a number in [0, 1)"``."""
    low, low_in, high, high_in, _ = ranges[name]
    return f"a number in {'[' if low_in else '('}{low:g}, {high:g}{']' if high_in else ')'}"


@dataclass(frozen=True, kw_only=True)
class TalksParameters:
    """The ten parameters of the talks game, validated. Meanings and ranges: ``RANGES``.

    Raises:
        ParameterError: a value is not a finite number, is outside its range, or ``loss_high`` is not below
            ``loss_low``.
    """

    prior_high: float
    loss_high: float
    loss_low: float
    escalation_cost: float
    sender_dividend: float
    receiver_dividend: float
    pressure: float = 0.0
    shelter: float = 0.0
    face_cost: float = 0.0
    guarantee: float = 0.0

    ranges: ClassVar[Ranges] = RANGES

    def __post_init__(self) -> None:
        for name, (low, low_in, high, high_in, _) in self.ranges.items():
            value: Any = getattr(self, name)
            if not _is_finite_number(value):
                raise ParameterError(name, value, describe_range(name, self.ranges))
            above = value >= low if low_in else value > low
            below = value <= high if high_in else value < high
            if not (above and below):
                raise ParameterError(name, value, describe_range(name, self.ranges))
        if not self.loss_high < self.loss_low:
            raise ParameterError("loss_high", self.loss_high, f"less than loss_low = {self.loss_low!r}")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Build from a mapping, e.g. a line of JSON. Unknown and missing keys raise :class:`ParameterError`."""
        known = {field.name for field in fields(cls)}
        for key in values:
            if key not in known:
                raise ParameterError(str(key), values[key], known_key(sorted(known), key))
        for field in fields(cls):
            if field.name not in values and field.default is MISSING:
                raise ParameterError(field.name, None, f"{describe_range(field.name, cls.ranges)}, but it is missing")
        return cls(**{str(key): value for key, value in values.items()})

    def as_dict(self) -> dict[str, float]:
        """The parameters by name."""
        return asdict(self)

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return compile_talks(self)


class TalksColumns(NamedTuple, Generic[Number]):
    """The parameters of talks games by name: numbers of one game, or arrays of many that broadcast together.

    So one formula serves floats, fractions and arrays, compiled or not, and nobody reads a parameter by its place.
    """

    prior_high: Number
    loss_high: Number
    loss_low: Number
    escalation_cost: Number
    sender_dividend: Number
    receiver_dividend: Number
    pressure: Number
    shelter: Number
    face_cost: Number
    guarantee: Number

    @classmethod
    def of(cls, games: Iterable[TalksParameters]) -> "TalksColumns[FloatArray]":
        """A column ``[n]`` for each parameter of ``n`` games."""
        rows = [[float(getattr(game, name)) for name in cls._fields] for game in games]
        return TalksColumns(*np.array(rows, dtype=np.float64).reshape(-1, len(cls._fields)).T)


def each_game(columns: TalksColumns[FloatArray]) -> Iterator[TalksParameters]:
    """The games of columns ``[n]``, one by one. Raises ParameterError at one that is not valid."""
    for numbers in zip(*(column.tolist() for column in columns), strict=True):
        yield TalksParameters(**dict(zip(columns._fields, numbers, strict=True)))


def _is_finite_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)


class TalksGame(Game):
    """The rules of the talks game at given parameters (docs/model.md, section 2, first table)."""

    name = "talks"
    players = ("sender", "receiver")
    action_names = tuple(action.name for action in Action)
    type_names = (("high", "low"), ("only",))

    def __init__(self, parameters: TalksParameters) -> None:
        self.parameters = parameters
        self.prior = np.array([[parameters.prior_high], [1.0 - parameters.prior_high]])

    def initial_state(self) -> str:
        return START

    def legal_actions(self, state: str) -> Sequence[Sequence[int]]:
        return {
            START: ((Action.FIGHT, Action.OFFER_TALKS), (Action.FIGHT,)),
            AFTER_FIGHT: ((Action.FIGHT,), (Action.FIGHT, Action.ESCALATE)),
            AFTER_OFFER: ((Action.FIGHT,), (Action.ESCALATE, Action.OFFER_TALKS)),
            END: (),
        }[state]

    def outcomes(self, state: str, joint: tuple[int, ...]) -> Sequence[Outcome]:
        if state == START:
            return (Outcome("", AFTER_OFFER if joint[SENDER] == Action.OFFER_TALKS else AFTER_FIGHT),)
        sender, receiver = self._payoffs(state, Action(joint[RECEIVER]))
        return (Outcome("", END, 1.0, np.array([sender, receiver])[:, :, None]),)

    def _payoffs(self, state: str, reply: Action) -> tuple[Any, Any]:
        """Sender's and receiver's payoff, each an array over the sender's types (high, low)."""
        p = self.parameters
        loss = np.array([p.loss_high, p.loss_low])
        same = np.ones(2, dtype=np.int64)  # exact numbers stay exact
        if state == AFTER_FIGHT and reply == Action.FIGHT:
            return -p.pressure * loss, p.pressure * loss
        if state == AFTER_FIGHT:
            return -loss, loss - p.escalation_cost
        if reply == Action.OFFER_TALKS:
            return p.sender_dividend * same, p.receiver_dividend * same
        exposed = (1 - p.shelter) * loss
        return -exposed - p.face_cost, exposed - p.escalation_cost - p.guarantee

    def describe(self, state: str) -> str:
        return {
            START: "the sender considers an offer of talks",
            AFTER_FIGHT: "the sender fights on; the receiver considers escalating",
            AFTER_OFFER: "the sender has offered talks; the receiver considers its reply",
            END: "the war has taken its course",
        }[state]


@cache
def compile_talks(parameters: TalksParameters) -> CompiledGame:
    """The compiled talks game at ``parameters`` (cached: parameters are immutable)."""
    return compile_game(TalksGame(parameters))


KIND = GameKind("talks", TalksParameters)


def signalling_payoffs(game: CompiledGame) -> tuple[FloatArray, FloatArray]:
    """The sender's and the receiver's payoffs ``[types, messages, replies]`` in a compiled talks game, off its edges.

    Messages are in the order of ``MESSAGES``; the replies are to hold (whatever holding is called) and to escalate.
    """
    tables = np.empty((2, game.n_types[SENDER], len(MESSAGES), 2))
    for position, message in enumerate(MESSAGES):
        first = game.edge_start[0, game.joint_index(np.array([message, Action.FIGHT]))]
        state = game.edge_next[first]
        for action in np.flatnonzero(game.legal[state, RECEIVER]):
            edge = game.edge_start[state, game.joint_index(np.array([Action.FIGHT, action]))]
            payoffs = game.edge_reward[first] + game.edge_reward[edge]
            tables[:, :, position, int(action == Action.ESCALATE)] = payoffs
    return tables[SENDER], tables[RECEIVER]
