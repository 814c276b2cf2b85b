"""How commands take games: by spec, by preset, and with parameters changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.cli.parts.games import named_game, read_parameters
from olivebranch.core.errors import ParameterError
from olivebranch.games.efg import import_efg
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters
from olivebranch.games.war_parameters import WarParameters
from olivebranch.theory.talks.solve import solve_talks

Invoke = Callable[..., str]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """A command in a folder that holds a talks game of the user's own; its output."""
    monkeypatch.chdir(tmp_path)
    values = {"game": "talks", "parameters": load_preset("mutual-doubt").parameters_as(TalksParameters).as_dict()}
    Path("mine.yaml").write_text(yaml.safe_dump(values))

    def command(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return command


@pytest.mark.parametrize(
    "text, key, value",
    [
        ("a=1", "a", 1),
        ("a=1e-3", "a", 0.001),
        ("a.b=[1, 2]", "a.b", [1, 2]),
        ("a=9/10", "a", "9/10"),
        ("a=x=y", "a", "x=y"),
        ("a=null", "a", None),
    ],
)
def test_parameters_are_read_as_yaml_and_numbers_as_numbers(text: str, key: str, value: Any) -> None:
    assert read_parameters([text]) == {key: value}


@pytest.mark.parametrize("text, message", [("a", "KEY=VALUE"), (".=1", "KEY=VALUE"), ("a=[1", "a YAML value")])
def test_parameters_of_another_form_are_refused(text: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        read_parameters([text])


def test_a_preset_may_be_named_either_way_and_changed() -> None:
    assert named_game("war-example", None, None) == named_game(None, "war-example", None)
    changed = named_game("war-ukraine-2022", None, ["patron.stake=0.125", "horizon=1"]).parameters_as(WarParameters)
    before = load_preset("war-ukraine-2022").parameters_as(WarParameters)
    assert changed.patron is not None
    assert before.patron is not None
    assert (changed.horizon, changed.patron.stake) == (1, 0.125)
    assert (changed.patron.client, changed.war_cost) == (before.patron.client, before.war_cost)


@pytest.mark.parametrize(
    "game, preset, parameters, message",
    [
        (None, None, None, "game = None: expected --game SPEC"),
        ("war-example", "war-example", None, "either --game or --preset"),
        (None, "mine.yaml", None, "preset = 'mine.yaml': expected one of"),
        ("kuhn-pocker", None, None, "did you mean 'kuhn-poker'"),
        ("war-example", None, ["horizn=1"], "horizn = 1: expected a known key"),
        ("war-example", None, ["horizon.length=1"], "horizon.length = 1: expected a key that exists"),
        ("war-example", None, ["patron.stake=1"], "patron.stake = 1: expected a key that exists"),
    ],
)
def test_what_names_no_game_is_refused(
    game: str | None, preset: str | None, parameters: list[str] | None, message: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        named_game(game, preset, parameters)
    assert message in str(caught.value)


def test_solve_takes_a_talks_game_of_ones_own(invoke: Invoke) -> None:
    by_spec = json.loads(invoke("solve", "--game", "mine.yaml", "--json"))
    assert by_spec == solve_talks(load_preset("mutual-doubt").parameters_as(TalksParameters)).as_dict()
    changed = invoke("solve", "--game", "mine.yaml", "--parameter", "pressure=0.3", "--json")
    assert changed == invoke("solve", "--preset", "mutual-doubt", "--pressure", "0.3", "--json")
    assert changed == invoke("solve", "--game", "talks", "--json", *_all_options("mutual-doubt"), "--pressure", "0.3")
    assert "(mine)" in invoke("solve", "--game", "mine.yaml")


def _all_options(preset: str) -> list[str]:
    values = load_preset(preset).parameters_as(TalksParameters).as_dict() | {"pressure": 0.3}
    return [part for name, value in values.items() for part in ("--parameter", f"{name}={value}")]


def test_regions_and_export_take_games_of_ones_own(invoke: Invoke) -> None:
    invoke("regions", "--game", "mine.yaml", "--resolution", "8", "--output", "map")
    assert Path("map/regions.npz").is_file()
    invoke("export", "--game", "mine.yaml", "--parameter", "pressure=0.25", "--output", "mine.efg")
    assert import_efg(Path("mine.efg").read_text()).players == ("sender", "receiver")
    assert invoke("export", "--game", "mine.efg") == invoke("export", "--game", "./mine.efg")
