"""``olivebranch humans``: signalling experiments with human beings, solved, learned, and beside what people did."""

import json
import os
import shutil
from pathlib import Path
from typing import Annotated, Literal

import typer

from olivebranch.cli.progress import Progress
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.extras import require


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
    workers: Annotated[
        int | None, typer.Option(help="The number of processes (default: 1); the results do not depend on it.")
    ] = None,
    backend: Annotated[str, typer.Option(help="Where the processes run: local or ray.")] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            help="The address of a Ray cluster (default: RAY_ADDRESS; without one Ray is started on this machine)."
        ),
    ] = None,
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
    if backend not in ("local", "ray"):
        raise ParameterError("backend", backend, one_of(("local", "ray"), backend))
    if address is not None and backend != "ray":
        raise ParameterError("address", address, "no address without --backend ray")
    if backend == "ray":
        require("olivebranch humans", "ray")  # said before anything is begun
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the workers: one processor each
    chosen: Literal["local", "ray"] = "ray" if backend == "ray" else "local"
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
        train_study(resolved, output, backend=chosen, workers=workers, address=address, report=progress.update)

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
