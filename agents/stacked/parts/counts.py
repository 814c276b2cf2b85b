"""How often a batch of plays takes each course, drawn at once instead of play by play: the law is the same."""

import math

import numpy as np

from olivebranch.agents.stacked.parts.bits import Bits, uniform
from olivebranch.core.compiled import compiled
from olivebranch.games.base import FloatArray, IntArray

FEW = 10.0  # expected successes below which a binomial number is found by adding up probabilities


def log_factorials(largest: int) -> FloatArray:
    """Logarithms of the factorials of 0 to ``largest``."""
    return np.array([math.lgamma(k + 1.0) for k in range(largest + 1)])


@compiled(error_model="numpy")
def binomial(n: int, p: float, log_factorial: FloatArray, state: Bits) -> int:
    """The number of successes in ``n`` trials of probability ``p``; takes random numbers from ``state``.

    By inversion where few are expected; otherwise by transformed rejection (Hörmann, "The generation of binomial random
    variates", Journal of Statistical Computation and Simulation 46, 1993, algorithm BTRS), whose acceptance is exact.
    """
    if n == 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if p > 0.5:
        return n - _binomial(n, 1.0 - p, log_factorial, state)
    return _binomial(n, p, log_factorial, state)


@compiled(error_model="numpy")
def _binomial(n: int, p: float, log_factorial: FloatArray, state: Bits) -> int:
    """The same for n >= 1 and 0 < p <= 1/2."""
    odds = p / (1.0 - p)
    if n * p < FEW:
        while True:
            left, probability, k = uniform(state), math.exp(n * math.log1p(-p)), 0
            while left >= probability and k <= n:
                left -= probability
                k += 1
                probability *= odds * (n + 1 - k) / k
            if k <= n:
                return k
    deviation = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor((n + 1) * p)
    highest, log_odds = log_factorial[mode] + log_factorial[n - mode], math.log(odds)
    while True:
        height, across = uniform(state), uniform(state) - 0.5
        edge = 0.5 - abs(across)
        found = math.floor((2.0 * a / edge + b) * across + n * p + 0.5)
        if not 0.0 <= found <= n:  # at the edge itself this is minus infinity
            continue
        k = int(found)
        if edge >= 0.07 and height <= 0.92 - 4.2 / b:
            return k
        density = highest - log_factorial[k] - log_factorial[n - k] + (k - mode) * log_odds
        if math.log(height * alpha / (a / (edge * edge) + b)) <= density:
            return k


@compiled(error_model="numpy")
def split(n: int, weights: FloatArray, log_factorial: FloatArray, state: Bits, out: IntArray) -> None:
    """Distribute ``n`` over places in proportion to ``weights``, which need not sum to one: a multinomial draw."""
    if n == 0:
        out[:] = 0
        return
    last = len(weights) - 1
    while weights[last] <= 0.0:  # so that what is left goes to a place that it can go to
        out[last] = 0
        last -= 1
    rest = 0.0
    for k in range(last + 1):
        rest += weights[k]
    if n == 1:  # a single play needs a single number
        out[: last + 1] = 0
        drawn, below = uniform(state) * rest, weights[0]
        k = 0
        while drawn >= below and k < last:
            k += 1
            below += weights[k]
        out[k] = 1
        return
    for k in range(last):
        out[k] = binomial(n, weights[k] / rest, log_factorial, state)
        n -= out[k]
        rest -= weights[k]
    out[last] = n


@compiled
def draw_plays(
    prior: FloatArray,
    sender: FloatArray,
    receiver: FloatArray,
    plays: int,
    log_factorial: FloatArray,
    states: Bits,
    out: IntArray,
) -> None:
    """Draw how many of ``plays`` plays take each course, in every run by itself.

    Args:
        prior: ``[types, runs]``.
        sender, receiver: behaviour, ``[types, messages, runs]`` and ``[messages, replies, runs]``.
        plays: how many, at least 1.
        log_factorial: see :func:`log_factorials`, up to ``plays``.
        states: of the generators, ``[runs, 2]``, which move on.
        out: ``[types, messages, replies, runs]``.
    """
    types, messages, _, runs = out.shape
    kinds, sent = np.zeros(types, np.int64), np.zeros(messages, np.int64)
    for run in range(runs):
        split(plays, prior[:, run], log_factorial, states[run], kinds)
        for k in range(types):
            split(kinds[k], sender[k, :, run], log_factorial, states[run], sent)
            for m in range(messages):
                split(sent[m], receiver[m, :, run], log_factorial, states[run], out[k, m, :, run])


@compiled
def draw_foregone(
    counts: IntArray, receiver: FloatArray, log_factorial: FloatArray, states: Bits, out: IntArray
) -> None:
    """Draw the replies that messages would have met that were not sent: one for each play of a type and each other
    message.

    Args:
        counts: how often each course was taken, ``[types, messages, replies, runs]``.
        receiver: behaviour, ``[messages, replies, runs]``.
        log_factorial, states: see :func:`draw_plays`.
        out: in the shape of ``counts``.
    """
    types, messages, _, runs = counts.shape
    for run in range(runs):
        for k in range(types):
            total = counts[k, :, :, run].sum()
            for m in range(messages):
                others = total - counts[k, m, :, run].sum()
                split(others, receiver[m, :, run], log_factorial, states[run], out[k, m, :, run])
