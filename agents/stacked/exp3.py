"""Exp3 in many signalling games and seeds at once: :mod:`olivebranch.agents.tabular.exp3`, in law."""

from functools import partial

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay, States
from olivebranch.agents.stacked.parts.begin import log_weights, start_behaviour
from olivebranch.agents.stacked.parts.sampled import Experience, Seat, Training, learn_by_batches, softmax
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tabular.exp3 import Exp3Settings
from olivebranch.games.base import FloatArray


def learn(
    games: StackedGames,
    settings: Exp3Settings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`; ``memory`` holds log weights."""
    states = states.copy()
    play = start_behaviour(games, start, states)
    memory = StackedPlay(log_weights(play.sender), log_weights(play.receiver))
    training = Training(settings.updates(), settings.batch, settings.average_from)
    return learn_by_batches(games.scaled(), training, states, partial(Exp3Seat, settings), memory, start, response)


class Exp3Seat(Seat):
    """``memory`` holds log weights, the largest of each row zero."""

    averages_outcome = False

    def __init__(self, settings: Exp3Settings, memory: FloatArray, even: FloatArray) -> None:
        super().__init__(memory, even)
        self.settings = settings

    def behaviour(self, progress: float) -> FloatArray:
        """See :class:`Seat`."""
        gamma = self.settings.exploration.at(progress)
        result: FloatArray = (1.0 - gamma) * softmax(self.memory, self.even) + gamma * self.even
        return result

    def learn(self, behaviour: FloatArray, told: Experience, progress: float) -> None:
        """See :class:`Seat`."""
        rate = self.settings.learning_rate.at(progress)
        tried = told.count > 0
        self.memory += np.where(tried, rate * told.total / np.where(tried, behaviour, 1.0), 0.0)
        self.memory -= np.where(self.even > 0, self.memory, -np.inf).max(axis=1, keepdims=True)
