"""The one error for bad parameters: it names the key, the value and what was expected."""

import difflib
from collections.abc import Iterable
from typing import Any


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
        super().__init__(f"{key} = {value!r}: expected {expected}")

    def __reduce__(self) -> tuple[type["ParameterError"], tuple[str, object, str]]:
        """So that it can be sent from a worker process to the one that waits for it."""
        return ParameterError, (self.key, self.value, self.expected)


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
    near = difflib.get_close_matches(value.lower(), by_lower_case, n=1) if isinstance(value, str) else []
    return f"{listed}; did you mean {by_lower_case[near[0]]!r}?" if near else listed


def known_key(known: Iterable[str], key: object) -> str:
    """What was expected in place of a key that is unknown, in words.

    >>> known_key(["episodes", "batch"], "episods")
    "a known key: one of episodes, batch; did you mean 'episodes'?"
    """
    return f"a known key: {one_of(known, key)}"
