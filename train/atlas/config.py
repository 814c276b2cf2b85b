"""What one map of learning is: the schema of the YAML files in configs/atlas/."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from olivebranch.agents.registry import LearnerSettings
from olivebranch.agents.settings import Settings
from olivebranch.agents.stacked.registry import MODULES
from olivebranch.agents.validation import NAME
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.registry import find_game, load_preset
from olivebranch.games.talks import RANGES, TalksColumns, TalksParameters, describe_range, each_game
from olivebranch.theory.talks.regions import MOST_RESOLUTION, OFF_CENTRE, default_range, games_over, is_valid

MOST_RUNS = 100_000_000  # of 64 bytes in results
RUNS_PER_CHUNK = 512  # stacked at once; more would fall out of the processor's cache


def of_a_stackable_kind(values: object) -> object:
    """Refuse any other learner before it is looked for, so that the error names none that a map could not have."""
    kind = values.kind if isinstance(values, Settings) else values.get("kind") if isinstance(values, Mapping) else None
    if isinstance(kind, str) and kind not in MODULES:
        raise ParameterError("kind", kind, one_of(MODULES, kind))
    return values


def stackable(learner: Settings) -> Settings:
    """Refuse settings that the stacked form does not know."""
    if learner.kind == "ppo":
        from olivebranch.agents.deep.ppo import PPOSettings  # brings torch

        assert isinstance(learner, PPOSettings)
        if learner.minibatches != 1:
            raise ParameterError("minibatches", learner.minibatches, "1, as stacked networks know no other")
    return learner


class AxisConfig(BaseModel):
    """A parameter and the range that it is varied over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parameter: str
    range: tuple[float, float] | None = Field(default=None, description="by default all that makes sense")

    @model_validator(mode="after")
    def _known(self) -> "AxisConfig":
        if self.parameter not in RANGES:
            raise ParameterError("parameter", self.parameter, one_of(RANGES, self.parameter))
        low, _, high, _, _ = RANGES[self.parameter]
        if self.range is not None and not low <= self.range[0] < self.range[1] <= high:
            raise ParameterError("range", self.range, f"two increasing numbers, each {describe_range(self.parameter)}")
        return self


class AtlasConfig(BaseModel):
    """A map: a talks game, one or two parameters to vary, and a learner that is trained in every cell and seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME, description="of the folder")
    preset: str | None = Field(default=None, description="the parameters held fixed: a preset of the talks game")
    game: str | None = Field(default=None, description="instead of a preset: a game spec of a talks game")
    parameters: dict[str, Any] | None = Field(default=None, description="what differs from the game")
    x: AxisConfig
    y: AxisConfig | None = Field(default=None, description="left out for a line instead of a map")
    resolution: int = Field(ge=2, le=MOST_RESOLUTION, description="cells along each axis")
    seeds: int = Field(ge=1, description="runs in each cell")
    seed: int = Field(default=0, ge=0, description="of everything random")
    learner: Annotated[LearnerSettings, BeforeValidator(of_a_stackable_kind), AfterValidator(stackable)]
    play: Literal["last", "average"] = Field(default="last", description="which behaviour the pictures judge")
    chunk: int | None = Field(default=None, ge=1, description="cells trained and stored at once")

    @model_validator(mode="after")
    def _consistent(self) -> "AtlasConfig":
        if (self.preset is None) == (self.game is None):
            raise ParameterError("game", self.game, "either a game spec, or a preset under the key preset")
        if self.preset is not None and self.parameters is not None:
            raise ParameterError("parameters", self.parameters, "none beside preset; write game in its place")
        self.base()
        cells = self.resolution ** (1 if self.y is None else 2)
        if cells * self.seeds > MOST_RUNS:
            size = f"{cells:,} cells and {self.seeds:,} seeds would take {cells * self.seeds * 64 / 2**30:,.1f} GiB"
            raise ParameterError("seeds", self.seeds, f"at most {MOST_RUNS:,} runs in all, and {size}")
        if self.y is not None and self.y.parameter == self.x.parameter:
            raise ParameterError("y.parameter", self.y.parameter, "a parameter other than that of x")
        return self

    @property
    def label(self) -> str:
        """A short name of the game."""
        return self.preset or find_game(self.game or "talks", self.parameters).label

    def base(self) -> TalksParameters:
        """The parameters held fixed."""
        if self.preset is not None:
            return load_preset(self.preset, "talks").parameters_as(TalksParameters)
        return find_game(self.game or "talks", self.parameters).parameters_as(TalksParameters)

    @property
    def cells_per_chunk(self) -> int:
        """How many cells are trained and stored at once."""
        return self.chunk or max(1, RUNS_PER_CHUNK // self.seeds)

    def as_yaml(self) -> str:
        """The resolved config as YAML, every default written out.

        A game that is no preset is written with all its parameters, so that a map does not depend on a file elsewhere.
        """
        values = self.model_dump(mode="json", exclude_none=True)
        if self.game is not None:
            values |= {"game": "talks", "parameters": dict(self.base().as_dict())}
        return yaml.safe_dump(values, sort_keys=False)

    def ends(self, axis: AxisConfig) -> tuple[float, float]:
        """The ends of an axis."""
        return axis.range or default_range(axis.parameter, self.base())

    def values(self, axis: AxisConfig) -> FloatArray:
        """Where the cells of an axis lie, ``[resolution]``: at the same places as in the analytic map of regions."""
        low, high = self.ends(axis)
        result: FloatArray = low + (high - low) * (np.arange(self.resolution) + 0.5 + OFF_CENTRE) / self.resolution
        return result

    def games(self) -> TalksColumns[FloatArray]:
        """The games of all cells, ``[n_y, n_x]`` with ``n_y = 1`` for a line."""
        y = self.y or self.x
        across = self.values(self.x)[None, :]
        return games_over(self.base(), self.x.parameter, y.parameter, across, self._up(across))

    def _up(self, across: FloatArray) -> FloatArray:
        return across if self.y is None else self.values(self.y)[:, None]

    def valid(self) -> BoolArray:
        """Where the parameters are allowed, ``[n_y, n_x]``."""
        return is_valid(self.games())

    def cells(self) -> tuple[TalksParameters, ...]:
        """The games of the valid cells, row by row from the bottom."""
        return tuple(each_game(self.valid_games()))

    def valid_games(self) -> TalksColumns[FloatArray]:
        """The same as columns, ``[cells]`` each."""
        valid = self.valid()
        return TalksColumns(*(column[valid] for column in self.games()))
