"""Learned play on the equilibrium regions: the picture of an evaluation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from olivebranch.eval.figures.palette import COLOURS, set_colour
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.regions import region_map
from olivebranch.theory.talks.solve import TalksSolution

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "h")

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
    learners = list(dict.fromkeys(name for *_, learned in rows for name in learned))
    figure = Figure(figsize=(13.5, 4.1 * len(rows) + 0.9), dpi=110, layout="constrained")
    axes = figure.subplots(len(rows), 3, squeeze=False)
    for (title, parameters, solution, learned), (map_axes, sender_axes, receiver_axes) in zip(rows, axes, strict=True):
        draw_region(map_axes, parameters, x, y, resolution)
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
        for number, name in enumerate(learners):
            seeds = learned.get(name, ())
            # Seeds often fall on one point; a fixed spiral around it, one arm a learner, keeps them all visible.
            angle = 2 * np.pi * number / max(len(learners), 1) + 0.5 * np.arange(len(seeds))
            radius = 0.012 + 0.004 * np.arange(len(seeds)) ** 0.5
            shift = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
            style = _learned(number)
            for panel, points in (
                (sender_axes, [(b.offer_high, b.offer_low) for b in seeds]),
                (receiver_axes, [(b.escalate_after_offer, b.escalate_after_fight) for b in seeds]),
            ):
                if points:
                    panel.plot(*(np.array(points) + shift).T, **style)
    theory = [
        Line2D([], [], label=f"{name} (theory)", **{**_theory(COLOURS[name]), "markersize": 12})
        for name in dict.fromkeys(e.name for _, _, solution, _ in rows for e in solution.equilibria)
    ]
    seeds_handles = [Line2D([], [], label=f"{name} (a seed)", **_learned(i)) for i, name in enumerate(learners)]
    figure.legend(handles=[*theory, *seeds_handles], loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def draw_region(axes: Any, parameters: TalksParameters, x: str, y: str, resolution: int = 160) -> None:
    """Which components exist around ``parameters``, as a map over ``x`` and ``y`` with a star where the game lies."""
    regions = region_map(parameters, x, y, resolution=resolution)
    numbers, sets = regions.labels()
    colours = [set_colour(names) for names in sets]
    extent = (*_ends(regions.x_values), *_ends(regions.y_values))
    shown = np.ma.masked_less(numbers, 0)
    axes.imshow(
        shown,
        origin="lower",
        extent=extent,
        aspect="auto",
        cmap=ListedColormap(colours or ["white"]),
        vmin=-0.5,
        vmax=max(len(colours), 1) - 0.5,
        interpolation="nearest",
        alpha=0.85,
    )
    axes.plot(getattr(parameters, x), getattr(parameters, y), "*", color="black", markersize=14, clip_on=False)
    axes.set_xlabel(x.replace("_", " "))
    axes.set_ylabel(y.replace("_", " "))
    handles = [
        Patch(color=colour, alpha=0.85, label=" + ".join(names)) for colour, names in zip(colours, sets, strict=True)
    ]
    axes.legend(handles=handles[:8], fontsize=6.5, loc="upper left", framealpha=0.85, handlelength=1.2)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure to a temporary file beside ``path`` and rename it; the ending decides the format."""
    temporary = path.with_name(f".{path.name}.tmp{path.suffix}")
    metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(temporary, metadata=metadata)
    temporary.replace(path)


def _ends(values: Any) -> tuple[float, float]:
    half = 0.5 * (values[1] - values[0])
    return float(values[0] - half), float(values[-1] + half)


def _plane(axes: Any, x_label: str, y_label: str) -> None:
    axes.set_xlim(-0.06, 1.06)
    axes.set_ylim(-0.06, 1.06)
    axes.set_xlabel(f"Pr({x_label})")
    axes.set_ylabel(f"Pr({y_label})")
    axes.grid(alpha=0.25)
    axes.set_box_aspect(1)


def _theory(colour: str) -> dict[str, Any]:
    """A ring, drawn above the seeds, wide enough to stay visible around a heap of them."""
    return {
        "marker": "o",
        "markersize": 24,
        "markerfacecolor": (*to_rgb(colour), 0.22),
        "markeredgecolor": colour,
        "markeredgewidth": 3,
        "linestyle": "none",
        "clip_on": False,
        "zorder": 4,
    }


def _learned(number: int) -> dict[str, Any]:
    shades = ("#111111", "#FFFFFF", "#7A1FA2", "#F6D55C", "#3A6EA5", "#B0413E")
    return {
        "marker": MARKERS[number % len(MARKERS)],
        "markersize": 6,
        "markerfacecolor": shades[number % len(shades)],
        "markeredgecolor": "#111111",
        "markeredgewidth": 0.7,
        "linestyle": "none",
        "clip_on": False,
    }
