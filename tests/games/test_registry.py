"""One text names a game, whatever it comes from."""

from pathlib import Path

import pytest
import yaml

from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import find_game, game_kinds, load_preset, preset_names
from olivebranch.games.talks import TalksParameters
from olivebranch.games.war_parameters import WarParameters

COIN = """
import numpy as np
from olivebranch.games import Game, Outcome

class Coin(Game):
    name, players, action_names, type_names = "coin", ("one", "two"), ("heads", "tails"), (("only",), ("only",))
    prior = np.ones((1, 1))
    def __init__(self, stake=1.0):
        if stake <= 0:
            raise ValueError("stake must be above zero")
        self.stake = stake
    def initial_state(self):
        return "start"
    def legal_actions(self, state):
        return ((0, 1), (0, 1)) if state == "start" else ()
    def outcomes(self, state, joint):
        win = self.stake if joint[0] == joint[1] else -self.stake
        return (Outcome("", "end", 1.0, np.array([win, -win]).reshape(2, 1, 1)),)
"""


def test_kinds_are_found_by_themselves() -> None:
    assert set(game_kinds()) >= {"talks", "demonstration", "war", "kuhn"}


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_named_and_its_parameters_survive_yaml(name: str) -> None:
    game, preset = find_game(name), load_preset(name)
    assert game.preset == preset
    assert game.label == name
    again = type(preset.parameters).from_mapping(yaml.safe_load(yaml.safe_dump(_plain(preset.parameters.as_dict()))))
    assert again == preset.parameters


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if inner is not None}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def test_a_preset_may_be_changed_in_some_parameters() -> None:
    changed = find_game("rival-expectations", {"pressure": 0.25})
    base = load_preset("rival-expectations").parameters_as(TalksParameters)
    assert changed.preset is None
    assert changed.parameters_as(TalksParameters) == TalksParameters(**{**base.as_dict(), "pressure": 0.25})
    with pytest.raises(ParameterError, match="pressur"):
        find_game("rival-expectations", {"pressur": 0.25})


def test_a_file_like_a_preset_names_a_game(tmp_path: Path) -> None:
    base = load_preset("desperate-first").parameters
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"game": "talks", "parameters": base.as_dict()}))
    game = find_game(str(file))
    assert (game.kind, game.parameters, game.label) == ("talks", base, "mine")


def test_a_users_rules_take_their_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(COIN)
    game = find_game("mine.py:Coin", {"stake": 2.5})
    assert game.kind == "custom"
    assert game.label == "Coin"
    assert game.code is not None
    assert game.code.spec == "mine.py:Coin"
    assert game.compiled.edge_reward.max() == 2.5
    assert find_game("mine.py:Coin", {"stake": 2.5}).parameters == game.parameters
    for parameters, message in (({"stake": -1.0}, "above zero"), ({"steak": 1.0}, "steak")):
        with pytest.raises(ParameterError, match=message):
            _ = find_game("mine.py:Coin", parameters).compiled


def test_a_game_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="a game of the kind 'war'"):
        find_game("rival-expectations").parameters_as(WarParameters)


@pytest.mark.parametrize("spec", ["no-such-preset", "missing.yaml", "missing.py:Coin", "json:loads"])
def test_what_names_no_game_is_one_line(spec: str) -> None:
    with pytest.raises(ParameterError) as caught:
        find_game(spec)
    assert "\n" not in str(caught.value)
