"""How the games of a sample lie to a condition: clearly inside it, at its edge, or clearly outside."""

from collections.abc import Callable

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.claims.conditions import Number
from olivebranch.theory.claims.draws import Draws, Proposal, talks
from olivebranch.theory.claims.play import EDGE, INNER, OUTER, Change, Given


def inside(*numbers: Number) -> Callable[[Draws], BoolArray]:
    """All of these numbers are clearly positive."""

    def given(d: Draws) -> BoolArray:
        return np.asarray(np.all([number(d) > INNER for number in numbers], axis=0))

    return given


def near(number: Number) -> Callable[[Draws], BoolArray]:
    """The number is about zero."""
    return lambda d: np.abs(number(d)) <= EDGE


def beyond(number: Number) -> Callable[[Draws], BoolArray]:
    """The number is clearly negative."""
    return lambda d: number(d) < -OUTER


def both(first: Callable[[Draws], BoolArray], *others: Callable[[Draws], BoolArray]) -> Callable[[Draws], BoolArray]:
    """All of these conditions."""

    def given(d: Draws) -> BoolArray:
        met = first(d)
        for other in others:
            met = met & other(d)
        return met

    return given


def on(after: Callable[[Draws], BoolArray], before: Callable[[Draws], BoolArray] | None = None) -> Given:
    """A condition on the game after the change, and perhaps one on the game before."""
    if before is None:
        return lambda _, changed: after(changed)
    return lambda start, changed: before(start) & after(changed)


def around(name: str, boundary: Number, base: Proposal = talks) -> Proposal:
    """Games in which a parameter is at a boundary, to within ``EDGE``."""

    def propose(n: int, generator: np.random.Generator) -> Draws:
        d = base(n, generator)
        return d.replace(**{name: boundary(d) + generator.uniform(-EDGE, EDGE, size=n)})

    return propose


def toward(name: str, low: Number, high: Number) -> Change:
    """A parameter is moved to somewhere between two numbers."""

    def change(d: Draws, share: FloatArray) -> Draws:
        left = low(d)
        return d.replace(**{name: left + share * (high(d) - left)})

    return change


def to_within(name: str, boundary: Number) -> Change:
    """A parameter is moved to a boundary, to within ``EDGE``."""
    return toward(name, lambda d: boundary(d) - EDGE, lambda d: boundary(d) + EDGE)


def value(name: str) -> Number:
    """The parameter itself."""
    return lambda d: d[name]
