"""``olivebranch eval`` and ``olivebranch study``: hold runs of any game against its known equilibria."""

import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from olivebranch.cli.parts.files import require_run_folders
from olivebranch.cli.parts.language_model import asks_language_models, study_language_models
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import NamedGame, distinct_labels, find_game, load_preset

if TYPE_CHECKING:
    from olivebranch.eval.runs import RunReport
    from olivebranch.train.config import TrainConfig


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command("eval")(evaluate)
    app.command("study")(study)


LONGEST_NAME = 100  # of a folder that is named after the runs compared in it

XOption = Annotated[str, typer.Option("--x", help="The parameter along the horizontal axis of the map.")]
YOption = Annotated[str, typer.Option("--y", help="The parameter along the vertical axis of the map.")]


def evaluate(
    runs: Annotated[list[Path], typer.Argument(help="Run folders made by `olivebranch train`.", show_default=False)],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each run instead of a table.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The folder for table and picture. By default those of one run go into its folder, and those of "
            "several runs into evaluation/NAMES beside the runs.",
        ),
    ] = None,
    figure: Annotated[bool, typer.Option(help="Draw the picture.")] = True,
    quantal: Annotated[
        bool, typer.Option(help="Also estimate each seed's quantal-response precision (in the JSON).")
    ] = False,
    x: XOption = "pressure",
    y: YOption = "escalation_cost",
) -> None:
    """Compare learned play of any game with its known equilibria, exactly, from action probabilities.

    Equilibria are known in closed form (talks, demonstration, Kuhn poker) or numerically, with their NashConv (wars).
    The command prints NashConv, gains, distances to the nearest equilibrium on and off the path, and how many seeds
    reached which equilibrium; it writes evaluation.json, evaluation.csv, learning.png (NashConv over training) and
    evaluation.png (talks games).
    """
    require_run_folders(runs)
    reports: list[RunReport] = []
    with Progress("eval", "runs") as progress:
        from olivebranch.eval.report import missing_line
        from olivebranch.eval.runs import report_run
        from olivebranch.train.run import load_run

        for number, path in enumerate(runs):
            progress.update(number, len(runs), str(path))
            reports.append(report_run(load_run(path), quantal))
        progress.update(len(runs), len(runs), "writing")
        written = _write(reports, output or default_output(runs), figure, x, y)
    for report in reports:
        if report.missing_seeds:
            typer.echo(f"olivebranch: {missing_line(report)}", err=True)
    if as_json:
        for report in reports:
            typer.echo(json.dumps(report.as_dict()))
    else:
        _print(reports)
        _print_paths(written)


def default_output(runs: Sequence[Path]) -> Path:
    """Where the evaluation of ``runs`` goes: into the folder of a single run, else into one of its own beside them.

    The folder carries the runs' names, so that comparisons of other runs do not overwrite each other.
    """
    if len(runs) == 1:
        return runs[0]
    names = "+".join(path.resolve().name for path in runs)
    if len(names) > LONGEST_NAME:
        names = f"{names[:LONGEST_NAME]}-{sha256(names.encode()).hexdigest()[:8]}"
    return Path(os.path.commonpath([path.resolve().parent for path in runs])) / "evaluation" / names


def study(
    configs: Annotated[list[Path], typer.Argument(help="YAML configs, or folders of them.", show_default=False)],
    game: Annotated[
        list[str] | None,
        typer.Option(metavar="SPEC", help="Train each config on this game instead of its own; repeat for several."),
    ] = None,
    preset: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="The same as --game, for presets only; may be repeated.")
    ] = None,
    override: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change every config, e.g. seeds=10.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for runs, table and picture.")] = Path(
        "study"
    ),
    workers: Annotated[int, typer.Option(help="The number of processes.")] = 2,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Of language models: score transcripts again, and ask nothing.")
    ] = False,
    estimate: Annotated[
        bool,
        typer.Option("--estimate", help="Of language models: say what asking would cost at most, and ask nothing."),
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Of language models: a host, not this machine, to which a key may be sent."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Of language models: JSON instead of the page.")] = False,
    x: XOption = "pressure",
    y: YOption = "escalation_cost",
) -> None:
    """Train several configs, each on several games, and compare all of them with theory in one table and picture.

    Runs that are finished are kept, so a study that was interrupted goes on where it stopped. A config with a section
    language_model asks language models instead of training learners, and writes one page (docs/language-models.md).
    """
    files = [file for path in configs for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    if not files:
        raise ParameterError("configs", ", ".join(map(str, configs)), "YAML files, or folders with YAML files")
    named = [find_game(load_preset(name).name) for name in preset or ()] + [find_game(spec) for spec in game or ()]
    if len(files) == 1 and asks_language_models(files[0]):
        if overwrite:
            raise ParameterError("overwrite", overwrite, "another --output, for a transcript is never replaced")
        study_language_models(
            files[0], named, override or (), output, offline, estimate, tuple(allow_host or ()), as_json, x, y
        )
        return
    for name, given in (("offline", offline), ("estimate", estimate), ("allow_host", allow_host), ("json", as_json)):
        if given:
            raise ParameterError(name, given, "a single config, with a section language_model")
    reports = []
    with Progress("study", "runs") as progress:
        from olivebranch.eval.runs import report_run
        from olivebranch.train.run import load_run, train

        planned = _planned(files, named, override or ())

        def note(number: int, name: str, done: float, total: int, about: str) -> None:
            progress.update(number + done / max(total, 1), len(planned), f"{name} {about}".rstrip())

        for number, config in enumerate(planned):
            path, command = output / config.name, " ".join(sys.argv)
            note(number, config.name, 0, 1, "")
            if overwrite or not (path.exists() and load_run(path).config == config and load_run(path).finished):
                report = partial(note, number, config.name)
                train(config, output, workers=workers, overwrite=overwrite, command=command, report=report)
            reports.append(report_run(load_run(path)))
        progress.update(len(planned), len(planned), "writing")
        written = _write(reports, output, True, x, y)
    _print(reports)
    _print_paths(written)


def _planned(files: Sequence[Path], named: "Sequence[NamedGame]", overrides: Sequence[str]) -> "list[TrainConfig]":
    """The configs of a study: each file as it is, or once for each of the games that were named in place of its own."""
    from olivebranch.train.config import load_config

    planned = []
    pairs: list[tuple[NamedGame | None, str]] = [*zip(named, distinct_labels(named), strict=True)]
    for chosen, label in pairs or [(None, "")]:
        for file in files:
            changes = list(overrides)
            if chosen is not None:
                kind = load_config(file, changes).learner.kind
                learner = kind.rpartition(":")[2].replace("+", "-plus")  # as part of a folder's name
                key = "spec" if chosen.preset is None else "preset"
                changes += [f"game={json.dumps({key: chosen.spec})}", f"name={label}-{learner}"]
            planned.append(load_config(file, changes))
    return planned


def _print(reports: "Sequence[RunReport]") -> None:
    from olivebranch.eval.report import comparison_table

    console = Console()
    if not console.is_terminal:  # piped: rich would cut the table to 80 columns
        console = Console(width=120)
    console.print(comparison_table(reports))


def _print_paths(written: Sequence[Path]) -> None:
    typer.echo("\n".join(["Results:", *(f"  {path.resolve()}" for path in written)]))


def _write(reports: "Sequence[RunReport]", folder: Path, figure: bool, x: str, y: str) -> list[Path]:
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
    return written
