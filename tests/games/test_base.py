"""Compiling rules to arrays: structure, and what is refused."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from olivebranch.games import Game, Outcome, compile_game


class TwoStage(Game):
    """Three players, types for the first two, one simultaneous stage with chance, then a move of the third."""

    name = "two-stage"
    players = ("a", "b", "c")
    action_names = ("x", "y")
    type_names = (("t0", "t1"), ("t0", "t1", "t2"), ("only",))

    def __init__(self) -> None:
        self.prior: Any = np.full((2, 3, 1), 1 / 6)
        self.weights: Any = np.array([[0.2, 0.5, 0.8], [0.1, 0.4, 0.7]])[:, :, None]
        self.choices: Any = ((0, 1), (0, 1), (0,))

    def initial_state(self) -> str:
        return "start"

    def legal_actions(self, state: str) -> Sequence[Sequence[int]]:
        return {"start": self.choices, "middle": ((0,), (0,), (0, 1)), "end": ()}[state]

    def outcomes(self, state: str, joint: tuple[int, ...]) -> Sequence[Outcome]:
        if state == "middle":
            return (Outcome("", "end", 1.0, np.array([0.0, 0.0, joint[2]])[:, None, None, None]),)
        return (Outcome("on", "middle", self.weights, sum(joint)), Outcome("off", "end", 1 - self.weights))


def test_arrays_follow_the_rules() -> None:
    game = compile_game(TwoStage())
    assert (game.n_players, game.n_actions, game.n_types) == (3, 2, (2, 3, 1))
    assert (game.n_profiles, game.n_states, game.n_edges) == (6, 3, 4 * 2 + 2)
    assert (game.max_stages, game.max_outcomes) == (2, 2)
    edge = game.edge_start[0, game.joint_index(np.array([1, 0, 0]))]
    np.testing.assert_allclose(game.edge_probability[edge], [0.2, 0.5, 0.8, 0.1, 0.4, 0.7])
    np.testing.assert_allclose(game.edge_reward[edge], np.ones((3, 6)))
    assert game.profile_types[4].tolist() == [1, 1, 0]
    assert game.edge_labels[edge] == "on"


def test_joint_actions_are_numbered_in_mixed_radix() -> None:
    game = compile_game(TwoStage())
    joint = np.arange(8)
    np.testing.assert_array_equal(game.joint_index(game.joint_actions(joint)), joint)
    assert game.joint_actions(np.array(6)).tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("prior", np.full((2, 3, 1), 0.2), "the prior must have probabilities"),
        ("prior", np.full((2, 3), 1 / 6), r"prior has shape \(2, 3\), expected \(2, 3, 1\)"),
        ("weights", np.full((2, 3, 1), 1.2), "outcomes of"),
        ("weights", np.full((4, 3, 1), 0.5), "does not fit"),
        ("choices", ((0, 1), (0, 1)), "each player needs a legal action"),
        ("choices", ((0, 1), (0, 2), (0,)), "bad legal actions"),
        ("choices", ((1, 0), (0, 1), (0,)), "bad legal actions"),
    ],
)
def test_rules_that_make_no_sense_are_refused(attribute: str, value: Any, message: str) -> None:
    game = TwoStage()
    setattr(game, attribute, value)
    with pytest.raises(ValueError, match=message):
        compile_game(game)


def test_a_play_without_end_is_refused_when_its_length_is_asked_for() -> None:
    class Endless(TwoStage):
        def outcomes(self, state: str, joint: tuple[int, ...]) -> Sequence[Outcome]:
            return (Outcome("", "start"),)

    with pytest.raises(ValueError, match="cycle"):
        _ = compile_game(Endless()).max_stages
