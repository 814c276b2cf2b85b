"""Maps of equilibrium regions: colours for what exists, names in place, the analytic boundaries drawn on top."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import numpy as np
from contourpy import contour_generator
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.ndimage import label, minimum_filter

from olivebranch.eval.figures.palette import ink, set_colour
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.talks.boundaries import BOUNDARIES, boundary_values, separates
from olivebranch.theory.talks.regions import RegionMap, games_over, is_valid

PANEL = 4.6  # inches, the side of a map
FINE = 401  # points along each axis for the boundary curves
SYMBOLS = {
    "prior_high": r"\pi", "loss_high": r"\ell_H", "loss_low": r"\ell_L", "escalation_cost": "k",
    "sender_dividend": "b_S", "receiver_dividend": "b_R", "pressure": r"\lambda", "shelter": "s", "face_cost": "f",
    "guarantee": "g",
}  # fmt: skip
PANEL_TITLES = {False: "all equilibria (PBE)", True: "equilibria that survive D1"}


@dataclass
class Panel:
    """One map while it is drawn: its axes, what it shows, and the places that text already takes.

    Attributes:
        numbers: ``[n_y, n_x]``, positions in ``sets``; -1 where the parameters are not valid.
        side: its width and height in inches.
        taken: rectangles (left, bottom, right, top) in shares of the panel.
        unnamed: the sets that no region had room to name.
    """

    axes: Any
    regions: RegionMap
    refined: bool
    numbers: IntArray
    sets: tuple[tuple[str, ...], ...]
    side: float = PANEL
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)
    unnamed: list[tuple[str, ...]] = field(default_factory=list)

    def is_free(self, box: tuple[float, float, float, float]) -> bool:
        inside = box[0] >= 0.005 and box[1] >= 0.005 and box[2] <= 0.995 and box[3] <= 0.995
        return inside and not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in self.taken
        )


def draw_regions(
    maps: Sequence[RegionMap], refined: Sequence[bool] = (False, True), slices: str | None = None, title: str = ""
) -> Figure:
    """One column a map, one row for each kind of equilibrium.

    Args:
        maps: maps over the same two parameters.
        refined: for each row, whether it shows only the components that survive D1. A single map is drawn with its
            kinds side by side.
        slices: the third parameter, whose value heads each column.
        title: above everything.
    """
    matplotlib.rcParams["svg.hashsalt"] = "olivebranch"  # so that the same picture gives the same file
    wide = len(maps) == 1
    rows, columns = (1, len(refined)) if wide else (len(refined), len(maps))
    panels: list[Panel] = []
    figure = Figure(dpi=120, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for number, (axes, (regions, kind)) in enumerate(
        zip(grid.flat, ((m, kind) for kind in refined for m in maps), strict=True)
    ):
        panels.append(draw_panel(axes, regions, kind))
        heading = [] if slices is None else [f"${SYMBOLS[slices]}$ = {getattr(regions.base, slices):g}"]
        if wide or number % columns == 0:
            heading.append(PANEL_TITLES[kind])
        axes.set_title(", ".join(heading), fontsize=10)
        if number % columns == 0:
            axes.set_ylabel(_axis_label(regions.y))
        if number // columns == rows - 1:
            axes.set_xlabel(_axis_label(regions.x))
    if title:
        figure.suptitle(title, fontsize=12, fontweight="bold")
    _legend(
        figure, panels, columns, "the parameters given" if slices is None else "the parameters given, on these axes"
    )
    return figure


def _axis_label(name: str) -> str:
    return f"{name.replace('_', ' ')}  ${SYMBOLS[name]}$"


def draw_panel(axes: Any, regions: RegionMap, refined: bool = False, side: float = PANEL) -> Panel:
    """Draw one map on ``axes``: regions with their names where there is room, exact boundaries, a star at the base.

    Args:
        refined: show only the components that survive D1.
        side: the width and height of the panel in inches, by which the names are fitted.
    """
    numbers, sets = regions.labels(refined)
    panel = Panel(axes, regions, refined, numbers, sets, side)
    colours = np.array([to_rgb(set_colour(names)) for names in sets] + [(1.0, 1.0, 1.0)])
    axes.imshow(
        colours[numbers],
        origin="lower",
        extent=(*regions.x_range, *regions.y_range),
        aspect="auto",
        interpolation="nearest",
    )
    axes.set_box_aspect(1)
    _cover_invalid(panel)
    base = (getattr(regions.base, regions.x), getattr(regions.base, regions.y))
    spot = [(value - low) / (high - low) for value, (low, high) in zip(base, _ranges(regions), strict=True)]
    if all(0 <= share <= 1 for share in spot):
        axes.plot(*base, "*", color="#111111", markeredgecolor="white", markersize=13, clip_on=False, zorder=5)
        panel.taken.append((spot[0] - 0.025, spot[1] - 0.025, spot[0] + 0.025, spot[1] + 0.025))
    curves = list(_curves(panel))
    for points, active, _ in curves:
        _draw_curve(axes, points, active)
    _name_regions(panel)
    for points, active, symbol in curves:
        _name_curve(panel, points, active, symbol)
    axes.set_xlim(regions.x_range)
    axes.set_ylim(regions.y_range)
    return panel


def _ranges(regions: RegionMap) -> tuple[tuple[float, float], tuple[float, float]]:
    return regions.x_range, regions.y_range


def _cover_invalid(panel: Panel) -> None:
    """Grey where the types are not ordered, with a straight edge in place of the grid's steps."""
    regions = panel.regions
    if regions.valid.all():
        return
    xs, ys = (np.linspace(*ends, FINE) for ends in _ranges(regions))
    games = games_over(regions.base, regions.x, regions.y, xs[None, :], ys[:, None])
    spread = games.loss_low - games.loss_high
    panel.axes.contourf(xs, ys, spread, levels=[-2.0, 0.0], colors=["#ECECEC"], zorder=2)
    panel.axes.contour(xs, ys, spread, levels=[0.0], colors=["#888888"], linewidths=1.0, zorder=2)


def _curves(panel: Panel) -> Iterator[tuple[FloatArray, BoolArray, str]]:
    """Each piece of each boundary: points ``[n, 2]``, whether its segments separate two regions ``[n-1]``, symbol."""
    regions = panel.regions
    xs, ys = (np.linspace(*ends, FINE) for ends in _ranges(regions))
    scale = (xs[-1] - xs[0], ys[-1] - ys[0])
    values = boundary_values(regions.base, regions.x, regions.y, xs[None, :], ys[:, None])
    for index, boundary in enumerate(BOUNDARIES):
        lines: Any = contour_generator(xs, ys, values[index]).lines(0.0)
        for points in lines:
            middles = (points[1:] + points[:-1]) / 2
            if not is_valid(games_over(regions.base, regions.x, regions.y, middles[:, 0], middles[:, 1])).any():
                continue
            active = separates(regions.base, regions.x, regions.y, index, middles, scale, panel.refined)
            yield points, active, boundary.symbol


def _draw_curve(axes: Any, points: FloatArray, active: BoolArray) -> None:
    segments = np.stack([points[:-1], points[1:]], axis=1)
    styles: tuple[tuple[BoolArray, dict[str, Any]], ...] = (
        (~active, {"colors": "#00000038", "linewidths": 0.8, "linestyles": "dotted", "zorder": 1.5}),
        (active, {"colors": "#111111", "linewidths": 1.5, "capstyle": "round", "zorder": 3}),
    )
    for chosen, style in styles:
        if chosen.any():
            axes.add_collection(LineCollection(_joined(segments, chosen), **style))


def _joined(segments: FloatArray, chosen: BoolArray) -> list[FloatArray]:
    """Runs of chosen segments as polylines, so that dots and caps come out evenly."""
    runs = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    for start, end in edges.reshape(-1, 2):
        runs.append(np.concatenate([segments[start:end, 0], segments[end - 1 : end, 1]]))
    return runs


def _text_size(lines: Sequence[str], points: float, side: float) -> tuple[float, float]:
    """Width and height of a text in shares of a panel of ``side`` inches, with a little air."""
    unit = points / 72 / side
    return (0.56 * max(map(len, lines)) + 0.6) * unit, (1.25 * len(lines) + 0.5) * unit


def _name_regions(panel: Panel) -> None:
    """Write each set of components into its largest region, as large as it fits; what fits nowhere is left over."""
    n_y, n_x = panel.numbers.shape
    for number, names in enumerate(panel.sets):
        mask = panel.numbers == number
        for left, bottom, right, top in panel.taken:
            rows = slice(max(int(bottom * n_y), 0), int(np.ceil(top * n_y)))
            mask[rows, max(int(left * n_x), 0) : int(np.ceil(right * n_x))] = False
        lines = [names[0], *(f"+ {name}" for name in names[1:])] if names else ["none"]
        for points in (10.0, 9.0, 8.0, 7.0, 6.0):
            width, height = _text_size(lines, points, panel.side)
            spot = _widest_place(mask, width, height)
            if spot is not None:
                x, y = spot
                panel.taken.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
                panel.axes.text(
                    x, y, "\n".join(lines), fontsize=points, color=ink(set_colour(names)), ha="center", va="center",
                    transform=panel.axes.transAxes, linespacing=1.2, zorder=4,
                )  # fmt: skip
                break
        else:
            panel.unnamed.append(names)


def _widest_place(mask: BoolArray, width: float, height: float) -> tuple[float, float] | None:
    """Where a box fits into the region, nearest the middle of its largest part; None if nowhere."""
    n_y, n_x = mask.shape
    size = (max(int(np.ceil(height * n_y)) | 1, 1), max(int(np.ceil(width * n_x)) | 1, 1))
    if size[0] > n_y or size[1] > n_x:
        return None
    fits = minimum_filter(mask, size=size, mode="constant", cval=False)
    if not fits.any():
        return None
    parts, _ = label(mask)
    sizes = np.bincount(parts[fits])
    rows, columns = np.nonzero(fits & (parts == sizes.argmax()))
    centre = rows.mean(), columns.mean()
    nearest = np.argmin((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2)
    return float((columns[nearest] + 0.5) / n_x), float((rows[nearest] + 0.5) / n_y)


def _name_curve(panel: Panel, points: FloatArray, active: BoolArray, symbol: str) -> None:
    """Write a boundary's equation beside its longest part that separates regions, where there is room."""
    ranges = np.array(_ranges(panel.regions))
    shares = (points - ranges[:, 0]) / (ranges[:, 1] - ranges[:, 0])
    runs = _joined(np.stack([shares[:-1], shares[1:]], axis=1), active)
    if not runs:
        return
    lengths = [np.linalg.norm(np.diff(run, axis=0), axis=1) for run in runs]
    best = int(np.argmax([part.sum() for part in lengths]))
    along = np.concatenate([[0.0], np.cumsum(lengths[best])])
    if along[-1] < 0.08:
        return
    plain = symbol.replace("\\mu", "m").replace("\\alpha", "a").replace("\\pi", "p").replace("_", "")
    width, height = _text_size([plain], 7.5, panel.side)
    for fraction in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.12, 0.88):
        x, y = (float(np.interp(fraction * along[-1], along, runs[best][:, axis])) for axis in (0, 1))
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if panel.is_free(box):
            panel.taken.append(box)
            panel.axes.text(
                x, y, f"${symbol}$", fontsize=7.5, ha="center", va="center", transform=panel.axes.transAxes, zorder=6,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "boxstyle": "round,pad=0.12"},
            )  # fmt: skip
            return


def _legend(figure: Figure, panels: Sequence[Panel], columns: int, star: str) -> None:
    """Below: the sets that some panel could not name in place, and what the lines and the star are. Sets the size."""
    unnamed = dict.fromkeys(names for panel in panels for names in panel.unnamed)
    handles: list[Any] = [
        Patch(facecolor=set_colour(names), edgecolor="#00000055", label=" + ".join(names) or "none")
        for names in unnamed
    ]
    handles += [
        Line2D([], [], color="#111111", linewidth=1.5, label="boundary between regions (exact)"),
        Line2D(
            [], [], color="#00000070", linewidth=0.8, linestyle="dotted", label="threshold that changes nothing here"
        ),
        Line2D([], [], color="#111111", marker="*", markersize=10, linestyle="none", label=star),
    ]
    across = min(columns, 3)
    figure.legend(handles=handles, loc="outside lower center", ncols=across, fontsize=8, frameon=False)
    rows = len(panels) // columns
    lines = -(-len(handles) // across)
    figure.set_size_inches(PANEL * columns + 0.7, (PANEL + 0.35) * rows + 0.19 * lines + 0.85)
