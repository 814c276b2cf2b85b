"""A study in pieces that stream to disk: each is a file that appears, complete, when it has been done.

A study folder holds ``config.yaml``, the resolved config, and files of pieces. What is there already is not done again,
so a study that was interrupted goes on where it stopped.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import yaml

from olivebranch.core.backend import LOCAL, Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import alone_in, holds_others, sweep, write_bytes
from olivebranch.core.workers import Tell
from olivebranch.core.yaml_text import read_yaml_file

Report = Callable[[int, int], None]  # done, in all


class Piece(Protocol):
    """Some work that is done as a whole or not at all; picklable."""

    @property
    def path(self) -> Path:
        """The file that appears when it is done."""
        ...

    @property
    def size(self) -> int:
        """How much it counts in reports."""
        ...


Some = TypeVar("Some", bound=Piece)


def prepare_folder(folder: Path, content: str) -> None:
    """Make a study folder with its config, or see that it is that of the same config.

    Raises:
        ParameterError: the folder holds something else or another config.
    """
    path = folder / "config.yaml"
    if path.is_file():
        if read_yaml_file(path, "config") != yaml.safe_load(content):
            raise ParameterError(
                "study", str(folder), "the config that this study was begun with; overwrite to replace it"
            )
        return
    if holds_others(folder):
        raise ParameterError("study", str(folder), "a new folder or a study; this folder holds something else")
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content.encode())


def do_pieces(
    task: Callable[[Some, Tell], None],
    pieces: Sequence[Some],
    folder: Path,
    *,
    preload: str,
    backend: str = LOCAL,
    workers: int | None = None,
    address: str | None = None,
    report: Report = lambda done, total: None,
) -> None:
    """Do every piece whose file is not there yet.

    Args:
        task: writes a piece's file; a function of a module.
        pieces: all of them.
        folder: no other process may work in it at the same time.
        preload: a module to import once, before processes are forked.
        backend: processes of this machine, or Ray.
        workers: how many; with one, pieces are done in this process. None means one, or all that Ray has.
        address: of a Ray cluster.
        report: called as pieces are done, and once at the start.

    Raises:
        ParameterError: another process works in the folder, ``workers`` is below 1, or a piece's workers keep dying.
    """
    place = Backend(backend, workers, address)
    with alone_in(folder):
        sweep(folder)
        missing = [piece for piece in pieces if not piece.path.exists()]
        total = sum(piece.size for piece in pieces)
        done = total - sum(piece.size for piece in missing)
        report(done, total)

        def finished(piece: Some, *_: object) -> None:
            nonlocal done
            done += piece.size
            report(done, total)

        for piece in missing:
            piece.path.parent.mkdir(parents=True, exist_ok=True)
        place.work_through(task, missing, finished, lambda piece: str(piece.path), preload)
