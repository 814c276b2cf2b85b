"""Compiled loops over a history tree for many profiles at once; see :mod:`olivebranch.theory.sampling.nash_conv`.

Arguments are those of :mod:`olivebranch.theory.tree.evaluation`, with a leading axis of draws where a table, a reach or
a value differs from draw to draw.
"""

import numpy as np

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.tree.histories import Int32Array, RealArray


@compiled
def forwards(
    state: Int32Array,
    first_child: Int32Array,
    tables: RealArray,
    reach: RealArray,
    start: Int32Array,
    actions: Int32Array,
    edge_start: Int32Array,
    child_rank: Int32Array,
    owner: IntArray,
    child_reach: FloatArray,
) -> None:
    """Own reach of the next stage, ``[draws, histories, columns]``, from that of this one."""
    n_draws, n_columns = tables.shape[0], tables.shape[2]
    for h in range(len(state)):
        for m in range(start[state[h]], start[state[h] + 1]):
            for e in range(edge_start[m], edge_start[m + 1]):
                if child_rank[e] < 0:
                    continue
                child = first_child[h] + child_rank[e]
                for b in range(n_draws):
                    for c in range(n_columns):
                        child_reach[b, child, c] = reach[b, h, c] * tables[b, h, c, actions[m, owner[c]]]


@compiled
def paid(
    table: RealArray,
    reach: RealArray,
    chance: FloatArray,
    first: int,
    last: int,
    actions: Int32Array,
    reward: FloatArray,
    paying: BoolArray,
    column: IntArray,
    result: FloatArray,
) -> None:
    """Add the counterfactual immediate rewards of one history, of moves first..last, to ``[columns, actions]``."""
    n_players, n_profiles = actions.shape[1], chance.shape[0]
    for m in range(first, last):
        if not paying[m]:
            continue
        for w in range(n_profiles):
            for i in range(n_players):
                product = chance[w] * reward[m, i, w]
                if product == 0.0:
                    continue
                for j in range(n_players):
                    if j != i:
                        product *= reach[column[w, j]] * table[column[w, j], actions[m, j]]
                result[column[w, i], actions[m, i]] += product


@compiled
def best_backwards(
    state: Int32Array,
    first_child: Int32Array,
    tables: RealArray,
    reach: RealArray,
    chance: FloatArray,
    start: Int32Array,
    actions: Int32Array,
    edge_start: Int32Array,
    reward: FloatArray,
    paying: BoolArray,
    child_rank: Int32Array,
    column: IntArray,
    owner: IntArray,
    legal: BoolArray,
    child_value: FloatArray,
    child_best: FloatArray,
    value: FloatArray,
    best: FloatArray,
    by_best: FloatArray,
) -> None:
    """Values of following each drawn profile and of responding best to it; ``by_best`` is of each action."""
    n_draws, n_columns, n_actions = tables.shape[0], tables.shape[2], tables.shape[3]
    immediate = np.zeros((n_columns, n_actions))
    by_value = np.zeros((n_columns, n_actions))
    for h in range(len(state)):
        first, last = start[state[h]], start[state[h] + 1]
        for b in range(n_draws):
            immediate[:] = 0.0
            paid(tables[b, h], reach[b, h], chance[h], first, last, actions, reward, paying, column, immediate)
            by_value[:] = immediate
            by_best[b, h] = immediate
            for m in range(first, last):
                for e in range(edge_start[m], edge_start[m + 1]):
                    if child_rank[e] >= 0:
                        child = first_child[h] + child_rank[e]
                        for c in range(n_columns):
                            a = actions[m, owner[c]]
                            by_value[c, a] += child_value[b, child, c]
                            by_best[b, h, c, a] += child_best[b, child, c]
            for c in range(n_columns):
                highest, followed = -np.inf, 0.0
                for a in range(n_actions):
                    if legal[state[h], c, a]:
                        highest = max(highest, by_best[b, h, c, a])
                        followed += tables[b, h, c, a] * by_value[c, a]
                value[b, h, c] = followed
                best[b, h, c] = highest


@compiled
def shift_backwards(
    state: Int32Array,
    first_child: Int32Array,
    tables: RealArray,
    reach: RealArray,
    table: RealArray,
    own_reach: RealArray,
    chance: FloatArray,
    start: Int32Array,
    actions: Int32Array,
    edge_start: Int32Array,
    reward: FloatArray,
    paying: BoolArray,
    child_rank: Int32Array,
    column: IntArray,
    owner: IntArray,
    allowed: BoolArray,
    child_shift: FloatArray,
    shift: FloatArray,
) -> None:
    """How much less a deviation earns against a drawn profile than against the profile ``table``, at the least.

    The deviation is the one, among those that take ``allowed`` actions ``[histories, columns, actions]`` only, for
    which the difference is the smallest; ``shift`` ``[draws, histories, columns]`` is that difference.
    """
    n_draws, n_columns, n_actions = tables.shape[0], tables.shape[2], tables.shape[3]
    at_table = np.zeros((n_columns, n_actions))
    drawn = np.zeros((n_columns, n_actions))
    for h in range(len(state)):
        first, last = start[state[h]], start[state[h] + 1]
        at_table[:] = 0.0
        paid(table[h], own_reach[h], chance[h], first, last, actions, reward, paying, column, at_table)
        for b in range(n_draws):
            drawn[:] = 0.0
            paid(tables[b, h], reach[b, h], chance[h], first, last, actions, reward, paying, column, drawn)
            for m in range(first, last):
                for e in range(edge_start[m], edge_start[m + 1]):
                    if child_rank[e] >= 0:
                        child = first_child[h] + child_rank[e]
                        for c in range(n_columns):
                            drawn[c, actions[m, owner[c]]] += child_shift[b, child, c]
            for c in range(n_columns):
                least = np.inf
                for a in range(n_actions):
                    if allowed[h, c, a]:
                        least = min(least, drawn[c, a] - at_table[c, a])
                shift[b, h, c] = least


@compiled
def slope_backwards(
    state: Int32Array,
    first_child: Int32Array,
    table: RealArray,
    reach: RealArray,
    chance: FloatArray,
    start: Int32Array,
    actions: Int32Array,
    edge_start: Int32Array,
    pay: FloatArray,
    child_rank: Int32Array,
    probability: FloatArray,
    column: IntArray,
    child_value: FloatArray,
    value: FloatArray,
    slope: FloatArray,
) -> None:
    """Expected pay from a history on by type profile, and the derivative of ex-ante pay by each probability.

    ``pay`` is ``[moves, profiles]``; ``value`` ``[histories, profiles]``; ``slope`` ``[histories, columns, actions]``.
    """
    n_players, n_profiles = actions.shape[1], chance.shape[1]
    for h in range(len(state)):
        for w in range(n_profiles):
            total = 0.0
            ahead = chance[h, w]
            for j in range(n_players):
                ahead *= reach[h, column[w, j]]
            for m in range(start[state[h]], start[state[h] + 1]):
                worth = pay[m, w]
                for e in range(edge_start[m], edge_start[m + 1]):
                    if child_rank[e] >= 0:
                        worth += probability[e, w] * child_value[first_child[h] + child_rank[e], w]
                taken = 1.0
                for j in range(n_players):
                    taken *= table[h, column[w, j], actions[m, j]]
                total += taken * worth
                if ahead != 0.0:
                    for i in range(n_players):
                        product = ahead * worth
                        for j in range(n_players):
                            if j != i:
                                product *= table[h, column[w, j], actions[m, j]]
                        slope[h, column[w, i], actions[m, i]] += product
            value[h, w] = total
