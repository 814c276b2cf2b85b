"""A game as a Gambit extensive-form file (.efg), for other solvers to read.

The format is Gambit's (gambitproject.readthedocs.io, "Game representation formats"): nodes in prefix order, chance
probabilities and payoffs as exact numbers. Nature draws the type profile first; players who act at once move one
after the other in seat order, and none sees what those before it chose. Nodes with a single successor are left out.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.theory.tree.histories import TreeTooLarge, unroll


def to_efg(game: CompiledGame, *, max_nodes: int = 2_000_000) -> str:
    """The game as the text of an .efg file, readable by Gambit (``read_efg``) and by OpenSpiel's ``efg_game``.

    An information set is labelled ``"<stage>.<history>.<type> <name of the type>"``, with stage, history and type
    numbered as in :class:`olivebranch.theory.tree.histories.GameTree`; its actions carry the names of the game's
    enumeration.

    Raises:
        TreeTooLarge: the file would have more than ``max_nodes`` nodes.
    """
    return "\n".join(_Writer(game, max_nodes).lines()) + "\n"


class _Writer:
    """Walks the tree once for each type profile and numbers nodes, information sets and outcomes on the way."""

    def __init__(self, game: CompiledGame, max_nodes: int) -> None:
        self.game, self.tree, self.max_nodes = game, unroll(game), max_nodes
        self.n_nodes = self.n_chance = 0
        self.information_sets: list[dict[str, int]] = [{} for _ in range(game.n_players)]
        self.outcomes: dict[str, int] = {}

    def lines(self) -> Iterator[str]:
        game = self.game
        yield f"EFG 2 R {_quoted(game.game.name)} {{ {' '.join(_quoted(name) for name in game.game.players)} }}"
        drawn = [int(w) for w in np.flatnonzero(game.prior)]
        yield from self.chance([", ".join(self.type_names(w)) for w in drawn], game.prior[drawn])
        for w in drawn:
            start = np.zeros(game.n_players)
            yield from self.choices(0, 0, w, start, ()) if self.tree.n_stages else [self.terminal(start)]

    def choices(self, stage: int, history: int, w: int, payoff: FloatArray, joint: tuple[int, ...]) -> Iterator[str]:
        """What follows once the first ``len(joint)`` players have chosen, under type profile ``w``."""
        game, player = self.game, len(joint)
        state = self.tree.stages[stage].state[history]
        if player == game.n_players:
            yield from self.chance_outcomes(stage, history, w, payoff, int(game.joint_index(np.array(joint))))
            return
        legal = np.flatnonzero(game.legal[state, player])
        if len(legal) > 1:
            label = f"{stage}.{history}.{game.profile_types[w, player]} {self.type_names(w)[player]}"
            number = _number(self.information_sets[player], label)
            actions = " ".join(_quoted(game.game.action_names[a]) for a in legal)
            yield self.node(f'p "" {player + 1} {number} {_quoted(label)} {{ {actions} }} 0')
        for action in legal:
            yield from self.choices(stage, history, w, payoff, (*joint, int(action)))

    def chance_outcomes(self, stage: int, history: int, w: int, payoff: FloatArray, joint: int) -> Iterator[str]:
        """The public outcomes that may follow a joint action."""
        game = self.game
        state = self.tree.stages[stage].state[history]
        first = game.edge_start[state, joint]
        edges = first + np.flatnonzero(game.edge_probability[first : first + game.edge_count[state, joint], w])
        yield from self.chance([game.edge_labels[e] for e in edges], game.edge_probability[edges, w])
        for e in edges:
            total, rank = payoff + game.edge_reward[e, :, w], self.tree.moves.child_rank[e]
            if rank < 0:
                yield self.terminal(total)
            else:
                child = int(self.tree.stages[stage].first_child[history] + rank)
                yield from self.choices(stage + 1, child, w, total, ())

    def chance(self, labels: Sequence[str], probabilities: FloatArray) -> Iterator[str]:
        if len(labels) > 1:
            self.n_chance += 1
            branches = " ".join(
                f"{_quoted(label or str(k))} {p}"
                for k, (label, p) in enumerate(zip(labels, _rationals(probabilities), strict=True))
            )
            yield self.node(f'c "" {self.n_chance} "" {{ {branches} }} 0')

    def terminal(self, payoff: FloatArray) -> str:
        values = ", ".join(_plain(Decimal(repr(float(x) + 0.0))) for x in payoff)
        return self.node(f't "" {_number(self.outcomes, values)} "" {{ {values} }}')

    def node(self, line: str) -> str:
        self.n_nodes += 1
        if self.n_nodes > self.max_nodes:
            raise TreeTooLarge(f"game {self.game.game.name!r}: the .efg file would exceed {self.max_nodes:,} nodes")
        return line

    def type_names(self, w: int) -> list[str]:
        return [names[t] for names, t in zip(self.game.game.type_names, self.game.profile_types[w], strict=True)]


def _number(numbers: dict[str, int], key: str) -> int:
    """The number of a key, counted from 1 in order of first use."""
    return numbers.setdefault(key, len(numbers) + 1)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "/").replace('"', "'") + '"'


def _plain(number: Decimal) -> str:
    """A decimal without exponent, which both readers take exactly."""
    return format(number, "f")


def _rationals(probabilities: FloatArray) -> list[str]:
    """The given floats, to their precision, as numbers that sum to exactly one, as Gambit requires.

    Fractions such as 1/3 where that is what they are; otherwise decimals, for OpenSpiel reads no long fractions.
    """
    values = [float(p) for p in probabilities]
    simple = [Fraction(p).limit_denominator(10**6) for p in values]
    if sum(simple) == 1 and all(float(exact) == p for exact, p in zip(simple, values, strict=True)):
        return [str(exact) for exact in simple]
    decimals = [Decimal(repr(p)) for p in values]
    with localcontext(prec=400):  # enough for exact sums of any floats
        decimals[int(np.argmax(probabilities))] += 1 - sum(decimals)
        return [_plain(p) for p in decimals]
