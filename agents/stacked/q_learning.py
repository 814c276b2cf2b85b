"""Independent tabular Q-learners in many signalling games and seeds at once.

The algorithm is that of :mod:`olivebranch.agents.tabular.q_learning`, in law: tests hold the two against each other.
With an update after every play, all runs play in lock-step (:mod:`olivebranch.agents.stacked.parts.plays`); batches are
drawn as counts (:mod:`olivebranch.agents.stacked.parts.sampled`). The set-up, down to its scale, follows Condorelli and
Furlan, "Cheap Talking Algorithms" (arXiv:2310.07867), who let independent memoryless learners play a cheap-talk game.
"""

from functools import partial

import numpy as np

from olivebranch.agents.average import AveragePeriod
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay, StackedVisits, States
from olivebranch.agents.stacked.parts.begin import start_behaviour, start_values
from olivebranch.agents.stacked.parts.blocks import Block, from_blocks, make_blocks
from olivebranch.agents.stacked.parts.lanes import Exploration, behave, scratch_for
from olivebranch.agents.stacked.parts.plays import play
from olivebranch.agents.stacked.parts.sampled import Experience, Seat, Training, learn_by_batches, softmax
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tabular.q_learning import QLearningSettings
from olivebranch.games.base import FloatArray

SEGMENT = 1 << 16  # updates at a time, so that the schedules of a long training need not be held whole


def learn(
    games: StackedGames,
    settings: QLearningSettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """Train both seats in every game and seed; see :class:`olivebranch.agents.stacked.registry.StackedLearner`.

    Each seat decides once a play, so ``settings.discount`` is without effect. ``memory`` holds action values.
    """
    states = states.copy()
    temperature = settings.temperature.at(0.0) if settings.exploration == "boltzmann" else 0.0
    values = start_values(games, start, states, uniform_value=settings.initial_value, temperature=temperature)
    if settings.batch > 1:
        training = Training(settings.updates(), settings.batch, settings.average_from)
        return learn_by_batches(games, training, states, partial(QSeat, settings), values, start, response)
    if response is not None:
        values = StackedPlay(values.sender, start_behaviour(games, start, states).receiver)
    return _play_by_play(games, settings, states, values, response)


class QSeat(Seat):
    """``memory`` holds action values, which move towards the mean of what a batch paid."""

    def __init__(self, settings: QLearningSettings, memory: FloatArray, even: FloatArray) -> None:
        super().__init__(memory, even)
        self.settings = settings

    def behaviour(self, progress: float) -> FloatArray:
        """See :class:`Seat`."""
        epsilon = self.settings.epsilon.at(progress)
        if self.settings.exploration == "boltzmann":
            chosen = softmax(self.memory / max(self.settings.temperature.at(progress), 1e-12), self.even)
        else:
            allowed = np.where(self.even > 0, self.memory, -np.inf)
            best = allowed == allowed.max(axis=1, keepdims=True)
            chosen = best / best.sum(axis=1, keepdims=True)
        result: FloatArray = (1.0 - epsilon) * chosen + epsilon * self.even
        return result

    def learn(self, behaviour: FloatArray, told: Experience, progress: float) -> None:
        """See :class:`Seat`."""
        rate = self.settings.learning_rate.at(progress)
        mean = told.total / np.maximum(told.count, 1.0)
        self.memory += np.where(told.count > 0, rate * (mean - self.memory), 0.0)


def _play_by_play(
    games: StackedGames,
    settings: QLearningSettings,
    states: States,
    values: StackedPlay,
    response: BestResponse | None,
) -> StackedOutcome:
    """Train with an update after every play."""
    updates, boltzmann = settings.updates(), settings.exploration == "boltzmann"
    first = AveragePeriod(updates, settings.average_from).first
    rate = 0.0 if response is None else response.rate
    blocks = make_blocks(games, states, values, responds=response is not None)
    for done in range(0, updates, SEGMENT):
        schedules = _schedules(settings, done, min(done + SEGMENT, updates))
        for block in blocks:
            play(games.shape[1:], block.all_legal, block.games, block.runs, schedules, boltzmann, rate, done, first)
    exploration = Exploration(schedules[0, -1], schedules[1, -1], boltzmann)
    last = [_behaviour(games, block, exploration, responds=response is not None) for block in blocks]
    sender_shape, receiver_shape = ((*states.shape[:2], *table.shape[1:]) for table in games.legal)

    def collected(sender: list[FloatArray], receiver: list[FloatArray]) -> StackedPlay:
        return StackedPlay(from_blocks(sender, blocks, sender_shape), from_blocks(receiver, blocks, receiver_shape))

    number = updates - first + 1
    runs = [block.runs for block in blocks]
    memory = collected([run.sender for run in runs], [run.receiver for run in runs])
    for table in (memory.sender, memory.receiver):
        table[np.isneginf(table)] = np.nan
    return StackedOutcome(
        collected([sender for sender, _ in last], [receiver for _, receiver in last]),
        collected([run.sender_sum / number for run in runs], [run.receiver_sum / number for run in runs]),
        memory,
        StackedVisits(
            from_blocks([run.plays for run in runs], blocks, sender_shape),
            from_blocks([run.last_update for run in runs], blocks, sender_shape),
        ),
    )


def _behaviour(
    games: StackedGames, block: Block, exploration: Exploration, *, responds: bool
) -> tuple[FloatArray, FloatArray]:
    """Of both seats of a block as it stands."""
    _, types, messages, replies = games.shape
    runs, game, legal, scratch = block.runs, block.games, block.all_legal, scratch_for(max(messages, replies))
    sender, receiver = np.empty_like(runs.sender), runs.receiver.copy()
    behave(runs.sender, game.sender_even, legal, types, messages, exploration, scratch, sender)
    if not responds:
        behave(runs.receiver, game.receiver_even, legal, messages, replies, exploration, scratch, receiver)
    return sender, receiver


def _schedules(settings: QLearningSettings, done: int, until: int) -> FloatArray:
    """One over the temperature, epsilon and the learning rate after ``done`` to ``until`` updates, each
    ``[until - done + 1]``."""
    progress = np.arange(done, until + 1) / settings.updates()
    return np.stack(
        [
            1.0 / np.maximum(settings.temperature.along(progress), 1e-12),
            settings.epsilon.along(progress),
            settings.learning_rate.along(progress),
        ]
    )
