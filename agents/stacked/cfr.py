"""Counterfactual regret minimisation in many signalling games and seeds at once: :mod:`olivebranch.agents.tree.cfr`."""

from functools import partial

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, States
from olivebranch.agents.stacked.parts.exact import Algorithm, learn_exactly, values
from olivebranch.agents.stacked.parts.runs import RunGames, SeatTables
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tree.cfr import CFRSettings
from olivebranch.games.base import BoolArray, FloatArray


def learn(
    games: StackedGames,
    settings: CFRSettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`; ``memory`` holds regrets.

    Where no action of a row has positive regret, play is as at the start.
    """
    return learn_exactly(games, settings.updates(), states, partial(Regrets, plus=False), start, response)


class Regrets(Algorithm):
    """The sender first, then the receiver against what the sender plays by then; with ``plus`` it is CFR+, which keeps
    regrets from falling below zero and weights step k with k."""

    def __init__(self, game: RunGames, start: SeatTables, *, plus: bool) -> None:
        super().__init__(game, start)
        self._plus = plus
        self._fallback = start.copy()
        self._regrets = SeatTables(np.zeros_like(start.sender), np.zeros_like(start.receiver))

    @property
    def memory(self) -> SeatTables:
        """Regrets."""
        return self._regrets

    def weight(self, done: int) -> float:
        """See :class:`Algorithm`."""
        return done + 1.0 if self._plus else 1.0

    def step(self, progress: float, average: SeatTables) -> None:
        """See :class:`Algorithm`."""
        game, play, kept, begin = self.game, self.play, self._regrets, self._fallback
        self._match(play.sender, kept.sender, values(game, play).sender, game.message_legal, begin.sender)
        self._match(play.receiver, kept.receiver, values(game, play).receiver, game.reply_legal, begin.receiver)

    def _match(
        self, play: FloatArray, regret: FloatArray, value: FloatArray, legal: BoolArray, fallback: FloatArray
    ) -> None:
        """Add one seat's regrets and play in proportion to those that are positive."""
        followed = (play * value).sum(axis=1, keepdims=True)
        regret += np.where(legal, value - followed, 0.0)
        if self._plus:
            np.maximum(regret, 0.0, out=regret)
        positive = np.maximum(regret, 0.0)
        total = positive.sum(axis=1, keepdims=True)
        play[...] = np.where(total > 0, positive / np.where(total > 0, total, 1.0), fallback)
