"""Worker processes: what fails in one is told where it was started, with the worker's own traceback."""

import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.core.workers import Tell, run_in_processes


class Refusing:
    """An item that cannot be put together again in another process."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return refuse, ()


def refuse() -> None:
    raise ParameterError("item", 3, "an item that can be read")


class Unportable(Exception):
    """An error whose arguments are not those that it is made with, so that it cannot be sent."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def fail(item: object, tell: Tell) -> None:
    if item == "unportable":
        raise Unportable(1, 2)
    raise ValueError(f"cannot do {item}")


def run(item: object) -> None:
    run_in_processes(fail, [item], 1, lambda *content: None, str, "olivebranch.core.workers")


def test_an_error_comes_with_the_traceback_of_the_worker() -> None:
    with pytest.raises(ValueError, match="cannot do this") as caught:
        run("this")
    assert "in fail" in str(caught.value.__cause__)
    assert "test_workers.py" in str(caught.value.__cause__)


def test_an_error_that_cannot_be_sent_is_told_in_words() -> None:
    with pytest.raises(RuntimeError, match="Unportable: 1 and 2") as caught:
        run("unportable")
    assert "raise Unportable" in str(caught.value.__cause__)


def test_an_item_that_is_refused_as_it_arrives_is_an_error_like_any_other() -> None:
    with pytest.raises(ParameterError, match="item = 3: expected an item that can be read"):
        run(Refusing())
