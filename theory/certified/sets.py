"""Sets of certified games: drawn from a seed, kept in a YAML file, known by a hash.

A game's identity is the SHA-256 of its canonical text: kind and parameters as JSON with sorted keys and no spaces. A
set's identity is the SHA-256 of its games' identities. Each game of a file is held against its own when it is read.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from olivebranch.core.errors import ParameterError, known_key, one_of
from olivebranch.core.files import write_bytes
from olivebranch.core.yaml_text import read_yaml
from olivebranch.games.registry import NamedGame, find_game, game_kinds
from olivebranch.theory.certified.certificates import COMPLETE, certify, check
from olivebranch.theory.certified.draws import (
    CONFLICT,
    MIXED,
    PURE,
    SELECTED,
    STRATA,
    WAR,
    ZERO_SUM,
    draw_game,
    structure,
)

FORMAT = "olivebranch-games-1"
SPLITS = ("development", "test")
PREFIXES = {"development": "dev", "test": "test"}  # of names, so that no two games of both sets bear one
SIZES: Mapping[str, Mapping[str, int]] = {
    "development": {ZERO_SUM: 2, PURE: 2, MIXED: 2, SELECTED: 2, CONFLICT: 2, WAR: 4},
    "test": {ZERO_SUM: 2, PURE: 4, MIXED: 4, SELECTED: 4, CONFLICT: 4, WAR: 6},
}
YARDSTICKS = ("kuhn-poker", "leduc-poker", "liars-dice")  # of the test set, beside what is drawn
KEYS = ("name", "stratum", "game", "parameters", "sha256", "certificate")

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class CertifiedGame:
    """A game of a set.

    Attributes:
        name: within the set; safe in a path.
        stratum: one of ``STRATA``.
        game: the game itself.
        sha256: of its canonical text.
        certificate: what is proven of its equilibria; see :mod:`olivebranch.theory.certified.certificates`.
    """

    name: str
    stratum: str
    game: NamedGame
    sha256: str
    certificate: Mapping[str, Any]

    @property
    def complete(self) -> bool:
        """Whether every equilibrium of the game is known."""
        return self.certificate["method"] in COMPLETE


@dataclass(frozen=True)
class GameSet:
    """Some certified games.

    Attributes:
        split: ``"development"`` or ``"test"``.
        seed: that they were drawn from.
        games: in the order of the file.
    """

    split: str
    seed: int
    games: tuple[CertifiedGame, ...]

    @cached_property
    def sha256(self) -> str:
        """The identity of the set: of its games, in their order."""
        return hashlib.sha256("".join(game.sha256 for game in self.games).encode()).hexdigest()

    def game(self, name: str, key: str = "game") -> CertifiedGame:
        """The game of that name. Raises :class:`ParameterError` where there is none."""
        for game in self.games:
            if game.name == name:
                return game
        raise ParameterError(key, name, one_of([game.name for game in self.games], name))


def identity(game: NamedGame) -> str:
    """The SHA-256 of a game's canonical text, in hexadecimal digits."""
    content = {"game": game.kind, "parameters": game.parameters.as_dict()}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def draw_set(split: str, seed: int, report: Report = lambda done, total: None) -> GameSet:
    """Draw a set of games and certify each.

    Args:
        split: one of ``SPLITS``. The two never share random numbers, whatever their seeds are.
        seed: of the draws; each game has its own stream, so that a stratum that grows changes no other.
        report: called with the number of games that are done, and of all.

    Raises:
        ParameterError: there is no such split, or the seed is negative.
    """
    if split not in SPLITS:
        raise ParameterError("split", split, one_of(SPLITS, split))
    if seed < 0:
        raise ParameterError("seed", seed, "a whole number >= 0")
    total = sum(SIZES[split].values()) + (len(YARDSTICKS) if split == "test" else 0)
    games: list[CertifiedGame] = []

    def add(name: str, stratum: str, game: NamedGame) -> None:
        games.append(CertifiedGame(name, stratum, game, identity(game), certify(game)))
        report(len(games), total)

    report(0, total)
    for place, stratum in enumerate(STRATA):
        for number in range(SIZES[split][stratum]):
            generator = np.random.default_rng([SPLITS.index(split), seed, place, number])
            add(f"{PREFIXES[split]}-{stratum}-{number + 1}", stratum, draw_game(stratum, number, generator))
        if stratum == ZERO_SUM and split == "test":
            for name in YARDSTICKS:
                add(name, stratum, find_game(name))
    return GameSet(split, seed, tuple(games))


def write_set(chosen: GameSet, path: Path) -> None:
    """Write a set as YAML, with parameters and certificates in one line each."""
    lines = [f"format: {FORMAT}", f"split: {chosen.split}", f"seed: {chosen.seed}", "games:"]
    for game in chosen.games:
        lines += [
            f"- name: {game.name}",
            f"  stratum: {game.stratum}",
            f"  game: {game.game.kind}",
            f"  parameters: {_in_one_line(game.game.parameters.as_dict())}",
            f"  sha256: {game.sha256}",
            f"  certificate: {_in_one_line(game.certificate)}",
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, ("\n".join(lines) + "\n").encode())


def _in_one_line(values: Mapping[str, Any]) -> str:
    return yaml.safe_dump(json.loads(json.dumps(values)), default_flow_style=True, width=10**9, sort_keys=False).strip()


def read_set(path: Path, key: str = "games") -> GameSet:
    """Read a set. Certificates are not checked here; :func:`faults_of` does that.

    Raises:
        ParameterError: the file cannot be read, is no such set, or a game is not the one that its hash says.
    """
    try:
        return _parsed(str(path), path.read_bytes(), key)
    except OSError as error:
        raise ParameterError(key, str(path), f"a file that can be read ({error.strerror})") from None


@lru_cache(maxsize=32)  # a config asks for its sets again and again, and YAML is slow
def _parsed(name: str, content: bytes, key: str) -> GameSet:
    path = Path(name)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ParameterError(key, str(path), f"YAML in UTF-8 ({error})") from None
    values = read_yaml(text, key, str(path))
    if not isinstance(values, dict) or values.get("format") != FORMAT or not isinstance(values.get("games"), list):
        raise ParameterError(key, str(path), f"a set of games with format: {FORMAT} and a list under games")
    if values.get("split") not in SPLITS:
        raise ParameterError(f"{path}: split", values.get("split"), one_of(SPLITS, values.get("split")))
    games = tuple(_read_game(path, entry) for entry in values["games"])
    names = [game.name for game in games]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{path}: name", name, "a name of its own for each game")
    return GameSet(values["split"], int(values.get("seed", 0)), games)


def _read_game(path: Path, entry: Any) -> CertifiedGame:
    if not isinstance(entry, dict):
        raise ParameterError(f"{path}: games", entry, "a mapping for each game")
    for name in entry:
        if name not in KEYS:
            raise ParameterError(f"{path}: {name}", entry[name], known_key(KEYS, name))
    for name in KEYS:
        if name not in entry:
            raise ParameterError(f"{path}: {name}", None, f"a value in each game, and {entry.get('name')!r} has none")
    if entry["stratum"] not in STRATA:
        raise ParameterError(f"{path}: stratum", entry["stratum"], one_of(STRATA, entry["stratum"]))
    if entry["game"] not in game_kinds():
        raise ParameterError(f"{path}: game", entry["game"], one_of(game_kinds(), entry["game"]))
    game = find_game(entry["game"], entry["parameters"])
    found = identity(game)
    if found != entry["sha256"]:
        raise ParameterError(f"{path}: {entry['name']}: sha256", entry["sha256"], f"{found}, which the game has")
    return CertifiedGame(entry["name"], entry["stratum"], game, found, entry["certificate"])


def faults_of(game: CertifiedGame) -> list[str]:
    """What is wrong with the certificate of a game, or with its place in a stratum; an empty list if nothing is."""
    faults = check(game.game, game.certificate)
    if game.stratum in (PURE, MIXED, SELECTED, CONFLICT) and (found := structure(game.game)) != game.stratum:
        faults.append(f"its equilibria make it a game of the stratum {found!r}, not {game.stratum!r}")
    return faults
