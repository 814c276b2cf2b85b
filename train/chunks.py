"""A study in pieces that stream to disk: each is a file that appears, complete, when it has been done.

A study folder holds ``config.yaml``, the resolved config, and files of pieces. What is there already is not done again,
so a study that was interrupted goes on where it stopped.
"""

import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import yaml

from olivebranch.core.backend import HERE, Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import alone_in, holds_others, sweep, write_bytes
from olivebranch.core.workers import Tell
from olivebranch.core.yaml_text import read_yaml_file

Report = Callable[[int, int], None]  # done, in all; sizes that are no whole numbers are rounded down for it


class Piece(Protocol):
    """Some work that is done as a whole or not at all; picklable."""

    @property
    def path(self) -> Path:
        """The file that appears when it is done."""
        ...

    @property
    def size(self) -> float:
        """How much it counts in reports."""
        ...


Some = TypeVar("Some", bound=Piece)


def prepare_folder(folder: Path, content: str, what: str = "study", overwrite: bool = False) -> None:
    """Make a folder of ``what`` with its config, or see that it is that of the same config.

    Args:
        folder: of the study.
        content: of its ``config.yaml``.
        what: the word for it in errors.
        overwrite: empty the folder first, if it holds a study.

    Raises:
        ParameterError: the folder holds something else or another config.
    """
    path = folder / "config.yaml"
    if path.is_file() and overwrite:
        shutil.rmtree(folder)
    if path.is_file():
        if read_yaml_file(path, "config") != yaml.safe_load(content):
            raise ParameterError(
                what, str(folder), f"the config that this {what} was begun with; overwrite to replace it"
            )
        return
    if holds_others(folder):
        raise ParameterError(what, str(folder), f"a new folder or one of a {what}; this folder holds something else")
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content.encode())


def do_pieces(
    task: Callable[[Some, Tell], None],
    phases: Sequence[Sequence[Some]],
    folder: Path,
    *,
    preload: str,
    backend: Backend = HERE,
    report: Report = lambda done, total: None,
) -> None:
    """Do every piece whose file is not there yet.

    Args:
        task: writes a piece's file and tells once, at its end; a function of a module.
        phases: all pieces; those of a phase need what earlier phases made.
        folder: no other process may work in it at the same time.
        preload: a module to import once, before processes are forked.
        backend: where to work; with a cluster, its machines share the folder.
        report: called as pieces are done, and once at the start.

    Raises:
        MissingExtra: Ray is asked for and not installed.
        ParameterError: another process works in the folder, or a piece's workers keep dying.
    """
    with alone_in(folder):
        sweep(folder)
        pieces = [piece for phase in phases for piece in phase]
        total = math.ceil(sum(piece.size for piece in pieces))
        done = sum(piece.size for piece in pieces if piece.path.exists())
        report(int(done), total)

        def finished(piece: Some, *_: object) -> None:
            nonlocal done
            done += piece.size
            report(int(done), total)

        for phase in phases:
            missing = [piece for piece in phase if not piece.path.exists()]
            for piece in missing:
                piece.path.parent.mkdir(parents=True, exist_ok=True)
            backend.work_through(task, missing, finished, lambda piece: str(piece.path), preload)
