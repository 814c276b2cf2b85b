"""Pictures of an experiment: which rule learners follow, doors that stay closed, freezing, off-path replies."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from olivebranch.eval.selection.tables import Row, Tables
from olivebranch.games.base import FloatArray

DOORS = 9  # learners in the picture of doors, at most


def draw_disagreements(tables: Tables) -> Figure | None:
    """By learner and disagreement, how much oftener runs from uniform play end at what the first rule names."""
    rows = [row for row in tables["disagreements"] if row["start"] == "uniform"]
    if not rows:
        return None
    samples, learners = _names(rows, "sample"), _names(rows, "learner")
    values = _grid(rows, samples, learners, "sample", "learner", "difference")
    figure = _figure(3.0 + 0.75 * len(learners), 1.9 + 0.36 * len(samples))
    axes = figure.subplots()
    painted = axes.imshow(values, vmin=-1, vmax=1, cmap="PuOr", aspect="auto")
    _labels(axes, learners, samples, values)
    figure.colorbar(painted, ax=axes, label="first rule less second")
    axes.set_title("Which rule do they follow?")
    return figure


def draw_doors(tables: Tables) -> Figure | None:
    """Survival of pool-fight by cell, with intervals, for the first learners of the config."""
    cells = {row["sample"] for row in tables["samples"] if row["kind"] == "cell"}
    rows = [r for r in tables["survival"] if r["component"] == "pool-fight" and r["sample"] in cells]
    if not rows:
        return None
    samples, learners = _names(rows, "sample"), _names(rows, "learner")[:DOORS]
    figure = _figure(max(2.2 + 2.1 * len(samples), 5.0), 1.4 + 0.32 * len(learners))
    panels = figure.subplots(1, len(samples), sharey=True, squeeze=False)[0]
    for panel, sample in zip(panels, samples, strict=True):
        for place, learner in enumerate(learners):
            for row in (r for r in rows if (r["sample"], r["learner"]) == (sample, learner)):
                panel.plot([row["share_low"], row["share_high"]], [place, place], color="#0072B2", linewidth=2)
                panel.plot(row["share"], place, "o", color="#0072B2", markersize=5)
        panel.set_title(sample.replace(", ", ",\n"), fontsize=9)
        panel.set_xlim(-0.05, 1.05)
        panel.set_xlabel("ends there", fontsize=9)
        panel.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(learners)), learners)
    panels[0].invert_yaxis()
    figure.suptitle("Does the closed door stay closed?")
    return figure


def draw_freezing(tables: Tables) -> Figure | None:
    """By step size and plays: share of frozen runs above, mean reply to an offer below."""
    rows = tables["freezing"]
    if not rows:
        return None
    kinds = _names(rows, "exploration")
    figure = _figure(1.2 + 4.2 * len(kinds), 7.0)
    panels = figure.subplots(2, len(kinds), squeeze=False)
    for column, kind in enumerate(kinds):
        some = [row for row in rows if row["exploration"] == kind]
        steps, plays = _names(some, "step_size"), _names(some, "plays")
        for line, (name, heading) in enumerate(
            (("frozen", "share of runs that froze"), ("mean_reply", "mean reply to an offer"))
        ):
            values = _grid(some, steps, plays, "step_size", "plays", name)
            panel = panels[line, column]
            panel.imshow(values, vmin=0, vmax=1, cmap="cividis", aspect="auto")
            _labels(panel, [f"{n:,}" for n in plays], [f"{s:g}" for s in steps], values)
            panel.set_title(f"{kind}: {heading}", fontsize=10)
            panel.set_xlabel("plays over which exploration falls")
            panel.set_ylabel("step size")
    return figure


def draw_off_path(tables: Tables) -> Figure | None:
    """Game by game, the learned reply to an offer against q(τ)."""
    rows = tables["off-path"]
    if not rows:
        return None
    figure = _figure(8.6, 4.4)
    panels = figure.subplots(1, 2, sharey=True)
    predicted = np.array([row["predicted"] for row in rows])
    for panel, (name, heading) in zip(
        panels, (("boltzmann", "Boltzmann"), ("epsilon_greedy", "ε-greedy")), strict=True
    ):
        replies = np.array([row[f"{name}_reply"] for row in rows])
        panel.plot([0, 1], [0, 1], color="#999999", linewidth=1)
        panel.plot(predicted, replies, "o", color="#D55E00", markersize=4, alpha=0.6)
        gap = np.median(np.abs(replies - predicted))
        panel.set_title(f"{heading} exploration: median gap {gap:.3f}", fontsize=10)
        panel.set_xlabel("q(τ), predicted")
    panels[0].set_ylabel("reply to an offer, learned")
    return figure


def _figure(width: float, height: float) -> Figure:
    matplotlib.rcParams["svg.hashsalt"] = "olivebranch"  # so that the same picture gives the same file
    return Figure(figsize=(width, height), dpi=110, layout="constrained")


def _names(rows: Sequence[Row], key: str) -> list[Any]:
    return list(dict.fromkeys(row[key] for row in rows))


def _grid(rows: Sequence[Row], down: list[Any], across: list[Any], first: str, second: str, value: str) -> FloatArray:
    found = np.full((len(down), len(across)), np.nan)
    for row in rows:
        found[down.index(row[first]), across.index(row[second])] = row[value]
    return found


def _labels(axes: Any, across: Sequence[str], down: Sequence[str], values: FloatArray) -> None:
    axes.set_xticks(range(len(across)), across, rotation=35, ha="right", fontsize=8)
    axes.set_yticks(range(len(down)), down, fontsize=8)
    for (line, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            axes.text(column, line, f"{value:.2f}", ha="center", va="center", fontsize=7, bbox=_BOX)


_BOX = {"facecolor": "white", "alpha": 0.65, "edgecolor": "none", "pad": 1.0}
