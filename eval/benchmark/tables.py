"""A finished benchmark as two tidy tables, and as a submission for each learner and budget.

``scores.parquet`` has one row a run: ``learner``, ``budget``, ``game``, ``stratum``, ``seed``; ``nash_conv``,
``score``, ``component``, ``distance``, ``reached``, ``loss``, ``supported``
(:mod:`olivebranch.eval.benchmark.judging`); ``units`` (decisions or steps). ``processor_seconds`` and
``learning_seconds``, which alone depend on the clock, come last. ``curves.parquet`` has one row an evaluation:
``units``, ``score`` and, last, ``learning_seconds``.
"""

import io
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from olivebranch.core.files import write_bytes
from olivebranch.core.plugins import code_as_json
from olivebranch.eval.benchmark.judging import JudgedGame, Judgement
from olivebranch.eval.benchmark.submissions import write_manifest
from olivebranch.train.benchmark.cells import TIMING, Cell
from olivebranch.train.benchmark.costs import units_of
from olivebranch.train.benchmark.run import Plan, code_of, require_finished
from olivebranch.train.benchmark.tuning import uniform_nash_conv
from olivebranch.train.measurement import METRICS, Measurement
from olivebranch.train.provenance import provenance

Report = Callable[[int, int], None]


def write_tables(
    plan: Plan,
    track: str,
    games: Mapping[str, JudgedGame],
    command: str = "",
    report: Report = lambda done, total: None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Judge every run of a finished benchmark, write both tables and the manifests.

    Raises:
        ParameterError: a run is missing, or a table is damaged.
    """
    require_finished(plan)
    groups: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in plan.cells:
        groups[cell.learner, cell.budget].append(cell)
    record = provenance(command)
    rows: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    for (learner, budget), cells in groups.items():
        settings = {cell.game: cell.config.learner.model_dump(mode="json", exclude_none=True) for cell in cells}
        judged = write_manifest(
            cells[0].folder / learner / budget,
            name=learner,
            track=track,
            budget=budget,
            answer=cells[0].answer,
            settings=settings,
            games=games,
            code=code_as_json(code_of(cells)),
            record=record,
        )
        for cell in cells:
            rows.append(_row(cell, games[cell.game], judged[cell.game, cell.seed]))
            curves += _curve(cell)
        report(len(rows), len(plan.cells))
    tables = pl.DataFrame(rows, infer_schema_length=None), pl.DataFrame(curves, infer_schema_length=None)
    for name, table in zip(("scores", "curves"), tables, strict=True):
        buffer = io.BytesIO()
        table.write_parquet(buffer)
        write_bytes(plan.folder / f"{name}.parquet", buffer.getvalue())
    return tables


def _row(cell: Cell, game: JudgedGame, judgement: Judgement) -> dict[str, Any]:
    timing = json.loads((cell.path / TIMING).read_text())
    return {
        "learner": cell.learner,
        "budget": cell.budget,
        "game": cell.game,
        "stratum": game.stratum,
        "seed": cell.seed,
        "nash_conv": judgement.nash_conv,
        "score": judgement.score,
        "component": judgement.component,
        "distance": judgement.distance,
        "reached": judgement.reached,
        "loss": judgement.loss,
        "supported": judgement.supported,
        "units": units_of(cell),
        "processor_seconds": timing["processor_seconds"],
        "learning_seconds": timing["learning"][-1][1],
    }


def _curve(cell: Cell) -> list[dict[str, Any]]:
    marks = dict(json.loads((cell.path / TIMING).read_text())["learning"])
    scale, total = uniform_nash_conv(cell.config.game.parsed()), cell.config.learner.updates()
    points = []
    for line in (cell.path / METRICS).read_text(encoding="utf-8").strip("\n").split("\n"):
        measured = Measurement.from_line(line)
        policy = measured.policies.get(cell.answer, measured.policies["last"])
        points.append(
            {
                "learner": cell.learner,
                "budget": cell.budget,
                "game": cell.game,
                "seed": cell.seed,
                "units": units_of(cell) * measured.update / total,
                "score": policy.nash_conv / scale,
                "learning_seconds": marks[measured.update],
            }
        )
    return points
