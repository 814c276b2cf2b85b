"""The hyperparameters of every learner, by kind. Each is defined once, in a module for its family."""

from typing import Annotated

from pydantic import Field

from olivebranch.agents.settings_base import ExactSettings, SampledSettings, Settings
from olivebranch.agents.settings_deep import MAPPOSettings, PPOMMDSettings, PPOSettings, RNaDSettings
from olivebranch.agents.settings_sb3 import (
    SB3A2CSettings,
    SB3ActorCriticSettings,
    SB3DQNSettings,
    SB3MaskablePPOSettings,
    SB3PPOSettings,
    SB3Settings,
)
from olivebranch.agents.settings_tabular import QLearningSettings

__all__ = [
    "ExactSettings",
    "LearnerSettings",
    "MAPPOSettings",
    "PPOMMDSettings",
    "PPOSettings",
    "QLearningSettings",
    "RNaDSettings",
    "SB3A2CSettings",
    "SB3ActorCriticSettings",
    "SB3DQNSettings",
    "SB3MaskablePPOSettings",
    "SB3PPOSettings",
    "SB3Settings",
    "SampledSettings",
    "Settings",
]

LearnerSettings = Annotated[
    QLearningSettings
    | PPOSettings
    | MAPPOSettings
    | PPOMMDSettings
    | RNaDSettings
    | SB3PPOSettings
    | SB3MaskablePPOSettings
    | SB3A2CSettings
    | SB3DQNSettings,
    Field(discriminator="kind"),
]
