"""What learners remember: the latest of what they met, or a uniform sample of all they ever met.

Memories are columns of preallocated arrays, named by the caller. Samples are drawn from a generator that is passed in.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from olivebranch.agents.checkpoint import State
from olivebranch.games.base import IntArray

Columns = dict[str, NDArray[Any]]


class Buffer:
    """At most ``capacity`` entries.

    Args:
        capacity: at least 1.
        columns: of each column its type, and the shape of one entry.

    Attributes:
        added: how many entries have ever been offered.

    Raises:
        ValueError: ``capacity`` is out of range.
    """

    def __init__(self, capacity: int, columns: Mapping[str, tuple[DTypeLike, tuple[int, ...]]]) -> None:
        if capacity < 1:
            raise ValueError(f"capacity = {capacity!r}: expected a number of entries >= 1")
        self.capacity, self.added = capacity, 0
        self._columns: Columns = {name: np.zeros((capacity, *shape), kind) for name, (kind, shape) in columns.items()}

    def __len__(self) -> int:
        return min(self.added, self.capacity)

    def sample(self, size: int, generator: np.random.Generator) -> Columns:
        """``size`` entries, drawn uniformly with replacement; there must be at least one."""
        drawn = generator.integers(len(self), size=size)
        return {name: column[drawn] for name, column in self._columns.items()}

    def entries(self) -> Columns:
        """All entries, as views."""
        return {name: column[: len(self)] for name, column in self._columns.items()}

    def state(self) -> State:
        """What a checkpoint keeps; of the arrays it is only what is filled."""
        return {"added": self.added, "columns": self.entries()}

    def restore(self, state: State) -> None:
        """The inverse of :meth:`state`."""
        self.added = state["added"]
        for name, filled in state["columns"].items():
            self._columns[name][: len(self)] = filled

    def _write(self, slots: IntArray, entries: Columns) -> None:
        # Of several entries for one slot NumPy keeps the last, as if they had come one by one.
        kept = slots < self.capacity
        for name, column in self._columns.items():
            column[slots[kept]] = entries[name][kept]
        self.added += len(slots)


class CircularBuffer(Buffer):
    """The latest entries: a new one takes the place of the oldest."""

    def add(self, entries: Columns) -> None:
        """Take in ``entries``, columns of equal length, oldest first."""
        count = len(next(iter(entries.values())))
        self._write((self.added + np.arange(count)) % self.capacity, entries)


class ReservoirBuffer(Buffer):
    """Of all entries ever offered a uniform sample without replacement.

    Algorithm R (Vitter, "Random sampling with a reservoir", ACM Transactions on Mathematical Software 11, 1985): entry
    number t, counted from 1, takes a place drawn from the t first numbers, if there is such a place.
    """

    def add(self, entries: Columns, generator: np.random.Generator) -> None:
        """Offer ``entries``, columns of equal length; one draw for each that comes when all places are taken."""
        slots = self.added + np.arange(len(next(iter(entries.values()))))
        late = slots >= self.capacity
        slots[late] = generator.integers(slots[late] + 1)
        self._write(slots, entries)
