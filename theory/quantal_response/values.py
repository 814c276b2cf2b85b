"""Action values given that an information set is reached, however improbable that is: in logarithms of probabilities.

Along the logit correspondence, actions come to be taken with probabilities such as e^-3000. Products of these vanish in
floating point, and beliefs with them. What a player expects at an information set depends only on how the
probabilities of the others' types compare, so here the reach of every type is kept as a logarithm, relative to the
largest among the types of the same player; nothing under- or overflows (docs/enumeration.md, quantal response).

The unknowns of this module are *logits*: one number for each legal action of each information set with a choice, in the
order of :class:`Layout`. Behaviour is their softmax.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.tree.histories import GameTree, Int32Array
from olivebranch.theory.tree.profiles import BehaviourProfile


class Rules(NamedTuple):
    """A tree as the compiled loops below read it: the nodes of all stages one after another.

    Attributes:
        forced: logarithm of the behaviour where there is no choice: 0 for the one legal action, else minus infinity,
            ``[n_nodes, n_columns, n_actions]``; a column is a type of a player, see
            :class:`~olivebranch.theory.tree.histories.Moves`, from which all that is not explained here comes.
        place: node, column and action of each unknown, ``[size, 3]``.
        first: the first unknown of each information set with a choice, and the end, ``[n_sets + 1]``.
        state: public state of each node, ``[n_nodes]``.
        first_child: first child of each node, ``[n_nodes]``.
        log_prior: logarithm of the prior of each type profile, ``[n_profiles]``.
        possible: whether a type can occur, ``[n_columns]``.
    """

    forced: FloatArray
    place: IntArray
    first: IntArray
    state: IntArray
    first_child: IntArray
    log_prior: FloatArray
    possible: BoolArray
    start: Int32Array
    actions: Int32Array
    edge_start: Int32Array
    reward: FloatArray
    child_rank: Int32Array
    probability: FloatArray
    column: IntArray
    owner: IntArray


@dataclass(frozen=True)
class Layout:
    """Where the logits of a tree stand.

    Attributes:
        tree: the tree.
        rules: the same for the compiled loops.
    """

    tree: GameTree
    rules: Rules

    @classmethod
    def of(cls, tree: GameTree) -> "Layout":
        """The layout of a tree."""
        moves = tree.moves
        ends = np.cumsum([len(stage) for stage in tree.stages])
        legal = np.concatenate([moves.legal[stage.state] for stage in tree.stages])
        place = np.argwhere(legal & (legal.sum(axis=2, keepdims=True) > 1))
        new_set = np.any(place[1:, :2] != place[:-1, :2], axis=1)
        possible = np.zeros(tree.n_all_types, dtype=np.bool_)
        possible[moves.column[tree.game.prior > 0]] = True
        with np.errstate(divide="ignore"):
            log_prior = np.log(tree.game.prior)
        first_child = [stage.first_child.astype(np.int64) + end for stage, end in zip(tree.stages, ends, strict=True)]
        rules = Rules(
            forced=np.where(legal, 0.0, -np.inf),
            place=place,
            first=np.concatenate([[0], np.flatnonzero(new_set) + 1, [len(place)]]).astype(np.int64),
            state=np.concatenate([stage.state for stage in tree.stages]).astype(np.int64),
            first_child=np.concatenate(first_child),
            log_prior=log_prior,
            possible=possible,
            start=moves.start,
            actions=moves.actions,
            edge_start=moves.edge_start,
            reward=moves.reward,
            child_rank=moves.child_rank,
            probability=moves.probability,
            column=moves.column,
            owner=moves.owner,
        )
        return cls(tree, rules)

    @property
    def size(self) -> int:
        """Number of logits."""
        return len(self.rules.place)

    def values(self, logits: FloatArray) -> FloatArray:
        """Expected payoff of each unknown action given its information set and later play, less the mean over the
        actions there, ``[size]``. Zero at information sets of types that cannot occur."""
        return _values(logits, self.rules)

    def slopes(self, logits: FloatArray) -> FloatArray:
        """How :meth:`values` change with the logits, ``[size, size]``, by central differences (error about 1e-10)."""
        return _slopes(logits, self.rules)

    def log_probabilities(self, logits: FloatArray) -> FloatArray:
        """Logarithm of the probability of each unknown action, ``[size]``."""
        return _log_softmax(logits, self.rules.first)

    def slope_of_log_probabilities(self, logits: FloatArray, direction: FloatArray) -> FloatArray:
        """How :meth:`log_probabilities` change as the logits move in a direction, ``[size]``."""
        moved = np.exp(self.log_probabilities(logits)) * direction
        width = np.diff(self.rules.first)
        result: FloatArray = direction - np.repeat(np.add.reduceat(moved, self.rules.first[:-1]), width)
        return result

    def profile(self, logits: FloatArray) -> BehaviourProfile:
        """Behaviour on the tree; probabilities below about 1e-308 become zero."""
        table = np.exp(_log_play(logits, self.rules))
        ends = np.cumsum([len(stage) for stage in self.tree.stages])[:-1]
        return BehaviourProfile(self.tree, tuple(np.split(table, ends)))

    def of_stages(self, stages: Sequence[FloatArray]) -> FloatArray:
        """The entries of an array a stage, shaped as a profile's, that belong to the unknowns, ``[size]``."""
        node, column, action = self.rules.place.T
        result: FloatArray = np.concatenate(stages)[node, column, action]
        return result


@compiled
def _log_softmax(logits: FloatArray, first: IntArray) -> FloatArray:
    result = np.empty_like(logits)
    for group in range(len(first) - 1):
        begin, end = first[group], first[group + 1]
        most = logits[begin:end].max()
        total = 0.0
        for i in range(begin, end):
            total += np.exp(logits[i] - most)
        for i in range(begin, end):
            result[i] = logits[i] - most - np.log(total)
    return result


@compiled
def _log_play(logits: FloatArray, rules: Rules) -> FloatArray:
    table = rules.forced.copy()
    shares = _log_softmax(logits, rules.first)
    for i in range(len(shares)):
        table[rules.place[i, 0], rules.place[i, 1], rules.place[i, 2]] = shares[i]
    return table


@compiled
def _values(logits: FloatArray, rules: Rules) -> FloatArray:
    table = _action_values(_log_play(logits, rules), rules)
    result = np.empty_like(logits)
    for group in range(len(rules.first) - 1):
        begin, end = rules.first[group], rules.first[group + 1]
        mean = 0.0
        for i in range(begin, end):
            result[i] = table[rules.place[i, 0], rules.place[i, 1], rules.place[i, 2]]
            mean += result[i]
        for i in range(begin, end):
            result[i] -= mean / (end - begin)
    return result


@compiled
def _slopes(logits: FloatArray, rules: Rules) -> FloatArray:
    step = 1e-5
    result = np.empty((len(logits), len(logits)))
    moved = logits.copy()
    for i in range(len(logits)):
        moved[i] = logits[i] + step
        result[:, i] = _values(moved, rules)
        moved[i] = logits[i] - step
        result[:, i] -= _values(moved, rules)
        moved[i] = logits[i]
    return result / (2 * step)


@compiled
def _action_values(log_play: FloatArray, rules: Rules) -> FloatArray:
    """``[node, column, action]``: once forwards for the relative reach, once backwards for the values."""
    n_nodes, n_columns = log_play.shape[0], log_play.shape[1]
    n_profiles, n_players = rules.column.shape
    result = np.zeros(log_play.shape)
    reach = np.zeros((n_nodes, n_columns))
    chance = np.zeros((n_nodes, n_profiles))
    chance[0] = rules.log_prior
    for node in range(n_nodes):
        here = rules.state[node]
        for move in range(rules.start[here], rules.start[here + 1]):
            for edge in range(rules.edge_start[move], rules.edge_start[move + 1]):
                if rules.child_rank[edge] < 0:
                    continue
                child = rules.first_child[node] + rules.child_rank[edge]
                for player in range(n_players):
                    most = -np.inf
                    for c in range(n_columns):
                        if rules.owner[c] == player:
                            reach[child, c] = reach[node, c] + log_play[node, c, rules.actions[move, player]]
                            if rules.possible[c] and reach[child, c] > most:
                                most = reach[child, c]
                    if most > -np.inf:
                        for c in range(n_columns):
                            if rules.owner[c] == player:
                                reach[child, c] -= most
                most = -np.inf
                for k in range(n_profiles):
                    chance[child, k] = chance[node, k] + np.log(rules.probability[edge, k])
                    most = max(most, chance[child, k])
                for k in range(n_profiles):
                    chance[child, k] -= most
    value = np.zeros((n_nodes, n_columns))
    weight, most_by_column, total = np.zeros(n_profiles), np.zeros(n_columns), np.zeros(n_columns)
    for node in range(n_nodes - 1, -1, -1):
        here = rules.state[node]
        for player in range(n_players):
            for c in range(n_columns):
                most_by_column[c], total[c] = -np.inf, 0.0
            for k in range(n_profiles):
                weight[k] = chance[node, k]
                for other in range(n_players):
                    if other != player:
                        weight[k] += reach[node, rules.column[k, other]]
                c = rules.column[k, player]
                most_by_column[c] = max(most_by_column[c], weight[k])
            for k in range(n_profiles):
                c = rules.column[k, player]
                weight[k] = np.exp(weight[k] - most_by_column[c]) if most_by_column[c] > -np.inf else 0.0
                total[c] += weight[k]
            for move in range(rules.start[here], rules.start[here + 1]):
                action = rules.actions[move, player]
                for k in range(n_profiles):
                    if weight[k] == 0.0:
                        continue
                    c = rules.column[k, player]
                    log_others = 0.0
                    for other in range(n_players):
                        if other != player:
                            log_others += log_play[node, rules.column[k, other], rules.actions[move, other]]
                    share = weight[k] / total[c] * np.exp(log_others)
                    worth = rules.reward[move, player, k]
                    for edge in range(rules.edge_start[move], rules.edge_start[move + 1]):
                        if rules.child_rank[edge] >= 0:
                            worth += (
                                rules.probability[edge, k] * value[rules.first_child[node] + rules.child_rank[edge], c]
                            )
                    result[node, c, action] += share * worth
        for c in range(n_columns):
            for action in range(log_play.shape[2]):
                if log_play[node, c, action] > -np.inf:
                    value[node, c] += np.exp(log_play[node, c, action]) * result[node, c, action]
    return result
