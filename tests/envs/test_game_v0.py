"""Any game as an environment, by its spec: presets, YAML, .efg and a class of one's own."""

import doctest
import json
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import yaml
from gymnasium.utils.env_checker import check_env as gymnasium_check_env
from pettingzoo.test import api_test, parallel_api_test, seed_test

import olivebranch.envs  # noqa: F401 - registers the ids
from olivebranch.core.errors import ParameterError
from olivebranch.envs import game_v0, talks_v0, war_v0
from olivebranch.envs.seat import SeatEnv
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters

BEER_QUICHE = str(Path(__file__).parents[2] / "examples" / "beer-quiche.yaml")
PENNIES = """EFG 2 R "pennies" { "even" "odd" }
p "" 1 1 "" { "heads" "tails" } 0
p "" 2 1 "" { "heads" "tails" } 0 t "" 1 "" { 1 -1 } t "" 2 "" { -1 1 }
p "" 2 1 0 t "" 2 t "" 1"""
DUEL = """
import numpy as np
from olivebranch.games import Game, Outcome

class Duel(Game):
    name, players, action_names, type_names = "duel", ("left", "right"), ("wait", "shoot"), (("only",), ("only",))
    prior = np.ones((1, 1))
    def __init__(self, rounds=2):
        self.rounds = rounds
    def initial_state(self):
        return 0
    def legal_actions(self, state):
        return () if state == self.rounds else ((0, 1), (0, 1))
    def outcomes(self, state, joint):
        pays = np.array([joint[0], joint[1]], dtype=float).reshape(2, 1, 1)
        return (Outcome("", self.rounds if any(joint) else state + 1, 1.0, pays),)
"""


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    monkeypatch.chdir(tmp_path)
    Path("pennies.efg").write_text(PENNIES)
    Path("mine.py").write_text(DUEL)
    return {
        "preset": {"game": "kuhn-poker"},
        "yaml": {"game": BEER_QUICHE},
        "efg": {"game": "pennies.efg"},
        "class": {"game": "mine.py:Duel", "parameters": {"rounds": 3}},
    }


@pytest.mark.parametrize("kind", ["preset", "yaml", "efg", "class"])
def test_every_kind_of_spec_passes_the_conformance_suites(kind: str, specs: dict[str, dict[str, Any]]) -> None:
    api_test(game_v0.env(**specs[kind]), num_cycles=50)
    parallel_api_test(game_v0.parallel_env(**specs[kind]), num_cycles=50)
    seed_test(lambda: game_v0.env(**specs[kind]), num_cycles=20)
    for seat in range(2):
        gymnasium_check_env(gymnasium.make("olivebranch/Game-v0", seat=seat, **specs[kind]).unwrapped)


def test_parameters_reach_the_rules(specs: dict[str, dict[str, Any]]) -> None:
    assert game_v0.raw_env(**specs["class"]).play.game.max_stages == 3
    env = gymnasium.make("olivebranch/Game-v0", seat="right", **specs["class"]).unwrapped
    assert isinstance(env, SeatEnv)
    env.reset(seed=0)
    _, reward, terminated, _, _ = env.step(np.int64(1))
    assert (reward, terminated) == (1.0, True)


def test_arguments_are_plain_values(specs: dict[str, dict[str, Any]]) -> None:
    """So that a spec of Gymnasium can be written as JSON and built from it."""
    env = gymnasium.make("olivebranch/Game-v0", **specs["class"])
    assert env.spec is not None
    again = gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert json.loads(env.spec.to_json())["kwargs"]["game"] == "mine.py:Duel"
    assert again.observation_space == env.observation_space


def test_talks_and_war_take_a_game_of_their_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    base = load_preset("desperate-first").parameters_as(TalksParameters)
    Path("mine.yaml").write_text(yaml.safe_dump({"game": "talks", "parameters": base.as_dict()}))
    changed = talks_v0.raw_env(game="mine.yaml", parameters={"pressure": 0.5}).play.game.game
    assert changed.parameters == TalksParameters(**{**base.as_dict(), "pressure": 0.5})
    assert talks_v0.seat_env(game="mine.yaml").play.game.game.parameters == base
    assert war_v0.parallel_env(game="war-example", parameters={"horizon": 1}).play.game.max_stages == 1
    with pytest.raises(ParameterError, match="a game of the kind 'war', and this is one of the kind 'talks'"):
        war_v0.env(game="mine.yaml")
    with pytest.raises(ParameterError, match="preset = 'desperate-first': expected None"):
        talks_v0.env(preset="desperate-first", game="mine.yaml")


def test_a_bad_game_or_opponent_is_one_line() -> None:
    with pytest.raises(ParameterError, match="did you mean 'kuhn-poker'"):
        game_v0.env("kuhn-pocker")
    with pytest.raises(ParameterError, match="opponent = 'fool'"):
        game_v0.seat_env("kuhn-poker", opponent="fool")


def test_the_documentation_page_is_right() -> None:
    failed, tried = doctest.testmod(game_v0)
    assert (failed, tried > 0) == (0, True)
