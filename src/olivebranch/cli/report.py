"""``olivebranch report``: one self-contained page about a folder of results."""

from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("report")(report)


def report(
    folder: Annotated[
        Path,
        typer.Argument(
            help="The folder of a run, a study, an atlas, a benchmark, a selection experiment or a ledger of claims.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page to write; by default report.html in the folder.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Write one HTML page about results, to be read in a browser or sent to somebody.

    The page says what was run and with what; it shows the game as a table and a tree with equilibrium and learned play
    on its branches, the equilibria and why they exist, learning curves, distances and causes. It loads nothing from
    anywhere, and each of its sections names the files from which its numbers come.
    """
    path = output or folder / "report.html"
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ParameterError("output", str(path), "a file in a folder that is there")
    with Progress(f"report {folder}", "parts", quiet=quiet) as progress:
        from olivebranch.core.files import write_bytes
        from olivebranch.eval.report_page.page import make_page

        write_bytes(path, make_page(folder, progress.update).encode())
    typer.echo(f"{path.resolve()}: open it in a browser.")
