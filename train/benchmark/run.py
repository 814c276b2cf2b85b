"""Train all cells of a benchmark, on this machine's processors or on a Ray cluster.

A benchmark folder is ``OUTPUT/NAME/``:

==================================  ==================================================================================
``config.yaml``                     the resolved config, every default written out
``run.json``                        versions, git commit and command of each time that it was begun or gone on with
``runs/LEARNER/BUDGET/GAME/``       the seeds: see :mod:`olivebranch.train.benchmark.cells`
``runs/LEARNER/BUDGET/``            with ``manifest.yaml``, which evaluation adds, a submission as anyone may make it
==================================  ==================================================================================

No cell is lost or doubled, whichever process or machine is killed, and whenever that happens.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import alone_in, holds_others, sweep, write_bytes
from olivebranch.core.plugins import CODE, RECORD, Code, code_as_json, require_same_code
from olivebranch.core.yaml_text import read_yaml_file
from olivebranch.train.benchmark.cells import Cell, train_cell
from olivebranch.train.benchmark.config import BenchmarkConfig
from olivebranch.train.benchmark.costs import read_costs
from olivebranch.train.benchmark.tracks import SECONDS, Budget, answer_of, with_budget
from olivebranch.train.config import GameConfig, TrainConfig, parse_config
from olivebranch.train.provenance import provenance

Report = Callable[[float, int], None]


@dataclass(frozen=True)
class Plan:
    """Everything that is to be trained in one benchmark folder.

    Attributes:
        folder: ``OUTPUT/NAME``.
        content: what ``config.yaml`` says; a folder that was begun with something else is refused.
        cells: all of them, those that are done included.
    """

    folder: Path
    content: str
    cells: tuple[Cell, ...]


def plan_benchmark(config: BenchmarkConfig, output: Path) -> Plan:
    """The plan of a benchmark. Raises :class:`ParameterError`: a budget or a cost does not fit a learner."""
    from olivebranch.train.benchmark.tuning import read_settings

    chosen = read_settings(config) if config.settings is not None else {}
    learners = {label: chosen.get(label, settings.model_dump()) for label, settings in config.learners.items()}
    folder = (output / config.name).resolve()
    cells = cells_of(
        folder / "runs",
        ((label, values, list(config.games_by_label.items())) for label, values in learners.items()),
        list(config.each_budget),
        config.seeds,
        config.evaluations,
        config.costs,
    )
    return Plan(folder, config.as_yaml(), cells)


def cells_of(
    folder: Path,
    entries: Iterable[tuple[str, Mapping[str, Any], Sequence[tuple[str, GameConfig]]]],
    budgets: Sequence[Budget],
    seeds: Sequence[int],
    evaluations: int,
    costs: str | None = None,
) -> tuple[Cell, ...]:
    """The cells of some learners, each with its settings and games, for all budgets and seeds.

    Raises:
        ParameterError: settings, a budget or a cost do not fit.
    """
    from olivebranch.agents.registry import parse_settings

    known = read_costs(Path(costs)) if costs is not None and any(b.unit == SECONDS for b in budgets) else {}
    cells = []
    for label, values, games in entries:
        settings = parse_settings(dict(values))
        for budget in budgets:
            for name, game in games:
                cost = known.get(settings.kind, {}).get(name)
                bought = with_budget(settings, budget, game.parsed(), cost)
                experiment = parse_config(
                    {
                        "name": name,
                        "game": game.model_dump(mode="json", exclude_none=True),
                        "learner": bought,
                        "seeds": [0],
                        "evaluations": evaluations,
                    }
                )
                for seed in seeds:
                    single = experiment.model_copy(update={"seeds": (seed,)})
                    cells.append(Cell(folder, label, budget.label, name, seed, answer_of(settings), single))
    return tuple(cells)


def train_plan(
    plan: Plan,
    *,
    backend: Backend | None = None,
    overwrite: bool = False,
    command: str = "",
    report: Report = lambda done, total: None,
) -> Path:
    """Train every cell that the folder does not hold yet.

    Args:
        plan: what there is to do.
        backend: where; by default in this process.
        overwrite: remove a benchmark of that name first.
        command: how this was started, for the record.
        report: called with the cells done, unfinished ones in part, and all there are.

    Returns:
        The benchmark folder.

    Raises:
        ParameterError: the folder holds something else, or another config, or is in use; a cell lost its worker time
        and
            again; no Ray cluster answers; the user's own code has changed.
    """
    folder = plan.folder
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        sweep(folder)
        _prepare(plan, overwrite, command)
        missing = [cell for cell in plan.cells if not cell.path.exists()]
        missing.sort(key=lambda cell: cell.seed)  # something of everything early
        shares: dict[Path, float] = {}
        finished, total = len(plan.cells) - len(missing), len(plan.cells)

        def note(cell: Cell, done: int = 1, updates: int = 1) -> None:
            shares[cell.path] = done / updates
            report(finished + sum(shares.values()), total)

        report(finished, total)
        (backend or Backend()).work_through(train_cell, missing, note, lambda cell: cell.name, __name__)
        for lock in folder.glob("runs/*/*/*/.seed-*.lock"):
            lock.unlink()
    return folder


def require_finished(plan: Plan) -> None:
    """Raises :class:`ParameterError` for the first cell that is not done."""
    for cell in plan.cells:
        if not cell.path.exists():
            raise ParameterError("benchmark", str(plan.folder), f"all runs to be done; {cell.name} is missing")


def code_of(cells: Sequence[Cell]) -> tuple[Code, ...]:
    """The user's own code that the cells use, each file once."""
    configs: dict[tuple[str, str], TrainConfig] = {(cell.learner, cell.game): cell.config for cell in cells}
    return tuple({code.spec: code for config in configs.values() for code in config.code()}.values())


def _prepare(plan: Plan, overwrite: bool, command: str) -> None:
    folder, path = plan.folder, plan.folder / "config.yaml"
    if path.is_file() and overwrite:
        for old in sorted(
            folder.iterdir(), key=lambda entry: entry.name == "config.yaml"
        ):  # last, it marks a benchmark
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    elif path.is_file():
        require_same_code(folder)
        if read_yaml_file(path, "config") != yaml.safe_load(plan.content):
            raise ParameterError(
                "benchmark", str(folder), "the config that it was begun with; overwrite to replace what is there"
            )
    elif holds_others(folder, (RECORD,)):
        raise ParameterError("benchmark", str(folder), "a new folder or a benchmark; this folder holds something else")
    record = folder / RECORD
    before = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {"begun": []}
    content = before | {CODE: code_as_json(code_of(plan.cells)), "begun": [*before["begun"], provenance(command)]}
    write_bytes(record, (json.dumps(content, indent=2) + "\n").encode())
    write_bytes(path, plan.content.encode())
