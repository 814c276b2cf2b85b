"""A benchmark's numbers and page, from a table made by hand; cycling measures from paths with known lengths."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.image import imread

from olivebranch.eval.benchmark.figures import FIGURES
from olivebranch.eval.benchmark.report import THRESHOLDS, judged, report_benchmark, write_page


def row(algorithm: str, preset: str, seed: int, score: float, **others: Any) -> dict[str, Any]:
    return {
        "algorithm": algorithm, "preset": preset, "seed": seed, "policy": "last", "score": score,
        "component": "pool-talk", "on_path": score / 2, "off_path": None, "reached": score < 0.1, "episodes": 1000,
        "updates": 10, "averaging_gap": 0.1, "late_movement": 0.2,
        "late_winding": 1.5, "deterministic": False, "wall_seconds": 2.0,
    } | others  # fmt: skip


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    rows = [row("good", preset, seed, 0.01 * seed) for preset in ("a", "b") for seed in range(4)]
    rows += [row("bad", preset, seed, 0.5, deterministic=True, off_path=0.75) for preset in "ab" for seed in range(4)]
    averages = [entry | {"policy": "average", "score": 0.0} for entry in rows]
    return pl.DataFrame(rows + averages, infer_schema_length=None)


def test_numbers_are_those_counted_by_hand(table: pl.DataFrame) -> None:
    report = report_benchmark(table)
    assert report.algorithms == ("good", "bad")
    assert report.presets == ("a", "b")
    # good: 0, 0, .01, .01, .02, .02, .03, .03, of which the middle four count
    assert report.means["score"]["good"].value == pytest.approx(0.015)
    assert report.means["score"]["good"].low < 0.015 < report.means["score"]["good"].high
    # bad: every seed the same run, so no width; its distance is the one off the path
    assert report.means["score"]["bad"].as_list() == [0.5, 0.5, 0.5]
    assert report.means["distance"]["bad"].value == 0.75
    assert report.improvement["score"]["good", "bad"].value == 1
    assert report.improvement["score"]["bad", "good"].value == 0
    assert report.profiles["score"]["bad"][0].tolist() == (THRESHOLDS >= 0.5).astype(float).tolist()


def test_seeds_that_are_the_same_run_count_once(table: pl.DataFrame) -> None:
    report = report_benchmark(table)
    bad, good = report.reached["a", "bad"]["none"], report.reached["a", "good"]["pool-talk"]
    assert (bad.value, good.value) == (1, 1)
    assert bad.low == pytest.approx(1 / (1 + 1.959964**2), abs=1e-6)  # Wilson's, one of one
    assert good.low == pytest.approx(4 / (4 + 1.959964**2), abs=1e-6)  # four of four


def test_the_same_table_gives_the_same_page_and_small_pictures(table: pl.DataFrame, tmp_path: Path) -> None:
    first, second = tmp_path / "one" / "page.md", tmp_path / "two" / "page.md"
    for page in (first, second):
        page.parent.mkdir()
        write_page(table, page, "olivebranch benchmark x.yaml")
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text()
    assert "| good | 0.0150 [" in text
    assert "| bad | 0.5000 [0.5000, 0.5000] | 0.0000 [0.0000, 0.0000] | 0.7500 [0.7500, 0.7500] | 0/2 |" in text
    assert "bad (2 presets)" in text
    for name in FIGURES:
        picture = tmp_path / "one" / "images" / f"benchmark-{name}.png"
        assert f"images/{picture.name}" in text
        assert picture.stat().st_size < 300_000
        assert np.ptp(imread(picture)) > 0
        assert picture.read_bytes() == (tmp_path / "two" / "images" / picture.name).read_bytes()


def test_only_the_policy_asked_for_is_judged(table: pl.DataFrame) -> None:
    assert len(judged(table)) == len(table) // 2
    assert set(judged(table, "average")["score"]) == {0.0}
