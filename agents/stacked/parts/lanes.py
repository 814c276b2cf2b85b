"""Arithmetic on many runs side by side, in loops that a compiler can vectorise.

A table of a block of runs is one flat array of ``rows * actions * LANES`` numbers: number ``(row * actions + action) *
LANES + lane`` belongs to the run in that lane. All runs do the same steps at the same time, so that a processor works
on several of them with one instruction and need not wait for one run's result before it turns to the next.

Exponentials are our own, because the compiler has none that it could vectorise. They are Padé approximants, of which
the error is below that of rounding (a test holds both together to two units in the last place), made of additions,
multiplications and divisions alone, so that every machine gives the same bits.
"""

from typing import Any, NamedTuple

import numpy as np

from olivebranch.agents.stacked.parts.bits import Bits, advance, bits_of_float, float_of_bits
from olivebranch.core.compiled import compiled
from olivebranch.games.base import FloatArray, IntArray

LANES = 64  # enough to hide the latency of every step; twice as many are no faster

LOWEST = -690.0  # exp(-690) = 2e-300: never drawn, and far from where the approximation would underflow
ROUNDING = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to a whole number, which the lowest bits then hold
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93145751953125e-1, 1.42860682030941723212e-6  # together ln 2; the first has few bits

vectorised = compiled(error_model="numpy")  # a loop that may raise ZeroDivisionError is not vectorised


class Exploration(NamedTuple):
    """How scores of actions become behaviour.

    Attributes:
        sharpness: one over the temperature.
        epsilon: probability of a uniformly drawn action.
        boltzmann: whether the others are drawn from the softmax of scores; otherwise the best is taken.
    """

    sharpness: float
    epsilon: float
    boltzmann: bool


class Scratch(NamedTuple):
    """Room for what a step needs: ``[LANES]`` each, the last two ``[actions * LANES]``."""

    uniform: FloatArray
    top: FloatArray
    total: FloatArray
    weights: FloatArray
    even: FloatArray


@vectorised
def scratch_for(actions: int) -> Scratch:
    """Room for rows of so many actions."""
    most = actions * LANES
    return Scratch(np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(most), np.empty(most))


@vectorised
def uniforms(state: Bits, out: FloatArray) -> None:
    """A random number in [0, 1) for each lane, from the generators in ``state``, ``[2 * LANES]``."""
    for i in range(LANES):
        out[i], state[i], state[LANES + i] = advance(state[i], state[LANES + i])


@vectorised
def pade(x: float) -> Any:
    """``(even, odd, power)`` with ``exp(x) = power * (even + odd) / (even - odd)``, for ``|x| <= 690``.

    x is a multiple of ln 2, which makes the power of two, and a rest of at most ln(2) / 2, for which the diagonal Padé
    approximant of degree 6 is off by less than 2e-19 (Baker and Graves-Morris, *Padé Approximants*, 1996, section 1.2).
    """
    shifted = x * LOG2_E + ROUNDING
    whole = shifted - ROUNDING
    rest = (x - whole * LN2_HIGH) - whole * LN2_LOW
    square = rest * rest
    even = 665280.0 + square * (75600.0 + square * (840.0 + square))
    odd = rest * (332640.0 + square * (10080.0 + square * 42.0))
    return even, odd, float_of_bits((bits_of_float(shifted) + np.uint64(1023)) << np.uint64(52))


@vectorised
def exponentials(x: FloatArray, n: int) -> None:
    """Replace the first ``n`` numbers, none of them above zero, by their exponentials; below -690 by zero."""
    for i in range(n):
        even, odd, power = pade(max(x[i], LOWEST))
        x[i] = 0.0 if x[i] < LOWEST else (1.0 + 2.0 * odd / (even - odd)) * power


@vectorised
def odds(score: float, other: float, sharpness: float) -> Any:
    """Two weights in the proportion of ``exp(sharpness * score)`` and ``exp(sharpness * other)``."""
    even, odd, power = pade(min(max((other - score) * sharpness, LOWEST), -LOWEST))
    return even - odd, (even + odd) * power


@vectorised
def gather(table: FloatArray, row: IntArray, n: int, out: FloatArray) -> None:
    """The ``n`` numbers of each lane's own row."""
    for a in range(n):
        for i in range(LANES):
            out[a * LANES + i] = table[np.uint64((row[i] * n + a) * LANES + i)]


@vectorised
def add_up(weights: FloatArray, n: int, total: FloatArray) -> None:
    """The sum of the ``n`` weights of each lane."""
    for i in range(LANES):
        total[i] = weights[i]
    for a in range(1, n):
        for i in range(LANES):
            total[i] += weights[a * LANES + i]


@vectorised
def weigh(scores: FloatArray, n: int, exploration: Exploration, top: FloatArray) -> None:
    """Turn ``n`` scores of each lane into weights of a choice, in place: of the softmax, or one for the best and ties.

    A score of minus infinity becomes zero. ``top`` is scratch.
    """
    for i in range(LANES):
        top[i] = scores[i]
    for a in range(1, n):
        for i in range(LANES):
            top[i] = max(top[i], scores[a * LANES + i])
    if exploration.boltzmann:
        for a in range(n):
            for i in range(LANES):
                scores[a * LANES + i] = (scores[a * LANES + i] - top[i]) * exploration.sharpness
        exponentials(scores, n * LANES)
    else:
        for a in range(n):
            for i in range(LANES):
                scores[a * LANES + i] = 1.0 if scores[a * LANES + i] == top[i] else 0.0


@vectorised
def choose(weights: FloatArray, even: FloatArray, n: int, epsilon: float, scratch: Scratch, out: IntArray) -> None:
    """Draw an action for each lane, with the numbers in ``scratch.uniform``.

    Probabilities are in proportion to weights, but with probability ``epsilon`` as in ``even``. They are compared
    without a division, and no action of probability zero is ever drawn.
    """
    uniform, total, below = scratch.uniform, scratch.total, scratch.top
    add_up(weights, n, total)
    for i in range(LANES):
        out[i] = 0
        below[i] = (1.0 - epsilon) * weights[i] + epsilon * even[i] * total[i]
    for a in range(1, n):
        for i in range(LANES):
            out[i] += np.int64(uniform[i] * total[i] >= below[i])
            below[i] += (1.0 - epsilon) * weights[a * LANES + i] + epsilon * even[a * LANES + i] * total[i]


@vectorised
def behave(
    values: FloatArray,
    even: FloatArray,
    all_legal: bool,
    rows: int,
    n: int,
    exploration: Exploration,
    scratch: Scratch,
    out: FloatArray,
) -> None:
    """Behaviour in all rows of values, of which ``even`` is the uniform one."""
    total, epsilon = scratch.total, exploration.epsilon
    if n == 2 and all_legal and exploration.boltzmann:  # one exponential instead of two
        for row in range(rows):
            for i in range(LANES):
                here = row * 2 * LANES + i
                first, second = odds(values[here], values[here + LANES], exploration.sharpness)
                scale = (1.0 - epsilon) / (first + second)
                out[here] = first * scale + 0.5 * epsilon
                out[here + LANES] = second * scale + 0.5 * epsilon
        return
    out[:] = values
    for row in range(rows):
        start, stop = row * n * LANES, (row + 1) * n * LANES
        weights, uniformly = out[start:stop], even[start:stop]
        weigh(weights, n, exploration, scratch.top)
        add_up(weights, n, total)
        for i in range(LANES):
            total[i] = (1.0 - epsilon) / total[i]
        for a in range(n):
            for i in range(LANES):
                weights[a * LANES + i] = weights[a * LANES + i] * total[i] + epsilon * uniformly[a * LANES + i]
