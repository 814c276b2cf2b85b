"""What the receiver may reply after each message, and the beliefs that make it do so (docs/model.md, section 4).

After message m the beliefs over the types that can send m form a simplex. It is the union of the cells "response a is
optimal", which are polytopes. Their vertices tell everything: a set of responses is optimal together at some belief
iff it is at one of the vertices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from olivebranch.theory.signalling.numbers import Number, Numbers, Scaled, Vector, dot, extreme_rays


def bits(mask: int) -> Iterator[int]:
    """The positions of the ones in a bit mask, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def mask_of(members: tuple[int, ...]) -> int:
    """The bit mask of a set of small integers."""
    return sum(1 << member for member in members)


@dataclass(frozen=True)
class MessageBeliefs:
    """The receiver's side of one message. Sets of responses are bit masks.

    Attributes:
        message: m.
        senders: the types that can send m.
        responses: the set of responses open after m.
        vertices: (belief, optimal responses) at each vertex of the cells; beliefs are rays over all types, zero
            outside ``senders``.
        columns: (column, optimal responses): the extreme rays of the cells in the space of the sender's columns
            σ(m|.), in which the receiver weighs each type by its prior; rays over all types.
        maximal: the largest sets of responses that are optimal together at some belief.
    """

    message: int
    senders: tuple[int, ...]
    responses: int
    vertices: tuple[tuple[Vector, int], ...]
    columns: tuple[tuple[Vector, int], ...]
    maximal: tuple[int, ...]

    def supports(self, responses: int) -> bool:
        """Whether all of ``responses`` are optimal together at some belief."""
        return any(responses & ~largest == 0 for largest in self.maximal)

    def belief_polytope(self, responses: int) -> tuple[Vector, ...]:
        """The vertices of the set of beliefs at which all of ``responses`` are optimal, as rays over the types."""
        return tuple(belief for belief, optimal in self.vertices if responses & ~optimal == 0)

    def is_exact(self, responses: int) -> bool:
        """Whether at some belief ``responses`` are optimal and nothing else is."""
        common = self.responses
        for _, optimal in self.vertices:
            if responses & ~optimal == 0:
                common &= optimal
        return common == responses


def message_beliefs(scaled: Scaled, message: int) -> MessageBeliefs:
    """The cells of ``message``."""
    game, numbers = scaled.game, scaled.numbers
    senders, responses = game.senders(message), game.responses(message)
    vertices = belief_vertices(scaled, message, senders)
    columns = []
    for belief, optimal in vertices:
        if all(game.prior[t] for t in senders if belief[t]):
            column = tuple(b * weight for b, weight in zip(belief, scaled.inverse_prior, strict=True))
            columns.append((numbers.shorten(column), optimal))
    for t in senders:
        if not game.prior[t]:  # a type that does not exist leaves the receiver indifferent
            columns.append((tuple(int(t == other) for other in range(len(game.prior))), mask_of(responses)))
    maximal = largest_sets([optimal for _, optimal in vertices])
    return MessageBeliefs(message, senders, mask_of(responses), vertices, tuple(columns), maximal)


def belief_vertices(
    scaled: Scaled, message: int, types: tuple[int, ...], limits: tuple[Vector, ...] = ()
) -> tuple[tuple[Vector, int], ...]:
    """(belief, optimal responses) at the vertices of the cells of the beliefs over ``types``.

    Args:
        limits: further constraints on beliefs, each a vector c over all types that stands for c . belief >= 0. Of
            vertices with the same support and the same optimal responses only one is then returned.
    """
    payoffs, numbers = scaled.receiver[message], scaled.numbers
    responses = scaled.game.responses(message)
    found: dict[tuple[int, int], Vector] = {}  # the vertices of cells differ in their support or in what is optimal
    restricted = [[limit[t] for t in types] for limit in limits]
    for a in responses:
        rows = [[payoffs[a][t] - payoffs[b][t] for t in types] for b in responses if b != a]
        for ray in extreme_rays(len(types), rows + restricted, (), numbers):
            belief: list[Number] = [0] * len(payoffs[a])
            for t, value in zip(types, ray, strict=True):
                belief[t] = value
            values = {b: dot(payoffs[b], belief) for b in responses}
            best = max(values.values())
            optimal = mask_of(tuple(b for b in responses if numbers.sign(best - values[b]) == 0))
            support = mask_of(tuple(t for t in types if belief[t]))
            found.setdefault((support, optimal), tuple(belief))
    return tuple((belief, optimal) for (_, optimal), belief in found.items())


def largest_sets(sets: list[int]) -> tuple[int, ...]:
    """The members that no other member contains, without repetition."""
    distinct = sorted(set(sets))
    return tuple(s for s in distinct if not any(s != other and s & ~other == 0 for other in distinct))


def nonempty_subsets(mask: int) -> tuple[int, ...]:
    """All nonempty subsets of a set, the larger ones as integers last."""
    found: list[int] = []
    subset = 0
    while True:
        subset = (subset - mask) & mask
        if not subset:
            return tuple(found)
        found.append(subset)


def reply_polytopes(
    limits: tuple[Vector, ...],
    equalities: tuple[Vector, ...],
    sets: tuple[int, ...],
    width: int,
    numbers: Numbers,
) -> Iterator[tuple[int, list[Vector]]]:
    """For each set of responses the vertices of the mixed replies on it that meet linear limits.

    Args:
        limits, equalities: vectors c over all responses that stand for c . ρ >= 0, or = 0.
        sets: the sets of responses.
        width: number of all responses.

    Yields:
        (set, vertices as rays over all responses); sets without such a reply are left out.
    """
    for mask in sets:
        members = tuple(bits(mask))
        rows = [[limit[a] for a in members] for limit in limits]
        levels = [[limit[a] for a in members] for limit in equalities]
        rays = extreme_rays(len(members), rows, levels, numbers)
        if rays:
            yield mask, [_spread(ray, members, width) for ray in rays]


@cache
def _places(members: tuple[int, ...], width: int) -> tuple[int, ...]:
    return tuple(members.index(a) if a in members else -1 for a in range(width))


def _spread(ray: Vector, members: tuple[int, ...], width: int) -> Vector:
    padded = (*ray, 0)
    return tuple(padded[place] for place in _places(members, width))
