"""What the actor-critic algorithms of Stable-Baselines3 share, and, of these, the forms of PPO."""

from typing import TypeVar

from pydantic import Field

from olivebranch.agents.sb3.parts.seat import Options, SeatModel
from olivebranch.agents.sb3.parts.settings import SB3Settings
from olivebranch.agents.schedule import Schedule, Scheduled, geometric


class SB3ActorCriticSettings(SB3Settings):
    """The settings that PPO in all its forms and A2C share."""

    learning_rate: Scheduled = Field(default=geometric(0.02, 0.0002), description="the optimiser's step")
    entropy: Scheduled = Field(  # lower than with masks: illegal actions, too, share in the entropy
        default=geometric(0.5, 0.003, until=0.7), description="weight of the entropy bonus (ent_coef)"
    )
    gae: float = Field(default=0.95, ge=0, le=1, description="lambda of generalised advantage estimation")
    normalise_advantages: bool = Field(default=False, description="divide advantages by their standard deviation")


class SB3ClippedSettings(SB3ActorCriticSettings):
    """The settings that PPO has in all its forms."""

    momentum: float = Field(default=0.0, ge=0, lt=1, description="Adam's first beta; memory feeds cycles, so none")
    epochs: int = Field(default=2, ge=1, description="passes over each batch (n_epochs)")
    minibatch: int = Field(default=500, ge=2, description="decisions in a gradient step (batch_size)")
    clip: float = Field(default=0.2, gt=0, description="how far the probability ratio may move (clip_range)")


ActorCritic = TypeVar("ActorCritic", bound=SB3ActorCriticSettings)
Clipped = TypeVar("Clipped", bound=SB3ClippedSettings)


class ActorCriticSeat(SeatModel[ActorCritic]):
    """A seat that learns by policy gradients, with a bonus for entropy."""

    @property
    def learning_rate(self) -> Schedule:
        """See :class:`SeatModel`."""
        return self.settings.learning_rate

    def options(self) -> Options:
        """See :class:`SeatModel`."""
        settings = self.settings
        return super().options() | {
            "n_steps": settings.batch // self.environment.num_envs,
            "gae_lambda": settings.gae,
            "normalize_advantage": settings.normalise_advantages,
        }

    def follow_schedules(self, progress: float) -> None:
        """See :class:`SeatModel`."""
        super().follow_schedules(progress)
        self.model.ent_coef = self.settings.entropy.at(progress)


class ClippedSeat(ActorCriticSeat[Clipped]):
    """A seat that learns by PPO, in any of its forms."""

    def options(self) -> Options:
        """See :class:`SeatModel`."""
        settings = self.settings
        ours = {"n_epochs": settings.epochs, "batch_size": settings.minibatch, "clip_range": settings.clip}
        return super().options() | ours

    def network_options(self) -> Options:
        """See :class:`SeatModel`."""
        adam = {"betas": (self.settings.momentum, 0.999), "eps": 1e-5}
        return super().network_options() | {"optimizer_kwargs": adam}
