"""Batches drawn as counts: the numbers have their distributions, in every branch of the sampler."""

import numpy as np
import pytest
from scipy.stats import binom, chi2

from olivebranch.agents.stacked.games import run_states
from olivebranch.agents.stacked.parts.counts import binomial, draw_foregone, draw_plays, log_factorials, split


def surprise(observed: np.ndarray, expected: np.ndarray) -> float:
    """Tail probability of Pearson's statistic; cells that expect fewer than 5 are put together."""
    few = expected < 5
    observed = np.append(observed[~few], observed[few].sum())
    expected = np.append(expected[~few], expected[few].sum())
    known = expected > 0
    assert observed[~known].sum() == 0
    statistic = ((observed[known] - expected[known]) ** 2 / expected[known]).sum()
    return float(chi2.sf(statistic, known.sum() - 1))


@pytest.mark.parametrize(
    "n, p", [(1, 0.3), (7, 0.5), (40, 0.2), (41, 0.9), (500, 0.004), (500, 0.3), (500, 0.97), (2000, 0.5), (21, 0.48)]
)
def test_binomial_numbers_have_their_distribution(n: int, p: float) -> None:
    state, table = run_states(3, n, 1, 1)[0, 0], log_factorials(n)
    drawn = np.array([binomial(n, p, table, state) for _ in range(50_000)])
    expected = binom.pmf(np.arange(n + 1), n, p) * len(drawn)
    assert surprise(np.bincount(drawn, minlength=n + 1), expected) > 1e-4


def test_certain_and_impossible_outcomes() -> None:
    state, table = run_states(0, 0, 1, 1)[0, 0], log_factorials(50)
    assert [binomial(50, p, table, state) for p in (0.0, 1.0)] == [0, 50]
    assert binomial(0, 0.5, table, state) == 0
    out = np.full(4, -1)
    for _ in range(200):
        split(50, np.array([0.0, 0.1, 0.0, 0.0]), table, state, out)
        assert out.tolist() == [0, 50, 0, 0]
        split(50, np.array([0.1] * 3 + [0.0]), table, state, out)  # 0.1 + 0.1 + 0.1 rounds: nothing must leak
        assert out.sum() == 50
        assert out[3] == 0
    split(0, np.zeros(4), table, state, out)
    assert out.tolist() == [0] * 4
    for _ in range(200):
        split(1, np.array([0.0, 0.2, 0.0, 0.0]), table, state, out)
        assert out.tolist() == [0, 1, 0, 0]


def test_a_single_play_goes_where_its_weights_say() -> None:
    state, table, out = run_states(6, 0, 1, 1)[0, 0], log_factorials(1), np.empty(4, dtype=np.int64)
    counts, weights = np.zeros(4), np.array([0.3, 0.0, 1.2, 0.5])
    for _ in range(20_000):
        split(1, weights, table, state, out)
        assert out.sum() == 1
        counts += out
    assert surprise(counts, 20_000 * weights / 2.0) > 1e-4


def test_courses_are_taken_with_their_joint_probability() -> None:
    runs, plays = 4000, 50
    send = np.array([[0.3, 0.7, 0.0], [0.1, 0.4, 0.5]])
    reply = np.array([[0.6, 0.4], [1.0, 0.0], [0.25, 0.75]])
    prior = np.array([0.4, 0.6])
    states, counts = run_states(1, 0, 1, runs)[0], np.empty((2, 3, 2, runs), dtype=np.int64)
    tables = [np.repeat(table[..., None], runs, axis=-1) for table in (prior, send, reply)]
    draw_plays(*tables, plays, log_factorials(plays), states, counts)
    joint = prior[:, None, None] * send[..., None] * reply
    assert (counts.sum(axis=(0, 1, 2)) == plays).all()
    assert surprise(counts.sum(axis=-1).ravel(), runs * plays * joint.ravel()) > 1e-4
    spread = plays * joint * (1 - joint)  # and runs are independent of each other: the variance is the multinomial one
    tolerance = 5 * spread * np.sqrt(2 / runs) + 3 * np.sqrt(spread / runs)
    assert (np.abs(counts.var(axis=-1) - spread) <= tolerance).all()


def test_replies_to_messages_that_were_not_sent() -> None:
    """Each type sent its message 30 times; each other message would have been met 30 times by its own replies."""
    runs = 3000
    counts = np.zeros((2, 2, 2, runs), dtype=np.int64)
    counts[0, 0, 0], counts[1, 1, 1] = 30, 30
    reply = np.repeat(np.array([[0.2, 0.8], [0.5, 0.5]])[..., None], runs, axis=-1)
    out = np.full_like(counts, -1)
    draw_foregone(counts, reply, log_factorials(60), run_states(2, 0, 1, runs)[0], out)
    np.testing.assert_array_equal(out.sum(axis=2)[:, :, 0], [[0, 30], [30, 0]])
    assert surprise(out[1, 0].sum(axis=-1), runs * 30 * np.array([0.2, 0.8])) > 1e-4
    assert surprise(out[0, 1].sum(axis=-1), runs * 30 * np.array([0.5, 0.5])) > 1e-4
