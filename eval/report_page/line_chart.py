"""Learning curves as a picture: the mean over seeds with its interval, and a thin line for each seed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from olivebranch.eval.intervals import Estimate, bootstrap_mean
from olivebranch.eval.report_page.markup import estimate, folded, join, number, scroll, table
from olivebranch.eval.runs import BOOTSTRAP_SEED, LearningCurve

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 300, 62, 16, 14, 44
LEAST = 1e-6  # of NashConv on the logarithmic axis, so that zero has a place
MOST_ROWS = 60  # of the table below a chart


@dataclass(frozen=True)
class Curve:
    """What one kind of policy did over training.

    Attributes:
        name: ``last`` or ``average``.
        x: episodes or updates, ``[n]``.
        seeds: NashConv of each seed, ``[n_seeds, n]``.
        means: over seeds, one a point.
    """

    name: str
    x: list[float]
    seeds: list[list[float]]
    means: list[Estimate]

    @classmethod
    def of(cls, name: str, curves: Sequence[LearningCurve], episodes: bool) -> "Curve":
        """From the curves of all seeds, at the points that all of them have."""
        looks = [dict(zip(c.episodes if episodes else c.updates, c.nash_conv, strict=True)) for c in curves]
        x = [float(point) for point in looks[0] if all(point in look for look in looks)]
        seeds = [[float(look[point]) for point in x] for look in looks]
        generator = np.random.default_rng(BOOTSTRAP_SEED)
        return cls(name, x, seeds, [bootstrap_mean(np.array(column), generator) for column in zip(*seeds, strict=True)])


def learning_chart(learning: Mapping[str, Sequence[LearningCurve]], label: str) -> Markup:
    """A chart of NashConv over training with the table of its numbers below.

    Args:
        learning: by kind of policy the curves of all seeds.
        label: what learned, where.
    """
    episodes = all(curve.episodes.any() for curves in learning.values() for curve in curves)
    curves = [Curve.of(name, found, episodes) for name, found in learning.items()]
    unit = "episodes" if episodes else "updates"
    title = f"NashConv over {unit}: {label}"
    rows = [
        (f"{number(int(x))}, {curve.name}", number(mean.value, 4), number(mean.low, 4), number(mean.high, 4))
        for curve in curves
        for x, mean in list(zip(curve.x, curve.means, strict=True))[
            :: max(1, len(curve.x) // (MOST_ROWS // len(curves)))
        ]
    ]
    numbers = table(f"NashConv over {unit}, mean over seeds", (unit, "mean", "from", "to"), rows)
    return scroll(title, _draw(curves, unit, title)) + folded("The chart as a table", numbers)


def _draw(curves: Sequence[Curve], unit: str, title: str) -> Markup:
    right = max((curve.x[-1] for curve in curves if curve.x), default=1.0) or 1.0
    values = [value for curve in curves for seed in curve.seeds for value in seed]
    high = max([*values, 10 * LEAST])
    low = max(min([*values, high / 10]), LEAST)
    bottom, top = math.floor(math.log10(low)), math.ceil(math.log10(high))
    top += top == bottom

    def at(x: float, y: float) -> str:
        height = (math.log10(max(y, 10.0**bottom)) - bottom) / (top - bottom)
        return (
            f"{LEFT + (WIDTH - LEFT - RIGHT) * x / right:.1f} {HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * height:.1f}"
        )

    parts = []
    for power in range(bottom, top + 1):
        y = at(0, 10.0**power).split()[1]
        parts.append(
            Markup(
                '<path class="grid" d="M{0} {2}H{1}"/>'
                '<text x="{3}" y="{2}" dy="4" text-anchor="end" font-size="12">{4}</text>'
            ).format(LEFT, WIDTH - RIGHT, y, LEFT - 6, f"{10.0**power:g}")
        )
    for share in (0, 0.25, 0.5, 0.75, 1):
        left = at(share * right, high).split()[0]
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="middle" font-size="12">{}</text>').format(
                left, HEIGHT - BOTTOM + 18, f"{share * right:,.0f}"
            )
        )
    for place, curve in enumerate(curves):
        dash = Markup(' stroke-dasharray="7 4"') if place else ""
        if not curve.x:
            continue
        band = [at(x, mean.high) for x, mean in zip(curve.x, curve.means, strict=True)]
        band += [at(x, mean.low) for x, mean in zip(curve.x, curve.means, strict=True)][::-1]
        parts.append(Markup('<path d="M{}Z" fill="var(--link)" fill-opacity="0.22"/>').format("L".join(band)))
        for seed in curve.seeds:
            line = "L".join(at(x, y) for x, y in zip(curve.x, seed, strict=True))
            parts.append(
                Markup(
                    '<path d="M{}" fill="none" stroke="var(--soft)" stroke-width="0.8" stroke-opacity="0.6"{}/>'
                ).format(line, dash)
            )
        line = "L".join(at(x, mean.value) for x, mean in zip(curve.x, curve.means, strict=True))
        parts.append(Markup('<path d="M{}" fill="none" stroke="var(--link)" stroke-width="2.4"{}/>').format(line, dash))
        for x, mean in zip(curve.x, curve.means, strict=True):
            px, py = at(x, mean.value).split()
            said = f"{curve.name}, {x:,.0f} {unit}: {estimate(mean.as_list(), 4)}"
            parts.append(
                Markup(
                    '<circle cx="{}" cy="{}" r="7" fill="transparent" data-say="{}"><title>{}</title></circle>'
                ).format(px, py, said, said)
            )
    parts.append(
        Markup('<path class="axis" fill="none" d="M{0} {1}V{2}H{3}"/>').format(
            LEFT, TOP, HEIGHT - BOTTOM, WIDTH - RIGHT
        )
    )
    parts.append(
        Markup('<text x="{}" y="{}" text-anchor="middle" font-size="13">{}</text>').format(
            (LEFT + WIDTH) / 2, HEIGHT - 8, unit
        )
    )
    return Markup(
        '<svg data-read role="img" width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-label="{2}">'
        "<title>{2}</title>{3}</svg>"
    ).format(WIDTH, HEIGHT, title, join(parts))
