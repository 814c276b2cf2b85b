"""Play that is known from samples: how often each action was taken in each situation that somebody was asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.tree.histories import GameTree, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile

UNSEEN = 0.5  # weight of an action of a situation that nobody was asked about: Jeffreys' prior


@dataclass(frozen=True)
class Situations:
    """Every situation of a tree in which somebody has a choice, as parallel arrays ``[n]``, by stage, history, column.

    Attributes:
        stage, history: where in the tree.
        column: the owner's type, on the axis that holds the types of all players.
    """

    stage: IntArray
    history: IntArray
    column: IntArray

    def __len__(self) -> int:
        return len(self.stage)


def situations_of(tree: GameTree) -> Situations:
    """The situations of ``tree`` in which a player has a choice and its type has a positive probability."""
    possible = np.zeros(tree.n_all_types, dtype=np.bool_)
    possible[tree.moves.column[tree.game.prior > 0].reshape(-1)] = True
    found = []
    for number, stage in enumerate(tree.stages):
        chooses = (tree.moves.legal[stage.state].sum(axis=2) > 1) & possible
        history, column = np.nonzero(chooses)
        found.append(np.stack([np.full(len(history), number), history, column]))
    return Situations(*np.concatenate(found, axis=1))


@dataclass(frozen=True)
class PlayCounts:
    """How often each action was taken, at each information set of a tree.

    Attributes:
        tree: the tree.
        stages: by stage whole numbers ``[n_histories, n_all_types, n_actions]``, as floats; zero where an action is
            illegal or the owner has no choice.
    """

    tree: GameTree
    stages: tuple[FloatArray, ...]

    @classmethod
    def of(cls, tree: GameTree, situations: Situations, counts: FloatArray) -> "PlayCounts":
        """From counts ``[n_situations, n_actions]``.

        Raises:
            ValueError: a count is negative, or an illegal action was counted.
        """
        stages = _blank(tree)
        rows = zip(situations.stage, situations.history, situations.column, strict=True)
        for (stage, history, column), row in zip(rows, np.asarray(counts, dtype=np.float64), strict=True):
            legal = tree.moves.legal[tree.stages[stage].state[history], column]
            if (row < 0).any() or row[~legal].any():
                raise ValueError(f"counts {row.tolist()}: expected numbers >= 0 of the legal actions {legal.tolist()}")
            stages[stage][history, column] = row
        return cls(tree, stages)

    def at(self, situations: Situations) -> FloatArray:
        """The counts of some situations, ``[n_situations, n_actions]``."""
        rows = zip(situations.stage, situations.history, situations.column, strict=True)
        return np.array([self.stages[stage][history, column] for stage, history, column in rows])

    @cached_property
    def legal(self) -> tuple[BoolArray, ...]:
        """By stage which actions are legal, ``[n_histories, n_all_types, n_actions]``."""
        return tuple(self.tree.moves.legal[stage.state] for stage in self.tree.stages)

    @cached_property
    def shares(self) -> BehaviourProfile:
        """The shares of each action; uniform where nobody was asked."""
        return BehaviourProfile(self.tree, tuple(_normal(w) for w in self.weights(np.zeros(self._n_stages))))

    @property
    def _n_stages(self) -> int:
        return self.tree.n_stages

    def weights(self, extra: Sequence[float | FloatArray] | FloatArray) -> tuple[FloatArray, ...]:
        """By stage the weights of Dirichlet distributions: the counts and ``extra`` (by stage, on legal actions).

        Where nobody was asked, each legal action has the weight ``UNSEEN``.
        """
        result = []
        for counts, legal, more in zip(self.stages, self.legal, extra, strict=True):
            asked = counts.sum(axis=2, keepdims=True) > 0
            result.append(np.where(legal, np.where(asked, counts + more, UNSEEN), 0.0))
        return tuple(result)

    def draw(self, weights: Sequence[RealArray], generator: np.random.Generator, draws: int) -> tuple[FloatArray, ...]:
        """Profiles from Dirichlet distributions, by stage ``[draws, n_histories, n_all_types, n_actions]``."""
        result = []
        for stage in weights:
            table = generator.standard_gamma(stage, size=(draws, *stage.shape))
            empty = table.sum(axis=3) <= 0  # all gammas of a row were too small to be told from zero
            table[empty] = np.broadcast_to(stage, table.shape)[empty]
            result.append(_normal(table))
        return tuple(result)


def _normal(table: RealArray) -> FloatArray:
    result: FloatArray = table / table.sum(axis=-1, keepdims=True)
    return result


def _blank(tree: GameTree) -> tuple[FloatArray, ...]:
    return tuple(np.zeros((len(stage), tree.n_all_types, tree.game.n_actions)) for stage in tree.stages)
