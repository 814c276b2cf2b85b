"""The hyperparameters of all learners: their names, ranges, defaults and meanings, once."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from olivebranch.agents.schedule import Scheduled, constant, geometric


class Settings(BaseModel):
    """Frozen; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    episodes: int = Field(default=2_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=500, ge=1, description="episodes between two updates")

    def updates(self) -> int:
        """How many updates the episodes make, the last one included in full."""
        return -(-self.episodes // self.batch)


class QLearningSettings(Settings):
    """See :class:`olivebranch.agents.q_learning.QLearning`."""

    kind: Literal["q-learning"] = "q-learning"
    exploration: Literal["boltzmann", "epsilon-greedy"] = Field(
        default="boltzmann", description="how action values become behaviour"
    )
    temperature: Scheduled = Field(
        default=geometric(0.5, 0.005, until=0.6), description="of Boltzmann exploration, in units of payoff"
    )
    epsilon: Scheduled = Field(  # without it, the value of an action given up early is never put right
        default=geometric(0.1, 0.002, until=0.8), description="probability of a uniformly drawn action"
    )
    learning_rate: Scheduled = Field(
        default=geometric(0.1, 0.0003, until=0.8), description="step towards the batch mean of targets"
    )
    discount: float = Field(default=1.0, gt=0, le=1, description="per own decision")
    initial_value: float = Field(default=0.0, description="of every action, before anything is learned")
    average_from: float = Field(default=0.8, ge=0, lt=1, description="progress at which the time average begins")


class PPOSettings(Settings):
    """See :class:`olivebranch.agents.ppo.IndependentPPO`."""

    kind: Literal["ppo"] = "ppo"
    episodes: int = Field(default=1_200_000, ge=1, description="episodes of training")
    batch: int = Field(default=2000, ge=1, description="episodes between two updates")
    hidden: tuple[int, ...] = Field(default=(32, 32), description="widths of the hidden layers")
    learning_rate: Scheduled = Field(default=geometric(0.02, 0.0002), description="Adam's step")
    momentum: float = Field(default=0.0, ge=0, lt=1, description="Adam's first beta; memory feeds cycles, so none")
    epochs: int = Field(default=2, ge=1, description="passes over each batch")
    minibatches: int = Field(default=1, ge=1, description="parts that a batch is split into, in each pass")
    clip: float = Field(default=0.2, gt=0, description="how far the probability ratio may move within an update")
    discount: float = Field(default=1.0, gt=0, le=1, description="per own decision")
    gae: float = Field(default=0.95, ge=0, le=1, description="lambda of generalised advantage estimation")
    value_coefficient: float = Field(default=0.5, ge=0, description="weight of the value loss")
    normalise_advantages: bool = Field(default=False, description="divide advantages by their standard deviation")
    max_gradient_norm: float = Field(default=0.5, gt=0, description="of actor and critic together")
    entropy: Scheduled = Field(
        default=geometric(0.5, 0.005, until=0.8), description="weight of the entropy bonus, in units of payoff"
    )
    magnet: Scheduled = Field(default=constant(0.0), description="weight of the pull towards the slow copy")
    magnet_rate: float = Field(default=0.05, gt=0, le=1, description="share of the way the slow copy moves per update")
    average_from: float = Field(default=0.8, ge=0, lt=1, description="progress at which the time average begins")
    snapshots: int = Field(default=20, ge=1, description="copies that the time average is made of")


class SB3Settings(Settings):
    """What all learners of Stable-Baselines3 share; see :class:`olivebranch.agents.sb3.SelfPlay`.

    Episodes and batches are counted in decisions of each seat, which in the talks game is the same.
    """

    episodes: int = Field(default=300_000, ge=1, description="decisions of each seat in training")
    batch: int = Field(default=500, ge=1, description="decisions of a seat before the next seat learns")
    environments: int = Field(default=500, ge=1, description="plays side by side; divides the batch")
    hidden: tuple[int, ...] = Field(default=(32, 32), description="widths of the hidden layers")
    discount: float = Field(default=1.0, gt=0, le=1, description="per own decision")
    pool: int = Field(default=3, ge=1, description="how many of the others' last snapshots a seat plays against")
    average_from: float = Field(default=0.8, ge=0, lt=1, description="progress at which the time average begins")
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


LearnerSettings = Annotated[
    QLearningSettings | PPOSettings | SB3PPOSettings | SB3MaskablePPOSettings | SB3A2CSettings | SB3DQNSettings,
    Field(discriminator="kind"),
]
