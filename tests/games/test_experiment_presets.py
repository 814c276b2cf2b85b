"""The presets of signalling experiments against a second transcription of their payoffs.

Each line holds the payoffs at the leaves in the order in which the file of Gambit's catalogue lists them: the sender's
and the receiver's, by type, message and response.
"""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.signalling import SignallingGame

LEAVES = {
    "banks-camerer-porter-1": "21 20 02 31 10 00 12 11 30 13 20 21 21 00 06 02 31 11",
    "banks-camerer-porter-2": "12 22 03 12 11 21 31 00 21 22 14 32 22 04 31 22 00 21",
    "banks-camerer-porter-3": "03 22 21 12 21 30 16 41 20 10 32 21 01 31 26 00 41 06",
    "banks-camerer-porter-4": "40 03 04 20 03 32 23 10 12 34 33 10 03 00 22 43 04 30",
    "banks-camerer-porter-5": "41 24 15 13 31 42 33 20 14 56 25 22 13 14 33 34 15 01",
    "banks-camerer-porter-6": "22 03 52 15 53 10 21 33 04 02 20 51 40 41 02 14 33 21",
    "banks-camerer-porter-7": "16 25 20 05 34 12 42 11 03 20 25 06 12 34 05 12 04 33",
    "banks-camerer-porter-10": "23 11 22 03 02 31 12 03 31 11 31 03 10 22 11 13 12 32",
    # Brandts and Holt pay multiples of 15 in games 1 to 3, written here in hexadecimal digits of 15.
    "brandts-holt-1": "12 22 03 31 00 21 22 14 32 22 00 21",
    "brandts-holt-2": "52 32 53 41 00 03 52 25 52 34 00 31",
    "brandts-holt-3": "32 10 21 26 01 31 22 03 21 30 12 21",
}
IN_UNITS_OF_ONE = {
    "brandts-holt-4": "30,30 0,0 50,35 45,90 15,15 100,30 30,30 30,45 30,0 45,0 0,30 0,15",
    "brandts-holt-5": "45,30 0,0 0,15 30,90 30,15 60,60 30,30 30,45 30,0 45,0 0,30 0,15",
}


def leaves(name: str) -> list[tuple[int, int]]:
    if name in IN_UNITS_OF_ONE:
        return [tuple(map(int, pair.split(","))) for pair in IN_UNITS_OF_ONE[name].split()]
    unit = 15 if name.startswith("brandts") else 1
    return [(unit * int(pair[0]), unit * int(pair[1])) for pair in LEAVES[name].split()]


def form(name: str) -> SignallingGame:
    return load_preset(name).parameters_as(SignallingGame)


@pytest.mark.parametrize("name", [*LEAVES, *IN_UNITS_OF_ONE])
def test_payoffs_equal_the_transcription_leaf_by_leaf(name: str) -> None:
    game = form(name)
    cells = product(*(range(size) for size in game.shape))
    read = [(game.sender_payoffs[t][m][a], game.receiver_payoffs[t][m][a]) for t, m, a in cells]
    assert read == leaves(name)
    assert game.prior == (Fraction(1, 2),) * 2


def test_every_signalling_preset_is_transcribed_twice_and_names_its_source() -> None:
    assert set(preset_names("signalling")) == {*LEAVES, *IN_UNITS_OF_ONE}
    for name in preset_names("signalling"):
        assert "gambitproject/gambit" in load_preset(name).source


def test_game_1_of_brandts_and_holt_is_game_2_of_banks_camerer_and_porter_without_m2() -> None:
    """Which also checks twelve of the eighteen leaves of the one game whose copies are said to differ."""
    one, two = form("brandts-holt-1"), form("banks-camerer-porter-2")
    for player in ("sender_payoffs", "receiver_payoffs"):
        small, large = np.array(getattr(one, player)), np.array(getattr(two, player))
        assert (small == 15 * large[:, [0, 2]]).all()
