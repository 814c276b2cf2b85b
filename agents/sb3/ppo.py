"""PPO of Stable-Baselines3 in self-play."""

from typing import Literal

from stable_baselines3 import PPO

from olivebranch.agents.sb3.parts.actor_critic import ClippedSeat, SB3ClippedSettings
from olivebranch.agents.sb3.parts.policy import SB3Policy
from olivebranch.agents.sb3.parts.self_play import SelfPlay


class SB3PPOSettings(SB3ClippedSettings):
    """See :class:`SB3PPO`."""

    kind: Literal["sb3-ppo"] = "sb3-ppo"


class PPOPolicy(SB3Policy):
    """How a model of PPO plays."""

    algorithm = "ppo"


class PPOSeat(ClippedSeat[SB3PPOSettings]):
    """A seat that learns by PPO."""

    algorithm = PPO
    policy_class = PPOPolicy


class SB3PPO(SelfPlay):
    """PPO in every seat."""

    settings_class = SB3PPOSettings
    seat_class = PPOSeat
