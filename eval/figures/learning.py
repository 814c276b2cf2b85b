"""NashConv over training: the picture of an evaluation where a game has no map of equilibria."""

from collections.abc import Mapping, Sequence
from typing import Literal

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from olivebranch.eval.figures.palette import COLOURS
from olivebranch.eval.runs import LearningCurve

STYLES: dict[str, Literal["-", "--"]] = {"last": "-", "average": "--"}
LINEAR_BELOW = 1e-3  # the vertical axis is logarithmic above this and linear below, so that zero can be shown


def draw_learning(rows: Sequence[tuple[str, str, Mapping[str, Mapping[str, Sequence[LearningCurve]]]]]) -> Figure:
    """A panel for each game, a colour for each learner, a line for each seed; at zero play is an equilibrium.

    The horizontal axis counts episodes, or updates where some learner of the game plays none.

    Args:
        rows: title, how equilibria are known, and by learner and kind of policy (``last``, ``average``) the curve of
            each seed.
    """
    matplotlib.rcParams["svg.hashsalt"] = "olivebranch"  # so that the same picture gives the same file
    learners = list(dict.fromkeys(name for *_, learned in rows for name in learned))
    colours = dict(zip(learners, list(COLOURS.values()) * len(learners), strict=False))
    kinds = [which for which in STYLES if any(which in found for *_, learned in rows for found in learned.values())]
    figure = Figure(figsize=(8.5, 3.6 * len(rows) + 0.9), dpi=110, layout="constrained")
    for (title, known, learned), axes in zip(rows, figure.subplots(len(rows), 1, squeeze=False)[:, 0], strict=True):
        curves = [curve for found in learned.values() for seeds in found.values() for curve in seeds]
        all_play = all(curve.episodes.any() for curve in curves)
        for name, found in learned.items():
            for which, seeds in found.items():
                for curve in seeds:
                    reached = curve.episodes if all_play else curve.updates
                    axes.plot(reached, curve.nash_conv, STYLES[which], color=colours[name], linewidth=1.2, alpha=0.8)
        axes.axhline(0.0, color="#111111", linewidth=2)
        axes.set_yscale("symlog", linthresh=LINEAR_BELOW)
        axes.set_ylim(bottom=-0.2 * LINEAR_BELOW)
        axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
        axes.set_title(f"equilibria: {known}", loc="right", fontsize=8)
        axes.set_xlabel("episodes" if all_play else "updates")
        axes.set_ylabel("NashConv")
        axes.grid(alpha=0.25)
    handles = [
        Line2D([], [], color="#111111", linewidth=2, label="equilibrium (theory)"),
        *(Line2D([], [], color=colours[name], label=name) for name in learners),
        *(Line2D([], [], color="#777777", linestyle=STYLES[which], label=f"{which} (a seed)") for which in kinds),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure
