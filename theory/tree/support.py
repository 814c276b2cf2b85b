"""Whether behaviour is supported as a perfect Bayesian equilibrium, up to a tolerance, by one rule for every game.

At an information set that the others reach, Bayes' rule gives the owner's belief. At one that they do not reach, any
belief over the others' types that the prior allows may support what the owner does there: the belief is chosen for
which the owner loses least. That is what a perfect Bayesian equilibrium of a game with observed actions asks for
(Fudenberg and Tirole 1991, section 8.2.3), but for their condition that beliefs after an unexpected action of one
player do not change about others, and tested against single deviations.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.histories import Int32Array, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile


@dataclass(frozen=True)
class Support:
    """The most that anybody loses at an information set by following a profile instead of the best action there.

    Attributes:
        on_path: where the others reach the information set, under Bayes' belief.
        off_path: elsewhere, under the belief that supports play there best.
    """

    on_path: float
    off_path: float

    @property
    def loss(self) -> float:
        """The larger of both."""
        return max(self.on_path, self.off_path)


def support(profile: BehaviourProfile, rare: float = 0.0, enough: float | None = None) -> Support:
    """How well some beliefs support a profile; zero in both parts in a perfect Bayesian equilibrium.

    Args:
        profile: of any game.
        rare: an information set counts as not reached where nature and the others bring it about with at most this
            probability, given the owner's type. Learned play never excludes anything altogether.
        enough: the loss up to which play counts as supported, where only that matters. It saves time: losses off the
            path up to here need not be told exactly, and the first one beyond it ends the search.

    Returns:
        Losses in the game's payoffs, >= 0.
    """
    tree, levels = profile.tree, information_sets(profile)
    prior = np.zeros(tree.n_all_types)
    np.add.at(prior, tree.moves.column, tree.game.prior[:, None])
    choices: list[BoolArray] = [(tree.moves.legal[stage.state].sum(axis=2) > 1) & (prior > 0) for stage in tree.stages]
    with np.errstate(invalid="ignore", divide="ignore"):
        likely = [level.counterfactual_reach / prior > rare for level in levels]
    regrets = [level.regret[choice & here] for level, choice, here in zip(levels, choices, likely, strict=True)]
    on_path = max((float(regret.max()) for regret in regrets if len(regret)), default=0.0)
    if enough is not None and on_path > enough:
        return Support(on_path, 0.0)
    return Support(on_path, _off_path(profile, [c & ~here for c, here in zip(choices, likely, strict=True)], enough))


def _off_path(profile: BehaviourProfile, where: list[BoolArray], enough: float | None) -> float:
    """The largest loss at some information sets under the beliefs that support play best; ``enough`` as above."""
    tree = profile.tree
    moves, (n_profiles, n_players) = tree.moves, tree.moves.column.shape
    possible = tree.game.prior > 0
    value, worst = np.zeros((1, n_profiles, n_players)), 0.0
    for t in reversed(range(tree.n_stages)):
        stage, table = tree.stages[t], profile.stages[t]
        gain = np.zeros((len(stage), n_profiles, n_players, table.shape[2]))
        here = np.zeros((len(stage), n_profiles, n_players))
        _values_by_profile(
            stage.state, stage.first_child, table, moves.start, moves.actions, moves.edge_start, moves.reward,
            moves.child_rank, moves.probability, moves.column, value, here, gain,
        )  # fmt: skip
        value = here
        for h, column in np.argwhere(where[t]):
            owner = int(moves.owner[column])
            types = np.flatnonzero((moves.column[:, owner] == column) & possible)
            legal = moves.legal[stage.state[h], column]
            gains = gain[h, types, owner][:, legal] - here[h, types, owner, None]
            worst = max(worst, least_loss(gains, max(enough or 0.0, worst)))
            if enough is not None and worst > enough:
                return worst
    return worst


def least_loss(gains: FloatArray, enough: float = 0.0) -> float:
    """The least, over beliefs, of the most that an action gains: ``min_b max_a sum_w b(w) gains[w, a]``, not below
    zero.

    Args:
        gains: ``[type profiles, actions]``.
        enough: where some belief brings it down to this, that is good enough.

    >>> round(least_loss(np.array([[1.0, -1.0], [-1.0, 0.5]])), 6)    # at belief 3/7, 4/7
    0.0
    >>> round(least_loss(np.array([[1.0, 0.5], [0.5, 1.0]])), 6)
    0.75
    """
    simple = min(float(gains.max(axis=1).min()), float(gains.mean(axis=0).max()))
    if simple <= enough or len(gains) == 1:
        return max(simple, 0.0)
    if float(gains.min(axis=0).max()) >= simple:  # one action gains as much whatever the belief
        return max(simple, 0.0)
    n = len(gains)
    rows = np.hstack([gains.T, -np.ones((gains.shape[1], 1))])
    solved = linprog(
        [0.0] * n + [1.0], A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=[[1.0] * n + [0.0]], b_eq=[1.0],
        bounds=[(0, None)] * n + [(None, None)],
    )  # fmt: skip
    return max(float(solved.fun), 0.0) if solved.status == 0 else max(simple, 0.0)


@compiled
def _values_by_profile(
    state: Int32Array,
    first_child: Int32Array,
    table: RealArray,
    start: Int32Array,
    actions: Int32Array,
    edge_start: Int32Array,
    reward: FloatArray,
    child_rank: Int32Array,
    probability: FloatArray,
    column: IntArray,
    child_value: FloatArray,
    value: FloatArray,
    q_value: FloatArray,
) -> None:
    """What each player expects from each history on, given all types: ``value[h, w, i]``, and of each action once,
    ``q_value[h, w, i, a]``; as to the rest see :class:`olivebranch.theory.tree.histories.Moves`."""
    n_profiles, n_players = column.shape
    total = np.zeros(n_players)
    for h in range(len(state)):
        for m in range(start[state[h]], start[state[h] + 1]):
            for w in range(n_profiles):
                for i in range(n_players):
                    total[i] = reward[m, i, w]
                for e in range(edge_start[m], edge_start[m + 1]):
                    if child_rank[e] >= 0 and probability[e, w] > 0.0:
                        child = first_child[h] + child_rank[e]
                        for i in range(n_players):
                            total[i] += probability[e, w] * child_value[child, w, i]
                for i in range(n_players):
                    others = 1.0
                    for j in range(n_players):
                        if j != i:
                            others *= table[h, column[w, j], actions[m, j]]
                    q_value[h, w, i, actions[m, i]] += others * total[i]
        for w in range(n_profiles):
            for i in range(n_players):
                for a in range(q_value.shape[3]):
                    value[h, w, i] += table[h, column[w, i], a] * q_value[h, w, i, a]
