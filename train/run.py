"""From a config to a run folder, and back.

A run folder is ``OUTPUT/NAME/``:

======================================  ===============================================================================
``config.yaml``                         the resolved config, every default written out
``run.json``                            versions, git commit (or null), command, seeds
``tensorboard/seed-0000/``              event files of each seed; written while it trains
``seed-0000/``                          what one seed gave; the folder appears, complete, when the seed has finished
``seed-0000/metrics.jsonl``             one line an evaluation: ``update``, ``episodes`` and the metrics of
                                        :meth:`olivebranch.train.metrics.Meter.measure`
``seed-0000/last/PLAYER.safetensors``   the policy of each player at the end of training
``seed-0000/average/...``               the same for the time average, where the learner keeps one
======================================  ===============================================================================

A seed is trained in ``.seed-0000.partial``, which also holds a checkpoint, and that folder is renamed when all is
written: whatever interrupts a run, ``seed-0000`` exists if and only if the seed is done. Starting the same run again
trains the seeds that are missing, each from its checkpoint. Files under ``seed-0000`` depend on the config and the seed
alone: not on the clock, nor on the number of workers, nor on interruptions.
"""

import importlib.metadata
import json
import multiprocessing
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from olivebranch.agents.learner import Profile
from olivebranch.agents.storage import load_policy, write_bytes
from olivebranch.games.errors import ParameterError
from olivebranch.train.config import TrainConfig, load_config
from olivebranch.train.loop import train_seed

try:
    import fcntl
except ImportError:  # there is none on Windows
    fcntl = None  # type: ignore[assignment]

PACKAGES = ("olivebranch", "numpy", "numba", "torch", "gymnasium", "stable-baselines3", "sb3-contrib")


@dataclass(frozen=True)
class SeedRun:
    """What training with one seed gave.

    Attributes:
        seed: the seed.
        path: its folder.
        policies: by name (``last``, ``average``), one policy a seat.
    """

    seed: int
    path: Path
    policies: Mapping[str, Profile]

    def metrics(self) -> list[dict[str, float]]:
        """The lines of ``metrics.jsonl``, in order."""
        return [json.loads(line) for line in (self.path / "metrics.jsonl").read_text().splitlines()]


@dataclass(frozen=True)
class Run:
    """A run folder, read.

    Attributes:
        path: the folder.
        config: the resolved config.
        seeds: the seeds that are done, in the order of the config.
    """

    path: Path
    config: TrainConfig
    seeds: tuple[SeedRun, ...]

    @property
    def finished(self) -> bool:
        """Whether all seeds of the config are done."""
        return len(self.seeds) == len(self.config.seeds)


def seed_folder(path: Path, seed: int) -> Path:
    """Where a run keeps what ``seed`` gave."""
    return path / f"seed-{seed:04d}"


def load_run(path: Path) -> Run:
    """Read a run folder, finished or not.

    Raises:
        ParameterError: it is not a run folder, or a file in it is damaged.
    """
    if not (path / "config.yaml").is_file():
        raise ParameterError("run", str(path), "a run folder, which holds a config.yaml")
    config = load_config(path / "config.yaml")
    players = config.game.compile().game.players
    seeds = []
    for seed in config.seeds:
        folder = seed_folder(path, seed)
        if folder.is_dir():
            kinds = [which for which in ("last", "average") if (folder / which).is_dir()]
            policies = {
                which: tuple(load_policy(folder / which / f"{player}.safetensors") for player in players)
                for which in kinds
            }
            seeds.append(SeedRun(seed, folder, policies))
    return Run(path, config, tuple(seeds))


def train(
    config: TrainConfig,
    output: Path = Path("runs"),
    *,
    workers: int = 1,
    overwrite: bool = False,
    command: str = "",
    console: Console | None = None,
) -> Run:
    """Train every seed of ``config`` that ``output / config.name`` does not hold yet.

    Args:
        config: the experiment.
        output: the folder in which run folders lie.
        workers: how many processes to train seeds in; 1 trains in this one. Results do not depend on it.
        overwrite: remove a run of that name first.
        command: how this was started, for the record.
        console: where to show a progress bar; none is shown without it.

    Raises:
        ParameterError: ``workers`` is below 1; another process is training this run; or, without ``overwrite``, it is
            finished already or was begun with another config.
    """
    if workers < 1:
        raise ParameterError("workers", workers, "a whole number >= 1")
    path = output / config.name
    path.mkdir(parents=True, exist_ok=True)
    with _alone_in(path):
        _prepare(path, config, overwrite, command)
        missing = [seed for seed in config.seeds if not seed_folder(path, seed).exists()]
        with _Progress(config, len(missing), console) as progress:
            if workers == 1 or len(missing) <= 1:
                for seed in missing:
                    _train_into(path, config, seed, progress.report)
            else:
                _train_in_processes(path, config, missing, workers, progress.report)
    return load_run(path)


@contextmanager
def _alone_in(path: Path) -> Iterator[None]:
    """Keep other processes from training the same run at the same time; the lock goes when this process does."""
    if fcntl is None:
        yield
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ParameterError("run", str(path), "a run that no other process is training now") from None
    else:
        yield
    finally:
        os.close(folder)


def _prepare(path: Path, config: TrainConfig, overwrite: bool, command: str) -> None:
    content = config.as_yaml().encode()
    begun = (path / "config.yaml").is_file()
    if not begun and any(not entry.name.startswith(".") for entry in path.iterdir()):
        raise ParameterError("run", str(path), "a new folder or a run; this folder holds something else")
    if begun and overwrite:
        for old in sorted(path.iterdir(), key=lambda entry: entry.name == "config.yaml"):  # last, it marks a run
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    elif begun:
        known = yaml.safe_load((path / "config.yaml").read_text(encoding="utf-8"))
        if known != yaml.safe_load(content):
            raise ParameterError("run", str(path), "the config that this run was begun with; overwrite to replace it")
        if all(seed_folder(path, seed).exists() for seed in config.seeds):
            raise ParameterError("run", str(path), "a run that is not finished; overwrite to train it again")
    record = {
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "commit": _commit(),
        "command": command,
        "seeds": list(config.seeds),
    }
    for name, data in (("config.yaml", content), ("run.json", (json.dumps(record, indent=2) + "\n").encode())):
        if not (path / name).exists():
            write_bytes(path / name, data)


def _train_into(path: Path, config: TrainConfig, seed: int, report: Callable[[int, int, int, float], None]) -> None:
    final = seed_folder(path, seed)
    partial = path / f".{final.name}.partial"
    events = path / "tensorboard" / final.name
    shutil.rmtree(events, ignore_errors=True)  # written anew from the checkpoint's metrics
    partial.mkdir(exist_ok=True)
    for unfinished in partial.glob(".*.tmp"):
        unfinished.unlink()
    train_seed(config, seed, partial, events, lambda done, total, value: report(seed, done, total, value))
    partial.rename(final)


_reports: Any = None  # in a worker process: the queue to the parent


def _set_reports(queue: Any) -> None:
    global _reports
    _reports = queue


def _train_in_worker(path: Path, config: TrainConfig, seed: int) -> None:
    _train_into(path, config, seed, lambda *report: _reports.put(report))


def _train_in_processes(
    path: Path, config: TrainConfig, seeds: list[int], workers: int, report: Callable[[int, int, int, float], None]
) -> None:
    # Forking a process that runs threads is unsafe; a fork server forks one that has only imported.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    context.set_forkserver_preload(["olivebranch.train.loop"])
    queue = context.SimpleQueue()
    with ProcessPoolExecutor(min(workers, len(seeds)), context, _set_reports, (queue,)) as pool:
        running: list[Future[None]] = [pool.submit(_train_in_worker, path, config, seed) for seed in seeds]
        try:
            waiting = set(running)
            while waiting:
                done, waiting = wait(waiting, timeout=0.1, return_when=FIRST_EXCEPTION)
                while not queue.empty():
                    report(*queue.get())
                for future in done:
                    future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Progress:
    """One bar for all seeds, or nothing where there is no console."""

    def __init__(self, config: TrainConfig, n_seeds: int, console: Console | None) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("seed {task.fields[seed]}, NashConv {task.fields[nash_conv]:.4f}"),
            TimeRemainingColumn(),
            console=console,
            disable=console is None,
        )
        self._task = self._bar.add_task(config.name, total=n_seeds, seed="-", nash_conv=float("nan"))
        self._shares: dict[int, float] = {}

    def __enter__(self) -> "_Progress":
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def report(self, seed: int, done: int, total: int, nash_conv: float) -> None:
        self._shares[seed] = done / total
        self._bar.update(self._task, completed=sum(self._shares.values()), seed=seed, nash_conv=nash_conv)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit that this package's files are at, if git tracks them."""
    here = Path(__file__).resolve()
    answers = []
    for question in (["ls-files", "--error-unmatch", here.name], ["rev-parse", "HEAD"]):
        try:
            answer = subprocess.run(["git", *question], cwd=here.parent, capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if answer.returncode:
            return None
        answers.append(answer.stdout.strip())
    return answers[-1]
