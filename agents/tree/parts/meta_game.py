"""Meta-games: normal-form games whose strategies are policies, and the mixtures that their solvers pick.

Payoffs are held as ``[n_players, k_1, .., k_n]``: of each player if each seat plays its member of that number.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import linprog

from olivebranch.games.base import FloatArray

Mixtures = list[FloatArray]

REPLICATOR_STEPS, REPLICATOR_STEP_SIZE, EXPLORATION = 2000, 1.0, 1e-6
REGRET_STEPS = 2000


def member_values(payoffs: FloatArray, mixtures: Sequence[FloatArray]) -> Mixtures:
    """The expected payoff of each member of each seat, ``[k_i]``, if the other seats draw theirs from ``mixtures``."""
    return [_values_of(payoffs, mixtures, player) for player in range(len(mixtures))]


def _values_of(payoffs: FloatArray, mixtures: Sequence[FloatArray], player: int) -> FloatArray:
    result: FloatArray = payoffs[player]
    for other in reversed(range(len(mixtures))):  # from the last axis on, so that the numbers of the others stay
        if other != player:
            result = np.tensordot(result, mixtures[other], axes=(other, 0))
    return result


def meta_nash_conv(payoffs: FloatArray, mixtures: Sequence[FloatArray]) -> float:
    """The sum of the players' gains from their best member; it is zero exactly in a Nash equilibrium."""
    values = member_values(payoffs, mixtures)
    return float(sum(value.max() - value @ mixture for value, mixture in zip(values, mixtures, strict=True)))


def uniform(payoffs: FloatArray) -> Mixtures:
    """The mixtures that give every member the same weight."""
    return [np.full(size, 1 / size) for size in payoffs.shape[1:]]


def is_constant_sum(payoffs: FloatArray) -> bool:
    """Whether there are two players whose payoffs sum to the same number whatever they play."""
    total = payoffs.sum(axis=0)
    return len(payoffs) == 2 and bool(np.ptp(total) <= 1e-9 * max(1.0, float(np.abs(payoffs).max())))


def nash(payoffs: FloatArray) -> Mixtures:
    """A Nash equilibrium of a constant-sum game of two players, by linear programming (von Neumann 1928).

    In other games regret matching with clipped regrets and linear averaging stands in (Hart and Mas-Colell 2000;
    Tammelin 2014), of which only the average of joint play is known to tend to an equilibrium, a coarse correlated one:
    the result is that of average and last iterate which has the smaller gap, and it need not be an equilibrium.
    """
    if not is_constant_sum(payoffs):
        return regret_matching(payoffs)
    return [_maximin(payoffs[0]), _maximin(payoffs[1].T)]


def _maximin(payoffs: FloatArray) -> FloatArray:
    """The mixture of rows whose worst column is best: maximise v subject to ``mixture @ payoffs >= v``."""
    rows, columns = payoffs.shape
    solution = linprog(
        c=np.append(np.zeros(rows), -1.0),
        A_ub=np.hstack([-payoffs.T, np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=np.append(np.ones(rows), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * rows + [(None, None)],
        method="highs",
    )
    if not solution.success:
        raise RuntimeError(f"the linear programme of a {rows} x {columns} meta-game failed: {solution.message}")
    return _normalised(solution.x[:rows])


def regret_matching(payoffs: FloatArray, steps: int = REGRET_STEPS) -> Mixtures:
    """Regret matching+ with alternating updates, see :func:`nash`."""
    mixtures = uniform(payoffs)
    regrets = [np.zeros_like(mixture) for mixture in mixtures]
    sums = [np.zeros_like(mixture) for mixture in mixtures]
    for step in range(1, steps + 1):
        for player, regret in enumerate(regrets):
            value = _values_of(payoffs, mixtures, player)
            regret[:] = np.maximum(regret + value - value @ mixtures[player], 0.0)
            if regret.any():
                mixtures[player] = _normalised(regret)
            sums[player] += step * mixtures[player]
    return min([_normalised(total) for total in sums], mixtures, key=lambda found: meta_nash_conv(payoffs, found))


def projected_replicator_dynamics(payoffs: FloatArray, steps: int = REPLICATOR_STEPS) -> Mixtures:
    """Replicator dynamics kept a little inside the simplex (Lanctot et al. 2017, section 3.2).

    The mean over the second half of the trajectory from uniform mixtures. It tends to a Nash equilibrium of two-player
    zero-sum games; elsewhere it may cycle, and where it comes to rest, that is one but for the exploration. Steps are
    in units of one over the range of payoffs, and by the midpoint rule: Euler's drives cycles apart, so that their mean
    is far from the rest point within.
    """
    mixtures = uniform(payoffs)
    sums = [np.zeros_like(mixture) for mixture in mixtures]
    step_size = REPLICATOR_STEP_SIZE / max(float(np.ptp(payoffs)), 1e-12)
    for step in range(steps):
        middle = _moved(mixtures, _growth(payoffs, mixtures), step_size / 2)
        mixtures = _moved(mixtures, _growth(payoffs, middle), step_size)
        mixtures = [_projected(mixture, EXPLORATION / (len(mixture) + 1)) for mixture in mixtures]
        if 2 * step >= steps:
            sums = [total + mixture for total, mixture in zip(sums, mixtures, strict=True)]
    return [_normalised(total) for total in sums]


def _growth(payoffs: FloatArray, mixtures: Mixtures) -> Mixtures:
    """The replicator equation: members grow as fast as they earn more than their mixture does."""
    values = member_values(payoffs, mixtures)
    return [mixture * (value - value @ mixture) for value, mixture in zip(values, mixtures, strict=True)]


def _moved(mixtures: Mixtures, growth: Mixtures, step_size: float) -> Mixtures:
    return [mixture + step_size * change for mixture, change in zip(mixtures, growth, strict=True)]


def _projected(point: FloatArray, least: float) -> FloatArray:
    """The nearest distribution whose entries are at least ``least`` (Held, Wolfe and Crowder 1974)."""
    if abs(point.sum() - 1) < 1e-12 and point.min() >= least:
        return point
    share = 1 - least * len(point)
    shifted = point - least
    descending = np.sort(shifted)[::-1]
    excess = (np.cumsum(descending) - share) / np.arange(1, len(point) + 1)
    threshold = excess[np.flatnonzero(descending > excess)[-1]]
    result: FloatArray = np.maximum(shifted - threshold, 0.0) + least
    return result


def _normalised(weights: FloatArray) -> FloatArray:
    positive = np.maximum(weights, 0.0)
    result: FloatArray = positive / positive.sum()
    return result


SOLVERS: dict[str, Callable[[FloatArray], Mixtures]] = {
    "nash": nash,
    "projected-replicator-dynamics": projected_replicator_dynamics,
}
