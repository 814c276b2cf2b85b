"""Our vectorised seat in the form in which Stable-Baselines3 wants vectorised environments."""

from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from olivebranch.agents.checkpoint import State
from olivebranch.envs.vector import SeatVectorEnv
from olivebranch.games.base import BoolArray, IntArray


class SB3Environment(VecEnv):
    """One seat of many plays at once (:class:`olivebranch.envs.vector.SeatVectorEnv`).

    The library has a vectorised environment of its own, older than Gymnasium's, with a dictionary of information for
    each play.

    Args:
        seats: the seat; it draws from its own generator, seeded with ``seed`` here and nowhere else.
        seed: for the first reset.
        width: how much of an observation is shown, from its beginning; None for all.
    """

    def __init__(self, seats: SeatVectorEnv, seed: int, width: int | None = None) -> None:
        self.seats = seats
        self._seed: int | None = seed
        self._infos: list[dict[str, Any]] = [{}] * seats.num_envs
        self._actions: IntArray = np.zeros(seats.num_envs, dtype=np.int64)
        self._width = width
        space: Any = seats.single_observation_space
        if width is not None:
            shown = spaces.Box(-np.inf, np.inf, (width,), np.float32)
            space = spaces.Dict({"observation": shown, "action_mask": space["action_mask"]})
        super().__init__(seats.num_envs, space, seats.single_action_space)

    def reset(self) -> dict[str, Any]:
        """Begin a new play everywhere."""
        observation, _ = self.seats.reset(seed=self._seed)
        self._seed = None
        return self._shown(observation)

    def step_async(self, actions: IntArray) -> None:
        """Choose an action in every play."""
        self._actions = actions

    def step_wait(self) -> tuple[dict[str, Any], Any, BoolArray, list[dict[str, Any]]]:
        """Play on to the seat's next choice, in a new play where this one ends."""
        observation, rewards, over, _, _ = self.seats.step(self._actions)
        # Plays are never truncated, so the library needs no last observation: nothing follows from it.
        return self._shown(observation), rewards.astype(np.float32), over, self._infos

    def _shown(self, observation: dict[str, Any]) -> dict[str, Any]:
        return observation | {"observation": observation["observation"][:, : self._width]}

    def action_masks(self) -> BoolArray:
        """Which actions are legal, ``[num_envs, n_actions]``."""
        return self.seats.information_states.action_mask

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Give the attribute, once for each play."""
        known = {"action_masks": self.action_masks, "render_mode": None}
        if attr_name not in known:
            raise AttributeError(attr_name)
        return [known[attr_name]] * self.num_envs

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """``action_masks``, by which sb3-contrib asks: the mask of each play."""
        if method_name != "action_masks":
            raise AttributeError(method_name)
        return list(self.action_masks())

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Plays have no attributes of their own."""
        raise AttributeError(attr_name)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """No play is wrapped in anything."""
        return [False] * self.num_envs

    def state(self) -> State:
        """What the next :meth:`reset` depends on, for a checkpoint."""
        return {"seed": self._seed, "generator": self.seats.np_random.bit_generator.state}

    def restore(self, state: State) -> None:
        """The inverse of :meth:`state`; a reset must follow."""
        self._seed = state["seed"]
        self.seats.np_random.bit_generator.state = state["generator"]

    def close(self) -> None:
        """There is nothing to release."""
