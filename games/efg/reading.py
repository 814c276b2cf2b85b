"""Reading Gambit's extensive-form text format into a tree of nodes, with one-line errors that name the line.

The format is Gambit's (gambitproject.readthedocs.io, "Game representation formats", version 2): a prologue with the
title and the players, then the nodes in prefix order. ``c`` is a chance node, ``p`` a player's, ``t`` a terminal one.
What has been said of an information set, a chance event or an outcome need not be said again. An outcome may stand at
any node; payoffs on the way add up. Commas are white space.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import NoReturn

from olivebranch.core.errors import ParameterError
from olivebranch.games.checks import LONGEST
from olivebranch.games.payoff_tables import exact

MOST_NODES = 300_000
PROBABILITY_TOLERANCE = Fraction(1, 10**9)
TOKEN = re.compile(r'[\s,]*+(?:(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<brace>[{}])|(?P<word>[^\s,{}"]+)|\Z)', re.DOTALL)


class Kind(Enum):
    """The kinds of nodes, by the letter that begins them."""

    CHANCE = "c"
    PLAYER = "p"
    TERMINAL = "t"


KINDS = {kind.value: kind for kind in Kind}


@dataclass
class InformationSet:
    """What a player knows when it moves.

    Attributes:
        player: whose it is, from 0 on.
        number: as written, distinct among those of one player.
        label: as written; often empty.
        actions: their labels, as written.
        members: the numbers of its nodes, ascending.
    """

    player: int
    number: int
    label: str
    actions: tuple[str, ...]
    members: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Node:
    """One node of the tree. Nodes are numbered in prefix order, so that those below it follow it.

    Attributes:
        kind: chance, a player's, or terminal.
        label: as written.
        offset: where it stands in the text.
        information_set: the number of its information set; -1 if it is not a player's.
        branches: labels of what leads to its children.
        probabilities: of the branches of a chance node.
        payoff: what arriving here pays each player.
        children: their numbers.
        end: one more than the number of the last node below it.
    """

    kind: Kind
    label: str
    offset: int
    information_set: int
    branches: tuple[str, ...]
    probabilities: tuple[float, ...]
    payoff: tuple[float, ...]
    children: list[int] = field(default_factory=list)
    end: int = 0


@dataclass(frozen=True)
class ExtensiveForm:
    """A game tree as it is written.

    Attributes:
        source: the file's name, for messages.
        text: what was read.
        title: of the game.
        players: their names, distinct.
        nodes: in prefix order; the first is the root.
        information_sets: of all players.
    """

    source: str
    text: str
    title: str
    players: tuple[str, ...]
    nodes: tuple[Node, ...]
    information_sets: tuple[InformationSet, ...]

    def place(self, number: int) -> str:
        """Where a node stands, for messages."""
        node = self.nodes[number]
        named = f" ({node.label!r})" if node.label else ""
        return f"line {line_of(self.text, node.offset)}{named}"


def line_of(text: str, offset: int) -> int:
    """The number of the line at an offset, from 1 on."""
    return text.count("\n", 0, offset) + 1


def read_efg(text: str, source: str) -> ExtensiveForm:
    """Read the text of an .efg file.

    Raises:
        ParameterError: names ``source``, the line and what was expected there.
    """
    return _Reader(text.removeprefix("\ufeff"), source).tree()


@dataclass(frozen=True)
class _Event:
    branches: tuple[str, ...]
    probabilities: tuple[float, ...]


class _Reader:
    def __init__(self, text: str, source: str) -> None:
        self.text, self.source = text, source
        self.tokens = self._tokens()
        self.kind, self.token, self.offset = "", "", 0
        self.players: tuple[str, ...] = ()
        self.nodes: list[Node] = []
        self.information_sets: list[InformationSet] = []
        self.numbers: dict[tuple[int, int], int] = {}
        self.events: dict[int, _Event] = {}
        self.outcomes: dict[int, tuple[float, ...]] = {}
        self.known: dict[str, Fraction] = {}
        self.advance()

    def tree(self) -> ExtensiveForm:
        title = self.prologue()
        waiting: list[int] = []  # nodes with children still to come, from the root down
        while True:
            number = len(self.nodes)
            if number >= MOST_NODES:
                self.refuse(f"at most {MOST_NODES:,} nodes")
            node = self.node()
            self.nodes.append(node)
            if waiting:
                self.nodes[waiting[-1]].children.append(number)
            if node.kind is not Kind.TERMINAL:
                waiting.append(number)
            else:
                node.end = number + 1
            while waiting and len(self.nodes[waiting[-1]].children) == len(self.nodes[waiting[-1]].branches):
                self.nodes[waiting.pop()].end = len(self.nodes)
            if not waiting:
                break
        if self.kind:
            self.refuse(f"the end of the file, as the tree is complete, not {self.token!r}")
        return ExtensiveForm(
            self.source, self.text, title, self.players, tuple(self.nodes), tuple(self.information_sets)
        )

    def prologue(self) -> str:
        for expected in ("EFG", "2"):
            self.word(f"the prologue EFG 2 R, of which {expected}", {expected})
        self.word("the prologue EFG 2 R, of which R", {"R", "D"})
        title = self.quoted("the game's title in quotes")
        self.brace("{", "the players' names in braces")
        players: list[str] = []
        while self.kind == "text":
            # Files are named after players: see olivebranch.games.checks.
            written = self.quoted("a player's name")
            safe = (sign if sign.isprintable() and sign not in "/\\" else "-" for sign in written)
            name = "".join(safe).strip(" .")[:LONGEST]
            players.append(name or f"player {len(players) + 1}")
            if players[-1] in players[:-1]:
                self.refuse(f"distinct names of players; {players[-1]!r} stands twice")
        if not players:
            self.refuse("at least one player")
        self.brace("}", "the end of the players' names")
        if self.kind == "text":
            self.advance()  # the comment
        self.players = tuple(players)
        return title

    def node(self) -> Node:
        offset = self.offset
        kind = KINDS[self.word("a node, which begins with c, p or t,", KINDS)]
        label = self.quoted("the node's name in quotes")
        information_set, event = -1, _Event((), ())
        if kind is Kind.CHANCE:
            event = self.chance_event()
        elif kind is Kind.PLAYER:
            information_set = self.information_set(len(self.nodes))
            event = _Event(self.information_sets[information_set].actions, ())
        payoff = self.outcome()
        return Node(kind, label, offset, information_set, event.branches, event.probabilities, payoff)

    def information_set(self, node: int) -> int:
        player = self.integer(f"the number of a player, from 1 to {len(self.players)},", 1, len(self.players)) - 1
        written = self.integer("the number of an information set", 1)
        key = (player, written)
        if self.kind == "text":
            label = self.quoted("the information set's name")
            actions = tuple(label for label, _ in self.branches(False))
            if key not in self.numbers:
                self.numbers[key] = len(self.information_sets)
                self.information_sets.append(InformationSet(player, written, label, actions))
            elif self.information_sets[self.numbers[key]].actions != actions:
                self.refuse(f"the actions of information set {written} to be the same wherever it stands")
        elif key not in self.numbers:
            self.refuse(f"the name and the actions of information set {written}, which has not been described yet")
        number = self.numbers[key]
        self.information_sets[number].members.append(node)
        return number

    def chance_event(self) -> _Event:
        written = self.integer("the number of a chance event", 1)
        if self.kind != "text":
            if written not in self.events:
                self.refuse(f"the name and the probabilities of chance event {written}, which is not described yet")
            return self.events[written]
        self.quoted("the chance event's name")
        branches = self.branches(True)
        total = sum((share for _, share in branches), Fraction(0))
        if abs(total - 1) > PROBABILITY_TOLERANCE:
            self.refuse(f"probabilities that sum to one, and these sum to {float(total):g}")
        shares = tuple(float(share / total) for _, share in branches)
        event = _Event(tuple(label for label, _ in branches), shares)
        if self.events.setdefault(written, event) != event:
            self.refuse(f"chance event {written} to be the same wherever it stands")
        return event

    def branches(self, chance: bool) -> list[tuple[str, Fraction]]:
        self.brace("{", "the labels of what may follow, in braces")
        found: list[tuple[str, Fraction]] = []
        while self.kind == "text":
            label, share = self.quoted("a label"), Fraction(0)
            if chance:
                share = self.number("a probability")
                if share < 0:
                    self.refuse("a probability >= 0")
            found.append((label, share))
        if not found:
            self.refuse("at least one label in quotes")
        self.brace("}", "a label in quotes, or the closing brace")
        return found

    def outcome(self) -> tuple[float, ...]:
        written = self.integer("the number of an outcome, 0 for none,", 0)
        described = self.kind == "text"
        if described:
            self.advance()  # its name
        if self.token == "{" and self.kind == "brace":
            self.advance()
            payoffs = []
            while self.kind == "word":
                payoffs.append(float(self.number("a payoff")))
            self.brace("}", "a payoff, or the closing brace")
            if len(payoffs) != len(self.players):
                self.refuse(f"{len(self.players)} payoffs, one for each player, and there are {len(payoffs)}")
            if written == 0 and any(payoffs):
                self.refuse("no payoffs for outcome 0, which stands for none")
            if written and self.outcomes.setdefault(written, tuple(payoffs)) != tuple(payoffs):
                self.refuse(f"outcome {written} to be the same wherever it stands")
        if written == 0:
            return (0.0,) * len(self.players)
        if written not in self.outcomes:
            self.refuse(f"the payoffs of outcome {written}, which has not been described yet")
        return self.outcomes[written]

    def number(self, what: str) -> Fraction:
        token = self.word(what)
        if token not in self.known:
            try:
                self.known[token] = exact(token, what)
            except ParameterError:
                self.refuse(f"{what}, such as 2, -0.5 or 1/3, not {token[:40]!r}")
        return self.known[token]

    def integer(self, what: str, low: int, high: int = 10**9) -> int:
        token = self.word(what)
        if not (token.isascii() and token.isdigit() and len(token) < 10 and low <= int(token) <= high):
            self.refuse(f"{what} not {token[:40]!r}")
        return int(token)

    def word(self, what: str, allowed: Container[str] | None = None) -> str:
        token = self.token
        if self.kind != "word" or (allowed is not None and token not in allowed):
            self.refuse(f"{what} not {self.found()}")
        self.advance()
        return token

    def quoted(self, what: str) -> str:
        if self.kind != "text":
            self.refuse(f"{what}, not {self.found()}")
        token = self.token[1:-1]
        self.advance()
        return re.sub(r"\\(.)", r"\1", token, flags=re.DOTALL) if "\\" in token else token

    def brace(self, which: str, what: str) -> None:
        if self.kind != "brace" or self.token != which:
            self.refuse(f"{what}, not {self.found()}")
        self.advance()

    def found(self) -> str:
        return repr(self.token[:40]) if self.kind else "the end of the file"

    def advance(self) -> None:
        self.kind, self.token, self.offset = next(self.tokens, ("", "", len(self.text)))

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        position, match = 0, TOKEN.match(self.text)
        while match is not None:
            kind, position = match.lastgroup, match.end()
            if kind is None:
                return
            yield kind, match[kind], match.start(kind)
            match = TOKEN.match(self.text, position)
        self.offset = self.text.find('"', position)
        self.refuse("a quotation mark that closes the one that is opened here")

    def refuse(self, expected: str) -> NoReturn:
        raise ParameterError("game", self.source, f"in line {line_of(self.text, self.offset)} {expected}")
