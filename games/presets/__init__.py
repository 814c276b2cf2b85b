"""Presets: named, commented parameter sets, one YAML file each.

A file holds ``game`` (which rules), ``title``, ``stands_for`` (what the numbers are meant to show), ``source`` (where
the idea comes from; the numbers themselves are stylised) and ``parameters``. ``equilibria`` lists the components that
the author meant to be there; a test holds the list against the closed form. A preset that stands for a historical case
also has ``facts`` (each with the page that it was read on), ``assumptions``, and ``wrong_if``: what would have to be
true for the preset to be wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.base import CompiledGame
from olivebranch.games.demonstration import DemonstrationParameters, compile_demonstration
from olivebranch.games.kuhn import KuhnParameters, compile_kuhn
from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.games.war import compile_war
from olivebranch.games.war_parameters import WarParameters


@dataclass(frozen=True)
class GameKind:
    """How to get from a mapping of parameters to a compiled game.

    Attributes:
        parse: the validated parameters that a mapping describes; raises :class:`ParameterError`.
        compile: the compiled game at such parameters.
    """

    parse: Callable[[Mapping[str, Any]], Any]
    compile: Callable[[Any], CompiledGame]


GAMES: Mapping[str, GameKind] = {
    "talks": GameKind(TalksParameters.from_mapping, compile_talks),
    "demonstration": GameKind(DemonstrationParameters.from_mapping, compile_demonstration),
    "war": GameKind(WarParameters.from_mapping, compile_war),
    "kuhn": GameKind(KuhnParameters.from_mapping, compile_kuhn),
}


@dataclass(frozen=True)
class Preset:
    """A named parameter set.

    Attributes:
        name: the file's name without its ending.
        game: the rules that it is for, a key of ``GAMES``.
        title: a few words.
        stands_for: what it is meant to show.
        source: where the idea comes from.
        parameters: the validated parameters (for the talks game a :class:`TalksParameters`).
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
    parameters: Any
    equilibria: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()
    wrong_if: tuple[str, ...] = ()

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return GAMES[self.game].compile(self.parameters)


@cache
def _all_presets() -> Mapping[str, Preset]:
    presets = {}
    for entry in sorted(resources.files(__name__).iterdir(), key=lambda file: file.name):
        if entry.name.endswith(".yaml"):
            name = entry.name.removesuffix(".yaml")
            values = yaml.safe_load(entry.read_text(encoding="utf-8"))
            presets[name] = Preset(
                name=name,
                game=values["game"],
                title=values["title"],
                stands_for=values["stands_for"].strip(),
                source=values["source"].strip(),
                parameters=GAMES[values["game"]].parse(values["parameters"]),
                equilibria=tuple(values.get("equilibria", ())),
                facts=tuple((fact["text"], fact["url"]) for fact in values.get("facts", ())),
                assumptions=tuple(values.get("assumptions", ())),
                wrong_if=tuple(values.get("wrong_if", ())),
            )
    return presets


def preset_names(game: str | None = None) -> tuple[str, ...]:
    """The names of all presets, or of those for one game."""
    return tuple(name for name, preset in _all_presets().items() if game in (None, preset.game))


def load_preset(name: str, game: str | None = None) -> Preset:
    """The preset of that name. Raises :class:`ParameterError` where there is none (for ``game``, if given)."""
    if name not in preset_names(game):
        of_another = f"a game of {game!r}, not of {_all_presets()[name].game!r}: " if name in _all_presets() else ""
        raise ParameterError("preset", name, of_another + one_of(preset_names(game), name))
    return _all_presets()[name]
