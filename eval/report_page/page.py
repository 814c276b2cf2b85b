"""From a folder of results to one HTML page."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from olivebranch import __version__
from olivebranch.core.errors import ParameterError
from olivebranch.eval.report_page.markup import Section, join, section
from olivebranch.eval.report_page.run_sections import Report, run_page
from olivebranch.eval.report_page.study_sections import run_folders, study_page

LARGEST = 8 * 10**6  # bytes
Page = Callable[[Path, Report], tuple[str, list[Section]]]
# No request leaves the machine: nothing but what the page holds may be loaded, whatever it says.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def _atlas(folder: Path, report: Report) -> tuple[str, list[Section]]:
    from olivebranch.eval.report_page.atlas_sections import atlas_page

    return atlas_page(folder, report)


def _benchmark(folder: Path, report: Report) -> tuple[str, list[Section]]:
    from olivebranch.eval.report_page.table_pages import benchmark_page

    return benchmark_page(folder, report)


def _ledger(folder: Path, report: Report) -> tuple[str, list[Section]]:
    from olivebranch.eval.report_page.table_pages import ledger_page

    return ledger_page(folder, report)


def _selection(folder: Path, report: Report) -> tuple[str, list[Section]]:
    from olivebranch.eval.report_page.table_pages import selection_page

    return selection_page(folder, report)


# Kind of folder: how it is known, and what makes its page. The first that fits counts.
KINDS: dict[str, tuple[Callable[[Path], bool], Page]] = {
    "benchmark": (lambda folder: (folder / "scores.parquet").is_file(), _benchmark),
    "atlas": (lambda folder: (folder / "atlas.npz").is_file(), _atlas),
    "selection": (lambda folder: (folder / "predictions.csv").is_file(), _selection),
    "ledger": (lambda folder: all((folder / part).is_dir() for part in ("theory", "learned", "wars")), _ledger),
    "run": (lambda folder: (folder / "config.yaml").is_file() and any(folder.glob("seed-*")), run_page),
    "study": (lambda folder: folder.is_dir() and bool(run_folders(folder)), study_page),
}


def kind_of(folder: Path) -> str:
    """The kind of a folder, a key of ``KINDS``. Raises :class:`ParameterError` where it is none."""
    for kind, (fits, _) in KINDS.items():
        if fits(folder):
            return kind
    raise ParameterError(
        "folder",
        str(folder),
        "a finished run, or the folder of a study, an atlas, a benchmark, a selection experiment or a ledger of claims",
    )


def make_page(folder: Path, report: Report = lambda done, total, note: None) -> str:
    """The whole page about a folder of results.

    Args:
        folder: of any kind in ``KINDS``.
        report: called with how much is done, of how much, and what is at work.

    Raises:
        ParameterError: it is of no such kind, a file in it is damaged, or the page would be larger than 8 MB.
    """
    kind = kind_of(folder)
    title, sections = KINDS[kind][1](folder, report)
    text = render(title, kind, folder.resolve().name, sections)
    if len(text.encode()) > LARGEST:
        raise ParameterError(
            "folder",
            str(folder),
            f"results whose page takes at most {LARGEST:,} bytes; report its parts one by one",
        )
    return text


def render(title: str, kind: str, folder: str, sections: Sequence[Section]) -> str:
    """A page of sections."""
    inside = files("olivebranch.eval.report_page")
    style, script = (inside.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    contents = join(
        Markup('<li><a href="#s{}">{}</a></li>').format(place, one.title) for place, one in enumerate(sections, 1)
    )
    body = join(section(place, one) for place, one in enumerate(sections, 1))
    return str(
        Markup(
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta http-equiv="Content-Security-Policy" content="{policy}"><link rel="icon" href="data:,">'
            "<title>{title}</title><style>{style}</style></head>\n"
            '<body><a class="skip" href="#main">To the results</a><header><h1>{title}</h1>'
            '<p class="lead">A report on the {kind} folder <code>{folder}</code>. Every section ends with the files of '
            "that folder from which its numbers come.</p>"
            '<nav aria-label="Contents"><ol>{contents}</ol></nav></header>\n'
            '<main id="main">{body}</main>\n<footer>Made by olivebranch {version}. This page loads nothing.</footer>'
            "<script>{script}</script></body></html>\n"
        ).format(
            policy=Markup(POLICY),
            title=title,
            style=Markup(style),
            kind=kind,
            folder=folder,
            contents=contents,
            body=body,
            version=__version__,
            script=Markup(script),
        )
    )
