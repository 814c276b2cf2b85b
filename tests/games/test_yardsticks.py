"""Leduc poker and liar's dice; tests/theory/tree/test_openspiel.py holds their payoffs to OpenSpiel's."""

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import find_game
from olivebranch.games.yardsticks import LeducPoker
from olivebranch.theory.tree.histories import estimate


def acting_sets(name: str, parameters: dict[str, object] | None = None) -> int:
    return estimate(find_game(name, parameters).compiled).information_sets


def test_they_have_the_published_numbers_of_information_sets() -> None:
    # liar's dice: for each of six faces, after each of the 2^12 sets of bids that can have been made (24,576); after
    # the half of them that hold the highest bid there is no choice left but to doubt it
    assert acting_sets("liars-dice") == 6 * 2**12 / 2
    assert acting_sets("liars-dice", {"sides": 2}) == 2 * 2**4 / 2
    # Leduc poker: 6 cards * (6 histories + 5 ways into the second round * 6 cards on the table * 6 histories);
    # OpenSpiel's 936 leave out the cards on the table that one holds oneself: 6 * (6 + 5 * 5 * 6)
    assert acting_sets("leduc-poker") == 6 * (6 + 6 * 5 * 6)


def test_a_pair_beats_a_king_and_equal_ranks_share() -> None:
    showdown = LeducPoker._showdown(0, 3)
    assert showdown[0, 1, 4] == 3  # the other jack makes a pair of jacks
    assert showdown[0, 2, 3] == 0  # two queens
    np.testing.assert_array_equal(showdown[0], -showdown[1])


@pytest.mark.parametrize("sides", [1, 7, 2.5, True, "six"])
def test_other_dice_are_refused(sides: object) -> None:
    with pytest.raises(ParameterError, match=r"sides = .*a whole number from 2 to 6"):
        find_game("liars-dice", {"sides": sides})


def test_other_parameters_are_refused() -> None:
    with pytest.raises(ParameterError, match="did you mean 'sides'"):
        find_game("liars-dice", {"side": 3})
    with pytest.raises(ParameterError, match="Leduc poker has none"):
        find_game("leduc-poker", {"cards": 6})
