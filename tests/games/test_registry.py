"""One text names a game, whatever it comes from."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import distinct_labels, find_game, game_kinds, load_preset, preset_names
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


def test_one_value_within_another_may_be_changed() -> None:
    before = load_preset("war-ukraine-2022").parameters_as(WarParameters)
    changed = find_game("war-ukraine-2022", {"patron.stake": 0.25}).parameters_as(WarParameters)
    assert before.patron is not None
    assert changed == replace(before, patron=replace(before.patron, stake=0.25))
    for parameters, message in (
        ({"patron.steak": 1}, "steak"),
        ({"grid.size": 1}, "a key that exists, and 'grid' has no keys of its own"),
        ({1: 1}, "names of parameters that are texts"),
    ):
        with pytest.raises(ParameterError, match=message):
            find_game("war-ukraine-2022", parameters)


def test_an_installed_package_may_name_its_game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coin_package_for_test.py").write_text(COIN)
    metadata = tmp_path / "coin_package-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: coin-package\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[olivebranch.games]\ncoin = coin_package_for_test:Coin\n")
    with pytest.raises(ParameterError, match="coin"):
        find_game("coin")
    monkeypatch.syspath_prepend(str(tmp_path))
    game = find_game("coin", {"stake": 3.0})
    assert (game.spec, game.label, game.kind) == ("coin", "coin", "custom")
    assert game.code is not None
    assert game.code.spec == "coin"
    assert game.code.sha256 == hashlib.sha256(COIN.encode()).hexdigest()
    assert game.compiled.edge_reward.max() == 3.0
    with pytest.raises(ParameterError, match="did you mean 'coin'"):
        find_game("coins")


@pytest.mark.parametrize(
    "content, message",
    [
        ("- 1", "a mapping with the key parameters"),
        ("game: talks", "a mapping with the key parameters"),
        ("parameters: {}", "mine.yaml: prior_high = None: expected"),
        ("game: chess\nparameters: {}", "mine.yaml: game = 'chess': expected one of"),
        ("parameters: {}\nauthor: me", "mine.yaml: author = 'me': expected a known key"),
        ("game: kuhn\nparameters: {}\nfacts: [1]", "mine.yaml: facts = [1]: expected a list of mappings"),
        ("game: kuhn\nparameters: {}\nequilibria: 1", "mine.yaml: equilibria = 1: expected a list of texts"),
        ("a: [", "expected YAML"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_the_file(
    content: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(content)
    with pytest.raises(ParameterError) as caught:
        find_game("mine.yaml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_files_digest_is_its_games_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("game: kuhn\nparameters: {}\n")
    code = find_game("mine.yaml").code
    assert code is not None
    assert code.sha256 == hashlib.sha256(Path("mine.yaml").read_bytes()).hexdigest()
    assert find_game("kuhn-poker").code is None


def test_whatever_a_users_rules_raise_is_one_line_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(COIN.replace('return "start"', 'return {}["start"]'))
    with pytest.raises(ParameterError) as caught:
        _ = find_game("mine.py:Coin").compiled
    line = COIN.splitlines().index('        return "start"') + 1
    assert f"it raised KeyError: 'start' ({tmp_path / 'mine.py'}, line {line})" in str(caught.value)
    Path("mine.py").write_text(COIN.replace("1.0, np.array", "0.5, np.array"))
    with pytest.raises(ParameterError, match=r"rules that can be compiled \(game 'coin', state 'start': the outcomes"):
        _ = find_game("mine.py:Coin").compiled
    Path("mine.py").write_text(COIN.replace("np.array([win, -win])", "np.array([[win], [win, 1]])"))
    with pytest.raises(
        ParameterError, match=r"it raised ValueError: .*mine\.py, line 18\)"
    ):  # and not numpy's own line
        _ = find_game("mine.py:Coin").compiled
    Path("mine.py").write_text(COIN.replace("def legal_actions", "def illegal_actions"))
    with pytest.raises(ParameterError, match=r"abstract method [^(]*$"):
        _ = find_game("mine.py:Coin").compiled


def test_labels_are_safe_in_a_path_and_distinct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("my game!.yaml", ".hidden.yaml", "kuhn.yaml"):
        Path(name).write_text("game: kuhn\nparameters: {}\n")
    specs = ("my game!.yaml", "./.hidden.yaml", "kuhn.yaml", "kuhn", "kuhn-poker", "kuhn-poker")
    named = [find_game(spec) for spec in specs]
    assert [game.label for game in named] == ["my-game-", "hidden", "kuhn", "kuhn", "kuhn-poker", "kuhn-poker"]
    assert distinct_labels(named) == ("my-game-", "hidden", "kuhn", "kuhn-2", "kuhn-poker", "kuhn-poker-2")


def test_a_game_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="a game of the kind 'war'"):
        find_game("rival-expectations").parameters_as(WarParameters)


@pytest.mark.parametrize("spec", ["no-such-preset", "missing.yaml", "missing.py:Coin", "json:loads"])
def test_what_names_no_game_is_one_line(spec: str) -> None:
    with pytest.raises(ParameterError) as caught:
        find_game(spec)
    assert "\n" not in str(caught.value)
