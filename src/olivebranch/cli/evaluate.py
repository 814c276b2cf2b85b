"""``olivebranch eval`` and ``olivebranch study``: hold runs of any game against its known equilibria."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from olivebranch.core.errors import ParameterError

if TYPE_CHECKING:
    from olivebranch.eval.runs import RunReport


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command("eval")(evaluate)
    app.command("study")(study)


XOption = Annotated[str, typer.Option("--x", help="Parameter along the horizontal axis of the map.")]
YOption = Annotated[str, typer.Option("--y", help="Parameter along the vertical axis of the map.")]


def evaluate(
    runs: Annotated[list[Path], typer.Argument(help="Run folders made by `olivebranch train`.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a run instead of a table.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where table and picture go (default: the first run folder).")
    ] = None,
    figure: Annotated[bool, typer.Option(help="Draw the picture.")] = True,
    quantal: Annotated[
        bool, typer.Option(help="Also estimate each seed's quantal-response precision (in the JSON).")
    ] = False,
    x: XOption = "pressure",
    y: YOption = "escalation_cost",
) -> None:
    """Hold learned play of any game against its known equilibria, exactly, from action probabilities.

    Equilibria are known in closed form (talks, demonstration, Kuhn poker) or numerically, with their NashConv (wars).
    Prints NashConv, gains, distances to the nearest equilibrium on and off the path, and how many seeds reached which;
    writes evaluation.json, evaluation.csv, evaluation.png (talks games) and learning.png (other games).
    """
    from olivebranch.eval.runs import report_run
    from olivebranch.train.run import load_run

    reports = [report_run(load_run(path), quantal) for path in runs]
    if as_json:
        for report in reports:
            typer.echo(json.dumps(report.as_dict()))
    else:
        _print(reports)
    _write(reports, output or runs[0], figure, x, y, quiet=as_json)


def study(
    configs: Annotated[list[Path], typer.Argument(help="YAML configs, or folders of them.", show_default=False)],
    preset: Annotated[
        list[str] | None, typer.Option(help="Train each config on this preset instead of its own; repeat for several.")
    ] = None,
    override: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change every config, e.g. seeds=10.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where runs, table and picture go.")] = Path("study"),
    workers: Annotated[int, typer.Option(help="Processes to train seeds in.")] = 2,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    x: XOption = "pressure",
    y: YOption = "escalation_cost",
) -> None:
    """Train several configs, each on several presets, and hold all of them against theory in one table and picture.

    Runs that are finished are kept, so a study that was interrupted goes on where it stopped.
    """
    from olivebranch.eval.runs import report_run
    from olivebranch.train.config import load_config
    from olivebranch.train.run import load_run, train

    files = [file for path in configs for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    if not files:
        raise ParameterError("configs", ", ".join(map(str, configs)), "YAML files, or folders that hold some")
    console = Console(stderr=True)
    planned = []
    names: list[str | None] = [*preset] if preset else [None]
    for name in names:
        for file in files:
            changes = list(override or ())
            if name is not None:
                learner = load_config(file, changes).learner.kind
                changes += [f"game={{preset: {name}}}", f"name={name}-{learner}"]
            planned.append(load_config(file, changes))
    reports = []
    for number, config in enumerate(planned, 1):
        path = output / config.name
        if overwrite or not (path.exists() and load_run(path).config == config and load_run(path).finished):
            console.print(f"[{number}/{len(planned)}] {config.name}", highlight=False)
            command = " ".join(sys.argv)
            train(config, output, workers=workers, overwrite=overwrite, command=command, console=console)
        reports.append(report_run(load_run(path)))
    _print(reports)
    _write(reports, output, True, x, y, quiet=False)


def _print(reports: "Sequence[RunReport]") -> None:
    from olivebranch.eval.report import comparison_table

    console = Console()
    if not console.is_terminal:  # piped: rich would cut the table to 80 columns
        console = Console(width=120)
    console.print(comparison_table(reports))


def _write(reports: "Sequence[RunReport]", folder: Path, figure: bool, x: str, y: str, quiet: bool) -> None:
    from olivebranch.core.files import write_bytes
    from olivebranch.eval.report import comparison_csv

    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "evaluation.json", folder / "evaluation.csv"]
    content = [report.as_dict() for report in reports]
    write_bytes(written[0], (json.dumps(content, indent=1) + "\n").encode())
    write_bytes(written[1], comparison_csv(reports).encode())
    if figure:
        from olivebranch.eval.figures.comparison import draw_comparison, save_figure
        from olivebranch.eval.figures.learning import draw_learning
        from olivebranch.eval.runs import figure_rows, learning_rows

        if compared := figure_rows(reports):
            written.append(folder / "evaluation.png")
            save_figure(draw_comparison(compared, x, y), written[-1])
        if learned := learning_rows(reports):
            written.append(folder / "learning.png")
            save_figure(draw_learning(learned), written[-1])
    if not quiet:
        typer.echo("\n".join(["Results:", *(f"  {path.resolve()}" for path in written)]))
