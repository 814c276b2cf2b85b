"""What evaluation says beyond NashConv and distances: a detail is what one kind of game knows of its own play.

Few kinds have one. A kind that does enters itself in ``DETAILS``, and reports, tables and CSV take it from there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from olivebranch.eval.comparison import Comparison, compare
from olivebranch.games.registry import NamedGame
from olivebranch.games.talks import KIND as TALKS
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.solve import TalksSolution, solve_talks
from olivebranch.theory.tree.profiles import BehaviourProfile


class Detail(Protocol):
    """What is said of one seed's play."""

    @property
    def play(self) -> Mapping[str, float]:
        """Play in a few numbers, by name: columns of tables and of CSV."""
        ...

    @property
    def gaps(self) -> Mapping[str, float]:
        """Further distances to the nearest component, by name."""
        ...

    def as_dict(self) -> dict[str, object]:
        """All of it, for JSON."""
        ...


class GameDetails(Protocol):
    """What a kind of game knows of its equilibria and of play."""

    def of(self, profile: BehaviourProfile) -> Detail:
        """The detail of one profile on the game's tree."""
        ...

    def as_dict(self) -> dict[str, object]:
        """The equilibria, for JSON."""
        ...


@dataclass(frozen=True)
class TalksDetails:
    """Of the talks game: its components in closed form, and play as four probabilities, with beliefs and outcomes.

    Attributes:
        parameters: of the game.
        solution: every component.
    """

    parameters: TalksParameters
    solution: TalksSolution

    @classmethod
    def of_game(cls, game: NamedGame) -> "TalksDetails":
        """Raises :class:`ParameterError` if it is no talks game."""
        parameters = game.parameters_as(TalksParameters)
        return cls(parameters, solve_talks(parameters))

    def of(self, profile: BehaviourProfile) -> Comparison:
        """See :class:`GameDetails`."""
        return compare(self.parameters, self.solution, profile)

    def as_dict(self) -> dict[str, object]:
        """See :class:`GameDetails`."""
        return {**self.solution.as_dict()}


DETAILS: Mapping[str, Callable[[NamedGame], GameDetails]] = {TALKS.name: TalksDetails.of_game}


def details_of(game: NamedGame) -> GameDetails | None:
    """What a game's kind knows beyond what is known of all games; None for most."""
    make = DETAILS.get(game.kind)
    return make(game) if make is not None else None
