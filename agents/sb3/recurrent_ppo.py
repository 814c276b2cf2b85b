"""RecurrentPPO of sb3-contrib in self-play.

An LSTM before the hidden layers remembers what observations do not show.
"""

from typing import Literal

from pydantic import Field
from sb3_contrib import RecurrentPPO

from olivebranch.agents.sb3.parts.actor_critic import ClippedSeat, SB3ClippedSettings
from olivebranch.agents.sb3.parts.policy import SB3Policy
from olivebranch.agents.sb3.parts.recurrent import PastReader, SB3RecurrentPolicy
from olivebranch.agents.sb3.parts.seat import Options
from olivebranch.agents.sb3.parts.self_play import SelfPlay
from olivebranch.games.base import CompiledGame


class SB3RecurrentPPOSettings(SB3ClippedSettings):
    """See :class:`SB3RecurrentPPO`."""

    kind: Literal["sb3-recurrent-ppo"] = "sb3-recurrent-ppo"
    lstm: int = Field(default=16, ge=1, description="width of the LSTM, one for the policy and one for the values")
    window: int = Field(default=1, ge=0, description="how many stages back an observation shows; the rest is memory")


class RecurrentPPOSeat(ClippedSeat[SB3RecurrentPPOSettings]):
    """A seat that learns by RecurrentPPO."""

    algorithm = RecurrentPPO
    policy_class = SB3RecurrentPolicy
    network_name = "MultiInputLstmPolicy"

    def __init__(
        self, game: CompiledGame, seat: int, settings: SB3RecurrentPPOSettings, play_seed: int, model_seed: int
    ) -> None:
        self.past = PastReader.of(game, settings.window)
        super().__init__(game, seat, settings, play_seed, model_seed)

    @property
    def width(self) -> int:
        """See :class:`SeatModel`."""
        return self.past.width

    def network_options(self) -> Options:
        """See :class:`SeatModel`."""
        return super().network_options() | {"lstm_hidden_size": self.settings.lstm}

    def policy(self, progress: float) -> SB3Policy:
        """See :class:`SeatModel`."""
        return SB3RecurrentPolicy(self.model.policy, self.settings.hidden, self.settings.lstm, self.past).copy()


class SB3RecurrentPPO(SelfPlay):
    """RecurrentPPO in every seat."""

    settings_class = SB3RecurrentPPOSettings
    seat_class = RecurrentPPOSeat
