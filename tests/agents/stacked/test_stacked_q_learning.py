"""Stacked Q-learners, play by play against the rule written out for one run, and what does not depend on the stack."""

import math

import numpy as np
import pytest

from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.parts.bits import uniform
from olivebranch.agents.stacked.parts.lanes import LANES
from olivebranch.agents.stacked.parts.plays import PERIOD
from olivebranch.agents.stacked.q_learning import learn
from olivebranch.agents.tabular.q_learning import QLearningSettings
from tests.games_for_tests.stacked_games import random_games

SCHEDULES = {
    "temperature": {"start": 1.0, "end": 0.05, "shape": "geometric"},
    "epsilon": {"start": 0.4, "end": 0.1},
    "learning_rate": {"start": 0.5, "end": 0.05, "until": 0.7},
}


SHAPES = [
    ((2, 2, 2), False),
    ((1, 1, 2), False),
    ((3, 2, 4), False),
    ((2, 3, 3), True),
    ((1, 2, 1), False),
]  # and whether some is illegal


class OneRun:
    """The textbook rule for one game and seed, in plain Python, with the numbers that the stacked run draws."""

    def __init__(self, games: StackedGames, settings: QLearningSettings, state: np.ndarray, game: int = 0) -> None:
        self.settings, self.state, self.legal = settings, state.copy(), [table[game] for table in games.legal]
        self.prior, self.payoffs = games.prior[game], (games.sender[game], games.receiver[game])
        self.values = [np.full(table.shape, settings.initial_value) for table in self.legal]
        self.plays, self.last = np.zeros(self.legal[0].shape), np.zeros(self.legal[0].shape)
        self.sums, self.counted, self.updates = [0.0, 0.0], 0, settings.updates()
        for done in range(self.updates):
            self.play(done)
            if done + 1 >= math.floor(settings.average_from * self.updates) + 1:
                self.counted += 1
                for seat in (0, 1):
                    self.sums[seat] = self.sums[seat] + self.behaviour(seat, (done + 1) / self.updates)

    def row(self, seat: int, row: int, progress: float) -> np.ndarray:
        legal, values = self.legal[seat][row], self.values[seat][row]
        if self.settings.exploration == "boltzmann":
            top = values[legal].max()
            weights = [math.exp((v - top) / self.settings.temperature.at(progress)) for v in values]
        else:
            weights = [float(v == values[legal].max()) for v in values]
        chosen = np.where(legal, weights, 0.0)
        epsilon = self.settings.epsilon.at(progress)
        result: np.ndarray = (1 - epsilon) * chosen / chosen.sum() + epsilon * legal / legal.sum()
        return result

    def behaviour(self, seat: int, progress: float) -> np.ndarray:
        return np.array([self.row(seat, row, progress) for row in range(len(self.values[seat]))])

    def drawn(self, probabilities: np.ndarray) -> int:
        number = uniform(self.state)
        return int((number >= np.cumsum(probabilities)[:-1]).sum())

    def play(self, done: int) -> None:
        progress = done / self.updates
        kind = self.drawn(self.prior)
        message = self.drawn(self.row(0, kind, progress))
        reply = self.drawn(self.row(1, message, progress))
        rate = self.settings.learning_rate.at(progress)
        for seat, cell in enumerate(((kind, message), (message, reply))):
            self.values[seat][cell] += rate * (self.payoffs[seat][kind, message, reply] - self.values[seat][cell])
        self.plays[kind, message] += 1
        self.last[kind, message] = done + 1


@pytest.mark.parametrize("exploration", ["boltzmann", "epsilon-greedy"])
@pytest.mark.parametrize("shape, illegal", SHAPES)
def test_each_run_is_the_textbook_rule(exploration: str, shape: tuple[int, int, int], illegal: bool) -> None:
    games = random_games(shape, 3, some_illegal="both" if illegal else "")
    settings = QLearningSettings.model_validate(
        {"episodes": 400, "batch": 1, "exploration": exploration, "initial_value": 0.2, **SCHEDULES}
    )
    states = run_states(4, 0, 3, 30)  # 90 runs: two blocks, the second not full
    found = learn(games, settings, states)
    assert found.memory is not None
    assert found.visits is not None
    for game, seed in ((0, 0), (1, 29), (2, 29)):
        run = OneRun(games, settings, states[game, seed], game)
        for seat, name in enumerate(("sender", "receiver")):
            legal, where = run.legal[seat], (game, seed)
            memory = getattr(found.memory, name)[where]
            np.testing.assert_allclose(memory[legal], run.values[seat][legal], atol=1e-12)
            assert np.isnan(memory[~legal]).all()
            np.testing.assert_allclose(getattr(found.last, name)[where], run.behaviour(seat, 1.0), atol=1e-12)
            np.testing.assert_allclose(getattr(found.average, name)[where], run.sums[seat] / run.counted, atol=1e-12)
        np.testing.assert_array_equal(found.visits.plays[game, seed], run.plays)
        looked = np.minimum(np.ceil(run.last / PERIOD) * PERIOD, run.updates)  # when it was noted
        np.testing.assert_array_equal(found.visits.last_update[game, seed], looked)


def test_of_many_messages_the_last_update_is_exact() -> None:
    """Thirteen messages: too many to count in the bits of one number."""
    games, settings = random_games((1, 13, 2), 1), QLearningSettings(episodes=300, batch=1, epsilon=0.5)
    states = run_states(4, 0, 1, 2)
    found, run = learn(games, settings, states), OneRun(games, settings, states[0, 1])
    assert found.visits is not None
    np.testing.assert_array_equal(found.visits.plays[0, 1], run.plays)
    np.testing.assert_array_equal(found.visits.last_update[0, 1], run.last)
    assert (run.last % PERIOD > 0).any()


@pytest.mark.parametrize("batch", [1, 20])
def test_a_run_does_not_depend_on_what_is_stacked_with_it(batch: int) -> None:
    games, settings = random_games((2, 2, 2), 3), QLearningSettings(episodes=2000, batch=batch)
    states = run_states(0, 0, 3, LANES + 5)
    together = learn(games, settings, states)
    alone = learn(StackedGames(games.prior[2:], games.sender[2:], games.receiver[2:]), settings, states[2:, 60:])
    np.testing.assert_array_equal(together.last.sender[2:, 60:], alone.last.sender)
    np.testing.assert_array_equal(together.average.receiver[2:, 60:], alone.average.receiver)


def test_long_trainings_are_cut_into_segments_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    games, settings = random_games((2, 2, 2), 2), QLearningSettings(episodes=1000, batch=1)
    whole = learn(games, settings, run_states(0, 0, 2, 3))
    monkeypatch.setattr("olivebranch.agents.stacked.q_learning.SEGMENT", 170)
    parts = learn(games, settings, run_states(0, 0, 2, 3))
    assert whole.average.sender.tobytes() == parts.average.sender.tobytes()
    assert whole.last.receiver.tobytes() == parts.last.receiver.tobytes()


@pytest.mark.parametrize("batch", [1, 10])
def test_types_that_cannot_occur_are_never_drawn(batch: int) -> None:
    """0.1 ten times does not add up to 1 in floats: the last type, an impossible one, must not get what is missing."""
    payoffs = np.zeros((1, 11, 1, 1))
    games = StackedGames(np.array([[0.1] * 10 + [0.0]]), payoffs, payoffs)
    found = learn(games, QLearningSettings(episodes=20_000, batch=batch), run_states(0, 0, 1, 64))
    assert found.visits is not None
    plays = found.visits.plays[0, :, :, 0]
    assert (plays.sum(axis=1) == 20_000).all()
    assert (plays[:, 10] == 0).all()
    assert (plays[:, :10] > 0).all()
