"""What is known of a game's equilibria, decided by what the game is, and how far a profile is from the nearest of them.

=====================  ===============================================================================================
reference              of which games
=====================  ===============================================================================================
closed form            the talks game, Kuhn poker, and the demonstration game where its equilibrium of interest exists
enumeration            any other finite signalling game that is small enough: every component, in exact numbers
linear programming     two-player games of constant sum: all of them, as pairs of optimal strategies
numerical              all others whose tree is small enough, with any number of players: what the solvers find
none                   the rest; of these NashConv alone is said
=====================  ===============================================================================================
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from math import nan

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.registry import NamedGame
from olivebranch.theory.equilibria.closed_forms import closed_form
from olivebranch.theory.equilibria.components import REACHED, Component, Distances
from olivebranch.theory.equilibria.enumerated import EnumeratedComponent, enumerate_components, signalling_game
from olivebranch.theory.equilibria.minimax import NAME as MINIMAX
from olivebranch.theory.equilibria.minimax import MinimaxComponent
from olivebranch.theory.equilibria.names import unique
from olivebranch.theory.equilibria.numerical import (
    LINEAR_PROGRAM,
    NumericalComponent,
    NumericalEquilibria,
    Search,
    Watch,
    find_equilibria,
    unwatched,
)
from olivebranch.theory.signalling.numbers import EnumerationTooLarge
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile

NO_COMPONENT = "none"
SAME = 1e-6  # distance within which an equilibrium counts as one of a component
MOST_HISTORIES = 20_000  # a search takes some thousand walks over the tree: here a few minutes


class Source(Enum):
    """How the equilibria of a game are known; the value is what reports say."""

    CLOSED_FORM = "closed form"
    ENUMERATION = "enumeration"
    LINEAR_PROGRAM = "linear programming"
    NUMERICAL = "numerical"
    NONE = "none"


@dataclass(frozen=True)
class Nearest:
    """The known equilibrium that is nearest to a profile.

    Attributes:
        component: its name; ``"none"`` where no equilibrium of the game is known.
        on_path: total variation between the distributions over plays, in [0, 1]; NaN where no equilibrium is known.
        off_path: the largest distance of replies to unused messages from those that support the component; None
            where the reference says nothing of play off the path.
        reached: whether neither exceeds the tolerance.
    """

    component: str
    on_path: float
    off_path: float | None
    reached: bool

    @property
    def name_if_reached(self) -> str:
        """The component if play has reached it, off the path included where that is known, else ``"none"``."""
        return self.component if self.reached else NO_COMPONENT

    @property
    def name_if_outcome_reached(self) -> str:
        """The component if play has reached its outcome, whatever happens off the path, else ``"none"``."""
        return self.component if self.on_path < REACHED else NO_COMPONENT


@dataclass(frozen=True)
class Reference:
    """The known equilibria of one game.

    Attributes:
        source: how they are known.
        components: in a fixed order, each with a name of its own.
        complete: whether every equilibrium of the game is in one of them.
        gap: the largest NashConv of a numerical equilibrium, in the game's payoffs; 0 where components are exact.
        note: why the reference is not of a better kind; may be empty.
    """

    source: Source
    components: tuple[Component, ...]
    complete: bool
    gap: float = 0.0
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the components."""
        return tuple(component.name for component in self.components)

    @property
    def text(self) -> str:
        """How the equilibria are known, for reports; with the gap where they are numerical."""
        gap = f", NashConv <= {self.gap:.0e}" if self.source is Source.NUMERICAL else ""
        return self.source.value + gap

    def nearest(self, profile: BehaviourProfile) -> Nearest:
        """The component nearest to a profile on the game's tree: on the path first, then off it."""
        if not self.components:
            return Nearest(NO_COMPONENT, nan, None, False)
        measured = [(component.distances(profile), component.name) for component in self.components]
        distances, name = min(measured, key=lambda pair: pair[0].order)
        return Nearest(name, distances.on_path, distances.off_path, _reached(distances))

    def component(self, name: str) -> Component:
        """The component of that name. Raises :class:`ParameterError` where there is none."""
        for component in self.components:
            if component.name == name:
                return component
        plain = not any("," in known for known in self.names)
        known = one_of(self.names if plain else map(repr, self.names), name if plain else repr(name))
        raise ParameterError(
            "equilibrium", name, f"an equilibrium that is known of this game: {known if self.names else 'none is'}"
        )


def _reached(distances: Distances) -> bool:
    return max(distances.on_path, distances.off_path or 0.0) < REACHED


@lru_cache(maxsize=64)
def reference_of(game: NamedGame) -> Reference:
    """What is known of a game's equilibria; found once in a process, and numerical ones once on a machine.

    Raises:
        TreeTooLarge: the tree of the game does not fit into memory.
    """
    tree = unroll(game.compiled)
    known = closed_form(game.parameters, tree)
    if known.components:
        return Reference(Source.CLOSED_FORM, known.components, known.complete)
    note = ""
    try:
        if (found := enumerated(game, tree)) is not None:
            return Reference(Source.ENUMERATION, tuple(component.known for component in found), True)
    except EnumerationTooLarge as error:
        note = str(error)
    histories = sum(len(stage) for stage in tree.stages)
    if histories > MOST_HISTORIES:
        note = f"the tree has {histories:,} histories, and a search is made up to {MOST_HISTORIES:,}"
        return Reference(Source.NONE, (), False, note=note)
    search = searched(game, tree)
    exact = search.source is Source.LINEAR_PROGRAM
    return Reference(search.source, search.components, exact, 0.0 if exact else search.equilibria.gap, note)


@dataclass(frozen=True)
class Searched:
    """What a search for equilibria amounts to.

    Attributes:
        source: ``LINEAR_PROGRAM`` or ``NUMERICAL``.
        components: one for each equilibrium found; of a constant-sum game the one that holds all.
        equilibria: the numbers behind them.
    """

    source: Source
    components: tuple[NumericalComponent | MinimaxComponent, ...]
    equilibria: NumericalEquilibria


def searched(
    game: NamedGame, tree: GameTree, search: Search | None = None, watch: Watch = unwatched, cached: bool = True
) -> Searched:
    """Search a game; what lies in a component that the closed form names has that name.

    Args:
        game: the game.
        tree: its tree.
        search, watch, cached: see :func:`~olivebranch.theory.equilibria.numerical.find_equilibria`.

    Raises:
        ParameterError: as that does.
    """
    found = find_equilibria(tree, search, watch, cached)
    known = closed_form(game.parameters, tree).components
    if found.solvers == (LINEAR_PROGRAM,):
        equilibrium = found.components[0].equilibrium
        name = _familiar(known, equilibrium.profile) or MINIMAX
        return Searched(Source.LINEAR_PROGRAM, (MinimaxComponent(equilibrium, name),), found)
    names = unique([_familiar(known, c.profile()) or c.name for c in found.components])
    components = [replace(c, name=name) for c, name in zip(found.components, names, strict=True)]
    return Searched(Source.NUMERICAL, tuple(components), found)


def _familiar(known: Sequence[Component], profile: BehaviourProfile) -> str:
    """The name of the component that holds ``profile``, or nothing."""
    for component in known:
        distances = component.distances(profile)
        if max(distances.on_path, distances.off_path or 0.0) < SAME:
            return component.name
    return ""


def enumerated(game: NamedGame, tree: GameTree) -> tuple[EnumeratedComponent, ...] | None:
    """Every component of equilibria of a game that is a finite signalling game; None if it is none.

    Components that hold an equilibrium which the closed form names have that name.

    Raises:
        EnumerationTooLarge: it would take too long.
    """
    form = signalling_game(game.compiled)
    if form is None:
        return None
    return enumerate_components(tree, form, closed_form(game.parameters, tree).components)


def equilibrium_profile(game: NamedGame, name: str) -> BehaviourProfile:
    """One equilibrium of a game by name, as behaviour on the game's tree.

    Of a component with several equilibria it is the one that deters unused messages most; of Kuhn's family, the middle.

    Args:
        game: any game whose equilibria are known in some way, see the module.
        name: of one of the components of :func:`reference_of`.

    Raises:
        ParameterError: no equilibrium of that name is known.
        TreeTooLarge: the tree of the game does not fit into memory.
    """
    return reference_of(game).component(name).profile()
