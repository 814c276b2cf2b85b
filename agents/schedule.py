"""Hyperparameters that change while training runs."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from olivebranch.games.base import FloatArray


class Schedule(BaseModel):
    """A number as a function of progress. In a config a plain number stands for a constant.

    It goes from ``start`` to ``end`` while progress goes from 0 to ``until``, and stays at ``end`` from there on:
    along a straight line, or (``geometric``) by equal factors in equal times, as annealed temperatures usually do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    shape: Literal["linear", "geometric"] = "linear"
    until: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _positive_if_geometric(self) -> "Schedule":
        if self.shape == "geometric" and not (self.start > 0 and self.end > 0):
            raise ValueError("start and end above zero for a geometric schedule")
        return self

    def at(self, progress: float) -> float:
        """The value at ``progress`` in [0, 1], the share of training that is done."""
        share = min(progress / self.until, 1.0)
        if self.shape == "geometric":
            return float(self.start * (self.end / self.start) ** share)
        return float(self.start + (self.end - self.start) * share)

    def along(self, progress: FloatArray) -> FloatArray:
        """The same at many points, up to rounding."""
        share = np.minimum(progress / self.until, 1.0)
        if self.shape == "geometric":
            result: FloatArray = self.start * (self.end / self.start) ** share
            return result
        return self.start + (self.end - self.start) * share


def _from_number(value: Any) -> Any:
    """A number, or text that reads as one (YAML takes 1e-3 for text), becomes a constant schedule."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ValueError("a number, or a mapping with start and end") from None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"start": value, "end": value}
    return value


Scheduled = Annotated[Schedule, BeforeValidator(_from_number)]


def geometric(start: float, end: float, until: float = 1.0) -> Schedule:
    """A geometric schedule, for defaults."""
    return Schedule(start=start, end=end, shape="geometric", until=until)


def constant(value: float) -> Schedule:
    """A schedule that does not change, for defaults."""
    return Schedule(start=value, end=value)
