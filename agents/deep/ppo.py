"""Independent proximal policy optimisation: every seat its own actor and critic, all seats learning at once.

Schulman et al., "Proximal policy optimization algorithms" (arXiv:1707.06347): several passes over a batch of play on a
clipped surrogate. Against mixed equilibria plain policy gradients circle; two regularisers settle them (Sokota et al.,
"A unified approach to reinforcement learning, quantal response equilibria, and two-player zero-sum games", ICLR 2023):
an entropy bonus, which is a pull towards uniform play and is annealed here, and a pull towards a slowly moving copy of
the policy itself, the *magnet*.
"""

from typing import ClassVar, Literal

import torch
from pydantic import Field

from olivebranch.agents.deep.parts.actor_critic import ActorCritic, ActorCriticSettings, Sample, Seat


class ClippedSettings(ActorCriticSettings):
    """The settings of PPO with either kind of critic."""

    clip: float = Field(default=0.2, gt=0, description="how far the probability ratio may move within an update")


class PPOSettings(ClippedSettings):
    """See :class:`IndependentPPO`."""

    kind: Literal["ppo"] = "ppo"


class ClippedSeat(Seat):
    """A seat whose probability ratios earn nothing beyond ``clip``."""

    settings: ClippedSettings

    def surrogate(self, logs: torch.Tensor, sample: Sample, progress: float) -> torch.Tensor:
        """The mean of min(ratio * advantage, clipped ratio * advantage)."""
        ratio = (logs - sample.old_logs).exp()
        clipped = ratio.clamp(1 - self.settings.clip, 1 + self.settings.clip)
        chosen = sample.situation, sample.action
        return torch.minimum(ratio[chosen] * sample.advantage, clipped[chosen] * sample.advantage).mean()


class IndependentPPO(ActorCritic):
    """PPO in all seats of a game at once."""

    settings_class: ClassVar[type[ClippedSettings]] = PPOSettings
    seat_type: ClassVar[type[Seat]] = ClippedSeat
