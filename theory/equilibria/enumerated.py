"""All equilibria of a finite signalling game as components with names, to which play can be compared exactly.

Names are made of the game's own labels: what each type sends, e.g. "strong beer, weak quiche". Components in which the
types send the same are told apart by the replies on the path, then by those off it, then by probabilities.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.games.signalling import SignallingGame, SignallingRules
from olivebranch.theory.equilibria.cells import Cell, JointCell, ProductCell
from olivebranch.theory.equilibria.components import Component, Distances
from olivebranch.theory.equilibria.names import unique
from olivebranch.theory.equilibria.signalling_play import SignallingPlay
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import signalling_form
from olivebranch.theory.signalling.pieces import Component as ExactComponent
from olivebranch.theory.signalling.pieces import Piece, Strategy
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile

SLACK = 1e-7  # distances that differ by less are the same, for linear programs are no more precise
DIGITS = 12  # of payoffs that have been added up in floats; what is beyond them is rounding, not a preference
WORK = 100_000_000  # a limit to the steps of an enumeration: about ten seconds


@dataclass(frozen=True)
class SignallingComponent:
    """A set of equilibria of a signalling game, as a union of products of polytopes.

    Attributes:
        name: unique among the components of the game.
        play: where messages and responses are on the tree.
        prior: of the types.
        payoffs: the sender's, ``[θ, m, a]``.
        cells: whose union the component is.
        representative: one equilibrium of it, σ ``[θ, m]`` and ρ ``[m, a]``.
    """

    name: str
    play: SignallingPlay
    prior: FloatArray
    payoffs: FloatArray
    cells: tuple[Cell, ...]
    representative: tuple[FloatArray, FloatArray]

    def distances(self, profile: BehaviourProfile) -> Distances:
        """See :class:`~olivebranch.theory.equilibria.components.Component`."""
        strategy, reply = self.play.strategy(profile), self.play.reply(profile)
        found: list[Distances] = []
        for cell in self.cells:
            found.append(cell.distances(self.prior, strategy, reply))
            if max(found[-1].order) <= SLACK:
                return found[-1]
        least = min(distances.on_path for distances in found)
        # as near on the path, but for rounding: then what is nearest off it
        return min((d for d in found if d.on_path <= least + SLACK), key=lambda distances: distances.order[::-1])

    def profile(self) -> BehaviourProfile:
        """The representative as behaviour; see :class:`~olivebranch.theory.equilibria.components.Component`."""
        return self.play.profile(*self.representative, self.payoffs)


@dataclass(frozen=True)
class EnumeratedComponent:
    """A connected component of the equilibria of a signalling game.

    Attributes:
        found: pieces, beliefs, dimension and certificate, in exact numbers.
        known: the same as something to compare play with; has the name.
    """

    found: ExactComponent
    known: SignallingComponent


def signalling_game(game: CompiledGame) -> SignallingGame | None:
    """The signalling game that a compiled game is; None if it is none.

    A game that was compiled from exact numbers gives these back. Otherwise payoffs are read as decimals of twelve
    digits: rewards that were added up in floats carry rounding errors, which would decide what is an equality, and so
    what is an equilibrium.
    """
    if isinstance(game.game, SignallingRules):
        return game.game.form
    try:
        form = signalling_form(game)
    except ValueError:
        return None

    def decimals(rows: Sequence[Sequence[Sequence[Fraction]]]) -> list[list[list[str]]]:
        return [[[format(float(value), f".{DIGITS}g") for value in row] for row in plane] for plane in rows]

    return SignallingGame(
        form.prior,
        decimals(form.sender_payoffs),
        decimals(form.receiver_payoffs),
        form.message_legal,
        form.response_legal,
        form.type_names,
        form.message_names,
        form.response_names,
    )


def enumerate_components(
    tree: GameTree, game: SignallingGame, familiar: Sequence[Component] = ()
) -> tuple[EnumeratedComponent, ...]:
    """Every connected component of the equilibria of a signalling game, by name.

    Args:
        tree: of the compiled game.
        game: its signalling form.
        familiar: equilibria that have names already; a component that holds one is called by its name.

    Raises:
        EnumerationTooLarge: it would take too long.
    """
    found = enumerate_equilibria(game, work=WORK).components
    play = SignallingPlay.of(tree, game)
    prior, payoffs = np.array(game.prior, dtype=np.float64), np.array(game.sender_payoffs, dtype=np.float64)
    components = []
    for name, component in zip(_names(game, found), found, strict=True):
        cells = tuple(_cell(game, piece) for piece in component.maximal)
        known = SignallingComponent(name, play, prior, payoffs, cells, _representative(component, payoffs))
        components.append(EnumeratedComponent(component, known))
    return tuple(sorted(_renamed(components, familiar), key=lambda component: component.known.name))


def _array(strategy: Strategy) -> FloatArray:
    return np.array(strategy, dtype=np.float64)


def _cell(game: SignallingGame, piece: Piece) -> Cell:
    receivers = np.array([_array(vertex) for vertex in piece.receiver_vertices])
    if piece.outcome_varies:
        return JointCell(np.array([_array(vertex) for vertex in piece.sender_vertices]), receivers)
    rows = [np.unique(receivers[:, m], axis=0) for m in range(game.shape[1])]
    return ProductCell(_array(piece.sender_vertices[0]), tuple(rows))


def _representative(component: ExactComponent, payoffs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The corner of the first largest piece whose replies deter most: types gain least by messages they do not send."""
    piece = component.representative
    strategy = _array(piece.sender_vertices[0])

    def temptation(reply: FloatArray) -> tuple[float, ...]:
        worth = np.einsum("tma,ma->tm", payoffs, reply)
        gain = worth - worth.max(axis=1, keepdims=True, where=strategy > 0, initial=-np.inf)
        return float(gain[strategy == 0].sum()), *reply.ravel().tolist()

    return strategy, min((_array(vertex) for vertex in piece.receiver_vertices), key=temptation)


def _renamed(components: list[EnumeratedComponent], familiar: Sequence[Component]) -> list[EnumeratedComponent]:
    """The same, with names that are known where a component holds an equilibrium that has one."""
    names = [component.known.name for component in components]
    for known in familiar:
        profile = known.profile()
        for k, component in enumerate(components):
            distances = component.known.distances(profile)
            if max(distances.on_path, distances.off_path or 0.0) < 1e-7 and known.name not in names:
                names[k] = known.name
                break
    return [
        replace(component, known=replace(component.known, name=name))
        for name, component in zip(names, components, strict=True)
    ]


def _names(game: SignallingGame, found: Sequence[ExactComponent]) -> tuple[str, ...]:
    """The shortest words that tell the components apart."""
    words: tuple[Callable[[ExactComponent], str], ...] = (
        lambda component: _sent(game, component.representative, exactly=False),
        lambda component: _answered(game, component.representative, component.representative.on_path),
        lambda component: _answered(game, component.representative, component.representative.off_path),
        lambda component: _sent(game, component.representative, exactly=True),
    )
    names = [words[0](component) for component in found]
    for more in words[1:]:
        texts: dict[str, list[str]] = {}
        for name, component in zip(names, found, strict=True):
            texts.setdefault(name, []).append(more(component))
        longer = {name: iter(said if len(set(said)) > 1 else [""] * len(said)) for name, said in texts.items()}
        names = [f"{name}; {text}" if (text := next(longer[name])) else name for name in names]
    return unique(names)


def _sent(game: SignallingGame, piece: Piece, exactly: bool) -> str:
    """What each type sends: "strong beer, weak beer/quiche"; "all beer" where more than two types send the same."""
    said = []
    for t, support in enumerate(piece.sender_support):
        shares = [f" {float(piece.sender_strategy[t][m]):.2f}" if exactly and len(support) > 1 else "" for m in support]
        said.append("/".join(game.message_names[m] + share for m, share in zip(support, shares, strict=True)))
    if len(said) > 2 and len(set(said)) == 1:
        return f"all {said[0]}"
    return ", ".join(f"{name} {text}" for name, text in zip(game.type_names, said, strict=True))


def _answered(game: SignallingGame, piece: Piece, messages: Sequence[int]) -> str:
    """What the receiver answers to some messages: "not after beer, duel after quiche"."""
    return ", ".join(
        "/".join(game.response_names[a] for a in piece.receiver_support[m]) + f" after {game.message_names[m]}"
        for m in messages
    )
