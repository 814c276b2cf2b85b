"""Pieces of HTML. Whatever is not :class:`~markupsafe.Markup` already is escaped, so that files' text stays text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from markupsafe import Markup, escape

MISSING = "–"


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes:
        title: its heading.
        body: what it shows.
        sources: the files in the folder from which its numbers come, and the command that reads them.
    """

    title: str
    body: Markup
    sources: tuple[str, ...]


def number(value: Any, digits: int = 3) -> str:
    """A figure for readers: ``digits`` after the point, a power of ten if small, a dash if there is none."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return MISSING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value == 0 or isinstance(value, int):
        return f"{value:,}" if isinstance(value, int) else "0"
    if abs(value) < 0.5 * 10**-digits:
        return f"{value:.0e}".replace("e-0", "e-")
    return f"{value:.{digits}f}"


def interval(low: float, high: float, digits: int = 3) -> str:
    """One number, or the two ends of an interval."""
    return number(low, digits) if low == high else f"[{number(low, digits)}, {number(high, digits)}]"


def estimate(values: Sequence[float] | None, digits: int = 3) -> str:
    """``[value, low, high]`` as ``value [low, high]``."""
    if values is None:
        return MISSING
    value, low, high = values
    return f"{number(value, digits)} [{number(low, digits)}, {number(high, digits)}]"


def join(parts: Iterable[str]) -> Markup:
    """All parts, one after another; those that are not markup are escaped."""
    return Markup("").join(parts)


def paragraph(text: str) -> Markup:
    """A paragraph."""
    return Markup("<p>{}</p>").format(text)


def bullets(items: Iterable[str]) -> Markup:
    """A list; nothing of nothing."""
    rows = join(Markup("<li>{}</li>").format(item) for item in items)
    return Markup("<ul>{}</ul>").format(rows) if rows else Markup("")


def scroll(label: str, body: str) -> Markup:
    """A region that scrolls sideways where it is too wide, and can be reached with the keyboard."""
    return Markup('<div class="scroll" role="region" aria-label="{}" tabindex="0">{}</div>').format(label, body)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table whose first column names the row; columns in which every cell is a figure stand to the right."""
    lines = [[*row] for row in rows]
    right = [bool(lines) and all(_is_figure(line[column]) for line in lines) for column in range(len(head))]

    def cell(text: str, column: int) -> Markup:
        if column == 0:
            return Markup('<th scope="row">{}</th>').format(text)
        return Markup('<td class="n">{}</td>' if right[column] else "<td>{}</td>").format(text)

    headings = join(
        Markup('<th scope="col" class="n">{}</th>' if right[column] and column else '<th scope="col">{}</th>').format(
            text
        )
        for column, text in enumerate(head)
    )
    body = join(
        Markup("<tr>{}</tr>").format(join(cell(text, column) for column, text in enumerate(line))) for line in lines
    )
    made = Markup("<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        caption, headings, body
    )
    return scroll(caption, made)


def _is_figure(text: str) -> bool:
    return (
        bool(text)
        and not isinstance(text, Markup)
        and (text == MISSING or text.lstrip("-+[±").split("/")[0][:1].isdigit())
    )


def folded(summary: str, body: str, opened: bool = False) -> Markup:
    """A part that opens on demand."""
    return Markup("<details{}><summary>{}</summary>{}</details>").format(
        Markup(" open") if opened else "", summary, body
    )


def heading(level: int, text: str) -> Markup:
    """A heading within a section."""
    return Markup("<h{0}>{1}</h{0}>").format(level, text)


def swatch(colour: str) -> Markup:
    """A patch of a colour; a name always stands beside it."""
    return Markup('<span class="swatch" style="background:{}" aria-hidden="true"></span>').format(colour)


def tabs(name: str, legend: str, panels: Sequence[tuple[str, str]]) -> Markup:
    """Panels of which one is shown, chosen by radio buttons and a style sheet alone; a single one stands as it is.

    Args:
        name: of the group, unique on the page.
        legend: what is chosen.
        panels: label and body, at most ``MOST_TABS``; further ones are folded below.
    """
    if len(panels) == 1:
        return Markup("{}").format(panels[0][1])
    shown, more = panels[:MOST_TABS], panels[MOST_TABS:]
    inputs = join(
        Markup('<input type="radio" name="{0}" id="{0}-{1}"{2}><label for="{0}-{1}">{3}</label>').format(
            name, place, Markup(" checked") if place == 0 else "", label
        )
        for place, (label, _) in enumerate(shown)
    )
    bodies = join(Markup('<div class="panel">{}</div>').format(body) for _, body in shown)
    chosen = Markup(
        '<div class="tabs" role="group" aria-label="{}"><span class="legend">{}:</span>{}'
        '<div class="panels">{}</div></div>'
    ).format(legend, legend, inputs, bodies)
    return chosen + join(folded(label, body) for label, body in more)


MOST_TABS = 8  # style.css has as many rules


def section(place: int, one: Section) -> Markup:
    """A section with its heading and its sources."""
    sources = Markup(", ").join(Markup("<code>{}</code>").format(source) for source in one.sources)
    return Markup(
        '<section id="s{0}" aria-labelledby="h{0}"><h2 id="h{0}">{1}</h2>{2}<p class="source">From: {3}</p></section>'
    ).format(place, one.title, one.body, sources)


def text(value: object) -> Markup:
    """Any value, escaped."""
    return escape(str(value))
