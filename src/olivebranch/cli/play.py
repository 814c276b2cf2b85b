"""``olivebranch play``: sit down at a game, against an equilibrium, a trained run or a function."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from olivebranch.cli.parts.games import ParametersOption, read_parameters
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import find_game

if TYPE_CHECKING:
    from olivebranch.explore.play import Session


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("play")(play)


def play(
    spec: Annotated[
        str, typer.Argument(metavar="SPEC", help="A preset, a file or a class of rules; see docs/games.md.")
    ],
    seat: Annotated[str, typer.Option("--as", metavar="SEAT", help="The seat that is yours, such as sender or A.")],
    against: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY",
            help="Who plays the other seats: equilibrium:NAME, a run folder, a policy file, "
            "language-model:FILE.yaml, module:function, uniform. "
            "By default the first known equilibrium.",
            show_default=False,
        ),
    ] = None,
    parameter: ParametersOption = None,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="How many times to play.")] = 1,
    seed: Annotated[
        int | None, typer.Option(help="Of all draws; by default another one each time.", show_default=False)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each play, and nothing else on standard output.")
    ] = False,
) -> None:
    """Play one seat of a game yourself, against an equilibrium, a trained run or a function.

    Afterwards you see what the others believed of you at each step, by Bayes' rule, what each action was worth, and
    what a best response earns on average. Answer with the number or the name of an action.
    """
    game = find_game(spec, read_parameters(parameter))
    with Progress("play"):
        import numpy as np

        from olivebranch.explore.play import Session, Table, opponents_of

        table = Table(game, seat, opponents_of(game)[0] if against is None else against)
    generator = np.random.default_rng(seed)
    typer.echo(f"You are {seat}. The others play {table.opponent}.", err=True)
    total = 0.0
    for number in range(rounds):
        session = Session(table, generator)
        if rounds > 1:
            typer.echo(f"\nPlay {number + 1} of {rounds}", err=True)
        typer.echo(f"Your type: {session.type_name}.", err=True)
        told = 0
        while not session.finished:
            for line in session.log[told:]:
                typer.echo(f"  {line}", err=True)
            told = len(session.log)
            session.act(_asked(session))
        for line in session.log[told:]:
            typer.echo(f"  {line}", err=True)
        total += session.debrief().earned
        if as_json:
            typer.echo(json.dumps(session.as_dict()))
        else:
            _tell(session)
    if rounds > 1 and not as_json:
        typer.echo(f"Over {rounds} plays you earned {total:.3f}.")


def _asked(session: "Session") -> int:
    legal = session.legal()
    options = ", ".join(f"{number + 1} {name}" for number, (_, name) in enumerate(legal))
    while True:
        typer.echo(f"{session.situation}. {options}: ", nl=False, err=True)
        answer = _read().strip()
        for number, (action, name) in enumerate(legal):
            if answer.upper().replace(" ", "_") in (str(number + 1), name.upper()):
                return action
        typer.echo(f"{answer!r}: expected a number or a name from this list", err=True)


def _read() -> str:
    line = sys.stdin.readline()
    if not line:
        typer.echo(err=True)
        raise ParameterError("answer", None, "an action for each decision on standard input, and it ended before")
    return line


def _tell(session: "Session") -> None:
    told = session.debrief()
    typer.echo(f"{session.situation}. You earned {told.earned:.3f}.")
    for step in told.steps:
        typer.echo(f"- {step.situation}: you played {step.action}.")
        if step.values:
            values = ", ".join(f"{name} {value:.3f}" for name, value in step.values)
            typer.echo(f"  Worth on average, with the best play afterwards: {values}.")
        for one in step.beliefs:
            if one.probabilities is None:
                typer.echo(f"  {one.who} had not expected this of anybody: Bayes' rule is silent.")
            else:
                shares = ", ".join(
                    f"{name} {share:.3f}" for name, share in zip(one.types, one.probabilities, strict=True)
                )
                typer.echo(f"  {one.who} then believed of you: {shares}.")
    typer.echo(
        f"As {session.type_name}, a best response to them earns {told.best:.3f} on average; the play that they expect "
        f"of you, {told.following:.3f}."
    )
