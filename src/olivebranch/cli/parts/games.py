"""The options by which every command names a game: ``--game SPEC``, ``--preset NAME`` and ``--parameter KEY=VALUE``."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from olivebranch.core.errors import ParameterError
from olivebranch.core.yaml_text import DEEPEST, read_yaml
from olivebranch.games.registry import NamedGame, find_game, load_preset

GameOption = Annotated[
    str | None,
    typer.Option(
        "--game",
        metavar="SPEC",
        help="A preset, a .yaml or .efg file, file.py:Class or module:Class; see docs/games.md.",
        show_default=False,
    ),
]
PresetOption = Annotated[
    str | None,
    typer.Option("--preset", metavar="NAME", help="The same as --game, for presets only.", show_default=False),
]
ParametersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        metavar="KEY=VALUE",
        help="Change a parameter of the game; repeat for several.",
        show_default=False,
    ),
]


def named_game(game: str | None, preset: str | None, parameters: Sequence[str] | None) -> NamedGame:
    """The game that a command's options name.

    Raises:
        ParameterError: none is named, or two are; nothing has that name; or the parameters do not fit the game.
    """
    changes = read_parameters(parameters)
    if preset is not None:
        if game is not None:
            raise ParameterError("preset", preset, f"either --game or --preset, and --game {game} is given")
        return find_game(load_preset(preset).name, changes)
    if game is None:
        raise ParameterError(
            "game", None, "--game SPEC: a preset, a file, or a class of rules; see `olivebranch presets`"
        )
    return find_game(game, changes)


def read_parameters(given: Sequence[str] | None) -> dict[str, object]:
    """What ``KEY=VALUE`` texts say; a value is read as YAML, and a number such as 1e-3 is a number.

    Raises:
        ParameterError: a text has another form.
    """
    found: dict[str, object] = {}
    for text in given or ():
        key, equals, written = text.partition("=")
        if not equals or not all(key.split(".")):
            raise ParameterError("parameter", text, "KEY=VALUE")
        if key.count(".") >= DEEPEST:
            raise ParameterError("parameter", text, f"a key of at most {DEEPEST} steps")
        value: object = read_yaml(written, key, written, "a YAML value")
        if isinstance(value, str):
            with suppress(ValueError):
                value = float(value)
        found[key] = value
    return found
