"""The public history tree of a game, unrolled stage by stage into arrays (docs/model.md, sections 1 and 5).

All actions and outcomes are public, so what a player knows is the public history and its own type: an *information
set* is a pair (history, own type), and a tree of public histories is all that exact evaluation needs. Only histories
in which play goes on are nodes; the steps into terminal states need none, for an edge carries its own reward.

Stage ``t`` holds the histories of length ``t``. The tree knows nothing of probabilities other than zero: how everyone
plays is said by a :class:`~olivebranch.theory.tree.profiles.BehaviourProfile`, what that is worth by
:func:`~olivebranch.theory.tree.evaluation.evaluate`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from olivebranch.core.errors import TooLarge
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray

Int32Array = NDArray[np.int32]
RealArray = NDArray[np.floating]

DEFAULT_MEMORY = 12 * 2**30


class TreeTooLarge(TooLarge):
    """The history tree, with what evaluation needs beside it, does not fit the memory allowed."""


@dataclass(frozen=True)
class TreeSize:
    """How large a tree would be, known without unrolling it.

    Attributes:
        histories: number of histories in which play goes on, by stage.
        information_sets: number of (history, own type) pairs at which the owner has a choice.
        tree_bytes: memory of the tree itself.
        profile_bytes: memory of one behaviour profile.
        work_bytes: memory that an evaluation needs on top of both.
    """

    histories: tuple[int, ...]
    information_sets: int
    tree_bytes: int
    profile_bytes: int
    work_bytes: int

    @property
    def total_bytes(self) -> int:
        """Memory to unroll the tree, hold one profile and evaluate it."""
        return self.tree_bytes + self.profile_bytes + self.work_bytes


@dataclass(frozen=True)
class Stage:
    """The histories of one length in which play goes on. Siblings are neighbours, in the order of their edges.

    Attributes:
        state: number of the public state of each history, ``[n_histories]``.
        parent: its parent in the stage before, ``[n_histories]``; -1 at the root.
        edge: the edge of the compiled game that led to it, ``[n_histories]``; -1 at the root.
        first_child: where its children begin in the next stage, ``[n_histories]``.
    """

    state: Int32Array
    parent: Int32Array
    edge: Int32Array
    first_child: Int32Array

    def __len__(self) -> int:
        return len(self.state)


class Moves(NamedTuple):
    """The rules in the form in which loops over a tree read them: a *move* is a legal joint action of a public state.

    A *column* is a type of a player; the types of all players lie side by side on one axis.

    Attributes:
        start: first move of each state, ``[n_states + 1]``; the moves of state ``s`` are ``start[s] : start[s + 1]``.
        actions: each player's action, ``[n_moves, n_players]``.
        edge_start: first edge of each move, ``[n_moves + 1]``.
        reward: expected immediate reward, ``[n_moves, n_players, n_profiles]``.
        paying: whether any of it differs from zero, ``[n_moves]``.
        child_rank: ``[n_edges]``; the rank of an edge among those of its state that lead on, or -1 if it ends the
            game or has probability zero for every type profile that can occur.
        n_children: number of edges that lead on, ``[n_states]``.
        probability: of each edge by type profile, ``[n_edges, n_profiles]``.
        column: the column of each player's type in each type profile, ``[n_profiles, n_players]``.
        owner: the player to whom a column belongs, ``[n_columns]``.
        legal: ``[n_states, n_columns, n_actions]``.
    """

    start: Int32Array
    actions: Int32Array
    edge_start: Int32Array
    reward: FloatArray
    paying: BoolArray
    child_rank: Int32Array
    n_children: IntArray
    probability: FloatArray
    column: IntArray
    owner: IntArray
    legal: BoolArray


@dataclass(frozen=True)
class GameTree:
    """A compiled game and its public histories. Made by :func:`unroll`.

    Attributes:
        game: the compiled game.
        moves: its legal joint actions.
        stages: the histories, by length; stage 0 is the root.
        type_offset: where each player's types begin on an axis that holds the types of all, ``[n_players + 1]``.
    """

    game: CompiledGame
    moves: Moves
    stages: tuple[Stage, ...]
    type_offset: IntArray

    @property
    def n_stages(self) -> int:
        """Number of stages."""
        return len(self.stages)

    @property
    def n_all_types(self) -> int:
        """Number of types of all players together."""
        return int(self.type_offset[-1])

    def types_of(self, player: int) -> slice:
        """Where a player's types lie on an axis that holds the types of all players."""
        return slice(int(self.type_offset[player]), int(self.type_offset[player + 1]))

    def recent_edges(self, stage: int, histories: IntArray, window: int) -> IntArray:
        """The last ``window`` edges of each of some histories, most recent first, ``[len(histories), window]``; -1
        where play had not begun."""
        result = np.full((len(histories), window), -1, dtype=np.int64)
        rows = np.asarray(histories, dtype=np.int64)
        for back in range(min(window, stage)):
            level = self.stages[stage - back]
            result[:, back] = level.edge[rows]
            rows = level.parent[rows].astype(np.int64)
        return result


def estimate(game: CompiledGame, dtype: type[np.floating] = np.float64) -> TreeSize:
    """How large the tree of a game is, with one profile and its evaluation in ``dtype``, without unrolling it.

    The number of information sets is that of (history, own type) pairs at which the player has a choice and its type
    is possible.
    """
    by_state = _histories_by_state(game)
    counts = tuple(int(row.sum()) for row in by_state)
    n_all_types, width = sum(game.n_types), np.dtype(dtype).itemsize
    total, largest = sum(counts), max(counts, default=0)
    possible = np.array([len(set(game.profile_types[game.prior > 0, i])) for i in range(game.n_players)])
    sets = by_state.sum(axis=0) @ (game.acts @ possible)
    return TreeSize(
        histories=counts,
        information_sets=int(sets),
        tree_bytes=total * 4 * 4,
        profile_bytes=total * n_all_types * game.n_actions * width,
        # reach by type profile and own reach stay; values and best-response values live for two stages
        work_bytes=total * (game.n_profiles + n_all_types) * width + 2 * largest * 2 * n_all_types * width,
    )


def unroll(game: CompiledGame, *, max_bytes: int = DEFAULT_MEMORY, dtype: type[np.floating] = np.float64) -> GameTree:
    """Unroll the public history tree of a game.

    Args:
        game: the compiled game.
        max_bytes: refuse if tree, one profile and its evaluation together need more than this.
        dtype: the precision in which profiles are going to be held; only the size estimate uses it.

    Raises:
        TreeTooLarge: the estimate exceeds ``max_bytes``; the message gives both figures.
        ValueError: play can go on for ever.
    """
    size = estimate(game, dtype)
    if size.total_bytes > max_bytes:
        raise TreeTooLarge(
            f"game {game.game.name!r}: {sum(size.histories):,} histories ({size.histories[-1]:,} in the last stage) "
            f"need {size.total_bytes / 2**30:.1f} GiB, allowed are {max_bytes / 2**30:.1f}; shorten the game, take "
            "float32, or bound exploitability from below with a trained best response"
        )
    moves = _moves(game)
    # the live edges of each state in order, so that a stage's children are one gather
    live = np.flatnonzero(moves.child_rank >= 0)
    live = live[np.lexsort((moves.child_rank[live], game.edge_source[live]))]
    live_start = np.concatenate([[0], np.cumsum(moves.n_children)])
    stages: list[Stage] = []
    state, parent, edge = np.zeros(1, np.int32), np.full(1, -1, np.int32), np.full(1, -1, np.int32)
    for _ in size.histories:
        n_children = moves.n_children[state]
        ends = np.cumsum(n_children)
        stages.append(Stage(state, parent, edge, (ends - n_children).astype(np.int32)))
        parent = np.repeat(np.arange(len(state), dtype=np.int32), n_children)
        within = np.arange(len(parent)) - np.repeat(ends - n_children, n_children)
        edge = live[np.repeat(live_start[state], n_children) + within].astype(np.int32)
        state = game.edge_next[edge].astype(np.int32)
    offset = np.concatenate([[0], np.cumsum(game.n_types)]).astype(np.int64)
    return GameTree(game, moves, tuple(stages), offset)


def _child_rank(game: CompiledGame) -> Int32Array:
    """For each edge its rank among those of its state that lead on, -1 if it does not."""
    possible: BoolArray = np.any(game.edge_probability[:, game.prior > 0], axis=1)
    live: BoolArray = possible & ~game.terminal[game.edge_next]
    order = np.lexsort((np.arange(game.n_edges), game.edge_joint, game.edge_source))
    counted = np.cumsum(live[order])
    source = game.edge_source[order]
    first = np.searchsorted(source, source)  # position of the state's first edge
    before = np.concatenate([[0], counted])[first]
    rank = np.full(game.n_edges, -1, dtype=np.int32)
    rank[order] = np.where(live[order], counted - before - 1, -1)
    return rank


def _moves(game: CompiledGame) -> Moves:
    state, joint = np.nonzero(game.edge_count)
    # compile_game numbers edges by state, then joint action, so that moves in this order have consecutive edges
    edge_start = np.append(game.edge_start[state, joint], game.n_edges)
    weighted = game.edge_probability[:, None, :] * game.edge_reward
    reward = np.add.reduceat(weighted, edge_start[:-1], axis=0) if len(state) else weighted
    rank = _child_rank(game)
    return Moves(
        start=np.searchsorted(state, np.arange(game.n_states + 1)).astype(np.int32),
        actions=game.joint_actions(joint).astype(np.int32),
        edge_start=edge_start.astype(np.int32),
        reward=np.ascontiguousarray(reward),
        paying=np.any(reward, axis=(1, 2)),
        child_rank=rank,
        n_children=np.bincount(game.edge_source[rank >= 0], minlength=game.n_states),
        probability=np.ascontiguousarray(game.edge_probability),
        column=game.profile_types + np.concatenate([[0], np.cumsum(game.n_types)])[:-1],
        owner=np.repeat(np.arange(game.n_players), game.n_types),
        legal=np.repeat(game.legal, game.n_types, axis=1),
    )


def _histories_by_state(game: CompiledGame) -> FloatArray:
    """How many histories of each length end in each state in which play goes on, ``[n_stages, n_states]``."""
    live = _child_rank(game) >= 0
    source, target = game.edge_source[live], game.edge_next[live]
    here: FloatArray = np.zeros(game.n_states)
    here[0] = 0.0 if game.terminal[0] else 1.0
    rows: list[FloatArray] = []
    for _ in range(game.max_stages):
        if not here.any():
            break
        rows.append(here)
        here = np.bincount(target, weights=here[source], minlength=game.n_states).astype(np.float64)
    return np.array(rows).reshape(len(rows), game.n_states)
