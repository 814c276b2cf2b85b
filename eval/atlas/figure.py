"""Pictures of a map of learning: what is learned where, beside what theory says is there."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from olivebranch.eval.atlas.scores import AtlasScores
from olivebranch.eval.figures.palette import COLOURS, set_colour
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.talks.kernel import D1, EXISTS, ROWS
from olivebranch.theory.talks.regions import RegionMap

WORDS = {"pool-talk": "pool-talk: everybody offers talks", "pool-fight": "pool-fight: nobody offers talks"}
NONE_COLOUR = "#2B2B2B"
INVALID_COLOUR = "#ECECEC"


def draw_map(
    regions: RegionMap, valid: BoolArray, scores: AtlasScores, title: str, extent: tuple[float, float, float, float]
) -> Figure:
    """Four panels over the same two parameters: the analytic regions, the component that most seeds reached, the
    share of seeds that reached it, and what a best response would still add.

    Args:
        regions: the analytic map over the same ranges, as fine as one likes.
        valid: which cells were trained, ``[n_y, n_x]``.
        scores: of those cells.
        title: above everything.
        extent: ends of the axes: left, right, bottom, top.
    """
    matplotlib.rcParams["svg.hashsalt"] = "olivebranch"  # so that the same picture gives the same file
    figure = Figure(figsize=(11.2, 12.2), dpi=110, layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    place = {"origin": "lower", "extent": extent, "aspect": "auto", "interpolation": "nearest"}

    sets = _paint_theory(axes[0, 0], regions, place)
    shares = np.stack([scores.share(row) for row in (*range(len(ROWS)), -1)], axis=1)
    leader = _paint_learning(axes[0, 1], valid, shares, place)

    missing = (np.nan,)
    hits = _spread(valid, 1 - shares[:, -1:], missing)[..., 0]
    painted = axes[1, 0].imshow(hits, vmin=0, vmax=1, cmap="cividis", **place)
    _bar(figure, painted, axes[1, 0], "share of seeds")
    loss = (scores.sender_loss + scores.receiver_loss).mean(axis=1)
    painted = axes[1, 1].imshow(_spread(valid, loss[:, None], missing)[..., 0], vmin=0, cmap="magma_r", **place)
    _bar(figure, painted, axes[1, 1], "shares of the stake")

    for panel, heading in zip(
        axes.flat,
        (
            "theory: the components that exist",
            "learning: the component that most seeds reach",
            "near an equilibrium of its cell, off the path included",
            "what best responses would add (NashConv)",
        ),
        strict=True,
    ):
        panel.set_title(heading, fontsize=11, loc="left")
        panel.set_facecolor(INVALID_COLOUR)
        panel.set_box_aspect(1)
        _borders(panel, regions)
    for panel in axes[1]:
        panel.set_xlabel(regions.x.replace("_", " "))
    for panel in axes[:, 0]:
        panel.set_ylabel(regions.y.replace("_", " "))
    _finish(figure, _labels(sets, leader, regions), title)
    return figure


def draw_pair(
    regions: RegionMap, valid: BoolArray, scores: AtlasScores, title: str, extent: tuple[float, float, float, float]
) -> Figure:
    """The first two panels of :func:`draw_map` alone, for pages: theory beside learning.

    Args:
        regions, valid, scores, title, extent: as there.
    """
    matplotlib.rcParams["svg.hashsalt"] = "olivebranch"
    figure = Figure(figsize=(10.4, 6.3), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    place = {"origin": "lower", "extent": extent, "aspect": "auto", "interpolation": "nearest"}
    sets = _paint_theory(left, regions, place)
    shares = np.stack([scores.share(row) for row in (*range(len(ROWS)), -1)], axis=1)
    leader = _paint_learning(right, valid, shares, place)
    for panel, heading in ((left, "theory: the equilibria that exist"), (right, "learning: what most runs end in")):
        panel.set_title(heading, fontsize=12, loc="left")
        panel.set_xlabel(regions.x.replace("_", " "))
        panel.set_facecolor(INVALID_COLOUR)
        panel.set_box_aspect(1)
        _borders(panel, regions)
    left.set_ylabel(regions.y.replace("_", " "))
    _finish(figure, _labels(sets, leader, regions), title)
    return figure


def _paint_theory(panel: Any, regions: RegionMap, place: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """The regions; tells the sets of components that occur."""
    numbers, sets = regions.labels()
    palette = np.array([to_rgb(set_colour(names)) for names in sets] + [to_rgb(INVALID_COLOUR)])
    panel.imshow(palette[numbers], **place)
    return sets


def _paint_learning(panel: Any, valid: BoolArray, shares: FloatArray, place: Mapping[str, Any]) -> IntArray:
    """The component that most seeds reached, by cell; tells its row, or the number of rows for none."""
    leader: IntArray = shares.argmax(axis=1)
    colours = np.array([to_rgb(COLOURS[name]) for name in ROWS] + [to_rgb(NONE_COLOUR)])
    panel.imshow(_spread(valid, colours[leader], to_rgb(INVALID_COLOUR)), **place)
    return leader


def _labels(sets: Sequence[tuple[str, ...]], leader: IntArray, regions: RegionMap) -> list[tuple[Any, str]]:
    """Colours and what they stand for: single components first."""
    reached = {row for row in leader.tolist() if row < len(ROWS)}
    single = sorted(reached | {ROWS.index(names[0]) for names in sets if len(names) == 1})
    labels: list[tuple[Any, str]] = [(COLOURS[ROWS[row]], WORDS.get(ROWS[row], ROWS[row])) for row in single]
    labels += [(set_colour(names), " + ".join(names)) for names in sets if len(names) > 1]
    labels += [(NONE_COLOUR, "near none")] if (leader == len(ROWS)).any() else []
    labels += [(INVALID_COLOUR, "types not ordered")] if not regions.valid.all() else []
    return labels


def draw_line(x: str, x_values: FloatArray, scores: AtlasScores, title: str) -> Figure:
    """Three panels over one parameter: which components exist, which share of seeds reached which, the measures.

    Args:
        x: the parameter's name.
        x_values: of the cells, ``[n_x]``, evenly spaced.
        scores: of those cells.
        title: above everything.
    """
    matplotlib.rcParams["svg.hashsalt"] = "olivebranch"
    figure = Figure(figsize=(9.6, 9.6), dpi=110, layout="constrained")
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=(1, 2.2, 2.2))
    step = x_values[1] - x_values[0]
    edges = np.append(x_values - step / 2, x_values[-1] + step / 2)
    exists, d1 = scores.flags[:, :, EXISTS], scores.flags[:, :, EXISTS] & scores.flags[:, :, D1]
    present = [row for row in range(len(ROWS)) if exists[:, row].any()]
    for height, row in enumerate(reversed(present)):
        for table, thickness, alpha in ((exists, 0.8, 0.35), (d1, 0.8, 1.0)):
            start = height + (1 - thickness) / 2
            kept = np.append(table[:, row], False)
            top.fill_between(
                edges, start, start + thickness, where=kept | np.roll(kept, 1), step="post", alpha=alpha,
                color=COLOURS[ROWS[row]], linewidth=0,
            )  # fmt: skip
    top.set_yticks(np.arange(len(present)) + 0.5, [ROWS[row] for row in reversed(present)], fontsize=8)
    top.set_ylim(0, len(present))
    top.set_title("theory: where each component exists (pale: fails D1)", fontsize=11, loc="left")

    bases = np.zeros(len(x_values))
    labels = []
    for row in (*range(len(ROWS)), -1):
        share = scores.share(row)
        if share.any():
            name, colour = ("near none", NONE_COLOUR) if row < 0 else (ROWS[row], COLOURS[ROWS[row]])
            middle.bar(x_values, share, step * 1.02, bottom=bases, color=colour, linewidth=0)
            labels.append((colour, name))
            bases += share
    middle.set_ylim(0, 1)
    middle.set_ylabel("share of seeds")
    middle.set_title("learning: what seeds reach", fontsize=11, loc="left")

    for name, values, style in (
        ("counts as Nash (share of seeds)", scores.nash.mean(axis=1), {"color": "#111111"}),
        ("mutual information of type and message (bits)", scores.mutual_information.mean(axis=1), {"color": "#0072B2"}),
        (
            "ex-ante loss to best responses, both seats (shares of the stake)",
            (scores.sender_loss + scores.receiver_loss).mean(axis=1),
            {"color": "#D55E00", "linestyle": "--"},
        ),
    ):
        bottom.plot(x_values, values, label=name, linewidth=1.6, **style)
    bottom.set_ylim(-0.02, 1.05)
    bottom.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=1)
    bottom.set_title("measures, means over seeds", fontsize=11, loc="left")
    bottom.set_xlabel(x.replace("_", " "))
    bottom.set_xlim(edges[0], edges[-1])
    _finish(figure, labels, title)
    return figure


def _spread(valid: BoolArray, values: FloatArray, elsewhere: Sequence[float]) -> FloatArray:
    """Values of the valid cells put in their places: ``[n_y, n_x, ..]``."""
    result = np.empty((*valid.shape, values.shape[1]))
    result[:] = elsewhere
    result[valid] = values
    return result


def _borders(panel: Any, regions: RegionMap) -> None:
    """Thin lines where the set of components changes."""
    numbers, _ = regions.labels()
    for number in np.unique(numbers):
        panel.contour(
            regions.x_values, regions.y_values, numbers == number, levels=[0.5], colors=["#FFFFFF"], linewidths=1.8
        )
        panel.contour(
            regions.x_values, regions.y_values, numbers == number, levels=[0.5], colors=["#111111"], linewidths=0.7
        )


def _bar(figure: Figure, painted: Any, panel: Any, label: str) -> None:
    bar = figure.colorbar(painted, ax=panel, location="bottom", shrink=0.75, pad=0.02, aspect=40)
    bar.set_label(label, fontsize=9)
    bar.ax.tick_params(labelsize=8)


def _finish(figure: Figure, labels: Sequence[tuple[Any, str]], title: str) -> None:
    handles = [Patch(facecolor=colour, edgecolor="#00000055", label=label) for colour, label in labels]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    figure.suptitle(title, fontsize=13, fontweight="bold")
