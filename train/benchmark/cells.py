"""One cell of a benchmark: one learner, budget, game and seed, trained as a whole or not at all.

A cell ends in a folder ``LEARNER/BUDGET/GAME/seed-0000``:

==================  ===================================================================================================
``answer.table``    the policy that is judged (:mod:`olivebranch.train.benchmark.table`)
``metrics.jsonl``   what was measured while it learned, see :mod:`olivebranch.train.measurement`
``timing.json``     processor seconds: of the whole run, and of learning alone at each evaluation
==================  ===================================================================================================

All but ``timing.json`` depends on the config and the seed alone. A cell is trained in ``.seed-0000.partial``, with a
checkpoint, and goes on from there if its process is killed.
"""

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from olivebranch.agents.learner import Learner
from olivebranch.agents.policies.behaviour import LearnedPlay, behaviour_of
from olivebranch.agents.registry import make_learner
from olivebranch.core.files import waiting_in, write_bytes
from olivebranch.core.workers import Tell
from olivebranch.theory.certified.sets import identity
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.benchmark.table import NAME, write_table
from olivebranch.train.config import TrainConfig
from olivebranch.train.loop import train_seed

TIMING = "timing.json"


@dataclass(frozen=True)
class Cell:
    """The unit of work.

    Attributes:
        folder: in which the folders of learners lie.
        learner, budget, game: by the labels of the benchmark.
        seed: of the run.
        answer: the policy that is judged, ``"last"`` or ``"average"``.
        config: what to train; its seeds are this one.
    """

    folder: Path
    learner: str
    budget: str
    game: str
    seed: int
    answer: str
    config: TrainConfig

    @property
    def path(self) -> Path:
        """The folder that appears when the cell is done."""
        return self.folder / self.learner / self.budget / self.game / f"seed-{self.seed:04d}"

    @property
    def name(self) -> str:
        """By which errors speak of it."""
        return str(self.path)


def train_cell(cell: Cell, tell: Tell) -> None:
    """Train one cell and tell ``(updates done, updates in all)``; nothing is done if it has been trained."""
    final = cell.path
    partial = final.with_name(f".{final.name}.partial")
    final.parent.mkdir(parents=True, exist_ok=True)
    with waiting_in(final.parent / f".{final.name}.lock"):  # where a node was lost, its worker may live a while longer
        if final.exists():
            return
        partial.mkdir(exist_ok=True)
        for unfinished in partial.glob(".*.tmp"):
            unfinished.unlink()
        _train(cell, partial, tell)
        partial.rename(final)


_WARM: set[str] = set()  # kinds of learners that this process has used


def _warm_up(cell: Cell) -> None:
    """Make one update for nothing, so that loading compiled code is not taken for learning."""
    kind = cell.config.learner.kind
    if kind not in _WARM:
        _WARM.add(kind)
        make_learner(cell.config.game.compile(), cell.config.learner, cell.seed).update()


def _train(cell: Cell, partial: Path, tell: Tell) -> None:
    _warm_up(cell)
    path, started = partial / TIMING, time.process_time()
    before: dict[str, Any] = (
        json.loads(path.read_text()) if path.exists() else {"processor_seconds": 0.0, "learning": []}
    )
    # a checkpoint may be older than what was measured last: what is learned again is counted again
    learned = before["learning"][-1][1] if before["learning"] else 0.0
    marks = dict(before["learning"])

    def advance(learner: Learner) -> None:
        nonlocal learned
        begun = time.process_time()
        learner.update()
        learned += time.process_time() - begun

    def timed(done: int, total: int, nash_conv: float) -> None:
        if done not in marks:
            marks[done] = round(learned, 6)
        seconds = before["processor_seconds"] + time.process_time() - started
        content = {"processor_seconds": round(seconds, 6), "learning": sorted(marks.items())}
        write_bytes(path, (json.dumps(content) + "\n").encode())
        tell(done, total)

    game = cell.config.game.named()

    def keep(learned: Mapping[str, LearnedPlay]) -> None:
        play = learned.get(cell.answer, learned["last"])  # some keep no average before it has begun
        write_table(behaviour_of(unroll(game.compiled), play), partial / NAME, identity(game))

    events = partial / "events"
    train_seed(cell.config, cell.seed, partial, events, timed, advance=advance, keep=keep)
    shutil.rmtree(events)
