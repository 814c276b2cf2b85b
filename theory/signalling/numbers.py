"""Cones and their extreme rays, in exact integers or in floats: all the geometry that the enumerator needs.

Every polytope of docs/model.md, section 4, is handled as the cone over it, {x >= 0, Cx >= 0, Ex = 0}, by the double
description method (Motzkin, Raiffa, Thompson and Thrall 1953; adjacency as in Fukuda and Prodon 1996): start from the
unit vectors, which span the orthant, and cut with one constraint at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from operator import mul
from typing import Any, Protocol

from olivebranch.core.errors import TooLarge
from olivebranch.theory.signalling.game import SignallingGame

Number = Any  # int and Fraction in exact arithmetic, float otherwise
Vector = tuple[Number, ...]
FLOAT_TOLERANCE = 1e-9


class EnumerationTooLarge(TooLarge):
    """A game has, or may have, more equilibria than the work that was allowed can list."""


class Work:
    """How much work is left; a unit is a comparison of two bit masks, about fifty nanoseconds.

    Args:
        limit: the most to do; None for no limit.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit, self._left = limit, limit if limit is not None else 0

    def spend(self, amount: int) -> None:
        """Raises :class:`EnumerationTooLarge` once more has been spent than the limit."""
        if self._limit is None:
            return
        self._left -= amount
        if self._left < 0:
            raise EnumerationTooLarge(f"listing all equilibria takes more than {self._limit:,} steps")


class Numbers(Protocol):
    """The arithmetic in which cones are cut."""

    @property
    def zero(self) -> Number:
        """Zero, as a number of the results."""

    def shorten(self, vector: Sequence[Number]) -> Vector:
        """The same ray in small numbers."""

    def clear(self, vector: Sequence[Number]) -> Vector:
        """The same ray without fractions."""

    def sign(self, value: Number) -> int:
        """-1, 0 or 1; ``value`` is an entry of a constraint, or the product of one and a ray in small numbers."""

    def ratio(self, above: Number, below: Number) -> Number:
        """The quotient, as a number of the results."""


class Exact:
    """Integers of any length; results are fractions."""

    zero = Fraction(0)

    def shorten(self, vector: Sequence[Number]) -> Vector:
        divisor = gcd(*vector)
        return tuple(value // divisor for value in vector) if divisor > 1 else tuple(vector)

    def clear(self, vector: Sequence[Number]) -> Vector:
        common = lcm(*(value.denominator for value in vector))
        return tuple(value.numerator * (common // value.denominator) for value in vector)

    def sign(self, value: Number) -> int:
        return int(value > 0) - int(value < 0)

    def ratio(self, above: Number, below: Number) -> Number:
        return Fraction(above, below)


class Floating:
    """Double precision; what is within 1e-9 of zero is zero, for vectors whose largest entry is one."""

    zero = 0.0

    def shorten(self, vector: Sequence[Number]) -> Vector:
        largest = max(map(abs, vector))
        return tuple(value / largest for value in vector) if largest > 0 else tuple(vector)

    def clear(self, vector: Sequence[Number]) -> Vector:
        return tuple(vector)

    def sign(self, value: Number) -> int:
        return int(value > FLOAT_TOLERANCE) - int(value < -FLOAT_TOLERANCE)

    def ratio(self, above: Number, below: Number) -> Number:
        return above / below


EXACT, FLOATING = Exact(), Floating()


def dot(left: Sequence[Number], right: Sequence[Number]) -> Number:
    """Inner product."""
    return sum(map(mul, left, right))


def extreme_rays(
    size: int,
    inequalities: Sequence[Sequence[Number]],
    equalities: Sequence[Sequence[Number]],
    numbers: Numbers,
    accept: Callable[[int], bool] | None = None,
    work: Work | None = None,
) -> list[Vector]:
    """The extreme rays of {x in R^size: x >= 0, every inequality . x >= 0, every equality . x = 0}.

    Args:
        accept: keep only rays whose support, given as a bit mask, is accepted. What is accepted must be closed under
            taking subsets; the result is then the union of the extreme rays of the accepted faces.
        work: what may be spent; by default there is no limit.

    Raises:
        EnumerationTooLarge: it takes more.
    """
    work = work or Work()
    full = (1 << size) - 1
    rays: list[tuple[Vector, int]] = [(tuple(int(i == j) for j in range(size)), full ^ (1 << i)) for i in range(size)]
    bit = 1 << size
    rows = [(row, True) for row in equalities] + [(row, False) for row in inequalities]
    for row, is_equality in rows:
        constraint = numbers.shorten([value if numbers.sign(value) else 0 for value in row])
        above, level, below = [], [], []
        for ray, tight in rays:
            value = dot(constraint, ray)
            sign = numbers.sign(value)
            if sign > 0:
                above.append((ray, tight, value))
            elif sign < 0:
                below.append((ray, tight, value))
            else:
                level.append((ray, tight | bit))
        kept = level if is_equality else [(ray, tight) for ray, tight, _ in above] + level
        tights = [tight for _, tight in rays]
        for up, up_tight, up_value in above:
            work.spend(4 * len(below))
            for down, down_tight, down_value in below:
                common = up_tight & down_tight
                if common.bit_count() < size - 2 or (accept is not None and not accept(full & ~common)):
                    continue
                work.spend(len(tights))
                # the two span a face of dimension two iff no third ray lies on all that they both lie on
                if sum([tight & common == common for tight in tights]) != 2:
                    continue
                between = [up_value * d - down_value * u for u, d in zip(up, down, strict=True)]
                kept.append((numbers.shorten(between), common | bit))
        rays = kept
        bit <<= 1
    return [ray for ray, _ in rays]


@dataclass(frozen=True)
class Scaled:
    """A signalling game in numbers for cutting cones: payoffs up to the positive affine changes that do not matter.

    Attributes:
        game: the game.
        numbers: the arithmetic.
    """

    game: SignallingGame
    numbers: Numbers

    @cached_property
    def sender(self) -> tuple[tuple[Vector, ...], ...]:
        """Sender's payoffs ``[θ][m][a]``, each type in its own units."""
        planes = []
        for plane in self.game.sender_payoffs:
            flat = self._rescale([value for row in plane for value in row])
            width = len(plane[0])
            planes.append(tuple(flat[m * width : (m + 1) * width] for m in range(len(plane))))
        return tuple(planes)

    @cached_property
    def receiver(self) -> tuple[tuple[Vector, ...], ...]:
        """Receiver's payoffs ``[m][a][θ]``, each message in its own units."""
        types, messages, responses = self.game.shape
        table = []
        for m in range(messages):
            rows = [self.game.receiver_payoffs[t][m] for t in range(types)]
            flat = self._rescale([row[a] for a in range(responses) for row in rows])
            table.append(tuple(flat[a * types : (a + 1) * types] for a in range(responses)))
        return tuple(table)

    @cached_property
    def inverse_prior(self) -> Vector:
        """Proportional to 1 / prior; zero where the prior is zero."""
        return self._rescale([1 / p if p else Fraction(0) for p in self.game.prior], shift=False)

    def _rescale(self, values: Sequence[Fraction], shift: bool = True) -> Vector:
        """Integers in exact arithmetic, floats in [0, 1] otherwise."""
        if isinstance(self.numbers, Floating):
            floats = [float(value) for value in values]
            least = min(floats) if shift else 0.0
            spread = max(floats) - least or 1.0
            return tuple((value - least) / spread for value in floats)
        return self.numbers.shorten(self.numbers.clear(values))
