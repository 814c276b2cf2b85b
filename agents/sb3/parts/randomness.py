"""Stable-Baselines3 draws from global generators; here they are kept apart from everyone else's use of them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from olivebranch.agents.checkpoint import State


class GlobalRandomness:
    """A stream of the global generators of Python, NumPy and torch, in use only where asked for."""

    def __init__(self, seed: int) -> None:
        with self._put_back():
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - it is this generator that the library uses
            torch.manual_seed(seed)
            self._own = self._read()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let global draws inside the context continue this object's stream, and leave no trace of it outside."""
        with self._put_back():
            self._set(self._own)
            yield
            self._own = self._read()

    def state(self) -> State:
        """Where the stream stands, for a checkpoint."""
        python, numpy, from_torch = self._own
        return {"python": python, "numpy": numpy, "from_torch": from_torch}

    def restore(self, state: State) -> None:
        """The inverse of :meth:`state`."""
        version, numbers, gauss = state["python"]
        self._own = (version, tuple(numbers), gauss), tuple(state["numpy"]), state["from_torch"]

    @contextmanager
    def _put_back(self) -> Iterator[None]:
        before = self._read()
        try:
            yield
        finally:
            self._set(before)

    @staticmethod
    def _read() -> tuple[Any, Any, torch.Tensor]:
        return random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002

    @staticmethod
    def _set(state: tuple[Any, Any, torch.Tensor]) -> None:
        random.setstate(state[0])
        np.random.set_state(state[1])  # noqa: NPY002
        torch.set_rng_state(state[2])
