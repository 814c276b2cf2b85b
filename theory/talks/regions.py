"""Which equilibrium components exist where: closed forms over a grid of two parameters (docs/model.md, section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.talks import RANGES, TalksColumns, TalksParameters
from olivebranch.theory.talks.kernel import ALL_ROWS, D1, EXISTS, ROWS, flag_table, solve_flags

Range = tuple[float, float]
# Round parameters put thresholds at round places, which cell centres may hit exactly: a hair beside them is generic.
MOST_RESOLUTION = 3000  # cells along an axis of a map
CELL_BYTES = 1000  # roughly, that a map takes while it is solved
OFF_CENTRE = 1e-5


@dataclass(frozen=True)
class RegionMap:
    """The components that exist at each point of a grid of two parameters, the others held fixed.

    Attributes:
        base: the parameters held fixed.
        x, y: names of the parameters that vary.
        x_range, y_range: the ends of the two axes.
        x_values, y_values: the centres of the cells, ``[n_x]`` and ``[n_y]``.
        valid: where the parameters are allowed (``loss_high < loss_low``), ``[n_y, n_x]``.
        exists: ``[n_y, n_x, 9]``, components in the order of ``EQUILIBRIUM_NAMES``; False where not valid.
        d1: the same for components that exist and survive D1.
    """

    base: TalksParameters
    x: str
    y: str
    x_range: Range
    y_range: Range
    x_values: FloatArray
    y_values: FloatArray
    valid: BoolArray
    exists: BoolArray
    d1: BoolArray

    def labels(self, refined: bool = False) -> tuple[np.ndarray, tuple[tuple[str, ...], ...]]:
        """The map as numbers into a list of sets of names, most frequent set first; -1 where not valid.

        Args:
            refined: count only the components that survive D1.
        """
        table = self.d1 if refined else self.exists
        codes = table.astype(np.int64) @ (1 << np.arange(len(ROWS)))
        found, inverse, counts = np.unique(codes[self.valid], return_inverse=True, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        numbers = np.full(codes.shape, -1)
        numbers[self.valid] = rank[inverse]
        sets = tuple(tuple(name for bit, name in enumerate(ROWS) if found[code] >> bit & 1) for code in order)
        return numbers, sets


def default_range(name: str, base: TalksParameters) -> Range:
    """A range to draw ``name`` over: its own where that is bounded, else from 0 to a little past the base value."""
    low, _, high, _, _ = RANGES[name]
    if name == "loss_high":
        return 0.0, float(base.loss_low)
    if name == "loss_low":
        return float(base.loss_high), 1.0
    return low, high if np.isfinite(high) else max(1.0, 1.5 * getattr(base, name))


def region_map(
    base: TalksParameters,
    x: str = "pressure",
    y: str = "escalation_cost",
    x_range: Range | None = None,
    y_range: Range | None = None,
    resolution: int = 200,
) -> RegionMap:
    """Solve the game on a grid of cells, at their centres but for 1e-5 of a cell, so that hardly any is a knife edge.

    Args:
        base: the parameters held fixed.
        x, y: two different parameter names.
        x_range, y_range: by default :func:`default_range`.
        resolution: grid points along each axis.

    Raises:
        ParameterError: an unknown or repeated name, a range that is empty or leaves the parameter's range, or a
            resolution below 2.
    """
    for key, name in (("x", x), ("y", y)):
        if name not in RANGES:
            raise ParameterError(key, name, one_of(RANGES, name))
    if x == y:
        raise ParameterError("y", y, "a parameter other than x")
    if not 2 <= resolution <= MOST_RESOLUTION:
        size = f"one of {resolution:,} x {resolution:,} would take {resolution**2 * CELL_BYTES / 2**30:,.1f} GiB"
        expected = f"a whole number of at least 2, and of at most {MOST_RESOLUTION} ({size})"
        raise ParameterError("resolution", resolution, expected if resolution > 2 else "a whole number of at least 2")
    x_range = _checked_range("x_range", x, x_range or default_range(x, base))
    y_range = _checked_range("y_range", y, y_range or default_range(y, base))
    centres = (np.arange(resolution) + 0.5 + OFF_CENTRE) / resolution
    x_values = x_range[0] + (x_range[1] - x_range[0]) * centres
    y_values = y_range[0] + (y_range[1] - y_range[0]) * centres
    games = games_over(base, x, y, x_values[None, :], y_values[:, None])
    valid = is_valid(games)
    flags = flag_table(solve_flags(TalksColumns(*(column.ravel() for column in games)))[0])
    flags = flags.reshape(*valid.shape, len(ROWS), 3)
    flags[~valid] = False
    return RegionMap(
        base, x, y, x_range, y_range, x_values, y_values, valid, flags[..., EXISTS].copy(), flags[..., D1].copy()
    )


def region_slices(
    base: TalksParameters,
    name: str,
    values: Sequence[float],
    x: str,
    y: str,
    x_range: Range | None = None,
    y_range: Range | None = None,
    resolution: int = 200,
) -> tuple[RegionMap, ...]:
    """One map for each value of a third parameter, all over the same ranges; the rest as for :func:`region_map`.

    Raises:
        ParameterError: also if the third parameter is unknown, is one of the other two, or a value is out of its range.
    """
    if name not in RANGES or name in (x, y):
        raise ParameterError("slices", name, one_of([other for other in RANGES if other not in (x, y)], name))
    if not values:
        raise ParameterError("slices", list(values), "at least one value")
    bases = [replace(base, **{name: value}) for value in values]
    first = region_map(bases[0], x, y, x_range, y_range, resolution)
    others = (region_map(other, x, y, first.x_range, first.y_range, resolution) for other in bases[1:])
    return (first, *others)


def games_over(
    base: TalksParameters, x: str, y: str, x_values: FloatArray, y_values: FloatArray
) -> TalksColumns[FloatArray]:
    """The games at points whose coordinates broadcast together; all columns have the shape of the points."""
    varied = {x: x_values, y: y_values}
    columns = (np.asarray(varied.get(name, getattr(base, name)), np.float64) for name in TalksColumns._fields)
    return TalksColumns(*map(np.array, np.broadcast_arrays(*columns)))


def is_valid(games: TalksColumns[FloatArray]) -> BoolArray:
    """Where the types are ordered."""
    return np.asarray(games.loss_high < games.loss_low)


def component_codes(games: TalksColumns[FloatArray], refined: bool = False) -> IntArray:
    """The set of components of games ``[n]`` as a number, ``[n]``: bit i is row i of the closed forms."""
    packed = solve_flags(games)[0].astype(np.int64)
    return np.asarray(packed >> (len(ROWS) if refined else 0) & ALL_ROWS)


def _checked_range(key: str, name: str, chosen: Range) -> Range:
    low, _, high, _, _ = RANGES[name]
    if not low <= chosen[0] < chosen[1] <= high:
        raise ParameterError(key, chosen, f"two increasing numbers within [{low:g}, {high:g}]")
    return float(chosen[0]), float(chosen[1])
