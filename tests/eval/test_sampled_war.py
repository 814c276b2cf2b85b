"""Sampled play of the war against its exact evaluation: two routes to one number that share only the compiled game."""

from typing import Any

import numpy as np
import pytest

from olivebranch.envs.batched import BatchedGame, draw_actions
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.war import compile_war
from olivebranch.games.war_parameters import WarParameters
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile

BASE: dict[str, Any] = load_preset("war-example").parameters.as_dict()
PATRON = {"client": "B", "prior": [0.5, 0.5], "aid_cost": [0.01, 0.1], "aid_effect": 0.5, "stake": 0.5}
MEDIATOR = {"guarantee_cost": 0.02, "war_cost": 0.03}
VARIANTS: dict[str, dict[str, Any]] = {
    "in turn, discounted": {"order": "alternating", "discount": 0.9},
    "correlated, three levels": {
        "breakthrough_a": (0.1, 0.5, 0.9), "prior": ((0.3, 0.0), (0.1, 0.2), (0.1, 0.3)),
        "demonstration_cost_a": (0.0, 0.1, 0.3),
    },
    "mediator": {"mediator": MEDIATOR, "guarantee": 0.2},
    "four seats in turn": {"mediator": MEDIATOR, "guarantee": 0.2, "patron": PATRON, "order": "alternating"},
}  # fmt: skip
CASES: dict[str, WarParameters] = {
    **{name: load_preset(name).parameters for name in preset_names("war")},
    **{name: WarParameters.from_mapping(BASE | changes) for name, changes in VARIANTS.items()},
}


def sampled_returns(
    profile: BehaviourProfile, episodes: int, generator: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    """Returns of all players, ``[episodes, n_players]``, and the type profiles, ``[episodes]``."""
    tree = profile.tree
    plays = BatchedGame(tree.game, episodes, generator, window=0)
    types = tree.game.profile_types[plays.profile]
    total, history = np.zeros((episodes, tree.game.n_players)), np.zeros(episodes, dtype=np.int64)
    for t, stage in enumerate(tree.stages):
        running = plays.running
        actions = np.zeros((episodes, tree.game.n_players), dtype=np.int64)
        for seat in range(tree.game.n_players):
            rows = profile.of(seat, t)[history[running], types[running, seat]]
            actions[running, seat] = draw_actions(rows, generator)
        step = plays.step(actions)
        total += step.rewards
        on = running & plays.running
        history[on] = stage.first_child[history[on]] + tree.moves.child_rank[step.edges[on]]
    assert not plays.running.any()
    return total, plays.profile


def check_agreement(parameters: WarParameters, episodes: int) -> None:
    generator = np.random.default_rng(2023)
    tree = unroll(compile_war(parameters))
    profile = random_profile(tree, generator)
    exact = evaluate(profile)
    returns, drawn = sampled_returns(profile, episodes, generator)
    for player in range(tree.game.n_players):
        own = tree.game.profile_types[drawn, player]
        groups = [(exact.values[player], returns[:, player])]
        groups += [
            (exact.values_by_type[player][t], returns[own == t, player]) for t in range(tree.game.n_types[player])
        ]
        for expected, sample in groups:
            error = sample.std() / np.sqrt(len(sample))
            assert abs(sample.mean() - expected) <= 4 * error + 1e-12


@pytest.mark.parametrize("name", CASES)
def test_sampled_play_agrees_with_exact_values(name: str) -> None:
    check_agreement(CASES[name], 30_000)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_million_sampled_plays_agree_with_exact_values(name: str) -> None:
    check_agreement(CASES[name], 1_000_000)
