"""Experience-weighted attraction (EWA): reinforcement by what was paid and by what would have been paid.

Camerer and Ho, "Experience-weighted attraction learning in normal form games", Econometrica 67 (1999); for signalling
games Anderson and Camerer, "Experience-weighted attraction learning in sender-receiver signaling games", Economic
Theory 16 (2000). At each information set an action has an attraction A, and the information set a weight of experience
N. When play comes there, with payoff x(a) of action a from there on,

    N' = rho N + 1,    A'(a) = (phi N A(a) + (delta + (1 - delta) [a was chosen]) x(a)) / N',    rho = phi (1 - kappa),

and actions are chosen by the logit of lambda A. So attractions are sums of payoffs if kappa is 1, averages if it is 0.
With delta = 0 this is choice reinforcement (cumulative with kappa = 1); with delta = 1 and kappa = 0 attractions are
expected payoffs under the beliefs of weighted fictitious play.

What an action that was not chosen would have paid is drawn: others' choices of that moment stay as they were, and what
follows is drawn from everyone's behaviour. Of the ways in which Ho, Wang and Camerer, "Individual differences in EWA
learning with partial payoff information", Economic Journal 118 (2008), fill in payoffs that are not known, this is
clairvoyance; where no one moves later, as after a receiver's reply, nothing is left to draw.
"""

from typing import Any, Literal

import numpy as np
from pydantic import Field

from olivebranch.agents.checkpoint import State
from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings import AverageFrom, SampledSettings
from olivebranch.agents.tabular.parts.table_learner import TableLearner
from olivebranch.agents.tabular.q_learning import boltzmann
from olivebranch.core.compiled import compiled
from olivebranch.games.base import CompiledGame, FloatArray, IntArray


class EWASettings(SampledSettings):
    """See :class:`EWA`."""

    kind: Literal["ewa"] = "ewa"
    episodes: int = Field(default=20_000, ge=1, description="episodes of training")
    batch: int = Field(default=1, ge=1, description="episodes between two updates, each of which counts as one period")
    decay: float = Field(default=0.999, ge=0, le=1, description="phi: what is left of attractions after a period")
    foregone: float = Field(default=0.5, ge=0, le=1, description="delta: weight of what other actions would have paid")
    growth: float = Field(
        default=0.0, ge=0, le=1, description="kappa: 1 adds payoffs up, 0 averages them; rho is phi times 1 - kappa"
    )
    sensitivity: Scheduled = Field(
        default=geometric(2.0, 200.0, until=0.8), description="lambda, of the logit, in units of one over payoffs"
    )
    initial_attraction: float = Field(default=0.0, description="of every action, before anything is learned")
    initial_experience: float = Field(default=1.0, ge=0, description="N(0), the weight of the initial attractions")
    average_from: AverageFrom = 0.5

    @property
    def experience_decay(self) -> float:
        """rho."""
        return self.decay * (1.0 - self.growth)


@compiled
def draw_actions(
    game: Any, policy: FloatArray, profile: Any, state: Any, generator: np.random.Generator, out: IntArray
) -> None:
    """Draw everyone's action in a state, ``[n_players]``."""
    _, _, types, legal, acts, forced, _, _, _, _ = game
    for i in range(legal.shape[1]):
        out[i] = forced[state, i]
        if acts[state, i]:
            uniform, cumulative = generator.random(), 0.0
            for a in range(legal.shape[2]):
                if policy[i, state, types[profile, i], a] > 0.0:
                    cumulative += policy[i, state, types[profile, i], a]
                    out[i] = a
                    if uniform < cumulative:
                        break


@compiled
def draw_edge(game: Any, profile: Any, state: Any, actions: IntArray, generator: np.random.Generator) -> Any:
    """Draw what follows a joint action: the number of an edge."""
    _, outcome_cdf, _, legal, _, _, edge_start, _, _, _ = game
    joint = 0
    for i in range(legal.shape[1]):
        joint = joint * legal.shape[2] + actions[i]
    edge = edge_start[state, joint]
    if outcome_cdf[edge, profile] < 2.0:
        uniform = generator.random()
        while uniform >= outcome_cdf[edge, profile]:
            edge += 1
    return edge


@compiled
def follow(
    game: Any,
    policy: FloatArray,
    profile: Any,
    state: Any,
    actions: IntArray,
    player: int,
    generator: np.random.Generator,
) -> float:
    """What ``player`` gets from ``actions`` in ``state`` on, if everyone then behaves as ``policy`` says.

    ``actions`` are written over.
    """
    _, _, _, _, _, _, _, edge_next, edge_reward, terminal = game
    earned = 0.0
    while True:
        edge = draw_edge(game, profile, state, actions, generator)
        earned += edge_reward[edge, player, profile]
        state = edge_next[edge]
        if terminal[state]:
            return float(earned)
        draw_actions(game, policy, profile, state, generator, actions)


@compiled
def play_foregone(
    game: Any,
    policy: FloatArray,
    episodes: int,
    generator: np.random.Generator,
    total: FloatArray,
    foregone: FloatArray,
    count: IntArray,
) -> None:
    """Play, and add up at each decision what its seat got from there on, and what each legal action would have paid.

    ``total`` and ``count`` are of what was chosen; ``foregone`` has the same and, beside it, a drawn payoff of every
    other legal action. All are ``[n_players, n_states, n_types, n_actions]``.
    """
    first_cdf, _, types, legal, acts, _, _, edge_next, edge_reward, terminal = game
    n_players, n_actions = legal.shape[1], legal.shape[2]
    path, visited = np.zeros((len(terminal), n_players), np.int64), np.zeros(len(terminal), np.int64)
    before, earned = np.zeros((len(terminal), n_players)), np.zeros(n_players)
    other = np.zeros(n_players, np.int64)
    for _ in range(episodes):
        profile = np.searchsorted(first_cdf, generator.random(), side="right")
        state, length = 0, 0
        earned[:] = 0.0
        while not terminal[state]:
            visited[length] = state
            before[length] = earned
            draw_actions(game, policy, profile, state, generator, path[length])
            edge = draw_edge(game, profile, state, path[length], generator)
            for i in range(n_players):
                earned[i] += edge_reward[edge, i, profile]
            state = edge_next[edge]
            length += 1
        for k in range(length):
            for i in range(n_players):
                if acts[visited[k], i]:
                    here, own, chosen = visited[k], types[profile, i], path[k, i]
                    paid = earned[i] - before[k, i]
                    total[i, here, own, chosen] += paid
                    count[i, here, own, chosen] += 1
                    for a in range(n_actions):
                        if a == chosen:
                            foregone[i, here, own, a] += paid
                        elif legal[here, i, a]:
                            other[:] = path[k]
                            other[i] = a
                            foregone[i, here, own, a] += follow(game, policy, profile, here, other, i, generator)


class EWA(TableLearner):
    """``memory`` holds attractions. A batch of plays counts as one period, with the mean of what it told each row.

    Attributes:
        experience: N of each information set, ``[n_players, n_histories + 1, largest number of types]``.
    """

    settings_class = EWASettings

    def __init__(self, game: CompiledGame, settings: EWASettings, seed: int) -> None:
        super().__init__(game, settings, settings.average_from, seed)
        self.settings = settings
        self.memory += settings.initial_attraction
        self.experience = np.full(self.memory.shape[:-1], settings.initial_experience)

    @property
    def behaviour(self) -> FloatArray:
        """See :class:`TableLearner`."""
        sensitivity = max(self.settings.sensitivity.at(self.progress), 1e-12)
        return boltzmann(self.memory, self.tables.legal, 1.0 / sensitivity)

    def update(self) -> None:
        """See :class:`Learner`."""
        settings = self.settings
        total, foregone = np.zeros_like(self.memory), np.zeros_like(self.memory)
        count = np.zeros(self.memory.shape, dtype=np.int64)
        arrays = self.tables.arrays
        play_foregone(arrays, self.behaviour, settings.batch, self.generator, total, foregone, count)
        self._met(count)
        periods = count.sum(axis=-1)
        reinforced = settings.foregone * foregone + (1.0 - settings.foregone) * total
        old = settings.decay * self.experience[..., None] * self.memory
        after = settings.experience_decay * self.experience + 1.0
        moved = (old + reinforced / np.maximum(periods, 1)[..., None]) / after[..., None]
        self.memory = np.where(periods[..., None] > 0, moved, self.memory)
        self.experience = np.where(periods > 0, after, self.experience)
        self.done += 1
        self._remember()

    def state(self) -> State:
        """See :class:`Learner`."""
        return {**super().state(), "experience": self.experience}

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        super().restore(state)
        self.experience = state["experience"]
