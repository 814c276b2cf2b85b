"""Experience-weighted attraction in many signalling games and seeds at once: :mod:`olivebranch.agents.tabular.ewa`, in
law."""

from functools import partial

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, States
from olivebranch.agents.stacked.parts.begin import start_values
from olivebranch.agents.stacked.parts.sampled import Experience, Seat, Training, learn_by_batches, softmax
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tabular.ewa import EWASettings
from olivebranch.games.base import FloatArray


def learn(
    games: StackedGames,
    settings: EWASettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`; ``memory`` holds attractions.

    They begin as action values do, with one over the first sensitivity for a temperature.
    """
    states = states.copy()
    temperature = 1.0 / max(settings.sensitivity.at(0.0), 1e-12)
    memory = start_values(games, start, states, uniform_value=settings.initial_attraction, temperature=temperature)
    training = Training(settings.updates(), settings.batch, settings.average_from)
    return learn_by_batches(games, training, states, partial(EWASeat, settings), memory, start, response)


class EWASeat(Seat):
    """``memory`` holds attractions; ``experience`` the weights N, ``[rows, 1, runs]``."""

    asks_foregone = True

    def __init__(self, settings: EWASettings, memory: FloatArray, even: FloatArray) -> None:
        super().__init__(memory, even)
        self.settings = settings
        self.experience = np.full((len(memory), 1, memory.shape[2]), settings.initial_experience)

    def behaviour(self, progress: float) -> FloatArray:
        """See :class:`Seat`."""
        return softmax(self.memory * max(self.settings.sensitivity.at(progress), 1e-12), self.even)

    def learn(self, behaviour: FloatArray, told: Experience, progress: float) -> None:
        """See :class:`Seat`."""
        assert told.foregone is not None
        settings = self.settings
        count = told.count.sum(axis=1, keepdims=True)
        reinforced = settings.foregone * told.foregone + (1.0 - settings.foregone) * told.total
        old = settings.decay * self.experience * self.memory
        after = settings.experience_decay * self.experience + 1.0
        moved = (old + reinforced / np.maximum(count, 1.0)) / after
        self.memory = np.where(count > 0, moved, self.memory)
        self.experience = np.where(count > 0, after, self.experience)
