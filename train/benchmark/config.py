"""What one benchmark is: the schema of the YAML files in configs/benchmark/."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import count
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from olivebranch.agents.registry import LearnerSettings
from olivebranch.agents.validation import LABEL, NAME
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.registry import CUSTOM, EFG, game_kinds
from olivebranch.train.config import GameConfig, Seeds, TrainConfig, apply_overrides, parse_config, validated

Label = Annotated[str, Field(pattern=LABEL)]


class BenchmarkGame(BaseModel):
    """One game of a benchmark: a game spec, and by what name its folder and the tables call it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    spec: str = Field(description="a game spec; paths are relative to the working directory")
    parameters: dict[str, Any] | None = Field(default=None, description="what differs from the spec")
    name: Annotated[str, Field(pattern=NAME)] | None = Field(default=None, description="by default from the spec")

    @model_validator(mode="before")
    @classmethod
    def _spec_alone(cls, value: Any) -> Any:
        return {"spec": value} if isinstance(value, str) else value


class BenchmarkConfig(BaseModel):
    """Algorithms x games x seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME, description="of the folder")
    algorithms: dict[Label, LearnerSettings] = Field(min_length=1, description="label: learner settings")
    presets: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="of any game; see `olivebranch presets`"
    )
    games: tuple[BenchmarkGame, ...] | None = Field(
        default=None, min_length=1, description="game specs, each alone or as a mapping of spec, parameters and name"
    )
    seeds: Seeds = Field(description="a list, or how many: 3 means 0, 1, 2")
    evaluations: int = Field(default=20, ge=1, description="how often to measure, spread evenly over training")
    overrides: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict, description="kind of game: label: settings that differ there"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "BenchmarkConfig":
        if self.presets is None and self.games is None:
            raise ParameterError("games", None, "a list of game specs; presets may be listed under presets")
        if self.presets is not None and len(set(self.presets)) != len(self.presets):
            raise ParameterError("presets", list(self.presets), "each preset once")
        labels = [game.name for game in self.games or () if game.name is not None]
        for label in (*(self.presets or ()), *labels):
            if (*(self.presets or ()), *labels).count(label) > 1:
                raise ParameterError("games", label, "distinct names; another game bears this one")
        for kind, by_label in self.overrides.items():
            if kind not in (kinds := [*game_kinds(), CUSTOM, EFG]):
                raise ParameterError("overrides", kind, one_of(kinds, kind))
            for label in by_label:
                if label not in self.algorithms:
                    raise ParameterError(f"overrides.{kind}", label, one_of(self.algorithms, label))
        for _ in self.experiments():
            pass
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """By what the folders and tables call the games, presets first: distinct, and safe in a path."""
        return tuple(self.games_by_label)

    @cached_property
    def games_by_label(self) -> Mapping[str, GameConfig]:
        """The games by label. Raises :class:`ParameterError`."""
        found = {name: validated(GameConfig, {"preset": name}) for name in self.presets or ()}
        taken = {*found, *(game.name for game in self.games or ())}
        for entry in self.games or ():
            game = validated(GameConfig, entry.model_dump(exclude={"name"}, exclude_none=True))
            label = entry.name or game.label
            if entry.name is None:  # with a number behind it where another game bears it
                label = next(name for number in count(1) if (name := _numbered(label, number)) not in taken)
                taken.add(label)
            found[label] = game
        return found

    def experiment(self, algorithm: str, label: str) -> TrainConfig:
        """All seeds of one algorithm on one game. Raises :class:`ParameterError`."""
        learner = self.algorithms[algorithm].model_dump(mode="json", exclude_none=True)
        game = self.games_by_label[label]
        for key, value in self.overrides.get(game.kind, {}).get(algorithm, {}).items():
            learner = apply_overrides(learner, [f"{key}={yaml.safe_dump(value, default_flow_style=True)}"])
        return parse_config(
            {
                "name": label,
                "game": game.model_dump(mode="json", exclude_none=True),
                "learner": learner,
                "seeds": list(self.seeds),
                "evaluations": self.evaluations,
            }
        )

    def experiments(self) -> Iterator[tuple[str, str, TrainConfig]]:
        """Algorithm, the game's label and config of each, algorithm by algorithm."""
        for algorithm in self.algorithms:
            for label in self.labels:
                yield algorithm, label, self.experiment(algorithm, label)

    def as_yaml(self) -> str:
        """The resolved config as YAML, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False)


def _numbered(label: str, number: int) -> str:
    return label if number == 1 else f"{label}-{number}"
