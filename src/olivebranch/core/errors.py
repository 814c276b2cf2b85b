"""The one error for bad parameters: it names the key, the value and what was expected."""

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any

LONGEST = 300  # characters of a value that are shown
MOST = 200  # values in one that are shown in full


def shortened(text: str) -> str:
    """A text of at most ``LONGEST`` characters, without its middle where it is longer.

    >>> shortened("abc")
    'abc'
    >>> len(shortened("abc" * 1000))
    300
    """
    half = (LONGEST - 5) // 2
    return text if len(text) <= LONGEST else f"{text[: half + 1]} ... {text[-half + 1 :]}"


def shown(value: object) -> str:
    """A value as error messages show it, in bounded time and space.

    >>> shown([1, "a"])
    "[1, 'a']"
    >>> shown(10**9000)
    'a whole number of 29898 bits'
    """
    if isinstance(value, int) and value.bit_length() > 4 * LONGEST:
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, str):
        return shortened(repr(value if len(value) <= 2 * LONGEST else value[:LONGEST] + value[-LONGEST:]))
    waiting, seen = [value], 0
    while waiting and seen <= MOST:
        part = waiting.pop()
        seen += 1
        if isinstance(part, dict):
            waiting += list(part.values())[: MOST + 1]
        elif isinstance(part, list | tuple | set | frozenset):
            waiting += list(part)[: MOST + 1]
    try:
        return shortened(repr(value) if seen <= MOST else reprlib.repr(value))
    except Exception:  # a number too long to be written, or an object's own code
        return f"a {type(value).__name__}"


class ParameterError(ValueError):
    """A parameter is outside its range, missing, unknown or of the wrong type.

    Attributes:
        key: the parameter's name, as in docs/model.md.
        value: what was given.
        expected: what would have been right, in words.
    """

    def __init__(self, key: str, value: Any, expected: str) -> None:
        self.key = key
        self.value = value
        self.expected = expected
        super().__init__(f"{shortened(str(key))} = {shown(value)}: expected {expected}")

    def __reduce__(self) -> tuple[type["ParameterError"], tuple[str, object, str]]:
        """So that it can be sent from a worker process to the one that waits for it."""
        return ParameterError, (self.key, self.value, self.expected)


class TooLarge(ValueError):
    """What was asked for does not fit into the memory or the work that is allowed; the message gives the size."""


class UnverifiedWarning(UserWarning):
    """A file comes from before there were checksums, so that nobody can say whether it is damaged."""


def one_of(choices: Iterable[str], value: object) -> str:
    """What was expected, in words: one of the choices, and the choice that was probably meant.

    Args:
        choices: every name that would have been right, in the order to show.
        value: what was given in place of one.

    >>> one_of(["talks", "war"], "wars")
    "one of talks, war; did you mean 'war'?"
    >>> one_of(["talks", "war"], 3)
    'one of talks, war'
    """
    names = list(choices)
    listed = f"one of {', '.join(names)}"
    by_lower_case = {name.lower(): name for name in names}
    near = []
    if isinstance(value, str) and len(value) <= LONGEST:  # comparing takes the square of the length
        near = difflib.get_close_matches(value.lower(), by_lower_case, n=1)
    return f"{listed}; did you mean {by_lower_case[near[0]]!r}?" if near else listed


def known_key(known: Iterable[str], key: object) -> str:
    """What was expected in place of a key that is unknown, in words.

    >>> known_key(["episodes", "batch"], "episods")
    "a known key: one of episodes, batch; did you mean 'episodes'?"
    """
    return f"a known key: {one_of(known, key)}"
