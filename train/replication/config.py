"""What one replication of "Cheap Talking Algorithms" is: the schema of the YAML files in configs/replications/."""

from fractions import Fraction
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from olivebranch.agents.stacked.parts.settling import Falling, Settling
from olivebranch.agents.validation import NAME
from olivebranch.core.errors import ParameterError
from olivebranch.games.cheap_talk import CheapTalkParameters
from olivebranch.games.payoff_tables import exact

BLOCK = 100  # seeds trained and stored at once

Label = Annotated[str, StringConstraints(pattern=NAME)]


class FallingConfig(BaseModel):
    """A number that falls exponentially with the plays, from ``start`` on and never below ``least``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: float = Field(gt=0)
    decay: float = Field(default=0.0, ge=0, description="a play")
    least: float = Field(default=0.0, ge=0)

    def falling(self) -> Falling:
        """The same for the learners."""
        return Falling(self.start, self.decay, self.least)


class BiasesConfig(BaseModel):
    """Equally spaced biases, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: float = Field(default=0.0, ge=0, le=1)
    last: float = Field(default=0.5, ge=0, le=1)
    count: int = Field(default=101, ge=1)

    @model_validator(mode="after")
    def _rising(self) -> "BiasesConfig":
        if self.count > 1 and self.first >= self.last:
            raise ParameterError("biases.last", self.last, f"a number above the first one, {self.first}")
        return self

    def values(self) -> tuple[Fraction, ...]:
        """The biases, exactly: at a threshold of the theory a rounding would decide."""
        first, last = exact(self.first, "first"), exact(self.last, "last")
        return tuple(first + (last - first) * k / max(self.count - 1, 1) for k in range(self.count))


class CellConfig(BaseModel):
    """How the two seats learn; the defaults are the publication's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    receiver: Literal["learns", "responds"] = Field(default="learns", description="or responds best to the sender")
    step: FallingConfig = FallingConfig(start=0.1)
    temperature: FallingConfig = FallingConfig(start=0.1, decay=5e-6)
    plays: int = Field(default=10_000_000, ge=1, description="at most")
    patience: int = Field(default=25_000, ge=1, description="plays without a change that end a run")
    tolerance: float = Field(default=0.001, gt=0, description="of a change, as a share of a table's norm")
    window: int = Field(default=100_000, ge=1, description="plays over which recent play is counted")

    def settling(self) -> Settling:
        """The same for the learners."""
        return Settling(
            self.temperature.falling(),
            self.step.falling(),
            self.plays,
            self.patience,
            self.tolerance,
            self.receiver == "responds",
            self.window,
        )


class ReplicationConfig(BaseModel):
    """Cheap talk on a line, played at many biases and seeds in one or more cells of a design."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME, description="of the folder, and of the page's section")
    states: int = Field(default=6, ge=2, le=12, description="partitional equilibria double with each")
    messages: int = Field(default=6, ge=1)
    actions: int = Field(default=11, ge=2)
    loss: Literal["quadratic", "absolute", "fourth"] = "quadratic"
    biases: BiasesConfig = BiasesConfig()
    seeds: int = Field(ge=1, description="runs at each bias of each cell")
    seed: int = Field(default=0, ge=0, description="of everything random")
    cells: dict[Label, CellConfig] = Field(default={"published": CellConfig()}, min_length=1)

    @model_validator(mode="after")
    def _a_game(self) -> "ReplicationConfig":
        self.game(self.biases.values()[0])
        return self

    def game(self, bias: Fraction) -> CheapTalkParameters:
        """The game at one bias."""
        return CheapTalkParameters(
            bias=bias, states=self.states, messages=self.messages, actions=self.actions, loss=self.loss
        )

    def as_yaml(self) -> str:
        """The resolved config as YAML, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)
