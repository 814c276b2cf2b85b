"""``olivebranch enumerate``: every equilibrium of any finite signalling game."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from olivebranch.cli.errors import BadInput
from olivebranch.cli.files import read_json_lines
from olivebranch.core.errors import ParameterError


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("enumerate")(enumerate_file)


def enumerate_file(
    file: Annotated[str, typer.Option(help="JSON lines ('-': standard input), one game a line.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a game instead of tables.")] = False,
    workers: Annotated[int, typer.Option(help="Processes; the output does not depend on it.")] = 1,
) -> None:
    """All perfect Bayesian equilibria of finite signalling games, mixed ones included, in exact arithmetic.

    A game is `{"prior": [..], "sender_payoffs": [[[..]]], "receiver_payoffs": [[[..]]]}`, indexed by type, message
    and response; numbers may be strings such as "1/3". Reports supports, representative strategies, off-path beliefs,
    dimension, and refinement verdicts with reasons.
    """
    if workers < 1:
        raise ParameterError("workers", workers, "a whole number of at least 1")
    objects = read_json_lines(file)
    console = Console(stderr=True)
    answers: list[dict[str, Any]] = []
    pool = None
    if workers > 1 and len(objects) > 1:
        from concurrent.futures import ProcessPoolExecutor

        pool = ProcessPoolExecutor(min(workers, len(objects)))
    try:
        results = pool.map(_answer, objects, chunksize=16) if pool else map(_answer, objects)
        for answer in track(results, "enumerating", len(objects), console=console, disable=len(objects) < 20):
            if isinstance(answer, str):
                raise BadInput(answer)
            answers.append(answer)
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
    if as_json:
        typer.echo("\n".join(json.dumps(answer) for answer in answers))
    else:
        for (where, _), answer in zip(objects, answers, strict=True):
            _print_table(where, answer)


def _answer(item: tuple[str, dict[str, Any]]) -> dict[str, Any] | str:
    """One game's line, or the words for what is wrong with it."""
    from olivebranch.theory.signalling.as_json import enumerate_line

    where, line = item
    try:
        return enumerate_line(line)
    except ParameterError as error:
        return f"{where}: {error}"


def _print_table(where: str, answer: dict[str, Any]) -> None:
    table = Table(title=f"{where}: {len(answer['components'])} support pairs", title_justify="left")
    table.add_column("#", justify="right")
    for column in ("messages by type", "responses by message", "sender", "receiver", "dim.", "rejected by"):
        table.add_column(column)
    for entry in answer["components"]:
        table.add_row(
            str(entry["connected_component"] + 1),
            _sets(entry["sender_support"]),
            _sets(entry["receiver_support"]),
            _rows(entry["sender_strategy"]),
            _rows(entry["receiver_strategy"]),
            str(entry["dimension"]),
            ", ".join(name for name, passed in entry["refinements"].items() if not passed) or "-",
        )
    Console().print(table)


def _sets(supports: list[list[int]]) -> str:
    return " ".join("{" + ",".join(map(str, support)) + "}" for support in supports)


def _rows(strategy: list[list[float]]) -> str:
    return " ".join("(" + " ".join(f"{value:.3g}" for value in row) + ")" for row in strategy)
