"""A2C of Stable-Baselines3 in self-play."""

from typing import Literal

from stable_baselines3 import A2C

from olivebranch.agents.sb3.parts.actor_critic import ActorCriticSeat, SB3ActorCriticSettings
from olivebranch.agents.sb3.parts.policy import SB3Policy
from olivebranch.agents.sb3.parts.self_play import SelfPlay


class SB3A2CSettings(SB3ActorCriticSettings):
    """See :class:`SB3A2C`."""

    kind: Literal["sb3-a2c"] = "sb3-a2c"


class A2CPolicy(SB3Policy):
    """How a model of A2C plays."""

    algorithm = "a2c"


class A2CSeat(ActorCriticSeat[SB3A2CSettings]):
    """A seat that learns by A2C."""

    algorithm = A2C
    policy_class = A2CPolicy


class SB3A2C(SelfPlay):
    """A2C in every seat."""

    settings_class = SB3A2CSettings
    seat_class = A2CSeat
