"""Processes of this machine that work through a list of items and survive the death of any of them."""

import multiprocessing
import os
import signal
import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeVar

from olivebranch.core.errors import ParameterError, TooLarge
from olivebranch.core.extras import MissingExtra

Item = TypeVar("Item")
Tell = Callable[..., None]  # what a task calls with how far it is
Task = Callable[[Any, Tell], None]

ATTEMPTS = 3  # of an item whose worker dies


class WorkerError(Exception):
    """Something unexpected was raised in a worker, and the exception itself cannot be sent from there to here."""


class WorkerTraceback(Exception):
    """Where in the worker an exception was raised, as text; it is the cause of the exception that is raised here."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


@dataclass(frozen=True)
class Failure:
    """An exception on its way from a worker to the process that waits for it.

    Attributes:
        content: the exception, pickled; empty if it cannot be.
        summary: its type and message.
        trace: the traceback, as text.
    """

    content: bytes
    summary: str
    trace: str

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """What is to be sent of ``error``."""
        try:
            content = bytes(ForkingPickler.dumps(error))
        except Exception:  # pickling runs the exception's own code
            content = b""
        summary = "".join(traceback.format_exception_only(error)).strip()
        return cls(content, summary, "".join(traceback.format_exception(error)))

    def error(self) -> Exception:
        """The exception to raise here.

        It is the worker's own, or a :class:`WorkerError` with its type and message where it cannot be rebuilt. The
        worker's traceback is shown with it, except with those that are told to a user in one line.
        """
        error: object = None
        if self.content:
            with suppress(Exception):  # its class may need other arguments, or be defined where only the worker looked
                error = ForkingPickler.loads(self.content)
        if not isinstance(error, Exception):
            error = WorkerError(self.summary)
        if not isinstance(error, ParameterError | MissingExtra | TooLarge):
            error.__cause__ = WorkerTraceback(self.trace)
        return error


def run_in_processes(
    task: Task,
    items: Sequence[Item],
    workers: int,
    report: Callable[..., None],
    name: Callable[[Item], str],
    preload: str,
    attempts: int = ATTEMPTS,
) -> None:
    """Call ``task(item, tell)`` for each item, each in one of ``workers`` processes.

    A worker that is killed is replaced, and its item begun again: each item is in the hands of one worker at a time,
    and it is known which.

    Args:
        task: a function of a module; what it raises is raised here with the worker's traceback, and the rest is left
            undone.
        items: picklable.
        workers: processes, at most.
        report: called as ``report(item, *arguments)`` for each ``tell(*arguments)`` of a task.
        name: of an item, for errors.
        preload: a module to import once, before processes are forked.
        attempts: how often an item may lose its worker.

    Raises:
        ParameterError: an item's worker died ``attempts`` times.
    """
    waiting, deaths = deque(enumerate(items)), Counter[int]()
    # Forking a process that runs threads is unsafe; a fork server forks one that has only imported.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    context.set_forkserver_preload([preload])
    busy: dict[Connection, tuple[BaseProcess, int]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(task, theirs), daemon=True)
                process.start()
                theirs.close()
                _give(ours, process, waiting.popleft(), busy)
            for connection in wait(list(busy)):
                assert isinstance(connection, Connection)
                process, number = busy[connection]
                try:
                    kind, content = connection.recv()
                except (EOFError, OSError):
                    del busy[connection]
                    process.join()
                    deaths[number] += 1
                    if deaths[number] >= attempts:
                        raise lost(name(items[number]), attempts, f"exit code {process.exitcode}") from None
                    waiting.appendleft((number, items[number]))
                    continue
                if kind == "tell":
                    report(items[number], *content)
                elif kind == "failed":
                    raise content.error()
                elif waiting:
                    _give(connection, process, waiting.popleft(), busy)
                else:
                    del busy[connection]
                    connection.close()
                    process.join()
    finally:
        for connection, (process, _) in busy.items():
            process.kill()
            process.join()
            connection.close()


def lost(name: str, attempts: int, cause: str) -> ParameterError:
    """The error for an item whose workers keep dying."""
    return ParameterError("run", name, f"a worker that lives to its end; {attempts} died in it ({cause})")


def _give(
    connection: Connection, process: BaseProcess, item: tuple[int, Any], busy: dict[Connection, tuple[BaseProcess, int]]
) -> None:
    busy[connection] = (process, item[0])
    with suppress(OSError):  # it died idle: seen when its end is read
        connection.send(item[1])


def _work(task: Task, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends its workers itself
    end_with_parent()
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        except Exception as error:  # An item may be refused as it is put together again, e.g. a config.
            connection.send(("failed", Failure.of(error)))
            continue
        try:
            task(item, lambda *content: connection.send(("tell", content)))
        except Exception as error:
            connection.send(("failed", Failure.of(error)))
        else:
            connection.send(("done", None))


def end_with_parent() -> None:
    """Have this worker end when the process that started it is killed, instead of going on, or waiting for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
