"""The pictures of a benchmark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from olivebranch.eval.figures.palette import COLOURS
from olivebranch.eval.intervals import Estimate
from olivebranch.games.base import FloatArray

FIGURES = {
    "means": "Interquartile means with 95 % stratified-bootstrap intervals",
    "profiles": "Performance profiles: share of runs at most the threshold",
    "improvement": "Probability that a run of the row is nearer to equilibrium than one of the column",
    "reached": "Which equilibria were reached, by preset",
    "cost": "Cycling, and what a run costs",
}


@dataclass(frozen=True)
class Panel:
    """One measure: what it is called, and its statistics as in ``BenchmarkReport``."""

    title: str
    means: Mapping[str, Estimate]
    profiles: Mapping[str, tuple[FloatArray, FloatArray, FloatArray]]
    improvement: Mapping[tuple[str, str], Estimate]
    thresholds: FloatArray


def draw_figures(
    panels: Sequence[Panel],
    reached: Mapping[tuple[str, str], Mapping[str, Estimate]],
    table: pl.DataFrame,
    algorithms: Sequence[str],
    presets: Sequence[str],
) -> dict[str, Figure]:
    """All pictures, by the names in ``FIGURES``."""
    return {
        "means": _means(panels, algorithms),
        "profiles": _profiles(panels, algorithms),
        "improvement": _improvement(panels, algorithms),
        "reached": _reached(reached, algorithms, presets),
        "cost": _cost(table, algorithms),
    }


def _colours(algorithms: Sequence[str]) -> dict[str, Any]:
    return {name: colormaps["tab20"]((2 * i) % 20 + (2 * i) // 20) for i, name in enumerate(algorithms)}


def _means(panels: Sequence[Panel], algorithms: Sequence[str]) -> Figure:
    figure = Figure(figsize=(11, 0.32 * len(algorithms) + 1.3), dpi=100, layout="constrained")
    order = sorted(algorithms, key=lambda name: -panels[0].means[name].value)
    for axes, panel in zip(figure.subplots(1, len(panels), sharey=True), panels, strict=True):
        for row, name in enumerate(order):
            estimate, colour = panel.means[name], _colours(algorithms)[name]
            axes.plot(
                [estimate.low, estimate.high], [row, row], color=colour, linewidth=9, alpha=0.45, solid_capstyle="butt"
            )
            axes.plot(estimate.value, row, "|", color="black", markersize=13, markeredgewidth=2)
        axes.set_yticks(range(len(order)), order)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"{panel.title}\n(interquartile mean; less is better)")
        axes.grid(alpha=0.25)
    return figure


def _profiles(panels: Sequence[Panel], algorithms: Sequence[str]) -> Figure:
    figure = Figure(figsize=(12, 4.8), dpi=100, layout="constrained")
    colours = _colours(algorithms)
    for axes, panel in zip(figure.subplots(1, len(panels), sharey=True), panels, strict=True):
        for name in algorithms:
            share, low, high = panel.profiles[name]
            axes.step(panel.thresholds, share, where="post", color=colours[name], label=name)
            axes.fill_between(panel.thresholds, low, high, step="post", color=colours[name], alpha=0.12, linewidth=0)
        axes.set_xscale("log")
        axes.set_xlabel(f"threshold: {panel.title}")
        axes.set_ylim(-0.02, 1.02)
        axes.grid(alpha=0.25)
    figure.axes[0].set_ylabel("share of runs at most the threshold")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False, fontsize=9)
    return figure


def _improvement(panels: Sequence[Panel], algorithms: Sequence[str]) -> Figure:
    n = len(algorithms)
    figure = Figure(figsize=(1.1 * n + 3, 0.5 * n + 2.2), dpi=100, layout="constrained")
    for number, (axes, panel) in enumerate(zip(figure.subplots(1, len(panels)), panels, strict=True)):
        matrix = np.full((n, n), 0.5)
        for i, one in enumerate(algorithms):
            for j, other in enumerate(algorithms):
                if i != j:
                    estimate = panel.improvement[one, other]
                    matrix[i, j] = estimate.value
                    sure = estimate.low > 0.5 or estimate.high < 0.5
                    weight = "bold" if sure else "normal"
                    ink = "white" if abs(estimate.value - 0.5) > 0.35 else "black"
                    axes.text(
                        j, i, f"{estimate.value:.2f}", ha="center", va="center", fontsize=7, color=ink, weight=weight
                    )
        axes.imshow(matrix, cmap="PuOr", vmin=0, vmax=1, aspect="auto")
        axes.set_xticks(range(n), algorithms, rotation=60, ha="right", fontsize=8)
        axes.set_yticks(range(n), algorithms if number == 0 else [], fontsize=8)
        axes.set_title(f"{panel.title}\n(row better than column; bold: interval off 1/2)", fontsize=9)
    return figure


def _reached(
    reached: Mapping[tuple[str, str], Mapping[str, Estimate]], algorithms: Sequence[str], presets: Sequence[str]
) -> Figure:
    names = sorted({name for shares in reached.values() for name in shares} - {"none"})
    others = iter(colormaps["Set3"](np.linspace(0, 1, 12)).tolist() * (1 + len(names) // 12))
    colours: dict[str, Any] = {name: COLOURS.get(name) or next(others) for name in names} | {"none": "#EEEEEE"}
    columns = min(3, len(presets))
    rows = -(-len(presets) // columns)
    figure = Figure(figsize=(4.3 * columns, rows * (0.21 * len(algorithms) + 0.7) + 1), dpi=100, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[len(presets) :]:
        axes.set_axis_off()
    for preset, axes in zip(presets, grid.flat, strict=False):
        for row, algorithm in enumerate(algorithms):
            left = 0.0
            for name, estimate in reached[preset, algorithm].items():
                axes.barh(row, estimate.value, left=left, color=colours[name], edgecolor="white", linewidth=0.4)
                left += estimate.value
        axes.set_title(preset, fontsize=10)
        axes.set_yticks(range(len(algorithms)), algorithms, fontsize=8)
        axes.set_xlim(0, 1)
    grid[0, 0].invert_yaxis()
    handles = [Patch(color=colour, label=name) for name, colour in colours.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    return figure


def _cost(table: pl.DataFrame, algorithms: Sequence[str]) -> Figure:
    figure = Figure(figsize=(12, 0.3 * len(algorithms) + 1.4), dpi=100, layout="constrained")
    columns = {
        "averaging_gap": "play distance, last to average",
        "late_winding": "winding of the last fifth",
        "wall_seconds": "seconds a run",
        "episodes": "episodes a run",
    }
    last = table.filter(pl.col("policy") == "last")
    for axes, (column, title) in zip(figure.subplots(1, len(columns), sharey=True), columns.items(), strict=True):
        for row, name in enumerate(algorithms):
            values = last.filter(pl.col("algorithm") == name)[column].cast(pl.Float64).drop_nulls().to_numpy()
            if len(values):
                spread = row + np.linspace(-0.25, 0.25, len(values))
                axes.plot(values, spread, ".", color=_colours(algorithms)[name], markersize=4)
                axes.plot(np.median(values), row, "|", color="black", markersize=11, markeredgewidth=2)
        axes.set_yticks(range(len(algorithms)), algorithms, fontsize=8)
        if column == "wall_seconds":
            axes.set_xscale("log")
        elif column == "episodes":
            axes.set_xscale("symlog", linthresh=10_000)  # exact learners play none
            axes.set_xlim(left=-1000)
        axes.set_xlabel(title)
        axes.grid(alpha=0.25)
    figure.axes[0].invert_yaxis()
    return figure
