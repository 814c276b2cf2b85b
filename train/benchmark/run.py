"""Train algorithms x games x seeds, on this machine's processors or on a Ray cluster.

A benchmark folder is ``OUTPUT/NAME/``:

=========================================  ============================================================================
``config.yaml``                            the resolved config, every default written out
``runs/ALGORITHM/GAME/``                   a run folder (:mod:`olivebranch.train.run`) for each pair, so that everything
                                           that reads runs reads these
``runs/ALGORITHM/GAME/seed-0000/``         one run; beside the files of every run it holds
``.../seed-0000/timing.json``              ``wall_seconds`` that it took, time lost to interruptions included; of all
                                           that lies in such a folder it alone depends on the clock
=========================================  ============================================================================

One run, that is one algorithm, game and seed, is the unit of work. It appears complete or not at all, and goes on
from its checkpoint if it is begun again; so no run is lost or doubled, whichever process is killed, and whenever that
happens.
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import yaml

from olivebranch.core.errors import ParameterError
from olivebranch.core.files import alone_in, write_bytes
from olivebranch.core.plugins import require_same_code
from olivebranch.core.workers import run_in_processes
from olivebranch.train.benchmark.config import BenchmarkConfig
from olivebranch.train.benchmark.ray_workers import run_on_ray
from olivebranch.train.loop import Report
from olivebranch.train.run import SeedTask, missing_tasks, name_of, prepare, train_task

Backend = Literal["local", "ray"]
TIMING = "timing.json"


def train_benchmark(
    config: BenchmarkConfig,
    output: Path,
    *,
    backend: Backend = "local",
    workers: int | None = 2,
    address: str | None = None,
    overwrite: bool = False,
    command: str = "",
    report: Callable[[float, int], None] = lambda done, total: None,
) -> Path:
    """Train every run that the folder does not hold yet.

    Args:
        config: the benchmark.
        output: the folder in which benchmark folders lie; with a cluster, one that all its machines share.
        backend: ``"local"`` processes or ``"ray"``.
        workers: processes, or processors of a Ray that is started here.
        address: of a Ray cluster; see :func:`olivebranch.train.benchmark.ray_workers.run_on_ray`.
        overwrite: remove a benchmark of that name first.
        command: how this was started, for the record.
        report: called with the runs done, unfinished ones in part, and all there are.

    Returns:
        The benchmark folder.

    Raises:
        ParameterError: ``workers`` is below 1; the folder holds something else, or another config, or is in use; a
            run lost its worker time and again; Ray is asked for and not to be had; the user's own code has changed.
    """
    if workers is not None and workers < 1:
        raise ParameterError("workers", workers, "a whole number >= 1")
    for game in config.games_by_label.values():
        game.compile()  # rules that do not compile leave no folder behind
    folder = (output / config.name).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        if not overwrite:
            _require_same_code(folder)
        _prepare(folder, config, overwrite)
        missing: list[SeedTask] = []
        for algorithm, label, experiment in config.experiments():
            path = run_folder(folder, algorithm, label)
            path.mkdir(parents=True, exist_ok=True)
            if tasks := missing_tasks(path, experiment):
                prepare(path, experiment, False, command)
                missing += tasks
        total = len(config.algorithms) * len(config.labels) * len(config.seeds)
        shares: dict[Path, float] = {}
        finished = total - len(missing)

        def note(task: SeedTask, done: int = 1, updates: int = 1, *_: float) -> None:
            shares[task.final] = done / updates
            report(finished + sum(shares.values()), total)

        report(finished, total)
        missing.sort(key=lambda task: task.seed)  # something of everything early
        if backend == "ray":
            run_on_ray(train_timed, missing, workers, address, note, name_of)
        else:
            run_in_processes(train_timed, missing, workers or 1, note, name_of, "olivebranch.train.benchmark.run")
    return folder


def run_folder(folder: Path, algorithm: str, label: str) -> Path:
    """Where a benchmark keeps the seeds of one algorithm on one game."""
    return folder / "runs" / algorithm / label


def load_benchmark(folder: Path) -> BenchmarkConfig:
    """The config of a benchmark whose runs are all there.

    Raises:
        ParameterError: it is no benchmark folder, runs are missing, or the user's own code that they were trained with
            has changed.
    """
    from olivebranch.train.config import read_values, validated

    _require_same_code(folder)
    config = validated(BenchmarkConfig, read_values(folder / "config.yaml"))
    for algorithm, label, experiment in config.experiments():
        for task in missing_tasks(run_folder(folder, algorithm, label), experiment):
            raise ParameterError("benchmark", str(folder), f"all runs to be done; {name_of(task)} is missing")
    return config


def train_timed(task: SeedTask, report: Report) -> None:
    """Train one seed and keep, in its folder, how long that took."""
    path, started = task.partial / TIMING, time.perf_counter()
    before = json.loads(path.read_text())["wall_seconds"] if path.exists() else 0.0

    def timed(done: int, total: int, nash_conv: float) -> None:
        seconds = before + time.perf_counter() - started
        write_bytes(path, (json.dumps({"wall_seconds": round(seconds, 4)}) + "\n").encode())
        report(done, total, nash_conv)

    train_task(task, timed)


def _require_same_code(folder: Path) -> None:
    for path in sorted(folder.glob("runs/*/*")):
        require_same_code(path)


def _prepare(folder: Path, config: BenchmarkConfig, overwrite: bool) -> None:
    content, path = config.as_yaml().encode(), folder / "config.yaml"
    if path.is_file() and overwrite:
        shutil.rmtree(folder / "runs", ignore_errors=True)
        for old in (entry for entry in folder.iterdir() if entry.is_file()):
            old.unlink()
    elif path.is_file():
        if yaml.safe_load(path.read_text(encoding="utf-8")) != yaml.safe_load(content):
            raise ParameterError(
                "benchmark", str(folder), "the config that it was begun with; overwrite to replace what is there"
            )
    elif any(not entry.name.startswith(".") for entry in folder.iterdir()):
        raise ParameterError("benchmark", str(folder), "a new folder or a benchmark; this folder holds something else")
    if not path.exists():
        write_bytes(path, content)
