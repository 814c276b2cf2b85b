"""``olivebranch selection``: which rule tells which equilibrium a learner finds?"""

import json
from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.backends import AddressOption, BackendOption, WorkersOption, chosen_backend
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("selection")(selection)


def selection(
    config: Annotated[
        str, typer.Argument(help="A YAML file, e.g. from configs/selection/, or 'default'.", show_default=False)
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Change the config, e.g. games=20 seeds=2."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "--out", "-o", help="The folder in which experiments' folders are made.")
    ] = Path("selection-results"),
    full: Annotated[
        bool, typer.Option("--full", help="Take the config's full_games instead of its games in each sample.")
    ] = False,
    backend: BackendOption = "local",
    workers: WorkersOption = None,
    address: AddressOption = None,
    document: Annotated[
        Path | None, typer.Option(help="Write the results into the results section of this Markdown page, too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json instead of the predictions.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an experiment of the same name.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Let learners choose among equilibria in games in which two rules of selection disagree.

    The rules are D1, passive conjectures, the logit limit, payoffs, risk dominance, distance to uniform play and
    basins. Games are random; each pair of rules has a sample of games in which they name different equilibria. Every
    learner starts in uniform play, at random, and in each equilibrium. docs/selection-experiment.md has the protocol
    and the predictions.

    An experiment that was interrupted goes on where it stopped and ends with the same bytes. The folder holds the
    resolved config, the samples, every run, tables as CSV, summary.json, summary.md and pictures.
    """
    chosen = chosen_backend("olivebranch selection", backend, workers, address)
    if document is not None and not document.is_file():
        raise ParameterError("document", str(document), "a Markdown page with a results section")
    with Progress(f"selection {config}", "seconds of work", quiet=quiet) as progress:
        from olivebranch.eval.selection.report import write_document, write_report
        from olivebranch.train.config import read_values, validated
        from olivebranch.train.selection.config import SelectionConfig, default_path
        from olivebranch.train.selection.run import estimate, train_selection

        path = default_path() if config == "default" else Path(config)
        resolved = validated(SelectionConfig, read_values(path, overrides or ()))
        if full:
            resolved = resolved.at_full_size()
        if not quiet:
            minutes = estimate(resolved) / 60
            typer.echo(f"{resolved.name}: about {minutes:.1f} minutes of one core if begun anew.", err=True)
        folder = train_selection(resolved, output, backend=chosen, overwrite=overwrite, report=progress.update)
        progress.update(0, 0, "evaluating")
        summary = write_report(resolved, folder)
        if document is not None:
            options = "".join(f" {value}" for value in (overrides or ())) + (" --full" if full else "")
            write_document(folder, document, f"olivebranch selection {config}{options} --document {document}")
    if as_json:
        typer.echo(json.dumps(summary, indent=1, ensure_ascii=False))
        return
    for row in summary["predictions"]:
        figure = "" if row["value"] is None else f" {row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
        typer.echo(f"{row['prediction']:>2}. {row['verdict']:<12} {row['statement']}:{figure}")
    typer.echo(f"Results: {folder}; see summary.md.")
