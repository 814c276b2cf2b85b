"""A game small enough to know every value by hand."""

import numpy as np
import pytest

from olivebranch.games.base import CompiledGame, Game, Outcome, compile_game


class TwoSteps(Game):
    """One player chooses twice. "b" pays 1 at once; "b" as second choice pays 2, but only after "a"."""

    name = "two-steps"
    players = ("solo",)
    action_names = ("a", "b")
    type_names = (("only",),)
    prior = np.ones(1)

    def initial_state(self) -> str:
        return "first"

    def legal_actions(self, state: str) -> tuple[tuple[int, ...], ...]:
        return {"first": ((0, 1),), "after a": ((0, 1),), "after b": ((0, 1),), "end": ()}[state]

    def outcomes(self, state: str, joint: tuple[int, ...]) -> tuple[Outcome, ...]:
        if state == "first":
            return (Outcome("", f"after {self.action_names[joint[0]]}", 1.0, float(joint[0])),)
        return (Outcome("", "end", 1.0, 2.0 * joint[0] if state == "after a" else 0.0),)


@pytest.fixture(scope="session")
def two_steps() -> CompiledGame:
    return compile_game(TwoSteps())
