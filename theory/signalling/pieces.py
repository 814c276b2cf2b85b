"""What the enumerator returns: pieces and components of the set of equilibria (docs/model.md, section 4).

The set E of strategy pairs (σ, ρ) that are part of a perfect Bayesian equilibrium (beliefs off the path are projected
out, and given beside each piece) is a finite union of polytopes. It is cut in two ways:

- into :class:`Piece`, one for each pair of supports that occurs. A piece is convex, so each pair of supports lies in
  one component, and the list of pieces is canonical;
- into :class:`Component`, the connected components of E. At generic payoffs all equilibria of a component have the
  same distribution over (type, message, response) and differ in replies to unused messages only.

The closure of a piece is a product of two polytopes, the sender's and the receiver's, given by their vertices.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_

from olivebranch.theory.signalling.beliefs import MessageBeliefs, bits, mask_of
from olivebranch.theory.signalling.certificate import Cell, Certificate
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.numbers import Number, Numbers, Scaled, Vector
from olivebranch.theory.signalling.vertices import ReceiverVertex, SenderVertex

Strategy = tuple[Vector, ...]
Supports = tuple[tuple[int, ...], ...]
Outcome = tuple[tuple[tuple[Number, ...], ...], ...]


@dataclass(frozen=True)
class Context:
    """What all pieces of one game share: the game, its arithmetic and the beliefs after each message."""

    scaled: Scaled
    beliefs: tuple[MessageBeliefs, ...]

    @property
    def game(self) -> SignallingGame:
        """The game."""
        return self.scaled.game


@dataclass(frozen=True)
class Piece:
    """All equilibria with one pair of supports, by the vertices of its closure.

    Attributes:
        context: the game.
        sender_support: for each type the messages that it uses.
        receiver_support: for each message the responses that are used after it (none where no type can send it).
        senders, receivers: the vertices of the two polytopes, with their labels.
    """

    context: Context
    sender_support: Supports
    receiver_support: Supports
    senders: tuple[SenderVertex, ...]
    receivers: tuple[ReceiverVertex, ...]

    @property
    def sender_vertices(self) -> tuple[Strategy, ...]:
        """Vertices of the sender's polytope, each σ as ``[θ][m]``."""
        return tuple(vertex.strategy for vertex in self.senders)

    @property
    def receiver_vertices(self) -> tuple[Strategy, ...]:
        """Vertices of the receiver's polytope, each ρ as ``[m][a]``."""
        return tuple(vertex.strategy for vertex in self.receivers)

    @cached_property
    def sender_strategy(self) -> Strategy:
        """A representative σ with exactly these supports: the mean of the vertices."""
        return mean(self.sender_vertices)

    @cached_property
    def receiver_strategy(self) -> Strategy:
        """A representative ρ with exactly these supports: the mean of the vertices."""
        return mean(self.receiver_vertices)

    @cached_property
    def dimension(self) -> int:
        """Dimension of the piece, beliefs not counted."""
        numbers = self.context.scaled.numbers
        return affine_rank(self.sender_vertices, numbers) + affine_rank(self.receiver_vertices, numbers)

    @cached_property
    def on_path(self) -> tuple[int, ...]:
        """The messages of positive probability."""
        used = 0
        for vertex in self.senders:
            used |= vertex.on_path
        return tuple(bits(used))

    @cached_property
    def off_path(self) -> tuple[int, ...]:
        """The messages that some type can send but that have probability zero."""
        return tuple(cell.message for cell in self.context.beliefs if cell.senders and cell.message not in self.on_path)

    @cached_property
    def belief_vertices(self) -> dict[int, tuple[Vector, ...]]:
        """For each message off the path the vertices of the beliefs ``[θ]`` that support this piece's reply."""
        found = {}
        for m in self.off_path:
            rays = self.context.beliefs[m].belief_polytope(mask_of(self.receiver_support[m]))
            found[m] = tuple(normalised(ray, self.context.scaled.numbers) for ray in rays)
        return found

    @cached_property
    def outcome(self) -> Outcome:
        """Distribution over ``[θ][m][a]`` at the representative."""
        return outcome(self.context.game.prior, self.sender_strategy, self.receiver_strategy)

    @cached_property
    def payoffs(self) -> Vector:
        """Each type's payoff at the representative, ``[θ]``, in the game's own units."""
        game = self.context.game
        values = []
        for t, messages in enumerate(self.sender_support):
            m = messages[0]
            reply = self.receiver_strategy[m]
            values.append(sum(u * p for u, p in zip(game.sender_payoffs[t][m], reply, strict=True) if p))
        return tuple(values)

    @cached_property
    def outcome_varies(self) -> bool:
        """Whether the equilibria of the piece differ on the path."""
        if len(self.senders) > 1:
            return True
        used = [tuple(vertex.strategy[m] for m in self.on_path) for vertex in self.receivers]
        return affine_rank(used, self.context.scaled.numbers) > 0

    @cached_property
    def knife_edges(self) -> tuple[str, ...]:
        """Weak inequalities that hold with equality although the supports do not ask for it. Empty at generic payoffs.

        A type indifferent to a message that it does not use, a receiver indifferent to a response that it does not use
        (on the path, or at every belief that supports its reply), a message that only types of probability zero send,
        or a piece whose equilibria differ on the path.
        """
        game = self.context.game
        _, messages, _ = game.shape
        found = []
        best = _common(vertex.best for vertex in self.receivers)
        for t, support in enumerate(self.sender_support):
            for m in range(messages):
                if best >> (t * messages + m) & 1 and m not in support:
                    found.append(f"type {game.type_names[t]} is indifferent to message {game.message_names[m]}")
        for m in self.on_path:
            optimal = _common(vertex.optimal[m] for vertex in self.senders)
            for a in bits(optimal & ~mask_of(self.receiver_support[m])):
                what = f"response {game.response_names[a]} after message {game.message_names[m]}"
                found.append(f"the receiver is indifferent to {what}")
        for m in self.off_path:
            if not self.context.beliefs[m].is_exact(mask_of(self.receiver_support[m])):
                found.append(
                    f"every belief that supports the reply to {game.message_names[m]} makes another one optimal"
                )
            if any(m in support for support in self.sender_support):
                found.append(f"only types of probability zero send message {game.message_names[m]}")
        if self.outcome_varies:
            found.append("equilibria with the same supports differ on the path")
        return tuple(found)


@dataclass(frozen=True)
class Component:
    """A connected component of the set of equilibria.

    Attributes:
        pieces: one for each pair of supports that occurs in it.
    """

    pieces: tuple[Piece, ...]

    @cached_property
    def maximal(self) -> tuple[Piece, ...]:
        """The pieces whose closures are not part of another's: together these closures are the component."""
        spans = [(frozenset(piece.sender_vertices), frozenset(piece.receiver_vertices)) for piece in self.pieces]
        return tuple(
            piece
            for piece, (s, r) in zip(self.pieces, spans, strict=True)
            if not any((s, r) != (s2, r2) and s <= s2 and r <= r2 for s2, r2 in spans)
        )

    @cached_property
    def dimension(self) -> int:
        """The largest dimension of a piece."""
        return max(piece.dimension for piece in self.pieces)

    @cached_property
    def representative(self) -> Piece:
        """The first piece of the largest dimension."""
        return max(self.pieces, key=lambda piece: piece.dimension)

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The distributions over ``[θ][m][a]`` at the extreme equilibria, each once; one at generic payoffs."""
        prior = self.pieces[0].context.game.prior
        found = {
            outcome(prior, sender, receiver): None
            for piece in self.maximal
            for sender in piece.sender_vertices
            for receiver in piece.receiver_vertices
        }
        return tuple(found)

    @cached_property
    def knife_edges(self) -> tuple[str, ...]:
        """The knife edges of its pieces, each once."""
        return tuple(dict.fromkeys(edge for piece in self.pieces for edge in piece.knife_edges))

    @cached_property
    def certificate(self) -> Certificate:
        """The proof that all this is equilibria and hangs together; of a component enumerated in exact numbers."""
        cells = []
        for piece in self.maximal:
            beliefs = {}
            for cell in piece.context.beliefs:
                if cell.senders and not all(vertex.on_path >> cell.message & 1 for vertex in piece.senders):
                    ray = cell.belief_polytope(mask_of(piece.receiver_support[cell.message]))[0]
                    beliefs[cell.message] = normalised(ray, piece.context.scaled.numbers)
            cells.append(Cell(piece.sender_vertices, piece.receiver_vertices, beliefs))
        return Certificate(tuple(cells))

    @property
    def kind(self) -> str:
        """``"pooling"``, ``"separating"`` or ``"hybrid"``: what the sender does in the representative."""
        support = self.representative.sender_support
        if any(len(messages) > 1 for messages in support):
            return "hybrid"
        sent = {messages[0] for messages in support}
        return {1: "pooling", len(support): "separating"}.get(len(sent), "hybrid")


@dataclass(frozen=True)
class EquilibriumSet:
    """All perfect Bayesian equilibria of a signalling game.

    Attributes:
        game: the game.
        components: the connected components, in the order of their first pair of supports.
    """

    game: SignallingGame
    components: tuple[Component, ...]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Every pair of supports that occurs."""
        return tuple(piece for component in self.components for piece in component.pieces)


def mean(points: Sequence[Strategy]) -> Strategy:
    """The mean of several strategies, given as rows of numbers."""
    if len(points) == 1:
        return points[0]
    total = [[sum(column) for column in zip(*rows, strict=True)] for rows in zip(*points, strict=True)]
    return tuple(tuple(value / len(points) for value in row) for row in total)


def affine_rank(points: Sequence[Strategy], numbers: Numbers) -> int:
    """Dimension of the convex hull of several strategies."""
    flat = [[value for row in point for value in row] for point in points]
    rows = [[x - y for x, y in zip(point, flat[0], strict=True)] for point in flat[1:]]
    rank = 0
    for column in range(len(flat[0])):
        if rank == len(rows):
            break
        pivot = max(range(rank, len(rows)), key=lambda i, at=column: abs(rows[i][at]))  # type: ignore[misc]
        if numbers.sign(rows[pivot][column]) == 0:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        top = rows[rank]
        for i in range(rank + 1, len(rows)):
            if rows[i][column]:
                factor = rows[i][column] / top[column]
                rows[i] = [x - factor * y for x, y in zip(rows[i], top, strict=True)]
        rank += 1
    return rank


def outcome(prior: Sequence[Number], sender: Strategy, receiver: Strategy) -> Outcome:
    """Distribution over ``[θ][m][a]`` when σ and ρ are played."""
    return tuple(
        tuple(tuple(p * sent * reply for reply in receiver[m]) for m, sent in enumerate(row))
        for p, row in zip(prior, sender, strict=True)
    )


def normalised(ray: Vector, numbers: Numbers) -> Vector:
    """The point of a ray whose entries sum to one."""
    total = sum(ray)
    return tuple(numbers.ratio(value, total) for value in ray)


def _common(masks: Iterable[int]) -> int:
    return reduce(and_, masks)
