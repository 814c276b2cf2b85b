"""A benchmark in numbers, and as a page: interquartile means, improvement, equilibria reached, cycling, cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from olivebranch.core.files import write_bytes
from olivebranch.eval.benchmark.figures import FIGURES, Panel, draw_figures
from olivebranch.eval.figures.comparison import save_figure
from olivebranch.eval.intervals import Estimate, wilson
from olivebranch.eval.statistics import (
    Scores,
    improvement_interval,
    interquartile_mean,
    performance_profile,
    stratified_bootstrap,
)
from olivebranch.games.base import FloatArray

SEED = 0  # of the intervals, so that the same runs give the same page
MEASURES = {"score": "NashConv / NashConv of uniform play", "distance": "distance to the nearest equilibrium"}
THRESHOLDS: FloatArray = np.geomspace(1e-4, 1, 121)


@dataclass(frozen=True)
class BenchmarkReport:
    """What the tables of a benchmark come to.

    Attributes:
        runs: the table of runs, one row a run, of the policy that counts for its algorithm (see :func:`judged`).
        algorithms, presets: in the order of the table.
        means: by measure and algorithm, the interquartile mean over all presets.
        profiles: by measure and algorithm, share of runs at most ``THRESHOLDS``, and its band.
        improvement: by measure and pair of algorithms.
        reached: by preset and algorithm, by component (or ``none``).
    """

    runs: pl.DataFrame
    algorithms: tuple[str, ...]
    presets: tuple[str, ...]
    means: dict[str, dict[str, Estimate]]
    profiles: dict[str, dict[str, tuple[FloatArray, FloatArray, FloatArray]]]
    improvement: dict[str, dict[tuple[str, str], Estimate]]
    reached: dict[tuple[str, str], dict[str, Estimate]]


def judged(table: pl.DataFrame, policy: str = "last") -> pl.DataFrame:
    """The rows of one kind of policy, with ``distance``: the larger of those on and off the path, where known."""
    off = pl.col("off_path").cast(pl.Float64).fill_null(0.0)
    return table.filter(pl.col("policy") == policy).with_columns(pl.max_horizontal("on_path", off).alias("distance"))


def independent(runs: pl.DataFrame) -> pl.DataFrame:
    """The runs that are evidence: of an algorithm and preset whose seeds are all the same run, only one."""
    first = pl.col("seed") == pl.col("seed").min().over("algorithm", "preset")
    return runs.filter(~pl.col("deterministic") | first)


def report_benchmark(table: pl.DataFrame, policy: str = "last") -> BenchmarkReport:
    """Compute all statistics of ``runs.parquet``.

    Args:
        table: what :func:`olivebranch.eval.benchmark.scores.write_tables` gives.
        policy: which policy to judge.
    """
    runs, generator = judged(table, policy), np.random.default_rng(SEED)
    algorithms = tuple(runs["algorithm"].unique(maintain_order=True))
    presets = tuple(runs["preset"].unique(maintain_order=True))

    def scores(measure: str, algorithm: str) -> Scores:
        # Identical seeds stay in: every preset weighs alike, and resampling them adds no width.
        own = runs.filter(pl.col("algorithm") == algorithm)
        return [own.filter(pl.col("preset") == preset)[measure].to_numpy() for preset in presets]

    values = {measure: {name: scores(measure, name) for name in algorithms} for measure in MEASURES}
    return BenchmarkReport(
        runs=runs,
        algorithms=algorithms,
        presets=presets,
        means={
            measure: {
                name: stratified_bootstrap(own, interquartile_mean, generator) for name, own in by_algorithm.items()
            }
            for measure, by_algorithm in values.items()
        },
        profiles={
            measure: {name: performance_profile(own, THRESHOLDS, generator) for name, own in by_algorithm.items()}
            for measure, by_algorithm in values.items()
        },
        improvement={measure: _improvement(by_algorithm, generator) for measure, by_algorithm in values.items()},
        reached={
            (preset, name): _frequencies(
                independent(runs.filter((pl.col("preset") == preset) & (pl.col("algorithm") == name)))
            )
            for preset in presets
            for name in algorithms
        },
    )


def _improvement(scores: dict[str, Scores], generator: np.random.Generator) -> dict[tuple[str, str], Estimate]:
    result = {}
    for one, other in combinations(scores, 2):
        found = improvement_interval(scores[one], scores[other], generator, resamples=200)
        result[one, other] = found
        result[other, one] = Estimate(1 - found.value, 1 - found.high, 1 - found.low)
    return result


def _frequencies(runs: pl.DataFrame) -> dict[str, Estimate]:
    found = [row["component"] if row["reached"] else "none" for row in runs.iter_rows(named=True)]
    return {name: wilson(found.count(name), len(found)) for name in sorted(set(found), key=lambda n: (n == "none", n))}


def write_page(table: pl.DataFrame, page: Path, command: str) -> None:
    """Write the page and, into ``images`` beside it, its pictures.

    Args:
        table: ``runs.parquet``.
        page: a Markdown file.
        command: that makes it, for the page.
    """
    report = report_benchmark(table)
    images = page.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, figure in draw_figures(panels(report), report.reached, table, report.algorithms, report.presets).items():
        save_figure(figure, images / f"benchmark-{name}.png")
    write_bytes(page, markdown(report, table, command).encode())


def panels(report: BenchmarkReport) -> list[Panel]:
    """What the pictures show of each measure."""
    return [
        Panel(title, report.means[measure], report.profiles[measure], report.improvement[measure], THRESHOLDS)
        for measure, title in MEASURES.items()
    ]


def markdown(report: BenchmarkReport, table: pl.DataFrame, command: str) -> str:
    """The page."""
    runs = report.runs
    fixed = (
        runs.filter(pl.col("deterministic")).group_by("algorithm", maintain_order=True).agg(pl.col("preset").n_unique())
    )
    same = ", ".join(f"{name} ({n} presets)" for name, n in fixed.iter_rows()) or "none"
    seeds = runs["seed"].n_unique()
    lines = [
        "# Benchmark",
        "",
        f"This page was made by `{command}`. It compares {len(report.algorithms)} algorithms on "
        f"{len(report.presets)} presets with {seeds} seeds each. The {len(runs)} runs took "
        f"{runs['wall_seconds'].sum() / 60:.0f} minutes of one core in all.",
        "",
        "NashConv is exact. It is divided by that of uniform play on the same preset, so that presets can be "
        "pooled: it is 0 in equilibrium and 1 where play is as bad as chance. The distance is that to the nearest "
        "equilibrium component, the larger of those on and off the path. The table shows interquartile means over "
        "all presets, with 95 % stratified-bootstrap intervals (Agarwal et al. 2021; the functions in "
        "`eval/statistics.py` are our own). The last iterate is judged unless the page says otherwise.",
        "",
        "An algorithm whose seeds all give the same run draws nothing at random there. Its seeds are one "
        f"observation, and its intervals have no width. These are: {same}.",
        "",
        *_table(
            ["algorithm", "NashConv, last", "NashConv, average", "distance, last", "reached"],
            _mean_rows(report, table),
        ),
        "",
        *_pictures(),
        "",
        "## Equilibria reached",
        "",
        "The table shows the shares of the independent runs. A run has reached a component if it is within 0.05 of "
        "it on and off the path.",
        "",
        *_table(
            ["preset", *report.algorithms],
            [
                [
                    preset,
                    *(
                        "<br>".join(f"{k} {e.value:.0%}" for k, e in report.reached[preset, name].items())
                        for name in report.algorithms
                    ),
                ]
                for preset in report.presets
            ],
        ),
        "",
        "## Cycling and cost",
        "",
        "The table shows medians over runs. The averaging gap is the play distance between the last iterate and the "
        "time average. Late movement is the mean absolute path of every listed probability over the last fifth of "
        "training. Winding is that path divided by the range that was covered: it is 1 where play moves one way, "
        "and 2 or more where it goes to and fro, or circles. Exact learners play no episodes.",
        "",
        *_table(
            ["algorithm", "averaging gap", "late movement", "winding", "episodes", "updates", "seconds a run"],
            _cost_rows(report),
        ),
        "",
    ]
    return "\n".join(lines)


def _mean_rows(report: BenchmarkReport, table: pl.DataFrame) -> list[list[str]]:
    average = report_means(judged(table, "average"))
    rows = []
    for name in sorted(report.algorithms, key=lambda name: report.means["score"][name].value):
        own = independent(report.runs.filter(pl.col("algorithm") == name))
        rows.append(
            [
                name,
                _interval(report.means["score"][name]),
                _interval(average[name]) if name in average else "",
                _interval(report.means["distance"][name]),
                f"{int(own['reached'].sum())}/{len(own)}",
            ]
        )
    return rows


def report_means(runs: pl.DataFrame) -> dict[str, Estimate]:
    """Interquartile mean of the score by algorithm."""
    generator = np.random.default_rng(SEED)
    return {
        str(key[0]): stratified_bootstrap(
            [own["score"].to_numpy() for _, own in group.group_by("preset", maintain_order=True)],
            interquartile_mean,
            generator,
        )
        for key, group in runs.group_by("algorithm", maintain_order=True)
    }


def _cost_rows(report: BenchmarkReport) -> list[list[str]]:
    columns = ("averaging_gap", "late_movement", "late_winding", "episodes", "updates", "wall_seconds")
    rows = []
    for name in report.algorithms:
        own = report.runs.filter(pl.col("algorithm") == name)
        medians = [own[column].cast(pl.Float64).drop_nulls().to_numpy() for column in columns]
        rows.append([name, *(_number(float(np.median(values))) if len(values) else "" for values in medians)])
    return rows


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3f}"


def _pictures() -> list[str]:
    return [line for name, text in FIGURES.items() for line in (f"![{text}](images/benchmark-{name}.png)", "")][:-1]


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.4f} [{estimate.low:.4f}, {estimate.high:.4f}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
