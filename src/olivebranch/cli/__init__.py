"""The command ``olivebranch``. Each command is a thin layer over a function of the library."""

import errno
import os
import re
import sys
import warnings

import typer

from olivebranch import __version__
from olivebranch.cli import (
    atlas,
    benchmark,
    claims,
    cross_play,
    equilibria,
    evaluate,
    explain,
    exploit,
    explore,
    export,
    humans,
    play,
    presets,
    regions,
    replicate,
    report,
    selection,
    solve,
    train,
)
from olivebranch.cli import enumerate as enumerate_
from olivebranch.cli.parts.errors import BadInput
from olivebranch.core.errors import ParameterError, TooLarge, UnverifiedWarning
from olivebranch.core.extras import missing_extra

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}  # of disks and files
SHOW_WARNING = warnings.showwarning

app = typer.Typer(
    name="olivebranch",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Solve games of war, hidden resilience and the offer to talk, learn in them, and compare the two.",
)
solve.register(app)
presets.register(app)
enumerate_.register(app)
equilibria.register(app)
train.register(app)
evaluate.register(app)
explain.register(app)
report.register(app)
exploit.register(app)
cross_play.register(app)
claims.register(app)
regions.register(app)
export.register(app)
atlas.register(app)
benchmark.register(app)
humans.register(app)
replicate.register(app)
selection.register(app)
explore.register(app)
play.register(app)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"olivebranch {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def main() -> None:
    """Run the command line. Bad input ends with one line on standard error and exit code 2."""
    warnings.showwarning = _show_warning
    try:
        status = app(standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:  # e.g. `olivebranch solve --file games.jsonl --json | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        message = input_fault(error)
        if message is None:
            raise
        _fail(message)
    sys.exit(status if isinstance(status, int) else 0)


def input_fault(error: Exception) -> str | None:
    """The line to show if an error is about what the user gave; None if it is ours, so that the traceback is needed."""
    if isinstance(error, BadInput | ParameterError | TooLarge):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        missing = missing_extra(error, " ".join(["olivebranch", *sys.argv[1:2]]))
        return None if missing is None else str(missing)
    if isinstance(error, OSError) and (error.filename is not None or error.errno in FULL):
        return f"{error.filename or 'writing a file'}: {error.strerror}"
    if isinstance(error, MemoryError):
        return f"what was asked for does not fit into memory ({str(error)[:200] or 'no more is free'})"
    usage = getattr(error, "format_message", None)  # usage errors of typer, whose class is private to it
    if usage is None:
        return None
    details = getattr(error.__cause__, "errors", None)  # pydantic's, which knows the value that did not fit
    option = re.match(r"Invalid value for '([^']*)'", str(usage()))
    if details is None or option is None:
        return str(usage())
    from olivebranch.agents.validation import expectation

    return f"{option[1]} = {details()[0]['input']!r}: expected {expectation(details()[0])}"


def _show_warning(message: Warning | str, category: type[Warning], *where: object, **more: object) -> None:
    """A warning about what the user gave is one line; others say where in the code they come from."""
    if issubclass(category, UnverifiedWarning):
        typer.echo(f"olivebranch: warning: {message}", err=True)
    else:
        SHOW_WARNING(message, category, *where, **more)  # type: ignore[arg-type]


def _fail(message: str) -> None:
    typer.echo("olivebranch: " + " ".join(message.split()), err=True)
    sys.exit(2)
