"""Fused roll-outs: exact probabilities within statistical error, reproducible, nothing impossible ever happens."""

import numpy as np
import pytest
from scipy import stats

from olivebranch.core.errors import ParameterError
from olivebranch.envs.rollouts import LANES, _play, roll_out
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import compile_talks, signalling_payoffs


@pytest.fixture(scope="module")
def game() -> CompiledGame:
    return compile_talks(load_preset("weak-blend-in", "talks").parameters)


def exact(game: CompiledGame, offer: np.ndarray, escalate: np.ndarray) -> np.ndarray:
    send = np.stack([1 - offer, offer], axis=1)
    reply = np.stack([1 - escalate, escalate], axis=1)
    return game.prior[:, None, None] * send[:, :, None] * reply[None]


@pytest.mark.parametrize("seed", range(5))
def test_frequencies_pass_a_chi_squared_test_against_exact_probabilities(game: CompiledGame, seed: int) -> None:
    """20 million plays: a bias of 0.03 % in a cell would be found. The seeds fail with probability 1e-4 each."""
    generator = np.random.default_rng(seed)
    offer, escalate = generator.uniform(0.05, 0.95, 2), generator.uniform(0.05, 0.95, 2)
    episodes = 20_000_003
    result = roll_out(game, offer, escalate, episodes, generator)
    assert result.counts.sum() == episodes
    expected = exact(game, offer, escalate)
    assert stats.chisquare(result.counts.ravel(), episodes * expected.ravel()).pvalue > 1e-4
    payoffs = [(expected * table).sum() for table in signalling_payoffs(game)]
    np.testing.assert_allclose(result.payoffs, payoffs, atol=1e-3)


def test_numbers_drawn_one_after_another_are_independent(game: CompiledGame) -> None:
    """Correlation of one play's escalation with the next play's type, in each lane: within 4.5 standard errors."""
    state = np.random.default_rng(0).integers(1, 2**32, (4, LANES), dtype=np.uint32)
    half = np.full(5, 2**30, dtype=np.uint32)
    bits = []
    for _ in range(20_000):
        sums = np.zeros(7, dtype=np.int64)
        _play(state, half, 1, 1, sums)
        bits.append(sums[:3])
    series = np.array(bits, dtype=float).ravel() - 0.5
    for lag in range(1, 13):
        correlation = (series[lag:] * series[:-lag]).mean() / 0.25
        assert abs(correlation) < 4.5 / np.sqrt(len(series) - lag)


def test_certain_and_impossible_moves_are_exactly_that(game: CompiledGame) -> None:
    result = roll_out(game, np.array([0.0, 1.0]), np.array([1.0, 0.0]), 1_000_001, np.random.default_rng(0))
    counts = result.counts.copy()
    assert counts[0, 0, 1] > 0
    assert counts[1, 1, 0] > 0
    counts[0, 0, 1] = counts[1, 1, 0] = 0
    assert not counts.any()


def test_same_generator_state_same_counts_and_every_number_of_episodes_is_kept(game: CompiledGame) -> None:
    def counts(seed: int, episodes: int) -> np.ndarray:
        return roll_out(game, np.full(2, 0.5), np.full(2, 0.5), episodes, np.random.default_rng(seed)).counts

    np.testing.assert_array_equal(counts(0, 1000), counts(0, 1000))
    assert (counts(0, 1000) != counts(1, 1000)).any()
    for episodes in (1, 15, 16, 17, 1001):
        assert counts(2, episodes).sum() == episodes


def test_bad_input_is_named(game: CompiledGame) -> None:
    good, generator = np.full(2, 0.5), np.random.default_rng(0)
    with pytest.raises(ParameterError, match="episodes = 0"):
        roll_out(game, good, good, 0, generator)
    with pytest.raises(ParameterError, match="two probabilities each"):
        roll_out(game, np.array([0.5, 1.1]), good, 10, generator)
