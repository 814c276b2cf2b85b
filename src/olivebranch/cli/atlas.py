"""``olivebranch atlas``: learning over a whole map of parameters at once, drawn beside the analytic regions."""

import shutil
import time
from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.backends import AddressOption, BackendOption, WorkersOption, chosen_backend
from olivebranch.cli.parts.progress import Progress


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("atlas")(atlas)


def atlas(
    config: Annotated[Path, typer.Argument(help="A YAML file, e.g. from configs/atlas/.", show_default=False)],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Change the config, e.g. seeds=20 learner.episodes=20000."),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder in which atlas folders are made.")] = Path(
        "atlases"
    ),
    workers: WorkersOption = None,
    backend: BackendOption = "local",
    address: AddressOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a map of the same name.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train a learner in every cell and seed of a map, and show which equilibrium is learned where, and how often.

    A map that was interrupted goes on where it stopped and ends with the same bytes. The folder holds the resolved
    config, everything learned in chunks, atlas.npz with the scores of every run, summary.json and atlas.png.
    """
    chosen = chosen_backend("olivebranch atlas", backend, workers, address)
    with Progress(f"atlas {config}", "cells", quiet=quiet) as progress:
        from olivebranch.eval.atlas.report import write_report
        from olivebranch.train.atlas.config import AtlasConfig
        from olivebranch.train.atlas.run import train_atlas
        from olivebranch.train.config import read_values, validated

        resolved = validated(AtlasConfig, read_values(config, overrides or ()))
        folder = output / resolved.name
        if overwrite and (folder / "config.yaml").is_file():
            shutil.rmtree(folder)
        started = time.monotonic()
        train_atlas(resolved, output, backend=chosen, report=progress.update)
        trained = time.monotonic() - started
        total = len(resolved.cells())
        progress.update(total, total, "evaluating")
        scores = write_report(resolved, folder)
    for name, value in scores.items():
        typer.echo(f"{name:<60} {value:,.0f}" if value >= 100 else f"{name:<60} {value:.4f}")
    typer.echo(f"{folder}: trained in {trained:.0f} s; see atlas.png and atlas.npz.")
