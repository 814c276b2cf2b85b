"""The legal actions where each client looks for them, the state for central critics, and registration."""

from typing import Any

import gymnasium
import numpy as np
import pettingzoo
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env as gymnasium_check_env
from gymnasium.vector import AutoresetMode
from pettingzoo.test import api_test, parallel_api_test

from olivebranch.core.errors import ParameterError
from olivebranch.envs import game_v0, multi, talks_v0, war_v0
from olivebranch.envs.multi import GameAECEnv, GameParallelEnv, pettingzoo_version, wrapped
from olivebranch.envs.play import MASKS
from olivebranch.envs.seat import SeatEnv, UniformPolicy
from olivebranch.envs.vector import SeatVectorEnv
from olivebranch.games.base import CompiledGame

RECOMMENDATIONS = "ignore:(Observation|Action mask|We recommend agents|Agent's):UserWarning"


@pytest.mark.filterwarnings(RECOMMENDATIONS)
@pytest.mark.parametrize("mask", MASKS)
def test_every_place_of_the_mask_passes_the_conformance_suites(skirmish: CompiledGame, mask: str) -> None:
    if mask == "dict" or pettingzoo_version() >= (1, 25):  # before it the suite itself knew no other place
        api_test(wrapped(GameAECEnv(skirmish, mask=mask)), num_cycles=60)
        api_test(GameAECEnv(skirmish, mask=mask), num_cycles=60)
    parallel_api_test(GameParallelEnv(skirmish, mask=mask), num_cycles=60)
    gymnasium_check_env(SeatEnv(skirmish, "b", UniformPolicy(), mask=mask), skip_render_check=True)


@pytest.mark.parametrize("mask", MASKS)
def test_the_same_play_shows_the_same_vectors_and_masks(skirmish: CompiledGame, mask: str) -> None:
    ours, others = GameParallelEnv(skirmish), GameParallelEnv(skirmish, mask=mask)
    first, second = ours.reset(seed=3), others.reset(seed=3)
    generator = np.random.default_rng(0)
    for _ in range(60):
        for agent, seen in first[0].items():
            shown, info = second[0][agent], second[1][agent]
            vector = shown if mask == "info" else shown["observation" if mask == "dict" else "observations"]
            np.testing.assert_array_equal(vector, seen["observation"])
            place = info if mask == "info" else shown
            np.testing.assert_array_equal(place["action_mask"], seen["action_mask"])
            assert place["action_mask"].dtype == np.int8
            assert shown in others.observation_space(agent)
            assert ("action_mask" in info) == (mask == "info")
        if not ours.agents:
            first, second = ours.reset(), others.reset()
            continue
        actions = {
            agent: int(generator.choice(np.flatnonzero(first[0][agent]["action_mask"]))) for agent in ours.agents
        }
        (*first_head, _, _, first_info), (*second_head, _, _, second_info) = ours.step(actions), others.step(actions)
        first, second = (first_head[0], first_info), (second_head[0], second_info)


@pytest.mark.skipif(pettingzoo_version() < (1, 25), reason="PettingZoo's wrapper reads infos from 1.25 on")
def test_the_mask_in_infos_is_that_of_the_agent_who_is_asked(skirmish: CompiledGame) -> None:
    env = wrapped(GameAECEnv(skirmish, mask="info"))
    env.reset(seed=1)
    asked = 0
    for agent in env.agent_iter(200):
        observation, _, terminated, _, info = env.last()
        assert isinstance(observation, np.ndarray)
        play = env.unwrapped.play
        if terminated:
            np.testing.assert_array_equal(info["action_mask"], 1)
            env.step(None)
            continue
        legal = play.legal(env.possible_agents.index(agent))
        np.testing.assert_array_equal(np.flatnonzero(info["action_mask"]), legal)
        asked += 1
        env.step(legal[-1])
    assert asked > 1


def test_once_play_is_over_every_mask_is_all_ones(skirmish: CompiledGame) -> None:
    """A masked sampler takes a distribution of every observation, the last included, and refuses one without mass."""
    env = GameParallelEnv(skirmish)
    observations, _ = env.reset(seed=0)
    while env.agents:
        assert not all(seen["action_mask"].all() for seen in observations.values())
        actions = {agent: int(np.argmax(observations[agent]["action_mask"])) for agent in env.agents}
        observations, *_ = env.step(actions)
    assert all(seen["action_mask"].tolist() == [1] * skirmish.n_actions for seen in observations.values())


def test_the_state_has_all_types_and_what_every_seat_sees(skirmish: CompiledGame) -> None:
    env = GameParallelEnv(skirmish)
    known = set()
    for seed in range(30):
        observations, _ = env.reset(seed=seed)
        while True:
            state = env.state()
            assert state in env.state_space
            assert state.dtype == np.float32
            width, offset = env.play.encoder.type_width, 0
            for seat, n in enumerate(skirmish.n_types):
                if n > 1:
                    assert state[offset : offset + n].argmax() == env.play.types[seat]
                    assert state[offset : offset + n].sum() == 1.0
                    offset += n
            for seen in observations.values():
                np.testing.assert_array_equal(state[offset:], seen["observation"][width:])
            known.add(tuple(state))
            if not env.agents:
                break
            observations, *_ = env.step(
                {agent: int(np.flatnonzero(observations[agent]["action_mask"])[-1]) for agent in env.agents}
            )
    assert len(known) > 4


def test_an_unknown_place_is_refused_by_name(skirmish: CompiledGame) -> None:
    with pytest.raises(ParameterError, match="mask = 'infos': expected"):
        GameParallelEnv(skirmish, mask="infos")
    with pytest.raises(ParameterError, match="mask = 'obs': expected"):
        gymnasium.make("olivebranch/Talks-v0", mask="obs")
    with pytest.raises(ParameterError, match="autoreset_mode = 'Never': expected"):
        SeatVectorEnv(skirmish, "b", UniformPolicy(), 2, autoreset_mode="Never")
    with pytest.raises(ParameterError, match="autoreset_mode = 'Disabled': expected"):
        SeatVectorEnv(skirmish, "b", UniformPolicy(), 2, autoreset_mode=AutoresetMode.DISABLED)


def test_unknown_render_modes_of_a_seat_are_refused() -> None:
    assert talks_v0.seat_env.metadata == SeatEnv.metadata  # type: ignore[attr-defined]
    with pytest.raises(ParameterError, match="render_mode = 'pixels'"):
        talks_v0.seat_env(render_mode="pixels")


@pytest.mark.parametrize("mask", MASKS)
def test_next_step_and_same_step_pay_and_show_alike(skirmish: CompiledGame, mask: str) -> None:
    """One play at a time: the two modes are the same plays but for the step that starts anew."""
    same = SeatVectorEnv(skirmish, "b", UniformPolicy(), 1, mask=mask)
    later = SeatVectorEnv(skirmish, "b", UniformPolicy(), 1, mask=mask, autoreset_mode="NextStep")
    assert later.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
    assert SeatVectorEnv.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    first, second = same.reset(seed=5), later.reset(seed=5)
    ends = 0
    for number in range(200):
        for a, b in zip(_arrays(first[0]), _arrays(second[0]), strict=True):
            np.testing.assert_array_equal(a, b)
        assert second[0] in later.observation_space
        mask_now = (second[1] if mask == "info" else second[0])["action_mask"]
        action = np.array([np.flatnonzero(mask_now[0])[number % int(mask_now.sum())]])
        s_seen, s_reward, s_end, _, s_info = same.step(action)
        l_seen, l_reward, l_end, _, l_info = later.step(action)
        np.testing.assert_array_equal(s_reward, l_reward)
        np.testing.assert_array_equal(s_end, l_end)
        if l_end[0]:
            ends += 1
            last = s_info["final_obs"][0]
            for a, b in zip(_arrays(last), _arrays(l_seen), strict=True):
                np.testing.assert_array_equal(a, b[0])
            assert "final_obs" not in l_info
            l_seen, reward, end, _, l_info = later.step(np.zeros(1, dtype=np.int64))
            assert reward[0] == 0.0
            assert not end[0]
            assert not l_info["illegal_action"][0]
        first, second = (s_seen, s_info), (l_seen, l_info)
    assert ends > 30


def _arrays(observation: Any) -> list[np.ndarray]:
    return list(observation.values()) if isinstance(observation, dict) else [observation]


def test_make_vec_passes_both_on() -> None:
    env = gymnasium.make_vec("olivebranch/Talks-v0", num_envs=3, mask="info", autoreset_mode="NextStep")
    observation, info = env.reset(seed=0)
    assert isinstance(env.single_observation_space, spaces.Box)
    assert observation in env.observation_space
    assert info["action_mask"].shape == (3, 4)
    assert env.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP


def test_an_old_pettingzoo_is_told_where_masks_may_be(skirmish: CompiledGame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multi, "pettingzoo_version", lambda: (1, 24))
    wrapped(GameAECEnv(skirmish, mask="observations"))
    with pytest.raises(ParameterError, match="mask = 'info': expected dict or observations for env"):
        wrapped(GameAECEnv(skirmish, mask="info"))


registered = pytest.mark.skipif(pettingzoo_version() < (1, 27), reason="PettingZoo's own registry came with 1.27")


@registered
@pytest.mark.parametrize("module", [game_v0, talks_v0, war_v0], ids=["game", "talks", "war"])
def test_pettingzoo_makes_it_from_the_registered_name(module: Any) -> None:
    arguments = {"game": "kuhn-poker"} if module is game_v0 else {}
    name = f"olivebranch/{module.__name__.rpartition('.')[2]}"
    for kind, direct in (("aec", module.env), ("parallel", module.parallel_env)):
        env = pettingzoo.make(kind, name, **arguments)
        assert type(env) is type(direct(**arguments))
        env.reset(seed=0)
