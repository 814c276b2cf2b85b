"""What a study of signalling experiments is: the schema of the YAML files in configs/humans/."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from olivebranch.agents.registry import LearnerSettings
from olivebranch.agents.settings import Settings
from olivebranch.agents.stacked.registry import MODULES
from olivebranch.agents.validation import LABEL, NAME
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.base import FloatArray
from olivebranch.games.registry import NamedGame, distinct_labels, find_game
from olivebranch.games.signalling import SignallingGame

Label = Annotated[str, Field(pattern=LABEL)]


def _stackable(values: object) -> object:
    kind = values.kind if isinstance(values, Settings) else values.get("kind") if isinstance(values, Mapping) else None
    if isinstance(kind, str) and kind not in MODULES:
        raise ParameterError("kind", kind, one_of(MODULES, kind))
    return values


class HumanConfig(BaseModel):
    """What people did in one game, as transcribed from a text.

    ``sender`` has counts or frequencies by type and message, ``receiver`` by message and response. A row that is left
    out was not reported.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=1, description="the text that was read, with the page")
    counts: bool = Field(description="whether the numbers are counts; a logit fit needs them")
    sender: dict[str, dict[str, float]] = {}
    receiver: dict[str, dict[str, float]] = {}

    def tables(self, game: SignallingGame) -> tuple[FloatArray, FloatArray]:
        """The numbers as ``[types, messages]`` and ``[messages, responses]``; zero where nothing was reported.

        Raises:
            ParameterError: a name is none of the game's, or a number is negative.
        """
        sender = _table("sender", self.sender, game.type_names, game.message_names)
        return sender, _table("receiver", self.receiver, game.message_names, game.response_names)


class HumansConfig(BaseModel):
    """Games, learners with many seeds each, a sample of other learners, and what people did."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME, description="of the folder, and of the page's section")
    games: tuple[str, ...] = Field(min_length=1, description="game specs of signalling games")
    seeds: int = Field(ge=1, description="runs of each learner in each game")
    seed: int = Field(default=0, ge=0, description="of everything random")
    learners: dict[Label, Annotated[LearnerSettings, BeforeValidator(_stackable)]] = Field(
        default={}, description="of kinds that can be stacked"
    )
    sample_seeds: int = Field(default=3, ge=1, description="runs of each of the others in each game")
    sample: dict[Label, LearnerSettings] = Field(default={}, description="of any kind")
    people: dict[str, HumanConfig] = Field(default={}, description="by game, what people did")

    @model_validator(mode="after")
    def _consistent(self) -> "HumansConfig":
        forms = self.forms()
        for label in self.sample:
            if label in self.learners:
                raise ParameterError(f"sample.{label}", label, "a label that no other learner has")
        for label, people in self.people.items():
            if label not in forms:
                raise ParameterError(f"people.{label}", label, one_of(forms, label))
            people.tables(forms[label])
        return self

    def named(self) -> tuple[NamedGame, ...]:
        """The games."""
        return tuple(find_game(spec) for spec in self.games)

    def forms(self) -> dict[str, SignallingGame]:
        """The games by label, with payoffs as they were paid. Raises :class:`ParameterError` for other kinds."""
        named = self.named()
        forms = [game.parameters_as(SignallingGame) for game in named]
        return dict(zip(distinct_labels(named), forms, strict=True))

    @property
    def settings(self) -> dict[str, Settings]:
        """All learners by label."""
        return {**self.learners, **self.sample}

    def as_yaml(self) -> str:
        """The resolved config as YAML, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)


def _table(
    key: str, rows: Mapping[str, Mapping[str, float]], across: tuple[str, ...], names: tuple[str, ...]
) -> FloatArray:
    table = np.zeros((len(across), len(names)))
    for row, cells in rows.items():
        if row not in across:
            raise ParameterError(f"{key}.{row}", row, one_of(across, row))
        for name, number in cells.items():
            if name not in names:
                raise ParameterError(f"{key}.{row}.{name}", name, one_of(names, name))
            if not 0 <= number < np.inf:
                raise ParameterError(f"{key}.{row}.{name}", number, "a number >= 0")
            table[across.index(row), names.index(name)] = number
    return table
