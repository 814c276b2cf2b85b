"""``olivebranch humans``: signalling experiments with human beings, solved, learned, and beside what people did."""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.backends import AddressOption, BackendOption, WorkersOption, chosen_backend
from olivebranch.cli.parts.progress import Progress


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("humans")(humans)


def humans(
    config: Annotated[Path, typer.Argument(help="A YAML file, e.g. configs/humans/default.yaml.", show_default=False)],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Change the config, e.g. seeds=20.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder in which study folders are made.")] = Path(
        "studies"
    ),
    workers: WorkersOption = None,
    backend: BackendOption = "local",
    address: AddressOption = None,
    document: Annotated[
        Path | None,
        typer.Option(help="Also write the results into this page, between the marks with the config's name."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print scores.json instead of the summary.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a study of the same name.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Solve signalling experiments, train learners in them, and show which equilibrium each comes near, and how often.

    Every equilibrium has the verdicts of all refinements, learned and human play a fit of agent quantal response. A
    study that was interrupted goes on where it stopped. The folder holds the resolved config, every run, scores.json
    and report.md.
    """
    chosen = chosen_backend("olivebranch humans", backend, workers, address)
    with Progress(f"humans {config}", "pieces", quiet=quiet) as progress:
        from olivebranch.eval.humans.report import section, write_report
        from olivebranch.eval.sections import check_section, write_section
        from olivebranch.train.config import read_values, validated
        from olivebranch.train.humans.config import HumansConfig
        from olivebranch.train.humans.run import train_study

        resolved = validated(HumansConfig, read_values(config, overrides or ()))
        if document is not None:
            check_section(document, resolved.name)
        folder = output / resolved.name
        if overwrite and (folder / "config.yaml").is_file():
            shutil.rmtree(folder)
        train_study(resolved, output, backend=chosen, report=progress.update)

        def scoring(done: int, total: int) -> None:
            progress.update(done, total, "scoring, by game")

        result = write_report(resolved, folder, scoring)
        if document is not None:
            write_section(document, resolved.name, section(result))
    if as_json:
        typer.echo(json.dumps(result))
        return
    for label, values in result["games"].items():
        for learner, found in values["learners"].items():
            last = found["last"]
            shares = {**last["reached"], "none": last["none"]}
            told = "; ".join(f"{name} {share[0]:.0%}" for name, share in shares.items())
            typer.echo(f"{label}, {learner}: {told}")
    for one in result["predictions"]:
        typer.echo(f"{one['text']} {one['verdict']}")
    typer.echo(f"Results: {(folder / 'scores.json').resolve()}")
