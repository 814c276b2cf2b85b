"""Region maps and their boundaries: labels against the exact solver, curves against the enumerator."""

from dataclasses import replace

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import RANGES, TalksParameters, compile_talks
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import signalling_form
from olivebranch.theory.talks.boundaries import BOUNDARIES, boundary_values, separates
from olivebranch.theory.talks.regions import RegionMap, component_codes, games_over, region_map, region_slices
from olivebranch.theory.talks.solve import EQUILIBRIUM_NAMES, solve_talks

AXES = (
    ("pressure", "escalation_cost"),
    ("shelter", "pressure"),
    ("prior_high", "face_cost"),
    ("loss_high", "loss_low"),
)


def at(regions: RegionMap, x: float, y: float) -> TalksParameters:
    return replace(regions.base, **{regions.x: float(x), regions.y: float(y)})


@pytest.mark.parametrize(("x", "y"), AXES)
def test_cells_hold_what_the_exact_solver_finds(x: str, y: str) -> None:
    regions = region_map(load_preset("desperate-first").parameters, x, y, resolution=40)
    rng = np.random.default_rng(0)
    for row, column in rng.integers(40, size=(40, 2)):
        if not regions.valid[row, column]:
            with pytest.raises(ParameterError, match="loss_high"):
                at(regions, regions.x_values[column], regions.y_values[row])
            assert not regions.exists[row, column].any()
            continue
        solution = solve_talks(at(regions, regions.x_values[column], regions.y_values[row]))
        assert {EQUILIBRIUM_NAMES[i] for i in np.flatnonzero(regions.exists[row, column])} == set(solution.names)
        assert {EQUILIBRIUM_NAMES[i] for i in np.flatnonzero(regions.d1[row, column])} == {
            e.name for e in solution.equilibria if e.d1
        }


def test_labels_number_the_sets_by_how_often_they_occur() -> None:
    regions = region_map(load_preset("weak-blend-in").parameters, "loss_high", "loss_low", resolution=60)
    for refined in (False, True):
        numbers, sets = regions.labels(refined)
        assert ((numbers == -1) == ~regions.valid).all()
        counts = np.bincount(numbers[regions.valid])
        assert len(counts) == len(sets) == len(set(sets))
        assert (np.diff(counts) <= 0).all()
        row, column = np.argwhere(regions.valid)[7]
        table = regions.d1 if refined else regions.exists
        held = tuple(name for name, there in zip(EQUILIBRIUM_NAMES, table[row, column], strict=True) if there)
        assert sets[numbers[row, column]] == held


def supports(parameters: TalksParameters) -> frozenset[tuple[tuple[int, ...], ...]]:
    """The set of components by the enumerator, which knows nothing of thresholds."""
    found = enumerate_equilibria(signalling_form(compile_talks(parameters))).components
    return frozenset(component.representative.sender_support for component in found)


@pytest.mark.parametrize("preset", ["desperate-first", "mutual-doubt", "rival-expectations"])
@pytest.mark.parametrize(("x", "y"), AXES)
def test_every_change_of_label_lies_on_a_boundary_curve(preset: str, x: str, y: str) -> None:
    """Bisect with the enumerator between cells that differ: some boundary quantity vanishes in the limit."""
    regions = region_map(load_preset(preset).parameters, x, y, resolution=25)
    numbers, _ = regions.labels()
    changes = np.argwhere((numbers[:, 1:] != numbers[:, :-1]) & (numbers[:, 1:] >= 0) & (numbers[:, :-1] >= 0))
    rng = np.random.default_rng(1)
    for row, column in changes[rng.permutation(len(changes))[:2]]:
        height = regions.y_values[row]
        left, right = regions.x_values[column : column + 2]
        there = supports(at(regions, left, height))
        assert there != supports(at(regions, right, height))
        for _ in range(26):
            middle = (left + right) / 2
            left, right = (middle, right) if supports(at(regions, middle, height)) == there else (left, middle)
        values = boundary_values(regions.base, x, y, np.array([left, right]), np.array([height, height]))
        crossed = (values[:, 0] * values[:, 1] <= 0) & (np.abs(values).max(axis=1) < 1e-8)
        assert crossed.any()


@pytest.mark.parametrize("preset", preset_names("talks"))
@pytest.mark.parametrize(("x", "y"), AXES)
def test_a_curve_separates_exactly_where_the_labels_differ(preset: str, x: str, y: str) -> None:
    base = load_preset(preset).parameters
    regions = region_map(base, x, y, resolution=2)
    rng = np.random.default_rng(2)
    size = np.array([regions.x_range[1] - regions.x_range[0], regions.y_range[1] - regions.y_range[0]])
    low = np.array([regions.x_range[0], regions.y_range[0]])
    tested = 0
    for index in range(len(BOUNDARIES)):
        # Points on the curve: bisection of the quantity along random vertical lines.
        horizontal = low[0] + size[0] * rng.uniform(0.05, 0.95, size=40)
        bottom, top = np.full(40, low[1]), np.full(40, low[1] + size[1])

        def sign(ys: np.ndarray, at_x: np.ndarray = horizontal, which: int = index) -> np.ndarray:
            return boundary_values(base, x, y, at_x, ys)[which] > 0

        crosses = sign(bottom) != sign(top)
        for _ in range(50):
            middle = (bottom + top) / 2
            up = sign(middle) == sign(bottom)
            bottom, top = np.where(up, middle, bottom), np.where(up, top, middle)
        points = np.stack([horizontal, bottom], axis=1)[crosses]
        for refined in (False, True):
            sides = []
            for shift in (-2e-6, 2e-6):
                games = games_over(base, x, y, points[:, 0], points[:, 1] + shift * size[1])
                ordered = games.loss_high < games.loss_low
                sides.append(np.where(ordered, component_codes(games, refined), -1))
            ordered = (sides[0] >= 0) & (sides[1] >= 0)
            expected = (sides[0] != sides[1]) & ordered
            found = separates(base, x, y, index, points, (size[0], size[1]), refined)
            np.testing.assert_array_equal(found[ordered], expected[ordered])
            tested += int(ordered.sum())
    assert tested > 50


def test_the_boundaries_have_the_meaning_that_they_claim() -> None:
    # rival-expectations with k varied: μ_T = 0 at k = (1-s) ℓ_L - b_R = .96*.95 - .22 = .692; α = 0 at
    # λ = (1-s) b_S / (b_S+f) = .96*.38/.83 = .43952; D_L(1,1) = s ℓ_L - f = .038 - .45 everywhere.
    base = load_preset("rival-expectations").parameters
    values = boundary_values(base, "pressure", "escalation_cost", np.array(0.96 * 0.38 / 0.83), np.array(0.692))
    symbols = [boundary.symbol for boundary in BOUNDARIES]
    assert values[symbols.index(r"\mu_T = 0")] == pytest.approx(0, abs=1e-12)
    assert values[symbols.index(r"\alpha = 0")] == pytest.approx(0, abs=1e-12)
    assert values[symbols.index(r"D_L(1,1) = 0")] == pytest.approx(0.038 - 0.45)


def test_slices_share_their_ranges_and_vary_the_third_parameter() -> None:
    base = load_preset("rival-expectations").parameters
    maps = region_slices(base, "loss_low", [0.3, 0.95], "loss_high", "face_cost", resolution=10)
    assert [m.base.loss_low for m in maps] == [0.3, 0.95]
    assert maps[0].x_range == maps[1].x_range == (0.0, 0.3)
    assert maps[0].y_range == maps[1].y_range


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": "colour"}, "x = 'colour'"),
        ({"x": "shelter", "y": "shelter"}, "y = 'shelter'"),
        ({"x_range": (0.5, 0.2)}, "x_range"),
        ({"y_range": (-1.0, 1.0)}, "y_range"),
        ({"resolution": 1}, "resolution = 1"),
    ],
)
def test_bad_requests_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        region_map(load_preset("mutual-doubt").parameters, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "values"), [("pressure", [0.1]), ("colour", [0.1]), ("shelter", []), ("shelter", [2.0])]
)
def test_bad_slices_are_named(name: str, values: list[float]) -> None:
    with pytest.raises(ParameterError, match=r"slices|shelter = 2.0"):
        region_slices(load_preset("mutual-doubt").parameters, name, values, "pressure", "escalation_cost")


def test_ranges_default_to_what_the_parameter_allows() -> None:
    regions = region_map(load_preset("mutual-doubt").parameters, "prior_high", "sender_dividend", resolution=4)
    assert regions.x_range == (0.0, 1.0)
    assert regions.y_range == (0.0, 1.0)
    assert set(RANGES) >= {regions.x, regions.y}
