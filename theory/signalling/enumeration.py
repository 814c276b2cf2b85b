"""Every perfect Bayesian equilibrium of a finite signalling game (docs/model.md, section 4).

The extreme equilibria are found first (``enumeration_vertices``). What lies between them follows from their labels
alone: a pair of supports occurs iff the vertices that fit it use all of it between them.
"""

from collections.abc import Iterable, Sequence

from olivebranch.theory.signalling.beliefs import bits, mask_of, message_beliefs, nonempty_subsets
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.numbers import EXACT, Numbers, Scaled, Work
from olivebranch.theory.signalling.pieces import Component, Context, EquilibriumSet, Piece, Supports
from olivebranch.theory.signalling.vertices import ReceiverVertex, Replies, SenderVertex, sender_vertices

STEP = 1000  # what a step of the search for replies and for pairs of supports costs, in units of work


def enumerate_equilibria(game: SignallingGame, numbers: Numbers = EXACT, work: int | None = None) -> EquilibriumSet:
    """All perfect Bayesian equilibria of ``game``, in pieces and components.

    Args:
        game: the game.
        numbers: ``EXACT`` (default): every number of the result is a fraction. ``FLOATING``: the same method in
            floats; the answer is the same unless two numbers differ by less than about 1e-9. It saves a tenth to a
            quarter of the time, for payoffs of a few digits make short integers; nothing needs it for speed.
        work: the most work to do, see :class:`~olivebranch.theory.signalling.numbers.Work`; by default no limit.

    Raises:
        EnumerationTooLarge: there is more to do than ``work``.

    The answer grows exponentially with the number of unused messages, for the replies to them combine freely: with n of
    them that are each deterred by an interval of replies, up to three to the n pairs of supports occur.
    """
    scaled, budget = Scaled(game, numbers), Work(work)
    beliefs = tuple(message_beliefs(scaled, m) for m in range(game.shape[1]))
    replies = Replies(scaled, beliefs)
    senders: list[SenderVertex] = []
    receivers: dict[tuple[tuple[int, ...], int], ReceiverVertex] = {}
    corners: list[list[tuple[tuple[int, ...], int]]] = []
    for vertex in sender_vertices(scaled, beliefs, budget):
        budget.spend(STEP)
        found = list(replies.to(vertex, budget))
        if found:
            senders.append(vertex)
            corners.append([(reply.support, reply.best) for reply in found])
            for reply in found:  # vertices of a complex have different labels
                receivers.setdefault((reply.support, reply.best), reply)
    keep = _true_vertices(senders)
    senders, corners = [senders[i] for i in keep], [corners[i] for i in keep]
    numbering = {label: index for index, label in enumerate(receivers)}
    pairs = [[numbering[label] for label in labels] for labels in corners]
    context = Context(scaled, beliefs)
    complex_ = _Labels(context, senders, list(receivers.values()), budget)
    component_of = _connect(context, senders, complex_.receivers, pairs)
    grouped: dict[int, list[Piece]] = {}
    for sender_mask, receiver_mask, piece in complex_.pieces():
        first = (next(bits(sender_mask)), next(bits(receiver_mask)))
        grouped.setdefault(component_of[first], []).append(piece)
    return EquilibriumSet(game, tuple(Component(tuple(pieces)) for pieces in grouped.values()))


def _true_vertices(senders: Sequence[SenderVertex]) -> list[int]:
    """Leave out points inside a face: those with another point that has all their labels."""

    def inside(point: SenderVertex, other: SenderVertex) -> bool:
        return (
            point is not other
            and other.support & ~point.support == 0
            and all(p & ~o == 0 for p, o in zip(point.optimal, other.optimal, strict=True))
        )

    return [i for i, point in enumerate(senders) if not any(inside(point, other) for other in senders)]


def _connect(
    context: Context,
    senders: Sequence[SenderVertex],
    receivers: Sequence[ReceiverVertex],
    pairs: Sequence[Sequence[int]],
) -> dict[tuple[int, int], int]:
    """Number the connected components of the extreme equilibria (sender's vertex, receiver's vertex).

    The segment between two extreme equilibria that share ρ consists of equilibria. So does the one between two that
    share σ, provided that after each message of probability zero one belief supports both replies. As each piece is a
    product of polytopes spanned by extreme equilibria, these segments connect whatever is connected.
    """
    parent = {(s, r): (s, r) for s, row in enumerate(pairs) for r in row}

    def root(node: tuple[int, int]) -> tuple[int, int]:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    first: dict[int, tuple[int, int]] = {}
    for node in parent:
        parent[root(node)] = root(first.setdefault(node[1], node))
    split = [cell.message for cell in context.beliefs if len(cell.maximal) > 1]
    for s, row in enumerate(pairs):
        off_path = [m for m in split if not senders[s].on_path >> m & 1]
        for index, r in enumerate(row):
            for other in row[:index] if off_path else row[:1]:
                left, right = receivers[r].support, receivers[other].support
                if all(context.beliefs[m].supports(left[m] | right[m]) for m in off_path):
                    parent[root((s, r))] = root((s, other))
    roots: dict[tuple[int, int], int] = {}
    return {node: roots.setdefault(root(node), len(roots)) for node in parent}


class _Labels:
    """Finds all pairs of supports that occur, by label: sets of vertices are bit masks."""

    def __init__(
        self, context: Context, senders: list[SenderVertex], receivers: list[ReceiverVertex], work: Work
    ) -> None:
        self.context, self.work = context, work
        self.senders, self.receivers = senders, receivers
        types, messages, responses = context.game.shape
        sent = [(t, m) for t in range(types) for m in range(messages)]
        self.uses = {(t, m): _where(v.support >> (t * messages + m) & 1 for v in senders) for t, m in sent}
        self.best = {(t, m): _where(v.best >> (t * messages + m) & 1 for v in receivers) for t, m in sent}
        replies = [(m, a) for m in range(messages) for a in range(responses)]
        self.replies = {(m, a): _where(v.support[m] >> a & 1 for v in receivers) for m, a in replies}
        self.optimal = {(m, a): _where(v.optimal[m] >> a & 1 for v in senders) for m, a in replies}

    def pieces(self) -> list[tuple[int, int, Piece]]:
        """(sender's vertices, receiver's vertices, piece) for each pair of supports that occurs."""
        found: list[tuple[int, int, Piece]] = []
        if self.senders:
            self._choose_messages((), (1 << len(self.senders)) - 1, (1 << len(self.receivers)) - 1, found)
        return found

    def _choose_messages(
        self, chosen: Supports, senders: int, receivers: int, found: list[tuple[int, int, Piece]]
    ) -> None:
        self.work.spend(STEP)
        t = len(chosen)
        if t == len(self.context.game.prior):
            self._choose_responses(chosen, (), senders, receivers, found)
            return
        legal = self.context.game.messages(t)
        for subset in nonempty_subsets(mask_of(legal)):
            support = tuple(bits(subset))
            left, right = senders, receivers
            for m in legal:
                if m in support:
                    right &= self.best[t, m]
                else:
                    left &= ~self.uses[t, m]
            if right and all(left & self.uses[t, m] for m in support):
                self._choose_messages((*chosen, support), left, right, found)

    def _choose_responses(
        self, sent: Supports, chosen: Supports, senders: int, receivers: int, found: list[tuple[int, int, Piece]]
    ) -> None:
        self.work.spend(STEP)
        m = len(chosen)
        if m == len(self.context.beliefs):
            complete = all(senders & self.uses[t, i] for t, row in enumerate(sent) for i in row)
            if complete and all(receivers & self.replies[i, a] for i, row in enumerate(chosen) for a in row):
                corners = (
                    tuple(self.senders[i] for i in bits(senders)),
                    tuple(self.receivers[i] for i in bits(receivers)),
                )
                found.append((senders, receivers, Piece(self.context, sent, chosen, *corners)))
            return
        cell = self.context.beliefs[m]
        for subset in nonempty_subsets(cell.responses) if cell.senders else (0,):
            if subset and not cell.supports(subset):
                continue
            left, right = senders, receivers
            for a in bits(cell.responses):
                if subset >> a & 1:
                    left &= self.optimal[m, a]
                else:
                    right &= ~self.replies[m, a]
            if left and right and all(right & self.replies[m, a] for a in bits(subset)):
                self._choose_responses(sent, (*chosen, tuple(bits(subset))), left, right, found)


def _where(holds: Iterable[int]) -> int:
    """The positions of the ones, as a bit mask."""
    return sum(one << index for index, one in enumerate(holds))
