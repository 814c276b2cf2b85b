"""From a game tree to public states: what all players know in common after each move, or the node that forbids it.

**The class.** In a multi-stage game with observed actions and private types, a player knows the public history and its
own type, and nothing else. A tree is of this class if its information sets are exactly that: pairs of a public history
and a type. This module finds both from the information sets alone; labels of nodes play no part.

**How.** The deal gives the types (:mod:`olivebranch.games.efg.types`). The tree is then walked for all deals at once. A
*public state* is a set of nodes that the players, taken together, cannot tell apart: after each move, two nodes belong
together if some information set has a node below both (or, in a chain, if they are joined by others), or if they
differ by nothing but the types of the players who are still to move. Where the nodes after different actions belong
together, the action is not seen yet, and the player who moves next moves at once with the one before: they make up one
*stage*. Chance moves between stages split into public outcomes, as far as somebody can tell them apart; what nobody
ever sees stays inside a state, which then holds several nodes for a deal.

Every information set must hold all nodes of its public state in which its player has one type, and no other node.
Anything else is refused by naming the nodes.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from olivebranch.core.errors import ParameterError
from olivebranch.games.efg.reading import ExtensiveForm, Kind
from olivebranch.games.efg.types import Deals, deal_out, joined

MOST_WORK = 3_000_000  # nodes looked at to find out who can tell what apart: ten seconds on a slow machine
CLASS = "a finite multi-stage game with observed actions and private types (docs/games.md)"


class Particle(NamedTuple):
    """One node of a public state, and what nature has done on the way to it.

    Attributes:
        deal: the number of the deal.
        weight: probability of all chance moves on the way, that of the deal included.
        node: the number of the node.
        owed: payoffs on the way that no stage has paid yet.
    """

    deal: int
    weight: float
    node: int
    owed: tuple[float, ...]


class Entry(NamedTuple):
    """A particle on its way through a stage.

    Attributes:
        source: the position of its particle in the public state.
        joint: the actions chosen so far, by the order of the movers, each a position among its information set's.
        chance: probability of the chance moves in this stage.
        paid: payoffs of this stage.
        labels: of the branches that chance took in this stage.
        node: where it is.
    """

    source: int
    joint: tuple[int, ...]
    chance: float
    paid: tuple[float, ...]
    labels: tuple[str, ...]
    node: int


@dataclass(frozen=True)
class PublicOutcome:
    """What may follow a joint action.

    Attributes:
        label: distinct among the outcomes of a joint action.
        entries: the ways to it.
        state: the number of the public state that follows; -1 if the game ends.
    """

    label: str
    entries: tuple[Entry, ...]
    state: int


@dataclass
class PublicState:
    """A set of nodes that all players, taken together, cannot tell apart.

    Attributes:
        particles: its nodes.
        movers: the players who choose here, in the order of the file; nobody where chance alone moves.
        actions: the labels of each mover's actions.
        known: for each mover, the type that each of its information sets here tells it, by the set's number.
        outcomes: by joint action, a position for each mover.
        before: what led here, in words.
    """

    particles: tuple[Particle, ...]
    before: tuple[str, ...]
    movers: list[int] = field(default_factory=list)
    actions: list[tuple[str, ...]] = field(default_factory=list)
    known: list[dict[int, int]] = field(default_factory=list)
    outcomes: dict[tuple[int, ...], list[PublicOutcome]] = field(default_factory=dict)


@dataclass(frozen=True)
class PublicTree:
    """A game tree as public states.

    Attributes:
        form: the tree.
        deals: its deals and types.
        states: the first is where the game begins.
    """

    form: ExtensiveForm
    deals: Deals
    states: tuple[PublicState, ...]


Below = list[tuple[int, list[int]]]  # information sets and those of their nodes that lie below a public state
Group = tuple[list[Entry], Below]


def public_tree(form: ExtensiveForm) -> PublicTree:
    """The public states of a game tree.

    Raises:
        ParameterError: the tree is not of the class; names the nodes that show it.
    """
    return _Walk(form).tree()


class _Walk:
    def __init__(self, form: ExtensiveForm) -> None:
        self.form, self.deals = form, deal_out(form)
        self.nothing = (0.0,) * len(form.players)
        self.states: list[PublicState] = []
        self.waiting: list[tuple[int, Below]] = []
        self.work = 0

    def tree(self) -> PublicTree:
        form, deals = self.form, self.deals.deals
        if all(form.nodes[deal.node].kind is Kind.TERMINAL for deal in deals):
            self.refuse("nobody has a choice", 0)
        below: Below = [(which, list(nodes)) for which, nodes in enumerate(self.deals.members) if len(nodes) > 1]
        start = [Entry(number, (), 1.0, deal.payoff, deal.labels, deal.node) for number, deal in enumerate(deals)]
        groups = self.separate(start, below)
        if len(groups) == 1:
            self.add([Particle(n, deal.probability, deal.node, deal.payoff) for n, deal in enumerate(deals)], below, ())
        else:  # Something of the deal is public: a first stage, in which nobody moves, tells it.
            particles = (Particle(n, deal.probability, deal.node, self.nothing) for n, deal in enumerate(deals))
            self.states.append(PublicState(tuple(particles), ()))
            self.states[0].outcomes[()] = self.outcomes(0, groups, ())
        while self.waiting:
            number, inner = self.waiting.pop()
            self.stage(number, inner)
        return PublicTree(form, self.deals, tuple(self.states))

    def add(self, particles: Iterable[Particle], below: Below, before: tuple[str, ...]) -> int:
        number = len(self.states)
        self.states.append(PublicState(tuple(particles), before))
        self.waiting.append((number, below))
        return number

    def stage(self, number: int, below: Below) -> None:
        """Everything from one public state to those that follow it."""
        state = self.states[number]
        entries = [Entry(i, (), 1.0, p.owed, (), p.node) for i, p in enumerate(state.particles)]
        while True:
            self.move(state, entries)
            below = [(which, members) for which, members in below if which not in state.known[-1]]
            entries = self.after_chance(self.after_move(state, entries))
            groups = self.separate(entries, below)
            if all(len({entry.joint for entry in group}) == 1 for group, _ in groups):
                break  # Everybody has seen what was chosen; until then, who is next moves at the same time.
        by_joint: dict[tuple[int, ...], list[Group]] = {}
        for group in groups:
            by_joint.setdefault(group[0][0].joint, []).append(group)
        for joint, found in by_joint.items():
            moved = zip(state.movers, state.actions, joint, strict=True)
            said = ", ".join(f"{self.form.players[i]}: {labels[a]}" for i, labels, a in moved if len(labels) > 1)
            before = (*state.before, said) if said else state.before
            state.outcomes[joint] = self.outcomes(number, self.merged(state, found), before)

    def move(self, state: PublicState, entries: Sequence[Entry]) -> None:
        """Find out who moves at the nodes of a public state, and check that it knows its type and nothing else."""
        form = self.form
        choice = self.choice(entries[0].node)
        for entry in entries:
            if self.choice(entry.node) != choice:
                self.refuse(
                    f"{choice[0]}, and after the same public history in {form.place(entry.node)} "
                    f"{self.choice(entry.node)[0]}: what can be done may depend neither on types nor on hidden moves",
                    entries[0].node,
                )
        first = form.nodes[entries[0].node]
        player = form.information_sets[first.information_set].player
        if player in state.movers:
            self.refuse(f"{form.players[player]!r} moves again before all have seen its last move", entries[0].node)
        known: dict[int, int] = {}
        holder: dict[int, Entry] = {}
        for entry in entries:
            which, deal = form.nodes[entry.node].information_set, state.particles[entry.source].deal
            own_type = self.deals.types[player][deal]
            known[which] = own_type
            other = holder.setdefault(own_type, entry)
            if form.nodes[other.node].information_set != which:
                why = "by something that neither all have seen nor the deal has told it"
                if state.particles[other.source].deal != deal:
                    why = "by its type, and elsewhere it cannot tell the same types apart"
                self.refuse(
                    f"{form.players[player]!r} tells this node from that in {form.place(other.node)} {why}", entry.node
                )
        inside = {entry.node for entry in entries}
        for which in known:
            for member in self.deals.members[which]:
                if member not in inside:
                    here = next(node for node in self.deals.members[which] if node in inside)
                    self.refuse(
                        f"the information set of {form.players[player]!r} also holds the node in {form.place(member)}, "
                        "which has another public history",
                        here,
                    )
        state.movers.append(player)
        state.actions.append(_action_names(first.branches))
        state.known.append(known)

    def choice(self, number: int) -> tuple[str, int, int]:
        """Who can do how much at a node: in words, and by the numbers of the player and of its actions."""
        node = self.form.nodes[number]
        if node.kind is Kind.TERMINAL:
            return "the game is over", -1, 0
        player, count = self.form.information_sets[node.information_set].player, len(node.branches)
        return f"{self.form.players[player]!r} has {count} action{'s' * (count > 1)}", player, count

    def merged(self, state: PublicState, groups: Sequence[Group]) -> list[Group]:
        """Groups after one joint action; those that differ by the types of who is still to move only are one."""
        result: list[Group] = []
        places: dict[tuple[object, ...], tuple[int, set[tuple[int, int]], set[int]]] = {}
        for group, below in groups:
            first = group[0]
            if len(groups) == 1 or self.form.nodes[first.node].kind is Kind.TERMINAL:
                result.append((group, below))
                continue
            key = (self.choice(first.node), frozenset(entry.labels for entry in group))
            told, deals = self.told(state, group), {state.particles[entry.source].deal for entry in group}
            if key in places and not (told & places[key][1] or deals & places[key][2]):
                at, its_told, its_deals = places[key]
                result[at][0].extend(group)
                result[at][1].extend(below)
                its_told |= told
                its_deals |= deals
            else:
                places[key] = (len(result), told, deals)
                result.append((group, below))
        return [(sorted(group, key=lambda entry: entry.node), below) for group, below in result]

    def told(self, state: PublicState, group: Sequence[Entry]) -> set[tuple[int, int]]:
        """The players that move below some nodes, each with its types there."""
        found = set()
        for entry in group:
            deal, end = state.particles[entry.source].deal, self.form.nodes[entry.node].end
            self.count(end - entry.node)
            below = {node.information_set for node in self.form.nodes[entry.node : end]} - {-1}
            players = {self.form.information_sets[which].player for which in below}
            found |= {(player, self.deals.types[player][deal]) for player in players}
        return found

    def after_move(self, state: PublicState, entries: Sequence[Entry]) -> list[Entry]:
        """Everything that the last mover may do. Its types have the same labels, or else actions go by position."""
        nodes, number = self.form.nodes, {name: position for position, name in enumerate(state.actions[-1])}
        actions: dict[int, list[int]] = {}
        for which in state.known[-1]:
            own = _action_names(self.form.information_sets[which].actions)
            actions[which] = [number[name] for name in own] if set(own) == set(number) else list(range(len(own)))
        found = []
        for entry in entries:
            node = nodes[entry.node]
            for action, child in zip(actions[node.information_set], node.children, strict=True):
                paid = _sum(entry.paid, nodes[child].payoff)
                found.append(entry._replace(joint=(*entry.joint, action), paid=paid, node=child))
        return found

    def after_chance(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries at the first nodes that are not chance's, in the order of the file."""
        nodes, found, stack = self.form.nodes, list[Entry](), list(entries)
        while stack:
            entry = stack.pop()
            node = nodes[entry.node]
            if node.kind is not Kind.CHANCE:
                found.append(entry)
                continue
            for child, label, share in zip(node.children, node.branches, node.probabilities, strict=True):
                if share > 0.0:
                    paid = _sum(entry.paid, nodes[child].payoff)
                    labels = (*entry.labels, label)
                    stack.append(entry._replace(chance=entry.chance * share, paid=paid, labels=labels, node=child))
        return sorted(found, key=lambda entry: entry.node)

    def separate(self, entries: Sequence[Entry], below: Below) -> list[Group]:
        """The groups of nodes that some information sets below them join, each with these information sets."""
        starts = [entry.node for entry in entries]
        self.count(sum(len(members) for _, members in below))
        rows = [[bisect_right(starts, member) - 1 for member in members] for _, members in below]
        root = joined(len(starts), rows)
        groups: dict[int, Group] = {}
        for position, entry in enumerate(entries):
            groups.setdefault(root(position), ([], []))[0].append(entry)
        for row, inner in zip(rows, below, strict=True):
            groups[root(row[0])][1].append(inner)
        return list(groups.values())

    def count(self, nodes: int) -> None:
        """Refuse to go on for ever."""
        self.work += nodes
        if self.work > MOST_WORK:
            self.refuse("the tree is too deep and too wide for this computation", 0)

    def outcomes(self, number: int, groups: Sequence[Group], before: tuple[str, ...]) -> list[PublicOutcome]:
        """The public outcomes of a joint action; ends that chance's branches do not tell apart are one."""
        particles = self.states[number].particles
        ends: dict[tuple[str, ...], list[Entry]] = {}
        found: list[tuple[list[Entry], Below | None]] = []
        for group, below in groups:
            if self.form.nodes[group[0].node].kind is not Kind.TERMINAL:
                found.append((group, below))
            elif group[0].labels in ends:
                ends[group[0].labels] += group
            else:
                ends[group[0].labels] = group
                found.append((group, None))
        result = []
        for label, (group, inside) in zip(_outcome_labels([group for group, _ in found]), found, strict=True):
            state = -1
            if inside is not None:
                moved = [
                    Particle(particles[e.source].deal, particles[e.source].weight * e.chance, e.node, self.nothing)
                    for e in group
                ]
                state = self.add(moved, inside, (*before, label) if label else before)
            result.append(PublicOutcome(label, tuple(group), state))
        return result

    def refuse(self, why: str, number: int) -> NoReturn:
        raise ParameterError("game", self.form.source, f"{CLASS}; in {self.form.place(number)} {why}")


def _sum(first: tuple[float, ...], second: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def _action_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels as written where they tell the actions apart, else numbers."""
    names = tuple(label.strip() for label in labels)
    if all(names) and len(set(names)) == len(names):
        return names
    return tuple(str(position + 1) for position in range(len(labels)))


def _outcome_labels(groups: Sequence[Sequence[Entry]]) -> list[str]:
    """What chance did, in the words of the file where these tell the outcomes apart."""
    if len(groups) == 1:
        return [""]
    labels = []
    for group in groups:
        steps = zip(*(entry.labels for entry in group), strict=False)
        labels.append(", ".join(step[0] for step in steps if step[0] and len(set(step)) == 1))
    if all(labels) and len(set(labels)) == len(labels):
        return labels
    return [f"{label or 'outcome'} ({position + 1})" for position, label in enumerate(labels)]
