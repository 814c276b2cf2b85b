"""The deal of a game tree, and the private types that it gives to the players.

The *deal* is all that chance does before anybody moves; a deal is one path through these chance nodes. Two deals are
of one *type* of a player if some information set of it has nodes below both, or if they are joined by others in a
chain. Groups of deals that no information set joins at all are *public*: everybody can tell them apart from the
beginning, so that types of different groups may bear the same number.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from olivebranch.games.efg.reading import ExtensiveForm, Kind


@dataclass(frozen=True)
class Deal:
    """One path through the chance nodes at the root.

    Attributes:
        node: the number of the first node that is not chance's.
        probability: of the path.
        labels: of its branches.
        payoff: what has been paid at its nodes, the last one included.
    """

    node: int
    probability: float
    labels: tuple[str, ...]
    payoff: tuple[float, ...]


@dataclass(frozen=True)
class Deals:
    """All deals of a game tree, with what they tell.

    Attributes:
        deals: in the order of the file, those that chance rules out left out.
        members: the nodes of each information set that chance does not rule out, ascending.
        group: of each deal the public group that it is in, from 0 on.
        types: the type of each player in each deal, ``[player][deal]``; 0 where the player is never asked.
    """

    deals: tuple[Deal, ...]
    members: tuple[tuple[int, ...], ...]
    group: tuple[int, ...]
    types: tuple[tuple[int, ...], ...]

    def of(self, node: int) -> int:
        """The number of the deal that a node lies below."""
        return bisect_right(self.deals, node, key=lambda deal: deal.node) - 1


def deal_out(form: ExtensiveForm) -> Deals:
    """The deals of a game tree, their public groups, and the types of all players."""
    deals, members = _deals(form), _members(form)
    starts = [deal.node for deal in deals]
    held = [[bisect_right(starts, member) - 1 for member in nodes] for nodes in members]
    root = joined(len(deals), held)
    number: dict[int, int] = {}
    group = tuple(number.setdefault(root(deal), len(number)) for deal in range(len(deals)))
    types = []
    for player in range(len(form.players)):
        own = [
            deals_of
            for deals_of, information_set in zip(held, form.information_sets, strict=True)
            if information_set.player == player
        ]
        types.append(_numbered(joined(len(deals), own), sorted({deal for row in own for deal in row}), group))
    return Deals(deals, members, group, tuple(types))


def joined(count: int, rows: Sequence[Sequence[int]]) -> Callable[[int], int]:
    """The function that gives two of ``count`` numbers the same value iff rows that share numbers join them."""
    parent = list(range(count))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for row in rows:
        for number in row[1:]:
            parent[root(number)] = root(row[0])
    return root


def type_names(form: ExtensiveForm, deals: Deals, player: int) -> tuple[str, ...]:
    """Names for a player's types, from the words of the deal where these tell the types apart."""
    of_deal = deals.types[player]
    count = max(of_deal) + 1
    if count == 1:
        return ("only",)
    words = [[word.strip() for label in deal.labels for word in label.split(",")] for deal in deals.deals]
    width = min(len(row) for row in words)
    told = [
        {kind: {row[column] for row, of in zip(words, of_deal, strict=True) if of == kind} for kind in range(count)}
        for column in range(width)
    ]
    constant = [column for column in range(width) if all(len(found) == 1 for found in told[column].values())]
    for columns in ([player] if player in constant and width == len(form.players) else [], constant):
        names = [" ".join(next(iter(told[column][kind])) for column in columns) for kind in range(count)]
        if all(names) and len(set(names)) == count:
            return tuple(names)
    return tuple(f"type {kind + 1}" for kind in range(count))


def _deals(form: ExtensiveForm) -> tuple[Deal, ...]:
    found, stack = list[Deal](), [Deal(0, 1.0, (), form.nodes[0].payoff)]
    while stack:
        deal = stack.pop()
        node = form.nodes[deal.node]
        if node.kind is not Kind.CHANCE:
            found.append(deal)
            continue
        for child, label, share in zip(node.children, node.branches, node.probabilities, strict=True):
            if share > 0.0:
                paid = tuple(a + b for a, b in zip(deal.payoff, form.nodes[child].payoff, strict=True))
                stack.append(Deal(child, deal.probability * share, (*deal.labels, label), paid))
    return tuple(sorted(found, key=lambda deal: deal.node))


def _members(form: ExtensiveForm) -> tuple[tuple[int, ...], ...]:
    """The nodes of each information set that chance does not rule out."""
    alive: list[list[int]] = [[] for _ in form.information_sets]
    ruled_out, end = set[int](), 0
    for number, node in enumerate(form.nodes):
        if number in ruled_out:
            end = max(end, node.end)
        if number >= end:
            ruled_out.update(c for c, share in zip(node.children, node.probabilities, strict=False) if share == 0.0)
            if node.information_set >= 0:
                alive[node.information_set].append(number)
    return tuple(tuple(nodes) for nodes in alive)


def _numbered(root: Callable[[int], int], asked: Sequence[int], group: Sequence[int]) -> tuple[int, ...]:
    """Types from 0 on within each public group, in the order of the deals in which the player is ever asked."""
    numbers: dict[int, int] = {}
    used: dict[int, int] = {}
    for deal in asked:
        if root(deal) not in numbers:
            numbers[root(deal)] = used.get(group[deal], 0)
            used[group[deal]] = numbers[root(deal)] + 1
    return tuple(numbers.get(root(deal), 0) for deal in range(len(group)))
