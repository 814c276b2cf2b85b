"""Statistics over games: against scipy, by hand, and how wide their intervals are."""

import numpy as np
import pytest
from scipy import stats

from olivebranch.eval.statistics import across_games, interquartile_mean


def test_the_interquartile_mean_is_scipys_trimmed_mean() -> None:
    generator = np.random.default_rng(0)
    for n in range(1, 30):
        values = generator.normal(size=n)
        assert interquartile_mean(values) == pytest.approx(stats.trim_mean(values, 0.25))


def test_values_are_those_of_games_and_not_of_runs() -> None:
    """A game that is hopeless in every seed moves the mean by its share of games, however many seeds there are."""
    scores = {"a": [np.full(10, -3.0), np.full(10, -3.0), np.full(10, 0.0)], "b": [np.full(4, -1.0)]}
    found = across_games(scores, np.random.default_rng(0))
    assert found["mean"].value == pytest.approx(-7 / 4)
    assert found["median"].value == pytest.approx(-2.0)
    assert found["interquartile mean"].value == pytest.approx(-2.0)


def test_both_games_and_seeds_are_drawn_anew() -> None:
    generator = np.random.default_rng(1)
    same = across_games({"a": [np.full(5, -1.0)] * 4}, np.random.default_rng(0))["mean"]
    assert (same.low, same.high) == pytest.approx((-1.0, -1.0))
    games = {"a": [np.full(5, float(k)) for k in range(30)]}  # seeds agree, games differ
    by_games = across_games(games, np.random.default_rng(0))["mean"]
    width = 2 * 1.96 * np.std(np.arange(30)) / np.sqrt(30)
    assert by_games.high - by_games.low == pytest.approx(width, rel=0.1)
    seeds = {"a": [generator.normal(size=50)]}  # one game: what is left is the seeds' spread
    by_seeds = across_games(seeds, np.random.default_rng(0))["mean"]
    assert by_seeds.high - by_seeds.low == pytest.approx(2 * 1.96 * np.std(seeds["a"][0]) / np.sqrt(50), rel=0.1)


def test_a_stratum_keeps_its_share_in_every_draw() -> None:
    scores = {"a": [np.zeros(3)] * 2, "b": [np.ones(3)] * 2}
    assert across_games(scores, np.random.default_rng(0))["mean"].as_list() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("scores", [{}, {"a": []}, {"a": [np.zeros(0)]}, {"a": [np.zeros(2), np.zeros(3)]}])
def test_what_is_no_table_of_seeds_is_refused(scores: dict[str, list[np.ndarray]]) -> None:
    with pytest.raises(ValueError, match="scores"):
        across_games(scores, np.random.default_rng(0))
