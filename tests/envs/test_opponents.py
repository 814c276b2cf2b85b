"""Opponents by name and by function in the Gymnasium seat, and specs that survive JSON."""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec

import olivebranch.envs  # noqa: F401 - registers the ids
from olivebranch.agents.policies.equilibrium import equilibrium_policies
from olivebranch.core.errors import ParameterError
from olivebranch.envs.seat import SeatEnv
from olivebranch.envs.vector import SeatVectorEnv
from olivebranch.games.information import InformationState
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters

PRESET = "desperate-first"
SOURCE = """
def bluff(known):
    return {"OFFER_TALKS": 0.75, "FIGHT": 0.25} if known.player == "sender" else known.legal_actions[0]
"""


def bluff(known: InformationState) -> dict[str, float] | str:
    return {"OFFER_TALKS": 0.75, "FIGHT": 0.25} if known.player == "sender" else known.legal_actions[0]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy_for_env_test.py").write_text(SOURCE)


def plays(env: Any, n: int = 60) -> list[float]:
    """What the receiver gets who always takes the last legal action."""
    rewards = []
    for play in range(n):
        observation, _ = env.reset(seed=play)
        over, total = False, 0.0
        while not over:
            mask = observation["action_mask"]
            observation, reward, over, _, _ = env.step(len(mask) - 1 - int(mask[::-1].argmax()))
            total += reward
        rewards.append(total)
    return rewards


def made(opponent: Any, **others: Any) -> Any:
    return gymnasium.make("olivebranch/Talks-v0", preset=PRESET, opponent=opponent, **others)


def test_an_equilibrium_by_name_plays_as_the_policy_does() -> None:
    sender, _ = equilibrium_policies(load_preset(PRESET).parameters_as(TalksParameters), "low-talks")
    expected = plays(made(sender))
    assert plays(made("equilibrium:low-talks")) == expected
    assert plays(made({"sender": "equilibrium:low-talks"})) == expected
    assert plays(made("uniform")) == plays(made("random")) != expected


def test_a_function_plays_given_as_itself_or_by_name() -> None:
    expected = plays(made(bluff))
    for opponent in (
        "policy_for_env_test.py:bluff",
        "policy_for_env_test:bluff",
        {"sender": "policy_for_env_test.py:bluff"},
        {"sender": bluff},
        ["policy_for_env_test.py:bluff"],
    ):
        assert plays(made(opponent)) == expected
    game = load_preset(PRESET).compile()
    assert plays(SeatEnv(game, "receiver", bluff)) == expected


def test_a_function_offers_as_often_as_it_says() -> None:
    """In the vector seat, too; 0.75 of 4000 plays, within four standard deviations (4 * sqrt(4000 * 3/16) = 110)."""
    env = SeatVectorEnv(load_preset(PRESET).compile(), "receiver", bluff, 4000)
    observation, _ = env.reset(seed=1)
    offered = observation["action_mask"][:, 2].sum()  # only an offer can be reciprocated
    assert abs(offered - 3000) < 110


def test_a_sequence_is_a_pool_and_its_entries_may_be_names() -> None:
    alone = plays(made("equilibrium:low-talks")), plays(made("policy_for_env_test.py:bluff"))
    both = plays(made(["equilibrium:low-talks", "policy_for_env_test.py:bluff"]))
    assert both not in alone


@pytest.mark.parametrize(
    "opponent",
    ["equilibrium:low-talks", {"sender": "policy_for_env_test.py:bluff"}, ["uniform", "policy_for_env_test:bluff"]],
)
def test_the_spec_of_an_environment_survives_json(opponent: Any) -> None:
    env = made(opponent)
    again = gymnasium.make(EnvSpec.from_json(env.spec.to_json()))
    assert plays(again) == plays(env)


def test_opponents_in_a_war_by_seat() -> None:
    env = gymnasium.make("olivebranch/War-v0", seat="B", opponent={"A": "uniform"})
    assert np.isfinite(plays(env, 20)).all()


@pytest.mark.parametrize(
    "opponent,error,message",
    [
        ("nobody", ParameterError, "opponent = 'nobody': expected a policy: uniform"),
        ("equilibrium:low-talk", ParameterError, "did you mean 'low-talks'"),
        ({"sender": "policy_for_env_test.py:absent"}, ParameterError, "opponent = 'policy_for_env_test.py:absent'"),
        ({"nobody": "uniform"}, ValueError, "expected a policy for each of sender"),
        (3, ValueError, "expected a Policy or a function"),
        ([], ValueError, "expected at least one policy"),
    ],
)
def test_what_is_no_opponent_is_refused(opponent: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        made(opponent)


def test_a_run_of_several_seeds_is_a_pool(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="training comes with the extra 'learn'")
    from olivebranch.train.config import parse_config
    from olivebranch.train.run import train

    learner = {"kind": "hedge", "steps": 5}
    values = {"name": "learned", "game": {"preset": PRESET}, "learner": learner, "seeds": 2, "evaluations": 1}
    train(parse_config(values), tmp_path / "runs")
    assert plays(made("runs/learned#1")) == plays(made({"sender": "runs/learned#0"}))  # hedge draws nothing
    assert len(made("runs/learned").unwrapped._pool) == 2
    with pytest.raises(ParameterError, match="one seed of the run"):
        made({"sender": "runs/learned"})
