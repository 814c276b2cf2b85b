"""Leduc poker and liar's dice: two yardsticks of the field, in which our figures can be held against anyone's.

Neither is a game of talks. The rules are those of OpenSpiel's ``leduc_poker`` for two players and of its ``liars_dice``
with one die each (Lanctot et al. 2019, arXiv 1908.09453), to which tests hold them. Leduc poker is from Southey et al.,
"Bayes' bluff: opponent modelling in poker", UAI 2005. Both are zero-sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from olivebranch.core.errors import ParameterError, known_key
from olivebranch.games.base import CompiledGame, FloatArray, Game, Outcome, compile_game
from olivebranch.games.kinds import GameKind

FOLD, CALL, RAISE = 0, 1, 2
MOST_SIDES = 6


@dataclass(frozen=True)
class LeducParameters:
    """It has none; the class is there so that the game is handled as all others are."""

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "LeducParameters":
        """Raises :class:`ParameterError` if there is any."""
        for key, value in values.items():
            raise ParameterError(key, value, "no parameters: Leduc poker has none")
        return cls()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {}

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return _leduc()


class LeducState(NamedTuple):
    """What is public in Leduc poker.

    Attributes:
        public: the card on the table; -1 in the first round.
        paid: what each player has put into the pot.
        raises: how many there were in this round.
        called: whether the player who opened the round has checked, or somebody has raised.
        mover: whose turn it is.
    """

    public: int
    paid: tuple[int, int]
    raises: int
    called: bool
    mover: int


class LeducPoker(Game):
    """Six cards of three ranks, an ante of 1, two rounds with raises of 2 and then 4, at most two raises a round."""

    name = "leduc"
    players = ("first", "second")
    action_names = ("fold", "call", "raise")
    # a card of each suit: jacks, queens, kings
    type_names = (("jack-1", "jack-2", "queen-1", "queen-2", "king-1", "king-2"),) * 2
    prior = (1 - np.eye(6)) / 30

    def initial_state(self) -> LeducState | str:
        return LeducState(-1, (1, 1), 0, False, 0)

    def legal_actions(self, state: LeducState | str) -> Sequence[Sequence[int]]:
        if isinstance(state, str):
            return ()
        facing = state.paid[state.mover] < max(state.paid)
        choice = ([FOLD] if facing else []) + [CALL] + ([RAISE] if state.raises < 2 else [])
        return (choice, [CALL]) if state.mover == 0 else ([CALL], choice)

    def outcomes(self, state: LeducState, joint: tuple[int, ...]) -> Sequence[Outcome]:
        me, action = state.mover, joint[state.mover]
        paid = list(state.paid)
        if action == FOLD:
            lost = np.full((6, 6), -paid[0] if me == 0 else paid[1], dtype=np.float64)
            return (Outcome("", "end", 1.0, _zero_sum(lost)),)
        first_round = state.public < 0
        facing = paid[me] < max(paid)
        paid[me] = max(paid) + ((2 if first_round else 4) if action == RAISE else 0)
        pot = (paid[0], paid[1])
        if action == RAISE or not (facing or state.called):
            return (Outcome("", LeducState(state.public, pot, state.raises + (action == RAISE), True, 1 - me)),)
        if not first_round:
            return (Outcome("", "end", 1.0, self._showdown(state.public, pot[0])),)
        card = np.arange(6)
        return tuple(
            Outcome(
                f"{self.type_names[0][public]} is turned",
                LeducState(public, pot, 0, False, 0),
                # four cards are left; on the impossible diagonal, where both hold one card, five
                ((card[:, None] != public) & (card != public)) / np.where(np.eye(6), 5, 4),
            )
            for public in range(6)
        )

    @staticmethod
    def _showdown(public: int, stake: int) -> FloatArray:
        rank = np.arange(6) // 2
        strength = np.where(rank == public // 2, 10, rank)  # a pair beats every card
        return _zero_sum(stake * np.sign(strength[:, None] - strength).astype(np.float64))


@dataclass(frozen=True)
class LiarsDiceParameters:
    """Of liar's dice.

    Attributes:
        sides: of each die, 2 to 6; the highest is wild. Six is the game that figures are published for.
    """

    sides: int = 6

    def __post_init__(self) -> None:
        sides: Any = self.sides
        if not isinstance(sides, Integral) or isinstance(sides, bool) or not 2 <= int(sides) <= MOST_SIDES:
            raise ParameterError("sides", sides, f"a whole number from 2 to {MOST_SIDES}")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "LiarsDiceParameters":
        """Raises :class:`ParameterError`, also for an unknown key."""
        for key, value in values.items():
            if key != "sides":
                raise ParameterError(str(key), value, known_key(["sides"], key))
        return cls(**{str(key): value for key, value in values.items()})

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"sides": self.sides}

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return _liars_dice(self)


class LiarsDice(Game):
    """One die each; bids (quantity, face) rise in turn until someone calls the last one a lie.

    A public state is the last bid, -1 before any, and whose turn it is, -1 when the game is over.
    """

    name = "liars-dice"
    players = ("first", "second")

    def __init__(self, sides: int = MOST_SIDES) -> None:
        self.sides = sides
        self.bids = 2 * sides
        self.action_names = (*(f"{1 + bid // sides}x{1 + bid % sides}" for bid in range(self.bids)), "liar")
        self.type_names = (tuple(str(1 + face) for face in range(sides)),) * 2
        self.prior = np.full((sides, sides), 1 / sides**2)

    def initial_state(self) -> tuple[int, int]:
        return (-1, 0)

    def legal_actions(self, state: tuple[int, int]) -> Sequence[Sequence[int]]:
        bid, mover = state
        if mover < 0:
            return ()
        choice = list(range(bid + 1, self.bids)) + ([self.bids] if bid >= 0 else [])
        return (choice, [0]) if mover == 0 else ([0], choice)

    def outcomes(self, state: tuple[int, int], joint: tuple[int, ...]) -> Sequence[Outcome]:
        bid, mover = state
        action = joint[mover]
        if action < self.bids:
            return (Outcome("", (action, 1 - mover)),)
        quantity, face = 1 + bid // self.sides, bid % self.sides
        matches = (np.arange(self.sides) == face) | (np.arange(self.sides) == self.sides - 1)
        holds = matches[:, None].astype(int) + matches >= quantity
        caller_wins = np.where(holds, -1.0, 1.0)
        return (Outcome("", (bid, -1), 1.0, _zero_sum(caller_wins if mover == 0 else -caller_wins)),)


def _zero_sum(first: FloatArray) -> FloatArray:
    return np.array([first, -first])


@cache
def _leduc() -> CompiledGame:
    return compile_game(LeducPoker())


@cache
def _liars_dice(parameters: LiarsDiceParameters) -> CompiledGame:
    return compile_game(LiarsDice(parameters.sides))


KINDS = (GameKind("leduc", LeducParameters), GameKind("liars-dice", LiarsDiceParameters))
