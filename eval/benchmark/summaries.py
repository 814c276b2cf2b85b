"""What the runs of a benchmark come to: statistics over games, a table by game, times to thresholds, orders that are
sure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from olivebranch.eval.benchmark.judging import TIE
from olivebranch.eval.intervals import Estimate
from olivebranch.eval.statistics import across_games
from olivebranch.games.base import FloatArray
from olivebranch.train.benchmark.tuning import LEAST

SEED = 0  # of the intervals, so that the same tables give the same page
THRESHOLDS = (0.1, 0.03, 0.01)


@dataclass(frozen=True)
class Summary:
    """One learner with one budget.

    Attributes:
        statistics: of log10 scores over games, by name; see ``STATISTICS``.
        by_game: the mean of log10 scores over seeds, by game.
        reached: runs that reached the outcome of a certified equilibrium, and runs in games where all are known.
        supported: runs whose policy some beliefs support, and all runs.
    """

    statistics: Mapping[str, Estimate]
    by_game: Mapping[str, float]
    reached: tuple[int, int]
    supported: tuple[int, int]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "statistics": {name: estimate.as_list() for name, estimate in self.statistics.items()},
            "by_game": dict(self.by_game),
            "reached": list(self.reached),
            "supported": list(self.supported),
        }


def log_scores(scores: pl.Series | Sequence[float]) -> FloatArray:
    """log10 of scores; those below a millionth count as that."""
    found: FloatArray = np.log10(np.maximum(np.asarray(scores, dtype=np.float64), LEAST))
    return found


def summarise(runs: pl.DataFrame) -> Summary:
    """The rows of one learner and budget; see ``scores.parquet`` in :mod:`olivebranch.eval.benchmark.tables`."""
    by_stratum: dict[str, list[FloatArray]] = {}
    by_game: dict[str, float] = {}
    for (stratum, game), rows in runs.group_by(["stratum", "game"], maintain_order=True):
        values = log_scores(rows["score"])
        by_stratum.setdefault(str(stratum), []).append(values)
        by_game[str(game)] = float(values.mean())
    known = runs["reached"].drop_nulls()
    return Summary(
        across_games(by_stratum, np.random.default_rng(SEED)),
        by_game,
        (int(known.sum()), len(known)),
        (int(runs["supported"].sum()), len(runs)),
    )


def summaries(runs: pl.DataFrame, budget: str) -> dict[str, Summary]:
    """Of every learner with one budget, in the order of the table."""
    own = runs.filter(pl.col("budget") == budget)
    names = own["learner"].unique(maintain_order=True)
    return {name: summarise(own.filter(pl.col("learner") == name)) for name in names}


def sure_orders(found: Mapping[str, Summary], statistic: str = "mean") -> list[tuple[str, str]]:
    """The pairs of learners whose intervals do not touch, the better one first."""
    pairs = []
    for one, other in combinations(found, 2):
        first, second = found[one].statistics[statistic], found[other].statistics[statistic]
        if first.high < second.low:
            pairs.append((one, other))
        elif second.high < first.low:
            pairs.append((other, one))
    return pairs


def best_in(found: Mapping[str, Summary], game: str) -> tuple[str, ...]:
    """The learners with the least score in a game; all that are within a millionth of it."""
    scores = {name: 10 ** one.by_game[game] for name, one in found.items() if game in one.by_game}
    least = min(scores.values())
    return tuple(name for name, score in scores.items() if score <= least + TIE)


def time_to(curves: pl.DataFrame, threshold: float, column: str) -> list[float | None]:
    """When each run first stays at or below a score: the value of ``column`` there; None for runs that never do.

    Args:
        curves: rows of one learner and budget of ``curves.parquet``.
        threshold: the score.
        column: ``"units"`` or ``"learning_seconds"``.
    """
    found: list[float | None] = []
    for _, run in curves.group_by(["game", "seed"], maintain_order=True):
        above = np.flatnonzero(run["score"].to_numpy() > threshold + TIE)
        first = 0 if not len(above) else int(above[-1]) + 1
        found.append(float(run[column][first]) if first < len(run) else None)
    return found
