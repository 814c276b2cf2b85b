"""DQN of Stable-Baselines3 in self-play.

A DQN is greedy but for its exploration, so its last iterate mixes nowhere else, and only its time average can come near
a mixed equilibrium.
"""

from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from stable_baselines3 import DQN
from stable_baselines3.dqn.policies import MultiInputPolicy

from olivebranch.agents.checkpoint import State
from olivebranch.agents.sb3.parts.policy import SB3Policy
from olivebranch.agents.sb3.parts.seat import Options, SeatModel, constantly
from olivebranch.agents.sb3.parts.self_play import SelfPlay
from olivebranch.agents.sb3.parts.settings import SB3Settings
from olivebranch.agents.schedule import Schedule, Scheduled, geometric
from olivebranch.games.base import BoolArray, FloatArray


class SB3DQNSettings(SB3Settings):
    """See :class:`SB3DQN`."""

    kind: Literal["sb3-dqn"] = "sb3-dqn"
    learning_rate: Scheduled = Field(default=geometric(0.01, 0.001), description="Adam's step")
    epsilon: Scheduled = Field(
        default=geometric(1.0, 0.01, until=0.5), description="probability of a uniformly drawn action"
    )
    memory: int = Field(default=5000, ge=1, description="decisions that the replay buffer holds")
    minibatch: int = Field(default=500, ge=1, description="decisions in a gradient step (batch_size)")
    gradient_steps: int = Field(default=4, ge=1, description="after each step of all environments")
    target_update: int = Field(default=2000, ge=1, description="decisions between two copies to the target network")


class DQNPolicy(SB3Policy):
    """How a model of DQN plays: greedily, save for a uniformly drawn action with probability ``epsilon``."""

    algorithm = "dqn"
    network_class = MultiInputPolicy

    def chosen(self, seen: dict[str, torch.Tensor], action_mask: BoolArray) -> FloatArray:
        """See :class:`SB3Policy`."""
        values = self.network.q_net(seen).numpy()
        greedy = np.eye(values.shape[1])[values.argmax(axis=1)]
        result: FloatArray = (1.0 - self.epsilon) * greedy + self.epsilon / values.shape[1]
        return result


class DQNSeat(SeatModel[SB3DQNSettings]):
    """A seat that learns by DQN."""

    algorithm = DQN
    policy_class = DQNPolicy

    @property
    def learning_rate(self) -> Schedule:
        """See :class:`SeatModel`."""
        return self.settings.learning_rate

    def options(self) -> Options:
        """See :class:`SeatModel`."""
        settings = self.settings
        return super().options() | {
            "buffer_size": settings.memory,
            "batch_size": settings.minibatch,
            "learning_starts": 0,
            "train_freq": 1,
            "gradient_steps": settings.gradient_steps,
            "target_update_interval": settings.target_update,
        }

    def follow_schedules(self, progress: float) -> None:
        """See :class:`SeatModel`."""
        super().follow_schedules(progress)
        self.model.exploration_schedule = partial(constantly, self.epsilon(progress))
        self.model.exploration_rate = self.epsilon(progress)

    def epsilon(self, progress: float) -> float:
        """See :class:`SeatModel`."""
        return self.settings.epsilon.at(progress)

    def state(self) -> State:
        """See :class:`SeatModel`; the replay buffer as far as it is filled."""
        buffer = self.model.replay_buffer
        rows = buffer.buffer_size if buffer.full else buffer.pos
        filled = {name: array[:rows] for name, array in _arrays(buffer).items()}
        return super().state() | {"memory": {"pos": buffer.pos, "full": buffer.full, "arrays": filled}}

    def restore(self, state: State) -> None:
        """See :class:`SeatModel`."""
        super().restore(state)
        buffer, memory = self.model.replay_buffer, state["memory"]
        buffer.pos, buffer.full = memory["pos"], memory["full"]
        for name, array in _arrays(buffer).items():
            array[: len(memory["arrays"][name])] = memory["arrays"][name]


class SB3DQN(SelfPlay):
    """DQN in every seat."""

    settings_class = SB3DQNSettings
    seat_class = DQNSeat


def _arrays(buffer: Any) -> dict[str, Any]:
    """A replay buffer's arrays, by name; the first axis of each is time."""
    plain = {name: getattr(buffer, name) for name in ("actions", "rewards", "dones", "timeouts")}
    seen = {f"observations {name}": array for name, array in buffer.observations.items()}
    return plain | seen | {f"next {name}": array for name, array in buffer.next_observations.items()}
