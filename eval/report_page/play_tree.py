"""A game tree with play on its branches: all of a small game, and of a large one the branches that are played most."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile

SMALL = 40  # plays up to which a tree is drawn whole
MOST_LEAVES = 28  # of a tree that is not
LEAST = 0.005  # in a tree that is not drawn whole: a branch that is reached less often is counted with others
MOST_TYPES = 3  # whose probabilities stand on a branch one by one


@dataclass
class Branch:
    """One way to go on from a history, and what follows; the root has no words.

    Attributes:
        actor: who chooses, and what chance does; empty at the root.
        words: what is chosen.
        reach: probability that play comes through here, in equilibrium and as learned.
        share: probability of the branch where its history is reached, likewise; None where that never happens.
        by_type: of a branch that one player alone decides: by name of its type the probability of the action,
            in equilibrium and as learned; else empty.
        payoffs: at the end of a play: by name of a type profile each player's payoff, ``[n_players]``.
        children: what may follow; empty at the end of a play, and where the tree is cut off.
        cut: whether more follows that is not shown.
        left_out: how many further branches of the same history are not shown, with the probability that play takes one.
    """

    actor: str
    words: str
    reach: tuple[float, float]
    share: tuple[float | None, float | None]
    by_type: dict[str, tuple[float, float]]
    payoffs: dict[str, FloatArray] = field(default_factory=dict)
    children: list["Branch"] = field(default_factory=list)
    cut: bool = False
    left_out: tuple[int, float, float] = (0, 0.0, 0.0)

    @property
    def leaves(self) -> int:
        """How many rows the branch takes."""
        return (sum(child.leaves for child in self.children) or 1) + bool(self.left_out[0])


@dataclass(frozen=True)
class PlayTree:
    """A tree to be drawn.

    Attributes:
        root: its beginning.
        plays: how many plays the game has.
        whole: whether all of them are shown.
    """

    root: Branch
    plays: int
    whole: bool


def in_words(action: str) -> str:
    """The name of an action as it is read: ``OFFER_TALKS`` as ``offer talks``."""
    return action.replace("_", " ").lower() if action.isupper() else action


def count_plays(tree: GameTree) -> int:
    """How many complete plays the public tree has."""
    game, moves = tree.game, tree.moves
    possible = np.any(game.edge_probability[:, game.prior > 0], axis=1)
    ends = np.bincount(game.edge_source[possible & (moves.child_rank < 0)], minlength=game.n_states)
    return int(sum(ends[stage.state].sum() for stage in tree.stages))


def profile_names(game: CompiledGame) -> dict[int, str]:
    """The type profiles that can occur, by number, in words: the types of those who have several."""
    names = {}
    for number in np.flatnonzero(game.prior > 0).tolist():
        own = [
            f"{player} {types[kind]}" if sum(n > 1 for n in game.n_types) > 1 else types[kind]
            for player, types, kind in zip(
                game.game.players, game.game.type_names, game.profile_types[number], strict=True
            )
            if len(types) > 1
        ]
        names[number] = ", ".join(own) or "all"
    return names


def play_tree(tree: GameTree, equilibrium: BehaviourProfile | None, learned: Sequence[BehaviourProfile]) -> PlayTree:
    """The tree of a game with an equilibrium and learned play on it.

    Args:
        tree: of the game.
        equilibrium: None where none is known; its probabilities are then 0 and not to be shown.
        learned: one a seed; probabilities are means over seeds.
    """
    plays = count_plays(tree)
    walk = _Walk(tree, [[equilibrium] if equilibrium is not None else [], learned], plays <= SMALL)
    return PlayTree(walk.grow(), plays, walk.whole)


class _Walk:
    def __init__(self, tree: GameTree, profiles: Sequence[Sequence[BehaviourProfile]], whole: bool) -> None:
        self.tree, self.profiles, self.whole = tree, profiles, whole
        self.names = profile_names(tree.game)

    def grow(self) -> Branch:
        """Open the history that is reached most, again and again."""
        prior = self.tree.game.prior
        first = [np.tile(prior, (max(len(seeds), 1), 1)) for seeds in self.profiles]
        paid = np.zeros((self.tree.game.n_players, self.tree.game.n_profiles))
        root = Branch("", "", (1.0, 1.0), (None, None), {}, cut=True)
        waiting: list[tuple[float, int, Branch, int, int, list[FloatArray], FloatArray]] = []
        if self.tree.n_stages:
            waiting.append((-1.0, 0, root, 0, 0, first, paid))
        opened = 0
        while waiting and (self.whole or root.leaves < MOST_LEAVES):
            _, _, branch, stage, row, weights, so_far = heapq.heappop(waiting)
            branch.cut = False
            for child, place, after, sum_paid in self._open(branch, stage, row, weights, so_far):
                opened += 1
                if place >= 0:
                    child.cut = True
                    urgency = (-max(child.reach), opened, child, stage + 1, place, after, sum_paid)
                    heapq.heappush(waiting, urgency)
                else:
                    child.payoffs = {name: sum_paid[:, number] for number, name in self.names.items()}
        return root

    def _open(
        self, branch: Branch, stage: int, row: int, weights: list[FloatArray], paid: FloatArray
    ) -> list[tuple[Branch, int, list[FloatArray], FloatArray]]:
        """The branches that are shown, each with its history (-1: none, play ends), weights and payoffs so far."""
        tree, game, moves = self.tree, self.tree.game, self.tree.moves
        state = int(tree.stages[stage].state[row])
        actors = np.flatnonzero(game.acts[state]).tolist()
        tables = [[profile.stages[stage][row] for profile in seeds] for seeds in self.profiles]
        found: list[tuple[Branch, int, list[FloatArray], FloatArray]] = []
        for move in range(int(moves.start[state]), int(moves.start[state + 1])):
            actions = moves.actions[move]
            edges = range(int(moves.edge_start[move]), int(moves.edge_start[move + 1]))
            for edge in edges:
                if not game.edge_probability[edge, game.prior > 0].any():
                    continue
                after = [
                    np.array([w * self._taken(table, actions, edge) for w, table in zip(weight, seeds, strict=True)])
                    if seeds
                    else np.zeros_like(weight)
                    for weight, seeds in zip(weights, tables, strict=True)
                ]
                reach = tuple(float(one.sum(axis=1).mean()) for one in after)
                before = [float(one.sum(axis=1).mean()) for one in weights]
                share = tuple(r / b if b > 0 else None for r, b in zip(reach, before, strict=True))
                label = game.edge_labels[edge] if len(edges) > 1 else ""
                words = [in_words(game.game.action_names[int(actions[player])]) for player in actors]
                alone = len(actors) == 1 and len(edges) == 1
                child = Branch(
                    " and ".join(game.game.players[player] for player in actors) or "chance",
                    ", ".join([" and ".join(words), *([label] if label else [])]).lstrip(", "),
                    (reach[0], reach[1]),
                    (share[0], share[1]),
                    self._by_type(tables, actors[0], int(actions[actors[0]])) if alone else {},
                )
                rank = int(moves.child_rank[edge])
                place = int(tree.stages[stage].first_child[row]) + rank if rank >= 0 else -1
                found.append((child, place, after, paid + game.edge_reward[edge]))
        kept = found
        if not self.whole:
            kept = [one for one in found if max(one[0].reach) >= LEAST] or found[:1]
            kept = sorted(kept, key=lambda one: -max(one[0].reach))[: MOST_LEAVES // 2]
            rest = [one[0] for one in found if all(one is not other for other in kept)]
            branch.left_out = (len(rest), sum(one.reach[0] for one in rest), sum(one.reach[1] for one in rest))
        branch.children = [one[0] for one in kept]
        return kept

    def _taken(self, table: FloatArray, actions: FloatArray, edge: int) -> FloatArray:
        """Probability that a type profile takes an edge, ``[n_profiles]``."""
        game = self.tree.game
        result: FloatArray = self.tree.moves.probability[edge].astype(np.float64)
        for player in range(game.n_players):
            result = result * table[self.tree.moves.column[:, player], int(actions[player])]
        return result

    def _by_type(
        self, tables: Sequence[Sequence[FloatArray]], player: int, action: int
    ) -> dict[str, tuple[float, float]]:
        names = self.tree.game.game.type_names[player]
        if len(names) > MOST_TYPES:
            return {}
        columns = range(*self.tree.types_of(player).indices(self.tree.n_all_types))
        return {
            name if len(names) > 1 else "": (
                float(np.mean([table[column, action] for table in tables[0]])) if tables[0] else 0.0,
                float(np.mean([table[column, action] for table in tables[1]])) if tables[1] else 0.0,
            )
            for name, column in zip(names, columns, strict=True)
        }
