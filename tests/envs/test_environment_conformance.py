"""The conformance suites of PettingZoo, Gymnasium and Stable-Baselines3, on the talks game and on three seats."""

import doctest
import warnings
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check_env
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, render_test, seed_test
from pettingzoo.utils.conversions import parallel_to_aec

import olivebranch.envs  # noqa: F401 - registers the ids
from olivebranch.envs import talks_v0
from olivebranch.envs.multi import GameAECEnv, GameParallelEnv, wrapped
from olivebranch.envs.rendering import HEIGHT, WIDTH
from olivebranch.envs.seat import SeatEnv, UniformPolicy
from olivebranch.games import Action
from olivebranch.games.base import CompiledGame

SEATS = {"talks": ("sender", "receiver"), "skirmish": ("a", "b", "c"), "pennies": ("even", "odd")}
SEAT_PAIRS = [(name, seat) for name, seats in SEATS.items() for seat in seats]

# What PettingZoo recommends against although its own classic environments do it too: Dict observations, agents named
# by their role; and all-zero observations, which say here that nothing has happened yet.
RECOMMENDATIONS = "ignore:(Observation|Action mask|We recommend agents|Agent's):UserWarning"


def sb3_check_env(env: Any) -> None:
    """Stable-Baselines3's own check."""
    with warnings.catch_warnings(action="ignore"):
        checker = pytest.importorskip("stable_baselines3.common.env_checker", reason="it comes with the extra 'learn'")
    checker.check_env(env)


def gymnasium_check_env_of_a_seat(env: Any) -> None:
    """Gymnasium's own check. Without a spec it has nothing to make further render modes from."""
    gymnasium_check_env(env, skip_render_check=True)


@pytest.fixture(params=SEATS)
def game(request: pytest.FixtureRequest) -> CompiledGame:
    if request.param == "talks":
        return talks_v0.compiled_game(None, None)
    compiled: CompiledGame = request.getfixturevalue(request.param)
    return compiled


@pytest.fixture(params=["env", "raw_env", "from_parallel"])
def make_aec(request: pytest.FixtureRequest, game: CompiledGame) -> Callable[..., Any]:
    makers: dict[str, Callable[..., Any]] = {
        "env": lambda **kwargs: wrapped(GameAECEnv(game, **kwargs)),
        "raw_env": lambda **kwargs: GameAECEnv(game, **kwargs),
        "from_parallel": lambda **kwargs: parallel_to_aec(GameParallelEnv(game, **kwargs)),
    }
    return makers[request.param]


@pytest.mark.filterwarnings("error", RECOMMENDATIONS)
def test_aec_api(make_aec: Callable[..., Any]) -> None:
    api_test(make_aec(), num_cycles=200)


def test_aec_seed(make_aec: Callable[..., Any]) -> None:
    seed_test(make_aec, num_cycles=50)


def test_aec_render(make_aec: Callable[..., Any]) -> None:
    render_test(make_aec, custom_tests={"rgb_array": lambda frame: frame.shape == (HEIGHT, WIDTH, 3)})


@pytest.mark.filterwarnings("error", RECOMMENDATIONS)
def test_parallel_api(game: CompiledGame) -> None:
    parallel_api_test(GameParallelEnv(game), num_cycles=200)


def test_parallel_seed(game: CompiledGame) -> None:
    parallel_seed_test(lambda: GameParallelEnv(game))


@pytest.mark.filterwarnings("error", RECOMMENDATIONS)
def test_the_talks_module_passes_as_it_is_imported() -> None:
    api_test(talks_v0.env())
    api_test(talks_v0.raw_env())
    parallel_api_test(talks_v0.parallel_env())
    seed_test(talks_v0.env)
    parallel_seed_test(talks_v0.parallel_env)
    render_test(talks_v0.env)


@pytest.mark.parametrize("name, seat", SEAT_PAIRS)
@pytest.mark.parametrize("check_env", [gymnasium_check_env_of_a_seat, sb3_check_env])
def test_seat_passes_gymnasium_and_sb3(
    name: str, seat: str, check_env: Callable[[Any], None], request: pytest.FixtureRequest
) -> None:
    compiled = talks_v0.compiled_game(None, None) if name == "talks" else request.getfixturevalue(name)
    env = SeatEnv(compiled, seat, UniformPolicy(), render_mode="rgb_array")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env)


@pytest.mark.parametrize("seat", SEATS["talks"])
@pytest.mark.parametrize("preset", ["costly-escalation", "desperate-first"])
@pytest.mark.parametrize("check_env", [gymnasium_check_env, sb3_check_env])
def test_registered_seat_passes_gymnasium_and_sb3(seat: str, preset: str, check_env: Callable[[Any], None]) -> None:
    env = gymnasium.make("olivebranch/Talks-v0", seat=seat, preset=preset, render_mode="ansi")
    assert isinstance(env.unwrapped, SeatEnv)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)


def test_the_documentation_page_is_right() -> None:
    failed, tried = doctest.testmod(talks_v0)
    assert (failed, tried > 0) == (0, True)
    env = talks_v0.parallel_env()
    assert env.agents == []
    assert env.possible_agents == ["sender", "receiver"]
    for agent in env.possible_agents:
        space = env.observation_space(agent)
        assert (space["observation"].shape, space["action_mask"].shape) == ((10,), (4,))
        assert env.action_space(agent) == gymnasium.spaces.Discrete(4)
    # Own type, then what the sender and the receiver did in the last stage: the indices that the page gives.
    env.reset(seed=0)
    observations, *_ = env.step({"sender": Action.OFFER_TALKS, "receiver": Action.FIGHT})
    np.testing.assert_array_equal(observations["receiver"]["observation"], [0, 0, 0, 0, 1, 0, 1, 0, 0, 0])


def test_sb3_contrib_finds_the_masks_through_the_wrappers() -> None:
    masks = pytest.importorskip("sb3_contrib.common.maskable.utils", reason="sb3-contrib comes with the extra 'learn'")
    env = gymnasium.make("olivebranch/Talks-v0", seat="sender")
    observation, _ = env.reset(seed=0)
    assert masks.is_masking_supported(env)
    np.testing.assert_array_equal(masks.get_action_masks(env), [True, False, True, False])
    np.testing.assert_array_equal(observation["action_mask"], [1, 0, 1, 0])
