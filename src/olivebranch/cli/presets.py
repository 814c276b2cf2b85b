"""``olivebranch presets``: the named games, in one table or one at a time."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from olivebranch.games.registry import Preset, load_preset, preset_names


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("presets")(presets)


def presets(
    name: Annotated[
        str | None, typer.Argument(help="Show everything about this one preset.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each preset.")] = False,
) -> None:
    """List the named games, or with NAME show all that is known of one.

    NAME shows what the preset stands for, its parameters and sources; of a historical case also the facts, what is
    assumed, and what would have to be true for the preset to be wrong.
    """
    chosen = [load_preset(known) for known in (preset_names() if name is None else (name,))]
    if as_json:
        typer.echo("\n".join(json.dumps(_as_dict(preset), ensure_ascii=False) for preset in chosen))
    elif name is None:
        _print_table(chosen)
    else:
        _print_details(chosen[0])


def _as_dict(preset: Preset) -> dict[str, Any]:
    return {
        "name": preset.name,
        "game": preset.game,
        "title": preset.title,
        "stands_for": preset.stands_for,
        "source": preset.source,
        "equilibria": list(preset.equilibria),
        "facts": [{"text": text, "url": url} for text, url in preset.facts],
        "assumptions": list(preset.assumptions),
        "wrong_if": list(preset.wrong_if),
        "parameters": preset.parameters.as_dict(),
    }


def _print_table(listed: list[Preset]) -> None:
    table = Table(box=None, pad_edge=False, caption="`olivebranch presets NAME` tells more.", caption_justify="left")
    for column in ("preset", "game", "title"):
        table.add_column(column, no_wrap=column != "title")
    for preset in listed:
        table.add_row(preset.name, preset.game, preset.title)
    Console().print(table)


def _print_details(preset: Preset) -> None:
    console = Console()
    console.print(Text(f"{preset.name} ({preset.game}): {preset.title}", style="bold"))
    console.print(Text(f"\n{preset.stands_for}\n"))
    if preset.equilibria:
        console.print(Text(f"Equilibria: {', '.join(preset.equilibria)}"))
    console.print(Text(f"Source: {preset.source}"))
    facts = [f"{text} {url}" for text, url in preset.facts]
    for heading, entries in (
        ("Facts", facts),
        ("Assumptions", preset.assumptions),
        ("The preset is wrong if", preset.wrong_if),
    ):
        if entries:
            console.print(Text("\n".join([f"\n{heading}:", *(f"- {entry}" for entry in entries)])))
    _print_parameters(console, preset.parameters.as_dict())


def _rounded(value: Any) -> Any:
    """Without the last digits of a product of two priors, such as 0.33480000000000004."""
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(value, 12) if isinstance(value, float) else value


def _print_parameters(console: Console, parameters: Mapping[str, Any]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in parameters.items():
        if value is not None and value != ():
            table.add_row(name, json.dumps(_rounded(value)))
    if table.row_count:
        console.print(Text("\nParameters:"))
        console.print(table)
