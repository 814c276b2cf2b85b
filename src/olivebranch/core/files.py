"""Files that are written whole or not at all, and folders that one process holds alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from olivebranch.core.errors import ParameterError

try:
    import fcntl
except ImportError:  # Windows has none.
    fcntl = None  # type: ignore[assignment]


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing: to a temporary name, then renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


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
