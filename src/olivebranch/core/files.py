"""Files that are written whole or not at all, and folders that one process holds alone."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from olivebranch.core.errors import ParameterError

try:
    import fcntl
except ImportError:  # Windows has none.
    fcntl = None  # type: ignore[assignment]


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing: to a temporary name, then renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)  # a full disk has no room for halves
        error.filename = str(path)  # writing does not name its file itself, and the user should know which
        raise


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a folder, which the caller must hold alone."""
    for left in folder.rglob(".*.tmp"):
        left.unlink(missing_ok=True)


def holds_others(folder: Path, ours: Collection[str] = ()) -> bool:
    """Whether a folder holds what a study that was killed as it began does not leave there.

    That is anything but hidden files, folders without files, and files of the names ``ours``.
    """
    if not folder.exists():
        return False
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.name not in ours]
    return any(not entry.is_dir() or holds_others(entry) for entry in entries)


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """Keep other processes from working in the folder at the same time; the lock goes when this process does.

    Raises:
        ParameterError: another process holds the folder.
    """
    if fcntl is None:
        yield
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ParameterError("run", str(path), "a run that no other process is training now") from None
    else:
        yield
    finally:
        os.close(folder)


@contextmanager
def waiting_in(path: Path) -> Iterator[None]:
    """Hold a file's lock, after whoever holds it now has let go; the lock goes when this process does.

    The file is made where it does not exist, and it is left there empty.
    """
    if fcntl is None:
        yield
        return
    lock = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
