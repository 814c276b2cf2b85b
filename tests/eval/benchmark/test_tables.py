"""The tidy tables of a benchmark: a row a run, the same whatever interrupted it; what the cycling measures say."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from olivebranch.eval.benchmark.scores import late_movement, write_tables
from olivebranch.games import ParameterError
from olivebranch.train.benchmark.config import BenchmarkConfig
from olivebranch.train.benchmark.run import train_benchmark
from olivebranch.train.config import validated
from olivebranch.train.measurement import Choice, Measurement, PolicyMetrics

CONFIG = validated(
    BenchmarkConfig,
    {
        "name": "trial",
        "algorithms": {
            "one": {"kind": "q-learning", "episodes": 2000},
            "two": {"kind": "q-learning", "episodes": 500},
        },
        "presets": ["weak-blend-in", "kuhn-poker"],
        "seeds": 2,
        "evaluations": 3,
    },
)


def test_one_row_a_run_and_policy_and_the_clock_in_one_column_only(tmp_path: Path) -> None:
    runs, curves = write_tables(train_benchmark(CONFIG, tmp_path / "one", workers=1))
    again, curves_again = write_tables(train_benchmark(CONFIG, tmp_path / "two", workers=2))
    keys = runs.select("algorithm", "preset", "seed", "policy")
    assert len(keys) == len(keys.unique()) == 2 * 2 * 2 * 2
    assert runs.columns[-1] == "wall_seconds"
    assert_frame_equal(runs.drop("wall_seconds"), again.drop("wall_seconds"))
    assert_frame_equal(curves, curves_again)
    assert_frame_equal(pl.read_parquet(tmp_path / "one" / "trial" / "runs.parquet"), runs)
    last = curves.filter(pl.col("update") == pl.col("update").max().over("algorithm", "preset"))
    joined = last.join(runs, on=["algorithm", "preset", "seed", "policy"], suffix="_run")
    assert len(joined) == len(runs)
    assert np.allclose(joined["nash_conv"], joined["nash_conv_run"], atol=1e-12)
    gains = runs.select(pl.sum_horizontal(pl.selectors.starts_with("gain_")))
    assert np.allclose(gains.to_series(), runs["nash_conv"])


def test_a_benchmark_with_missing_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="config"):
        write_tables(tmp_path)


def look(x: float, y: float) -> Measurement:
    probabilities = {Choice("sender", "low", "start", action): p for action, p in (("x", x), ("y", y))}
    return Measurement(0, 0, {"last": PolicyMetrics(0.0, {}, {}, probabilities)})


def test_late_movement_adds_up_the_path_and_compares_it_with_its_range() -> None:
    # 21 evaluations; the last fifth are the last five, x there: 0, .5, 0, .5, 0 (path 2, range .5), y stays.
    circling = [look(0.9, 0.3)] * 16 + [look(x, 0.3) for x in (0, 0.5, 0, 0.5, 0)]
    assert late_movement(circling, "last") == pytest.approx((1.0, 4.0))
    one_way = [look(0.9, 0.3)] * 16 + [look(x, 0.3) for x in (0, 0.1, 0.2, 0.3, 0.4)]
    assert late_movement(one_way, "last") == pytest.approx((0.2, 1.0))
    assert late_movement([look(0.5, 0.5)] * 21, "last") == (0, 0)
    assert late_movement(circling, "average") == (None, None)
