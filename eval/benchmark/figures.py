"""The pictures of a benchmark: at most nine lines in each."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from olivebranch.eval.benchmark.summaries import Summary, log_scores
from olivebranch.games.base import FloatArray

MOST_LINES = 9
# Okabe and Ito, and grey: colours and markers that can be told apart without colour vision.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#B8A100", "#888888")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")


def groups_of(learners: Sequence[str]) -> list[tuple[str, ...]]:
    """Learners in as few groups as pictures need, of nearly the same size."""
    parts = ceil(len(learners) / MOST_LINES)
    return [tuple(part) for part in np.array_split(np.array(learners, dtype=object), parts)]


def draw_means(found: Mapping[str, Mapping[str, Summary]]) -> Figure:
    """The mean log10 score over games of each learner with its interval, a panel for each budget."""
    budgets = list(found)
    names = sorted(found[budgets[-1]], key=lambda name: -found[budgets[-1]][name].statistics["mean"].value)
    figure = Figure(figsize=(3.6 * len(budgets) + 1.6, 0.42 * len(names) + 1.3), dpi=110, layout="constrained")
    for axes, budget in zip(
        figure.subplots(1, len(budgets), sharey=True, sharex=True, squeeze=False)[0], budgets, strict=True
    ):
        for row, name in enumerate(names):
            estimate = found[budget][name].statistics["mean"]
            axes.plot([estimate.low, estimate.high], [row, row], color="#0072B2", linewidth=3, solid_capstyle="butt")
            axes.plot(estimate.value, row, "o", color="black", markersize=5)
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel(f"log10 score, {budget.replace('-', ' ')}\n(left is better)")
        axes.grid(alpha=0.3)
    return figure


def draw_curves(curves: pl.DataFrame, strata: Mapping[str, str], learners: Sequence[str], unit: str) -> Figure:
    """Mean log10 score over games and seeds while learning, a panel for each stratum.

    Args:
        curves: rows of one budget of ``curves.parquet``.
        strata: of each game.
        learners: at most nine.
        unit: of the horizontal axis.
    """
    names = list(dict.fromkeys(strata.values()))
    columns = min(3, len(names))
    rows = ceil(len(names) / columns)
    figure = Figure(figsize=(3.7 * columns, 2.7 * rows + 0.6), dpi=110, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True).flat
    for stratum, axes in zip(names, panels, strict=False):
        games = [game for game, own in strata.items() if own == stratum]
        for learner, colour, marker in zip(learners, COLOURS, MARKERS, strict=False):
            own = curves.filter((pl.col("learner") == learner) & pl.col("game").is_in(games))
            shares, values = mean_curve(own)
            axes.plot(
                shares, values, color=colour, marker=marker, markersize=4, markevery=max(1, len(shares) // 5),
                linewidth=1.6, label=learner,
            )  # fmt: skip
        axes.set_title(f"{stratum} ({len(games)} games)", fontsize=10)
        axes.grid(alpha=0.3)
    for axes in list(panels):
        axes.set_axis_off()
    for axes in figure.axes[-columns:]:
        axes.set_xlabel(f"share of the {unit}")
    figure.supylabel("mean log10 score", fontsize=10)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    return figure


def draw_tuning(expected: Mapping[str, Sequence[float]], learners: Sequence[str]) -> Figure:
    """What the best of n trials is worth, against n; at most nine learners."""
    figure = Figure(figsize=(6.4, 3.8), dpi=110, layout="constrained")
    axes = figure.subplots()
    for learner, colour, marker in zip(learners, COLOURS, MARKERS, strict=False):
        values = expected[learner]
        axes.plot(
            range(1, len(values) + 1), values, color=colour, marker=marker, markersize=4,
            markevery=max(1, len(values) // 6), linewidth=1.6, label=learner,
        )  # fmt: skip
    axes.set_xlabel("number of random trials")
    axes.set_ylabel("expected mean log10 score of the best")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, frameon=False)
    return figure


def mean_curve(curves: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
    """The mean of log scores at each share of training; every run is measured at the same shares, or nearly."""
    rows = []
    grid = np.linspace(0.0, 1.0, 21)
    for _, run in curves.group_by(["game", "seed"], maintain_order=True):
        units = run["units"].to_numpy()
        rows.append(np.interp(grid, units / units[-1], log_scores(run["score"])))
    return grid, np.mean(rows, axis=0)
