"""Learned against theory as a table for the terminal, and as CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from olivebranch.eval.intervals import Estimate
from olivebranch.eval.runs import RunReport
from olivebranch.eval.summary import Summary
from olivebranch.games.kinds import GameParameters
from olivebranch.theory.equilibria.reference import NO_COMPONENT, Source


def comparison_table(reports: Sequence[RunReport]) -> Table:
    """One row a learner and kind of policy, grouped by game; the components reached as counts of seeds."""
    table = Table(title="Learned play against the known equilibria", title_justify="left")
    table.add_column("game / learner", no_wrap=True)
    for column in ("NashConv", "gains", "TV on path", "TV off path"):
        table.add_column(column, justify="right")
    table.add_column("equilibria reached, of seeds")
    games = list(dict.fromkeys(map(_game, reports)))
    grouped = sorted(reports, key=lambda report: games.index(_game(report)))
    for position, report in enumerate(grouped):
        if position == 0 or _game(grouped[position - 1]) != _game(report):
            if position:
                table.add_section()
            table.add_row(
                f"[bold]{report.game}[/bold]", "", "/".join(report.players), "", "", f"[bold]{_known(report)}[/bold]"
            )
        for which, profile in report.profiles.items():
            summary = profile.summary
            table.add_row(
                f"  {report.label}" + (f", {which}" if which != "last" else ""),
                _short(summary.nash_conv),
                "/".join(f"{estimate.value:.3f}" for estimate in summary.gains.values()),
                _short(summary.on_path),
                _short(summary.off_path),
                counts(summary),
            )
    table.caption = (
        "Means over seeds ± half the 95 % bootstrap interval. Gains: of each player from a best response. TV: total "
        "variation between plays, to the nearest known equilibrium (-: none is known). "
        "Reached: within 0.05 on and off the path; (on path): only there."
    )
    for line in map(missing_line, (report for report in reports if report.missing_seeds)):
        table.caption += f"\nNot counted: {line}."
    table.caption_justify = "left"
    return table


def missing_line(report: RunReport) -> str:
    """What is said of a run whose config has seeds that are not trained."""
    seeds = ", ".join(map(str, report.missing_seeds))
    return f"{report.path}: the evaluation leaves out seeds of the config that are not trained: {seeds}"


def counts(summary: Summary) -> str:
    """E.g. ``"pool-talk 4/5, none 1/5"``; seeds that reached only a component's outcome are told apart."""
    parts = []
    for name, frequency in summary.reached.items():
        reached = round(frequency.value * summary.seeds)
        near = round(summary.outcome_reached[name].value * summary.seeds)
        outcome_only = near - reached if name != NO_COMPONENT else 0
        if name == NO_COMPONENT:
            reached = near
        if reached:
            parts.append(f"{name} {reached}/{summary.seeds}")
        if outcome_only > 0:
            parts.append(f"{name} (on path) {outcome_only}/{summary.seeds}")
    return ("; " if any("," in name for name in summary.reached) else ", ").join(parts)


def _game(report: RunReport) -> tuple[str, GameParameters]:
    return report.named.kind, report.named.parameters


def _known(report: RunReport) -> str:
    """Which equilibria there are, and how they are known; names may hold commas, so semicolons part them."""
    reference = report.reference
    if reference.source is Source.NONE:
        return f"no equilibrium is known: {reference.note}"
    if reference.source is Source.CLOSED_FORM:
        return f"exist: {', '.join(reference.names)}"
    verb = "exist" if reference.complete else "known"
    return f"{verb} ({reference.text}): {'; '.join(reference.names)}"


def _short(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    half = 0.5 * (estimate.high - estimate.low)
    return f"{estimate.value:.3f}" if half < 0.0005 else f"{estimate.value:.3f}±{half:.3f}"


def comparison_csv(reports: Sequence[RunReport]) -> str:
    """One line a seed, with the columns that people plot; a cell is empty where a game has no such number.

    Columns: game, learner, policy, seed, nash_conv, ``gain_PLAYER`` for every player, what a kind of game says of play
    (of the talks game its four probabilities), source (how equilibria are known), nearest, on_path, off_path, further
    distances (of the talks game behaviour), reached.
    """
    lines: list[dict[str, Any]] = []
    for report in reports:
        for which, profile in report.profiles.items():
            for number, (seed, evaluation, nearest) in enumerate(
                zip(profile.seeds, profile.evaluations, profile.nearest, strict=True)
            ):
                detail = profile.details[number] if profile.details else None
                gains = zip(report.players, evaluation.gains, strict=True)
                lines.append(
                    {
                        "game": report.game,
                        "learner": report.label,
                        "policy": which,
                        "seed": seed,
                        "nash_conv": evaluation.nash_conv,
                        **{f"gain_{player}": gain for player, gain in gains},
                        **(detail.play if detail else {}),
                        "source": report.reference.source.value,
                        "nearest": nearest.component,
                        "on_path": nearest.on_path if nearest.component != NO_COMPONENT else None,
                        "off_path": nearest.off_path,
                        **(detail.gaps if detail else {}),
                        "reached": nearest.name_if_reached,
                    }
                )
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(lines), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _columns(lines: Sequence[dict[str, Any]]) -> list[str]:
    """Every key, each after those that stand before it in its own line."""
    columns: list[str] = []
    for line in lines:
        place = 0
        for key in line:
            if key not in columns:
                columns.insert(place, key)
            place = columns.index(key) + 1
    return columns
