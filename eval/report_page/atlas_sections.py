"""A map of learning beside a map of theory."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from olivebranch.core.errors import ParameterError
from olivebranch.eval.palette import COLOURS, set_colour
from olivebranch.eval.report_page.markup import Section, folded, join, number, paragraph, swatch, table
from olivebranch.eval.report_page.run_sections import Report, what_was_run
from olivebranch.games.base import FloatArray
from olivebranch.games.talks import RANGES
from olivebranch.theory.talks.kernel import EXISTS, ROWS
from olivebranch.train.atlas.config import AtlasConfig
from olivebranch.train.config import read_values, validated

NEAR_NONE, NO_GAME = "#2B2B2B", "#ECECEC"
SIZE, LEFT, BOTTOM = 420, 56, 46
MOST_CELLS = 4096  # of which each has its numbers on the page


def atlas_page(folder: Path, report: Report) -> tuple[str, list[Section]]:
    """Title and sections of an atlas's folder."""
    report(0, 1, "maps")
    config = validated(AtlasConfig, read_values(folder / "config.yaml", ()))
    try:
        with np.load(folder / "atlas.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        numbers = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParameterError("atlas", str(folder), f"a folder with an atlas.npz and a summary.json ({error})") from None
    title = f"Map {config.name}: {config.learner.kind} around {config.label}"
    head = ("figure", "value")
    summary = table("Means over cells and seeds", head, [(name, _figure(value)) for name, value in numbers.items()])
    axes = [config.x.parameter, *([config.y.parameter] if config.y else [])]
    meanings = table("What is varied", ("parameter", "meaning"), [(name, RANGES[name][4]) for name in axes])
    fixed = [(k, f"{v:g}", RANGES[k][4]) for k, v in config.base().as_dict().items() if k not in axes]
    sections = [
        what_was_run(folder),
        Section("The map in numbers", summary, ("summary.json",)),
        Section("Theory and learning, cell by cell", _maps(config, arrays), ("atlas.npz",)),
        Section(
            "The games of the map",
            meanings + table("What is held fixed", ("parameter", "value", "meaning"), fixed),
            ("config.yaml",),
        ),
    ]
    return title, sections


def _figure(value: float) -> str:
    """A mean, or a count, which files keep as a float."""
    return number(int(value) if value > 1 and float(value).is_integer() else value)


def _maps(config: AtlasConfig, arrays: dict[str, Any]) -> Markup:
    valid = arrays["valid"].reshape(-1, len(arrays["x_values"]))
    ys = arrays["y_values"] if config.y is not None else np.zeros(1)
    exists, reached = arrays["flags"][:, :, EXISTS], arrays["reached"]
    loss = (arrays["sender_loss"] + arrays["receiver_loss"]).mean(axis=1)
    shares = np.stack([(reached == row).mean(axis=1) for row in (*range(len(ROWS)), -1)], axis=1)
    leader = shares.argmax(axis=1)
    sets = [tuple(ROWS[row] for row in np.flatnonzero(cell)) for cell in exists]
    names = [ROWS[row] if row < len(ROWS) else "near none" for row in leader.tolist()]
    theory = [_hex(set_colour(one)) for one in sets]
    learned = [COLOURS.get(name, NEAR_NONE) for name in names]
    x, y = config.x.parameter, config.y.parameter if config.y is not None else ""
    cells = np.argwhere(valid)
    says = [
        f"{x} {number(float(arrays['x_values'][column]))}"
        + (f", {y} {number(float(ys[row]))}" if y else "")
        + f": theory {' + '.join(one) or 'no component'}; learned {name} in {share:.0%} of {reached.shape[1]} seeds; "
        + f"NashConv {number(gap)}"
        for (row, column), one, name, share, gap in zip(
            cells.tolist(), sets, names, shares.max(axis=1).tolist(), loss.tolist(), strict=True
        )
    ]
    ends = (config.ends(config.x), config.ends(config.y) if config.y is not None else (0.0, 1.0))
    panels = (
        ("Theory: the components that exist", theory, None),
        ("Learning: the component that most seeds reach", learned, shares.max(axis=1)),
    )
    figures = join(
        Markup("<figure><figcaption>{}</figcaption>{}</figure>").format(
            caption, _map(caption, valid.shape, cells, colours, says, (x, y), ends, opacity)
        )
        for caption, colours, opacity in panels
    )
    legend = {" + ".join(one) or "no component": colour for one, colour in zip(sets, theory, strict=True)}
    legend |= dict(zip(names, learned, strict=True))
    if not valid.all():
        legend["no game"] = NO_GAME
    items = join(
        Markup("<li>{}{}</li>").format(swatch(colour), name)
        for name, colour in sorted(legend.items(), key=lambda pair: pair[0].count("+"))
    )
    counted = {name: names.count(name) for name in dict.fromkeys(names)}
    exist = {row: int(exists[:, place].sum()) for place, row in enumerate(ROWS) if exists[:, place].any()}
    rows = [
        (name, str(exist.get(name, 0)), str(counted.get(name, 0)), number(float((reached == _row(name)).mean())))
        for name in dict.fromkeys([*exist, *counted])
    ]
    head = ("component", "cells where it exists", "cells where most seeds reach it", "share of all runs")
    listing = folded("Every cell in words", join(paragraph(said) for said in says)) if len(says) <= MOST_CELLS else ""
    return (
        paragraph(
            "One game a cell. A paler cell of the right map has fewer of its seeds at the component that is shown; "
            "a cell without words has no game (its types are not ordered)."
        )
        + Markup('<div class="maps">{}</div><ul class="legend-list">{}</ul>').format(figures, items)
        + table("The maps in numbers", head, rows)
        + listing
    )


def _row(name: str) -> int:
    return ROWS.index(name) if name in ROWS else -1


def _hex(colour: Any) -> str:
    if isinstance(colour, str):
        return colour
    return "#" + "".join(f"{round(255 * float(part)):02X}" for part in colour[:3])


def _map(
    caption: str,
    shape: tuple[int, ...],
    cells: Any,
    colours: list[str],
    says: list[str],
    names: tuple[str, str],
    ends: tuple[tuple[float, float], tuple[float, float]],
    opacity: FloatArray | None,
) -> Markup:
    rows, columns = shape[0], shape[1]
    wide, high = SIZE / columns, SIZE / rows if rows > 1 else 60
    total = high * rows
    ground = Markup('<rect x="{}" y="8" width="{}" height="{}" fill="{}" stroke="var(--soft)"/>').format(
        LEFT, SIZE, total, NO_GAME
    )
    tiles = ground + join(
        Markup('<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" fill="{}"{} data-say="{}"/>').format(
            LEFT + wide * column,
            total - high * (row + 1) + 8,
            wide + 0.3,
            high + 0.3,
            colours[place],
            Markup("") if opacity is None else Markup(' fill-opacity="{:.2f}"').format(0.35 + 0.65 * opacity[place]),
            says[place],
        )
        for place, (row, column) in enumerate(cells.tolist())
    )
    labels = [
        (LEFT, total + 24, "start", number(ends[0][0], 2)),
        (LEFT + SIZE, total + 24, "end", number(ends[0][1], 2)),
        (LEFT + SIZE / 2, total + 42, "middle", names[0].replace("_", " ")),
    ]
    if names[1]:
        labels += [
            (LEFT - 5, total + 6, "end", number(ends[1][0], 2)),
            (LEFT - 5, 18, "end", number(ends[1][1], 2)),
        ]
    words = join(
        Markup('<text x="{:.0f}" y="{:.0f}" text-anchor="{}" font-size="14">{}</text>').format(*label)
        for label in labels
    )
    if names[1]:
        words += Markup(
            '<text transform="translate(14 {:.0f}) rotate(-90)" text-anchor="middle" font-size="14">{}</text>'
        ).format(total / 2 + 8, names[1].replace("_", " "))
    return Markup(
        '<svg data-read data-row="{row}" role="img" width="{w}" height="{h:.0f}" viewBox="0 0 {w} {h:.0f}" '
        'aria-label="{label}"><title>{label}</title>{tiles}{words}</svg>'
    ).format(row=columns, w=LEFT + SIZE + 10, h=total + BOTTOM + 8, label=caption, tiles=tiles, words=words)
