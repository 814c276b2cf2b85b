"""Every way to name a game: one text, the *game spec*, that the command line, configs and environments all accept.

============================  =======================================================================================
spec                          what it names
============================  =======================================================================================
``rival-expectations``        a preset (:mod:`olivebranch.games.presets`)
``talks``                     a kind of game, with its parameters given beside it
``my-game.yaml``              a file like those of the presets: a kind of game and its parameters (docs/games.md)
``my-game.efg``               a game tree in Gambit's format (:mod:`olivebranch.games.efg`)
``my_games.py:Coin``          a subclass of :class:`~olivebranch.games.base.Game` in a file of the working directory
``my_package.games:Coin``     the same in a module on the Python path
``coin``                      the same by a name that an installed package declares (``olivebranch.games``)
============================  =======================================================================================

A *kind* is a module of this folder that has a ``KIND`` (or several ``KINDS``). It is found here by itself, so a new
kind of game is one file.
Paths are relative to the working directory. The SHA-256 of a file that a spec names is kept beside the game, because a
file that changes changes the game.
"""

import hashlib
import json
import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import import_module, resources
from itertools import count
from pathlib import Path
from typing import Self, TypeVar

import yaml

import olivebranch.games as games
from olivebranch.core.errors import ParameterError, known_key, one_of
from olivebranch.core.plugins import Code, entry_point, entry_point_names, fault, is_plugin, load_plugin
from olivebranch.core.yaml_text import read_yaml
from olivebranch.games.base import CompiledGame, Game
from olivebranch.games.efg import EfgParameters
from olivebranch.games.kinds import GameKind, GameParameters, compile_named

CUSTOM = "custom"
EFG = "efg"
ENTRY_POINTS = "olivebranch.games"
PRESETS = "olivebranch.games.presets"
GAME_FILE_KEYS = (
    "game",
    "parameters",
    "title",
    "stands_for",
    "source",
    "equilibria",
    "facts",
    "assumptions",
    "wrong_if",
)
LARGEST_FILE = 64 * 2**20  # bytes

Wanted = TypeVar("Wanted", bound=GameParameters)


@dataclass(frozen=True)
class Preset:
    """A named parameter set.

    Attributes:
        name: the file's name without its ending.
        game: the kind of game that it is for, a key of :func:`game_kinds`.
        title: a few words.
        stands_for: what it is meant to show.
        source: where the idea comes from.
        parameters: validated.
        equilibria: names of the equilibrium components that exist, where these are known by name.
        facts: what is known of the case, as pairs of text and address of the source.
        assumptions: what is assumed beyond the facts.
        wrong_if: what would have to be true for the preset to be wrong.
    """

    name: str
    game: str
    title: str
    stands_for: str
    source: str
    parameters: GameParameters
    equilibria: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()
    wrong_if: tuple[str, ...] = ()

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return self.parameters.compile()

    def parameters_as(self, wanted: type[Wanted]) -> Wanted:
        """The parameters, typed. Raises :class:`ParameterError` if they are of another kind of game."""
        return _as(self.parameters, wanted, self.name)


@dataclass(frozen=True)
class CustomParameters:
    """The keyword arguments of a user's class of rules, as JSON so that they can be compared and hashed.

    Attributes:
        spec: of the class.
        arguments: the keyword arguments as a JSON object.
    """

    spec: str
    arguments: str

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """The inverse of :meth:`as_dict` with the key ``spec`` beside the arguments."""
        given = dict(values)
        return cls(str(given.pop("spec")), json.dumps(given, sort_keys=True))

    def as_dict(self) -> Mapping[str, object]:
        """The keyword arguments."""
        arguments: dict[str, object] = json.loads(self.arguments)
        return arguments

    def compile(self) -> CompiledGame:
        """Build the rules and compile them. Raises :class:`ParameterError` for what the rules do not accept."""
        rules, _ = load_plugin("game.spec", self.spec, *_GAME_CLASS)
        assert isinstance(rules, type)
        assert issubclass(rules, Game)
        try:
            return compile_named(rules(**self.as_dict()), self.spec)
        except ParameterError:
            raise
        except Exception as error:  # Whatever goes wrong in a user's own code is told in one line, with its place.
            raise ParameterError("game", self.spec, f"rules that can be compiled; {fault(error)}") from error


_GAME_CLASS = (
    "a subclass of olivebranch.games.Game",
    lambda found: isinstance(found, type) and issubclass(found, Game),
)


@dataclass(frozen=True)
class NamedGame:
    """A game that somebody named.

    Attributes:
        spec: by which it was named.
        kind: a key of :func:`game_kinds`, ``"efg"``, or ``"custom"`` for a user's own rules.
        parameters: validated.
        preset: where the spec names one and nothing of it was changed.
        code: the SHA-256 of the file that a user's own rules, or a user's own game, come from.
    """

    spec: str
    kind: str
    parameters: GameParameters
    preset: Preset | None = None
    code: Code | None = None

    @cached_property
    def compiled(self) -> CompiledGame:
        """The compiled game."""
        return self.parameters.compile()

    @property
    def label(self) -> str:
        """A short name for tables, pictures and folders: letters, digits, '.', '_' and '-'."""
        place, _, name = self.spec.rpartition(":")
        return re.sub(r"[^A-Za-z0-9._-]+", "-", name if place else Path(self.spec).stem).lstrip("._-") or "game"

    def parameters_as(self, wanted: type[Wanted]) -> Wanted:
        """The parameters, typed. Raises :class:`ParameterError` if it is a game of another kind."""
        return _as(self.parameters, wanted, self.spec)


def distinct_labels(named: Sequence[NamedGame]) -> tuple[str, ...]:
    """The labels of some games, with a number behind each that another one bears before it."""
    found: list[str] = []
    for game in named:
        candidates = (f"{game.label}-{number}" if number > 1 else game.label for number in count(1))
        found.append(next(label for label in candidates if label not in found))
    return tuple(found)


def _as(parameters: GameParameters, wanted: type[Wanted], spec: str) -> Wanted:
    if type(parameters) is not wanted:
        kinds = {kind.parameters: kind.name for kind in game_kinds().values()}
        kinds |= {CustomParameters: CUSTOM, EfgParameters: EFG}
        given = kinds.get(type(parameters), type(parameters).__name__)
        expected = kinds.get(wanted, wanted.__name__)
        raise ParameterError("game", spec, f"a game of the kind {expected!r}, and this is one of the kind {given!r}")
    typed: Wanted = parameters
    return typed


@cache
def game_kinds() -> Mapping[str, GameKind]:
    """All kinds of games that come with the package, by name."""
    modules = (import_module(f"{games.__name__}.{module.name}") for module in pkgutil.iter_modules(games.__path__))
    kinds = (kind for module in modules for kind in (getattr(module, "KIND", None), *getattr(module, "KINDS", ())))
    return {kind.name: kind for kind in kinds if isinstance(kind, GameKind)}


def game_kind(key: str, name: str) -> GameKind:
    """The kind of that name. Raises :class:`ParameterError`, which names ``key``, where there is none."""
    if name not in game_kinds():
        raise ParameterError(key, name, one_of(game_kinds(), name))
    return game_kinds()[name]


def preset_names(game: str | None = None) -> tuple[str, ...]:
    """The names of all presets, or of those for one kind of game."""
    return tuple(name for name, preset in _all_presets().items() if game in (None, preset.game))


def load_preset(name: str, game: str | None = None) -> Preset:
    """The preset of that name. Raises :class:`ParameterError` where there is none (for ``game``, if given)."""
    if name not in preset_names(game):
        of_another = f"a game of {game!r}, not of {_all_presets()[name].game!r}: " if name in _all_presets() else ""
        raise ParameterError("preset", name, of_another + one_of(preset_names(game), name))
    return _all_presets()[name]


def find_game(spec: str, parameters: Mapping[str, object] | None = None, key: str = "game") -> NamedGame:
    """The game that ``spec`` names; see the module for the forms that a spec may have.

    Args:
        spec: the game spec.
        parameters: of a kind of game or of a user's class; for a preset or a file, those that differ from it, where a
            key with dots, such as ``patron.stake``, changes one value within another.
        key: what errors about the spec name.

    Raises:
        ParameterError: nothing has that name, or the parameters do not fit it.
    """
    given = parameters or {}
    if is_plugin(spec):
        _, source = load_plugin(key, spec, *_GAME_CLASS)
        return NamedGame(spec, CUSTOM, CustomParameters(spec, _as_json(_changed({}, given))), code=source)
    if spec.endswith(".efg"):
        return _efg_game(spec, read_file(Path(spec), key), given)
    code: Code | None = None
    if spec.endswith((".yaml", ".yml")):
        content = read_file(Path(spec), key)
        base, code = read_game_file(Path(spec), content, key), Code(spec, hashlib.sha256(content).hexdigest())
    elif spec in game_kinds() and spec not in preset_names():
        return NamedGame(spec, spec, game_kinds()[spec].parameters.from_mapping(_changed({}, given)))
    elif spec in preset_names():
        base = load_preset(spec)
    elif (target := entry_point(ENTRY_POINTS, spec)) is not None:
        found = find_game(target, given, key)
        return replace(found, spec=spec, code=replace(found.code, spec=spec) if found.code else None)
    else:
        names = [*preset_names(), *game_kinds(), *entry_point_names(ENTRY_POINTS)]
        raise ParameterError(key, spec, f"a .yaml or .efg file, module:Class, file.py:Class, or {one_of(names, spec)}")
    changed = game_kinds()[base.game].parameters.from_mapping(_changed(base.parameters.as_dict(), given))
    untouched = not given and spec in preset_names()
    return NamedGame(spec, base.game, changed, preset=base if untouched else None, code=code)


def _changed(base: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """A copy of ``base`` with other values; a key with dots leads into a mapping."""
    result = dict(base)
    for key, value in given.items():
        if not isinstance(key, str):
            raise ParameterError("parameters", key, "names of parameters that are texts")
        *path, last = key.split(".")
        inner = result
        for step in path:
            further = inner.get(step)
            if not isinstance(further, Mapping):
                raise ParameterError(key, value, f"a key that exists, and {step!r} has no keys of its own")
            inner[step] = inner = dict(further)
        inner[last] = value
    return result


def _efg_game(spec: str, content: bytes, given: Mapping[str, object]) -> NamedGame:
    for name, value in given.items():
        raise ParameterError(name, value, f"no parameters: the game {spec} has none")
    parameters = EfgParameters.from_bytes(spec, content)
    return NamedGame(spec, EFG, parameters, code=Code(spec, parameters.sha256))


def read_file(path: Path, key: str) -> bytes:
    """The bytes of a game file. Raises :class:`ParameterError` where they cannot be read or are far too many."""
    try:
        if path.is_file() and path.stat().st_size > LARGEST_FILE:
            raise ParameterError(key, str(path), f"a file of at most {LARGEST_FILE // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise ParameterError(key, str(path), f"a file that can be read ({error.strerror})") from None


def read_game_file(path: Path, content: bytes, key: str = "game") -> Preset:
    """A game from a YAML file: ``game`` (a kind, talks if left out), ``parameters``, and a preset's other keys.

    Args:
        path: of the file; errors name it.
        content: its bytes.
        key: what errors about the file as a whole name.

    Raises:
        ParameterError: it is no YAML mapping, or its content does not fit.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ParameterError(key, str(path), f"YAML in UTF-8 ({error})") from None
    values = read_yaml(text, key, str(path))
    if not isinstance(values, dict) or not isinstance(values.get("parameters"), dict):
        raise ParameterError(key, str(path), "a mapping with the key parameters, itself a mapping")
    for name in values:
        if name not in GAME_FILE_KEYS:
            raise ParameterError(f"{path}: {name}", values[name], known_key(GAME_FILE_KEYS, name))
    try:
        return _preset(path.stem, values)
    except ParameterError as error:
        raise ParameterError(f"{path}: {error.key}", error.value, error.expected) from None


def _as_json(values: Mapping[str, object]) -> str:
    try:
        return json.dumps(values, sort_keys=True)
    except TypeError as error:
        raise ParameterError("game.parameters", values, f"plain values as in YAML ({error})") from None


@cache
def _all_presets() -> Mapping[str, Preset]:
    files = sorted(resources.files(PRESETS).iterdir(), key=lambda file: file.name)
    return {
        name: _preset(name, yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in files
        if (name := file.name.removesuffix(".yaml")) != file.name
    }


def _preset(name: str, values: Mapping[str, object]) -> Preset:
    kind = game_kind("game", str(values.get("game", "talks")))
    parameters, facts = values.get("parameters"), values.get("facts", ())
    assert isinstance(parameters, Mapping)
    if not isinstance(facts, list | tuple) or not all(_is_fact(fact) for fact in facts):
        raise ParameterError("facts", facts, "a list of mappings with the keys text and url")
    return Preset(
        name=name,
        game=kind.name,
        title=str(values.get("title", name)),
        stands_for=str(values.get("stands_for", "")).strip(),
        source=str(values.get("source", "")).strip(),
        parameters=kind.parameters.from_mapping(parameters),
        equilibria=_texts(values, "equilibria"),
        facts=tuple((fact["text"], fact["url"]) for fact in facts),
        assumptions=_texts(values, "assumptions"),
        wrong_if=_texts(values, "wrong_if"),
    )


def _is_fact(fact: object) -> bool:
    return isinstance(fact, Mapping) and isinstance(fact.get("text"), str) and isinstance(fact.get("url"), str)


def _texts(values: Mapping[str, object], key: str) -> tuple[str, ...]:
    texts = values.get(key, ())
    if not isinstance(texts, list | tuple):
        raise ParameterError(key, texts, "a list of texts")
    return tuple(str(text) for text in texts)
