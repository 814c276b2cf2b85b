"""What makes a module of this folder a kind of game: validated parameters that know their rules, and a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame, Game, RulesError, compile_game


class GameParameters(Protocol):
    """The validated parameters of one game, hashable; they know the rules that they belong to."""

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Validate. Raises :class:`ParameterError`, also for unknown and missing keys."""
        ...

    def as_dict(self) -> Mapping[str, object]:
        """The parameters by name, ready for YAML and JSON; :meth:`from_mapping` is the inverse."""
        ...

    def compile(self) -> CompiledGame:
        """The compiled game at these parameters."""
        ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class GameKind:
    """A kind of game: rules that become a game with parameters.

    Attributes:
        name: by which configs name it.
        parameters: the class of its parameters.
    """

    name: str
    parameters: type[GameParameters]


def compile_named(rules: Game, spec: str) -> CompiledGame:
    """Compile rules that a user named by ``spec``.

    Raises:
        ParameterError: for what :func:`~olivebranch.games.base.compile_game` refuses.
    """
    try:
        return compile_game(rules)
    except RulesError as error:
        message = " ".join(str(error).split())
        raise ParameterError("game", spec, f"rules that can be compiled ({message})") from error
