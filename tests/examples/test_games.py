"""The example games are what they say, and the page about games of one's own shows them as they are."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from olivebranch.games.registry import find_game
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.tree.evaluation import best_response, evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile
from olivebranch.train.config import load_config

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "games.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_the_page_shows_the_breakfast_as_it_is_and_both_forms_say_the_same() -> None:
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(game: signalling.*?)```", PAGE, re.DOTALL)]
    by_name, as_lists = (SignallingGame.from_mapping(block["parameters"]) for block in blocks)
    assert find_game("examples/beer-quiche.yaml").parameters == by_name
    assert as_lists.prior == by_name.prior
    assert as_lists.sender_payoffs == by_name.sender_payoffs
    assert as_lists.receiver_payoffs == by_name.receiver_payoffs


def test_pennies_are_worth_nothing_to_who_mixes() -> None:
    game = find_game("examples/pennies.efg").compiled
    assert game.game.name == "Matching pennies"
    result = evaluate(uniform_profile(unroll(game)))
    assert result.values.tolist() == [0.0, 0.0]
    assert result.nash_conv == 0.0


def test_the_raiders_config_trains_the_raiders_game() -> None:
    config = load_config(Path("examples/raid.yaml"))
    game = config.game.compile()
    assert (config.game.label, config.game.kind) == ("Raid", "custom")
    assert game.max_stages == 3
    assert [code.spec for code in config.code()] == ["examples/raid.py:Raid"]


def test_raiders_against_a_village_that_tosses_a_coin() -> None:
    """In one spring, against walls half the time, a raid brings the weak (1 - 1) / 2 = 0, the strong (3 + 1) / 2 = 2.

    So the strong raid at once, and the weak need not.
    """
    tree = unroll(find_game("examples/raid.py:Raid", {"seasons": 1}).compiled)
    profile = uniform_profile(tree)
    result = evaluate(profile)
    # The raiders raid half the time: (0 + 2) / 2 / 2. The village pays that loot, and half of 0.5 for walls.
    np.testing.assert_allclose(result.values, [0.5, -0.5 - 0.25])
    best = best_response(profile, 0).of(0, 0)[0]
    assert best[1].tolist() == [0.0, 1.0, 0.0]
    assert result.best_values[0] == pytest.approx(1.0)
