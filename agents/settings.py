"""What the settings of all learners share. Each learner's own settings are in its own file."""

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# See olivebranch.agents.average, which alone reads it.
AverageFrom = Annotated[float, Field(ge=0, lt=1, description="progress at which the time average begins")]

MOST_WEIGHTS = 2**27  # between the hidden layers of a network: half a gibibyte in single precision


def _of_a_size(widths: tuple[int, ...]) -> tuple[int, ...]:
    weights = sum(before * after for before, after in pairwise((1, *widths, 1)))
    if weights > MOST_WEIGHTS:
        size = f"{weights:,} weights or {4 * weights / 2**30:,.1f} GiB"
        raise ValueError(f"widths with at most {MOST_WEIGHTS:,} weights between them; these have {size}")
    return widths


Widths = Annotated[tuple[int, ...], AfterValidator(_of_a_size)]  # of a network's hidden layers


class Settings(BaseModel):
    """The hyperparameters of a learner: a frozen pydantic model to which unknown keys are errors.

    A subclass declares one field a hyperparameter, with its range, default and meaning, and is named by its learner's
    ``settings_class``. Every field needs a default, so that a config with the learner's kind alone is complete.

    Attributes:
        kind: the name by which the config asked for the learner. It need not be declared: where a subclass does not,
            :mod:`olivebranch.agents.registry` adds it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    if TYPE_CHECKING:
        # This is no field of the base class, because fields of a base class come first in every config that is
        # written, and each of our own learners has its place for it there.
        kind: str = ""

    def updates(self) -> int:
        """How many updates training makes."""
        raise NotImplementedError

    def episodes_after(self, updates: int) -> int:
        """How many episodes have been played after so many updates, for the horizontal axis of learning curves."""
        raise NotImplementedError


class SampledSettings(Settings):
    """The settings of learners that play episodes, ``batch`` of them between two updates."""

    episodes: int = Field(default=2_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=500, ge=1, description="episodes between two updates")

    def updates(self) -> int:
        """How many updates the episodes make, the last one included in full."""
        return -(-self.episodes // self.batch)

    def episodes_after(self, updates: int) -> int:
        """See :class:`Settings`."""
        return updates * self.batch


class ExactSettings(Settings):
    """The settings of learners that read the whole tree in each step and play no episodes."""

    steps: int = Field(default=2000, ge=1, description="steps, each over the whole history tree")
    start: Literal["uniform", "random"] = Field(default="uniform", description="play before the first step")

    def updates(self) -> int:
        """Training makes one update a step."""
        return self.steps

    def episodes_after(self, updates: int) -> int:
        """No episodes are ever played."""
        return 0
