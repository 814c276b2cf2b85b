"""The curves on a map of two parameters at which the set of equilibria can change (docs/regions.md).

The closed forms turn on the signs of a few polynomials in the parameters, the fields of
:class:`olivebranch.theory.talks.columns.DecisiveQuantities`; so every boundary between two regions is a piece of the
zero set of one of them. Two of the thirteen, the face cost and α where the receiver escalates after fighting, are never
negative and vanish at an end of their range only.
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.kernel import decisive_quantities
from olivebranch.theory.talks.regions import component_codes, games_over, is_valid


@dataclass(frozen=True)
class Boundary:
    """One threshold equation.

    Attributes:
        quantity: the field of :class:`DecisiveQuantities` that vanishes on it.
        symbol: the equation in TeX.
        meaning: in words.
    """

    quantity: str
    symbol: str
    meaning: str


BOUNDARIES = (
    Boundary("offer_low", r"\mu_T = 0", "the receiver is indifferent after an offer that is surely from the weak"),
    Boundary("offer_high", r"\mu_T = 1", "the receiver is indifferent after an offer that is surely from the strong"),
    Boundary("offer_prior", r"\mu_T = \pi", "the receiver is indifferent after an offer that reveals nothing"),
    Boundary("fight_low", r"\mu_F = 0", "the receiver is indifferent after fighting that is surely by the weak"),
    Boundary("fight_high", r"\mu_F = 1", "the receiver is indifferent after fighting that is surely by the strong"),
    Boundary("fight_prior", r"\mu_F = \pi", "the receiver is indifferent after fighting that reveals nothing"),
    Boundary(
        "high_if_held", r"D_H(1,0) = 0", "the strong are indifferent if an offer is escalated on and fighting is not"
    ),
    Boundary(
        "low_if_held", r"D_L(1,0) = 0", "the weak are indifferent if an offer is escalated on and fighting is not"
    ),
    Boundary("high_if_escalated", r"D_H(1,1) = 0", "the strong are indifferent if both are escalated on"),
    Boundary("low_if_escalated", r"D_L(1,1) = 0", "the weak are indifferent if both are escalated on"),
    Boundary("inference_if_held", r"\alpha = 0", "an unexpected offer points to neither type"),
)


def boundary_values(base: TalksParameters, x: str, y: str, x_values: FloatArray, y_values: FloatArray) -> FloatArray:
    """The quantities whose zero sets are the boundaries, at points whose coordinates broadcast together.

    Returns:
        ``[11, ..]`` in the order of ``BOUNDARIES``, in units of the stake. Polynomials, so defined everywhere.
    """
    quantities = decisive_quantities(games_over(base, x, y, x_values, y_values))
    return np.stack([getattr(quantities, boundary.quantity) for boundary in BOUNDARIES])


def separates(
    base: TalksParameters,
    x: str,
    y: str,
    boundary: int,
    points: FloatArray,
    scale: tuple[float, float],
    refined: bool = False,
    step: float = 1e-6,
) -> BoolArray:
    """Whether the set of components differs on the two sides of a boundary, at points on it.

    Args:
        base, x, y: the map.
        boundary: position in ``BOUNDARIES``.
        points: ``[n, 2]``, x and y, on the boundary but for rounding and interpolation.
        scale: the lengths of the two axes; distances and normals are measured relative to them.
        refined: compare only the components that survive D1.
        step: distance from the boundary, as a share of the axes.

    Returns:
        ``[n]``; False where a side has no valid parameters.
    """
    size = np.array(scale)
    shares = points / size  # coordinates in which both axes have length one

    def value(where: FloatArray) -> FloatArray:
        moved = where * size
        return np.asarray(boundary_values(base, x, y, moved[:, 0], moved[:, 1])[boundary])

    half = 1e-4
    for _ in range(2):  # a curve through grid points is off by its curvature: step onto the zero set (Newton)
        gradient = np.stack(
            [(value(shares + axis) - value(shares - axis)) / (2 * half) for axis in half * np.eye(2)], -1
        )
        square = (gradient**2).sum(axis=-1, keepdims=True)
        gradient /= np.where(square > 0, square, 1.0)
        shares = shares - value(shares)[:, None] * gradient
    normal = gradient / np.where(square > 0, np.linalg.norm(gradient, axis=-1, keepdims=True), 1.0)
    codes, valid = [], np.ones(len(points), dtype=np.bool_)
    for side in (-step, step):
        moved = (shares + side * normal) * size
        games = games_over(base, x, y, moved[:, 0], moved[:, 1])
        valid &= is_valid(games)
        codes.append(component_codes(games, refined))
    return np.asarray((codes[0] != codes[1]) & valid)
