"""The hyperparameters of all learners: their names, ranges, defaults and meanings, once."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from olivebranch.agents.schedule import Scheduled, constant, geometric


class Settings(BaseModel):
    """Frozen; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def updates(self) -> int:
        """How many updates the episodes make, the last one included in full."""
        return -(-self.episodes // self.batch)

    episodes: int = Field(default=2_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=500, ge=1, description="episodes between two updates")


class QLearningSettings(Settings):
    """See :class:`olivebranch.agents.q_learning.QLearning`."""

    kind: Literal["q-learning"] = "q-learning"
    exploration: Literal["boltzmann", "epsilon-greedy"] = Field(
        default="boltzmann", description="how action values become behaviour"
    )
    temperature: Scheduled = Field(
        default=geometric(0.5, 0.005, until=0.6), description="of Boltzmann exploration, in units of payoff"
    )
    epsilon: Scheduled = Field(default=constant(0.0), description="probability of a uniformly drawn action")
    learning_rate: Scheduled = Field(
        default=geometric(0.1, 0.0003, until=0.8), description="step towards the batch mean of targets"
    )
    discount: float = Field(default=1.0, gt=0, le=1, description="per own decision")
    initial_value: float = Field(default=0.0, description="of every action, before anything is learned")
    average_from: float = Field(default=0.8, ge=0, lt=1, description="progress at which the time average begins")


LearnerSettings = QLearningSettings
