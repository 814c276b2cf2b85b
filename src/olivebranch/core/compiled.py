"""One typed door to numba, so that the numerical loops stay readable and the type checker stays strict.

numba comes with the extra 'theory'. Without it the same loops run as they are written, in plain Python: they are about
a hundred times slower, and their results are the same.
"""

import functools
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast, overload

import numpy as np

try:
    import numba
except ModuleNotFoundError:
    numba = None  # type: ignore[assignment]

Function = TypeVar("Function", bound=Callable[..., Any])
ErrorModel = Literal["python", "numpy"]


@overload
def compiled(function: Function) -> Function: ...


@overload
def compiled(*, error_model: ErrorModel = "python") -> Callable[[Function], Function]: ...


def compiled(
    function: Function | None = None, *, error_model: ErrorModel = "python"
) -> Function | Callable[[Function], Function]:
    """Compile a loop over arrays to machine code, once for each combination of argument types, kept on disk
    where that can be written to.

    Args:
        function: the loop. It may call other compiled functions.
        error_model: what a division by zero does: ``"python"`` raises ZeroDivisionError, ``"numpy"`` gives an infinity
            or NaN. Without numba, numbers that were read from an array follow NumPy's rules in both cases.
    """
    if function is None:
        return functools.partial(_compile, error_model=error_model)
    return _compile(function, error_model)


def _compile(function: Function, error_model: ErrorModel) -> Function:
    if numba is not None:
        try:
            return cast(Function, numba.njit(cache=True, nogil=True, error_model=error_model)(function))
        except RuntimeError:  # no place to keep it: a read-only install, and no home that can be written to
            return cast(Function, numba.njit(nogil=True, error_model=error_model)(function))
    return cast(Function, _quiet(function)) if error_model == "numpy" else function


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiled code divides by zero in silence; so must the function itself."""

    @functools.wraps(function)
    def silent(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*arguments)

    return silent
