"""Cheap talk on a line: payoffs, names of what is wrong, and that it is a game like any other."""

from fractions import Fraction

import pytest
import yaml

from olivebranch.core.errors import ParameterError
from olivebranch.games.cheap_talk import CheapTalkParameters
from olivebranch.games.registry import find_game


def test_the_published_game_has_its_losses() -> None:
    game = CheapTalkParameters(bias=Fraction(1, 5)).form
    assert game.shape == (6, 6, 11)
    for message in range(6):  # state 0.4, action 0.7: the receiver misses by 0.3, the sender by 0.1
        assert game.receiver_payoffs[2][message][7] == -Fraction(9, 100)
        assert game.sender_payoffs[2][message][7] == -Fraction(1, 100)
    assert game.response_names[7] == "action 0.7"
    assert set(game.prior) == {Fraction(1, 6)}


@pytest.mark.parametrize("loss,expected", [("absolute", "3/10"), ("quadratic", "9/100"), ("fourth", "81/10000")])
def test_losses_by_their_names(loss: str, expected: str) -> None:
    game = CheapTalkParameters(bias=Fraction(0), loss=loss).form
    assert game.receiver_payoffs[2][0][7] == -Fraction(expected)


def test_a_game_spec_names_it_and_its_parameters_come_back() -> None:
    named = find_game("cheap-talk", {"bias": 0.1, "states": 3})
    values = yaml.safe_load(yaml.safe_dump(dict(named.parameters.as_dict())))
    assert values == {"bias": 0.1, "states": 3, "messages": 3, "actions": 5, "loss": "quadratic"}
    assert CheapTalkParameters.from_mapping(values) == named.parameters
    assert list(named.compiled.n_types) == [3, 1]


@pytest.mark.parametrize(
    "values,named",
    [
        ({}, "bias"),
        ({"bias": -0.1}, "bias"),
        ({"bias": "much"}, "bias"),
        ({"bias": 0.1, "states": 1}, "states"),
        ({"bias": 0.1, "messages": 2.5}, "messages"),
        ({"bias": 0.1, "actions": 201}, "actions"),
        ({"bias": 0.1, "loss": "cubic"}, "loss"),
        ({"bias": 0.1, "noise": 0.1}, "noise"),
    ],
)
def test_what_is_wrong_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        CheapTalkParameters.from_mapping(values)
