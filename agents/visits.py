"""How often each choice was made in training, and when it was made last: the record that ``olivebranch explain`` reads.

A learner that can be watched has a method ``watch``, which the training loop calls once with the :class:`Visits` of the
run. From then on the learner tells it what was played: tables of counts (:meth:`Visits.add`), the plays of a batch
(:meth:`Visits.in_plays`), or, where nothing is played because each step reads the whole tree, how behaviour can be
asked for (:attr:`Visits.source`); then a *visit* is what one play of that behaviour would bring about on average.
Counting draws nothing and changes nothing of what is learned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from olivebranch.agents.checkpoint import State
from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.tree.evaluation import own_reach
from olivebranch.theory.tree.histories import GameTree, Int32Array, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.recall import first_histories

EVERY, LOOKS = 50, 10  # a learner that reads the whole tree is looked at every so many steps, and at most so often
RARE = 1e-3  # at such a learner a choice counts as made when a play would make it with at least this probability


class Visits:
    """Counts of choices at every information set of a tree.

    Args:
        tree: of the game in which the learner learns.
        total_updates: how many updates training makes.

    Attributes:
        count: how often each action was taken, ``[n_players, n_histories + 1, largest number of types, n_actions]``,
            with histories numbered as in :func:`olivebranch.theory.tree.recall.history_game`.
        late: the same since half of the updates had been made.
        last: the update in which it was taken last, from one on; 0 where it never was.
        update: which update is being made.
        every: how many steps one look at a learner that plays no episodes stands for.
        source: asked for behaviour before an update, where a learner plays no episodes.
    """

    def __init__(self, tree: GameTree, total_updates: int) -> None:
        self.tree, self.total_updates = tree, total_updates
        rows = int(first_histories(tree)[-1]) + 1
        shape = (tree.game.n_players, rows, max(tree.game.n_types), tree.game.n_actions)
        self.count: FloatArray = np.zeros(shape)
        self.late: FloatArray = np.zeros(shape)
        self.last: IntArray = np.zeros(shape, dtype=np.int64)
        self.update, self.every = 0, max(EVERY, -(-total_updates // LOOKS))
        self.source: Callable[[], BehaviourProfile] | None = None

    @property
    def is_late(self) -> bool:
        """Whether the second half of training has begun."""
        return 2 * self.update > self.total_updates

    def begin(self, update: int) -> None:
        """Call before each update, which are numbered from one on."""
        self.update = update
        if self.source is not None and (update - 1) % self.every == 0:
            self._expect(self.source(), min(self.every, self.total_updates - update + 1))

    def add(self, count: IntArray) -> None:
        """Add a table of counts of this update, in the shape of :attr:`count`."""
        _add(count.ravel(), self.count.ravel(), self.late.ravel(), self.last.ravel(), self.update, self.is_late)

    def in_plays(self, size: int, seats: Sequence[int] | None = None) -> "PlayWatcher":
        """Something that counts in ``size`` plays side by side; only choices of ``seats``, if these are given."""
        return PlayWatcher(self, size, seats)

    def state(self) -> State:
        """What changes, for a checkpoint."""
        return {"count": self.count, "late": self.late, "last": self.last}

    def restore(self, state: State) -> None:
        """The inverse of :meth:`state`; in place, for learners hold on to the arrays."""
        for name in ("count", "late", "last"):
            getattr(self, name)[...] = state[name]

    def _expect(self, profile: BehaviourProfile, steps: int) -> None:
        offset = first_histories(self.tree)
        for number, reach in enumerate(reach_probabilities(profile)):
            rows = slice(offset[number], offset[number + 1])
            expected = reach[..., None] * profile.stages[number]
            for player in range(self.tree.game.n_players):
                acts = self.tree.game.acts[self.tree.stages[number].state, player][:, None, None]
                part = np.where(acts, expected[:, self.tree.types_of(player)], 0.0)
                here = (player, rows, slice(part.shape[1]))
                self.count[here] += steps * part
                if self.is_late:
                    self.late[here] += steps * part
                self.last[here] = np.where(part >= RARE, self.update + steps - 1, self.last[here])


class PlayWatcher:
    """Follows the plays of a batch through the tree and counts the choices made in them."""

    def __init__(self, visits: Visits, size: int, seats: Sequence[int] | None) -> None:
        tree, game = visits.tree, visits.tree.game
        offset = first_histories(tree)
        self._visits = visits
        self._history: IntArray = np.zeros(size, dtype=np.int64)
        pairs = zip(tree.stages, offset[1:], strict=True)
        self._first_child = np.concatenate([stage.first_child.astype(np.int64) + after for stage, after in pairs])
        states = np.concatenate([stage.state for stage in tree.stages])
        counted = np.isin(np.arange(game.n_players), np.arange(game.n_players) if seats is None else list(seats))
        self._acts: BoolArray = game.acts[states] & counted
        self._actions = game.joint_actions(game.edge_joint)

    def begin(self, plays: IntArray) -> None:
        """The plays with these numbers begin anew."""
        self._history[plays] = 0

    def take(self, edges: IntArray, profile: IntArray) -> None:
        """Every play takes one of ``edges``, ``[size]``, or none (-1); ``profile`` holds its types."""
        visits = self._visits
        _follow(
            edges, profile, self._history, self._first_child, visits.tree.moves.child_rank, self._acts, self._actions,
            visits.tree.game.profile_types, visits.count, visits.late, visits.last, visits.update, visits.is_late,
        )  # fmt: skip


@runtime_checkable
class Watchable(Protocol):
    """A learner that can be watched."""

    def watch(self, visits: Visits) -> None:
        """From now on tell ``visits`` what is played."""
        ...


@dataclass(frozen=True)
class VisitRecord:
    """The visits of a run, on the tree of the experiment's game.

    Attributes:
        count, late: by stage, ``[n_histories, n_all_types, n_actions]``; see :class:`Visits`.
        last: the same, whole numbers.
        expected: whether they are expected visits of a learner that plays no episodes.
    """

    count: tuple[FloatArray, ...]
    late: tuple[FloatArray, ...]
    last: tuple[IntArray, ...]
    expected: bool


def reach_probabilities(profile: BehaviourProfile) -> tuple[RealArray, ...]:
    """Probability that each information set is reached, by stage ``[n_histories, n_all_types]``; nothing is checked."""
    tree, result = profile.tree, []
    column = tree.moves.column
    belongs = np.zeros((len(column), tree.n_all_types))
    belongs[np.arange(len(column))[:, None], column] = 1.0
    chance = tree.game.prior[None, :]
    for t, (stage, own) in enumerate(zip(tree.stages, own_reach(profile), strict=True)):
        if t > 0:
            chance = chance[stage.parent] * tree.game.edge_probability[stage.edge]
        result.append((chance * own[:, column].prod(axis=2)) @ belongs)
    return tuple(result)


@compiled
def _add(count: IntArray, total: FloatArray, late: FloatArray, last: IntArray, update: int, is_late: bool) -> None:
    for k in range(len(count)):
        if count[k] > 0:
            total[k] += count[k]
            last[k] = update
            if is_late:
                late[k] += count[k]


@compiled
def _follow(
    edges: IntArray,
    profile: IntArray,
    history: IntArray,
    first_child: IntArray,
    child_rank: Int32Array,
    acts: BoolArray,
    actions: IntArray,
    types: IntArray,
    total: FloatArray,
    late: FloatArray,
    last: IntArray,
    update: int,
    is_late: bool,
) -> None:
    for b in range(len(edges)):
        e = edges[b]
        if e < 0:
            continue
        h, w = history[b], profile[b]
        for i in range(acts.shape[1]):
            if acts[h, i]:
                total[i, h, types[w, i], actions[e, i]] += 1.0
                last[i, h, types[w, i], actions[e, i]] = update
                if is_late:
                    late[i, h, types[w, i], actions[e, i]] += 1.0
        history[b] = first_child[h] + child_rank[e] if child_rank[e] >= 0 else 0
