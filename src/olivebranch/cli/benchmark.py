"""``olivebranch benchmark``: algorithms x games x seeds, and what they come to."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from olivebranch.cli.progress import Progress
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.extras import require


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("benchmark")(benchmark)


def benchmark(
    config: Annotated[Path, typer.Argument(help="A YAML file, e.g. from configs/benchmark/.", show_default=False)],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Change the config, e.g. seeds=2 evaluations=5."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder in which benchmark folders are made.")
    ] = Path("benchmark-results"),
    workers: Annotated[
        int | None,
        typer.Option(
            help="The number of processes (default: one for each processor); the results do not depend on it."
        ),
    ] = None,
    backend: Annotated[str, typer.Option(help="Where the processes run: local or ray.")] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            help="The address of a Ray cluster (default: RAY_ADDRESS; without one Ray is started on this machine)."
        ),
    ] = None,
    document: Annotated[
        Path | None, typer.Option(help="Also write this Markdown page, and its pictures into images/ beside it.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a benchmark of the same name.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train every algorithm on every game with every seed, and compare each run with theory.

    A benchmark that was interrupted goes on where it stopped. The folder holds the resolved config, a run folder for
    each algorithm and game, runs.parquet with a row a run, curves.parquet, and report.md with its pictures.
    """
    if backend not in ("local", "ray"):
        raise ParameterError("backend", backend, one_of(("local", "ray"), backend))
    if address is not None and backend != "ray":
        raise ParameterError("address", address, "no address without --backend ray")
    if backend == "ray":
        require("olivebranch benchmark", "ray")  # said before anything is begun
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the workers: one processor each
    command = " ".join(["olivebranch", *sys.argv[1:]])
    chosen: Literal["local", "ray"] = "ray" if backend == "ray" else "local"
    with Progress(f"benchmark {config}", "runs", quiet=quiet) as progress:
        from olivebranch.eval.benchmark.report import write_page
        from olivebranch.eval.benchmark.scores import write_tables
        from olivebranch.train.benchmark.config import BenchmarkConfig
        from olivebranch.train.benchmark.run import train_benchmark
        from olivebranch.train.config import read_values, validated

        resolved = validated(BenchmarkConfig, read_values(config, overrides or ()))
        folder = train_benchmark(
            resolved,
            output,
            backend=chosen,
            workers=workers if workers is not None or chosen == "ray" else os.cpu_count() or 2,
            address=address,
            overwrite=overwrite,
            command=command,
            report=progress.update,
        )
        total = len(resolved.algorithms) * len(resolved.labels) * len(resolved.seeds)
        progress.update(total, total, "evaluating")
        table, _ = write_tables(folder)
        pages = [folder / "report.md", *([document] if document else [])]
        for page in pages:
            page.parent.mkdir(parents=True, exist_ok=True)
            write_page(table, page, command)
    paths = [folder / "runs.parquet", folder / "curves.parquet", *pages]
    typer.echo("\n".join(["Results:", *(f"  {path.resolve()}" for path in paths)]))
