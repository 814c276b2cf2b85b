"""Statistics of learners over games: mean, median and interquartile mean, with a bootstrap over games and seeds.

A benchmark's games are chosen and so are its seeds; a statement about learners is about other games of the same strata
and other seeds. So both are drawn anew: in each stratum as many games as it has, with replacement, and in each game
that is drawn as many seeds (a two-stage bootstrap: Davison and Hinkley 1997, section 3.8). What is averaged is one
number a game, so that no game vanishes behind its seeds.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from olivebranch.eval.intervals import Estimate
from olivebranch.games.base import FloatArray

RESAMPLES = 2000


def interquartile_mean(values: FloatArray) -> FloatArray:
    """The mean of the middle half along the last axis: the quarter at each end is left out, rounded down."""
    ordered = np.sort(values, axis=-1)
    cut = ordered.shape[-1] // 4
    result: FloatArray = ordered[..., cut : ordered.shape[-1] - cut].mean(axis=-1)
    return result


STATISTICS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "mean": lambda values: values.mean(axis=-1),
    "median": lambda values: np.median(values, axis=-1),
    "interquartile mean": interquartile_mean,
}


def across_games(
    scores: Mapping[str, Sequence[FloatArray]],
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> dict[str, Estimate]:
    """The statistics of a learner over games, each with its percentile interval.

    Args:
        scores: by stratum, an array of seeds for each game, ``[seeds]``, the same number for all games of a stratum.
        generator: draws games and seeds.
        confidence: of the intervals.
        resamples: how many draws.

    Raises:
        ValueError: there is no game, or a stratum whose games have different numbers of seeds.
    """
    if not scores or any(not len(games) for games in scores.values()):
        raise ValueError("scores: expected at least one stratum, each with at least one game")
    for stratum, games in scores.items():
        if len({len(game) for game in games}) > 1 or any(game.ndim != 1 or not len(game) for game in games):
            raise ValueError(f"scores of {stratum!r}: expected the same number of seeds, at least one, in each game")
    drawn = np.concatenate([_drawn(np.array(games), resamples, generator) for games in scores.values()], axis=1)
    values = np.array([game.mean() for games in scores.values() for game in games])
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    found = {}
    for name, statistic in STATISTICS.items():
        low, high = np.quantile(statistic(drawn), tails)
        found[name] = Estimate(float(statistic(values)), float(low), float(high))
    return found


def _drawn(table: FloatArray, resamples: int, generator: np.random.Generator) -> FloatArray:
    """Means over redrawn seeds of redrawn games, ``[resamples, games]``; ``table`` is ``[games, seeds]``."""
    games, seeds = table.shape
    chosen = generator.integers(games, size=(resamples, games, 1))
    result: FloatArray = table[chosen, generator.integers(seeds, size=(resamples, games, seeds))].mean(axis=2)
    return result
