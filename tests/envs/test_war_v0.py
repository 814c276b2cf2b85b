"""The war's environments: the conformance suites on every preset and variant, and whole plays by the rules."""

import doctest
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check_env
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, render_test, seed_test

import olivebranch.envs  # noqa: F401 - registers the ids
from olivebranch.core.errors import ParameterError
from olivebranch.envs import war_v0
from olivebranch.envs.rendering import HEIGHT, WIDTH
from olivebranch.games.registry import load_preset, preset_names

PATRON = {"client": "B", "prior": [0.5, 0.5], "aid_cost": [0.01, 0.1], "aid_effect": 0.5, "stake": 0.5}
MEDIATOR = {"guarantee_cost": 0.02, "war_cost": 0.03}


def variant(**changes: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = load_preset("war-example").parameters.as_dict()
    return parameters | changes


CASES: dict[str, dict[str, Any]] = {
    **{name: {"preset": name} for name in preset_names("war")},
    "mediator": {"parameters": variant(mediator=MEDIATOR, guarantee=0.2)},
    "four seats in turn": {
        "parameters": variant(mediator=MEDIATOR, guarantee=0.2, patron=PATRON, order="alternating", discount=0.9)
    },
    "three levels": {
        "parameters": variant(
            breakthrough_a=(0.1, 0.5, 0.9), prior=((0.1, 0.2), (0.2, 0.1), (0.1, 0.3)), demonstration_cost_b=(0.0, 0.1)
        )
    },
    "short memory": {"preset": "war-korea-1951-confident", "window": 1},
}
RECOMMENDATIONS = "ignore:(Observation|Action mask|We recommend agents|Agent's):UserWarning"


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return CASES[request.param]


@pytest.mark.filterwarnings("error", RECOMMENDATIONS)
@pytest.mark.parametrize("make", [war_v0.env, war_v0.raw_env])
def test_aec_conforms(case: dict[str, Any], make: Callable[..., Any]) -> None:
    api_test(make(**case), num_cycles=60)
    seed_test(lambda: make(**case), num_cycles=30)


@pytest.mark.filterwarnings("error", RECOMMENDATIONS)
def test_parallel_conforms(case: dict[str, Any]) -> None:
    parallel_api_test(war_v0.parallel_env(**case), num_cycles=60)
    parallel_seed_test(lambda: war_v0.parallel_env(**case))


def test_rendering_conforms() -> None:
    render_test(war_v0.env, custom_tests={"rgb_array": lambda frame: frame.shape == (HEIGHT, WIDTH, 3)})


@pytest.mark.filterwarnings("ignore:.*")
@pytest.mark.parametrize("preset, seat", [("war-example", "A"), ("war-ukraine-2022", "patron"), ("war-example", "B")])
def test_the_gymnasium_seat_conforms(preset: str, seat: str) -> None:
    gymnasium_check_env(gymnasium.make("olivebranch/War-v0", preset=preset, seat=seat).unwrapped)


@pytest.mark.filterwarnings("ignore:.*")
@pytest.mark.parametrize("preset, seat", [("war-example", "A"), ("war-ukraine-2022", "patron"), ("war-example", "B")])
def test_the_gymnasium_seat_passes_sb3(preset: str, seat: str) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker", reason="it comes with the extra 'learn'")
    checker.check_env(gymnasium.make("olivebranch/War-v0", preset=preset, seat=seat).unwrapped)


def whole_play(case: dict[str, Any], seed: int) -> list[Any]:
    env = war_v0.parallel_env(**case)
    choices = np.random.default_rng(seed)
    observations, _ = env.reset(seed=seed)
    record: list[Any] = []
    while env.agents:
        actions = {
            agent: int(choices.choice(np.flatnonzero(observations[agent]["action_mask"]))) for agent in env.agents
        }
        observations, rewards, *_ = env.step(actions)
        record.append(
            (actions, rewards, {agent: seen["observation"].tobytes() for agent, seen in observations.items()})
        )
    return record


def test_equal_seeds_give_equal_plays_and_other_seeds_others(case: dict[str, Any]) -> None:
    assert [whole_play(case, seed) for seed in range(5)] == [whole_play(case, seed) for seed in range(5)]
    assert len({str(whole_play(case, seed)) for seed in range(10)}) > 1


def test_seats_are_two_to_four_and_observe_their_own_type_only() -> None:
    env = war_v0.parallel_env(**CASES["four seats in turn"])
    assert env.possible_agents == ["A", "B", "patron", "mediator"]
    for seed in range(20):
        observations, _ = env.reset(seed=seed)
        for seat, agent in enumerate(env.possible_agents):
            seen = observations[agent]["observation"]
            expected = np.eye(2)[env.play.types[seat]] if agent != "mediator" else np.zeros(2)
            np.testing.assert_array_equal(seen[:2], expected)
            np.testing.assert_array_equal(seen[2:], observations["A"]["observation"][2:])


def test_a_person_can_follow_a_play() -> None:
    env = war_v0.parallel_env(preset="war-example", render_mode="ansi")
    env.reset(seed=1)
    env.step({"A": 0, "B": 1})
    text = str(env.render())
    assert "A: FIGHT, B: ESCALATE" in text
    assert "period 2 of 2: balance" in text or "is defeated" in text
    env.reset(seed=1)
    env.step({"A": 2, "B": 2})
    assert "talks are open; balance 3 of 4, A holds 75%" in str(env.render())


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ParameterError, match="preset = 'war-example': expected None"):
        war_v0.env(preset="war-example", parameters=variant())
    with pytest.raises(ParameterError, match="costly-escalation"):
        war_v0.env(preset="costly-escalation")
    with pytest.raises(ParameterError, match="opponent = 'smart'"):
        war_v0.seat_env(opponent="smart")


def test_the_documentation_runs() -> None:
    result = doctest.testmod(war_v0)
    assert result.attempted > 0
    assert result.failed == 0
