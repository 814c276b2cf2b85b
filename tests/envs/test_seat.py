"""One seat against policies: what is presented to it, who plays the others, and what illegal actions do."""

from dataclasses import dataclass, field

import gymnasium
import numpy as np
import pytest

import olivebranch.envs  # noqa: F401 - registers the ids
from olivebranch.envs.play import legal_behaviour
from olivebranch.envs.seat import SeatEnv, UniformPolicy
from olivebranch.games import Action, ParameterError
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.games.information import InformationStates, Policy
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import compile_talks


@dataclass
class Always:
    """Plays one action where it is legal, otherwise the first legal one; remembers what it was shown."""

    action: int
    shown: list[InformationStates] = field(default_factory=list)

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        self.shown.append(states)
        wanted = np.where(states.action_mask[:, self.action], self.action, states.action_mask.argmax(axis=1))
        return np.eye(states.action_mask.shape[1])[wanted]


@pytest.fixture
def talks() -> CompiledGame:
    return compile_talks(load_preset("costly-escalation").parameters)


def test_the_policies_here_answer_to_the_protocol() -> None:
    assert isinstance(UniformPolicy(), Policy)
    assert isinstance(Always(0), Policy)


def test_uniform_policy_spreads_over_legal_actions(talks: CompiledGame) -> None:
    env = SeatEnv(talks, "sender", UniformPolicy())
    env.reset(seed=0)
    np.testing.assert_allclose(UniformPolicy().action_probabilities(env.information_states), [[0.5, 0, 0.5, 0]])


def test_receiver_is_asked_once_and_after_the_message(talks: CompiledGame) -> None:
    env = SeatEnv(talks, "receiver", Always(Action.OFFER_TALKS))
    observation, info = env.reset(seed=1)
    np.testing.assert_array_equal(observation["action_mask"], [0, 1, 1, 0])
    np.testing.assert_array_equal(env.action_masks(), [False, True, True, False])
    assert info == {"illegal_action": False, "forced": False}
    _, reward, terminated, truncated, info = env.step(Action.OFFER_TALKS)
    # Reciprocated: receiver_dividend of the preset.
    assert (reward, terminated, truncated) == (0.15, True, False)
    assert info == {"illegal_action": False, "forced": False}


def test_sender_is_asked_once_and_the_reply_is_played_for_it(talks: CompiledGame) -> None:
    env = SeatEnv(talks, "sender", Always(Action.OFFER_TALKS))
    observation, _ = env.reset(seed=1)
    np.testing.assert_array_equal(observation["action_mask"], [1, 0, 1, 0])
    _, reward, terminated, _, _ = env.step(Action.OFFER_TALKS)
    assert (reward, terminated) == (0.3, True)  # sender_dividend of the preset


def test_sender_sees_its_own_type_and_the_receiver_does_not(talks: CompiledGame) -> None:
    sender, receiver = SeatEnv(talks, "sender", Always(0)), SeatEnv(talks, "receiver", Always(0))
    own_types, openings = set(), set()
    for seed in range(50):
        observation, _ = sender.reset(seed=seed)
        assert observation["observation"][sender.play.types[0]] == 1
        own_types.add(sender.play.types[0])
        openings.add(receiver.reset(seed=seed)[0]["observation"].tobytes())
    assert own_types == {0, 1}
    assert len(openings) == 1


def test_opponents_are_shown_their_own_information_only(skirmish: CompiledGame) -> None:
    b, c = Always(2), Always(1)
    env = SeatEnv(skirmish, "a", {"b": b, "c": c})
    for seed in range(30):
        env.reset(seed=seed)
        env.step(0)
    assert {states.seat for states in b.shown} == {1}
    assert {states.seat for states in c.shown} == {2}
    assert all(states.action_mask.sum() > 1 for states in [*b.shown, *c.shown])


def test_episodes_that_end_before_the_seat_acts_are_presented_with_one_legal_action(skirmish: CompiledGame) -> None:
    env = SeatEnv(skirmish, "c", UniformPolicy())
    forced, n = 0, 4_000
    rng = np.random.default_rng(0)
    env.reset(seed=3)
    for _ in range(n):
        observation, info = env.reset()
        assert (observation["action_mask"].sum() == 1) == info["forced"]
        forced += info["forced"]
        legal = np.flatnonzero(observation["action_mask"])
        _, _, terminated, _, info = env.step(int(rng.choice(legal)))
        assert terminated
        assert not info["forced"]
    # C acts in "reply" only. It is missed with Pr(collapse) + Pr(holds) * 0.3; under uniform play
    # Pr(collapse) = 0.1 + 0.1 / 2 + 0.3 * Pr(a meek) + 0.2 * Pr(b poor) = 0.15 + 0.3 * 0.5 + 0.2 * 0.4 = 0.38.
    missed = 0.38 + 0.62 * 0.3
    assert abs(forced / n - missed) < 5 * np.sqrt(missed * (1 - missed) / n)


def test_presenting_such_episodes_leaves_the_types_as_the_prior_has_them(skirmish: CompiledGame) -> None:
    env, n = SeatEnv(skirmish, "c", UniformPolicy()), 4_000
    env.reset(seed=9)
    counts = np.zeros(skirmish.n_profiles)
    for _ in range(n):
        env.reset()
        counts[env.play.profile] += 1
    spread = np.sqrt(skirmish.prior * (1 - skirmish.prior) / n)
    assert (np.abs(counts / n - skirmish.prior) <= 5 * spread).all()


@pytest.mark.parametrize("seat", ["a", "b", "c"])
def test_rewards_of_an_episode_add_up_to_the_payoff_of_its_play(skirmish: CompiledGame, seat: str) -> None:
    env, rng = SeatEnv(skirmish, seat, UniformPolicy()), np.random.default_rng(4)
    for seed in range(300):
        observation, _ = env.reset(seed=seed)
        total, terminated = 0.0, False
        while not terminated:
            action = int(rng.choice(np.flatnonzero(observation["action_mask"])))
            observation, reward, terminated, truncated, _ = env.step(action)
            total += reward
            assert not truncated
        assert total == pytest.approx(skirmish.edge_reward[env.play.edges, env.seat, env.play.profile].sum())


def test_same_seed_same_episodes_and_others_differ(skirmish: CompiledGame) -> None:
    def episodes(seed: int) -> list[tuple[int, list[int]]]:
        env = SeatEnv(skirmish, "b", [UniformPolicy(), Always(1)])
        env.reset(seed=seed)
        result = []
        for _ in range(20):
            observation, _ = env.reset()
            terminated = False
            while not terminated:
                observation, _, terminated, _, _ = env.step(int(observation["action_mask"].argmax()))
            result.append((env.play.profile, env.play.edges))
        return result

    assert episodes(1) == episodes(1)
    assert episodes(1) != episodes(2)


def test_opponents_sample_from_their_probabilities(talks: CompiledGame) -> None:
    class Leaning:
        def action_probabilities(self, states: InformationStates) -> FloatArray:
            return np.array([[0.8, 0.0, 0.2, 0.0]])

    env, n = SeatEnv(talks, "receiver", Leaning()), 4_000
    env.reset(seed=2)
    offers = 0
    for _ in range(n):
        observation, _ = env.reset()
        offers += int(observation["action_mask"][Action.OFFER_TALKS])
    assert abs(offers / n - 0.2) < 5 * np.sqrt(0.2 * 0.8 / n)


def test_a_pool_is_drawn_from_evenly_and_anew_each_episode(talks: CompiledGame) -> None:
    env, n = SeatEnv(talks, "receiver", [Always(Action.OFFER_TALKS), Always(0), Always(0)]), 3_000
    env.reset(seed=2)
    offers = 0
    for _ in range(n):
        observation, _ = env.reset()
        offers += int(observation["action_mask"][Action.OFFER_TALKS])
    assert abs(offers / n - 1 / 3) < 5 * np.sqrt(2 / 9 / n)


def test_new_opponents_play_from_the_next_episode_on(talks: CompiledGame) -> None:
    old, new = Always(0), Always(Action.ESCALATE)
    env = SeatEnv(talks, "sender", old)
    env.reset(seed=0)
    env.set_opponents(new)
    env.step(0)
    assert (len(old.shown), len(new.shown)) == (1, 0)
    env.reset()
    env.step(0)
    assert (len(old.shown), len(new.shown)) == (1, 1)


def test_an_illegal_action_is_replaced_and_reported(talks: CompiledGame) -> None:
    env = SeatEnv(talks, "receiver", Always(Action.OFFER_TALKS))
    env.reset(seed=0)
    rewards = set()
    for _ in range(50):
        env.reset()
        _, reward, terminated, _, info = env.step(Action.FIGHT)
        assert info["illegal_action"]
        assert terminated
        rewards.add(round(reward, 9))
    # Reciprocated: 0.15. Escalated, preset costly-escalation: 0.9 * 0.15 - 0.55 or 0.9 * 0.6 - 0.55.
    assert rewards == {0.15, -0.415, -0.01}


def test_unmasked_play_is_the_behaviour_that_legal_behaviour_gives(talks: CompiledGame) -> None:
    env, rng, n = SeatEnv(talks, "sender", Always(0)), np.random.default_rng(6), 4_000
    unmasked = np.array([0.5, 0.3, 0.1, 0.1])
    env.reset(seed=1)
    counts = np.zeros(4)
    for action in rng.choice(4, size=n, p=unmasked):
        env.reset()
        states = env.information_states
        env.step(action)
        counts[talks.joint_actions(talks.edge_joint[env.play.edges[0]])[0]] += 1
    exact = legal_behaviour(unmasked[None], states.action_mask)[0]
    np.testing.assert_allclose(exact, [0.7, 0, 0.3, 0])
    assert (np.abs(counts / n - exact) <= 5 * np.sqrt(exact * (1 - exact) / n)).all()


def test_stepping_outside_an_episode_is_refused(talks: CompiledGame) -> None:
    env = SeatEnv(talks, "receiver", UniformPolicy())
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(1)
    env.reset(seed=0)
    env.step(1)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(1)


@pytest.mark.parametrize("seat", ["mediator", 2, -1])
def test_an_unknown_seat_is_named(talks: CompiledGame, seat: str | int) -> None:
    with pytest.raises(ValueError, match=rf"seat = {seat!r}: expected one of sender, receiver"):
        SeatEnv(talks, seat, UniformPolicy())


def test_bad_opponents_are_named(skirmish: CompiledGame) -> None:
    with pytest.raises(ValueError, match="expected at least one policy"):
        SeatEnv(skirmish, "a", [])
    with pytest.raises(ValueError, match=r"opponents for \['b'\]: expected a policy for each of b, c"):
        SeatEnv(skirmish, "a", {"b": UniformPolicy()})
    with pytest.raises(ValueError, match="opponent b = 3: expected a Policy"):
        SeatEnv(skirmish, "a", {"b": 3, "c": UniformPolicy()})  # type: ignore[dict-item]


def test_make_takes_parameters_policies_and_a_name() -> None:
    values = load_preset("desperate-first").parameters
    policy = Always(Action.OFFER_TALKS)
    env = gymnasium.make("olivebranch/Talks-v0", parameters=values, seat="receiver", opponent=policy)
    env.reset(seed=0)
    _, reward, *_ = env.step(Action.OFFER_TALKS)
    assert reward == values.receiver_dividend
    assert policy.shown
    assert gymnasium.make("olivebranch/Talks-v0", parameters=values.as_dict(), opponent=[policy, policy]) is not None
    with pytest.raises(ParameterError, match="opponent = 'pool-talk': expected a policy: uniform, equilibrium:NAME"):
        gymnasium.make("olivebranch/Talks-v0", opponent="pool-talk")
    with pytest.raises(ParameterError, match="preset = 'peace': expected one of"):
        gymnasium.make("olivebranch/Talks-v0", preset="peace")
    with pytest.raises(ParameterError, match="preset = 'desperate-first': expected None"):
        gymnasium.make("olivebranch/Talks-v0", preset="desperate-first", parameters=values)
