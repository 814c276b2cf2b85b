"""Independent tabular Q-learners in many signalling games and seeds at once: one compiled program.

The algorithm is that of :mod:`olivebranch.agents.tabular.q_learning`, in law: a test holds the two against each other.
Each run has a generator of its own, xoroshiro128++ (Blackman and Vigna, "Scrambled linear pseudorandom number
generators", ACM Transactions on Mathematical Software 47, 2021). The set-up, down to its scale, follows Condorelli and
Furlan, "Cheap Talking Algorithms" (arXiv:2310.07867), who let independent memoryless learners play a cheap-talk game.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from olivebranch.agents.average import AveragePeriod
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay
from olivebranch.agents.tabular.q_learning import QLearningSettings
from olivebranch.core.compiled import compiled
from olivebranch.games.base import FloatArray


def learn(games: StackedGames, settings: QLearningSettings, states: NDArray[np.uint64]) -> StackedOutcome:
    """Train both seats in every game and seed.

    Args:
        games: the games.
        settings: hyperparameters. Each seat decides once a play, so ``discount`` is without effect.
        states: of the runs' generators, ``[games, seeds, 2]``; see :func:`olivebranch.agents.stacked.games.run_states`.
    """
    n_games, types, messages, replies = games.sender.shape
    seeds, updates = states.shape[1], settings.updates()
    last = StackedPlay(np.zeros((n_games, seeds, types, messages)), np.zeros((n_games, seeds, messages, replies)))
    average = StackedPlay(np.zeros_like(last.sender), np.zeros_like(last.receiver))
    _learn_all(
        np.cumsum(games.prior, axis=1),
        games.sender,
        games.receiver,
        _schedules(settings),
        settings.exploration == "boltzmann",
        settings.batch,
        settings.initial_value,
        AveragePeriod(updates, settings.average_from).first,
        states.copy(),
        last.sender,
        last.receiver,
        average.sender,
        average.receiver,
    )
    return StackedOutcome(last, average)


@lru_cache(maxsize=4)
def _schedules(settings: QLearningSettings) -> FloatArray:
    """One over the temperature, epsilon and the learning rate after so many updates, ``[3, updates + 1]``."""
    updates = settings.updates()
    changing = (settings.temperature, settings.epsilon, settings.learning_rate)
    result = np.array([[schedule.at(done / updates) for done in range(updates + 1)] for schedule in changing])
    result[0] = 1.0 / np.maximum(result[0], 1e-12)
    return result


@compiled
def _behave(values: FloatArray, row: int, sharpness: float, epsilon: float, boltzmann: bool, out: FloatArray) -> None:
    """Probabilities of the actions of one row of values; see ``boltzmann`` and ``greedy`` in ``q_learning``.

    ``sharpness`` is one over the temperature. Rows are passed as number and table: to cut them out would be slower
    than the rest.
    """
    n = values.shape[1]
    if boltzmann and n == 2:  # one exponential instead of two
        second = 1.0 / (1.0 + np.exp((values[row, 0] - values[row, 1]) * sharpness))
        out[row, 0], out[row, 1] = 1.0 - second, second
    else:
        top = values[row, 0]
        for k in range(1, n):
            top = max(top, values[row, k])
        total = 0.0
        for k in range(n):
            if boltzmann:
                out[row, k] = np.exp((values[row, k] - top) * sharpness)
            else:
                out[row, k] = 1.0 if values[row, k] == top else 0.0
            total += out[row, k]
        for k in range(n):
            out[row, k] /= total
    if epsilon > 0.0:
        for k in range(n):
            out[row, k] = (1.0 - epsilon) * out[row, k] + epsilon / n


@compiled
def _rotated(x: Any, by: int) -> Any:
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


@compiled
def _uniform(state: NDArray[np.uint64]) -> float:
    """A number in [0, 1) from xoroshiro128++."""
    first, second = state[0], state[1]
    drawn = _rotated(first + second, 17) + first
    second ^= first
    state[0] = _rotated(first, 49) ^ second ^ (second << np.uint64(21))
    state[1] = _rotated(second, 28)
    return float(np.float64(drawn >> np.uint64(11)) * 1.1102230246251565e-16)


@compiled
def _draw(probabilities: FloatArray, row: int, uniform: float) -> int:
    """An index with the probabilities of the row; never one of probability zero."""
    if probabilities.shape[1] == 2:  # no branch on the draw, which no processor could foresee
        return int(uniform >= probabilities[row, 0])
    cumulative, drawn = 0.0, 0
    for k in range(probabilities.shape[1]):
        if probabilities[row, k] > 0.0:
            cumulative += probabilities[row, k]
            drawn = k
            if uniform < cumulative:
                break
    return drawn


@compiled
def _learn_all(
    prior_cumulative: FloatArray,
    sender_payoffs: FloatArray,
    receiver_payoffs: FloatArray,
    schedules: FloatArray,
    boltzmann: bool,
    batch: int,
    initial: float,
    first_averaged: int,
    states: NDArray[np.uint64],
    sender_last: FloatArray,
    receiver_last: FloatArray,
    sender_average: FloatArray,
    receiver_average: FloatArray,
) -> None:
    """Train every run; ``schedules`` holds sharpness, epsilon and learning rate, ``[3, updates + 1]``."""
    games, types, messages, replies = sender_payoffs.shape
    updates = schedules.shape[1] - 1
    known_sender, known_receiver = np.zeros(types, np.int64), np.zeros(messages, np.int64)
    sender_sum, sender_count = np.zeros((types, messages)), np.zeros((types, messages))
    receiver_sum, receiver_count = np.zeros((messages, replies)), np.zeros((messages, replies))
    for game in range(games):
        for seed in range(states.shape[1]):
            state = states[game, seed].copy()
            sender_values, receiver_values = np.full((types, messages), initial), np.full((messages, replies), initial)
            sender, receiver = sender_last[game, seed], receiver_last[game, seed]
            known_sender[:] = -1
            known_receiver[:] = -1
            for update in range(updates):
                sharpness, epsilon, rate = schedules[0, update], schedules[1, update], schedules[2, update]
                for _ in range(batch):
                    uniform, kind = _uniform(state), 0
                    for k in range(types - 1):
                        kind += uniform >= prior_cumulative[game, k]
                    if known_sender[kind] != update:  # rows of behaviour are worked out when first needed
                        _behave(sender_values, kind, sharpness, epsilon, boltzmann, sender)
                        known_sender[kind] = update
                    message = _draw(sender, kind, _uniform(state))
                    if known_receiver[message] != update:
                        _behave(receiver_values, message, sharpness, epsilon, boltzmann, receiver)
                        known_receiver[message] = update
                    reply = _draw(receiver, message, _uniform(state))
                    for_sender = sender_payoffs[game, kind, message, reply]
                    for_receiver = receiver_payoffs[game, kind, message, reply]
                    if batch == 1:
                        sender_values[kind, message] += rate * (for_sender - sender_values[kind, message])
                        receiver_values[message, reply] += rate * (for_receiver - receiver_values[message, reply])
                    else:
                        sender_sum[kind, message] += for_sender
                        sender_count[kind, message] += 1.0
                        receiver_sum[message, reply] += for_receiver
                        receiver_count[message, reply] += 1.0
                if batch > 1:
                    _move(sender_values, sender_sum, sender_count, rate)
                    _move(receiver_values, receiver_sum, receiver_count, rate)
                done = update + 1
                if done >= first_averaged:
                    weight = 1.0 / (done - first_averaged + 1)
                    _average(sender_values, schedules, done, boltzmann, weight, sender, sender_average[game, seed])
                    _average(
                        receiver_values, schedules, done, boltzmann, weight, receiver, receiver_average[game, seed]
                    )
            for kind in range(types):
                _behave(sender_values, kind, schedules[0, -1], schedules[1, -1], boltzmann, sender)
            for message in range(messages):
                _behave(receiver_values, message, schedules[0, -1], schedules[1, -1], boltzmann, receiver)


@compiled
def _move(values: FloatArray, total: FloatArray, count: FloatArray, rate: float) -> None:
    """Move what was tried towards the mean of its targets, and clear the sums."""
    for row in range(values.shape[0]):
        for k in range(values.shape[1]):
            if count[row, k] > 0.0:
                values[row, k] += rate * (total[row, k] / count[row, k] - values[row, k])
                total[row, k] = 0.0
                count[row, k] = 0.0


@compiled
def _average(
    values: FloatArray,
    schedules: FloatArray,
    done: int,
    boltzmann: bool,
    weight: float,
    behaviour: FloatArray,
    average: FloatArray,
) -> None:
    """Take the behaviour after ``done`` updates into the running mean; ``behaviour`` is written over."""
    for row in range(values.shape[0]):
        _behave(values, row, schedules[0, done], schedules[1, done], boltzmann, behaviour)
        for k in range(values.shape[1]):
            average[row, k] += weight * (behaviour[row, k] - average[row, k])
