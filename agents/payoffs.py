"""The unit in which learners count payoffs.

Coefficients such as the weight of an entropy bonus, a temperature or the proximal weight of mirror descent are prices
in payoff. To mean the same in every game they are in one unit, which belongs to the rules: for each seat the standard
deviation of its payoff in uniform play, given its own type,

    unit_i = sqrt(E[Var(payoff_i | type_i)]).

- It needs no play, no equilibrium and no best response: two sweeps over the public states give both moments exactly. A
  learner that knows no rules can estimate it from the returns of its first, uniform, plays.
- It does not change where a seat's payoffs are shifted by a constant or by a number that depends on its own type alone,
  neither of which any choice can affect, and it is multiplied by c where they are multiplied by c. So behaviour learned
  in the unit is the same in games that differ in no incentive.
- The range of payoffs has the last property only. It also grows with every remote branch of a long game, whereas the
  standard deviation weighs a branch with its probability: in the preset ``war-example`` the range is 5.4
  and 3.9 times the unit of the two sides, in Kuhn poker 3.3 times.

In a game of two players whose rewards sum to zero both seats have one unit, the root mean square of the two, so that
the game remains zero-sum. A seat whose payoff never varies has the unit one.

NashConv, by which learners are judged, is no part of this.
"""

from dataclasses import replace

import numpy as np

from olivebranch.games import checks
from olivebranch.games.base import CompiledGame, FloatArray


def is_zero_sum(game: CompiledGame) -> bool:
    """Whether the game has two players whose rewards sum to zero on every edge."""
    return game.n_players == 2 and bool(np.allclose(game.edge_reward.sum(axis=1), 0.0))


def payoff_units(game: CompiledGame) -> FloatArray:
    """The unit of each seat, ``[n_players]``, in the game's payoffs; see the module."""
    mean, square = _moments(game)
    units = np.ones(game.n_players)
    for seat in range(game.n_players):
        own = game.profile_types[:, seat]
        weight, first, second = (
            np.bincount(own, game.prior * column, minlength=game.n_types[seat])
            for column in (np.ones(game.n_profiles), mean[seat], square[seat])
        )
        possible = weight > 0
        within = second[possible].sum() - (first[possible] ** 2 / weight[possible]).sum()
        # What rounding leaves of a constant payoff is no variation.
        units[seat] = np.sqrt(within) if within > 1e-12 * max(second.sum(), 1e-300) else 1.0
    if is_zero_sum(game):
        units[:] = np.sqrt((units**2).mean())
    return units


def in_units(game: CompiledGame) -> CompiledGame:
    """The same game with every seat's rewards divided by its unit."""
    return replace(game, edge_reward=game.edge_reward / payoff_units(game)[:, None])


def _moments(game: CompiledGame) -> tuple[FloatArray, FloatArray]:
    """Mean and mean square of every seat's payoff in uniform play, given the types: ``[n_players, n_profiles]``."""
    left = checks.stages_left(game.game, game.states, game.edge_source, game.edge_next)
    choices = np.maximum(game.legal.sum(axis=2), 1).prod(axis=1)
    mean, square = (np.zeros((game.n_states, game.n_players, game.n_profiles)) for _ in range(2))
    for stage in range(1, int(left.max(initial=0)) + 1):  # successors have fewer stages left, so they are done
        edges = np.flatnonzero(left[game.edge_source] == stage)
        source, after, reward = game.edge_source[edges], game.edge_next[edges], game.edge_reward[edges]
        weight = (game.edge_probability[edges] / choices[source, None])[:, None, :]
        np.add.at(mean, source, weight * (reward + mean[after]))
        np.add.at(square, source, weight * (reward**2 + 2 * reward * mean[after] + square[after]))
    return mean[0], square[0]
