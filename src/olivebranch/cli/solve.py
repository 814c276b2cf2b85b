"""``olivebranch solve``: all equilibria of one talks game, or of every game in a file."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from olivebranch.cli.parts.errors import BadInput
from olivebranch.cli.parts.files import read_json_lines
from olivebranch.cli.parts.games import GameOption, ParametersOption, PresetOption, named_game, read_parameters
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import NamedGame
from olivebranch.games.talks import RANGES, TalksColumns, TalksParameters, describe_range

if TYPE_CHECKING:
    from olivebranch.theory.talks.solve import TalksSolution


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("solve")(solve)


def _option(name: str) -> Any:
    return typer.Option(
        f"--{name.replace('_', '-')}",
        help=f"{RANGES[name][4]}; {describe_range(name)}",
        rich_help_panel="Parameters",
        show_default=False,
    )


def solve(
    prior_high: Annotated[float | None, _option("prior_high")] = None,
    loss_high: Annotated[float | None, _option("loss_high")] = None,
    loss_low: Annotated[float | None, _option("loss_low")] = None,
    escalation_cost: Annotated[float | None, _option("escalation_cost")] = None,
    sender_dividend: Annotated[float | None, _option("sender_dividend")] = None,
    receiver_dividend: Annotated[float | None, _option("receiver_dividend")] = None,
    pressure: Annotated[float | None, _option("pressure")] = None,
    shelter: Annotated[float | None, _option("shelter")] = None,
    face_cost: Annotated[float | None, _option("face_cost")] = None,
    guarantee: Annotated[float | None, _option("guarantee")] = None,
    game: GameOption = None,
    preset: PresetOption = None,
    parameter: ParametersOption = None,
    file: Annotated[
        str | None, typer.Option(help="Solve each line of this JSON-lines file instead ('-': standard input).")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Also hold every component against the definition, without closed forms.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each game instead of a table.")
    ] = False,
) -> None:
    """Find all perfect Bayesian equilibria of the talks game, with beliefs, off-path sets and refinement verdicts.

    Pressure, shelter, face cost and guarantee default to 0; the other parameters must be given, or come from a game
    that is named.
    """
    given = {
        name: value
        for name, value in zip(
            RANGES,
            (
                prior_high,
                loss_high,
                loss_low,
                escalation_cost,
                sender_dividend,
                receiver_dividend,
                pressure,
                shelter,
                face_cost,
                guarantee,
            ),
            strict=True,
        )
        if value is not None
    }
    if file is not None:
        if given or game or preset or parameter:
            raise BadInput(f"--file = {file!r}: expected no parameters and no game beside it")
        _solve_file(file, check, as_json)
        return
    if game is None and preset is None:
        label, parameters = "", TalksParameters.from_mapping({**read_parameters(parameter), **given})
    else:
        chosen = _talks_game(named_game(game, preset, parameter))
        label, base = chosen.label, chosen.parameters_as(TalksParameters)
        parameters = TalksParameters.from_mapping({**base.as_dict(), **given})

    from olivebranch.theory.talks.solve import solve_talks

    solution = solve_talks(parameters)
    checks = _checked(parameters, solution) if check else None
    if as_json:
        typer.echo(json.dumps(_as_dict(solution, checks)))
    else:
        _print_tables(parameters, label)
    if checks is not None:
        _end_of_check(checks, as_json)


def _talks_game(game: NamedGame) -> NamedGame:
    """The same game, if it is a talks game; another is told where its equilibria can be searched for."""
    if type(game.parameters) is not TalksParameters:
        option = "--preset" if game.preset is not None else "--game"
        raise BadInput(
            f"game = {game.spec!r}: expected a talks game, and this one is of the kind {game.kind!r}; "
            f"`olivebranch equilibria {option} {game.spec}` searches for its equilibria"
        )
    return game


def _checked(parameters: TalksParameters, solution: "TalksSolution") -> list[dict[str, Any]]:
    """Each component held against the definition at both ends of its off-path interval."""
    from olivebranch.theory.talks.check import check_equilibrium

    checks = [check_equilibrium(parameters, equilibrium) for equilibrium in solution.equilibria]
    return [
        {
            "is_equilibrium": all(bool(check.is_equilibrium) for check in ends),
            "worst_regret": max(float(check.worst_regret) for check in ends),
        }
        for ends in checks
    ]


def _as_dict(solution: "TalksSolution", checks: list[dict[str, Any]] | None) -> dict[str, Any]:
    """What ``--json`` prints; with ``--check`` each component has ``check`` too."""
    line = solution.as_dict()
    for component, check in zip(line["equilibria"], checks or (), strict=False):
        component["check"] = check
    return line


def _end_of_check(checks: list[dict[str, Any]], as_json: bool) -> None:
    """Say how many components passed, and exit with 1 unless all did."""
    passed, worst = sum(check["is_equilibrium"] for check in checks), max(check["worst_regret"] for check in checks)
    if not as_json:
        typer.echo(
            f"By the definition, at both ends of every interval, {passed:,} of {len(checks):,} components are "
            f"equilibria; the largest regret is {worst:.0e}."
        )
    if passed < len(checks):
        raise typer.Exit(1)


def _solve_file(path: str, check: bool, as_json: bool) -> None:
    with Progress("solve", "games read") as progress:
        from olivebranch.theory.talks.solve import solve_many

        games: list[TalksParameters] = []
        objects = read_json_lines(path)
        for where, values in objects:
            progress.update(len(games), len(objects))
            try:
                games.append(TalksParameters.from_mapping(values))
            except ParameterError as error:
                raise BadInput(f"{where}: {error}") from None
        progress.update(len(games), len(games), "solving")
        solutions = solve_many(TalksColumns.of(games))
        checks: list[list[dict[str, Any]] | None] = [None] * len(games)
        if check:
            for number, (parameters, solution) in enumerate(zip(games, solutions, strict=True)):
                progress.update(number, len(games), "checking")
                checks[number] = _checked(parameters, solution)
    if as_json:
        lines = (json.dumps(_as_dict(*pair)) + "\n" for pair in zip(solutions, checks, strict=True))
        sys.stdout.write("".join(lines))
    else:
        _print_counts([solution.names for solution in solutions])
        if by_enumeration := sum(solution.enumerated is not None for solution in solutions):
            typer.echo(
                f"On knife edges where the closed forms have no row: {by_enumeration:,}. Their extreme equilibria, "
                "component-I-extreme-J, come from exact enumeration."
            )
    if check:
        _end_of_check([one for found in checks for one in found or ()], as_json)


def _print_tables(parameters: TalksParameters, label: str) -> None:
    from olivebranch.theory.talks.solve import solve_talks, thresholds

    solution = solve_talks(parameters)
    console = Console()
    table = Table(title=f"Equilibria of the talks game{f' ({label})' if label else ''}", title_justify="left")
    table.add_column("")
    for equilibrium in solution.equilibria:
        table.add_column(equilibrium.name, justify="right")
    verdict = {True: "survives", False: "fails"}
    for label, cells in (
        ("high type offers", [f"{e.offer_high:.3f}" for e in solution.equilibria]),
        ("low type offers", [f"{e.offer_low:.3f}" for e in solution.equilibria]),
        ("escalate after offer", [format_interval(e.escalate_after_offer) for e in solution.equilibria]),
        ("escalate after fight", [format_interval(e.escalate_after_fight) for e in solution.equilibria]),
        ("Pr(high) after offer", [format_interval(e.belief_after_offer) for e in solution.equilibria]),
        ("Pr(high) after fight", [format_interval(e.belief_after_fight) for e in solution.equilibria]),
        ("D1", [verdict[e.d1] for e in solution.equilibria]),
        ("intuitive criterion", [verdict[e.intuitive] for e in solution.equilibria]),
    ):
        table.add_row(label, *cells)
    console.print(table)
    t = thresholds(parameters)
    console.print(
        f"After an offer, the receiver {escalates(t.belief_after_offer)}. After fighting, it "
        f"{escalates(t.belief_after_fight)}. The prior is {float(parameters.prior_high):.3f}.\n"
        f"Adverse inference: {t.adverse_inference:+.3f} (D1 reads an unexpected offer as "
        f"{'weakness' if t.adverse_inference > 0 else 'strength' if t.adverse_inference < 0 else 'neither'})."
    )
    if solution.enumerated is None:
        for edge in solution.knife_edges:
            console.print(f"Knife edge: {edge}; components may be wider than shown.")
        return
    for edge in solution.knife_edges:
        console.print(f"Knife edge: {edge}.")
    count = len(solution.enumerated.components)
    console.print(
        "At this knife edge the closed forms have no row, so the equilibria were enumerated exactly. Shown are all "
        f"extreme equilibria of {count:,} connected component{'s' if count > 1 else ''}; each component consists of "
        "them and of mixtures of them (--json has the pieces)."
    )


def escalates(threshold: float) -> str:
    """What a receiver does that compares its belief Pr(high), which lies in [0, 1], with ``threshold``."""
    if threshold < 0:
        return "never escalates, whatever it believes"
    if threshold == 0:
        return "never gains by escalating, whatever it believes"
    return "always escalates, whatever it believes" if threshold > 1 else f"escalates if Pr(high) < {threshold:.3f}"


def format_interval(interval: tuple[float, float]) -> str:
    """``"0.500"`` for a point, ``"[0.200, 1.000]"`` for a set."""
    low, high = interval
    return f"{low:.3f}" if low == high else f"[{low:.3f}, {high:.3f}]"


def _print_counts(names: list[tuple[str, ...]]) -> None:
    table = Table(title=f"{len(names):,} games", title_justify="left")
    table.add_column("components")
    table.add_column("games", justify="right")
    counts: dict[tuple[str, ...], int] = {}
    for found in names:
        counts[found] = counts.get(found, 0) + 1
    for found, count in sorted(counts.items(), key=lambda item: -item[1]):
        table.add_row(", ".join(found) or "none", f"{count:,}")
    Console().print(table)
