"""``olivebranch enumerate``: every equilibrium of any finite signalling game."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from olivebranch.cli.parts.errors import BadInput
from olivebranch.cli.parts.files import read_json_lines
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.workers import Tell
from olivebranch.theory.signalling.words import REFINEMENTS

Item = tuple[int, str, dict[str, Any], bool]  # number, where it stands, the game, whether with the logit limit


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("enumerate")(enumerate_file)


def enumerate_file(
    file: Annotated[
        str, typer.Option(help="A file with one game in JSON on each line ('-': standard input).", show_default=False)
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each game instead of tables.")
    ] = False,
    workers: Annotated[int, typer.Option(help="The number of processes; the output does not depend on it.")] = 1,
    logit_limit: Annotated[
        bool,
        typer.Option(
            "--logit-limit",
            help="Say also to which component logit play tends (numerical; takes some tenths of a second a game).",
        ),
    ] = False,
) -> None:
    """Find all perfect Bayesian equilibria of finite signalling games, mixed ones included, in exact arithmetic.

    A game is `{"prior": [..], "sender_payoffs": [[[..]]], "receiver_payoffs": [[[..]]]}`, indexed by type, message
    and response; numbers may be strings such as "1/3", and `type_names`, `message_names` and `response_names` name what
    the table shows. The JSON also has off-path beliefs, dimensions, certificates, and refinement verdicts with reasons.
    """
    if workers < 1:
        raise ParameterError("workers", workers, "a whole number of at least 1")
    objects = read_json_lines(file)
    found: dict[int, dict[str, Any]] = {}
    items = [(number, where, line, logit_limit) for number, (where, line) in enumerate(objects)]
    with Progress("enumerate", "games") as progress:
        progress.update(0, len(objects))

        def answered(item: Item, answer: dict[str, Any] | str) -> None:
            if isinstance(answer, str):
                raise BadInput(answer)
            found[item[0]] = answer
            progress.advance()

        place = Backend(workers=min(workers, len(items)))
        place.work_through(_answer, items, answered, lambda item: item[1], "olivebranch.theory.signalling.as_json")
    answers = [found[number] for number in range(len(items))]
    if as_json:
        typer.echo("\n".join(json.dumps(answer) for answer in answers))
    else:
        for (where, line), answer in zip(objects, answers, strict=True):
            _print_table(where, line, answer)


def _answer(item: Item, tell: Tell) -> None:
    """Tell one game's line, or the words for what is wrong with it."""
    from olivebranch.theory.signalling.as_json import enumerate_line

    _, where, line, logit_limit = item
    try:
        tell(enumerate_line(line, logit_limit))
    except ParameterError as error:
        tell(f"{where}: {error}")


def _print_table(where: str, line: dict[str, Any], answer: dict[str, Any]) -> None:
    """Every pair of supports of one game: what each type sends, and what the receiver does after each message."""
    from olivebranch.theory.signalling.game import SignallingGame

    game = SignallingGame.from_json(line)
    types, messages, responses = (
        names if key in line else [f"{noun} {name}" for name in names]
        for key, noun, names in (
            ("type_names", "type", game.type_names),
            ("message_names", "message", game.message_names),
            ("response_names", "response", game.response_names),
        )
    )
    components, connected = answer["components"], answer["connected_components"]
    title = f"{where}: pairs of supports: {len(components)}; connected components: {len(connected)}"
    table = Table(title=escape(title), title_justify="left")
    for column in ("component", "who", "plays"):
        table.add_column(column)
    for entry in components:
        number = entry["connected_component"]
        about = [f"{number + 1}, {connected[number]['kind']}", f"dimension {entry['dimension']}"]
        used = {message for support in entry["sender_support"] for message in support}
        rows = [
            *((name, _mixture(row, messages)) for name, row in zip(types, entry["sender_strategy"], strict=True)),
            *(
                (f"after {name}" + ("" if m in used else " (not sent)"), _mixture(row, responses))
                for m, (name, row) in enumerate(zip(messages, entry["receiver_strategy"], strict=True))
            ),
            ("rejected by", _rejections(entry["refinements"])),
        ]
        for position, row in enumerate(rows):
            table.add_row(about[position] if position < len(about) else "", *map(escape, row))
        table.add_section()
    Console().print(table)


def _mixture(probabilities: Sequence[float], names: Sequence[str]) -> str:
    """E.g. ``"flee: 0.583, duel: 0.417"``, or the name alone of what is done for sure."""
    used = [(name, share) for name, share in zip(names, probabilities, strict=True) if share > 0]
    return used[0][0] if len(used) == 1 else ", ".join(f"{name}: {share:.3g}" for name, share in used)


def _rejections(verdicts: Mapping[str, bool | None]) -> str:
    """The filters that reject; one that has no verdict (None) does not."""
    return ", ".join(REFINEMENTS.get(name, name) for name, survives in verdicts.items() if survives is False) or "none"
