"""MaskablePPO of sb3-contrib in self-play: PPO that never gives probability to an illegal action.

Huang and Ontañón, "A closer look at invalid action masking in policy gradient algorithms", FLAIRS 2022.
"""

from typing import Literal

import torch
from pydantic import Field
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.policies import MaskableMultiInputActorCriticPolicy

from olivebranch.agents.sb3.parts.actor_critic import ClippedSeat, SB3ClippedSettings
from olivebranch.agents.sb3.parts.policy import SB3Policy, softmax
from olivebranch.agents.sb3.parts.self_play import SelfPlay
from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.games.base import BoolArray, FloatArray


class SB3MaskablePPOSettings(SB3ClippedSettings):
    """See :class:`SB3MaskablePPO`."""

    kind: Literal["sb3-maskable-ppo"] = "sb3-maskable-ppo"
    entropy: Scheduled = Field(
        default=geometric(0.5, 0.005, until=0.8), description="weight of the entropy bonus (ent_coef)"
    )


class MaskablePPOPolicy(SB3Policy):
    """How a model of MaskablePPO plays."""

    algorithm = "maskable-ppo"
    network_class = MaskableMultiInputActorCriticPolicy

    def chosen(self, seen: dict[str, torch.Tensor], action_mask: BoolArray) -> FloatArray:
        """See :class:`SB3Policy`."""
        return softmax(self.network.get_distribution(seen, action_masks=action_mask))


class MaskablePPOSeat(ClippedSeat[SB3MaskablePPOSettings]):
    """A seat that learns by MaskablePPO."""

    algorithm = MaskablePPO
    policy_class = MaskablePPOPolicy


class SB3MaskablePPO(SelfPlay):
    """MaskablePPO in every seat."""

    settings_class = SB3MaskablePPOSettings
    seat_class = MaskablePPOSeat
