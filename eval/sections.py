"""Results within a page that is otherwise written by hand: the part between two marks is made anew by a command."""

from pathlib import Path

from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes


def marks(name: str) -> tuple[str, str]:
    """The lines before and after the results of ``name``."""
    return f"<!-- results of {name}: begin -->", f"<!-- results of {name}: end -->"


def check_section(page: Path, name: str) -> None:
    """See that a page has a place for the results of ``name``, before any work is done.

    Raises:
        ParameterError: the page is not there, or the marks are missing, doubled or in the wrong order.
    """
    _parts(page, name)


def write_section(page: Path, name: str, text: str) -> None:
    """Put ``text`` between the marks of ``name``. Raises :class:`ParameterError`, see :func:`check_section`."""
    before, after = _parts(page, name)
    begin, end = marks(name)
    write_bytes(page, f"{before}{begin}\n{text.strip()}\n{end}{after}".encode())


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown: the first column to the left, numbers to the right."""
    line = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, line, *rows])


def _parts(page: Path, name: str) -> tuple[str, str]:
    begin, end = marks(name)
    try:
        text = page.read_text(encoding="utf-8")
    except OSError:
        raise ParameterError("document", str(page), "a page that is there, with a place for the results") from None
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ParameterError("document", str(page), f"a page with one line '{begin}' and one line '{end}' after it")
    return text[: text.index(begin)], text[text.index(end) + len(end) :]
