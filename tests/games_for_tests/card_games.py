"""Well-known games with private cards or dice, written in the class of games from its documentation alone.

They check the general machinery against OpenSpiel, whose rules they follow: ``leduc_poker`` (two players, six cards)
and ``liars_dice`` (one six-sided die each, the six is wild).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from olivebranch.games.base import Game, Outcome

FOLD, CALL, RAISE = 0, 1, 2


def zero_sum(first: np.ndarray) -> np.ndarray:
    return np.array([first, -first])


class LeducState(NamedTuple):
    public: int  # -1 in the first round
    paid: tuple[int, int]
    raises: int
    called: bool  # whether the player who opened the round has checked
    mover: int


class LeducPoker(Game):
    """Six cards of three ranks, ante 1, two rounds with raises of 2 and 4, at most two raises a round."""

    name = "leduc"
    players = ("first", "second")
    action_names = ("fold", "call", "raise")
    type_names = (tuple("aAbBcC"), tuple("aAbBcC"))
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
            return (Outcome("", "end", 1.0, zero_sum(np.full((6, 6), -paid[0] if me == 0 else paid[1]))),)
        first_round = state.public < 0
        facing = paid[me] < max(paid)
        paid[me] = max(paid) + ((2 if first_round else 4) if action == RAISE else 0)
        pot = (paid[0], paid[1])
        if action == RAISE or not (facing or state.called):
            return (Outcome("", LeducState(state.public, pot, state.raises + (action == RAISE), True, 1 - me)),)
        if not first_round:
            return (Outcome("", "end", 1.0, self.showdown(state.public, pot[0])),)
        card = np.arange(6)
        return tuple(
            Outcome(
                f"card {public}",
                LeducState(public, pot, 0, False, 0),
                # four cards are left; on the impossible diagonal, where both hold one card, five
                ((card[:, None] != public) & (card != public)) / np.where(np.eye(6), 5, 4),
            )
            for public in range(6)
        )

    @staticmethod
    def showdown(public: int, stake: int) -> np.ndarray:
        rank = np.arange(6) // 2
        strength = np.where(rank == public // 2, 10, rank)
        return zero_sum(stake * np.sign(strength[:, None] - strength))


class LiarsDice(Game):
    """One die each; bids (quantity, face) rise in turn until someone calls the last one a lie."""

    name = "liars_dice"
    players = ("first", "second")
    sides = 6
    n_bids = 2 * sides
    action_names = (*(f"{1 + bid // 6}x{1 + bid % 6}" for bid in range(n_bids)), "liar")
    type_names = (tuple("123456"), tuple("123456"))
    prior = np.full((6, 6), 1 / 36)

    def initial_state(self) -> tuple[int, int]:
        return (-1, 0)

    def legal_actions(self, state: tuple[int, int]) -> Sequence[Sequence[int]]:
        bid, mover = state
        if mover < 0:
            return ()
        choice = list(range(bid + 1, self.n_bids)) + ([self.n_bids] if bid >= 0 else [])
        return (choice, [0]) if mover == 0 else ([0], choice)

    def outcomes(self, state: tuple[int, int], joint: tuple[int, ...]) -> Sequence[Outcome]:
        bid, mover = state
        action = joint[mover]
        if action < self.n_bids:
            return (Outcome("", (action, 1 - mover)),)
        quantity, face = 1 + bid // self.sides, bid % self.sides
        matches = (np.arange(self.sides) == face) | (np.arange(self.sides) == self.sides - 1)
        holds = matches[:, None].astype(int) + matches >= quantity
        caller_wins = np.where(holds, -1.0, 1.0)
        return (Outcome("", (bid, -1), 1.0, zero_sum(caller_wins if mover == 0 else -caller_wins)),)
