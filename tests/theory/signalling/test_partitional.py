"""Partitional equilibria: the theory's thresholds, equilibrium conditions by hand, and the enumerator."""

from fractions import Fraction
from math import log2

import numpy as np
import pytest

from olivebranch.games.cheap_talk import CheapTalkParameters
from olivebranch.games.registry import load_preset
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.partitional import information, partitional_equilibria


def cells(bias: str, states: int = 6) -> list[tuple[int, ...]]:
    return [one.cells for one in partitional_equilibria(CheapTalkParameters(bias=Fraction(bias), states=states).form)]


# A type tells the truth iff b <= half a step, 1/10. Otherwise the cells must widen: Frug (2016), procedure 1, as in the
# source's nash.jl, x_(i+1) = x_i + ceil(20 b) - 2.
MOST_INFORMATIVE = {
    "0": (1,) * 6,
    "1/10": (1,) * 6,
    "101/1000": (1, 2, 3),
    "3/20": (1, 2, 3),
    "151/1000": (2, 4),
    "1/5": (2, 4),
    "201/1000": (1, 5),
    "3/10": (1, 5),
    "301/1000": (6,),
    "1/2": (6,),
}


@pytest.mark.parametrize("bias,most_informative", MOST_INFORMATIVE.items())
def test_the_most_informative_equilibrium(bias: str, most_informative: tuple[int, ...]) -> None:
    found = cells(bias)
    assert found[0] == most_informative
    assert found[-1] == (6,)


@pytest.mark.parametrize("bias", ["0", "1/20", "13/100", "1/4", "2/5"])
def test_each_is_an_equilibrium_and_knows_its_payoffs(bias: str) -> None:
    game = CheapTalkParameters(bias=Fraction(bias)).form
    prior = np.full(6, 1 / 6)
    ours, theirs = (np.array(table, dtype=float) for table in (game.sender_payoffs, game.receiver_payoffs))
    for one in partitional_equilibria(game):
        value = np.einsum("tma,ma->tm", ours, one.receiver)
        assert (one.sender * (value.max(axis=1, keepdims=True) - value)).max() < 1e-12
        gain = np.einsum("t,tm,tma->ma", prior, one.sender, theirs)
        assert (one.receiver * (gain.max(axis=1, keepdims=True) - gain)).max() < 1e-12
        assert one.sender_payoff == pytest.approx(prior @ (one.sender * value).sum(axis=1))
        assert one.receiver_payoff == pytest.approx((one.receiver * gain).sum())
        expected = -sum(size / 6 * log2(size / 6) for size in one.cells) / log2(6)
        assert one.information == pytest.approx(expected)


@pytest.mark.parametrize("bias", ["1/10", "1/5", "2/5"])
def test_the_outcomes_of_pure_equilibria_in_the_enumeration_are_among_them(bias: str) -> None:
    """Two states: the enumerator finds every equilibrium there, so its pure outcomes must be partitions."""
    game = CheapTalkParameters(bias=Fraction(bias), states=2).form
    found = {one.replies.tobytes(): one.cells for one in partitional_equilibria(game)}
    pure = set()
    for component in enumerate_equilibria(game).components:
        for outcome in component.outcomes:
            replies = 2 * np.array(outcome, dtype=float).sum(axis=1)
            if set(replies.ravel()) <= {0.0, 1.0}:
                pure.add(found[replies.tobytes()])
    assert pure == set(found.values())


def test_information_of_nothing_and_of_all() -> None:
    prior = np.array([0.25, 0.75])
    assert information(prior, np.full((2, 3), 1 / 3)) == 0.0
    assert information(prior, np.eye(2)) == pytest.approx(1.0)
    assert information(np.array([1.0, 0.0]), np.eye(2)) == 0.0


def test_games_with_costly_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="cost nothing"):
        partitional_equilibria(load_preset("brandts-holt-3").parameters_as(SignallingGame))
