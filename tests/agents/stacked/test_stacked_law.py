"""Stacked learners that play learn as the ordinary ones do: the same distributions after a few updates."""

from typing import Any

import numpy as np
import pytest

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import make_learner, parse_settings
from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.registry import stacked_learner
from olivebranch.theory.tree.histories import unroll
from tests.games_for_tests.stacked_games import random_game, tables_of

# Large steps, so that 25 updates lead far and play in them is mixed.
SETTINGS: dict[str, dict[str, Any]] = {
    "q-learning": {"temperature": {"start": 1.0, "end": 0.2}, "learning_rate": 0.3},
    "exp3": {"exploration": {"start": 0.4, "end": 0.1}, "learning_rate": {"start": 0.5, "end": 0.2}},
    "roth-erev": {"initial_propensity": 2.0, "forgetting": 0.05, "experimentation": {"start": 0.3, "end": 0.1}},
    "ewa": {"decay": 0.8, "foregone": 0.5, "growth": 0.3, "sensitivity": {"start": 0.5, "end": 3.0}},
}
UPDATES = 25


def assert_same_law(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Means, and means of squares and of products of neighbours, agree within 4.5 standard errors."""
    moments = [lambda x: x, lambda x: x**2, lambda x: x * np.roll(x, 1, axis=1)]
    for moment in moments:
        a, b = moment(ours), moment(theirs)
        error = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
        assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) <= 4.5 * error + 1e-9).all()


def assert_stacked_runs_have_the_law_of_single_ones(settings: Any, singles: int, runs: int) -> None:
    """In a game of 3 types, 2 messages and 3 replies, one of which is illegal after the second message."""
    form = random_game((3, 2, 3), 11, some_illegal="replies")
    found = stacked_learner(settings.kind)(StackedGames.of_signalling([form]), settings, run_states(1, 0, 1, runs))
    game = form.compile()
    tree = unroll(game)
    theirs: dict[str, list[np.ndarray]] = {"last": [], "average": []}
    for seed in range(singles):
        learner = make_learner(game, settings, seed)
        for _ in range(learner.total_updates):
            learner.update()
        for which, given in learner.policies().items():
            theirs[which].append(np.concatenate([table.ravel() for table in tables_of(behaviour_of(tree, given))]))
    for which, rows in theirs.items():
        play = getattr(found, which)
        ours = np.concatenate([play.sender[0].reshape(runs, -1), play.receiver[0].reshape(runs, -1)], axis=1)
        spread = np.array(rows).std(axis=0)
        assert (spread > 0.01).sum() >= 6  # far enough for a difference to show
        assert_same_law(ours, np.array(rows))


@pytest.mark.parametrize("batch", [1, 12])
@pytest.mark.parametrize("kind", SETTINGS)
def test_stacked_learners_learn_as_single_ones_do(kind: str, batch: int) -> None:
    settings = parse_settings({"kind": kind, "episodes": UPDATES * batch, "batch": batch, **SETTINGS[kind]})
    assert_stacked_runs_have_the_law_of_single_ones(settings, 300, 4000)


def test_stacked_networks_learn_as_single_ones_do_in_any_signalling_game() -> None:
    changes = {"episodes": 300, "batch": 100, "hidden": [8], "learning_rate": 0.02, "snapshots": 3, "magnet": 0.1}
    assert_stacked_runs_have_the_law_of_single_ones(parse_settings({"kind": "ppo", **changes}), 40, 600)
