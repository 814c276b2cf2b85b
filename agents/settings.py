"""The hyperparameters of every learner, by kind. Each is defined once, in a module for its family."""

from typing import Annotated

from pydantic import Field

from olivebranch.agents.deep.settings import MAPPOSettings, NFSPSettings, PPOMMDSettings, PPOSettings, RNaDSettings
from olivebranch.agents.sb3.settings import (
    SB3A2CSettings,
    SB3ActorCriticSettings,
    SB3DQNSettings,
    SB3MaskablePPOSettings,
    SB3PPOSettings,
    SB3RecurrentPPOSettings,
    SB3Settings,
)
from olivebranch.agents.settings_base import ExactSettings, SampledSettings, Settings
from olivebranch.agents.tabular.settings import (
    CFRPlusSettings,
    CFRSettings,
    Exp3Settings,
    FictitiousPlaySettings,
    HedgeSettings,
    MagneticMirrorDescentSettings,
    PSROSettings,
    QLearningSettings,
    ReplicatorSettings,
    RothErevSettings,
)

__all__ = [
    "CFRPlusSettings",
    "CFRSettings",
    "ExactSettings",
    "Exp3Settings",
    "FictitiousPlaySettings",
    "HedgeSettings",
    "LearnerSettings",
    "MAPPOSettings",
    "MagneticMirrorDescentSettings",
    "NFSPSettings",
    "PPOMMDSettings",
    "PPOSettings",
    "PSROSettings",
    "QLearningSettings",
    "RNaDSettings",
    "ReplicatorSettings",
    "RothErevSettings",
    "SB3A2CSettings",
    "SB3ActorCriticSettings",
    "SB3DQNSettings",
    "SB3MaskablePPOSettings",
    "SB3PPOSettings",
    "SB3RecurrentPPOSettings",
    "SB3Settings",
    "SampledSettings",
    "Settings",
]

LearnerSettings = Annotated[
    QLearningSettings
    | CFRPlusSettings
    | CFRSettings
    | Exp3Settings
    | FictitiousPlaySettings
    | PSROSettings
    | HedgeSettings
    | MagneticMirrorDescentSettings
    | ReplicatorSettings
    | RothErevSettings
    | PPOSettings
    | MAPPOSettings
    | PPOMMDSettings
    | RNaDSettings
    | NFSPSettings
    | SB3PPOSettings
    | SB3MaskablePPOSettings
    | SB3RecurrentPPOSettings
    | SB3A2CSettings
    | SB3DQNSettings,
    Field(discriminator="kind"),
]
