"""What every known equilibrium, or component of equilibria, can be asked: its name, its play, how far other play is."""

from dataclasses import dataclass
from typing import Protocol

from olivebranch.theory.tree.profiles import BehaviourProfile

REACHED = 0.05  # a component counts as reached within this total variation


@dataclass(frozen=True)
class Distances:
    """How far a profile is from the nearest equilibrium of a component. All are total variation distances in [0, 1].

    Attributes:
        on_path: between the distributions over plays: the types, and everything that happens until the game ends.
        off_path: the largest distance between a reply to a message that the component leaves unused and the nearest
            reply that supports the component; 0 where it uses every message, None where such replies are not known.
        widest: the largest distance at any information set, off the path included; None where it is not known.
    """

    on_path: float
    off_path: float | None
    widest: float | None = None

    @property
    def order(self) -> tuple[float, float]:
        """What the nearest component has least of: distance on the path, then what else is known."""
        beside = self.off_path if self.widest is None else self.widest
        return self.on_path, beside if beside is not None else 0.0


class Component(Protocol):
    """An equilibrium, or a connected set of equilibria, that has a name."""

    @property
    def name(self) -> str:
        """Unique among the components of a game."""
        ...

    def distances(self, profile: BehaviourProfile) -> Distances:
        """How far a profile on the game's tree is from the nearest equilibrium of the component."""
        ...

    def profile(self) -> BehaviourProfile:
        """One equilibrium of the component, on the game's tree."""
        ...
