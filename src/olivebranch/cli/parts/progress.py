"""Progress on standard error: a bar in a terminal, and a plain line now and then where standard error is piped."""

import sys
import threading
import time
from contextlib import suppress
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

FIRST_LINE = 0.6  # seconds until a plain line: work that is done sooner leaves none, and nobody waits for a second
INTERVALS = (5.0, 10.0, 20.0, 30.0)  # seconds between lines; the last is kept


class Progress:
    """Shows how far a command is, from entering the context to leaving it, whatever runs in between.

    Plain lines come from a thread, so that they also come while the command is within one long call; they look like
    ``eval: 1 of 3 runs, runs/a; 12 s``.
    """

    def __init__(self, title: str, unit: str = "", *, quiet: bool = False) -> None:
        """Prepare; nothing is shown yet.

        Args:
            title: what is being done, e.g. the command's name.
            unit: what is counted, in the plural.
            quiet: show nothing at all.
        """
        self.title, self.unit = title, unit
        self._done, self._total, self._note = 0.0, 0, ""
        self._started = time.monotonic()
        self._over = threading.Event()
        console = Console(stderr=True)
        self._bar: Bar | None = None
        self._thread: threading.Thread | None = None
        if quiet:
            return
        if console.is_terminal:
            times = (TimeElapsedColumn(), TimeRemainingColumn())
            self._bar = Bar(
                BarColumn(), TextColumn("{task.description}", markup=False), *times, console=console, transient=True
            )
            self._task = self._bar.add_task(title, total=None)
        else:
            self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Progress":
        self._started = time.monotonic()
        if self._bar is not None:
            self._bar.start()
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._bar is not None:
            self._bar.stop()
        if self._thread is not None:
            self._thread.join()

    def update(self, done: float, total: int, note: str = "") -> None:
        """Say that ``done`` of ``total`` units are done, and in ``note`` what is at work."""
        self._done, self._total, self._note = done, total, note
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=self.text())

    def advance(self, note: str = "") -> None:
        """Say that one more unit is done."""
        self.update(self._done + 1, self._total, note)

    def text(self) -> str:
        """What is known of the state, without the time."""
        if not self._total:
            return f"{self.title}: at work"
        done = f"{self._done:.0f}" if float(self._done).is_integer() else f"{self._done:.1f}"
        counted = f"{self.title}: {done} of {self._total} {self.unit}".rstrip()
        return f"{counted}, {self._note}" if self._note else counted

    def _tick(self) -> None:
        wait, lines = FIRST_LINE, 0
        while not self._over.wait(wait):
            with suppress(OSError, ValueError):  # standard error was closed
                sys.stderr.write(f"{self.text()}; {time.monotonic() - self._started:.0f} s\n")
                sys.stderr.flush()
            wait = INTERVALS[min(lines, len(INTERVALS) - 1)]
            lines += 1
