"""The steps that solvers and exact learners repeat at each information set, and the average in sequence form."""

from collections.abc import Sequence

import numpy as np

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray
from olivebranch.theory.tree.histories import GameTree, Int32Array, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile


def average_profile(tree: GameTree, sums: Sequence[RealArray]) -> BehaviourProfile:
    """The behaviour that :func:`accumulate` has added up, by stage; uniform where nothing has weight."""
    average: list[RealArray] = []
    for total, otherwise in zip(sums, uniform_profile(tree).stages, strict=True):
        weight = total.sum(axis=2, keepdims=True)
        average.append(np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), otherwise))
    return BehaviourProfile(tree, tuple(average))


@compiled
def accumulate(sums: RealArray, table: RealArray, own: RealArray, weight: float, first: int, last: int) -> None:
    """Add a stage's behaviour in columns ``first`` to ``last``, weighted with ``weight`` and the owner's own reach.

    So the average plays as a draw of one of the strategies before play would (Kuhn 1953).
    """
    for h in range(table.shape[0]):
        for c in range(first, last):
            for a in range(table.shape[2]):
                sums[h, c, a] += weight * own[h, c] * table[h, c, a]


@compiled
def replicator_step(
    table: RealArray, values: RealArray, reach: RealArray, state: Int32Array, legal: BoolArray, step_size: float
) -> None:
    """One Euler step of the replicator equation in each row, in place: shares grow with their advantage.

    Shares that a large step would take below zero become zero. Rows without reach stay.
    """
    for h in range(len(state)):
        for c in range(table.shape[1]):
            if reach[h, c] <= 0.0:
                continue
            followed = 0.0
            for a in range(table.shape[2]):
                followed += table[h, c, a] * values[h, c, a]
            total = 0.0
            for a in range(table.shape[2]):
                growth = 1.0 + step_size * (values[h, c, a] - followed) / reach[h, c]
                table[h, c, a] *= max(growth, 0.0) if legal[state[h], c, a] else 0.0
                total += table[h, c, a]
            for a in range(table.shape[2]):
                table[h, c, a] /= total


@compiled
def mirror_step(
    table: RealArray,
    logits: RealArray,
    magnet: RealArray,
    values: RealArray,
    reach: RealArray,
    state: Int32Array,
    legal: BoolArray,
    step_size: float,
    temperature: float,
) -> None:
    """One step of magnetic mirror descent at the information sets of a stage, in place (Sokota et al. 2023).

    ``magnet`` holds log probabilities up to a constant in each row; zeros are the uniform one. ``values`` are divided
    by ``reach``; rows without reach stay. At temperature zero and with reach one it is multiplicative weights.
    """
    n_columns, n_actions = table.shape[1], table.shape[2]
    shrink = 1.0 / (1.0 + step_size * temperature)
    for h in range(len(state)):
        for c in range(n_columns):
            if reach[h, c] <= 0.0:
                continue
            highest = -np.inf
            for a in range(n_actions):
                if legal[state[h], c, a]:
                    logits[h, c, a] = shrink * (
                        logits[h, c, a]
                        + step_size * values[h, c, a] / reach[h, c]
                        + step_size * temperature * magnet[h, c, a]
                    )
                    highest = max(highest, logits[h, c, a])
            total = 0.0
            for a in range(n_actions):
                if legal[state[h], c, a]:
                    # the floor keeps every history reachable, so that values stay defined everywhere
                    logits[h, c, a] = max(logits[h, c, a] - highest, -200.0)
                    table[h, c, a] = np.exp(logits[h, c, a])
                    total += table[h, c, a]
            for a in range(n_actions):
                table[h, c, a] /= total


@compiled
def regret_step(
    table: RealArray,
    regret: RealArray,
    fallback: RealArray,
    values: RealArray,
    state: Int32Array,
    legal: BoolArray,
    first: int,
    last: int,
    clipped: bool,
) -> None:
    """Add the regrets of columns ``first`` to ``last`` and match them, in place; ``clipped`` keeps them from falling
    below zero (CFR+). Where none is positive play is as in ``fallback``."""
    n_actions = table.shape[2]
    for h in range(len(state)):
        for c in range(first, last):
            followed = 0.0
            for a in range(n_actions):
                followed += table[h, c, a] * values[h, c, a]
            total = 0.0
            for a in range(n_actions):
                if legal[state[h], c, a]:
                    regret[h, c, a] += values[h, c, a] - followed
                    if clipped:
                        regret[h, c, a] = max(regret[h, c, a], 0.0)
                    total += max(regret[h, c, a], 0.0)
            for a in range(n_actions):
                table[h, c, a] = max(regret[h, c, a], 0.0) / total if total > 0.0 else fallback[h, c, a]
