"""How differently two profiles play: exact total variation between the plays that they bring about."""

from olivebranch.core.compiled import compiled
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.theory.tree.evaluation import own_reach
from olivebranch.theory.tree.histories import Int32Array, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile


def play_distance(first: BehaviourProfile, second: BehaviourProfile) -> float:
    """Total variation between the distributions over plays of two profiles of one game, in [0, 1].

    A *play* is a type profile with everything that happens until the game ends: all actions and all public outcomes.
    The distance is half the sum over plays of the difference in probability, and so the largest difference that the
    two profiles make to the probability of any event. It is zero iff the profiles agree wherever play comes, it is
    symmetric, and it obeys the triangle inequality. It takes one walk over the tree and the memory of two profiles.

    Args:
        first: behaviour on a tree.
        second: behaviour on the same tree, or on another tree of the same game.
    """
    tree, moves = first.tree, first.tree.moves
    chance = tree.game.prior[None, :]
    total = 0.0
    for t, (stage, reach, other_reach) in enumerate(zip(tree.stages, own_reach(first), own_reach(second), strict=True)):
        if t > 0:
            chance = chance[stage.parent] * tree.game.edge_probability[stage.edge]
        total += _ending_here(
            stage.state, first.stages[t], second.stages[t], chance, reach, other_reach, moves.start, moves.actions,
            moves.edge_start, moves.child_rank, moves.probability, moves.column,
        )  # fmt: skip
    return min(total / 2, 1.0)  # one, but for rounding


@compiled
def _ending_here(
    state: Int32Array,
    table: RealArray,
    other_table: RealArray,
    chance: FloatArray,
    reach: RealArray,
    other_reach: RealArray,
    start: Int32Array,
    actions: Int32Array,
    edge_start: Int32Array,
    child_rank: Int32Array,
    probability: FloatArray,
    column: IntArray,
) -> float:
    """The sum of absolute differences in probability over the plays that end in one stage."""
    n_profiles, n_players = column.shape
    total = 0.0
    for h in range(len(state)):
        for m in range(start[state[h]], start[state[h] + 1]):
            for w in range(n_profiles):
                if chance[h, w] == 0.0:
                    continue
                one, other = 1.0, 1.0
                for i in range(n_players):
                    c, a = column[w, i], actions[m, i]
                    one *= reach[h, c] * table[h, c, a]
                    other *= other_reach[h, c] * other_table[h, c, a]
                if one == other:
                    continue
                ending = 0.0
                for e in range(edge_start[m], edge_start[m + 1]):
                    if child_rank[e] < 0:
                        ending += probability[e, w]
                total += chance[h, w] * ending * abs(one - other)
    return total
