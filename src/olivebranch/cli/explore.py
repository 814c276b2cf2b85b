"""``olivebranch explore``: the page, served on this machine or written to a folder."""

from pathlib import Path
from typing import Annotated

import typer

from olivebranch.cli.parts.errors import BadInput
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.extras import require


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("explore")(explore)


def explore(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")] = 8642,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    opponent: Annotated[
        list[str] | None,
        typer.Option(
            metavar="POLICY",
            help="A trained run, a policy file or a function to play against under Play, beside the equilibria; repeat "
            "for several.",
            show_default=False,
        ),
    ] = None,
    static: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the page to a folder instead: it then runs from a file or any web host, without Python, but "
            "does not train, follow branches or play wars.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Open the explorer: a page with sliders, equilibria, reasons, a map, learners, a story in seven scenes, and play.

    The page is served to this machine alone (127.0.0.1) and asks nothing of any other. Every state of it is a link.
    """
    if static is not None:
        require("olivebranch explore --static", "scipy")
        with Progress("explore"):
            from olivebranch.explore.static import write_static

            written = write_static(static)
        size = sum((static / name).stat().st_size for name in written)
        typer.echo(f"{static}: {len(written)} files, {size / 1e6:.1f} MB; open {static / 'index.html'}")
        return
    require("olivebranch explore", "fastapi", "uvicorn", "scipy")
    with Progress("explore"):
        from olivebranch.explore.server import make_app, open_socket, serve

        try:
            listening = open_socket(port)
        except OSError as error:
            raise BadInput(f"--port = {port}: expected a free port ({error.strerror})") from None
        app = make_app(listening.getsockname()[1], opponent or ())
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    typer.echo(f"The explorer is at {address} (Ctrl-C ends it)")
    serve(app, listening, browser=browser)
