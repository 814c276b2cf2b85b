"""Populations trained on the spot."""

import json
from dataclasses import replace

import numpy as np
import pytest

from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.q_learning import learn
from olivebranch.agents.tabular.q_learning import QLearningSettings
from olivebranch.core.errors import ParameterError
from olivebranch.explore.data import recorded
from olivebranch.explore.record import POPULATION, population
from olivebranch.explore.training import EXPLORATIONS, STARTS, TrainingRequest, frames, games_of, serve
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.kernel import ROWS
from olivebranch.theory.talks.solve import solve_talks

RIVALS = load_preset(POPULATION).parameters_as(TalksParameters)


def test_a_short_training_is_the_beginning_of_a_longer_one() -> None:
    """Each learner's plays by type and message can only have become more, and by as many as there are plays between."""
    games = StackedGames.of_talks([RIVALS])
    settings = QLearningSettings(batch=1, exploration="epsilon-greedy", epsilon=0.05, learning_rate=0.05)
    counts = []
    for plays in (100, 150, 400):
        outcome = learn(games, settings.model_copy(update={"episodes": plays}), run_states(0, 0, 1, 50))
        assert outcome.visits is not None
        counts.append(outcome.visits.plays)
    for before, after, more in zip(counts, counts[1:], (50, 250), strict=False):
        assert (after >= before).all()
        assert ((after - before).sum(axis=(2, 3)) == more).all()


def test_exploring_by_loss_keeps_learners_in_war_and_exploring_blindly_does_not() -> None:
    """Scene 6 of the story, with learners that the recording did not have."""
    shares = {}
    for exploration in EXPLORATIONS:
        request = TrainingRequest(RIVALS, exploration, "war", learners=40, plays=20_000, seed=77)
        *_, last = frames(request)
        shares[exploration] = [ROWS[row] if row >= 0 else "none" for row in last.nearest]
    assert shares["blind"].count("pool-talk") >= 36
    assert shares["loss"].count("pool-fight") >= 36


def test_the_recording_is_what_the_code_records() -> None:
    for stored in recorded()["trainings"]:
        assert population(stored["exploration"], stored["start"]) == stored
    assert {(one["exploration"], one["start"]) for one in recorded()["trainings"]} == {
        (e, s) for e in EXPLORATIONS for s in STARTS
    }


def test_learners_all_over_the_map_play_games_of_their_own() -> None:
    request = TrainingRequest(RIVALS, place="map", x="loss_high", y="guarantee", learners=30, plays=200)
    games, places = games_of(request)
    assert places.shape == (30, 2)
    assert [(g.loss_high, g.guarantee) for g in games] == [tuple(place) for place in places.tolist()]
    first, *_, last = frames(request)
    assert (first.plays, last.plays) == (30, 200)
    for row, game in zip(last.nearest, games, strict=True):
        assert row == -1 or ROWS[row] in solve_talks(game).names


@pytest.mark.parametrize("exploration", EXPLORATIONS)
def test_the_same_seed_gives_the_same_population(exploration: str) -> None:
    request = TrainingRequest(RIVALS, exploration, learners=10, plays=500, seed=3)
    one, other = ([f.as_dict() for f in frames(request)] for _ in range(2))
    assert one == other
    assert one != [f.as_dict() for f in frames(replace(request, seed=4))]


def test_the_process_of_a_training_speaks_json_lines() -> None:
    said: list[str] = []
    asked = {"parameters": RIVALS.as_dict(), "learners": 5, "plays": 100}
    serve(json.dumps(asked) + "\n", said.append)
    begin, *rest = map(json.loads, said)
    assert begin["looks"] == [frame["plays"] for frame in rest]
    assert begin["looks"][-1] == 100
    assert all(np.array(frame["play"]).shape == (5, 4) for frame in rest)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"learners": 401}, "learners = 401: expected a whole number up to 400"),
        ({"plays": 0}, "plays = 0: expected"),
        ({"plays": 2.5}, "plays = 2.5: expected"),
        ({"plays": True}, "plays = True: expected"),
        ({"exploration": "bold"}, "exploration = 'bold': expected one of blind, loss"),
        ({"start": 3}, "start = 3: expected one of nothing, war"),
        ({"x": "module"}, "x = 'module': expected one of prior_high"),
        ({"y": "pressure"}, "y = 'pressure': expected a parameter other than x"),
        ({"file": "a.py:f"}, "file = 'a.py:f': expected a known key"),
        ({"parameters": 4}, "parameters = 4: expected a mapping"),
        ({"parameters": {"pressure": "high"}}, "prior_high = None: expected"),
    ],
)
def test_what_does_not_fit_is_named(changed: dict[str, object], expected: str) -> None:
    asked: dict[str, object] = {"parameters": RIVALS.as_dict()} | changed
    with pytest.raises(ParameterError) as caught:
        TrainingRequest.from_mapping(asked)
    assert str(caught.value).startswith(expected)
