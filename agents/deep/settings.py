"""Hyperparameters of our learners with networks: names, ranges, defaults and meanings."""

from typing import Literal

from pydantic import Field

from olivebranch.agents.schedule import Schedule, Scheduled, constant, geometric
from olivebranch.agents.settings_base import AverageFrom, SampledSettings


class ActorCriticSettings(SampledSettings):
    """What the actor-critic learners share, see :class:`olivebranch.agents.deep.actor_critic.ActorCritic`."""

    episodes: int = Field(default=1_200_000, ge=1, description="episodes of training")
    batch: int = Field(default=2000, ge=1, description="episodes between two updates")
    hidden: tuple[int, ...] = Field(default=(32, 32), description="widths of the hidden layers")
    learning_rate: Scheduled = Field(default=geometric(0.02, 0.0002), description="Adam's step")
    momentum: float = Field(default=0.0, ge=0, lt=1, description="Adam's first beta; memory feeds cycles, so none")
    epochs: int = Field(default=2, ge=1, description="passes over each batch")
    minibatches: int = Field(default=1, ge=1, description="parts that a batch is split into, in each pass")
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
    average_from: AverageFrom = 0.8
    snapshots: int = Field(default=20, ge=1, description="copies that the time average is made of")


class ClippedSettings(ActorCriticSettings):
    """Of PPO with either kind of critic."""

    clip: float = Field(default=0.2, gt=0, description="how far the probability ratio may move within an update")


class PPOSettings(ClippedSettings):
    """See :class:`olivebranch.agents.deep.ppo.IndependentPPO`."""

    kind: Literal["ppo"] = "ppo"


class MAPPOSettings(ClippedSettings):
    """See :class:`olivebranch.agents.deep.mappo.MAPPO`."""

    kind: Literal["mappo"] = "mappo"


class PPOMMDSettings(ActorCriticSettings):
    """See :class:`olivebranch.agents.deep.ppo_mmd.PPOMMD`."""

    kind: Literal["ppo-mmd"] = "ppo-mmd"
    # Each update is a minimum to be found, not a step: many passes with momentum, on more play.
    batch: int = Field(default=4000, ge=1, description="episodes between two updates")
    learning_rate: Scheduled = Field(default=geometric(0.01, 0.001), description="Adam's step")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="Adam's first beta")
    epochs: int = Field(default=8, ge=2, description="passes over each batch; in the first the proximal term is flat")
    gae: float = Field(default=1.0, ge=0, le=1, description="lambda of generalised advantage estimation")
    entropy: Scheduled = Field(
        default=geometric(0.5, 0.02, until=0.9), description="weight alpha of the entropy bonus, in units of payoff"
    )
    proximal: Scheduled = Field(
        default=geometric(2.0, 12.0), description="weight 1/eta of the divergence from the policy that played the batch"
    )


class RNaDSettings(SampledSettings):
    """See :class:`olivebranch.agents.deep.r_nad.RNaD`."""

    kind: Literal["r-nad"] = "r-nad"
    episodes: int = Field(default=3_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=1000, ge=1, description="episodes between two updates")
    hidden: tuple[int, ...] = Field(default=(32, 32), description="widths of the hidden layers")
    learning_rate: Scheduled = Field(default=geometric(0.01, 0.0003), description="Adam's step")
    eta: float = Field(default=0.2, gt=0, description="weight of the regularisation, in units of payoff")
    replace_every: int = Field(default=100, ge=1, description="updates between two regularisation policies")
    slow_rate: float = Field(default=0.05, gt=0, le=1, description="share of the way the slow copy moves per update")
    trace: float = Field(default=0.95, ge=0, le=1, description="lambda of the returns")
    logit_threshold: float = Field(default=4.0, gt=0, description="beta: how far centred logits are pushed")
    value_coefficient: float = Field(default=0.5, ge=0, description="weight of the critic's loss")
    max_gradient_norm: float = Field(default=0.5, gt=0, description="of policy and critic together")


class NFSPSettings(SampledSettings):
    """See :class:`olivebranch.agents.deep.nfsp.NFSP`."""

    kind: Literal["nfsp"] = "nfsp"
    episodes: int = Field(default=2_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=1000, ge=1, description="episodes between two updates")
    hidden: tuple[int, ...] = Field(default=(64,), description="widths of the hidden layers")
    anticipatory: float = Field(default=0.1, gt=0, le=1, description="eta: share of plays that follow best responses")
    epsilon: Scheduled = Field(
        default=Schedule(start=0.06, end=0.0), description="share of random actions in best responses"
    )
    value_learning_rate: Scheduled = Field(default=geometric(0.01, 0.001), description="Adam's step, best responses")
    average_learning_rate: Scheduled = Field(default=geometric(0.01, 0.0003), description="Adam's step, averages")
    gradient_steps: int = Field(default=2, ge=1, description="per update, of each network")
    minibatch: int = Field(default=1024, ge=1, description="entries drawn for each gradient step")
    target_every: int = Field(default=5, ge=1, description="updates between two copies to the target networks")
    replay: int = Field(default=50_000, ge=1, description="latest decisions remembered, each seat")
    reservoir: int = Field(default=1_000_000, ge=1, description="best responses' decisions remembered, each seat")
