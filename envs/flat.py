"""All seats of N games as flat buffers, row after row, laid out as PufferLib's environments are.

PufferLib (Suarez 2024, arXiv:2406.12905) gives an environment preallocated arrays that it writes in place: one row an
agent, the agents of one game side by side. :class:`FlatEnv` has the attributes and methods that its trainers use
(``single_observation_space``, ``single_action_space``, ``num_agents``, ``reset``, ``step``, ``close``), without
depending on it. A step allocates nothing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from olivebranch.envs import kernels
from olivebranch.envs.batched import BatchedGame, BatchStep
from olivebranch.envs.play import Play
from olivebranch.games.base import BoolArray, CompiledGame, IntArray
from olivebranch.games.information import Float32Array

Results = tuple[Float32Array, Float32Array, BoolArray, BoolArray, list[dict[str, Any]]]


class FlatEnv:
    """N games, every seat of each a row: row ``game * n_players + seat``. Plays start anew as they end.

    A seat without a choice moves by itself, whatever action it is given. An illegal action of a seat with a choice is
    replaced by a legal one drawn uniformly, as in :class:`olivebranch.envs.seat.SeatEnv`.

    Args:
        game: the compiled game.
        size: how many games, at least 1.
        generator: source of all randomness.
        window: how many past stages an observation shows, see :class:`ObservationEncoder`.
        buffers: arrays to use instead of new ones, by name; any of those below, contiguous.

    Attributes:
        observations: float32 ``[num_agents, width]``, :class:`ObservationEncoder`'s layout.
        rewards: float32 ``[num_agents]``.
        terminals: bool ``[num_agents]``: the row's play ended with this step, and the observation is of a new one.
        truncations: bool ``[num_agents]``; never True.
        masks: bool ``[num_agents]``: whether the row's seat has a choice now.
        action_masks: bool ``[num_agents, n_actions]``: its legal actions.
        actions: int64 ``[num_agents]``: the actions as they were played.

    Raises:
        ValueError: a buffer of an unknown name, or of another shape or type, or not contiguous.
    """

    def __init__(
        self,
        game: CompiledGame,
        size: int,
        generator: np.random.Generator,
        window: int | None = None,
        buffers: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        self.batch = BatchedGame(game, size, generator, window, auto_reset=True)
        players, agents, width = game.n_players, size * game.n_players, self.batch.encoder.width
        play = Play(game, window)
        self.single_observation_space: spaces.Space[Any] = play.observation_space()["observation"]
        self.single_action_space = play.action_space()
        self.num_agents = agents
        layout: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
            "observations": ((agents, width), np.float32),
            "rewards": ((agents,), np.float32),
            "terminals": ((agents,), np.bool_),
            "truncations": ((agents,), np.bool_),
            "masks": ((agents,), np.bool_),
            "action_masks": ((agents, game.n_actions), np.bool_),
            "actions": ((agents,), np.int64),
        }
        for name in buffers or {}:
            if name not in layout:
                raise ValueError(f"buffers = {name!r}: expected names among {', '.join(layout)}")
        arrays = {name: _buffer(name, buffers, shape, dtype) for name, (shape, dtype) in layout.items()}
        self.observations: Float32Array = arrays["observations"]
        self.rewards: Float32Array = arrays["rewards"]
        self.terminals: BoolArray = arrays["terminals"]
        self.truncations: BoolArray = arrays["truncations"]
        self.masks: BoolArray = arrays["masks"]
        self.action_masks: BoolArray = arrays["action_masks"]
        self.actions: IntArray = arrays["actions"]
        # The same memory, game by game.
        self._observations = self.observations.reshape(size, players, width)
        self._action_masks = self.action_masks.reshape(size, players, game.n_actions)
        self._masks = self.masks.reshape(size, players)
        self._terminals = self.terminals.reshape(size, players)
        self._actions = self.actions.reshape(size, players)
        rewards: Any = self.rewards.reshape(size, players)
        self._step = BatchStep(rewards, np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.bool_))
        self._uniform = np.zeros((size, players))
        self._infos: list[dict[str, Any]] = []

    def reset(self, seed: int | None = None) -> tuple[Float32Array, list[dict[str, Any]]]:
        """Start all plays anew; ``seed`` puts a new generator in the place of the one given."""
        if seed is not None:
            self.batch.generator = np.random.default_rng(seed)
        self.batch.reset()
        for array in (self.rewards, self.terminals, self.truncations):
            array[...] = 0
        self._look()
        return self.observations, self._infos

    def step(self, actions: NDArray[np.integer[Any]]) -> Results:
        """Play one stage of every game with ``actions``, integers ``[num_agents]``.

        Returns:
            The buffers ``observations, rewards, terminals, truncations``, written in place, and an empty list.

        Raises:
            ValueError: a row with a choice has an action outside the enumeration.
        """
        tables, state = self.batch.tables, self.batch.public_state
        given = actions.reshape(self._actions.shape)
        illegal = kernels.settle_forced(tables, state, given, self._actions)
        if illegal < 0:
            raise ValueError(f"actions: expected numbers from 0 to {self.batch.game.n_actions - 1}")
        if illegal > 0:
            self.batch.generator.random(out=self._uniform)
            kernels.replace_illegal(tables, state, self._uniform, self._actions)
        self.batch.step(self._actions, out=self._step)
        self._terminals[...] = self._step.finished[:, None]
        self._look()
        return self.observations, self.rewards, self.terminals, self.truncations, self._infos

    def close(self) -> None:
        """Nothing to release; trainers call it."""

    def _look(self) -> None:
        self.batch.observe(self._observations, self._action_masks)
        kernels.have_choice(self.batch.tables, self.batch.public_state, self._masks)


def _buffer(
    name: str, buffers: Mapping[str, NDArray[Any]] | None, shape: tuple[int, ...], dtype: type[np.generic]
) -> NDArray[Any]:
    if buffers is None or name not in buffers:
        return np.zeros(shape, dtype)
    array = buffers[name]
    if array.shape != shape or array.dtype != dtype or not array.flags.c_contiguous:
        raise ValueError(
            f"buffers[{name!r}] = {array.dtype} {array.shape}: expected {np.dtype(dtype)} {shape}, contiguous"
        )
    return array
