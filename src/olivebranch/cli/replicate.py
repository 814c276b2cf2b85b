"""``olivebranch replicate``: a published learning experiment again, beside what was published and predicted."""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.backends import AddressOption, BackendOption, WorkersOption, chosen_backend
from olivebranch.cli.parts.progress import Progress


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("replicate")(replicate)


def replicate(
    config: Annotated[Path, typer.Argument(help="A YAML file, e.g. from configs/replications/.", show_default=False)],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Change the config, e.g. seeds=5 biases.count=11."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder in which replication folders are made.")
    ] = Path("replications"),
    workers: WorkersOption = None,
    backend: BackendOption = "local",
    address: AddressOption = None,
    document: Annotated[
        Path | None,
        typer.Option(help="Also write the results into this page, between the marks with the config's name."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print scores.json instead of the summary.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a replication of the same name.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Let Q-learners play cheap talk as in "Cheap Talking Algorithms", and score them as published.

    A replication that was interrupted goes on where it stopped. The folder holds the resolved config, every run,
    scores.json and report.md. docs/replications.md has the protocol, the cost and the predictions.
    """
    chosen = chosen_backend("olivebranch replicate", backend, workers, address)
    with Progress(f"replicate {config}", "runs", quiet=quiet) as progress:
        from olivebranch.eval.replication.report import section, write_report
        from olivebranch.eval.sections import check_section, write_section
        from olivebranch.train.config import read_values, validated
        from olivebranch.train.replication.config import ReplicationConfig
        from olivebranch.train.replication.run import play_replication

        resolved = validated(ReplicationConfig, read_values(config, overrides or ()))
        if document is not None:
            check_section(document, resolved.name)
        folder = output / resolved.name
        if overwrite and (folder / "config.yaml").is_file():
            shutil.rmtree(folder)
        play_replication(resolved, output, backend=chosen, report=progress.update)
        total = resolved.seeds * resolved.biases.count * len(resolved.cells)
        progress.update(total, total, "scoring")
        result = write_report(resolved, folder)
        if document is not None:
            write_section(document, resolved.name, section(result))
    if as_json:
        typer.echo(json.dumps(result))
        return
    for cell, values in result["cells"].items():
        found = values["summary"]
        share, nash = found["converged"][0], found["nash_if_converged"]
        typer.echo(
            f"{cell}: {share:.1%} of {found['runs']} runs converged; {nash[0] if nash else 0:.1%} of them are Nash"
        )
    for one in result["predictions"]:
        typer.echo(f"{one['text']} {one['verdict']}")
    typer.echo(f"Results: {(folder / 'scores.json').resolve()}")
