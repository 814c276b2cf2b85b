"""All seats of a game at once: PettingZoo environments over any compiled game, by the same rules.

:class:`GameParallelEnv` is native: all seats act in every stage. :class:`GameAECEnv` asks one seat at a time, and in
each stage only those that have a choice; what they choose simultaneously stays hidden until the last has chosen.
Under the same seed and actions both go through the same play.
"""

from collections.abc import Iterable
from importlib.metadata import version
from itertools import repeat
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding
from numpy.typing import NDArray
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils import wrappers

from olivebranch.core.errors import ParameterError
from olivebranch.envs.play import MASKS, Observation, Play
from olivebranch.envs.rendering import RENDER_MODES, render
from olivebranch.games.base import CompiledGame
from olivebranch.games.information import Float32Array

Info = dict[str, Any]


class _AllSeats:
    """What both environments are: a play, its generator, and the spaces of its players.

    Attributes:
        play: the play in progress.
        possible_agents: the players, by name, in the order of their seats.
        np_random: where all randomness comes from; replaced by ``reset(seed=..)``.
        render_mode: one of ``RENDER_MODES`` or None.
    """

    def __init__(
        self,
        game: CompiledGame,
        window: int | None = None,
        render_mode: str | None = None,
        mask: str = MASKS[0],
    ) -> None:
        self.play = Play(game, window, mask)
        self.possible_agents: list[str] = list(game.game.players)
        self.agents: list[str] = []
        self.render_mode = render_mode
        self.metadata = {
            "name": f"{game.game.name}_v0",
            "render_modes": list(RENDER_MODES),
            "render_fps": 1,
            "is_parallelizable": False,
        }
        self.state_space = self.play.state_space()
        self.observation_spaces = {agent: self.play.observation_space() for agent in self.possible_agents}
        self.action_spaces = {agent: self.play.action_space() for agent in self.possible_agents}
        self.np_random, _ = seeding.np_random()

    def observation_space(self, agent: str) -> "spaces.Space[Any]":
        """A Dict of ``observation`` (see :class:`ObservationEncoder`) and ``action_mask`` (int8 ``[n_actions]``).

        With ``mask="observations"`` the first is called ``observations``; with ``mask="info"`` it is the space itself.
        """
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Discrete:
        """The whole enumeration of actions."""
        return self.action_spaces[agent]

    def render(self) -> str | NDArray[np.uint8]:
        """Draw the play; raises ValueError where ``render_mode`` is not one of ``RENDER_MODES``."""
        return render(self.play, self.render_mode)

    def state(self) -> Float32Array:
        """All that there is to know, types of all players included; see :meth:`Play.global_state`."""
        return self.play.global_state()

    def close(self) -> None:
        """End the episode. There are no windows or files to release."""
        self.agents = []

    def _start(self, seed: int | None) -> None:
        if seed is not None:
            self.np_random, _ = seeding.np_random(seed)
        self.play.start(self.np_random)
        self.agents = self.possible_agents[:]

    def _play_stage(self, actions: list[int]) -> tuple[dict[str, float], dict[str, Info]]:
        """Play one stage with one action a seat; returns rewards and infos by agent."""
        settled = [self.play.settle(seat, action, self.np_random) for seat, action in enumerate(actions)]
        edge = self.play.draw_edge([action for action, _ in settled], self.np_random)
        rewards = dict(zip(self.possible_agents, self.play.take(edge).tolist(), strict=True))
        return rewards, self._infos([illegal for _, illegal in settled])

    def _infos(self, illegal: Iterable[bool] = repeat(False)) -> dict[str, Info]:
        """Whether each agent's last action was illegal and, where clients look for it here, the mask."""
        legal = self.play.game.legal[self.play.state]
        return {
            agent: {"illegal_action": wrong} | self.play.info(mask)
            for agent, wrong, mask in zip(self.possible_agents, illegal, legal, strict=False)
        }


class GameParallelEnv(_AllSeats, ParallelEnv[str, Observation, int]):  # type: ignore[misc]  # PettingZoo is untyped
    """All seats act in every stage; one that has no choice has exactly one legal action.

    An illegal action is replaced by a legal one drawn uniformly, and ``infos[agent]["illegal_action"]`` says so
    (PettingZoo's own tests sample without masks). Every play ends for all agents at once; nothing is truncated.

    Args:
        game: the compiled rules.
        window: how many stages an observation looks back; None for perfect recall.
        render_mode: ``"ansi"`` or ``"rgb_array"``.
        mask: where the legal actions are: ``"dict"`` and ``"observations"`` put them into the observation, a Dict;
            ``"info"`` puts them into infos, and the observation is the vector alone.
    """

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Observation], dict[str, Info]]:
        """Begin an episode; returns observations and infos by agent. ``options`` are not used."""
        self._start(seed)
        return self._observations(), self._infos()

    def step(
        self, actions: dict[str, int]
    ) -> tuple[dict[str, Observation], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Info]]:
        """Play one stage; returns observations, rewards, terminations, truncations and infos by agent.

        Raises:
            gymnasium.error.ResetNeeded: no episode is in progress.
            ValueError: an agent has no action, there is an action for nobody, or a number is outside the enumeration.
        """
        agents = self.agents
        if not agents:
            raise gymnasium.error.ResetNeeded("no episode in progress: call reset() first")
        if actions.keys() != set(agents):
            raise ValueError(f"actions for {sorted(actions)}: expected one action for each of {', '.join(agents)}")
        rewards, infos = self._play_stage([int(actions[agent]) for agent in agents])
        finished = self.play.finished
        observations = self._observations()
        self.agents = [] if finished else agents
        return (
            observations,
            rewards,
            dict.fromkeys(agents, finished),
            dict.fromkeys(agents, False),
            infos,
        )

    def _observations(self) -> dict[str, Observation]:
        return {agent: self.play.observation(seat) for seat, agent in enumerate(self.possible_agents)}


class GameAECEnv(_AllSeats, AECEnv[str, Observation, int | None]):  # type: ignore[misc]  # PettingZoo is untyped
    """One action at a time: in each stage the seats that have a choice are asked, in the order of the players.

    What a seat chooses shows to nobody, in observations, rewards or rendering, before all who act in the stage have
    chosen. Where nobody has a choice the first player is asked for its one legal action. Illegal actions are treated
    as in :class:`GameParallelEnv`; :func:`wrapped` puts PettingZoo's stricter treatment around it.

    Args:
        game: the compiled rules.
        window: how many stages an observation looks back; None for perfect recall.
        render_mode: ``"ansi"`` or ``"rgb_array"``.
        mask: where the legal actions are: ``"dict"`` and ``"observations"`` put them into the observation, a Dict;
            ``"info"`` puts them into infos, and the observation is the vector alone.
    """

    agent_selection: str

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin an episode. ``options`` are not used."""
        self._start(seed)
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = self._infos()
        self._skip_agent_selection = None
        self._open_stage()

    def observe(self, agent: str) -> Observation:
        """What ``agent`` knows now, whether it is being asked or not."""
        return self.play.observation(self.possible_agents.index(agent))

    def step(self, action: int | None) -> None:
        """Take the action of ``agent_selection``; None once it is terminated.

        Raises:
            ValueError: a number outside the enumeration, or an action for a terminated agent.
        """
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if action is None:
            raise ValueError(f"{agent}: action None, but it is not terminated")
        seat = self.possible_agents.index(agent)
        self.play.check(seat, int(action))
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        self._chosen[seat] = int(action)
        self._waiting.pop(0)
        if self._waiting:
            self.agent_selection = self.possible_agents[self._waiting[0]]
            return
        self.rewards, self.infos = self._play_stage(self._chosen)
        self._accumulate_rewards()
        if self.play.finished:
            self.terminations = dict.fromkeys(self.agents, True)
            self.agent_selection = self.agents[0]
        else:
            self._open_stage()

    def _open_stage(self) -> None:
        seats = range(len(self.possible_agents))
        self._waiting = [seat for seat in seats if self.play.acts(seat)] or [0]
        # Whoever is not asked makes its one legal move.
        self._chosen = [self.play.legal(seat)[0] for seat in seats]
        self.agent_selection = self.possible_agents[self._waiting[0]]


def wrapped(env: GameAECEnv) -> AECEnv[str, Observation, int | None]:
    """``env`` in PettingZoo's usual wrappers: an illegal action ends the play, at a reward below every payoff.

    Raises:
        ParameterError: the mask is in infos, where PettingZoo's wrapper looks for it from version 1.25 on.
        ValueError: play can go on for ever, so that no reward is below every payoff.
    """
    if env.play.mask == "info" and pettingzoo_version() < (1, 25):
        raise ParameterError("mask", "info", "dict or observations for env() with PettingZoo before 1.25")
    punished: AECEnv[str, Observation, int | None]
    punished = wrappers.TerminateIllegalWrapper(env, illegal_reward=lowest_payoff(env.play.game) - 1.0)
    return wrappers.OrderEnforcingWrapper(wrappers.AssertOutOfBoundsWrapper(punished))


def pettingzoo_version() -> tuple[int, int]:
    """The first two numbers of the installed PettingZoo's version."""
    first, second = version("pettingzoo").split(".")[:2]
    return int(first), int(second)


def lowest_payoff(game: CompiledGame) -> float:
    """The least that any player can get in total from any public state on (0 if it can only gain)."""
    to_come = np.zeros((game.n_states, game.n_players))
    least = game.edge_reward.min(axis=2)
    for _ in range(game.max_stages):
        update = to_come.copy()
        np.minimum.at(update, game.edge_source, least + to_come[game.edge_next])
        to_come = update
    return float(to_come.min())
