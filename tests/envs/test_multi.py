"""All seats at once: AEC and Parallel are the same plays, whole episodes repeat under a seed, nothing shows early."""

import copy
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np
import pytest

from olivebranch.envs import talks_v0
from olivebranch.envs.multi import GameAECEnv, GameParallelEnv, lowest_payoff, wrapped
from olivebranch.envs.play import Play
from olivebranch.games import Action, ParameterError
from olivebranch.games.base import CompiledGame, Game, Outcome, compile_game
from olivebranch.games.registry import load_preset


@pytest.fixture(params=["talks", "skirmish", "pennies"])
def game(request: pytest.FixtureRequest) -> CompiledGame:
    if request.param == "talks":
        return talks_v0.compiled_game("desperate-first", None)
    compiled: CompiledGame = request.getfixturevalue(request.param)
    return compiled


@pytest.fixture
def talks() -> CompiledGame:
    return talks_v0.compiled_game(None, None)


def content(observation: dict[str, Any]) -> bytes:
    return bytes(observation["observation"].tobytes() + observation["action_mask"].tobytes())


def chooser(game: CompiledGame, seed: int, legal_only: bool) -> Callable[[Play], list[int]]:
    """One stream of joint actions, the same for both interfaces."""
    rng = np.random.default_rng([seed, 77])

    def choose(play: Play) -> list[int]:
        allowed = [play.legal(seat) if legal_only else range(game.n_actions) for seat in range(game.n_players)]
        return [int(rng.choice(actions)) for actions in allowed]

    return choose


def parallel_trajectory(game: CompiledGame, seed: int, legal_only: bool = True) -> list[Any]:
    env, choose = GameParallelEnv(game), chooser(game, seed, legal_only)
    observations, infos = env.reset(seed=seed)
    steps: list[Any] = [({a: content(o) for a, o in observations.items()}, infos)]
    while env.agents:
        observations, rewards, ends, cuts, infos = env.step(dict(zip(env.agents, choose(env.play), strict=True)))
        steps.append(({a: content(o) for a, o in observations.items()}, rewards, ends, cuts, infos))
    return [*steps, env.play.types, env.play.edges, env.np_random.bit_generator.state]


def aec_trajectory(game: CompiledGame, seed: int, legal_only: bool = True) -> list[Any]:
    """The same stages through the AEC interface; a seat that is not asked must have had one legal action anyway."""
    env, choose = GameAECEnv(game), chooser(game, seed, legal_only)
    env.reset(seed=seed)
    steps: list[Any] = [({a: content(env.observe(a)) for a in env.agents}, env.infos)]
    while not any(env.terminations.values()):
        joint, stage = choose(env.play), len(env.play.edges)
        while len(env.play.edges) == stage:
            env.step(joint[game.game.players.index(env.agent_selection)])
        observed = {a: content(env.observe(a)) for a in env.agents}
        steps.append((observed, dict(env.rewards), env.terminations, env.truncations, env.infos))
    return [*steps, env.play.types, env.play.edges, env.np_random.bit_generator.state]


def test_whole_episodes_repeat_under_the_same_seed(game: CompiledGame) -> None:
    for seed in range(40):
        assert parallel_trajectory(game, seed) == parallel_trajectory(game, seed)
        assert aec_trajectory(game, seed) == aec_trajectory(game, seed)


def test_seeds_matter(skirmish: CompiledGame) -> None:
    plays = {(steps[-3], tuple(steps[-2])) for steps in (parallel_trajectory(skirmish, seed) for seed in range(40))}
    assert len(plays) > 10


def test_episodes_after_the_seeded_one_repeat_too(skirmish: CompiledGame) -> None:
    def plays(env: GameParallelEnv) -> list[Any]:
        env.reset(seed=5)
        result = []
        for _ in range(30):
            env.reset()
            while env.agents:
                env.step({agent: env.play.legal(seat)[0] for seat, agent in enumerate(env.possible_agents)})
            result.append((env.play.types, env.play.edges))
        return result

    env = GameParallelEnv(skirmish)
    first = plays(env)
    assert first == plays(env) == plays(GameParallelEnv(skirmish))
    assert len({str(play) for play in first}) > 5


def test_aec_and_parallel_go_through_the_same_plays(game: CompiledGame) -> None:
    for seed in range(100):
        assert aec_trajectory(game, seed) == parallel_trajectory(game, seed)


def test_they_do_so_with_illegal_actions_as_well(talks: CompiledGame, skirmish: CompiledGame) -> None:
    """Parallel asks more seats, so its infos report more illegal actions; the plays are the same."""
    for game in (talks, skirmish):
        for seed in range(100):
            one, other = aec_trajectory(game, seed, False), parallel_trajectory(game, seed, False)
            assert one[-3:] == other[-3:]


def test_aec_asks_only_seats_that_act(skirmish: CompiledGame) -> None:
    env = GameAECEnv(skirmish)
    asked: dict[str, set[tuple[str, ...]]] = {}
    for seed in range(60):
        env.reset(seed=seed)
        while not any(env.terminations.values()):
            stage, edges, agents = env.play.game.states[env.play.state][0], len(env.play.edges), []
            while len(env.play.edges) == edges:
                agents.append(env.agent_selection)
                env.step(env.play.legal(env.possible_agents.index(env.agent_selection))[0])
            asked.setdefault(stage, set()).add(tuple(agents))
    # In the storm nobody has a choice, so the first player is asked for its one legal move.
    assert asked == {"start": {("a", "b")}, "storm": {("a",)}, "reply": {("b", "c")}}


def test_simultaneous_choices_stay_hidden_until_all_are_in(skirmish: CompiledGame) -> None:
    seen = []
    for choice in (0, 1):
        env = GameAECEnv(skirmish, render_mode="ansi")
        env.reset(seed=8)
        env.step(choice)
        assert env.agent_selection == "b"
        seen.append((content(env.observe("b")), env.last()[1:], env.rewards, env.infos, env.render()))
    assert seen[0] == seen[1]


def test_a_seat_that_does_not_act_has_exactly_one_legal_action(game: CompiledGame) -> None:
    env, rng = GameParallelEnv(game), np.random.default_rng(0)
    for seed in range(30):
        observations, _ = env.reset(seed=seed)
        while env.agents:
            masks = {agent: observations[agent]["action_mask"] for agent in env.agents}
            acts = game.acts[env.play.state]
            assert [masks[agent].sum() > 1 for agent in env.agents] == acts.tolist()
            assert all(mask.sum() >= 1 for mask in masks.values())
            observations, *_ = env.step({a: int(rng.choice(np.flatnonzero(mask))) for a, mask in masks.items()})


@pytest.mark.parametrize("kind", [0, 1], ids=["high", "low"])
@pytest.mark.parametrize(
    "message, reply",
    [
        (Action.FIGHT, Action.FIGHT),
        (Action.FIGHT, Action.ESCALATE),
        (Action.OFFER_TALKS, Action.OFFER_TALKS),
        (Action.OFFER_TALKS, Action.ESCALATE),
    ],
)
def test_rewards_are_those_of_the_payoff_table(kind: int, message: Action, reply: Action) -> None:
    p = load_preset("weak-blend-in").parameters
    loss = (p.loss_high, p.loss_low)[kind]
    expected = {  # docs/model.md, section 2, first table
        (Action.FIGHT, Action.FIGHT): (-p.pressure * loss, p.pressure * loss),
        (Action.FIGHT, Action.ESCALATE): (-loss, loss - p.escalation_cost),
        (Action.OFFER_TALKS, Action.OFFER_TALKS): (p.sender_dividend, p.receiver_dividend),
        (Action.OFFER_TALKS, Action.ESCALATE): (
            -(1 - p.shelter) * loss - p.face_cost,
            (1 - p.shelter) * loss - p.escalation_cost - p.guarantee,
        ),
    }[message, reply]
    env = talks_v0.parallel_env(parameters=p)
    seed = next(seed for seed in range(100) if env.reset(seed=seed) and env.play.types[0] == kind)
    env.reset(seed=seed)
    _, rewards, *_ = env.step({"sender": message, "receiver": Action.FIGHT})
    assert rewards == {"sender": 0.0, "receiver": 0.0}
    _, rewards, *_ = env.step({"sender": Action.FIGHT, "receiver": reply})
    assert (rewards["sender"], rewards["receiver"]) == pytest.approx(expected)


def test_parallel_reports_illegal_actions_and_plays_on(talks: CompiledGame) -> None:
    env = GameParallelEnv(talks)
    env.reset(seed=0)
    *_, infos = env.step({"sender": Action.ESCALATE, "receiver": Action.FIGHT})
    assert infos == {"sender": {"illegal_action": True}, "receiver": {"illegal_action": False}}
    assert env.agents == ["sender", "receiver"]


def test_parallel_names_missing_and_unknown_agents_and_actions(talks: CompiledGame) -> None:
    env = GameParallelEnv(talks)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step({"sender": 0, "receiver": 0})
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"actions for \['sender'\]: expected one action for each of sender, receiver"):
        env.step({"sender": 0})
    with pytest.raises(ValueError, match=r"sender: action 4, expected a number from 0 to 3 .*legal now: \[0, 2\]"):
        env.step({"sender": 4, "receiver": 0})


def test_raw_aec_refuses_what_no_agent_can_do(talks: CompiledGame) -> None:
    env = GameAECEnv(talks)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="sender: action 9"):
        env.step(9)
    with pytest.raises(ValueError, match="sender: action None"):
        env.step(None)


def test_wrapped_aec_ends_the_play_on_an_illegal_action_below_every_payoff(skirmish: CompiledGame) -> None:
    env = wrapped(GameAECEnv(skirmish))
    env.reset(seed=0)
    env.step(1)
    env.step(1)  # B may wait or yield
    assert all(env.terminations.values())
    rewards = {}
    for agent in env.agent_iter():
        rewards[agent] = env.last()[1]
        env.step(None)
    # The worst of the payoffs: B at stakes 2 * 1.5, lost in "reply", after 0 at "calm" and at least 0.25 at "holds".
    # A bound that may count from any state on is -3, so the punishment is -4.
    assert lowest_payoff(skirmish) == -3.0
    assert rewards == {"a": 0, "b": -4.0, "c": 0}
    env.reset()
    with pytest.raises(AssertionError, match="not in action space"):
        env.step(7)


class Toll(Game):
    """One player pays 1 in each of three stages, or leaves the first for 0.5."""

    name = "toll"
    players = ("one",)
    action_names = ("pay", "leave")
    type_names = (("only",),)
    prior = np.ones(1)

    def initial_state(self) -> int:
        return 0

    def legal_actions(self, state: int) -> Sequence[Sequence[int]]:
        return () if state == 3 else ((0, 1),) if state == 0 else ((0,),)

    def outcomes(self, state: int, joint: tuple[int, ...]) -> Sequence[Outcome]:
        paid = -0.5 if joint[0] else -1.0
        return (Outcome("", 3 if joint[0] else state + 1, 1.0, np.full((1, 1), paid)),)


def test_the_lowest_payoff_adds_up_all_stages() -> None:
    assert lowest_payoff(compile_game(Toll())) == -3.0


def test_spaces_exist_before_reset_and_stay_the_same_objects(game: CompiledGame) -> None:
    for env in (GameParallelEnv(game), GameAECEnv(game)):
        before = [(env.observation_space(a), env.action_space(a)) for a in env.possible_agents]
        env.reset(seed=0)
        for agent, (observation_space, action_space) in zip(env.possible_agents, before, strict=True):
            assert env.observation_space(agent) is observation_space
            assert env.action_space(agent) is action_space
        assert len({id(space) for pair in before for space in pair}) == 2 * game.n_players


def test_copies_go_on_alike(game: CompiledGame) -> None:
    env = GameParallelEnv(game)
    env.reset(seed=0)
    twins = [env, copy.deepcopy(env), pickle.loads(pickle.dumps(env))]
    plays = []
    for twin in twins:
        while twin.agents:
            twin.step({agent: twin.play.legal(seat)[0] for seat, agent in enumerate(twin.possible_agents)})
        twin.reset()
        plays.append((twin.play.types, twin.np_random.random()))
    assert plays[0] == plays[1] == plays[2]


def test_talks_module_takes_presets_and_parameters() -> None:
    values = load_preset("desperate-first").parameters
    for env in (
        talks_v0.parallel_env(preset="desperate-first"),
        talks_v0.raw_env(parameters=values),
        talks_v0.env(parameters=values.as_dict()).unwrapped,
    ):
        assert env.play.game.game.parameters == values
        assert env.possible_agents == ["sender", "receiver"]
        assert env.metadata["name"] == "talks_v0"
    assert talks_v0.raw_env().play.game.game.parameters == load_preset("costly-escalation").parameters
    with pytest.raises(ParameterError, match=r"pressure = 1\.5: expected a number in \[0, 1\)"):
        talks_v0.env(parameters={**values.as_dict(), "pressure": 1.5})
