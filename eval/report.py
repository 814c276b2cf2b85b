"""Learned against theory as a table for the terminal, and as CSV."""

import csv
import io
from collections.abc import Sequence

from rich.table import Table

from olivebranch.eval.intervals import Estimate
from olivebranch.eval.runs import RunReport
from olivebranch.eval.summary import NONE, Summary
from olivebranch.games.talks import RECEIVER, SENDER


def comparison_table(reports: Sequence[RunReport]) -> Table:
    """One row a learner and kind of policy, grouped by game; the components reached as counts of seeds."""
    table = Table(title="Learned play against the analytic equilibria", title_justify="left")
    table.add_column("game / learner", no_wrap=True)
    for column in ("NashConv", "TV on path", "TV off path"):
        table.add_column(column, justify="right")
    table.add_column("equilibria reached, of seeds")
    games = list(dict.fromkeys(report.parameters for report in reports))
    grouped = sorted(reports, key=lambda report: games.index(report.parameters))
    for position, report in enumerate(grouped):
        if position == 0 or grouped[position - 1].parameters != report.parameters:
            if position:
                table.add_section()
            table.add_row(
                f"[bold]{report.game}[/bold]", "", "", "", f"[bold]exist: {', '.join(report.solution.names)}[/bold]"
            )
        for which, profile in report.profiles.items():
            summary = profile.summary
            table.add_row(
                f"  {report.learner}" + (f", {which}" if which != "last" else ""),
                _short(summary.nash_conv),
                _short(summary.on_path),
                _short(summary.off_path),
                counts(summary),
            )
    table.caption = (
        "Means over seeds ± half the 95 % bootstrap interval. TV: total variation to the nearest component. "
        "Reached: within 0.05 on and off the path; (on path): only there."
    )
    table.caption_justify = "left"
    return table


def counts(summary: Summary) -> str:
    """E.g. ``"pool-talk 4/5, none 1/5"``; seeds that reached only a component's outcome are told apart."""
    parts = []
    for name, frequency in summary.reached.items():
        reached = round(frequency.value * summary.seeds)
        outcome_only = round(summary.outcome_reached[name].value * summary.seeds) - reached if name != NONE else 0
        if name == NONE:
            reached = round(summary.outcome_reached[NONE].value * summary.seeds)
        if reached:
            parts.append(f"{name} {reached}/{summary.seeds}")
        if outcome_only > 0:
            parts.append(f"{name} (on path) {outcome_only}/{summary.seeds}")
    return ", ".join(parts)


def _short(estimate: Estimate) -> str:
    half = 0.5 * (estimate.high - estimate.low)
    return f"{estimate.value:.3f}" if half < 0.0005 else f"{estimate.value:.3f}±{half:.3f}"


CSV_COLUMNS = (
    "game",
    "learner",
    "policy",
    "seed",
    "nash_conv",
    "gain_sender",
    "gain_receiver",
    "offer_high",
    "offer_low",
    "escalate_after_offer",
    "escalate_after_fight",
    "nearest",
    "on_path",
    "off_path",
    "behaviour",
    "reached",
)


def comparison_csv(reports: Sequence[RunReport]) -> str:
    """One line a seed, with the columns that people plot."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for report in reports:
        for which, profile in report.profiles.items():
            for seed, comparison in zip(profile.seeds, profile.comparisons, strict=True):
                nearest = comparison.nearest
                writer.writerow(
                    {
                        "game": report.game,
                        "learner": report.learner,
                        "policy": which,
                        "seed": seed,
                        "nash_conv": comparison.evaluation.nash_conv,
                        "gain_sender": comparison.evaluation.gains[SENDER],
                        "gain_receiver": comparison.evaluation.gains[RECEIVER],
                        **vars(comparison.behaviour),
                        "nearest": nearest.component,
                        "on_path": nearest.on_path,
                        "off_path": nearest.off_path,
                        "behaviour": nearest.behaviour,
                        "reached": comparison.reached or NONE,
                    }
                )
    return text.getvalue()
