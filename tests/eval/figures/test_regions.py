"""Pictures of regions: colours that tell sets apart, names in place, active boundaries, the same bytes each time."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from olivebranch.eval.figures.comparison import save_figure
from olivebranch.eval.figures.palette import SET_COLOURS, ink, set_colour
from olivebranch.eval.figures.regions import draw_regions
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.theory.talks.kernel import ROWS, solve_flags
from olivebranch.theory.talks.regions import region_map, region_slices
from tests.strategies import random_parameters


def test_every_set_that_occurs_has_a_colour_of_its_own() -> None:
    packed = solve_flags(random_parameters(400_000, np.random.default_rng(0)))[0].astype(np.int64)
    codes = np.unique(np.concatenate([packed & 511, packed >> 9 & 511]))
    sets = [tuple(name for bit, name in enumerate(ROWS) if code >> bit & 1) for code in codes]
    assert all(len(names) == 1 or names in SET_COLOURS for names in sets)
    apart = [np.abs(np.subtract(to_rgb(set_colour(a)), to_rgb(set_colour(b)))).sum() for a, b in combinations(sets, 2)]
    assert min(apart) > 0.15


def test_ink_can_be_read() -> None:
    assert ink("#0072B2") == "#FFFFFF"
    assert ink("#F6D3B8") == "#111111"


@pytest.mark.parametrize("name", preset_names("talks"))
def test_the_preset_lies_in_the_colour_of_its_equilibria(name: str) -> None:
    preset = load_preset(name)
    p = preset.parameters
    figure = draw_regions([region_map(p, resolution=200)])
    axes = figure.axes[0]
    colours = np.asarray(axes.images[0].get_array())
    left, right, bottom, top = axes.images[0].get_extent()
    column = int((p.pressure - left) / (right - left) * colours.shape[1])
    row = int((p.escalation_cost - bottom) / (top - bottom) * colours.shape[0])
    np.testing.assert_allclose(colours[row, column], to_rgb(set_colour(preset.equilibria)))


def test_regions_are_named_in_place_or_in_the_legend() -> None:
    regions = region_map(load_preset("desperate-first").parameters, "shelter", "pressure", resolution=150)
    figure = draw_regions([regions])
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    for axes, refined in zip(figure.axes, (False, True), strict=True):
        in_place = [text.get_text().replace("\n", " ") for text in axes.texts]
        _, sets = regions.labels(refined)
        assert all(" + ".join(names) in in_place + legend for names in sets)
        assert "high-fights-low-mixes" in in_place
        assert any("D_L(1,0)" in text for text in in_place)


def test_solid_lines_are_where_the_label_changes() -> None:
    regions = region_map(load_preset("rival-expectations").parameters, resolution=400)
    figure = draw_regions([regions], refined=(False,))
    numbers, _ = regions.labels()
    solid = [c for c in figure.axes[0].collections if isinstance(c, LineCollection) and c.get_linewidth()[0] > 1]
    drawn = np.concatenate([segment for c in solid for segment in c.get_segments()])
    step = (regions.x_values[1] - regions.x_values[0], regions.y_values[1] - regions.y_values[0])
    for row, column in np.argwhere(numbers[1:] != numbers[:-1])[::7]:
        here = np.array([regions.x_values[column], (regions.y_values[row] + regions.y_values[row + 1]) / 2])
        assert (np.abs(drawn - here) / step).max(axis=1).min() < 2  # within two cells: the curve's points are as dense
    inside = (slice(1, -1), slice(1, -1))
    flat = np.ones_like(numbers[inside], dtype=bool)
    for rows, columns in ((slice(2, None), slice(1, -1)), (slice(0, -2), slice(1, -1)), (slice(1, -1), slice(2, None))):
        flat &= numbers[rows, columns] == numbers[inside]
    rows = np.clip(((drawn[:, 1] - regions.y_range[0]) / step[1]).astype(int) - 1, 0, len(flat) - 1)
    columns = np.clip(((drawn[:, 0] - regions.x_range[0]) / step[0]).astype(int) - 1, 0, len(flat) - 1)
    near = [~flat[max(r - 2, 0) : r + 3, max(c - 2, 0) : c + 3].all() for r, c in zip(rows, columns, strict=True)]
    assert np.mean(near) > 0.99


def test_slices_make_small_multiples_and_the_same_picture_twice(tmp_path: Path) -> None:
    base = load_preset("weak-blend-in").parameters
    for name in ("one", "two"):
        maps = region_slices(base, "shelter", [0.2, 0.5], "loss_high", "loss_low", resolution=40)
        figure = draw_regions(maps, slices="shelter", title="slices")
        assert len(figure.axes) == 4
        assert [a.get_title() for a in figure.axes[:2]] == ["$s$ = 0.2, all equilibria (PBE)", "$s$ = 0.5"]
        save_figure(figure, tmp_path / f"{name}.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
