"""The sequence form of a game on its history tree: realisation plans in place of behaviour (von Stengel 1996).

A *sequence* of a player is one of its types with the actions that it has chosen on the way to some point of the tree.
A *realisation plan* gives every sequence the probability that the player's own choices make it happen, and these
probabilities obey linear constraints: what leaves an information set adds up to what arrives at it. Expected payoffs
are linear in each player's plan, while they are polynomials of high degree in behaviour. So zero-sum games become
linear programs (Koller, Megiddo and von Stengel 1996), and others can be made linear near a point.

B. von Stengel, "Efficient computation of behavior strategies", Games and Economic Behavior 14 (1996); D. Koller,
N. Megiddo and B. von Stengel, "Efficient computation of equilibria for extensive two-person games", the same issue.
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.tree.histories import GameTree, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile

ARRIVES = 1e-12  # a realisation probability below this is rounding, and does not tell behaviour


@dataclass(frozen=True)
class Entries:
    """Numbers at points of the tree, each with the sequences that lead to it: one of every player.

    Attributes:
        sequences: ``[n, n_players]``.
        values: ``[n, ..]``.
    """

    sequences: IntArray
    values: FloatArray

    def __len__(self) -> int:
        return len(self.sequences)


@dataclass(frozen=True)
class SequenceForm:
    """A game in sequence form. Made by :func:`sequence_form`.

    The first sequences are empty: one for each type of each player, in the order of the tree's columns. All players'
    sequences share one numbering, and so do their information sets, so that one vector holds everybody's plan.

    Attributes:
        tree: the game.
        size: number of sequences.
        roots: number of empty sequences.
        owner: the player of each sequence, ``[size]``.
        information_set: to which each sequence's last action belongs, ``[size]``; -1 for empty ones.
        parent: the sequence that leads to each information set, ``[n_information_sets]``.
        arriving: by stage, the sequence with which each column arrives at each history, ``[n_histories, n_columns]``.
        leaving: by stage, the sequence that each action leads to, ``[n_histories, n_columns, n_actions]``; where there
            is no choice, the one that has arrived; -1 where the action is illegal.
        payoffs: expected rewards at moves that pay something, weighted with the probability of types and chance,
            ``[n, n_players]``.
        endings: the probability, given the players' choices, that types and chance are as they must be and that the
            game ends with this move, ``[n]``: times the plan, the probability of a play.
    """

    tree: GameTree
    size: int
    roots: int
    owner: IntArray
    information_set: IntArray
    parent: IntArray
    arriving: tuple[IntArray, ...]
    leaving: tuple[IntArray, ...]
    payoffs: Entries
    endings: Entries

    def plan(self, profile: BehaviourProfile) -> FloatArray:
        """The realisation plans of all players, ``[size]``."""
        plan = np.ones(self.size)
        for arriving, leaving, choice, table in zip(
            self.arriving, self.leaving, self._choices(), profile.stages, strict=True
        ):
            plan[leaving[choice]] = (plan[arriving][:, :, None] * table)[choice]
        return plan

    def profile(self, plan: FloatArray, otherwise: BehaviourProfile) -> BehaviourProfile:
        """The behaviour that realisation plans stand for; as in ``otherwise`` where a player's own plan never comes."""
        tables: list[RealArray] = []
        for arriving, leaving, choice, table in zip(
            self.arriving, self.leaving, self._choices(), otherwise.stages, strict=True
        ):
            share = np.where(choice, np.maximum(plan[leaving], 0.0), 0.0)
            total = share.sum(axis=2, keepdims=True)
            known = choice.any(axis=2, keepdims=True) & (plan[arriving][:, :, None] > ARRIVES) & (total > 0)
            tables.append(np.where(known, share / np.where(total > 0, total, 1.0), table))
        return BehaviourProfile(self.tree, tuple(tables))

    def plays(self, plan: FloatArray) -> FloatArray:
        """The probability of every play, ``[len(endings)]``."""
        result: FloatArray = self.endings.values * plan[self.endings.sequences].prod(axis=1)
        return result

    def _choices(self) -> list[BoolArray]:
        """By stage, which actions are legal where there is a choice, ``[n_histories, n_columns, n_actions]``."""
        legal = [self.tree.moves.legal[stage.state] for stage in self.tree.stages]
        return [rows & (rows.sum(axis=2, keepdims=True) > 1) for rows in legal]


def count_sequences(tree: GameTree) -> int:
    """How many sequences a game has, without building its sequence form."""
    actions = [tree.moves.legal[stage.state].sum(axis=2) for stage in tree.stages]
    return tree.n_all_types + sum(int(number[number > 1].sum()) for number in actions)


def sequence_form(tree: GameTree) -> SequenceForm:
    """The sequence form of the game on ``tree``. It takes a few times the memory of a profile."""
    game, moves, n = tree.game, tree.moves, tree.n_all_types
    arriving = np.arange(n)[None, :]
    size, n_sets = n, 0
    owner: list[IntArray] = [moves.owner]
    information_set: list[IntArray] = [np.full(n, -1)]
    parent: list[IntArray] = []
    all_arriving: list[IntArray] = []
    all_leaving: list[IntArray] = []
    payoffs: list[Entries] = []
    endings: list[Entries] = []
    chance = game.prior[None, :]
    for t, stage in enumerate(tree.stages):
        if t > 0:
            actions = game.joint_actions(game.edge_joint[stage.edge])
            arriving = all_leaving[-1][stage.parent[:, None], np.arange(n), actions[:, moves.owner]]
            chance = chance[stage.parent] * game.edge_probability[stage.edge]
        legal = moves.legal[stage.state]
        acts: BoolArray = legal.sum(axis=2) > 1
        choice = legal & acts[:, :, None]
        leaving = np.where(legal, arriving[:, :, None], -1)
        leaving[choice] = size + np.arange(choice.sum())
        number = np.full(acts.shape, -1)
        number[acts] = n_sets + np.arange(acts.sum())
        owner.append(np.broadcast_to(moves.owner[None, :, None], choice.shape)[choice])
        information_set.append(np.broadcast_to(number[:, :, None], choice.shape)[choice])
        parent.append(arriving[acts])
        size, n_sets = size + int(choice.sum()), n_sets + int(acts.sum())
        all_arriving.append(arriving)
        all_leaving.append(leaving)
        here = _entries(tree, t, leaving, chance)
        payoffs.append(here[0])
        endings.append(here[1])
    return SequenceForm(
        tree=tree,
        size=size,
        roots=n,
        owner=np.concatenate(owner),
        information_set=np.concatenate(information_set),
        parent=np.concatenate(parent) if parent else np.zeros(0, dtype=np.int64),
        arriving=tuple(all_arriving),
        leaving=tuple(all_leaving),
        payoffs=_joined(payoffs, (game.n_players,)),
        endings=_joined(endings, ()),
    )


def _entries(tree: GameTree, t: int, leaving: IntArray, chance: FloatArray) -> tuple[Entries, Entries]:
    """What a stage adds to the payoffs and to the endings."""
    moves, state = tree.moves, tree.stages[t].state
    count = moves.start[state + 1] - moves.start[state]
    history = np.repeat(np.arange(len(state)), count)
    move = np.repeat(moves.start[state], count) + np.arange(len(history)) - np.repeat(np.cumsum(count) - count, count)
    # the probability that a move ends the game, by type profile
    live = moves.child_rank >= 0
    leads_on = np.add.reduceat(np.where(live[:, None], moves.probability, 0.0), moves.edge_start[:-1], axis=0)[move]
    shape = (len(history), tree.game.n_profiles)
    sequences = np.empty((*shape, tree.game.n_players), dtype=np.int64)
    for player in range(tree.game.n_players):
        columns = moves.column[:, player]
        sequences[:, :, player] = leaving[history[:, None], columns, moves.actions[move, player][:, None]]
    possible = chance[history] > 0
    reward = np.moveaxis(moves.reward[move], 1, 2)
    pays = possible & np.any(reward, axis=2)
    ends = np.where(possible, 1.0 - leads_on, 0.0) > ARRIVES
    weight = chance[history]
    return (
        Entries(sequences[pays], (weight[:, :, None] * reward)[pays]),
        Entries(sequences[ends], (weight * (1.0 - leads_on))[ends]),
    )


def _joined(parts: list[Entries], shape: tuple[int, ...]) -> Entries:
    if not parts:
        return Entries(np.zeros((0, *shape), dtype=np.int64), np.zeros((0, *shape)))
    return Entries(np.concatenate([e.sequences for e in parts]), np.concatenate([e.values for e in parts]))
