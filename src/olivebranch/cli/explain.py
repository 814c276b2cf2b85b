"""``olivebranch explain``: why a run did not reach an equilibrium, or why it reached that one."""

import json
from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("explain")(explain)


def explain(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Run folders, or folders of runs (a study, a benchmark), at any depth.", show_default=False
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each seed of each run.")] = False,
    policy: Annotated[str, typer.Option(help="Which policy to explain: last or average.")] = "last",
) -> None:
    """Say why a run did not reach an equilibrium, or why it reached that one.

    Causes come strongest first, each with its strength, its places and its evidence. The strength is the share of
    NashConv (or of the distance) that the cause's counterfactual removes; docs/explain.md defines every one. The words
    are: unvisited, unfinished, cycling, regularised, approximation, selected, exploited. Of several runs there is one
    line for each.
    """
    folders = [folder for path in runs for folder in run_folders(path)]
    with Progress("explain", "runs") as progress:
        from olivebranch.eval.explain.explanation import explain_run
        from olivebranch.train.run import load_run

        found = []
        for number, folder in enumerate(folders):
            progress.update(number, len(folders), str(folder))

            def note(done: int, total: int, number: int = number, folder: Path = folder) -> None:
                progress.update(number + done / total, len(folders), str(folder))

            found.append(explain_run(load_run(folder), policy, note))
        progress.update(len(folders), len(folders), "")
    for explanations in found:
        for explanation in explanations:
            if as_json:
                typer.echo(json.dumps(explanation.as_dict()))
            elif len(folders) > 1:
                typer.echo(f"{explanation.run} seed {explanation.seed}: {explanation.line()}")
            else:
                typer.echo(explanation.words() + "\n")


def run_folders(path: Path) -> list[Path]:
    """The run folders at ``path``: itself, or those in it. Raises :class:`ParameterError` where there is none."""
    if (path / "config.yaml").is_file():
        return [path]
    found = sorted(config.parent for config in path.rglob("config.yaml") if any(config.parent.glob("seed-*")))
    if not found:
        raise ParameterError("runs", str(path), "a run folder, or a folder with finished runs in it")
    return found
