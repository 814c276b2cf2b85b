"""Independent proximal policy optimisation: every seat its own actor and critic, all seats learning at once.

Schulman et al., "Proximal policy optimization algorithms" (arXiv:1707.06347): several passes over a batch of play on a
clipped surrogate, with advantages that have mean zero and standard deviation one in each batch. Against mixed
equilibria plain policy gradients circle, and an entropy bonus, which is a pull towards uniform play, settles them. In
games of imperfect information it has to be larger than is usual elsewhere, and to stay (Rudolph et al., "Reevaluating
policy gradient methods for imperfect-information games", arXiv:2502.08938). A second pull, off by default, is towards
a slowly moving copy of the policy itself, the *magnet* (Sokota et al., "A unified approach to reinforcement learning,
quantal response equilibria, and two-player zero-sum games", ICLR 2023).
"""

from typing import ClassVar, Literal

import torch
from pydantic import Field

from olivebranch.agents.deep.parts.actor_critic import ActorCritic, ActorCriticSettings, Sample, Seat
from olivebranch.agents.deep.parts.magnets import move_towards


class ClippedSettings(ActorCriticSettings):
    """The settings of PPO with either kind of critic."""

    clip: float = Field(default=0.2, gt=0, description="how far the probability ratio may move within an update")


class SlowMagnetSettings(ClippedSettings):
    """The settings of PPO whose magnet is a slow copy."""

    magnet_rate: float = Field(default=0.05, gt=0, le=1, description="share of the way the slow copy moves per update")


class PPOSettings(SlowMagnetSettings):
    """See :class:`IndependentPPO`."""

    kind: Literal["ppo"] = "ppo"


class ClippedSeat(Seat):
    """A seat whose probability ratios earn nothing beyond ``clip``."""

    settings: ClippedSettings

    @property
    def clip(self) -> float:  # type: ignore[override]  # a constant where there is no such setting
        """See :class:`Seat`."""
        return self.settings.clip

    def surrogate(self, logs: torch.Tensor, sample: Sample, progress: float) -> torch.Tensor:
        """The mean of min(ratio * advantage, clipped ratio * advantage)."""
        ratio = (logs - sample.old_logs).exp()
        clipped = ratio.clamp(1 - self.settings.clip, 1 + self.settings.clip)
        chosen = sample.situation, sample.action
        return torch.minimum(ratio[chosen] * sample.advantage, clipped[chosen] * sample.advantage).mean()


class IndependentPPO(ActorCritic):
    """PPO in all seats of a game at once."""

    settings: SlowMagnetSettings
    settings_class: ClassVar[type[ActorCriticSettings]] = PPOSettings
    seat_type: ClassVar[type[Seat]] = ClippedSeat

    def move_magnets(self) -> None:
        """Each magnet moves towards its policy."""
        for seat in self.seats:
            move_towards(seat.magnet.network, seat.policy.network, self.settings.magnet_rate)
