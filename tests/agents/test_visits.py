"""Visits are counted as they happen, in every family of learners, and counting changes nothing of what is learned."""

from typing import Any

import numpy as np
import pytest

from olivebranch.agents.learner import Learner
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import make_learner, parse_settings
from olivebranch.agents.visits import EVERY, Visits, Watchable, reach_probabilities
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import find_game
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import random_profile, uniform_profile

PLAYS, UPDATES = 400, 4
SHORT = {"episodes": PLAYS, "batch": PLAYS // UPDATES}
NETWORK = {**SHORT, "hidden": [4]}
SAMPLED: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("q-learning", "exp3", "roth-erev", "ewa"), SHORT),
    **dict.fromkeys(("ppo", "mappo", "nfsp", "r-nad"), NETWORK),
}


@pytest.fixture(scope="module", params=["kuhn-poker", "war-example"])
def game(request: pytest.FixtureRequest) -> CompiledGame:
    compiled: CompiledGame = find_game(request.param).compiled
    return compiled


def trained(game: CompiledGame, kind: str, settings: dict[str, Any], watched: bool) -> tuple[Learner, Visits]:
    learner = make_learner(game, parse_settings({"kind": kind, **settings}), 5)
    visits = Visits(unroll(game), learner.total_updates)
    if watched:
        assert isinstance(learner, Watchable)
        learner.watch(visits)
    for update in range(1, learner.total_updates + 1):
        visits.begin(update)
        learner.update()
    return learner, visits


def same_play(tree: GameTree, first: Learner, second: Learner) -> bool:
    profiles = [behaviour_of(tree, learner.policies()["last"]) for learner in (first, second)]
    return all(np.array_equal(a, b) for a, b in zip(profiles[0].stages, profiles[1].stages, strict=True))


@pytest.mark.parametrize("kind", SAMPLED)
def test_every_play_is_counted_once_where_it_passes_and_learning_is_the_same(kind: str, game: CompiledGame) -> None:
    learner, visits = trained(game, kind, SAMPLED[kind], watched=True)
    unwatched, nothing = trained(game, kind, SAMPLED[kind], watched=False)
    assert same_play(visits.tree, learner, unwatched)
    assert not nothing.count.any()
    mover = int(np.flatnonzero(game.acts[0])[0])
    assert visits.count[mover, 0].sum() == PLAYS  # all plays pass the first history
    assert visits.late[mover, 0].sum() == PLAYS / 2  # updates 3 and 4 of 4
    assert visits.last.max() == UPDATES
    assert ((visits.last > 0) == (visits.count > 0)).all()
    assert ((visits.last > UPDATES / 2) == (visits.late > 0)).all()
    assert (visits.late <= visits.count).all()
    if game.game.name == "kuhn-poker":  # after the first has passed (action 0), the second has the move
        assert visits.count[1, 1].sum() == visits.count[0, 0, :, 0].sum()
        assert visits.count[1, 2].sum() == visits.count[0, 0, :, 1].sum()


def test_a_stable_baselines3_learner_counts_each_seat_in_its_own_plays() -> None:
    game = find_game("weak-blend-in").compiled
    settings = {"episodes": 400, "batch": 100, "environments": 50, "hidden": [4]}
    learner, visits = trained(game, "sb3-ppo", settings, watched=True)
    unwatched, _ = trained(game, "sb3-ppo", settings, watched=False)
    assert same_play(visits.tree, learner, unwatched)
    for seat in range(2):  # a batch of decisions each update, and some that begin another play
        assert 400 <= visits.count[seat].sum() <= 440
    assert visits.last.max() == 4


def test_a_learner_without_plays_has_expected_visits() -> None:
    """Its first step is from uniform play, which is looked at for the steps up to the next look."""
    game = find_game("kuhn-poker").compiled
    _, visits = trained(game, "hedge", {"steps": EVERY}, watched=True)
    tree = visits.tree
    expected = reach_probabilities(uniform_profile(tree))
    assert np.allclose(visits.count[0, 0], EVERY * expected[0][:, :3].reshape(3, 1) / 2)
    assert (visits.last[0, 0] == EVERY).all()
    assert not visits.late.any()  # the only look was in the first half


def test_reach_is_that_of_the_evaluation() -> None:
    tree = unroll(find_game("war-example").compiled)
    profile = random_profile(tree, np.random.default_rng(3))
    for reach, level in zip(reach_probabilities(profile), information_sets(profile), strict=True):
        assert np.allclose(reach, level.reach, atol=1e-12)


def test_a_checkpoint_puts_counts_back_in_place() -> None:
    game = find_game("kuhn-poker").compiled
    _, visits = trained(game, "q-learning", SHORT, watched=True)
    other = Visits(visits.tree, UPDATES)
    held = other.count
    other.restore(visits.state())
    assert held is other.count
    assert np.array_equal(held, visits.count)
