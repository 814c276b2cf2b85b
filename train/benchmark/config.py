"""What one benchmark is: the schema of the YAML files in configs/benchmark/."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from olivebranch.agents.registry import LearnerSettings
from olivebranch.agents.validation import LABEL, NAME
from olivebranch.core.errors import ParameterError
from olivebranch.theory.certified.sets import GameSet, read_set
from olivebranch.train.benchmark.tracks import SECONDS, UNITS, Budget, require_track
from olivebranch.train.config import MOST_EVALUATIONS, GameConfig, Seeds, validated

Label = Annotated[str, Field(pattern=LABEL)]
Amount = Annotated[float, Field(gt=0)]


class BenchmarkGame(BaseModel):
    """Some games of a benchmark: all of a set of certified games, or one game spec."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    set: str | None = Field(default=None, description="a file of certified games, relative to the working directory")
    spec: str | None = Field(default=None, description="a game spec; paths are relative to the working directory")
    parameters: dict[str, Any] | None = Field(default=None, description="what differs from the spec")
    name: Annotated[str, Field(pattern=NAME)] | None = Field(default=None, description="by default from the spec")

    @model_validator(mode="before")
    @classmethod
    def _spec_alone(cls, value: Any) -> Any:
        return {"spec": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> "BenchmarkGame":
        if (self.set is None) == (self.spec is None) or (self.set and (self.parameters or self.name)):
            raise ValueError("either a set alone, or a game spec with parameters and name where wanted")
        return self


Games = Annotated[tuple[BenchmarkGame, ...], Field(min_length=1)]


class TuningConfig(BaseModel):
    """How learners are tuned: on which games, with which trials and for which budget."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    games: Games = Field(description="as those of the benchmark, and none of them")
    trials: str = Field(description="the folder of the committed trials, one file KIND.yaml for each kind of learner")
    most_trials: int = Field(default=40, ge=1, description="how many of them to run, the same for each learner")
    budget: dict[Literal["decisions", "steps"], Amount] = Field(min_length=1, max_length=1, description="of a trial")
    seeds: Seeds = Field(description="of each trial; settings are chosen by the first half and scored by the others")


class BenchmarkConfig(BaseModel):
    """Learners x games x budgets x seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME, description="of the folder")
    track: Literal["tree", "tabular", "deep"] = Field(description="of all its learners: no table mixes tracks")
    learners: dict[Label, LearnerSettings] = Field(min_length=1, description="label: learner settings")
    games: Games = Field(description="sets of certified games and game specs")
    budgets: dict[Literal["decisions", "steps", "seconds"], tuple[Amount, ...]] = Field(
        min_length=1, description="unit: how many; each amount is a run of its own"
    )
    seeds: Seeds = Field(description="a list, or how many: 3 means 0, 1, 2")
    evaluations: int = Field(
        default=20, ge=1, le=MOST_EVALUATIONS, description="how often to measure, spread evenly over training"
    )
    costs: str | None = Field(default=None, description="a file of measured costs, for budgets of seconds")
    settings: str | None = Field(default=None, description="a file of settings that tuning has chosen")
    tuning: TuningConfig | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "BenchmarkConfig":
        for label, settings in self.learners.items():
            require_track(self.track, label, settings)
        if SECONDS in self.budgets and self.costs is None:
            raise ParameterError("costs", None, "a file of measured costs, where a budget is in seconds")
        if not set(self.budgets) <= set(UNITS):  # pragma: no cover - the schema says so already
            raise ParameterError("budgets", list(self.budgets), "units of budgets")
        _ = self.games_by_label
        if self.tuning is not None:
            require_untouched(self.tuning, self.games)
        return self

    @cached_property
    def games_by_label(self) -> Mapping[str, GameConfig]:
        """The games by label. Raises :class:`ParameterError`."""
        return labelled(self.games)

    @property
    def each_budget(self) -> Iterator[Budget]:
        """The budgets, unit by unit."""
        return (Budget(unit, amount) for unit, amounts in self.budgets.items() for amount in amounts)

    def as_yaml(self) -> str:
        """The resolved config as YAML, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False)


def sets_of(games: Games) -> tuple[GameSet, ...]:
    """The sets of certified games among the games of a config."""
    return tuple(read_set(Path(entry.set), "games.set") for entry in games if entry.set is not None)


def labelled(games: Games) -> Mapping[str, GameConfig]:
    """Games by the name that folders and tables call them, distinct and safe in a path.

    Raises:
        ParameterError: a game cannot be found, or two bear one name.
    """
    found: dict[str, GameConfig] = {}
    given = {entry.name for entry in games if entry.name is not None}
    for entry in games:
        if entry.set is not None:
            for game in read_set(Path(entry.set), "games.set").games:
                _add(found, game.name, {"spec": game.game.kind, "parameters": dict(game.game.parameters.as_dict())})
            continue
        values = entry.model_dump(exclude={"name", "set"}, exclude_none=True)
        label = entry.name or validated(GameConfig, values).label
        if entry.name is None:  # with a number behind it where another game bears it
            numbers = (label if number == 1 else f"{label}-{number}" for number in count(1))
            label = next(name for name in numbers if name not in found and name not in given)
        _add(found, label, values)
    return found


def _add(found: dict[str, GameConfig], label: str, values: dict[str, Any]) -> None:
    if label in found:
        raise ParameterError("games", label, "distinct names; another game bears this one")
    found[label] = validated(GameConfig, values)


def require_untouched(tuning: TuningConfig, games: Games) -> None:
    """Refuse to tune on what is tested. Raises :class:`ParameterError`, which names the game."""
    from olivebranch.theory.certified.sets import identity

    tested = {identity(game.named()): label for label, game in labelled(games).items()}
    for chosen in sets_of(tuning.games):
        if chosen.split != "development":
            raise ParameterError("tuning.games", chosen.split, "a development set: no learner is tuned on test games")
    for label, game in labelled(tuning.games).items():
        if (same := tested.get(identity(game.named()))) is not None:
            raise ParameterError("tuning.games", label, f"games that are not tested on, and this one is {same!r} there")
