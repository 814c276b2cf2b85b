"""The bits of floating-point numbers, and random bits, in compiled loops."""

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from olivebranch.core.compiled import compiled

Bits = NDArray[np.uint64]


def _reinterpreted(source: Any, target: Any) -> Any:
    def typed(typing: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(target))

        return target(source), generate

    return intrinsic(typed)


float_of_bits: Any = _reinterpreted(types.uint64, types.float64)
"""The float64 whose bits are those of a uint64."""

bits_of_float: Any = _reinterpreted(types.float64, types.uint64)
"""The bits of a float64 as a uint64."""


@compiled
def rotated(x: Any, by: int) -> Any:
    """The bits of a uint64, moved round to the left."""
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


@compiled
def advance(first: Any, second: Any) -> Any:
    """A random float64 in [0, 1), a multiple of 2^-52, and the next state of the generator in state ``first, second``.

    The generator is xoroshiro128++ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM
    Transactions on Mathematical Software 47, 2021), of which the upper 52 bits are taken.
    """
    drawn = rotated(first + second, 17) + first
    number = float_of_bits((drawn >> np.uint64(12)) | np.uint64(0x3FF0000000000000)) - 1.0
    mixed = second ^ first
    return number, rotated(first, 49) ^ mixed ^ (mixed << np.uint64(21)), rotated(mixed, 28)


@compiled
def uniform(state: Bits) -> float:
    """A random float64 in [0, 1) from one generator, whose ``state`` ``[2]`` moves on."""
    number, state[0], state[1] = advance(state[0], state[1])
    return float(number)
