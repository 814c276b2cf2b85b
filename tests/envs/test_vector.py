"""Many plays of one seat at once: Gymnasium's conventions, and the law of the single-seat environment."""

import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics

from olivebranch.core.errors import ParameterError
from olivebranch.envs.seat import SeatEnv, UniformPolicy
from olivebranch.envs.vector import SeatVectorEnv
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.games.information import InformationStates
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile


class Last:
    """Always the last legal action."""

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        n = states.action_mask.shape[1]
        return np.eye(n)[n - 1 - np.argmax(states.action_mask[:, ::-1], axis=1)]


def test_spaces_shapes_and_autoreset_are_gymnasiums(skirmish: CompiledGame) -> None:
    env: VectorEnv = SeatVectorEnv(skirmish, "b", UniformPolicy(), 5)
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    observation, _ = env.reset(seed=1)
    ended = 0
    for _ in range(40):
        assert observation in env.observation_space
        assert all({k: v[i] for k, v in observation.items()} in env.single_observation_space for i in range(5))
        observation, reward, terminated, truncated, infos = env.step(env.action_space.sample())
        assert reward.shape == terminated.shape == truncated.shape == (5,)
        assert reward.dtype == np.float64
        assert terminated.dtype == truncated.dtype == np.bool_
        assert not truncated.any()
        assert observation["action_mask"].any(axis=1).all()  # ended plays have begun anew
        if terminated.any():
            np.testing.assert_array_equal(infos["_final_obs"], terminated)
            for row in np.flatnonzero(terminated):
                assert infos["final_obs"][row] in env.single_observation_space
                assert infos["final_obs"][row]["action_mask"].all()
            ended += int(terminated.sum())
    assert ended > 20
    env.close()


def test_gymnasiums_wrappers_take_it(skirmish: CompiledGame) -> None:
    """Episode returns that the wrapper adds up: their mean is the exact value of uniform play."""
    env = RecordEpisodeStatistics(SeatVectorEnv(skirmish, "c", UniformPolicy(), 2000))
    observation, _ = env.reset(seed=0)
    generator, returns, seen = np.random.default_rng(1), [], np.zeros(2000, dtype=np.bool_)
    while not seen.all():
        mask = observation["action_mask"]
        observation, _, terminated, _, infos = env.step((generator.random(mask.shape) * mask).argmax(axis=1))
        returns.extend(infos["episode"]["r"][terminated & ~seen])  # first plays only: short ones are not overcounted
        seen |= terminated
    exact = evaluate(uniform_profile(unroll(skirmish))).values[2]
    assert abs(np.mean(returns) - exact) < 4 * np.std(returns) / np.sqrt(len(returns))
    listed = DictInfoToList(SeatVectorEnv(skirmish, "c", UniformPolicy(), 3))
    _, infos_list = listed.reset(seed=0)
    assert [set(info) for info in infos_list] == [{"illegal_action", "forced"}] * 3


@pytest.mark.parametrize("seat", ["a", "b", "c"])
def test_frequencies_are_those_of_the_single_environment(skirmish: CompiledGame, seat: str) -> None:
    """First observation, reward and end of 3,000 episodes each: every event within 4.5 standard errors."""
    pool = [UniformPolicy(), Last()]
    single, vector = SeatEnv(skirmish, seat, pool), SeatVectorEnv(skirmish, seat, pool, 3000)
    counts: list[dict[tuple[object, ...], int]] = [{}, {}]

    def count(which: int, observation: dict, reward: float, ended: bool, forced: bool) -> None:
        key = (observation["observation"].tobytes(), round(float(reward), 9), bool(ended), bool(forced))
        counts[which][key] = counts[which].get(key, 0) + 1

    action = {"a": 1, "b": 0, "c": 1}[seat]
    single.reset(seed=0)
    for _ in range(3000):
        first, info = single.reset()
        _, reward, ended, _, _ = single.step(action)
        count(0, first, reward, ended, info["forced"])
    first, infos = vector.reset(seed=0)
    _, rewards, terminated, _, _ = vector.step(np.full(3000, action))
    for row in range(3000):
        one = {name: values[row] for name, values in first.items()}
        count(1, one, rewards[row], terminated[row], infos["forced"][row])
    assert any(key[3] for key in counts[1]) == (seat == "c")
    assert len(counts[0]) >= 4
    for key in {*counts[0], *counts[1]}:
        ours, theirs = (which.get(key, 0) / 3000 for which in counts)
        share = (ours + theirs) / 2
        assert abs(ours - theirs) <= 4.5 * np.sqrt(2 * share * (1 - share) / 3000), key


def test_same_seed_same_episodes(skirmish: CompiledGame) -> None:
    def rewards(seed: int) -> np.ndarray:
        env = SeatVectorEnv(skirmish, 1, UniformPolicy(), 50)
        env.reset(seed=seed)
        return np.array([env.step(np.full(50, 2))[1] for _ in range(20)])

    np.testing.assert_array_equal(rewards(3), rewards(3))
    assert (rewards(3) != rewards(4)).any()


def test_opponents_can_be_changed_and_errors_say_what_is_wrong(skirmish: CompiledGame) -> None:
    env = SeatVectorEnv(skirmish, "b", {"a": UniformPolicy(), "c": Last()}, 400)
    with pytest.raises(gymnasium.error.ResetNeeded, match="call reset"):
        env.step(np.zeros(400, dtype=np.int64))
    env.reset(seed=0)
    env.set_opponents([Last()])
    env.reset()
    # `Last` as a always pushes: whoever is asked again then sees features that say so
    observation, *_ = env.step(np.zeros(400, dtype=np.int64))
    column = env.batch.encoder.type_width
    later = observation["observation"][:, -3:].any(axis=1) | (env.batch.recent_edges[:, 0] >= 0)
    assert later.any()
    assert (observation["observation"][later, column] == 1.0).all()
    with pytest.raises(ValueError, match="expected numbers from 0 to 2"):
        env.step(np.full(400, 3))
    with pytest.raises(ValueError, match="expected a policy for each of a, c"):
        SeatVectorEnv(skirmish, "b", {"a": UniformPolicy()}, 2)
    with pytest.raises(ValueError, match="seat = 'd'"):
        SeatVectorEnv(skirmish, "d", UniformPolicy(), 2)
    with pytest.raises(ValueError, match="size = 0"):
        SeatVectorEnv(skirmish, "b", UniformPolicy(), 0)


def test_plays_in_progress_go_on_against_a_smaller_pool(skirmish: CompiledGame) -> None:
    """Half of the plays have drawn the second of two opponents when one that always pushes takes the place of both."""
    env = SeatVectorEnv(skirmish, "b", [UniformPolicy(), UniformPolicy()], 400)
    env.reset(seed=0)
    assert 150 < np.count_nonzero(env._opponent == 1) < 250
    env.set_opponents(Last())
    observation, _, terminated, *_ = env.step(np.zeros(400, dtype=np.int64))
    going_on = ~terminated
    assert going_on.sum() > 100
    assert (observation["observation"][going_on, env.batch.encoder.type_width] == 1.0).all()  # a has pushed


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("olivebranch/Talks-v0", {"preset": "weak-blend-in", "seat": "sender"}),
        ("olivebranch/War-v0", {"preset": "war-ukraine-2022", "seat": "B", "window": 1}),
    ],
)
def test_gymnasium_makes_it_from_the_registered_name(name: str, arguments: dict[str, Any]) -> None:
    """Its spaces are those of the single environment; uniform play earns its exact value, to 4.5 standard errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make_vec(name, num_envs=3000, vectorization_mode="vector_entry_point", **arguments)
    assert isinstance(env.unwrapped, SeatVectorEnv)
    single = gymnasium.make(name, **arguments)
    assert env.single_observation_space == single.observation_space
    assert env.single_action_space == single.action_space
    generator = np.random.default_rng(2)
    observation, _ = env.reset(seed=1)
    returns, over = np.zeros(3000), np.zeros(3000, dtype=np.bool_)
    while not over.all():
        mask = observation["action_mask"]
        observation, reward, terminated, _, _ = env.step((generator.random(mask.shape) * mask).argmax(axis=1))
        returns += np.where(over, 0.0, reward)
        over |= terminated
    tree = unroll(env.unwrapped.game)
    seat = tree.game.game.players.index(arguments["seat"])
    exact = evaluate(uniform_profile(tree)).values[seat]
    assert abs(returns.mean() - exact) < 4.5 * returns.std() / np.sqrt(3000)


def test_a_registered_name_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ParameterError, match="opponent = 'nobody': expected a policy"):
        gymnasium.make_vec("olivebranch/Talks-v0", num_envs=2, opponent="nobody")
