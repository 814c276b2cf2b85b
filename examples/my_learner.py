"""A learner of your own in one file: regret matching on sampled plays.

Train it from the folder of this file with ``olivebranch train my_learner.yaml``; see docs/learners.md.

At each information set every action has a regret: how much more it would have paid than what was played. Play is in
proportion to positive regrets (Hart and Mas-Colell, "A simple adaptive procedure leading to correlated equilibrium",
Econometrica 68, 2000). What an action pays is estimated from sampled plays, so some exploration goes on.
"""

import numpy as np
from pydantic import Field

from olivebranch.agents.checkpoint import State
from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings import SampledSettings
from olivebranch.agents.tabular.parts.bandits import payoff_bounds, play_returns
from olivebranch.agents.tabular.parts.history_tables import HistoryTables
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.theory.tree.profiles import BehaviourProfile


class RegretMatchingSettings(SampledSettings):
    """What a config may set beside ``episodes`` and ``batch``."""

    exploration: Scheduled = Field(default=geometric(0.3, 0.01), description="probability of a uniformly drawn action")


class RegretMatching:
    """Regret matching in every seat. Tables have a row for each information set (:class:`HistoryTables`)."""

    settings_class = RegretMatchingSettings

    def __init__(self, game: CompiledGame, settings: RegretMatchingSettings, seed: int) -> None:
        self.settings, self.done = settings, 0
        self.generator = np.random.default_rng(seed)
        self.tables = HistoryTables(game)
        self.uniform = self.tables.uniform()
        self.regret, self.sum = np.zeros_like(self.uniform), np.zeros_like(self.uniform)
        low, high = payoff_bounds(self.tables.game)
        self.low, self.scale = low, np.where(high > low, high - low, 1.0)

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    def behaviour(self) -> FloatArray:
        """The probability of each action, in proportion to positive regret, and some exploration."""
        positive = np.maximum(self.regret, 0.0)
        total = positive.sum(axis=-1, keepdims=True)
        matched = np.where(total > 0, positive / np.maximum(total, 1e-300), self.uniform)
        epsilon = self.settings.exploration.at(self.done / self.total_updates)
        return (1.0 - epsilon) * matched + epsilon * self.uniform

    def update(self) -> None:
        """Play a batch of episodes and add up regrets."""
        played = self.behaviour()
        paid, count = np.zeros_like(played), np.zeros(played.shape, dtype=np.int64)
        batch = self.settings.batch
        play_returns(self.tables.arrays, played, batch, self.low, self.scale, self.generator, paid, count)
        mean, reached = paid / np.maximum(count, 1), count.sum(axis=-1, keepdims=True) / batch
        self.regret += np.where(count > 0, reached * (mean - (played * mean).sum(axis=-1, keepdims=True)), 0.0)
        self.sum += played
        self.done += 1

    def policies(self) -> dict[str, BehaviourProfile]:
        """See :class:`Learner`."""
        now = self.behaviour()
        average = self.sum / self.done if self.done else now
        return {"last": self.tables.profile(now), "average": self.tables.profile(average)}

    def state(self) -> State:
        """See :class:`Learner`: all that :meth:`update` changes, the generator included."""
        generator = self.generator.bit_generator.state
        return {"done": self.done, "regret": self.regret, "sum": self.sum, "generator": generator}

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.done, self.regret, self.sum = state["done"], state["regret"], state["sum"]
        self.generator.bit_generator.state = state["generator"]
