"""``olivebranch export``: a game for other solvers to read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.games import GameOption, ParametersOption, PresetOption, named_game
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError


class Format(StrEnum):
    """The formats that can be written."""

    EFG = "efg"


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("export")(export)


def export(
    game: GameOption = None,
    preset: PresetOption = None,
    parameter: ParametersOption = None,
    file_format: Annotated[
        Format, typer.Option("--format", help="The format: efg is Gambit's extensive form.")
    ] = Format.EFG,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write (default: standard output).")
    ] = None,
    max_nodes: Annotated[int, typer.Option(help="Refuse to write a larger tree.")] = 2_000_000,
) -> None:
    """Write a game's tree as an .efg file, which Gambit (`read_efg`) and OpenSpiel (`efg_game`) read."""
    if max_nodes < 1:
        raise ParameterError("max_nodes", max_nodes, "a whole number of at least 1")
    chosen = named_game(game, preset, parameter)
    with Progress("export"):
        from olivebranch.core.files import write_bytes
        from olivebranch.theory.tree.export import to_efg
        from olivebranch.theory.tree.histories import TreeTooLarge

        try:
            text = to_efg(chosen.compiled, max_nodes=max_nodes)
        except TreeTooLarge as error:
            raise ParameterError("game", chosen.spec, f"a game whose tree fits ({error})") from None
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_bytes(output, text.encode())
        typer.echo(f"{output}: {text.count(chr(10))} lines")
