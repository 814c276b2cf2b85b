"""``olivebranch train``: from a config to a run folder."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.progress import Progress


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("train")(train)


def train(
    config: Annotated[Path, typer.Argument(help="A YAML file, e.g. from configs/.", show_default=False)],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Change the config, e.g. seeds=5 learner.episodes=20000."),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder in which run folders are made.")] = Path(
        "runs"
    ),
    workers: Annotated[int, typer.Option(help="The number of processes; the results do not depend on it.")] = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run of the same name.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train a learner with every seed of a config.

    A run that was interrupted goes on with the seeds that are missing, and more seeds can be added to a run by the same
    command with a larger `seeds`.

    The run folder holds the resolved config, versions, metrics, TensorBoard events and the policies; `olivebranch
    eval` reads it.
    """
    with Progress(f"train {config}", "seeds", quiet=quiet) as progress:
        from olivebranch.train.config import load_config
        from olivebranch.train.run import train as train_run

        run = train_run(
            load_config(config, overrides or ()),
            output,
            workers=workers,
            overwrite=overwrite,
            command=" ".join(sys.argv),
            report=progress.update,
        )
    typer.echo(f"{run.path}: {len(run.seeds)} seeds trained. Next: olivebranch eval {run.path}")
