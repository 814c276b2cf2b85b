"""The one error for bad parameters: it names the key, the value and what was expected."""

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
