"""Which equilibrium components exist where: closed forms over a grid of two parameters (docs/model.md, section 2)."""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.errors import ParameterError
from olivebranch.games.talks import RANGES, TalksParameters
from olivebranch.theory.talks_kernel import D1, EXISTS, ROWS, solve_array


@dataclass(frozen=True)
class RegionMap:
    """The components that exist at each point of a grid of two parameters, the others held fixed.

    Attributes:
        base: the parameters held fixed.
        x, y: names of the parameters that vary.
        x_values, y_values: the grid, ``[n_x]`` and ``[n_y]``.
        valid: where the parameters are allowed (``loss_high < loss_low``), ``[n_y, n_x]``.
        exists: ``[n_y, n_x, 9]``, components in the order of ``EQUILIBRIUM_NAMES``; False where not valid.
        d1: the same for components that exist and survive D1.
    """

    base: TalksParameters
    x: str
    y: str
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


def default_range(name: str, base: TalksParameters) -> tuple[float, float]:
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
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    resolution: int = 200,
) -> RegionMap:
    """Solve the game on a grid. Cell centres are used, so that the edges of the ranges are not knife edges.

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
            raise ParameterError(key, name, f"one of {', '.join(RANGES)}")
    if x == y:
        raise ParameterError("y", y, "a parameter other than x")
    if resolution < 2:
        raise ParameterError("resolution", resolution, "a whole number of at least 2")
    axes = [
        _axis(key, name, chosen or default_range(name, base), resolution)
        for key, name, chosen in (("x_range", x, x_range), ("y_range", y, y_range))
    ]
    table = np.tile([float(value) for value in base.as_dict().values()], (resolution, resolution, 1))
    names = list(RANGES)
    table[..., names.index(x)] = axes[0][None, :]
    table[..., names.index(y)] = axes[1][:, None]
    valid: BoolArray = table[..., names.index("loss_high")] < table[..., names.index("loss_low")]
    exists = np.zeros((*valid.shape, len(ROWS)), dtype=np.bool_)
    d1 = np.zeros_like(exists)
    _, flags, _ = solve_array(table[valid])
    exists[valid] = flags[:, :, EXISTS]
    d1[valid] = flags[:, :, EXISTS] & flags[:, :, D1]
    return RegionMap(base, x, y, axes[0], axes[1], valid, exists, d1)


def _axis(key: str, name: str, chosen: tuple[float, float], resolution: int) -> FloatArray:
    low, _, high, _, _ = RANGES[name]
    if not low <= chosen[0] < chosen[1] <= high:
        raise ParameterError(key, chosen, f"two increasing numbers within [{low:g}, {high:g}]")
    step = (chosen[1] - chosen[0]) / resolution
    axis: FloatArray = np.asarray(chosen[0] + step * (np.arange(resolution) + 0.5), dtype=np.float64)
    return axis
