"""What is raised in a worker is raised in the process that waits, with the place in the worker where it happened."""

import subprocess
import sys
import traceback
from typing import Any

import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.core.workers import Failure, WorkerError, WorkerTraceback, run_in_processes


class Demanding(Exception):
    """Pickling keeps ``args`` only, and they do not fit ``__init__``: it can be sent but not rebuilt."""

    def __init__(self, part: str, whole: str) -> None:
        super().__init__(f"{part} of {whole}")


class Refusing:
    """An item that cannot be put together again in another process."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return refuse, ()


def refuse() -> None:
    raise ParameterError("item", 3, "an item that can be read")


def deep_inside(item: str) -> None:
    if item == "known":
        raise ZeroDivisionError("nothing to divide by")
    if item == "demanding":
        raise Demanding("half", "a thing")
    if item == "unsendable":
        error = RuntimeError("held something")
        error.held = lambda: None  # type: ignore[attr-defined]
        raise error
    if item == "local":

        class Local(Exception):
            pass

        raise Local("of a class that only the worker knows")
    raise ParameterError("item", item, "a better one")


def task(item: str, tell: Any) -> None:
    deep_inside(item)


def failure(item: str) -> Exception:
    with pytest.raises(Exception) as caught:
        run_in_processes(task, [item], 1, print, str, "olivebranch.games")
    return caught.value


@pytest.mark.parametrize(
    ("item", "kind", "message"),
    [
        ("known", ZeroDivisionError, "nothing to divide by"),
        ("demanding", WorkerError, "Demanding: half of a thing"),
        ("unsendable", WorkerError, "RuntimeError: held something"),
        ("local", WorkerError, "Local: of a class that only the worker knows"),
    ],
)
def test_an_unexpected_failure_shows_where_in_the_worker_it_was_raised(
    item: str, kind: type[Exception], message: str
) -> None:
    error = failure(item)
    assert type(error) is kind
    assert message in str(error)
    assert isinstance(error.__cause__, WorkerTraceback)
    shown = "".join(traceback.format_exception(error))
    assert "in deep_inside" in shown
    assert message in shown


def test_what_is_told_to_a_user_in_one_line_stays_that_line() -> None:
    error = failure("x")
    assert isinstance(error, ParameterError)
    assert str(error) == "item = 'x': expected a better one"
    assert error.__cause__ is None


def test_an_item_that_is_refused_as_it_arrives_is_an_error_like_any_other() -> None:
    with pytest.raises(ParameterError, match="item = 3: expected an item that can be read"):
        run_in_processes(task, [Refusing()], 1, print, str, "olivebranch.games")


def test_an_exception_that_refuses_to_be_pickled_is_not_lost() -> None:
    class Unpicklable(Exception):
        def __reduce__(self) -> Any:
            raise RuntimeError("no")

    sent = Failure.of(Unpicklable("the reason"))
    assert sent.content == b""
    assert "Unpicklable: the reason" in str(sent.error())


def test_the_command_prints_both_tracebacks() -> None:
    code = (
        "from tests.core.test_workers import *\nrun_in_processes(task, ['known'], 1, print, str, 'olivebranch.games')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.index("in deep_inside") < result.stderr.rindex("in run_in_processes")
    assert result.stderr.rstrip().endswith("ZeroDivisionError: nothing to divide by")
