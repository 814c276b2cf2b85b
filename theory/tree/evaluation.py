"""Exact values, best responses, NashConv, beliefs and regret of a behaviour profile on a game's history tree.

One walk forwards gives the probability of every history, split into nature's part by type profile and each player's
own part by type. One walk backwards gives, for each information set (history ``h``, own type ``t`` of player ``i``),
the *counterfactual values* of its actions: expected rewards from ``h`` on, weighted with the probability that nature
and the others, but not ``i``, bring about ``h``,

    q_i(h, t, a) = sum over type profiles w with w_i = t of
                   prior(w) * chance(h | w) * prod over j != i of reach_j(h, w_j) * E[rewards of i from h on | a, w].

Because everything but types is public, player ``i`` moves between its own information sets as the tree does, so the
maximum over its strategies is the maximum at each information set in turn, last stage first. That holds for
correlated priors and simultaneous moves as well: the weights carry the correlation. (Zinkevich et al. 2007 for the
weights; Johanson et al. 2011 for best responses on a public tree.)
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.tree.histories import Int32Array, Moves, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile, check_profile


@dataclass(frozen=True)
class Evaluation:
    """What a profile is worth and how far each player is from a best response. Payoffs in the game's own units.

    Attributes:
        values: expected payoff of each player, ``[n_players]``.
        values_by_type: for each player its expected payoff given its type, ``[n_types]``; NaN if the type cannot occur.
        best_values: payoff of a best response to the others, ``[n_players]``.
        best_values_by_type: the same given the type.
        gains: what a best response adds, ``[n_players]``, >= 0.
        gains_by_type: the part of it that each type earns, weighted with the type's probability: sums to ``gains``.
        gains_by_stage: the part of it that is earned in each stage, ``[n_players, n_stages]``: sums to ``gains``.
            See :attr:`InformationSets.gain_share`.
    """

    values: FloatArray
    values_by_type: tuple[FloatArray, ...]
    best_values: FloatArray
    best_values_by_type: tuple[FloatArray, ...]
    gains: FloatArray
    gains_by_type: tuple[FloatArray, ...]
    gains_by_stage: FloatArray

    @property
    def nash_conv(self) -> float:
        """Sum of the players' gains from best responses; zero exactly in a Bayes-Nash equilibrium."""
        return float(self.gains.sum())


@dataclass(frozen=True)
class InformationSets:
    """The information sets of one stage: a row for each history, a column for each type of each player.

    Columns of all players lie side by side, see :meth:`GameTree.types_of`. A number that needs a belief is NaN where
    nature and the others give the history probability zero: Bayes' rule is silent there.

    Attributes:
        reach: probability that the information set is reached, ``[n_histories, n_all_types]``.
        counterfactual_reach: the same if the owner does what it can to reach it.
        beliefs: the owner's belief about the type profile by Bayes' rule, ``[.., n_profiles]``.
        values: expected payoff from here on of following the profile, ``[n_histories, n_all_types]``.
        action_values: of taking an action once and following the profile afterwards, ``[.., n_actions]``; NaN if
            illegal.
        best_values: of the best continuation, given the belief and the others' behaviour.
        regret: the best action value less ``values``, >= 0.
        rationality_gap: ``best_values`` less ``values``; zero wherever it is defined iff the profile is sequentially
            rational under Bayes beliefs.
        gain_share: the part of the owner's ex-ante gain that is earned here, >= 0: reach times what is lost by
            following the profile at this one information set and responding best ever after. Sums to ``gains``.
    """

    reach: RealArray
    counterfactual_reach: RealArray
    beliefs: RealArray
    values: RealArray
    action_values: RealArray
    best_values: RealArray
    regret: RealArray
    rationality_gap: RealArray
    gain_share: RealArray


@dataclass(frozen=True)
class CounterfactualValues:
    """What learning on a tree needs to know about one stage.

    Attributes:
        values: q of the module's docstring, ``[n_histories, n_all_types, n_actions]``; 0 if illegal.
        reach: the weight in it, ``[n_histories, n_all_types]``; ``values / reach`` are expected payoffs.
    """

    values: RealArray
    reach: RealArray


def evaluate(profile: BehaviourProfile) -> Evaluation:
    """Evaluate a profile exactly. ValueError if a row of it is not a distribution over legal actions."""
    check_profile(profile)
    tree = profile.tree
    walk = _Walk(profile)
    shares = np.zeros((max(tree.n_stages, 1), tree.n_all_types))
    for t in reversed(range(tree.n_stages)):
        walk.back(t, shares[t : t + 1])
    prior = np.zeros(tree.n_all_types)
    np.add.at(prior, tree.moves.column, tree.game.prior[:, None])
    weighted, gained = walk.value[0].astype(np.float64), shares.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_type = np.where(prior > 0, weighted / prior, np.nan)
        best_by_type = np.where(prior > 0, (weighted + gained) / prior, np.nan)
    players = [tree.types_of(player) for player in range(tree.game.n_players)]
    values = np.array([weighted[part].sum() for part in players])
    gains = np.array([gained[part].sum() for part in players])
    return Evaluation(
        values=values,
        values_by_type=tuple(by_type[part] for part in players),
        best_values=values + gains,
        best_values_by_type=tuple(best_by_type[part] for part in players),
        gains=gains,
        gains_by_type=tuple(gained[part] for part in players),
        gains_by_stage=np.array([shares[: tree.n_stages, part].sum(axis=1) for part in players]),
    )


def information_sets(profile: BehaviourProfile) -> tuple[InformationSets, ...]:
    """Beliefs, action values and regret at every information set, by stage. ValueError as for :func:`evaluate`."""
    check_profile(profile)
    tree = profile.tree
    walk = _Walk(profile)
    result: list[InformationSets] = []
    for t in reversed(range(tree.n_stages)):
        table = profile.stages[t]
        share = np.zeros(table.shape[:2], dtype=table.dtype)
        detail = CounterfactualValues(np.empty_like(table), np.empty_like(share))
        walk.back(t, share, detail)
        weight = _counterfactual_weights(walk.chance[t], walk.reach[t], tree.moves)
        total = detail.reach
        legal = tree.moves.legal[tree.stages[t].state]
        with np.errstate(invalid="ignore", divide="ignore"):
            known = np.where(total > 0, total, np.nan)
            action_values = np.where(legal, detail.values / known[..., None], np.nan)
            values, best_values = walk.value / known, walk.best / known
        highest = np.where(legal, action_values, -np.inf).max(axis=2)
        result.append(
            InformationSets(
                reach=total * walk.reach[t],
                counterfactual_reach=total,
                beliefs=weight / known[..., None],
                values=values,
                action_values=action_values,
                best_values=best_values,
                regret=np.maximum(highest - values, 0.0),
                rationality_gap=np.maximum(best_values - values, 0.0),
                gain_share=share,
            )
        )
    return tuple(reversed(result))


def best_response(profile: BehaviourProfile, player: int) -> BehaviourProfile:
    """The profile with one player's part replaced by a pure best response to the others.

    Ties, and information sets that nature and the others never bring about, go to the lowest legal action. ValueError
    as for :func:`evaluate`.
    """
    check_profile(profile)
    part = profile.tree.types_of(player)
    stages = [table.copy() for table in profile.stages]
    for table, response in zip(stages, best_responses(profile), strict=True):
        table[:, part] = response[:, part]
    return BehaviourProfile(profile.tree, tuple(stages))


def best_responses(profile: BehaviourProfile) -> tuple[RealArray, ...]:
    """Each player's pure best response to the others in ``profile``, side by side, by stage as in a profile.

    Ties as in :func:`best_response`. Learners repeat this step, so the profile is not checked.
    """
    tree, walk = profile.tree, _Walk(profile)
    result: list[RealArray] = []
    for t in reversed(range(tree.n_stages)):
        table = profile.stages[t]
        detail = CounterfactualValues(np.empty_like(table), np.empty(table.shape[:2], dtype=table.dtype))
        walk.back(t, np.zeros((1, table.shape[1]), dtype=table.dtype), detail)
        chosen = np.where(tree.moves.legal[tree.stages[t].state], detail.values, -np.inf).argmax(axis=2)
        result.append(np.eye(table.shape[2], dtype=table.dtype)[chosen])
        # a column of values looks only at its owner's continuation and the others' play here, so for earlier stages
        # every player can respond best from here on at once
        walk.value = walk.best
    return tuple(reversed(result))


def logit_responses(profile: BehaviourProfile, temperature: float) -> tuple[RealArray, ...]:
    """Each player's logit response to the others in ``profile``, side by side, by stage as in a profile.

    At each information set it is the softmax of expected payoffs divided by ``temperature`` (> 0, in units of payoff),
    given the belief that the profile makes, and with the player's own logit responses later on; uniform where nature
    and the others never bring the information set about. Learners repeat this step, so the profile is not checked.
    """
    tree, walk = profile.tree, _Walk(profile)
    result: list[RealArray] = []
    for t in reversed(range(tree.n_stages)):
        table = profile.stages[t]
        detail = CounterfactualValues(np.empty_like(table), np.empty(table.shape[:2], dtype=table.dtype))
        walk.back(t, np.zeros((1, table.shape[1]), dtype=table.dtype), detail)
        reach = detail.reach[..., None]
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = np.where(reach > 0, detail.values / (reach * temperature), 0.0)
        scores = np.where(tree.moves.legal[tree.stages[t].state], scores, -np.inf)
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        result.append(weights / weights.sum(axis=2, keepdims=True))
        walk.value = (result[-1] * detail.values).sum(axis=2)  # as in best_responses: for earlier stages
    return tuple(reversed(result))


def own_reach(profile: BehaviourProfile) -> tuple[RealArray, ...]:
    """Each column's own reach, ``[n_histories, n_all_types]`` by stage: what its owner does to bring a history about.

    The profile is not checked.
    """
    return tuple(_Walk(profile).reach)


def counterfactual_values(profile: BehaviourProfile) -> tuple[tuple[CounterfactualValues, ...], tuple[RealArray, ...]]:
    """Counterfactual action values by stage, and each column's own reach, ``[n_histories, n_all_types]`` by stage.

    The step that learning dynamics on a tree repeat; so the profile is not checked.
    """
    walk = _Walk(profile)
    result: list[CounterfactualValues] = []
    for t in reversed(range(profile.tree.n_stages)):
        table = profile.stages[t]
        share = np.zeros((1, table.shape[1]), dtype=table.dtype)
        result.append(CounterfactualValues(np.empty_like(table), np.empty(table.shape[:2], dtype=table.dtype)))
        walk.back(t, share, result[-1])
    return tuple(reversed(result)), tuple(walk.reach)


class _Walk:
    """Forwards on construction; then :meth:`back` once for each stage, last stage first."""

    def __init__(self, profile: BehaviourProfile) -> None:
        tree, self.profile = profile.tree, profile
        moves = tree.moves
        kind = profile.stages[0].dtype if profile.stages else np.dtype(np.float64)
        self.chance = [tree.game.prior[None, :].astype(kind)]
        self.reach = [np.ones((1, tree.n_all_types), dtype=kind)]
        for stage, following, table in zip(tree.stages, tree.stages[1:], profile.stages, strict=False):
            chance = np.empty((len(following), tree.game.n_profiles), dtype=kind)
            reach = np.empty((len(following), tree.n_all_types), dtype=kind)
            _forwards(
                stage.state, stage.first_child, table, self.chance[-1], self.reach[-1], moves.start, moves.actions,
                moves.edge_start, moves.child_rank, moves.probability, moves.owner, chance, reach,
            )  # fmt: skip
            self.chance.append(chance)
            self.reach.append(reach)
        self.value: RealArray = np.zeros((1, tree.n_all_types), dtype=kind)
        self.best: RealArray = np.zeros((1, tree.n_all_types), dtype=kind)

    def back(self, t: int, share: RealArray, detail: CounterfactualValues | None = None) -> None:
        """Move ``value`` and ``best`` from stage ``t + 1`` to stage ``t``; add to ``share``, overwrite ``detail``."""
        tree, table = self.profile.tree, self.profile.stages[t]
        value, best = np.empty(table.shape[:2], dtype=table.dtype), np.empty(table.shape[:2], dtype=table.dtype)
        if detail is None:
            detail = CounterfactualValues(
                np.empty((0, *table.shape[1:]), dtype=table.dtype), np.empty((0, table.shape[1]), dtype=table.dtype)
            )
        detail.reach[...] = 0.0
        stage, moves = tree.stages[t], tree.moves
        _backwards(
            stage.state, stage.first_child, table, self.chance[t], self.reach[t], moves.start, moves.actions,
            moves.edge_start, moves.reward, moves.paying, moves.child_rank, moves.column, moves.owner, moves.legal,
            self.value, self.best, value, best, share, detail.values, detail.reach,
        )  # fmt: skip
        self.value, self.best = value, best


def _counterfactual_weights(chance: RealArray, reach: RealArray, moves: Moves) -> RealArray:
    """Probability of each type profile and history but for the owner's own part, ``[n_histories, n_columns,
    n_profiles]``; zero where the profile has another type of the owner."""
    n_profiles, n_players = moves.column.shape
    weights = np.zeros((len(chance), len(moves.owner), n_profiles), dtype=chance.dtype)
    for w in range(n_profiles):
        for i in range(n_players):
            others = np.delete(moves.column[w], i)
            weights[:, moves.column[w, i], w] = chance[:, w] * reach[:, others].prod(axis=1)
    return weights


@compiled
def _forwards(
    state: Int32Array,
    first_child: Int32Array,
    table: RealArray,
    chance: RealArray,
    reach: RealArray,
    start: Int32Array,
    actions: Int32Array,
    edge_start: Int32Array,
    child_rank: Int32Array,
    probability: FloatArray,
    owner: IntArray,
    child_chance: RealArray,
    child_reach: RealArray,
) -> None:
    """Reach of the next stage from that of this one.

    Takes the fields of :class:`Moves` one by one, which numba unpacks faster than a tuple of them: on Kuhn poker a step
    of CFR+ takes a fifth less.
    """
    n_columns, n_profiles = table.shape[1], chance.shape[1]
    for h in range(len(state)):
        for m in range(start[state[h]], start[state[h] + 1]):
            for e in range(edge_start[m], edge_start[m + 1]):
                if child_rank[e] < 0:
                    continue
                child = first_child[h] + child_rank[e]
                for w in range(n_profiles):
                    child_chance[child, w] = chance[h, w] * probability[e, w]
                for c in range(n_columns):
                    child_reach[child, c] = reach[h, c] * table[h, c, actions[m, owner[c]]]


@compiled
def _backwards(
    state: Int32Array,
    first_child: Int32Array,
    table: RealArray,
    chance: RealArray,
    reach: RealArray,
    start: Int32Array,
    actions: Int32Array,
    edge_start: Int32Array,
    reward: FloatArray,
    paying: BoolArray,
    child_rank: Int32Array,
    column: IntArray,
    owner: IntArray,
    legal: BoolArray,
    child_value: RealArray,
    child_best: RealArray,
    value: RealArray,
    best: RealArray,
    share: RealArray,
    q_value: RealArray,
    others: RealArray,
) -> None:
    """Counterfactual values of this stage from those of the next.

    ``share`` has a row for each history, or a single one to which all add; ``q_value`` (counterfactual action values)
    and ``others`` (counterfactual reach) may have no rows. As to :class:`Moves` see :func:`_forwards`.
    """
    n_players, n_profiles = actions.shape[1], chance.shape[1]
    n_columns, n_actions = table.shape[1], table.shape[2]
    by_value = np.zeros((n_columns, n_actions))
    by_best = np.zeros((n_columns, n_actions))
    weight = np.zeros((n_players, n_profiles))
    for h in range(len(state)):
        by_value[:] = 0.0
        by_best[:] = 0.0
        for w in range(n_profiles):
            for i in range(n_players):
                product = chance[h, w]
                for j in range(n_players):
                    if j != i:
                        product *= reach[h, column[w, j]]
                weight[i, w] = product
                if len(others) > 0:
                    others[h, column[w, i]] += product
        for m in range(start[state[h]], start[state[h] + 1]):
            if paying[m]:
                for i in range(n_players):
                    for w in range(n_profiles):
                        product = weight[i, w] * reward[m, i, w]
                        if product == 0.0:
                            continue
                        for j in range(n_players):
                            if j != i:
                                product *= table[h, column[w, j], actions[m, j]]
                        by_value[column[w, i], actions[m, i]] += product
                        by_best[column[w, i], actions[m, i]] += product
            for e in range(edge_start[m], edge_start[m + 1]):
                if child_rank[e] >= 0:
                    child = first_child[h] + child_rank[e]
                    for c in range(n_columns):
                        a = actions[m, owner[c]]
                        by_value[c, a] += child_value[child, c]
                        by_best[c, a] += child_best[child, c]
        row = h if len(share) > 1 else 0
        for c in range(n_columns):
            highest, followed = -np.inf, 0.0
            for a in range(n_actions):
                if legal[state[h], c, a]:
                    highest = max(highest, by_best[c, a])
                    followed += table[h, c, a] * by_value[c, a]
            # summed as differences: exactly zero where the profile responds best, never negative
            lost = 0.0
            for a in range(n_actions):
                if legal[state[h], c, a]:
                    lost += table[h, c, a] * (highest - by_best[c, a])
            value[h, c] = followed
            best[h, c] = highest
            share[row, c] += reach[h, c] * lost
            if len(q_value) > 0:
                q_value[h, c] = by_value[c]
