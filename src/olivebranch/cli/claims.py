"""``olivebranch claims``: the claims ledger, decided."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from olivebranch.cli.errors import BadInput
from olivebranch.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from olivebranch.theory.claims.checking import CheckResult, ClaimResult

SHOWN = {
    "holds": "[green]holds[/]",
    "holds with a correction": "[yellow]corrected[/]",
    "fails": "[red]fails[/]",
}


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("claims")(claims)


def claims(
    theory: Annotated[
        bool,
        typer.Option("--theory", help="Decide the theory column: each claim against all equilibria, and under D1."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each claim instead of tables.")
    ] = False,
    draws: Annotated[int, typer.Option(help="The number of random games for each statement.", min=1)] = 100_000,
    seed: Annotated[int, typer.Option(help="The seed of the draws.", min=0)] = 0,
) -> None:
    """Decide whether each claim is true in the model, for all equilibria (PBE) and for those that survive D1.

    Every claim consists of a few statements. Each of them is tested on random games inside its condition, just outside
    it or along a path of a parameter, and counterexamples are printed. docs/claims.md has the statements, verdicts and
    proofs.
    """
    if not theory:
        raise BadInput("claims: expected --theory, which names the column of the ledger that this command computes")
    with Progress("claims", "statements") as progress:
        import numpy as np

        from olivebranch.theory.claims.checking import decide_claims
        from olivebranch.theory.claims.ledger import CLAIMS

        progress.update(0, sum(len(claim.checks) for claim in CLAIMS))
        results = decide_claims(
            CLAIMS,
            np.random.default_rng(seed),
            draws,
            progress=lambda claim, _: progress.advance(claim.key),
        )
    if as_json:
        for result in results:
            typer.echo(json.dumps(result.as_dict(), ensure_ascii=False))
        return
    console = Console()
    for result in results:
        _print_claim(console, result)
    console.print(_summary(results))


def _summary(results: "tuple[ClaimResult, ...]") -> Table:
    table = Table(title="The claims ledger, theory column", title_justify="left")
    for column in ("claim", "PBE", "D1"):
        table.add_column(column, no_wrap=True)
    for column in ("tests", "draws", "against"):
        table.add_column(column, justify="right")
    for result in results:
        verdicts = [result.verdict(refinement) for refinement in ("PBE", "D1")]
        stated = [r for r in result.results if r.check.universal]
        table.add_row(
            f"{result.claim.key} {result.claim.title}",
            *(SHOWN[verdict] for verdict in verdicts),
            str(len(result.results)),
            f"{sum(r.draws for r in result.results):,}",
            f"{sum(r.failures for r in stated if r.check.part == 'as written'):,}",
        )
    table.caption = (
        "Against: counterexamples to the claim as written. docs/claims.md has what holds instead, with proofs."
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
