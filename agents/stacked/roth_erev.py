"""Roth-Erev reinforcement in many signalling games and seeds at once: :mod:`olivebranch.agents.tabular.roth_erev`, in
law."""

from functools import partial

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay, States
from olivebranch.agents.stacked.parts.begin import start_behaviour
from olivebranch.agents.stacked.parts.sampled import Experience, Seat, Training, learn_by_batches
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tabular.roth_erev import RothErevSettings
from olivebranch.games.base import FloatArray


def learn(
    games: StackedGames,
    settings: RothErevSettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`; ``memory`` holds propensities.

    Where it does not begin in uniform play, the propensities of a row add up to what they do there, so that what has
    been learned weighs as much.
    """
    states = states.copy()
    play = start_behaviour(games, start, states)
    send, reply = (settings.initial_propensity * legal.sum(axis=-1)[:, None, :, None] for legal in games.legal)
    memory = StackedPlay(play.sender * send, play.receiver * reply)
    training = Training(settings.updates(), settings.batch, settings.average_from)
    return learn_by_batches(games.scaled(), training, states, partial(RothErevSeat, settings), memory, start, response)


class RothErevSeat(Seat):
    """``memory`` holds propensities."""

    averages_outcome = False

    def __init__(self, settings: RothErevSettings, memory: FloatArray, even: FloatArray) -> None:
        super().__init__(memory, even)
        self.settings = settings

    def behaviour(self, progress: float) -> FloatArray:
        """See :class:`Seat`."""
        result: FloatArray = self.memory / self.memory.sum(axis=1, keepdims=True)
        return result

    def learn(self, behaviour: FloatArray, told: Experience, progress: float) -> None:
        """See :class:`Seat`."""
        epsilon, phi = self.settings.experimentation.at(progress), self.settings.forgetting.at(progress)
        spread = told.total.sum(axis=1, keepdims=True) * self.even
        self.memory *= (1.0 - phi) ** told.count.sum(axis=1, keepdims=True)
        self.memory += (1.0 - epsilon) * told.total + epsilon * spread
