"""Nash policy gradient: PPO that pays for leaving a reference policy, which now and then becomes the present one.

Yu et al., "Nash policy gradient: a policy gradient method with iteratively refined regularization for finding Nash
equilibria" (arXiv:2510.18183). To the loss of PPO comes ``magnet * KL(pi, reference)``, in closed form at every
situation met. The weight stays large; instead of it the reference changes, at the beginning of each of ``rounds``
equal parts of training. In a two-player zero-sum game each round brings exact play strictly nearer to equilibrium, in
the divergence, and the sequence of rounds to one. In other games nothing is promised, but where rounds come to rest
the divergence has no gradient and play is what PPO alone would rest at.

As in the authors' code for OpenSpiel (google-deepmind/open_spiel, pull request 1608) advantages are normalised, values
are clipped like ratios, and an entropy bonus is added; the bonus keeps play a little off equilibrium, so here it falls
over training.
"""

from typing import ClassVar, Literal

import torch
from pydantic import Field

from olivebranch.agents.deep.parts.actor_critic import ActorCritic, ActorCriticSettings, Sample, Seat
from olivebranch.agents.deep.parts.magnets import begins_round
from olivebranch.agents.deep.ppo import ClippedSeat, ClippedSettings
from olivebranch.agents.learner import Answer
from olivebranch.agents.schedule import Scheduled, constant, geometric


class NashPGSettings(ClippedSettings):
    """See :class:`NashPG`."""

    kind: Literal["nash-pg"] = "nash-pg"
    magnet: Scheduled = Field(default=constant(0.2), description="weight of the divergence from the reference")
    rounds: int = Field(default=20, ge=1, description="equal parts of training, each with a reference of its own")
    entropy: Scheduled = Field(
        default=geometric(0.1, 0.01, until=0.5), description="weight of the entropy bonus, in units of advantages"
    )


class ReferenceSeat(ClippedSeat):
    """A seat of PPO whose critic moves no further than the clip in an update."""

    def value_error(self, sample: Sample) -> torch.Tensor:
        """The mean of the larger one of two squared errors: of the value, and of the value kept near the old one."""
        value = self.critic(sample.judged).squeeze(1)[sample.judged_situation]
        near = sample.value + (value - sample.value).clamp(-self.clip, self.clip)
        return torch.maximum((value - sample.target).square(), (near - sample.target).square()).mean()


class NashPG(ActorCritic):
    """Nash policy gradient in all seats of a game at once."""

    settings: NashPGSettings
    settings_class: ClassVar[type[ActorCriticSettings]] = NashPGSettings
    answer: ClassVar[Answer] = "last"  # which the theory is about
    seat_type: ClassVar[type[Seat]] = ReferenceSeat

    def move_magnets(self) -> None:
        """At the beginning of a round each policy becomes the reference."""
        if begins_round(self.done, self.total_updates, self.settings.rounds):
            for seat in self.seats:
                seat.magnet = seat.policy.copy()
