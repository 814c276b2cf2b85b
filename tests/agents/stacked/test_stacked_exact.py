"""Stacked learners that draw nothing compute what the ordinary ones do, to rounding, from any start."""

from typing import Any

import numpy as np
import pytest

from olivebranch.agents.registry import make_learner, parse_settings
from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.parts.begin import start_behaviour
from olivebranch.agents.stacked.registry import stacked_learner
from olivebranch.agents.stacked.start import RANDOM, ProfileStart, RandomStart
from olivebranch.theory.tree.algorithms import (
    FictitiousPlay,
    MirrorDescent,
    MultiplicativeWeights,
    RegretMinimisation,
    ReplicatorDynamics,
    TreeAlgorithm,
)
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile
from tests.games_for_tests.stacked_games import random_game, tables_of

SETTINGS: dict[str, dict[str, Any]] = {
    "cfr": {},
    "cfr+": {},
    "fictitious-play": {},
    "fictitious-play, smooth": {"temperature": {"start": 0.5, "end": 0.1}},
    "hedge": {},
    "magnetic-mirror-descent": {"magnet_rate": 0.1},
    "replicator": {},
}
STEPS = 60
GAMES = [random_game((3, 2, 3), seed, some_illegal="replies") for seed in range(4)]


def settings_of(name: str) -> Any:
    return parse_settings({"kind": name.split(",")[0], "steps": STEPS, **SETTINGS[name]})


@pytest.mark.parametrize("name", SETTINGS)
def test_from_uniform_play_they_equal_the_ordinary_learners(name: str) -> None:
    settings = settings_of(name)
    found = stacked_learner(settings.kind)(StackedGames.of_signalling(GAMES), settings, run_states(0, 0, 4, 2))
    assert found.visits is None
    for number, game in enumerate(GAMES):
        learner = make_learner(game.compile(), settings, 0)
        for _ in range(STEPS):
            learner.update()
        # the replicator's start is mixed with a thousandth of uniform play, which is uniform play
        for which, profile in learner.policies().items():
            assert isinstance(profile, BehaviourProfile)
            for seat, expected in zip(("sender", "receiver"), tables_of(profile), strict=True):
                for seed in (0, 1):
                    ours = getattr(getattr(found, which), seat)[number, seed]
                    np.testing.assert_allclose(ours, expected, atol=1e-12)


def profile_with(game: Any, sender: np.ndarray, receiver: np.ndarray) -> BehaviourProfile:
    """The inverse of ``tables_of``."""
    tree = unroll(game.compile())
    stages = [table.copy() for table in uniform_profile(tree).stages]
    rules, types = tree.game.game, len(sender)
    for action, message in rules.sent.items():  # type: ignore[attr-defined]
        stages[0][0, :types, action] = sender[:, message]
    for history, state in enumerate(tree.stages[1].state):
        for action, reply in rules.replied.items():  # type: ignore[attr-defined]
            stages[1][history, types, action] = receiver[tree.game.states[state], reply]
    return BehaviourProfile(tree, tuple(stages))


def step(algorithm: TreeAlgorithm, settings: Any) -> None:
    """One step of the theory's algorithm, with the settings of the learner that repeats it."""
    progress = algorithm.done / STEPS
    if isinstance(algorithm, RegretMinimisation):
        algorithm.step()
    elif isinstance(algorithm, FictitiousPlay):
        algorithm.step(settings.temperature.at(progress))
    elif isinstance(algorithm, MirrorDescent):
        size, temperature = settings.step_size.at(progress), settings.temperature.at(progress)
        averaged = algorithm.done + 1 > STEPS * settings.average_from
        algorithm.step(size, temperature, magnet_rate=settings.magnet_rate, averaged=averaged)
    else:
        assert isinstance(algorithm, MultiplicativeWeights | ReplicatorDynamics)
        algorithm.step(settings.step_size.at(progress))


def made(name: str, start: BehaviourProfile) -> TreeAlgorithm:
    if name.startswith("cfr"):
        return RegretMinimisation(start, clipped=name == "cfr+", linear=name == "cfr+")
    kinds: dict[str, type[Any]] = {
        "fictitious-play": FictitiousPlay,
        "hedge": MultiplicativeWeights,
        "magnetic-mirror-descent": MirrorDescent,
        "replicator": ReplicatorDynamics,
    }
    algorithm: TreeAlgorithm = kinds[name.split(",")[0]](start)
    return algorithm


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("kind", ["random", "profile"])
def test_from_any_start_they_equal_the_theorys_algorithms(name: str, kind: str) -> None:
    settings, games, states = settings_of(name), StackedGames.of_signalling(GAMES), run_states(1, 0, 4, 3)
    drawn = start_behaviour(games, RANDOM, states.copy())
    start: RandomStart | ProfileStart = RANDOM
    if kind == "profile":
        sender, receiver = drawn.sender[:, 2].copy(), drawn.receiver[:, 2].copy()
        sender[:, 0], receiver[:, 1] = [1.0, 0.0], [0.0, 1.0, 0.0]  # pure rows, which have zeros
        start = ProfileStart(sender, receiver)
    found = stacked_learner(settings.kind)(games, settings, states, start)
    for number, seed in ((0, 0), (3, 2)):
        if kind == "profile":
            tables = sender[number], receiver[number]
        else:
            tables = drawn.sender[number, seed], drawn.receiver[number, seed]
        if name == "replicator":  # which cannot leave zeros, and so trembles
            legal = [table[number] / table[number].sum(axis=-1, keepdims=True) for table in games.legal]
            tables = tuple(0.999 * table + 0.001 * even for table, even in zip(tables, legal, strict=True))
        algorithm = made(name, profile_with(GAMES[number], *tables))
        for _ in range(STEPS):
            step(algorithm, settings)
        for which, profile in (("last", algorithm.profile), ("average", algorithm.average())):
            for seat, expected in zip(("sender", "receiver"), tables_of(profile), strict=True):
                np.testing.assert_allclose(getattr(getattr(found, which), seat)[number, seed], expected, atol=1e-12)


def test_memory_is_what_the_algorithm_keeps() -> None:
    """Regrets of CFR after a step from uniform play: the prior times what a message pays more than the mean."""
    games = StackedGames.of_signalling(GAMES)
    found = stacked_learner("cfr")(games, parse_settings({"kind": "cfr", "steps": 1}), run_states(0, 0, 4, 1))
    _, reply = games.legal
    even = reply / reply.sum(axis=-1, keepdims=True)
    value = np.einsum("gtmr,gmr->gtm", games.sender, even)
    assert found.memory is not None
    expected = games.prior[..., None] * (value - value.mean(axis=-1, keepdims=True))
    np.testing.assert_allclose(found.memory.sender[:, 0], expected, atol=1e-12)
    assert (np.isnan(found.memory.receiver[:, 0]) == ~reply).all()
