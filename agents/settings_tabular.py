"""Hyperparameters of the learners that keep tables: names, ranges, defaults and meanings."""

from typing import Literal

from pydantic import Field

from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings_base import SampledSettings


class QLearningSettings(SampledSettings):
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
