"""The demonstration game: a costly show of strength before the talks game (docs/model.md, section 3).

The sender first demonstrates (an offensive, a mobilisation) or carries on plainly, at a cost that depends on its
type; then it fights on or offers talks, and the receiver, who has seen both, replies. Rules and payoffs of what
follows the demonstration are those of :mod:`olivebranch.games.talks`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Generic, NamedTuple

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray, Game, Outcome, compile_game
from olivebranch.games.kinds import GameKind
from olivebranch.games.rules import Action
from olivebranch.games.talks import END, RANGES, SENDER, START, Number, Ranges, TalksGame, TalksParameters

OPENING = "opening"
DEMONSTRATION_RANGES: Ranges = {
    **RANGES,
    "demonstration_cost_high": (0, True, float("inf"), False, "what a demonstration costs a highly resilient sender"),
    "demonstration_cost_low": (0, True, float("inf"), False, "what a demonstration costs a barely resilient sender"),
}


@dataclass(frozen=True, kw_only=True)
class DemonstrationParameters(TalksParameters):
    """The parameters of the talks game and κ_H, κ_L, validated. Meanings and ranges: ``DEMONSTRATION_RANGES``.

    Raises:
        ParameterError: as :class:`TalksParameters` does.
    """

    demonstration_cost_high: float
    demonstration_cost_low: float

    ranges: ClassVar[Ranges] = DEMONSTRATION_RANGES

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return compile_demonstration(self)


class DemonstrationColumns(NamedTuple, Generic[Number]):
    """The parameters of demonstration games by name; see :class:`TalksColumns`."""

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
    demonstration_cost_high: Number
    demonstration_cost_low: Number


def each_demonstration(columns: DemonstrationColumns[FloatArray]) -> Iterator[DemonstrationParameters]:
    """The games of columns ``[n]``, one by one. Raises ParameterError at one that is not valid."""
    for numbers in zip(*(column.tolist() for column in columns), strict=True):
        yield DemonstrationParameters(**dict(zip(columns._fields, numbers, strict=True)))


class DemonstrationGame(Game):
    """The rules of the demonstration game at given parameters.

    A public state is ``OPENING``, a pair of whether the sender has demonstrated and a state of the talks game, or the
    talks game's ``END``. The sender moves twice before the receiver replies: DEMONSTRATE or FIGHT (carry on plainly),
    then FIGHT or OFFER_TALKS.
    """

    name = "demonstration"
    players = TalksGame.players
    action_names = TalksGame.action_names
    type_names = TalksGame.type_names

    def __init__(self, parameters: DemonstrationParameters) -> None:
        self.parameters = parameters
        self.talks = TalksGame(parameters)
        self.prior = self.talks.prior

    def initial_state(self) -> str:
        return OPENING

    def legal_actions(self, state: Any) -> Sequence[Sequence[int]]:
        if state == OPENING:
            return ((Action.FIGHT, Action.DEMONSTRATE), (Action.FIGHT,))
        return self.talks.legal_actions(END if state == END else state[1])

    def outcomes(self, state: Any, joint: tuple[int, ...]) -> Sequence[Outcome]:
        if state == OPENING:
            demonstrated = joint[SENDER] == Action.DEMONSTRATE
            p = self.parameters
            cost = np.array([p.demonstration_cost_high, p.demonstration_cost_low]) if demonstrated else np.zeros(2)
            return (Outcome("", (demonstrated, START), 1.0, np.array([-cost, np.zeros(2)])[:, :, None]),)
        demonstrated, position = state
        return tuple(
            outcome if outcome.state == END else replace(outcome, state=(demonstrated, outcome.state))
            for outcome in self.talks.outcomes(position, joint)
        )

    def describe(self, state: Any) -> str:
        if state == OPENING:
            return "the sender considers a demonstration of strength"
        if state == END:
            return self.talks.describe(END)
        demonstrated, position = state
        return (
            f"{'after a demonstration' if demonstrated else 'without a demonstration'}, {self.talks.describe(position)}"
        )


@cache
def compile_demonstration(parameters: DemonstrationParameters) -> CompiledGame:
    """The compiled demonstration game at ``parameters`` (cached: parameters are immutable)."""
    return compile_game(DemonstrationGame(parameters))


KIND = GameKind("demonstration", DemonstrationParameters)
