"""What a run keeps beside its metrics, so that ``olivebranch explain`` can say why it ended where it did.

The file ``record.safetensors`` of a seed holds, on the tree of the experiment's game:

- ``visits``: how often each action was taken at each information set, in all (``count``), since half of the updates
  (``late``), and in which update last (``last``); null if the learner cannot be watched
  (:mod:`olivebranch.agents.visits`);
- ``updates``: after how many updates play was measured;
- ``snapshots``: behaviour (the policy ``last``) at the latest of these times, as many as fit ``ROOM``;
- ``drift``: how far play had moved since the measurement before, as total variation between plays, in [0, 1], at those
  times whose snapshots are not kept; of the others the snapshots tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.agents.checkpoint import State, pack, unpack
from olivebranch.agents.learner import Learner
from olivebranch.agents.policies.behaviour import LearnedPlay, behaviour_of
from olivebranch.agents.visits import VisitRecord, Visits, Watchable
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.histories import GameTree, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.recall import first_histories
from olivebranch.train.opponents import TrainingGame

RECORD_FILE = "record.safetensors"
ROOM = 1_000_000  # numbers that all snapshots together may have: 4 MB
FEWEST = 2  # snapshots that are kept of a game however large it is


@dataclass(frozen=True)
class RunRecord:
    """The record of one seed, read.

    Attributes:
        visits: of every choice; None where the learner could not be watched.
        updates: when play was measured, ``[n_evaluations]``.
        drift: how far it had moved since the measurement before, ``[n_evaluations]``.
        snapshots: behaviour at the last so many of these times.
    """

    visits: VisitRecord | None
    updates: IntArray
    drift: FloatArray
    snapshots: tuple[BehaviourProfile, ...]


class Recorder:
    """Keeps the record of one seed while it trains.

    Args:
        tree: of the experiment's game.
        world: in which the learner learns.
        learner: which is watched if it can be.
        total_updates: how many updates training makes.
    """

    def __init__(self, tree: GameTree, world: TrainingGame, learner: Learner, total_updates: int) -> None:
        self._tree, self._world = tree, world
        self._size = sum(len(stage) for stage in tree.stages) * tree.n_all_types * tree.game.n_actions
        self._kept = max(FEWEST, ROOM // max(self._size, 1))
        self._updates: list[int] = []
        self._drift: list[float] = []
        self._snapshots: list[list[Any]] = []
        self._visits: Visits | None = None
        if isinstance(learner, Watchable):
            self._visits = Visits(tree if world.fixed is None else world.fixed.tree, total_updates)
            learner.watch(self._visits)

    def begin(self, update: int) -> None:
        """Call before each update, which are numbered from one on."""
        if self._visits is not None:
            self._visits.begin(update)

    def measured(self, update: int, play: LearnedPlay) -> None:
        """Call at each evaluation with the policy ``last``, of the experiment's game."""
        now = behaviour_of(self._tree, play)
        self._updates.append(update)
        self._snapshots.append([table.astype(np.float32) for table in now.stages])
        while len(self._snapshots) > self._kept:
            if not self._drift:
                self._drift.append(0.0)
            first, second = (_profile(self._tree, tables) for tables in self._snapshots[:2])
            self._drift.append(play_distance(first, second))
            del self._snapshots[0]

    def state(self) -> State:
        """Everything, for a checkpoint."""
        return {**self._content(), "visits": None if self._visits is None else self._visits.state()}

    def restore(self, state: State) -> None:
        """The inverse of :meth:`state`; of a checkpoint that is older than records, nothing is put back."""
        self._updates, self._drift = list(state["updates"]), list(state["drift"])
        self._snapshots = [list(tables) for tables in state["snapshots"]]
        if self._visits is not None and state["visits"] is not None:
            self._visits.restore(state["visits"])

    def content(self) -> bytes:
        """The content of the file."""
        return pack({**self._content(), "visits": None if self._visits is None else self._on_the_tree(self._visits)})

    def _content(self) -> dict[str, Any]:
        return {name: getattr(self, f"_{name}") for name in ("updates", "drift", "snapshots")}

    def _on_the_tree(self, visits: Visits) -> State:
        """Tables over the histories in which the learner learned, as tables by stage of the experiment's game."""
        offset = first_histories(self._tree)
        inner = visits.tree.stages
        rows = (
            np.arange(int(offset[-1]))
            if self._world.fixed is None
            else np.concatenate([stage.state.astype(np.int64) for stage in inner])  # they are the original's histories
        )
        found: State = {"expected": visits.source is not None}
        for name in ("count", "late", "last"):
            table = getattr(visits, name)
            whole = np.zeros((int(offset[-1]), self._tree.n_all_types, table.shape[-1]), dtype=table.dtype)
            for player, n_types in enumerate(self._tree.game.n_types):
                whole[rows, self._tree.types_of(player)] = table[player, : len(rows), :n_types]
            found[name] = [whole[start:stop] for start, stop in pairwise(offset.tolist())]
        return found


def read_record(folder: Path, tree: GameTree) -> RunRecord | None:
    """The record in the folder of a seed; None where there is none, because the run is older than records.

    Raises:
        ParameterError: the file is damaged, or is of another game.
    """
    path = folder / RECORD_FILE
    if not path.is_file():
        return None
    try:
        found = unpack(path.read_bytes(), str(path))
        seen = found["visits"]
        visits = None
        if seen is not None:
            tables = {name: tuple(seen[name]) for name in ("count", "late", "last")}
            visits = VisitRecord(**tables, expected=bool(seen["expected"]))
        snapshots = [_profile(tree, tables) for tables in found["snapshots"]]
        shapes = [(len(stage), tree.n_all_types, tree.game.n_actions) for stage in tree.stages]
        every = [snapshot.stages for snapshot in snapshots] + ([visits.count] if visits is not None else [])
        if any([table.shape for table in stages] != shapes for stages in every):
            raise ValueError("tables of another game")
        known = [float(drift) for drift in found["drift"]] or [0.0]
        drift = [*known, *(play_distance(one, following) for one, following in pairwise(snapshots))]
        return RunRecord(visits, np.array(found["updates"], np.int64), np.array(drift), tuple(snapshots))
    except (KeyError, TypeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError("run", str(path), f"a record that can be read ({reason})") from None


def _profile(tree: GameTree, tables: Sequence[RealArray]) -> BehaviourProfile:
    """A snapshot in double precision, with rows that sum to one again."""
    stages = [np.asarray(table, dtype=np.float64) for table in tables]
    totals = [stage.sum(axis=2, keepdims=True) for stage in stages]
    rows = zip(stages, totals, strict=True)
    return BehaviourProfile(tree, tuple(stage / np.where(total > 0, total, 1.0) for stage, total in rows))
