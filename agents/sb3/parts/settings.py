"""The hyperparameters that learners of Stable-Baselines3 share: names, ranges, defaults and meanings."""

from typing import Self

from pydantic import Field, model_validator

from olivebranch.agents.settings import AverageFrom, SampledSettings, Widths


class SB3Settings(SampledSettings):
    """What all learners of Stable-Baselines3 share; see :class:`olivebranch.agents.sb3.parts.self_play.SelfPlay`.

    Episodes and batches are counted in decisions of each seat, which in the talks game is the same. Where a seat
    chooses more than once in a play, fewer plays than ``environments`` run side by side, so that a batch holds whole
    plays (:func:`olivebranch.agents.sb3.parts.seat.plays_side_by_side`).
    """

    kind: str
    episodes: int = Field(default=300_000, ge=1, description="decisions of each seat in training")
    batch: int = Field(default=500, ge=1, description="decisions of a seat before the next seat learns")
    environments: int = Field(default=500, ge=1, description="plays side by side, at most; divides the batch")
    hidden: Widths = Field(default=(32, 32), description="widths of the hidden layers")
    discount: float = Field(default=1.0, gt=0, le=1, description="per own decision")
    pool: int = Field(default=3, ge=1, description="how many of the others' last snapshots a seat plays against")
    average_from: AverageFrom = 0.8
    snapshots: int = Field(default=20, ge=1, description="copies that the time average is made of")

    @model_validator(mode="after")
    def _environments_divide_batch(self) -> Self:
        if self.batch % self.environments:
            raise ValueError(f"a batch that is a multiple of environments = {self.environments}, not {self.batch}")
        return self
