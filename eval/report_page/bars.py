"""Figures with intervals as points on lines, one row each: at most some two dozen."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from olivebranch.eval.report_page.markup import join, number, paragraph, scroll

LEFT, WIDTH, ROW, RIGHT = 210, 380, 26, 80


class Bar(NamedTuple):
    """A row: its name, the figure and the ends of its interval."""

    name: str
    value: float
    low: float
    high: float


def interval_bars(title: str, bars: Sequence[Bar]) -> Markup:
    """The picture in a region that scrolls; a sentence where there is nothing to draw."""
    if not bars:
        return paragraph("There is nothing to draw.")
    low, high = min(0.0, *(bar.low for bar in bars)), max(0.0, *(bar.high for bar in bars))
    span = high - low or 1.0

    def at(value: float) -> float:
        return LEFT + WIDTH * (value - low) / span

    bottom = ROW * len(bars) + 8
    parts = [Markup('<path class="axis" d="M{:.1f} 4V{}"/>').format(at(0.0), bottom)]
    for place, bar in enumerate(bars):
        y = ROW * place + 18
        said = f"{bar.name}: {number(bar.value)} [{number(bar.low)}, {number(bar.high)}]"
        parts.append(
            Markup(
                '<text x="{}" y="{}" dy="4" text-anchor="end" font-size="13">{}</text>'
                '<path d="M{:.1f} {}H{:.1f}" stroke="var(--link)" stroke-width="3"/>'
                '<circle cx="{:.1f}" cy="{}" r="5" fill="var(--link)" data-say="{}"><title>{}</title></circle>'
                '<text x="{}" y="{}" dy="4" font-size="13">{}</text>'
            ).format(
                *(LEFT - 10, y, bar.name),
                *(at(bar.low), y, max(at(bar.high), at(bar.low) + 1)),
                *(at(bar.value), y, said, said),
                *(LEFT + WIDTH + 14, y, number(bar.value, 2)),
            )
        )
    for value in sorted({low, 0.0, high}):
        parts.append(
            Markup('<text x="{:.1f}" y="{}" text-anchor="middle" font-size="12">{}</text>').format(
                at(value), bottom + 16, number(value, 2)
            )
        )
    image = Markup(
        '<svg data-read role="img" width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-label="{2}">'
        "<title>{2}</title>{3}</svg>"
    ).format(LEFT + WIDTH + RIGHT, bottom + 24, title, join(parts))
    return scroll(title, paragraph(title) + image)
