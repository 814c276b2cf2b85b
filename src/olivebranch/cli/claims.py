"""``olivebranch claims``: the claims ledger, decided by theory and learned."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from olivebranch.cli.parts.backends import AddressOption, BackendOption, WorkersOption, chosen_backend
from olivebranch.cli.parts.errors import BadInput
from olivebranch.cli.parts.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from olivebranch.theory.claims.checking import CheckResult, ClaimResult
    from olivebranch.train.ledger.config import LedgerConfig

SHOWN = {
    "holds": "[green]holds[/]",
    "holds with a correction": "[yellow]corrected[/]",
    "fails": "[red]fails[/]",
    "agrees": "[green]agrees[/]",
    "departs": "[red]departs[/]",
    "undecided": "[yellow]undecided[/]",
    None: "–",
}
READ_GAMES, LOGIT_GAMES = 500, 25  # of each sample, for theory alone


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("claims")(claims)


def claims(
    theory: Annotated[
        bool, typer.Option("--theory", help="Decide the theory columns of C1 to C9 alone; learn nothing, keep nothing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each claim instead of tables.")
    ] = False,
    draws: Annotated[
        int | None, typer.Option(help="The number of random games for each check of theory; 100,000 by default.", min=1)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The seed of everything random; 0 by default.", min=0)] = None,
    config: Annotated[
        Path | None, typer.Option(help="A YAML file that says which learners, games and wars; by default all.")
    ] = None,
    scale: Annotated[float, typer.Option(help="The share of all games and wars to take, for a quick look.")] = 1.0,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder in which ledger folders are made.")] = Path(
        "ledgers"
    ),
    workers: WorkersOption = None,
    backend: BackendOption = "local",
    address: AddressOption = None,
    page: Annotated[
        Path | None, typer.Option(help="Write the results into this page, below its marker (docs/claims-learned.md).")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Another ledger's folder: list the verdicts that differ, and exit with 1 if any."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a ledger of the same name.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Decide whether each claim is true in the model, and whether learners do what it says.

    Theory: for all equilibria (PBE), for those that survive D1 or passive conjectures, and for the limit of logit play;
    counterexamples are printed with --theory (docs/claims.md). Learned: what each learner does on random games inside
    the claim's condition, at its edge and outside, with intervals and a verdict (docs/claims-learned.md).

    The ledger lies in OUTPUT/claims-seed-SEED and takes some half an hour on two cores. One that was interrupted goes
    on where it stopped and ends with the same bytes.
    """
    if theory:
        if page or against or config or scale != 1.0:
            raise BadInput("--theory: expected no --page, --against, --config or --scale beside it")
        _theory_alone(100_000 if draws is None else draws, seed or 0, as_json, quiet)
        return
    chosen = chosen_backend("olivebranch claims", backend, workers, address)
    with Progress("claims", "chunks", quiet=quiet) as progress:
        from olivebranch.eval.ledger.page import differences, write_page
        from olivebranch.eval.ledger.report import ledger_report
        from olivebranch.train.ledger.run import run_ledger

        resolved = _config(config, scale, seed, draws)
        others = None if against is None else ledger_report(_config_of(against), against)
        folder = output / resolved.name
        if overwrite and (folder / "config.yaml").is_file():
            shutil.rmtree(folder)
        run_ledger(resolved, output, backend=chosen, report=progress.update)
        report = ledger_report(resolved, folder)
        if page is not None:
            write_page(page, resolved, report)
    found = None if others is None else differences(report, others)
    if as_json:
        for entry in report:
            typer.echo(json.dumps(entry, ensure_ascii=False))
        if found is not None:
            typer.echo(json.dumps({"differences": found}))
    else:
        Console().print(_verdicts(report))
        typer.echo(f"{folder}: every share and interval is in --json, and in the page that --page writes.")
        for row in found or ():
            typer.echo(f"{row['claim']}, {row['of']}: {row['here']} here, {row['there']} in {against}")
        if found is not None and not found:
            typer.echo(f"No verdict differs from {against}.")
    if found:
        raise typer.Exit(1)


def _config(path: Path | None, scale: float, seed: int | None, draws: int | None) -> "LedgerConfig":
    """The ledger that is asked for; unless a file names it, its name says its seed."""
    from olivebranch.train.config import read_values, validated
    from olivebranch.train.ledger.config import LedgerConfig

    values: dict[str, Any] = {} if path is None else dict(read_values(path, ()))
    changes = {key: value for key, value in (("seed", seed), ("draws", draws)) if value is not None}
    values |= changes
    values.setdefault("name", f"claims-seed-{values.get('seed', 0)}")
    resolved = validated(LedgerConfig, values)
    return resolved if scale == 1.0 else resolved.scaled(scale)


def _config_of(folder: Path) -> "LedgerConfig":
    from olivebranch.train.config import read_values, validated
    from olivebranch.train.ledger.config import LedgerConfig

    if not (folder / "config.yaml").is_file():
        raise BadInput(f"--against = {str(folder)!r}: expected a ledger's folder, which holds a config.yaml")
    return validated(LedgerConfig, read_values(folder / "config.yaml", ()))


def _verdicts(report: "Sequence[Mapping[str, Any]]") -> Table:
    table = Table(title="The claims ledger", title_justify="left")
    for column in ("claim", "PBE", "D1", "passive", "logit limit", "learned"):
        table.add_column(column, no_wrap=True)
    table.add_column("agree / depart / undecided", justify="right")
    for entry in report:
        verdicts = [row["verdict"] for row in entry["learned"]["learners"].values()]
        table.add_row(
            f"{entry['claim']} {entry['title']}",
            *(SHOWN[verdict] for verdict in entry["theory"]["verdicts"].values()),
            SHOWN[entry["learned"]["verdict"]],
            " / ".join(str(verdicts.count(verdict)) for verdict in ("agrees", "departs", "undecided")),
        )
    table.caption = "Learned: of the learners counted at the right, two thirds or more agree or depart."
    table.caption_justify = "left"
    return table


def _theory_alone(draws: int, seed: int, as_json: bool, quiet: bool) -> None:
    with Progress("claims", "statements", quiet=quiet) as progress:
        from dataclasses import asdict

        import numpy as np

        from olivebranch.theory.claims.checking import decide_claims
        from olivebranch.theory.claims.ledger import CLAIMS
        from olivebranch.theory.claims.play import draw_sample
        from olivebranch.theory.claims.reading import READINGS, read, reading_verdict
        from olivebranch.theory.claims.statements import STATEMENTS

        progress.update(0, sum(len(claim.checks) for claim in CLAIMS) + len(STATEMENTS))
        results = decide_claims(
            CLAIMS,
            np.random.default_rng(seed),
            draws,
            progress=lambda claim, _: progress.advance(claim.key),
        )
        answers = {}
        for number, statement in enumerate(STATEMENTS):
            sample = statement.samples["inside"]
            games = draw_sample(sample, min(draws, READ_GAMES), np.random.default_rng([seed, number])).after
            answers[statement.key] = read(statement, games, LOGIT_GAMES)
            progress.advance(statement.key)
    verdicts: dict[str, dict[str, str]] = {}
    for result in results:
        mine = [(s, answers[s.key]) for s in STATEMENTS if s.claim == result.claim.key]
        verdicts[result.claim.key] = result.as_dict()["verdicts"] | {r: reading_verdict(mine, r) for r in READINGS[2:]}
    if as_json:
        for result in results:
            key = result.claim.key
            shares = {
                s.key: {reading: asdict(answer) for reading, answer in answers[s.key].items()}
                for s in STATEMENTS
                if s.claim == key
            }
            line = result.as_dict() | {"verdicts": verdicts[key], "inside": shares}
            typer.echo(json.dumps(line, ensure_ascii=False))
        return
    console = Console()
    for result in results:
        _print_claim(console, result)
    console.print(_summary(results, verdicts))


def _summary(results: "tuple[ClaimResult, ...]", verdicts: "Mapping[str, Mapping[str, str]]") -> Table:
    table = Table(title="The claims ledger, theory columns", title_justify="left")
    for column in ("claim", "PBE", "D1", "passive", "logit limit"):
        table.add_column(column, no_wrap=True)
    for column in ("tests", "draws", "against"):
        table.add_column(column, justify="right")
    for result in results:
        stated = [r for r in result.results if r.check.universal]
        table.add_row(
            f"{result.claim.key} {result.claim.title}",
            *(SHOWN[verdict] for verdict in verdicts[result.claim.key].values()),
            str(len(result.results)),
            f"{sum(r.draws for r in result.results):,}",
            f"{sum(r.failures for r in stated if r.check.part == 'as written'):,}",
        )
    table.caption = (
        "Against: counterexamples to the claim as written. docs/claims.md has what holds instead, with proofs. Passive "
        "conjectures and the limit of logit play: does it hold in all of some games inside its condition?"
    )
    table.caption_justify = "left"
    return table


def _print_claim(console: Console, result: "ClaimResult") -> None:
    claim = result.claim
    console.print(f"\n[bold]{claim.key} {claim.title}.[/] {claim.statement}", highlight=False)
    if claim.correction:
        console.print(f"[yellow]Corrected:[/] {claim.correction}", highlight=False)
    for found in result.results:
        console.print(Padding(_line(found), (0, 0, 0, 2)), highlight=False)
        for example in found.counterexamples:
            solved = ", ".join(f"{name} ({'D1' if d1 else 'not D1'})" for name, d1 in example.equilibria.items())
            text = f"at {_values(example.parameters)}: {solved or 'none'}"
            if example.start is not None:
                moved = {key: value for key, value in example.start.items() if value != example.parameters[key]}
                text += f"; the path began at {_values(moved or example.start)}"
            if example.knife_edges:
                text += f"; knife edge: {'; '.join(example.knife_edges)}"
            console.print(Padding(f"[dim]{text}[/]", (0, 0, 0, 6)), highlight=False)


def _line(found: "CheckResult") -> str:
    check = found.check
    if not check.universal:
        mark = f"{100 * found.share:.0f} %"
    elif found.failures:
        mark = f"[red]✗ {found.failures:,}[/]"
    else:
        mark = "[green]✓[/]"
    return f"{mark} of {found.draws:,} \\[{check.refinement}, {check.part}, {check.place}] {check.statement}"


def _values(parameters: "Mapping[str, float]") -> str:
    return ", ".join(f"{name} {value:.12g}" for name, value in parameters.items())
