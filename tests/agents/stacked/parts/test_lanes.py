"""Arithmetic in lanes: exponentials to the last bits, generators, draws at the edges of what is possible."""

import math

import numpy as np
import pytest

from olivebranch.agents.stacked.parts.bits import uniform
from olivebranch.agents.stacked.parts.lanes import LANES, choose, exponentials, odds, scratch_for, uniforms

MASK = (1 << 64) - 1


def xoroshiro128plusplus(state: list[int]) -> int:
    """The next 64 bits, in whole numbers of any size, as Blackman and Vigna print it."""

    def rotated(x: int, by: int) -> int:
        return (x << by | x >> (64 - by)) & MASK

    first, second = state
    drawn = (rotated((first + second) & MASK, 17) + first) & MASK
    second ^= first
    state[0] = rotated(first, 49) ^ second ^ (second << 21 & MASK)
    state[1] = rotated(second, 28)
    return drawn


def test_the_generator_is_the_published_one_in_each_lane() -> None:
    start = np.random.default_rng(0).integers(0, 2**64, (2, LANES), dtype=np.uint64)
    flat, out = start.ravel().copy(), np.empty(LANES)
    found = []
    for _ in range(20):
        uniforms(flat, out)
        found.append(out.copy())
    for lane in range(LANES):
        state, alone = [int(word) for word in start[:, lane]], start[:, lane].copy()
        for numbers in found:
            expected = (xoroshiro128plusplus(state) >> 12) / 2**52
            assert numbers[lane] == expected
            assert uniform(alone) == expected


def test_exponentials_are_exact_to_two_units_in_the_last_place() -> None:
    """Against the C library's, which is good to one: so three halves more would show."""
    generator = np.random.default_rng(1)
    x = -np.concatenate([generator.exponential(1.0, 100_000), generator.uniform(0, 690, 100_000), [0.0, 690.0]])
    y = x.copy()
    exponentials(y, len(y))
    expected = np.exp(x)
    assert (np.abs(y - expected) <= 2 * np.spacing(expected)).all()
    assert y[-2] == 1.0
    beyond = np.array([-690.1, -1e6, -np.inf])
    exponentials(beyond, 3)
    np.testing.assert_array_equal(beyond, 0.0)


@pytest.mark.parametrize("gap", [0.0, 1e-9, -0.3, 2.0, -40.0, 600.0])
def test_odds_are_those_of_the_softmax(gap: float) -> None:
    first, second = odds(1.0, 1.0 + gap, 1.0)
    assert second / first == pytest.approx(math.exp((1.0 + gap) - 1.0), rel=1e-14)


@pytest.mark.parametrize("score", [1e9, -1e9])
def test_odds_stay_finite_however_sharp(score: float) -> None:
    first, second = odds(score, 0.0, 1e12)
    assert np.isfinite([first, second]).all()
    assert (first > second) == (score > 0)


def test_draws_at_the_edges() -> None:
    """Of weights 0, 1, 0, 3, 0 the smallest number draws the second, the largest the fourth, and 1/4 already that."""
    scratch, out = scratch_for(5), np.empty(LANES, dtype=np.int64)
    weights = np.repeat([0.0, 1.0, 0.0, 3.0, 0.0], LANES)
    scratch.uniform[:] = 0.0
    scratch.uniform[1], scratch.uniform[2] = 1 - 2.0**-52, 0.25
    scratch.uniform[3] = 0.25 - 2.0**-52
    choose(weights, weights, 5, 0.0, scratch, out)
    assert out[:5].tolist() == [1, 3, 3, 1, 1]


def test_exploration_mixes_in_the_uniform_choice() -> None:
    """Weights 0, 2, 2 and a half of (1/3, 1/3, 1/3): 1/6, 5/12, 5/12."""
    scratch, out = scratch_for(3), np.empty(LANES, dtype=np.int64)
    scratch.uniform[:] = (np.arange(LANES) + 0.5) / LANES
    choose(np.repeat([0.0, 2.0, 2.0], LANES), np.full(3 * LANES, 1 / 3), 3, 0.5, scratch, out)
    cuts = [(scratch.uniform < share).sum() for share in (1 / 6, 7 / 12, 1.0)]
    assert np.bincount(out, minlength=3).tolist() == np.diff([0, *cuts]).tolist()
