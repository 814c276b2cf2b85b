"""MAPPO: independent actors, and critics that see everything while training.

Yu et al., "The surprising effectiveness of PPO in cooperative multi-agent games" (NeurIPS 2022, arXiv:2103.01955). A
critic here sees what its seat sees and, beside that, the types of all players. Actors see their own seat's knowledge,
as ever, so what is learned can be played.

The paper's games are cooperative: one critic values the team. In a general-sum game there is no common value, so every
seat has a critic of its own payoff. What such a critic changes is variance only. Given the actors, its estimate
averaged over the types as the seat believes them is that of a critic which sees less, so the expected gradient is the
same (up to the errors of both critics); the part of the payoff that comes from types the seat cannot see is taken out
of the noise. It does not coordinate the seats, selects no equilibrium, and circles where independent PPO circles.
Advantages are normalised as in the paper. Instead of its running normalisation of values payoffs are in the unit of
:mod:`olivebranch.agents.payoffs`; a loss that is clipped for critics too is left out.
"""

from typing import ClassVar, Literal

import numpy as np
import torch

from olivebranch.agents.deep.parts.actor_critic import Seat
from olivebranch.agents.deep.parts.situations import distinct_rows
from olivebranch.agents.deep.ppo import ClippedSeat, IndependentPPO, SlowMagnetSettings
from olivebranch.envs.batched import BatchedGame
from olivebranch.games.base import IntArray
from olivebranch.games.information import ObservationEncoder


class MAPPOSettings(SlowMagnetSettings):
    """See :class:`MAPPO`."""

    kind: Literal["mappo"] = "mappo"


class CentralSeat(ClippedSeat):
    """A seat whose critic sees its observation and the type profile, one-hot."""

    def judged_width(self, encoder: ObservationEncoder) -> int:
        """The critic sees the observation, then one number for each type profile."""
        return encoder.width + encoder.game.n_profiles

    def judged(
        self, batch: BatchedGame, rows: IntArray, observation: torch.Tensor, situation: IntArray
    ) -> tuple[torch.Tensor, IntArray]:
        """See :class:`Seat`: situations are told apart by the types of the others as well."""
        profile = batch.profile[rows]
        first, group = distinct_rows(situation, profile)
        types = np.eye(batch.game.n_profiles, dtype=np.float32)[profile[first]]
        return torch.cat([observation[torch.from_numpy(situation[first])], torch.from_numpy(types)], dim=1), group


class MAPPO(IndependentPPO):
    """PPO in all seats, each with a central critic."""

    settings_class = MAPPOSettings
    seat_type: ClassVar[type[Seat]] = CentralSeat
