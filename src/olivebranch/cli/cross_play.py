"""``olivebranch cross-play``: exact payoffs of runs, equilibria and functions against each other on one game."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from olivebranch.cli.parts.games import GameOption, ParametersOption, PresetOption, named_game
from olivebranch.cli.parts.progress import Progress

if TYPE_CHECKING:
    from olivebranch.eval.cross_play import Assignment, CrossPlay
    from olivebranch.eval.intervals import Estimate


MOST_SIDE_BY_SIDE = 4  # policies of two players whose payoffs stand in one table
LARGEST_WIDTH = 400  # letters


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("cross-play")(cross_play)


def cross_play(
    policies: Annotated[
        list[str],
        typer.Argument(
            help="uniform, equilibrium:NAME, a run folder (also with /average or #SEED), a .safetensors file, "
            "language-model:FILE.yaml, module:function or file.py:function.",
            show_default=False,
        ),
    ],
    game: GameOption = None,
    preset: PresetOption = None,
    parameter: ParametersOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of tables.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write cross-play.csv, and cross-play.png if it can be read, into it."),
    ] = None,
) -> None:
    """Play policies of any origin against each other, in every assignment to the seats, and print exact payoffs.

    A run counts as all its seeds: payoffs are means over them, with 95 % bootstrap intervals. With two players the
    table has a row for each policy in the first seat and a column for each in the second; with more, there is a table
    for each seat, with the row's policy in it and the column's in all others (JSON and CSV have every assignment). The
    last table says how far each policy is from an equilibrium if it plays every seat.
    """
    named = named_game(game, preset, parameter)
    with Progress("cross-play", "assignments") as progress:
        from olivebranch.core.files import write_bytes
        from olivebranch.eval.cross_play import cross_play as played

        result = played(named, policies, progress.update)
        written = []
        if output is not None:
            from olivebranch.eval.figures.comparison import save_figure
            from olivebranch.eval.figures.cross_play import LARGEST, draw_cross_play

            output.mkdir(parents=True, exist_ok=True)
            written.append(output / "cross-play.csv")
            write_bytes(written[-1], result.as_csv().encode())
            if len(policies) <= LARGEST:
                written.append(output / "cross-play.png")
                save_figure(draw_cross_play(result), written[-1])
    if as_json:
        typer.echo(json.dumps(result.as_dict()))
        return
    _print(result)
    if written:
        typer.echo("\n".join(["Results:", *(f"  {path.resolve()}" for path in written)]))


def _print(result: "CrossPlay") -> None:
    players, tables = result.players, []
    if len(players) == 2 and len(result.entrants) <= MOST_SIDE_BY_SIDE:
        heading = f"rows play {players[0]}, columns {players[1]}; payoffs of {players[0]} / {players[1]}"
        tables.append(_table(result, 0, heading, (0, 1)))
    elif len(players) == 2:
        heading = f"rows play {players[0]}, columns {players[1]}; payoff of"
        tables += [_table(result, 0, f"{heading} {player}", (seat,)) for seat, player in enumerate(players)]
    else:
        heading = "columns everyone else; payoff of"
        tables += [
            _table(result, seat, f"rows play {name}, {heading} {name}", (seat,)) for seat, name in enumerate(players)
        ]
    tables.append(_alone(result))
    console = Console()
    width = max(console.measure(table, options=console.options.update(width=LARGEST_WIDTH)).maximum for table in tables)
    console = Console(width=max(console.width, width))  # a figure that is cut off would be worse than a long line
    for table in tables:
        console.print(table)
    for number, entrant in enumerate(result.entrants, 1):
        for player, reason in entrant.refused.items():
            console.print(f"{number} does not play {player}: {reason}", highlight=False, soft_wrap=True)


def _table(result: "CrossPlay", seat: int, heading: str, shown: tuple[int, ...]) -> Table:
    table = Table(title=f"Cross-play on {result.game}: {heading}", title_justify="left", caption_justify="left")
    several = any(one.plays > 1 for one in result.assignments)
    table.caption = "Exact payoffs." + (" Means over seeds ± half the 95 % bootstrap interval." if several else "")
    table.add_column("policy", no_wrap=True)
    for number, _ in enumerate(result.entrants, 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    for number, (entrant, row) in enumerate(zip(result.entrants, result.focal(seat), strict=True), 1):
        table.add_row(f"{number}  {entrant.spec}", *(_cell(one, shown) for one in row))
    return table


def _alone(result: "CrossPlay") -> Table:
    """How far each policy is from an equilibrium if it plays every seat."""
    table = Table(title="In every seat at once: what a best response would add", title_justify="left")
    table.add_column("policy", no_wrap=True)
    for heading in ("NashConv", *(f"gain of {player}" for player in result.players)):
        table.add_column(heading, justify="right", no_wrap=True)
    for number, spec in enumerate(result.specs, 1):
        one = result.assignment([spec] * len(result.players))
        if one is not None:
            table.add_row(f"{number}  {spec}", *map(_short, (one.nash_conv, *one.gains)))
    return table


def _cell(one: "Assignment | None", seats: tuple[int, ...]) -> str:
    return "-" if one is None else " / ".join(_short(one.payoffs[seat]) for seat in seats)


def _short(estimate: "Estimate") -> str:
    half = 0.5 * (estimate.high - estimate.low)
    return f"{estimate.value:.3f}" + (f"±{half:.3f}" if half >= 0.0005 else "")
