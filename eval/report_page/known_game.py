"""What is known of one game, found once for a whole page: its tree, its equilibria, and their details by kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from olivebranch.core.errors import ParameterError
from olivebranch.eval.palette import COLOURS
from olivebranch.games.registry import NamedGame
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.equilibria.as_json import enumerated_as_dict, numerical_as_dict
from olivebranch.theory.equilibria.minimax import MinimaxComponent
from olivebranch.theory.equilibria.numerical import NumericalComponent
from olivebranch.theory.equilibria.reference import Reference, enumerated, reference_of
from olivebranch.theory.signalling.numbers import EnumerationTooLarge
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.tree.histories import GameTree, TreeTooLarge, unroll

OTHERS = tuple(COLOURS.values())


@dataclass(frozen=True)
class KnownGame:
    """A game and its equilibria.

    Attributes:
        named: the game.
        tree: of its histories.
        reference: its known equilibria.
        entries: of each equilibrium, by name, what ``olivebranch equilibria --json`` says; may lack some.
    """

    named: NamedGame
    tree: GameTree
    reference: Reference
    entries: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, named: NamedGame) -> "KnownGame":
        """Raises :class:`ParameterError` where the tree of the game does not fit."""
        try:
            tree = unroll(named.compiled)
            reference = reference_of(named)
        except TreeTooLarge as error:
            raise ParameterError("game", named.spec, f"a game whose tree fits ({error})") from None
        entries: dict[str, Mapping[str, Any]] = {}
        try:
            found = enumerated(named, tree)
        except EnumerationTooLarge:
            found = None
        if found:
            refiner = Refiner(found[0].found.pieces[0].context)
            entries = {one.known.name: enumerated_as_dict(one, refiner) for one in found}
        for component in reference.components:
            if isinstance(component, NumericalComponent | MinimaxComponent):
                entries.setdefault(component.name, numerical_as_dict(component))
        return cls(named, tree, reference, entries)

    @property
    def talks(self) -> TalksParameters | None:
        """Its parameters if it is a talks game."""
        parameters = self.named.parameters
        return parameters if type(parameters) is TalksParameters else None

    def colour(self, name: str) -> str:
        """Of an equilibrium: the one that it has in every picture; those without a name in the table take turns."""
        if name in COLOURS:
            return COLOURS[name]
        names = self.reference.names
        return OTHERS[names.index(name) % len(OTHERS)] if name in names else "#777777"
