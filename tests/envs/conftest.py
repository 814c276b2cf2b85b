"""A small game that exercises what the talks game does not: three seats, simultaneous moves, chance, forced stages."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from olivebranch.games.base import CompiledGame, Game, Outcome, compile_game

# What a test file needs beyond the base install; .ci/lowest runs the others without it. The speed paths would take
# minutes as plain loops.
NEEDS = {"test_rollouts.py": "scipy", "test_batched_speed_paths.py": "numba"}
collect_ignore = [file for file, package in NEEDS.items() if find_spec(package) is None]


class Skirmish(Game):
    """A and B clash (each with two types, correlated), the weather has its say, then B and C choose at once.

    C never acts in the first two stages, which may end the play before C acts at all. Nobody acts in ``storm``. A's
    one legal action in ``reply`` is not number 0.
    """

    name = "skirmish"
    players = ("a", "b", "c")
    action_names = ("wait", "push", "yield")
    type_names = (("bold", "meek"), ("rich", "poor"), ("only",))
    prior = np.array([[[0.4], [0.1]], [[0.2], [0.3]]])

    def initial_state(self) -> Any:
        return ("start", 0)

    def legal_actions(self, state: Any) -> Sequence[Sequence[int]]:
        stage, pushed = state
        if stage == "start":
            return ((0, 1), (0, 2), (0,))
        if stage == "storm":
            return ((0,), (0,), (0,))
        if stage == "reply":
            return ((2,), (0, 1), (1, 2) if pushed else (0, 1, 2))
        return ()

    def outcomes(self, state: Any, joint: tuple[int, ...]) -> Sequence[Outcome]:
        stage, pushed = state
        every = np.ones((2, 2, 1))
        if stage == "start":
            collapse = 0.1 + 0.1 * joint[0] + np.array([0.0, 0.3]).reshape(2, 1, 1) + np.array([0.0, 0.2])[:, None]
            loss = np.stack([-every * np.array([1.0, 2.0]).reshape(2, 1, 1), every, 0 * every])
            return (
                Outcome("collapse", ("end", 1), collapse, loss),
                Outcome("holds", ("storm", joint[0]), 1.0 - collapse, 0.25 * loss),
            )
        if stage == "storm":
            return (
                Outcome("calm", ("reply", pushed), 0.7, np.array([0.0, 0.0, 0.5]).reshape(3, 1, 1, 1)),
                Outcome("flood", ("end", 2), 0.3, np.array([-1.0, -1.0, -1.0]).reshape(3, 1, 1, 1)),
            )
        stakes = (1.0 + joint[1]) * np.array([0.5, 1.5])[None, :, None] * every
        sign = -1.0 if joint[2] == 1 else 1.0
        return (Outcome("", ("end", 3), 1.0, np.stack([0 * every, sign * stakes, -sign * stakes])),)

    def features(self, state: Any) -> Sequence[float]:
        return (float(state[1]), -1.0 if state[0] == "storm" else 0.5)

    def describe(self, state: Any) -> str:
        return f"{state[0]} ({state[1]})"


class Pennies(Game):
    """Matching pennies: one stage, no types, no chance; the smallest game there is."""

    name = "pennies"
    players = ("even", "odd")
    action_names = ("heads", "tails")
    type_names = (("only",), ("only",))
    prior = np.ones((1, 1))

    def initial_state(self) -> Any:
        return "start"

    def legal_actions(self, state: Any) -> Sequence[Sequence[int]]:
        return ((0, 1), (0, 1)) if state == "start" else ()

    def outcomes(self, state: Any, joint: tuple[int, ...]) -> Sequence[Outcome]:
        won = 1.0 if joint[0] == joint[1] else -1.0
        return (Outcome("", "end", 1.0, np.array([won, -won]).reshape(2, 1, 1)),)


@pytest.fixture(scope="session")
def skirmish() -> CompiledGame:
    return compile_game(Skirmish())


@pytest.fixture(scope="session")
def pennies() -> CompiledGame:
    return compile_game(Pennies())
