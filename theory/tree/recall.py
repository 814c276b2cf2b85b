"""A game in which everyone remembers everything: its public states are the public histories.

A table over public states forgets how a state was reached, and with it what the others' earlier actions said about
their types. Learners with tables therefore learn on this form of a game, in which a (state, own type) pair is an
information set (docs/model.md, section 1).
"""

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.theory.tree.histories import GameTree, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile


def history_game(tree: GameTree) -> CompiledGame:
    """The game of ``tree`` with a public state for each history, and one more in which every play ends.

    Histories are numbered by stage, and within a stage as in the tree; the last number is the end. ``states`` holds for
    each history the public state that it leads to in the original game, so entries may be equal.
    """
    game = tree.game
    node_state = np.concatenate([stage.state for stage in tree.stages]).astype(np.int64)
    offset = first_histories(tree)
    end = len(node_state)
    # compile_game numbers the edges of a state consecutively
    n_state_edges = np.bincount(game.edge_source, minlength=game.n_states)
    first_edge = np.concatenate([[0], np.cumsum(n_state_edges)])[:-1]
    n_edges = n_state_edges[node_state]
    first_new = np.cumsum(n_edges) - n_edges
    source = np.repeat(np.arange(end), n_edges)
    original = first_edge[node_state[source]] + np.arange(len(source)) - first_new[source]
    first_child = np.concatenate(
        [
            stage.first_child.astype(np.int64) + following
            for stage, following in zip(tree.stages, offset[1:], strict=True)
        ]
    )
    rank = tree.moves.child_rank[original]
    following = np.where(rank >= 0, first_child[source] + rank, end)
    every = np.append(node_state, 0)
    last: IntArray = np.full((1, game.edge_start.shape[1]), -1, dtype=np.int64)
    start = game.edge_start[node_state]
    start = np.where(start >= 0, start - first_edge[node_state][:, None] + first_new[:, None], -1)
    legal, features = game.legal[every], game.features[every]
    legal[end] = False
    return CompiledGame(
        game=game.game,
        prior=game.prior,
        profile_types=game.profile_types,
        states=(*(game.states[number] for number in node_state), "end"),
        terminal=np.append(np.zeros(end, dtype=np.bool_), True),
        legal=legal,
        features=features,
        edge_start=np.concatenate([start, last]),
        edge_count=np.concatenate([game.edge_count[node_state], np.zeros_like(last)]),
        edge_source=source,
        edge_joint=game.edge_joint[original],
        edge_outcome=game.edge_outcome[original],
        edge_next=following.astype(np.int64),
        edge_labels=tuple(game.edge_labels[number] for number in original),
        edge_probability=game.edge_probability[original],
        edge_reward=game.edge_reward[original],
    )


def first_histories(tree: GameTree) -> IntArray:
    """Number of the first history of each stage in :func:`history_game`, and of the end, ``[n_stages + 1]``."""
    result: IntArray = np.concatenate([[0], np.cumsum([len(stage) for stage in tree.stages])]).astype(np.int64)
    return result


def profile_of_tables(tree: GameTree, tables: FloatArray) -> BehaviourProfile:
    """Behaviour on the tree from tables over the histories of :func:`history_game`.

    Args:
        tree: the tree.
        tables: ``[n_players, n_histories or more, largest number of types, n_actions]``; rows of histories in which a
            player acts are distributions, others are not read.
    """
    offset = first_histories(tree)
    stages: list[RealArray] = []
    for number, stage in enumerate(tree.stages):
        rows = slice(offset[number], offset[number + 1])
        table = np.concatenate([tables[i, rows, :n] for i, n in enumerate(tree.game.n_types)], axis=1)
        acts = np.repeat(tree.game.acts[stage.state], tree.game.n_types, axis=1)
        stages.append(np.where(acts[..., None], table, tree.moves.legal[stage.state].astype(np.float64)))
    return BehaviourProfile(tree, tuple(stages))
