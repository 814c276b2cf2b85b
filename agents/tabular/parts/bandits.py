"""What Exp3 and Roth-Erev share: each information set is a bandit whose arm pays what the rest of the play pays.

Neither is known to converge to equilibrium in games with several decisions along a path, in the last iterate or on
average. ``average`` is the plain mean of behaviour, not weighted with own reach.
"""

import numpy as np

from olivebranch.agents.settings import SampledSettings
from olivebranch.agents.tabular.parts.history_tables import GameArrays
from olivebranch.agents.tabular.parts.table_learner import TableLearner
from olivebranch.core.compiled import compiled
from olivebranch.games.base import CompiledGame, FloatArray, IntArray


def payoff_bounds(game: CompiledGame) -> tuple[FloatArray, FloatArray]:
    """Least and largest payoff from any decision on, ``[n_players]`` each.

    Args:
        game: a game over histories, in which every edge leads to a state of higher number.
    """
    low = np.full((len(game.states), game.n_players, game.n_profiles), np.inf)
    low[game.terminal] = 0.0
    high = -low
    for edge in np.argsort(-game.edge_source, kind="stable"):
        possible = game.edge_probability[edge] * game.prior > 0
        source, following, reward = game.edge_source[edge], game.edge_next[edge], game.edge_reward[edge]
        low[source] = np.where(possible, np.minimum(low[source], reward + low[following]), low[source])
        high[source] = np.where(possible, np.maximum(high[source], reward + high[following]), high[source])
    low, high = low[~game.terminal], high[~game.terminal]
    return low.min(axis=(0, 2)), np.where(np.isfinite(high), high, -np.inf).max(axis=(0, 2))


@compiled
def play_returns(
    game: GameArrays,
    policy: FloatArray,
    episodes: int,
    low: FloatArray,
    scale: FloatArray,
    generator: np.random.Generator,
    total: FloatArray,
    count: IntArray,
) -> None:
    """Play and add up, at each decision, ``(payoff from there on - low) / scale`` of its seat and the visits."""
    n_players, n_actions = game.legal.shape[1], game.legal.shape[2]
    path = np.zeros((len(game.terminal), n_players), np.int64)
    visited = np.zeros(len(game.terminal), np.int64)
    before = np.zeros((len(game.terminal), n_players))
    earned = np.zeros(n_players)
    for _ in range(episodes):
        profile = np.searchsorted(game.prior_cumulative, generator.random(), side="right")
        state, length = 0, 0
        earned[:] = 0.0
        while not game.terminal[state]:
            joint = 0
            visited[length] = state
            for i in range(n_players):
                action = game.forced[state, i]
                before[length, i] = earned[i]
                if game.acts[state, i]:
                    uniform, cumulative = generator.random(), 0.0
                    for a in range(n_actions):
                        if policy[i, state, game.types[profile, i], a] > 0.0:
                            cumulative += policy[i, state, game.types[profile, i], a]
                            action = a
                            if uniform < cumulative:
                                break
                path[length, i] = action
                joint = joint * n_actions + action
            edge = game.edge_start[state, joint]
            if game.outcome_cumulative[edge, profile] < 2.0:
                uniform = generator.random()
                while uniform >= game.outcome_cumulative[edge, profile]:
                    edge += 1
            for i in range(n_players):
                earned[i] += game.edge_reward[edge, i, profile]
            state = game.edge_next[edge]
            length += 1
        for k in range(length):
            for i in range(n_players):
                if game.acts[visited[k], i]:
                    share = (earned[i] - before[k, i] - low[i]) / scale[i]
                    total[i, visited[k], game.types[profile, i], path[k, i]] += share
                    count[i, visited[k], game.types[profile, i], path[k, i]] += 1


class Bandits(TableLearner):
    """``memory`` is what the algorithm keeps at each action."""

    def __init__(self, game: CompiledGame, settings: SampledSettings, average_from: float, seed: int) -> None:
        super().__init__(game, settings, average_from, seed)
        self._batch = settings.batch
        self.low, high = payoff_bounds(self.tables.game)
        self.scale = np.where(high > self.low, high - self.low, 1.0)

    def _learn(self, behaviour: FloatArray, total: FloatArray, count: IntArray) -> None:
        raise NotImplementedError

    def update(self) -> None:
        """See :class:`Learner`."""
        behaviour = self.behaviour
        total, count = np.zeros_like(self.memory), np.zeros(self.memory.shape, dtype=np.int64)
        arrays = self.tables.arrays
        play_returns(arrays, behaviour, self._batch, self.low, self.scale, self.generator, total, count)
        self._met(count)
        self._learn(behaviour, total, count)
        self.done += 1
        self._remember(behaviour)
