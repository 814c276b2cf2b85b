"""Hyperparameters of the learners of Stable-Baselines3: names, ranges, defaults and meanings."""

from typing import Literal

from pydantic import Field, model_validator

from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings_base import AverageFrom, SampledSettings


class SB3Settings(SampledSettings):
    """What all learners of Stable-Baselines3 share; see :class:`olivebranch.agents.sb3.self_play.SelfPlay`.

    Episodes and batches are counted in decisions of each seat, which in the talks game is the same. Where a seat
    chooses more than once in a play, fewer plays than ``environments`` run side by side, so that a batch holds whole
    plays (:func:`olivebranch.agents.sb3.model.plays_side_by_side`).
    """

    kind: str
    episodes: int = Field(default=300_000, ge=1, description="decisions of each seat in training")
    batch: int = Field(default=500, ge=1, description="decisions of a seat before the next seat learns")
    environments: int = Field(default=500, ge=1, description="plays side by side, at most; divides the batch")
    hidden: tuple[int, ...] = Field(default=(32, 32), description="widths of the hidden layers")
    discount: float = Field(default=1.0, gt=0, le=1, description="per own decision")
    pool: int = Field(default=3, ge=1, description="how many of the others' last snapshots a seat plays against")
    average_from: AverageFrom = 0.8
    snapshots: int = Field(default=20, ge=1, description="copies that the time average is made of")

    @model_validator(mode="after")
    def _environments_divide_batch(self) -> "SB3Settings":
        if self.batch % self.environments:
            raise ValueError(f"a batch that is a multiple of environments = {self.environments}, not {self.batch}")
        return self


class SB3ActorCriticSettings(SB3Settings):
    """What PPO, its masked version and A2C share."""

    learning_rate: Scheduled = Field(default=geometric(0.02, 0.0002), description="the optimiser's step")
    entropy: Scheduled = Field(  # lower than with masks: illegal actions, too, share in the entropy
        default=geometric(0.5, 0.003, until=0.7), description="weight of the entropy bonus (ent_coef)"
    )
    gae: float = Field(default=0.95, ge=0, le=1, description="lambda of generalised advantage estimation")
    normalise_advantages: bool = Field(default=False, description="divide advantages by their standard deviation")


class SB3PPOSettings(SB3ActorCriticSettings):
    """PPO of Stable-Baselines3."""

    kind: Literal["sb3-ppo"]
    momentum: float = Field(default=0.0, ge=0, lt=1, description="Adam's first beta; memory feeds cycles, so none")
    epochs: int = Field(default=2, ge=1, description="passes over each batch (n_epochs)")
    minibatch: int = Field(default=500, ge=2, description="decisions in a gradient step (batch_size)")
    clip: float = Field(default=0.2, gt=0, description="how far the probability ratio may move (clip_range)")


class SB3MaskablePPOSettings(SB3PPOSettings):
    """MaskablePPO of sb3-contrib."""

    kind: Literal["sb3-maskable-ppo"]  # type: ignore[assignment]
    entropy: Scheduled = Field(
        default=geometric(0.5, 0.005, until=0.8), description="weight of the entropy bonus (ent_coef)"
    )


class SB3RecurrentPPOSettings(SB3PPOSettings):
    """RecurrentPPO of sb3-contrib: an LSTM before the hidden layers remembers what observations do not show."""

    kind: Literal["sb3-recurrent-ppo"]  # type: ignore[assignment]
    lstm: int = Field(default=16, ge=1, description="width of the LSTM, one for the policy and one for the values")
    window: int = Field(default=1, ge=0, description="how many stages back an observation shows; the rest is memory")


class SB3A2CSettings(SB3ActorCriticSettings):
    """A2C of Stable-Baselines3."""

    kind: Literal["sb3-a2c"]


class SB3DQNSettings(SB3Settings):
    """DQN of Stable-Baselines3."""

    kind: Literal["sb3-dqn"]
    learning_rate: Scheduled = Field(default=geometric(0.01, 0.001), description="Adam's step")
    epsilon: Scheduled = Field(
        default=geometric(1.0, 0.01, until=0.5), description="probability of a uniformly drawn action"
    )
    memory: int = Field(default=5000, ge=1, description="decisions that the replay buffer holds")
    minibatch: int = Field(default=500, ge=1, description="decisions in a gradient step (batch_size)")
    gradient_steps: int = Field(default=4, ge=1, description="after each step of all environments")
    target_update: int = Field(default=2000, ge=1, description="decisions between two copies to the target network")
