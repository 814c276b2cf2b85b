"""``olivebranch benchmark``: learners of one track compared by the protocol; sets of games, tuning, submissions."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from olivebranch.cli.parts.backends import AddressOption, BackendOption, WorkersOption, chosen_backend
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError

if TYPE_CHECKING:
    from olivebranch.train.benchmark.config import BenchmarkConfig

CONFIG_HELP = "A YAML file, e.g. from configs/benchmark/."
ConfigArgument = Annotated[Path, typer.Argument(help=CONFIG_HELP, show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Change the config, e.g. seeds=2 evaluations=5.")
]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="The folder in which benchmark folders are made.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace a benchmark of the same name.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
GamesOption = Annotated[Path, typer.Option("--games", help="The file of certified games.")]

RESULTS = Path("benchmark-results")
TEST_GAMES = Path("configs/benchmark/games/test.yaml")
BOARD = Path("docs/leaderboard.md")

app = typer.Typer(
    no_args_is_help=True,
    help="Compare learners by the protocol of docs/benchmark-protocol.md, and judge submissions by it.",
)


def register(root: typer.Typer) -> None:
    """Add the commands to ``root``."""
    root.add_typer(app, name="benchmark")


def _command() -> str:
    return " ".join(["olivebranch", *sys.argv[1:]])


def _read(config: Path, overrides: list[str] | None) -> "BenchmarkConfig":
    from olivebranch.train.benchmark.config import BenchmarkConfig
    from olivebranch.train.config import read_values, validated

    return validated(BenchmarkConfig, read_values(config, overrides or ()))


@app.command("run")
def run(
    config: ConfigArgument,
    overrides: Overrides = None,
    output: OutputOption = RESULTS,
    workers: WorkersOption = None,
    backend: BackendOption = "local",
    address: AddressOption = None,
    tuned: Annotated[
        bool,
        typer.Option("--tuned", help="Take the development games, and in each the settings that were best there."),
    ] = False,
    document: Annotated[
        Path | None, typer.Option(help="Also write this Markdown page, and its pictures into images/ beside it.")
    ] = None,
    overwrite: OverwriteOption = False,
    quiet: QuietOption = False,
) -> None:
    """Train every learner on every game for every budget and seed, and judge each policy.

    A benchmark that was interrupted goes on where it stopped. The folder holds the resolved config, a submission for
    each learner and budget, scores.parquet with a row for each run, curves.parquet, and report.md with its pictures.
    """
    chosen = chosen_backend("olivebranch benchmark", backend, workers, address)
    with Progress(f"benchmark {config}", "runs", quiet=quiet) as progress:
        from olivebranch.eval.benchmark.judging import judged_games
        from olivebranch.eval.benchmark.page import write_page
        from olivebranch.eval.benchmark.tables import write_tables
        from olivebranch.train.benchmark.run import plan_benchmark, train_plan
        from olivebranch.train.benchmark.tuning import plan_tuned, read_expected

        resolved = _read(config, overrides)
        plan = plan_tuned(resolved, output) if tuned else plan_benchmark(resolved, output)
        games = resolved.tuning.games if tuned and resolved.tuning is not None else resolved.games
        folder = train_plan(plan, backend=chosen, overwrite=overwrite, command=_command(), report=progress.update)
        scores, curves = write_tables(
            plan,
            resolved.track,
            judged_games(games),
            _command(),
            lambda done, total: progress.update(done, total, "judging"),
        )
        pages = [folder / "report.md", *([document] if document else [])]
        expected = read_expected(resolved) if resolved.settings is not None else None
        for page in pages:
            page.parent.mkdir(parents=True, exist_ok=True)
            write_page(scores, curves, page, track=resolved.track, command=_command(), expected=expected)
    paths = [folder / "scores.parquet", folder / "curves.parquet", *pages]
    typer.echo("\n".join(["Results:", *(f"  {path.resolve()}" for path in paths)]))


@app.command("tune")
def tune(
    config: ConfigArgument,
    overrides: Overrides = None,
    output: OutputOption = RESULTS,
    workers: WorkersOption = None,
    backend: BackendOption = "local",
    address: AddressOption = None,
    write: Annotated[
        Path | None, typer.Option("--write", help="Also write the chosen settings to this file, for the key settings.")
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run all trials of every learner on the development games, and choose settings. Test games are refused.

    What was interrupted goes on where it stopped. The folder NAME-tuning holds every trial and settings.yaml.
    """
    chosen = chosen_backend("olivebranch benchmark", backend, workers, address)
    with Progress(f"tune {config}", "runs", quiet=quiet) as progress:
        from olivebranch.train.benchmark.run import train_plan
        from olivebranch.train.benchmark.tuning import SETTINGS, as_json_text, plan_tuning, tuned, write_settings

        resolved = _read(config, overrides)
        plan = plan_tuning(resolved, output)
        folder = train_plan(plan, backend=chosen, overwrite=overwrite, command=_command(), report=progress.update)
        found = tuned(resolved, output)
        for path in (folder / SETTINGS, *([write] if write else [])):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_settings(resolved, found, path)
    if as_json:
        typer.echo(as_json_text(found))
        return
    for label, one in found.items():
        typer.echo(
            f"{label:<24} trial {one.common:>2} of {len(one.expected)}; mean log10 score of the best of 1: "
            f"{one.expected[0]:.2f}, of all: {one.expected[-1]:.2f}"
        )
    typer.echo(f"{folder / SETTINGS}")


@app.command("trials")
def trials(
    folder: Annotated[Path, typer.Argument(help="Where spaces/KIND.yaml lie.")] = Path("configs/benchmark"),
    number: Annotated[int, typer.Option(help="The number of trials, the default included.", min=1)] = 40,
    seed: Annotated[int, typer.Option(help="The seed of the draws.", min=0)] = 1,
) -> None:
    """Draw the trials of every learner from its published ranges, and write them to trials/KIND.yaml."""
    from olivebranch.train.benchmark.spaces import read_space, write_trials

    spaces = sorted((folder / "spaces").glob("*.yaml"))
    if not spaces:
        raise ParameterError("folder", str(folder), "a folder with spaces/KIND.yaml")
    for path in spaces:
        space = read_space(path)
        drawn = space.trials(number, seed)
        write_trials(space.kind, seed, drawn, folder / "trials" / path.name)
        typer.echo(f"{space.kind:<24} {len(drawn)} trials")


@app.command("draw")
def draw(
    split: Annotated[str, typer.Argument(help="development or test.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.", show_default=False)],
    seed: Annotated[int, typer.Option(help="The seed of the draws.")] = 0,
    quiet: QuietOption = False,
) -> None:
    """Draw a set of games by the structure of their equilibria, and certify each."""
    with Progress("benchmark draw", "games", quiet=quiet) as progress:
        from olivebranch.theory.certified.sets import draw_set, write_set

        chosen = draw_set(split, seed, progress.update)
        write_set(chosen, output)
    typer.echo(f"{output}: {len(chosen.games)} games, SHA-256 {chosen.sha256}")


@app.command("certify")
def certify(
    games: Annotated[Path, typer.Argument(help="A file of certified games.", show_default=False)],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check every certificate of a set of games again. The exit code is 1 if one does not hold."""
    with Progress(f"certify {games}", "games", quiet=quiet) as progress:
        from olivebranch.theory.certified.sets import faults_of, read_set

        chosen, found = read_set(games), {}
        for number, game in enumerate(chosen.games):
            progress.update(number, len(chosen.games), game.name)
            found[game.name] = faults_of(game)
    wrong = {name: faults for name, faults in found.items() if faults}
    if as_json:
        content = {
            game.name: {
                "stratum": game.stratum,
                "method": game.certificate["method"],
                "sha256": game.sha256,
                "faults": found[game.name],
            }
            for game in chosen.games
        }
        typer.echo(json.dumps({"split": chosen.split, "sha256": chosen.sha256, "games": content}))
    else:
        for game in chosen.games:
            said = "; ".join(found[game.name]) or "holds"
            typer.echo(f"{game.name:<22} {game.stratum:<20} {game.certificate['method']:<20} {said}")
        typer.echo(f"{len(chosen.games)} games of the {chosen.split} set, SHA-256 {chosen.sha256}")
    if wrong:
        raise typer.Exit(1)


@app.command("submit")
def submit(
    source: Annotated[
        str,
        typer.Argument(
            help="module:function or file.py:function, a run folder or another policy; file.py:Class, a learner; or a "
            "folder of tables GAME/seed-0000/answer.table.",
            show_default=False,
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the submission.", show_default=False)],
    track: Annotated[str, typer.Option(help="tree, tabular or deep.", show_default=False)],
    name: Annotated[str | None, typer.Option(help="Of the submission (default: the name of the folder).")] = None,
    games: GamesOption = TEST_GAMES,
    budget: Annotated[
        str, typer.Option(help="Of a learner, e.g. decisions-100000 or steps-1000.")
    ] = "decisions-100000",
    seeds: Annotated[int, typer.Option(help="Of a learner.", min=1)] = 10,
    workers: WorkersOption = None,
    backend: BackendOption = "local",
    address: AddressOption = None,
    quiet: QuietOption = False,
) -> None:
    """Make a submission: a folder of policy tables in every game of a set, with a manifest.

    A learner is trained by the protocol; a policy is written down as it is. `olivebranch benchmark rescore` judges it.
    """
    chosen = chosen_backend("olivebranch benchmark", backend, workers, address)
    with Progress(f"submit {source}", "runs", quiet=quiet) as progress:
        from olivebranch.eval.benchmark.entering import enter

        path = enter(
            source,
            output,
            games,
            name=name or output.name,
            track=track,
            budget=budget,
            seeds=seeds,
            backend=chosen,
            command=_command(),
            report=progress.update,
        )
    typer.echo(f"{path}: judge it by olivebranch benchmark rescore {path}")


@app.command("rescore")
def rescore(
    folders: Annotated[list[Path], typer.Argument(help="Folders of submissions.", show_default=False)],
    games: GamesOption = TEST_GAMES,
    board: Annotated[
        Path | None, typer.Option("--board", help="Add rows to this leaderboard, e.g. docs/leaderboard.md.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compute every number of some submissions again, exactly, from their tables alone.

    A table that is not the one of its manifest, or is not worth what is claimed to 1e-12, is refused.
    """
    with Progress("rescore", "tables", quiet=quiet) as progress:
        from olivebranch.eval.benchmark.judging import judged_set
        from olivebranch.eval.benchmark.page import board_row, write_board
        from olivebranch.eval.benchmark.submissions import rescore as compute

        identity, by_name = judged_set(games)
        rows = [board_row(compute(folder, by_name, progress.update), identity) for folder in folders]
        if board is not None:
            write_board(rows, board)
    for row in rows:
        if as_json:
            typer.echo(json.dumps(row))
            continue
        value, low, high = row["statistics"]["mean"]
        reached, supported = ("/".join(map(str, row[key])) for key in ("reached", "supported"))
        typer.echo(
            f"{row['name']:<24} {row['track']:<8} {row['budget']:<20} mean log10 score {value:.3f} "
            f"[{low:.3f}, {high:.3f}] in {row['n_games']} games; reached {reached}, supported {supported}"
        )


@app.command("cost")
def cost(
    config: ConfigArgument,
    overrides: Overrides = None,
    measured: Annotated[
        Path | None,
        typer.Option("--measured", help="Where benchmark folders lie: measure this config's finished runs there."),
    ] = None,
    write: Annotated[Path | None, typer.Option("--write", help="Write what was measured to this file.")] = None,
    costs: Annotated[Path, typer.Option("--costs", help="A file of measured costs, to predict by.")] = Path(
        "configs/benchmark/costs.yaml"
    ),
    tuning: Annotated[bool, typer.Option("--tuning", help="The bill of tuning instead.")] = False,
    processors: Annotated[int, typer.Option(help="On how many processors it will run.", min=1)] = 2,
    price: Annotated[float | None, typer.Option(help="Of a processor for an hour, in any currency.", min=0)] = None,
    as_json: JsonOption = False,
) -> None:
    """Predict the bill of a benchmark by measured costs, or measure costs from finished runs."""
    from olivebranch.train.benchmark.costs import measure_costs, predict, read_costs, write_costs
    from olivebranch.train.benchmark.run import plan_benchmark
    from olivebranch.train.benchmark.tuning import plan_tuning

    resolved = _read(config, overrides)
    plan = (plan_tuning if tuning else plan_benchmark)(resolved, measured or RESULTS)
    if measured is not None:
        done = [cell for cell in plan.cells if cell.path.exists()]
        if not done:
            raise ParameterError("measured", str(measured), f"a folder that holds runs of {resolved.name}")
        known = measure_costs(done)
        if write is not None:
            write_costs(known, write)
    else:
        known = read_costs(costs)
    bill = predict(plan.cells, known)
    hours = bill.seconds / 3600
    content = {**bill.as_dict(), "hours": hours / processors, "price": None if price is None else price * hours}
    if as_json:
        typer.echo(json.dumps(content))
        return
    typer.echo(
        f"{bill.runs:,} runs, {hours:.2f} processor hours: {hours / processors:.2f} hours on {processors} processors"
    )
    if price is not None:
        typer.echo(f"price: {price * hours:.2f}")
    typer.echo(f"{bill.bytes / 2**20:,.0f} MiB on disk")
    for learner, seconds in sorted(bill.by_learner.items(), key=lambda pair: -pair[1]):
        typer.echo(f"  {learner:<26} {seconds / 3600:.3f} processor hours")
    if bill.guessed:
        typer.echo(
            f"{len(bill.guessed)} pairs of learner and game were not measured, and are charged as the nearest one."
        )
    if bill.unknown:
        typer.echo(f"nothing was measured of: {', '.join(bill.unknown)}")
