"""One typed door to numba, so that the numerical loops stay readable and the type checker stays strict."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a loop over arrays to machine code, once for each combination of argument types, kept on disk."""
    return cast(Function, njit(cache=True, nogil=True)(function))
