"""What one benchmark is: the schema of the YAML files in configs/benchmark/."""

from collections.abc import Iterator
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from olivebranch.agents.registry import LearnerSettings
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.validation import LABEL, NAME
from olivebranch.games.registry import game_kind, load_preset
from olivebranch.train.config import Seeds, TrainConfig, apply_overrides, parse_config

Label = Annotated[str, Field(pattern=LABEL)]


class BenchmarkConfig(BaseModel):
    """Algorithms x presets x seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME, description="of the folder")
    algorithms: dict[Label, LearnerSettings] = Field(min_length=1, description="label: learner settings")
    presets: tuple[str, ...] = Field(min_length=1, description="of any game; see `olivebranch presets`")
    seeds: Seeds = Field(description="a list, or how many: 3 means 0, 1, 2")
    evaluations: int = Field(default=20, ge=1, description="how often to measure, spread evenly over training")
    overrides: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict, description="kind of game: label: settings that differ there"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "BenchmarkConfig":
        if len(set(self.presets)) != len(self.presets):
            raise ParameterError("presets", list(self.presets), "each preset once")
        for kind, by_label in self.overrides.items():
            game_kind("overrides", kind)
            for label in by_label:
                if label not in self.algorithms:
                    raise ParameterError(f"overrides.{kind}", label, one_of(self.algorithms, label))
        for _ in self.experiments():
            pass
        return self

    def experiment(self, algorithm: str, preset: str) -> TrainConfig:
        """All seeds of one algorithm on one preset. Raises :class:`ParameterError`."""
        learner = self.algorithms[algorithm].model_dump(mode="json", exclude_none=True)
        kind = load_preset(preset).game
        for key, value in self.overrides.get(kind, {}).get(algorithm, {}).items():
            learner = apply_overrides(learner, [f"{key}={yaml.safe_dump(value, default_flow_style=True)}"])
        return parse_config(
            {
                "name": preset,
                "game": {"preset": preset},
                "learner": learner,
                "seeds": list(self.seeds),
                "evaluations": self.evaluations,
            }
        )

    def experiments(self) -> Iterator[tuple[str, str, TrainConfig]]:
        """Algorithm, preset and config of each, algorithm by algorithm."""
        for algorithm in self.algorithms:
            for preset in self.presets:
                yield algorithm, preset, self.experiment(algorithm, preset)

    def as_yaml(self) -> str:
        """The resolved config as YAML, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False)
