"""The extreme equilibria of a signalling game (docs/model.md, section 4).

Two polyhedral complexes meet in an equilibrium. The *sender's*: all σ, cut by the receiver's indifference after each
message. The *receiver's*: all ρ whose support some belief makes optimal, cut by the types' indifference between
messages. (σ, ρ) is an equilibrium iff σ uses only messages that are best against ρ, and ρ only responses that are
optimal against σ (any, where a message has probability zero). Both conditions are about *labels*, constant on the
faces of the complexes, so the equilibrium set is a union of products of faces, and its corners are pairs of vertices.

The sender's vertices are the basic solutions of "the columns of σ, written in the rays of their cells, add up to one
for each type": at most as many rays as types. For each, the replies are found message by message: those that are used
fix the equilibrium payoffs, and given these every other message stands alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import or_

from olivebranch.theory.signalling.beliefs import MessageBeliefs, bits, reply_polytopes
from olivebranch.theory.signalling.numbers import Number, Numbers, Scaled, Vector, Work, dot, extreme_rays


@dataclass(frozen=True)
class SenderVertex:
    """A vertex of the sender's complex.

    Attributes:
        strategy: σ, ``[θ][m]``.
        support: the pairs (θ, m) that are used, as a bit mask over θ * M + m.
        optimal: for each message the responses that are optimal after it; all, where it has probability zero.
        on_path: the messages of positive probability, as a bit mask.
    """

    strategy: tuple[Vector, ...]
    support: int
    optimal: tuple[int, ...]
    on_path: int


@dataclass(frozen=True)
class ReceiverVertex:
    """A vertex of the receiver's complex.

    Attributes:
        strategy: ρ, ``[m][a]``; a row of zeros after a message that no type can send.
        support: for each message the responses used, as a bit mask.
        best: the pairs (θ, m) such that m is best for θ, as a bit mask over θ * M + m.
    """

    strategy: tuple[Vector, ...]
    support: tuple[int, ...]
    best: int


def sender_vertices(scaled: Scaled, beliefs: Sequence[MessageBeliefs], work: Work) -> list[SenderVertex]:
    """The vertices of the sender's complex (with more than two types perhaps a few more of its points)."""
    types, messages, _ = scaled.game.shape
    columns = [(cell.message, column, optimal) for cell in beliefs for column, optimal in cell.columns]
    owners, masks = [m for m, _, _ in columns], [optimal for _, _, optimal in columns]

    def share_a_cell(support: int) -> bool:
        common = [-1] * messages
        for index in bits(support):
            m = owners[index]
            common[m] &= masks[index]
            if not common[m]:
                return False
        return True

    rows = [[column[t] for _, column, _ in columns] for t in range(types)]
    level = [[x - y for x, y in zip(row, rows[0], strict=True)] for row in rows[1:]]
    found: dict[tuple[int, tuple[int, ...]], SenderVertex] = {}  # vertices have different labels
    for weights in extreme_rays(len(columns), (), level, scaled.numbers, share_a_cell, work):
        vertex = _sender_vertex(scaled, beliefs, columns, weights, dot(rows[0], weights))
        found.setdefault((vertex.support, vertex.optimal), vertex)
    return list(found.values())


def _sender_vertex(
    scaled: Scaled,
    beliefs: Sequence[MessageBeliefs],
    columns: Sequence[tuple[int, Vector, int]],
    weights: Vector,
    total: Number,
) -> SenderVertex:
    types, messages, _ = scaled.game.shape
    numbers = scaled.numbers
    mass = [[0] * messages for _ in range(types)]
    optimal = [cell.responses for cell in beliefs]
    support = 0
    for (m, column, best), weight in zip(columns, weights, strict=True):
        if numbers.sign(weight) > 0:
            optimal[m] &= best
            for t in range(types):
                if column[t]:
                    mass[t][m] += column[t] * weight
                    support |= 1 << (t * messages + m)
    on_path = 0
    for m in range(messages):
        if any(scaled.game.prior[t] and support >> (t * messages + m) & 1 for t in range(types)):
            on_path |= 1 << m
    strategy = tuple(tuple(numbers.ratio(value, total) if value else numbers.zero for value in row) for row in mass)
    return SenderVertex(strategy, support, tuple(optimal), on_path)


class Replies:
    """Finds the receiver's replies to a sender's vertex that complete it to an equilibrium."""

    def __init__(self, scaled: Scaled, beliefs: Sequence[MessageBeliefs]) -> None:
        self.scaled = scaled
        self.beliefs = beliefs
        self.types, self.messages, self.width = scaled.game.shape
        self._off_path: dict[tuple[int, Vector, Number], list[Vector]] = {}
        self._ranges: dict[tuple[int, int, int], tuple[Number, Number]] = {}
        self.rational = [reduce(or_, cell.maximal, 0) for cell in beliefs]
        self.reachable = [m for m in range(self.messages) if beliefs[m].senders]

    def to(self, vertex: SenderVertex, work: Work) -> Iterator[ReceiverVertex]:
        """The vertices of the set of replies that make an equilibrium with ``vertex``; none if there is no reply."""
        if self._hopeless(vertex):
            return
        used = [
            m for m in self.reachable if any(vertex.support >> (t * self.messages + m) & 1 for t in range(self.types))
        ]
        free = [m for m in self.reachable if m not in used]
        seen: set[tuple[tuple[int, ...], int]] = set()
        for sets in product(*(self._sets(vertex, m) for m in used)):
            points = self._solve(vertex, used, sets)
            if len(points) == 1:
                points = list(self._complete(points[0], free))
            elif points:
                # the payoffs vary, so that the replies to unused messages depend on those to used ones
                points = []
                for rest in product(*(self.beliefs[m].maximal for m in free)):
                    points += self._solve(vertex, used + free, sets + rest)
            for point in points:
                work.spend(len(point) * 100)
                reply = self._receiver_vertex(point)
                if (reply.support, reply.best) not in seen:
                    seen.add((reply.support, reply.best))
                    yield reply

    def _hopeless(self, vertex: SenderVertex) -> bool:
        """Whether some type gets less by a message that it sends, at best, than by some message at worst."""
        for t in range(self.types):
            most: list[Number] = []
            least: list[Number] = []
            for m in self.scaled.game.messages(t):
                low, high = self._range(t, m, vertex.optimal[m] if vertex.on_path >> m & 1 else self.rational[m])
                least.append(low)
                if vertex.support >> (t * self.messages + m) & 1:
                    most.append(high)
            if self.scaled.numbers.sign(min(most) - max(least)) < 0:
                return True
        return False

    def _range(self, t: int, message: int, responses: int) -> tuple[Number, Number]:
        """The least and the largest payoff of a type by a message over a set of responses."""
        key = (t, message, responses)
        if key not in self._ranges:
            payoffs = [self.scaled.sender[t][message][a] for a in bits(responses)]
            self._ranges[key] = min(payoffs), max(payoffs)
        return self._ranges[key]

    def _sets(self, vertex: SenderVertex, message: int) -> tuple[int, ...]:
        """The sets of responses on which the reply to a used message may mix."""
        if vertex.on_path >> message & 1:
            return (vertex.optimal[message],)
        return self.beliefs[message].maximal

    def _solve(self, vertex: SenderVertex, asked: list[int], sets: tuple[int, ...]) -> list[dict[int, Vector]]:
        """Vertices of the replies to the messages ``asked``, on ``sets``: each type indifferent over its support and
        no better off at another message asked. Rays by message; the entries of each add up to the same number."""
        places = [(m, a) for m, mask in zip(asked, sets, strict=True) for a in bits(mask)]
        payoffs = self.scaled.sender
        equalities: list[list[Number]] = [
            [int(m == other) - int(m == asked[0]) for m, _ in places] for other in asked[1:]
        ]
        inequalities: list[list[Number]] = []
        for t in range(self.types):
            home, *others = [m for m in asked if vertex.support >> (t * self.messages + m) & 1] or [-1]
            if home < 0:
                raise AssertionError(f"type {t} sends no message")
            for other in asked:
                if other == home or not self.scaled.game.message_legal[t][other]:
                    continue
                row = [payoffs[t][m][a] * (int(m == home) - int(m == other)) for m, a in places]
                (equalities if other in others else inequalities).append(row)
        points = []
        if len(places) == len(asked):  # pure replies need no search
            sign, ones = self.scaled.numbers.sign, (1,) * len(places)
            met = all(sign(sum(row)) == 0 for row in equalities) and all(sign(sum(row)) >= 0 for row in inequalities)
            rays = [ones] if met else []
        else:
            rays = extreme_rays(len(places), inequalities, equalities, self.scaled.numbers)
        for ray in rays:
            point = {m: [0] * self.width for m in asked}
            for (m, a), value in zip(places, ray, strict=True):
                point[m][a] = value
            points.append({m: tuple(row) for m, row in point.items()})
        return points

    def _complete(self, point: dict[int, Vector], free: list[int]) -> Iterator[dict[int, Vector]]:
        """Add the replies to unused messages, given the one reply to the used ones."""
        total = sum(next(iter(point.values())))
        values = []
        for t in range(self.types):
            options = [dot(self.scaled.sender[t][m], row) for m, row in point.items() if self._legal(t, m)]
            values.append(max(options))
        choices = [self._deterring(m, tuple(values), total) for m in free]
        for rows in product(*choices):
            yield point | dict(zip(free, rows, strict=True))

    def _legal(self, t: int, message: int) -> bool:
        return self.scaled.game.message_legal[t][message]

    def _deterring(self, message: int, values: Vector, total: Number) -> list[Vector]:
        """Vertices of the replies to an unused message that leave no type better off than ``values / total``."""
        key = (message, values, total)
        if key not in self._off_path:
            senders, payoffs = self.beliefs[message].senders, self.scaled.sender
            limits = tuple(tuple(values[t] - total * u for u in payoffs[t][message]) for t in senders)
            polytopes = reply_polytopes(limits, (), self.beliefs[message].maximal, self.width, self.scaled.numbers)
            self._off_path[key] = list(dict.fromkeys(ray for _, rays in polytopes for ray in rays))
        return self._off_path[key]

    def _receiver_vertex(self, point: dict[int, Vector]) -> ReceiverVertex:
        numbers: Numbers = self.scaled.numbers
        strategy = []
        support = []
        for m in range(self.messages):
            row = point.get(m, (0,) * self.width)
            total = sum(row)
            used = 0
            for a, value in enumerate(row):
                used |= (numbers.sign(value) > 0) << a
            strategy.append(tuple(numbers.ratio(value, total) if value else numbers.zero for value in row))
            support.append(used)
        best = 0
        for t in range(self.types):
            values = {m: dot(self.scaled.sender[t][m], strategy[m]) for m in self.scaled.game.messages(t)}
            highest = max(values.values())
            for m, value in values.items():
                if numbers.sign(highest - value) == 0:
                    best |= 1 << (t * self.messages + m)
        return ReceiverVertex(tuple(strategy), tuple(support), best)
