"""Kuhn poker, the field's smallest yardstick: three cards, an ante of 1, one bet of 1.

H. W. Kuhn, "A simplified two-person poker", Contributions to the Theory of Games I (1950). It is no game of talks; it
is here because every algorithm's figures on it are known, so that ours can be held against them. The value to the
first player is -1/18. In equilibrium the first player bets a jack with some probability ``a`` in [0, 1/3], a king with
``3a``, and calls with a queen with ``a + 1/3``; the second player's behaviour is the same in all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame, FloatArray, Game, Outcome, compile_game
from olivebranch.games.kinds import GameKind

PASS, BET = 0, 1
GAME_VALUE = -1 / 18


@dataclass(frozen=True)
class KuhnParameters:
    """It has none; the class is there so that the game is handled as all others are."""

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "KuhnParameters":
        """Raises :class:`ParameterError` if there is any."""
        for key, value in values.items():
            raise ParameterError(key, value, "no parameters: Kuhn poker has none")
        return cls()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {}

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return compile_kuhn(self)


class KuhnPoker(Game):
    """A public state is the string of actions so far, ``p`` for pass and ``b`` for bet."""

    name = "kuhn"
    players = ("first", "second")
    action_names = ("pass", "bet")
    type_names = (("jack", "queen", "king"), ("jack", "queen", "king"))
    prior = (1 - np.eye(3)) / 6
    _stakes: ClassVar[Mapping[str, int]] = {"pp": 1, "bb": 2, "pbb": 2}  # of the play that ends in a showdown

    def initial_state(self) -> str:
        """Nobody has acted."""
        return ""

    def legal_actions(self, state: str) -> Sequence[Sequence[int]]:
        """Players take turns until a pass answers, or a bet is answered."""
        if state not in ("", "p", "b", "pb"):
            return ()
        return ((PASS, BET), (PASS,)) if len(state) % 2 == 0 else ((PASS,), (PASS, BET))

    def outcomes(self, state: str, joint: tuple[int, ...]) -> Sequence[Outcome]:
        """What the mover's action leads to; the game is zero-sum."""
        after = state + "pb"[joint[len(state) % 2]]
        card = np.arange(3)
        if after in self._stakes:
            first: FloatArray = self._stakes[after] * np.sign(card[:, None] - card).astype(np.float64)
        elif after in ("bp", "pbp"):  # somebody folded
            first = np.full((3, 3), 1.0 if after == "bp" else -1.0)
        else:
            return (Outcome("", after),)
        return (Outcome("", after, 1.0, np.array([first, -first])),)


def compile_kuhn(parameters: KuhnParameters | None = None) -> CompiledGame:
    """The compiled game."""
    return compile_game(KuhnPoker())


def equilibrium_behaviour(jack_bets: float) -> dict[tuple[int, int, str], float]:
    """Probability of betting (or calling) by seat, card (0 the jack) and public state in one of Kuhn's equilibria.

    Args:
        jack_bets: ``a`` of the module's text, in [0, 1/3].

    Raises:
        ParameterError: it is outside of that range.
    """
    if not 0.0 <= jack_bets <= 1 / 3:
        raise ParameterError("jack_bets", jack_bets, "a number in [0, 1/3]")
    return {
        (0, 0, ""): jack_bets, (0, 1, ""): 0.0, (0, 2, ""): 3 * jack_bets,
        (0, 0, "pb"): 0.0, (0, 1, "pb"): jack_bets + 1 / 3, (0, 2, "pb"): 1.0,
        (1, 0, "p"): 1 / 3, (1, 1, "p"): 0.0, (1, 2, "p"): 1.0,
        (1, 0, "b"): 0.0, (1, 1, "b"): 1 / 3, (1, 2, "b"): 1.0,
    }  # fmt: skip


KIND = GameKind("kuhn", KuhnParameters)
