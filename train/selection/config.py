"""What one designed experiment on selection is: the schema of the YAML files in configs/selection/."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zlib import crc32

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from olivebranch.agents.registry import LearnerSettings, parse_settings
from olivebranch.agents.settings import Settings
from olivebranch.agents.tabular.q_learning import QLearningSettings
from olivebranch.agents.validation import LABEL, NAME
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.theory.selection.samples import CELLS, Cell, Condition, Disagreement
from olivebranch.train.atlas.config import of_a_stackable_kind, stackable

StartKind = Literal["uniform", "random", "component"]
Exploration = Literal["boltzmann", "epsilon-greedy"]
Label = Annotated[str, Field(pattern=LABEL)]
Share = Annotated[float, Field(gt=0, le=1)]


class LearnerPlan(BaseModel):
    """A learner, and how much of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learner: Annotated[LearnerSettings, BeforeValidator(of_a_stackable_kind), AfterValidator(stackable)]
    near: dict[str, Any] | None = Field(
        default=None, description="settings that differ where play starts in a component: little exploration"
    )
    play: Literal["last", "average"] = Field(default="last", description="which behaviour is judged")
    starts: tuple[StartKind, ...] = Field(default=("uniform", "random", "component"), min_length=1)
    seeds: int | None = Field(
        default=None, ge=1, description="runs of each game and start; by default the experiment's"
    )
    games: int | None = Field(default=None, ge=1, description="of each sample only so many, the first")

    @model_validator(mode="after")
    def _near_fits(self) -> "LearnerPlan":
        self.settings("component")
        return self

    def settings(self, start: StartKind) -> Settings:
        """Of the learner where play starts so."""
        if start != "component" or not self.near:
            return self.learner
        for key in self.near:
            if key == "kind":
                raise ParameterError("near.kind", self.near[key], "settings of the same kind of learner")
        return parse_settings({**self.learner.model_dump(), **self.near})


class FreezingMap(BaseModel):
    """Step size x cooling rate x kind of exploration, in Q-learners that learn after every play.

    Exploration falls over ``plays``, and then stays at its lowest for as many again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cell: str = "pool-fight alone"
    games: int = Field(default=50, ge=1)
    seeds: int = Field(default=4, ge=1)
    explorations: tuple[Exploration, ...] = ("boltzmann", "epsilon-greedy")
    step_sizes: tuple[Share, ...] = Field(default=(0.003, 0.01, 0.03, 0.1), min_length=1)
    plays: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(10_000, 100_000, 1_000_000), min_length=1, description="over which exploration falls"
    )
    temperature: tuple[float, float] = Field(default=(0.5, 0.02), description="of Boltzmann exploration: first, last")
    epsilon: tuple[float, float] = Field(default=(0.5, 0.01), description="of epsilon-greedy exploration")

    def settings(self, exploration: Exploration, step_size: float, plays: int) -> QLearningSettings:
        """Of the learner in one place of the map."""
        falls = {
            name: {"start": ends[0], "end": ends[1], "shape": "geometric", "until": 0.5}
            for name, ends in (("temperature", self.temperature), ("epsilon", self.epsilon))
        }
        if exploration == "boltzmann":
            falls["epsilon"] = {"start": 0.0, "end": 0.0}
        return QLearningSettings.model_validate(
            {"episodes": 2 * plays, "batch": 1, "exploration": exploration, "learning_rate": step_size, **falls}
        )


class OffPath(BaseModel):
    """Off-path replies of a receiver that answers optimally, slowly, to Q-learners that start in pool-fight.

    Types have to adjust faster than the receiver: batches are so large that rare offers are met in each of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cells: tuple[str, ...] = ("soft door",)
    games: int = Field(default=100, ge=1)
    seeds: int = Field(default=4, ge=1)
    temperature: float = Field(default=0.05, gt=0)
    epsilon: float = Field(default=0.02, gt=0, le=1)
    updates: int = Field(default=6000, ge=1)
    batch: int = Field(default=10_000, ge=2)
    step_size: Share = 0.2
    rate: Share = Field(default=0.001, description="how far the reply moves at an update")

    def settings(self, exploration: Exploration) -> QLearningSettings:
        """Of the learner; the second half of training is averaged."""
        return QLearningSettings.model_validate(
            {
                "episodes": self.updates * self.batch,
                "batch": self.batch,
                "exploration": exploration,
                "temperature": self.temperature,
                "epsilon": self.epsilon if exploration == "epsilon-greedy" else 0.0,
                "learning_rate": self.step_size,
                "average_from": 0.5,
            }
        )


class SelectionConfig(BaseModel):
    """Samples of games, learners, and the two studies of off-path replies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME, description="of the folder")
    seed: int = Field(default=0, ge=0, description="of everything random")
    games: int = Field(default=100, ge=2, description="in each sample")
    full_games: int = Field(default=500, ge=2, description="the same with --full")
    draws: int = Field(default=5_000_000, ge=1, description="random games tried for a sample, at most")
    disagreements: tuple[tuple[str, str], ...] = Field(min_length=1, description="pairs of rules")
    cells: tuple[str, ...] = Field(default=tuple(CELLS), description="of the theory's page")
    seeds: int = Field(default=4, ge=1, description="runs of each game, learner and start")
    chunk: int = Field(default=100, ge=1, description="games trained and stored at once")
    tolerance: float = Field(default=0.1, gt=0, lt=0.5, description="distance at which an outcome is reached")
    learners: dict[Label, LearnerPlan] = Field(min_length=1)
    freezing: FreezingMap | None = FreezingMap()
    off_path: OffPath | None = OffPath()

    @model_validator(mode="after")
    def _consistent(self) -> "SelectionConfig":
        names = [condition.name for condition in self.conditions]
        for name in names:
            if names.count(name) > 1:
                raise ParameterError("disagreements", name, "each pair and each cell once")
        wanted = [] if self.freezing is None else [("freezing.cell", self.freezing.cell)]
        wanted += [] if self.off_path is None else [("off_path.cells", cell) for cell in self.off_path.cells]
        for key, cell in wanted:
            if cell not in self.cells:
                raise ParameterError(key, cell, one_of(self.cells, cell))
        return self

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What the samples satisfy, in order."""
        return (*(Disagreement(*pair) for pair in self.disagreements), *(Cell(cell) for cell in self.cells))

    def at_full_size(self) -> "SelectionConfig":
        """The same with samples of ``full_games`` games, under a name of its own."""
        return self.model_copy(update={"games": self.full_games, "name": f"{self.name}-full"})

    def seed_of(self, *names: object) -> int:
        """A seed for something that has a name, so that it does not move when something else is added."""
        return crc32("/".join(map(str, (self.seed, *names))).encode())

    def as_yaml(self) -> str:
        """The resolved config as YAML, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def default_path() -> Path:
    """The config that the command takes if it is asked for ``default``: it comes with the package."""
    return Path(__file__).parent / "default.yaml"
