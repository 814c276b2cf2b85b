"""Independent tabular Q-learning in every seat.

Watkins and Dayan, "Q-learning", Machine Learning 8 (1992): the value of an action moves towards the reward plus the
best value of the next state. Each seat learns as if the others were part of the world, so the world it sees changes
as they learn; whether that settles is what the project asks. With Boltzmann exploration at temperature T the rest
points are logit (quantal response) equilibria: Kianercy and Galstyan, "Dynamics of Boltzmann Q learning in two-player
two-action games", Physical Review E 85 (2012). They tend to an equilibrium of the game as T falls, mixed ones
included, if T falls slowly enough against the learning rate.

Episodes are played ``batch`` at a time at fixed values; then each action that was tried moves by ``learning_rate``
towards the mean of its targets. A batch of one episode is the textbook rule. A larger one also makes the step
independent of how often the action was tried, as in frequency-adjusted Q-learning (Kaisers and Tuyls, AAMAS 2010).
"""

from typing import Literal

import numpy as np
from pydantic import Field

from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings import AverageFrom, SampledSettings
from olivebranch.agents.tabular.parts.history_tables import GameArrays
from olivebranch.agents.tabular.parts.table_learner import TableLearner
from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray


class QLearningSettings(SampledSettings):
    """See :class:`QLearning`."""

    kind: Literal["q-learning"] = "q-learning"
    exploration: Literal["boltzmann", "epsilon-greedy"] = Field(
        default="boltzmann", description="how action values become behaviour"
    )
    temperature: Scheduled = Field(
        default=geometric(0.5, 0.005, until=0.6), description="of Boltzmann exploration, in units of payoff"
    )
    epsilon: Scheduled = Field(  # without it, the value of an action given up early is never put right
        default=geometric(0.1, 0.002, until=0.8), description="probability of a uniformly drawn action"
    )
    learning_rate: Scheduled = Field(
        default=geometric(0.1, 0.0003, until=0.8), description="step towards the batch mean of targets"
    )
    discount: float = Field(default=1.0, gt=0, le=1, description="per own decision")
    initial_value: float = Field(default=0.0, description="of every action, before anything is learned")
    average_from: AverageFrom = 0.8


def boltzmann(values: FloatArray, legal: BoolArray, temperature: float) -> FloatArray:
    """The softmax of ``values / temperature`` over legal actions (last axis); it is zero where nothing is legal."""
    scaled = np.where(legal, values, -np.inf) / max(temperature, 1e-12)
    top = scaled.max(axis=-1, keepdims=True)
    weight = np.where(legal, np.exp(scaled - np.where(np.isfinite(top), top, 0.0)), 0.0)
    result: FloatArray = weight / np.maximum(weight.sum(axis=-1, keepdims=True), 1e-300)
    return result


def greedy(values: FloatArray, legal: BoolArray) -> FloatArray:
    """The behaviour that takes a best legal action (last axis), and evenly shares where several are best."""
    best = np.where(legal, values, -np.inf)
    ties = legal & (best == best.max(axis=-1, keepdims=True))
    result: FloatArray = ties / np.maximum(ties.sum(axis=-1, keepdims=True), 1)
    return result


@compiled
def play_episodes(
    game: GameArrays,
    policy: FloatArray,
    values: FloatArray,
    discount: float,
    episodes: int,
    generator: np.random.Generator,
    total: FloatArray,
    count: IntArray,
) -> None:
    """Play ``episodes`` and add up targets: ``total`` and ``count`` are ``[n_players, n_states, n_types, n_actions]``.

    A seat's target is what it got between this decision and its next one, plus the best value there.
    """
    n_players, n_actions = game.legal.shape[1], game.legal.shape[2]
    state_of, action_of = np.zeros(n_players, np.int64), np.zeros(n_players, np.int64)
    earned = np.zeros(n_players)
    for _ in range(episodes):
        profile = np.searchsorted(game.prior_cumulative, generator.random(), side="right")
        state = 0
        state_of[:] = -1
        earned[:] = 0.0
        while not game.terminal[state]:
            joint = 0
            for i in range(n_players):
                action = game.forced[state, i]
                if game.acts[state, i]:
                    own = game.types[profile, i]
                    if state_of[i] >= 0:
                        best = -np.inf
                        for a in range(n_actions):
                            if game.legal[state, i, a]:
                                best = max(best, values[i, state, own, a])
                        total[i, state_of[i], own, action_of[i]] += earned[i] + discount * best
                        count[i, state_of[i], own, action_of[i]] += 1
                    uniform = generator.random()
                    cumulative = 0.0
                    for a in range(n_actions):
                        if policy[i, state, own, a] > 0.0:
                            cumulative += policy[i, state, own, a]
                            action = a
                            if uniform < cumulative:
                                break
                    state_of[i], action_of[i] = state, action
                    earned[i] = 0.0
                joint = joint * n_actions + action
            edge = game.edge_start[state, joint]
            if game.outcome_cumulative[edge, profile] < 2.0:
                uniform = generator.random()
                while uniform >= game.outcome_cumulative[edge, profile]:
                    edge += 1
            for i in range(n_players):
                earned[i] += game.edge_reward[edge, i, profile]
            state = game.edge_next[edge]
        for i in range(n_players):
            if state_of[i] >= 0:
                own = game.types[profile, i]
                total[i, state_of[i], own, action_of[i]] += earned[i]
                count[i, state_of[i], own, action_of[i]] += 1


class QLearning(TableLearner):
    """Q-learning in all seats of a game. State = information set; ``memory`` holds the action values."""

    settings_class = QLearningSettings

    def __init__(self, game: CompiledGame, settings: QLearningSettings, seed: int) -> None:
        super().__init__(game, settings, settings.average_from, seed)
        self.settings = settings
        self.memory += settings.initial_value

    @property
    def behaviour(self) -> FloatArray:
        """See :class:`TableLearner`."""
        settings, legal = self.settings, self.tables.legal
        if settings.exploration == "boltzmann":
            chosen = boltzmann(self.memory, legal, settings.temperature.at(self.progress))
        else:
            chosen = greedy(self.memory, legal)
        epsilon = settings.epsilon.at(self.progress)
        result: FloatArray = (1.0 - epsilon) * chosen + epsilon * self._uniform
        return result

    def update(self) -> None:
        """See :class:`Learner`."""
        settings, values = self.settings, self.memory
        total, count = np.zeros_like(values), np.zeros(values.shape, dtype=np.int64)
        arrays, discount = self.tables.arrays, settings.discount
        play_episodes(arrays, self.behaviour, values, discount, settings.batch, self.generator, total, count)
        self._met(count)
        tried = count > 0
        values[tried] += settings.learning_rate.at(self.progress) * (total[tried] / count[tried] - values[tried])
        self.done += 1
        self._remember()
