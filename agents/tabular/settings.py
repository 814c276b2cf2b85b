"""Hyperparameters of the learners that keep tables: names, ranges, defaults and meanings."""

from typing import Literal

from pydantic import Field

from olivebranch.agents.schedule import Scheduled, constant, geometric
from olivebranch.agents.settings_base import AverageFrom, ExactSettings, SampledSettings


class QLearningSettings(SampledSettings):
    """See :class:`olivebranch.agents.tabular.q_learning.QLearning`."""

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
    average_from: AverageFrom = 0.8


class CFRSettings(ExactSettings):
    """See :class:`olivebranch.agents.tree.cfr.CFR`."""

    kind: Literal["cfr"] = "cfr"


class CFRPlusSettings(ExactSettings):
    """See :class:`olivebranch.agents.tree.cfr.CFR`."""

    kind: Literal["cfr+"] = "cfr+"


class FictitiousPlaySettings(ExactSettings):
    """See :class:`olivebranch.agents.tree.fictitious_play.FictitiousPlay`."""

    kind: Literal["fictitious-play"] = "fictitious-play"


class PSROSettings(ExactSettings):
    """See :class:`olivebranch.agents.tree.psro.PSRO`."""

    kind: Literal["psro"] = "psro"
    steps: int = Field(default=60, ge=1, description="responses of each seat")
    meta_solver: Literal["nash", "uniform", "projected-replicator-dynamics"] | None = Field(
        default=None, description="by default nash if two players' payoffs are constant-sum, else the replicator's"
    )
    oracle: Literal["exact", "ppo"] = Field(default="exact", description="how responses are found")
    oracle_decisions: int = Field(
        default=16_000, ge=500, multiple_of=500, description="decisions a ppo response learns from"
    )
    oracle_hidden: tuple[int, ...] = Field(default=(64, 64), description="widths of a ppo response's hidden layers")

    def episodes_after(self, updates: int) -> int:
        """Decisions of each seat in the training of its responses; none are played for exact ones."""
        return updates * self.oracle_decisions if self.oracle == "ppo" else 0


class MagneticMirrorDescentSettings(ExactSettings):
    """See :class:`olivebranch.agents.tree.mirror_descent.MagneticMirrorDescent`."""

    kind: Literal["magnetic-mirror-descent"] = "magnetic-mirror-descent"
    step_size: Scheduled = Field(default=constant(0.1), description="in units of one over payoffs")
    temperature: Scheduled = Field(default=geometric(0.5, 0.005), description="pull of the magnet, in units of payoff")
    magnet_rate: float = Field(default=0.0, ge=0, le=1, description="how fast the magnet follows play; 0: uniform")
    average_from: AverageFrom = 0.5


class HedgeSettings(ExactSettings):
    """See :class:`olivebranch.agents.tree.hedge.Hedge`."""

    kind: Literal["hedge"] = "hedge"
    step_size: Scheduled = Field(default=geometric(1.0, 0.1), description="in units of one over payoffs")


class ReplicatorSettings(ExactSettings):
    """See :class:`olivebranch.agents.tree.replicator.Replicator`."""

    kind: Literal["replicator"] = "replicator"
    step_size: Scheduled = Field(default=constant(0.05), description="in units of one over payoffs")


class Exp3Settings(SampledSettings):
    """See :class:`olivebranch.agents.tabular.exp3.Exp3`."""

    kind: Literal["exp3"] = "exp3"
    exploration: Scheduled = Field(default=geometric(0.2, 0.01), description="probability of a uniformly drawn action")
    learning_rate: Scheduled = Field(default=geometric(0.003, 0.0003), description="a play; payoffs scaled to [0, 1]")
    average_from: AverageFrom = 0.5


class RothErevSettings(SampledSettings):
    """See :class:`olivebranch.agents.tabular.roth_erev.RothErev`."""

    kind: Literal["roth-erev"] = "roth-erev"
    initial_propensity: float = Field(default=10.0, gt=0, description="of every action, payoffs scaled to [0, 1]")
    forgetting: Scheduled = Field(default=constant(0.0001), description="share of propensities lost at each decision")
    experimentation: Scheduled = Field(
        default=geometric(0.1, 0.005), description="share of what is reinforced that goes to all actions alike"
    )
    average_from: AverageFrom = 0.5
