"""What the settings of all learners share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# See olivebranch.agents.average, which alone reads it.
AverageFrom = Annotated[float, Field(ge=0, lt=1, description="progress at which the time average begins")]


class Settings(BaseModel):
    """Frozen; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def updates(self) -> int:
        """How many updates training makes."""
        raise NotImplementedError

    def episodes_after(self, updates: int) -> int:
        """How many episodes have been played after so many updates; of Stable-Baselines3, decisions of each seat."""
        raise NotImplementedError


class SampledSettings(Settings):
    """Of learners that play episodes, ``batch`` of them between two updates."""

    episodes: int = Field(default=2_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=500, ge=1, description="episodes between two updates")

    def updates(self) -> int:
        """How many updates the episodes make, the last one included in full."""
        return -(-self.episodes // self.batch)

    def episodes_after(self, updates: int) -> int:
        """See :class:`Settings`."""
        return updates * self.batch


class ExactSettings(Settings):
    """Of learners that read the whole tree in each step and play no episodes."""

    steps: int = Field(default=2000, ge=1, description="steps, each over the whole history tree")

    def updates(self) -> int:
        """One a step."""
        return self.steps

    def episodes_after(self, updates: int) -> int:
        """None are ever played."""
        return 0
