"""Magnetic mirror descent in the style of PPO: a proximal term in place of the clip.

Sokota et al., "A unified approach to reinforcement learning, quantal response equilibria, and two-player zero-sum
games" (ICLR 2023). Each update minimises, over the decisions of a batch that pi_old played,

    - A pi(a) / pi_old(a) + alpha KL(pi, magnet) + 1/eta KL(pi, pi_old).

Both divergences are from the new policy, in closed form at every situation met. The magnet is the uniform policy, whose
weight alpha is ``entropy`` (KL from uniform is a constant minus entropy), or the slowly moving copy, whose weight is
``magnet``. With alpha fixed, tabular play and exact advantages, this converges to a quantal response equilibrium of
two-player zero-sum games in their last iterate; annealed, to Nash play in practice. In general-sum games there is no
such promise.

In the first pass over a batch the proximal term has no gradient, for pi is pi_old there: with ``epochs: 1`` it would
do nothing, and the settings refuse that.
"""

from typing import ClassVar, Literal

import torch
from pydantic import Field

from olivebranch.agents.deep.parts.actor_critic import ActorCritic, ActorCriticSettings, Sample, Seat
from olivebranch.agents.deep.parts.magnets import move_towards
from olivebranch.agents.schedule import Scheduled, geometric


class PPOMMDSettings(ActorCriticSettings):
    """See :class:`PPOMMD`."""

    kind: Literal["ppo-mmd"] = "ppo-mmd"
    # Each update is a minimum to be found, not a step. Without momentum the first pass, in which the proximal term is
    # flat, would be as long a step into the noise as any.
    momentum: float = Field(default=0.9, ge=0, lt=1, description="Adam's first beta")
    epochs: int = Field(default=4, ge=2, description="passes over each batch; in the first the proximal term is flat")
    normalise_advantages: bool = Field(default=False, description="see ppo; the weights here are prices in payoff")
    gae: float = Field(default=1.0, ge=0, le=1, description="lambda of generalised advantage estimation")
    entropy: Scheduled = Field(
        default=geometric(0.3, 0.01, until=0.5), description="weight alpha of the entropy bonus, in units of payoff"
    )
    magnet_rate: float = Field(default=0.05, gt=0, le=1, description="share of the way the slow copy moves per update")
    proximal: Scheduled = Field(
        default=geometric(2.0, 30.0, until=0.5),
        description="weight 1/eta of the divergence from the old policy",
    )


class ProximalSeat(Seat):
    """A seat that pays for leaving the policy that it played the batch with."""

    settings: PPOMMDSettings

    def surrogate(self, logs: torch.Tensor, sample: Sample, progress: float) -> torch.Tensor:
        """The mean of ratio * advantage - KL(pi, pi_old) / eta."""
        moved = logs - sample.old_logs
        gain = (moved.exp()[sample.situation, sample.action] * sample.advantage).mean()
        divergence = (logs.exp() * moved).sum(dim=1)[sample.situation].mean()
        return gain - self.settings.proximal.at(progress) * divergence


class PPOMMD(ActorCritic):
    """Magnetic mirror descent by networks in all seats of a game at once."""

    settings: PPOMMDSettings
    settings_class: ClassVar[type[ActorCriticSettings]] = PPOMMDSettings
    seat_type: ClassVar[type[Seat]] = ProximalSeat

    def move_magnets(self) -> None:
        """Each slow copy moves towards its policy."""
        for seat in self.seats:
            move_towards(seat.magnet.network, seat.policy.network, self.settings.magnet_rate)
