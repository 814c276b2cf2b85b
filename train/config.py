"""What one experiment is: the schema of the YAML files in configs/.

``yaml.safe_load``, then dotted overrides, then pydantic models that refuse unknown keys. Every error is one line that
names the key, the value and what was expected.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from olivebranch.agents.policies.registry import FoundPolicies, find_policies
from olivebranch.agents.registry import LearnerSettings, find_learner
from olivebranch.agents.validation import NAME, first_error
from olivebranch.core.errors import ParameterError, one_of, shown
from olivebranch.core.plugins import Code, code_of
from olivebranch.core.yaml_text import DEEPEST, read_yaml, read_yaml_file
from olivebranch.games.base import CompiledGame
from olivebranch.games.kinds import GameParameters
from olivebranch.games.registry import NamedGame, find_game, game_kind, load_preset

MOST_SEEDS, MOST_EVALUATIONS = 100_000, 1_000_000  # each costs memory and files

Schema = TypeVar("Schema", bound=BaseModel)


def _count_or_list(value: Any) -> Any:
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, list | tuple) and 0 < len(value) <= MOST_SEEDS:
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MOST_SEEDS:
        raise ValueError(f"a list of seeds, or how many there are: a whole number of at least 1, at most {MOST_SEEDS}")
    return tuple(range(value))


def _distinct(value: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(value)) != len(value) or min(value, default=0) < 0 or max(value, default=0) >= 2**32:
        raise ValueError("distinct whole numbers from 0 to 2**32 - 1")
    return value


Seeds = Annotated[tuple[int, ...], BeforeValidator(_count_or_list), AfterValidator(_distinct)]


class GameConfig(BaseModel):
    """Which game: a game spec with what differs from it, a preset by name, or rules with parameters given outright.

    Paths in a spec are relative to the working directory, not to the config.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: str | None = Field(default=None, description="see `olivebranch presets`")
    spec: str | None = Field(default=None, description="a game spec: see olivebranch.games.registry")
    rules: str | None = Field(default=None, description="with parameters: a kind of game; talks is the default")
    parameters: dict[str, Any] | None = Field(default=None, description="of the rules, or what differs from the spec")

    @model_validator(mode="after")
    def _one_of_all(self) -> "GameConfig":
        if self.spec is not None:
            if self.preset is not None or self.rules is not None:
                raise ValueError("either spec, or preset, or rules, and one of them only")
        elif (self.preset is None) == (self.parameters is None):
            raise ValueError("either preset or parameters, and not both")
        elif self.preset is not None and self.rules is not None:
            raise ValueError("rules only beside parameters: a preset knows its own")
        self.named()
        return self

    def named(self) -> NamedGame:
        """The game meant. Raises :class:`ParameterError`."""
        if self.spec is not None:
            return find_game(self.spec, self.parameters, "spec")
        if self.preset is not None:
            return find_game(load_preset(self.preset).name)
        kind = game_kind("rules", self.rules or "talks")
        return NamedGame(kind.name, kind.name, kind.parameters.from_mapping(self.parameters or {}))

    @property
    def kind(self) -> str:
        """Which rules; see :class:`~olivebranch.games.registry.NamedGame`."""
        return self.named().kind

    @property
    def label(self) -> str:
        """A short name for tables, pictures and folders; ``"custom"`` where parameters are given outright."""
        return self.named().label if self.preset is not None or self.spec is not None else "custom"

    def parsed(self) -> GameParameters:
        """The validated parameters."""
        return self.named().parameters

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return self.parsed().compile()


class TrainConfig(BaseModel):
    """One experiment: a game, a learner and the seeds to train it with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME, description="of the run folder")
    game: GameConfig
    learner: LearnerSettings
    opponents: dict[str, str] | None = Field(
        default=None, description="player: policy spec; these seats do not learn (olivebranch.agents.policies.registry)"
    )
    seeds: Seeds = Field(default=(0,), description="a list, or how many: 3 means 0, 1, 2")
    evaluations: int = Field(
        default=50, ge=1, le=MOST_EVALUATIONS, description="how often to measure, spread evenly over training"
    )

    @model_validator(mode="after")
    def _opponents_of_some(self) -> "TrainConfig":
        if self.opponents is not None:
            players = self.game.compile().game.players
            for player in self.opponents:
                if player not in players:
                    raise ParameterError("opponents", player, one_of(players, player))
            if not 0 < len(self.opponents) < len(players):
                raise ParameterError("opponents", self.opponents, f"some of {', '.join(players)}, but not all")
        return self

    def found_opponents(self) -> dict[str, FoundPolicies]:
        """The policies of the seats that do not learn, by player. Raises :class:`ParameterError` if one is none."""
        if not self.opponents:
            return {}
        game = self.game.named()
        return {player: find_policies(spec, game, f"opponents.{player}") for player, spec in self.opponents.items()}

    def as_dict(self) -> dict[str, Any]:
        """The resolved config as plain values, every default written out; :func:`parse_config` is the inverse."""
        return self.model_dump(mode="json", exclude_none=True)

    def as_yaml(self) -> str:
        """The same as YAML."""
        return yaml.safe_dump(self.as_dict(), sort_keys=False)

    def code(self) -> tuple[Code, ...]:
        """The user's own code that this experiment uses, as it is now."""
        opponents = (found.code for found in self.found_opponents().values())
        found = (self.game.named().code, find_learner(self.learner.kind).code, *opponents)
        return tuple(code for code in found if code is not None)

    def files(self) -> tuple[Code, ...]:
        """The policy files that it learns against, as they are now."""
        paths = (str(path) for found in self.found_opponents().values() for path in found.files)
        return tuple(code_of("opponents", path) for path in paths)

    def __reduce__(self) -> tuple[Callable[[Any], "TrainConfig"], tuple[dict[str, Any]]]:
        """Cross to another process as plain values, because classes of a user's file are not importable by name."""
        return parse_config, (self.as_dict(),)


def load_config(path: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read a YAML file and apply overrides such as ``learner.episodes=10000``.

    Raises:
        ParameterError: the file cannot be read, an override is malformed, or a value is not what the schema expects.
    """
    return parse_config(read_values(path, overrides))


def read_values(path: Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """What a YAML file holds, with overrides applied; see :func:`load_config`, for whatever schema."""
    values = read_yaml_file(path, "config")
    if not isinstance(values, dict):
        raise ParameterError("config", str(path), "a mapping of keys to values")
    return apply_overrides(values, overrides)


def apply_overrides(values: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of ``values`` with each ``dotted.key=value`` put in; the value is read as YAML.

    Raises:
        ParameterError: there is no ``=``, the value is not YAML, or the key leads into something without keys.
    """
    result: dict[str, Any] = _copied(values)
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not all(key.split(".")):
            raise ParameterError("override", override, "dotted.key=value")
        value = read_yaml(text, key, text, "a YAML value")
        if key.count(".") >= DEEPEST:
            raise ParameterError("override", override, f"a key of at most {DEEPEST} steps")
        *path, last = key.split(".")
        inner = result
        for step in path:
            inner = inner.setdefault(step, {})
            if not isinstance(inner, dict):
                raise ParameterError(key, text, f"a key that exists: {step} = {shown(inner)} has no keys of its own")
        inner[last] = value
    return result


def parse_config(values: Any) -> TrainConfig:
    """The config that ``values`` describe. Raises :class:`ParameterError` for the first thing that is wrong."""
    return validated(TrainConfig, values)


def validated(schema: type[Schema], values: Any) -> Schema:
    """``values`` as an object of ``schema``. Raises :class:`ParameterError` for the first thing that is wrong."""
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise first_error(schema, error) from None


def _copied(values: Any) -> Any:
    return {key: _copied(value) for key, value in values.items()} if isinstance(values, dict) else values
