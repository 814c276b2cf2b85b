"""Learned play on the equilibrium regions: the picture of an evaluation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from olivebranch.eval.figures.palette import COLOURS, set_colour
from olivebranch.eval.figures.regions import draw_panel
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.regions import region_map
from olivebranch.theory.talks.solve import TalksSolution

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "h")

SHADES = ("#111111", "#7A1FA2", "#1F5FA8", "#A8321F", "#5B6B00", "#006D77")
AVERAGE = ", average"  # how labels of the average of play end
SIDE = 3.2  # inches of a panel of this picture, about
HEAP = 0.04  # seeds as near as that share a place
SPACING = 0.019  # between marks at one place, as a share of the panel
GOLDEN_ANGLE = np.pi * (3 - 5**0.5)

Point = tuple[float, float]
Style = dict[str, Any]
Learned = Mapping[str, Sequence[TalksBehaviour]]


def draw_comparison(
    rows: Sequence[tuple[str, TalksParameters, TalksSolution, Learned]],
    x: str = "pressure",
    y: str = "escalation_cost",
    resolution: int = 160,
) -> Figure:
    """A row of three panels for each game: where it lies on the map of equilibria, the sender's play, the receiver's.

    Args:
        rows: title, parameters, analytic solution, and by learner the behaviour of each seed.
        x, y: the parameters that span the map.
        resolution: grid points along each axis of the map.
    """
    matplotlib.rcParams["svg.hashsalt"] = "olivebranch"  # so that the same picture gives the same file
    unnamed: dict[tuple[str, ...], None] = {}
    learners = list(dict.fromkeys(name for *_, learned in rows for name in learned))
    styles = _styles(learners)
    figure = Figure(figsize=(13.5, 4.1 * len(rows) + 0.9), dpi=110, layout="constrained")
    axes = figure.subplots(len(rows), 3, squeeze=False)
    for (title, parameters, solution, learned), (map_axes, sender_axes, receiver_axes) in zip(rows, axes, strict=True):
        panel = draw_panel(map_axes, region_map(parameters, x, y, resolution=resolution), side=SIDE)
        unnamed |= dict.fromkeys(panel.unnamed)
        map_axes.set_xlabel(x.replace("_", " "))
        map_axes.set_ylabel(y.replace("_", " "))
        map_axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
        _plane(sender_axes, "the sender offers, high type", "the sender offers, low type")
        _plane(receiver_axes, "the receiver escalates after an offer", "the receiver escalates after fighting")
        for equilibrium in solution.equilibria:
            colour = COLOURS[equilibrium.name]
            sender_axes.plot(equilibrium.offer_high, equilibrium.offer_low, **_theory(colour))
            q, r = equilibrium.escalate_after_offer, equilibrium.escalate_after_fight
            if q[0] == q[1] and r[0] == r[1]:
                receiver_axes.plot(q[0], r[0], **_theory(colour))
            else:
                receiver_axes.plot(q, r, color=colour, linewidth=20, alpha=0.35, solid_capstyle="butt", clip_on=False)
        sent = {name: [(b.offer_high, b.offer_low) for b in seeds] for name, seeds in learned.items()}
        answered = {
            name: [(b.escalate_after_offer, b.escalate_after_fight) for b in seeds] for name, seeds in learned.items()
        }
        _plot_seeds(sender_axes, sent, styles)
        _plot_seeds(receiver_axes, answered, styles)
    theory = [
        Line2D([], [], label=f"{name} (theory)", **{**_theory(COLOURS[name]), "markersize": 12})
        for name in dict.fromkeys(e.name for _, _, solution, _ in rows for e in solution.equilibria)
    ]
    regions = [Patch(facecolor=set_colour(names), edgecolor="#00000055", label=" + ".join(names)) for names in unnamed]
    marks = [Line2D([], [], label=f"{name} (a seed)", **style) for name, style in styles.items()]
    figure.legend(handles=[*theory, *regions, *marks], loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def _plot_seeds(axes: Any, seeds: Mapping[str, Sequence[Point]], styles: Mapping[str, Style]) -> None:
    """One mark a seed. Marks that would hide each other are set side by side, on a spiral around their common place."""
    heaps: dict[tuple[int, int], int] = {}
    for name, points in seeds.items():
        placed = []
        for x, y in points:
            cell = round(x / HEAP), round(y / HEAP)
            number = heaps[cell] = heaps.get(cell, -1) + 1
            radius, angle = SPACING * number**0.5, GOLDEN_ANGLE * number  # as the seeds of a sunflower lie
            placed.append((x + radius * np.cos(angle), y + radius * np.sin(angle)))
        if placed:
            axes.plot(*np.array(placed).T, **styles[name])


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure to a temporary file beside ``path`` and rename it; the ending decides the format."""
    temporary = path.with_name(f".{path.name}.tmp{path.suffix}")
    metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(temporary, metadata=metadata)
    temporary.replace(path)


def _plane(axes: Any, x_label: str, y_label: str) -> None:
    axes.set_xlim(-0.13, 1.13)
    axes.set_ylim(-0.13, 1.13)
    axes.set_xlabel(f"Pr({x_label})")
    axes.set_ylabel(f"Pr({y_label})")
    axes.grid(alpha=0.25)
    axes.set_box_aspect(1)


def _theory(colour: str) -> dict[str, Any]:
    """A ring, wide enough to stay visible around a heap of seeds."""
    return {
        "marker": "o",
        "markersize": 34,
        "markerfacecolor": (*to_rgb(colour), 0.18),
        "markeredgecolor": colour,
        "markeredgewidth": 3,
        "linestyle": "none",
        "clip_on": False,
        "zorder": 3,
    }


def _styles(learners: Sequence[str]) -> dict[str, Style]:
    """A shape and a colour for each learner; last play is filled, the average of play is hollow."""
    plain = list(dict.fromkeys(name.removesuffix(AVERAGE) for name in learners))
    styles = {}
    for name in learners:
        number = plain.index(name.removesuffix(AVERAGE))
        colour = SHADES[number % len(SHADES)]
        styles[name] = {
            "marker": MARKERS[number % len(MARKERS)],
            "markersize": 4.5,
            "markerfacecolor": "white" if name.endswith(AVERAGE) else colour,
            "markeredgecolor": colour,
            "markeredgewidth": 1.0,
            "linestyle": "none",
            "clip_on": False,
            "zorder": 5,
        }
    return styles
