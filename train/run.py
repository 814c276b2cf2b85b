"""From a config to a run folder, and back.

A run folder is ``OUTPUT/NAME/``:

======================================  ===============================================================================
``config.yaml``                         the resolved config, every default written out
``run.json``                            versions, git commit (or null), command, seeds; ``added``: the same for seeds
                                        that were added to the config later; ``code``: the SHA-256 of the user's
                                        own code that the config names; ``files``: that of policy files to learn against
``tensorboard/seed-0000/``              event files of each seed; written while it trains
``seed-0000/``                          what one seed gave; the folder appears, complete, when the seed has finished
``seed-0000/metrics.jsonl``             one line an evaluation, see :mod:`olivebranch.train.measurement`
``seed-0000/record.safetensors``         visits and movement, see :mod:`olivebranch.train.recording`
``seed-0000/last/PLAYER.safetensors``   the policy of each player at the end of training
``seed-0000/average/...``               the same for the time average, where the learner keeps one
======================================  ===============================================================================

A seed is trained in ``.seed-0000.partial``, which also holds a checkpoint, and that folder is renamed when all is
written: whatever interrupts a run, ``seed-0000`` exists if and only if the seed is done. Starting the same run again
trains the seeds that are missing, each from its checkpoint; the same config with more seeds adds those to the run.
Files under ``seed-0000`` depend on the config and the seed alone: not on the clock, nor on the number of workers, nor
on interruptions.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from olivebranch.agents.policies.behaviour import Policies
from olivebranch.agents.policies.storage import load_policy
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import alone_in, holds_others, sweep, write_bytes
from olivebranch.core.plugins import CODE, FILES, RECORD, code_as_json, require_same_code
from olivebranch.core.workers import run_in_processes
from olivebranch.train.config import TrainConfig, load_config
from olivebranch.train.loop import Report, train_seed
from olivebranch.train.measurement import METRICS, Measurement
from olivebranch.train.provenance import provenance


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
    policies: Mapping[str, Policies]

    def metrics(self) -> tuple[Measurement, ...]:
        """The evaluations while it trained, in order.

        Raises:
            ParameterError: they cannot be read.
        """
        try:
            lines = (self.path / METRICS).read_text(encoding="utf-8").strip("\n").split("\n")
            return tuple(Measurement.from_line(line) for line in lines)
        except (OSError, ValueError) as error:
            raise ParameterError("run", str(self.path), f"a {METRICS} that can be read ({error})") from None


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
        return not self.missing_seeds

    @property
    def missing_seeds(self) -> tuple[int, ...]:
        """The seeds of the config that are not done, in its order."""
        done = {seed.seed for seed in self.seeds}
        return tuple(seed for seed in self.config.seeds if seed not in done)


@dataclass(frozen=True)
class SeedTask:
    """One seed of one run: the unit of work that is done as a whole or not at all.

    Attributes:
        path: the run folder, which exists.
        config: the run's.
        seed: one of its seeds.
    """

    path: Path
    config: TrainConfig
    seed: int

    @property
    def final(self) -> Path:
        """The folder that appears when the seed is done."""
        return seed_folder(self.path, self.seed)

    @property
    def partial(self) -> Path:
        """Where the seed is trained until then."""
        return self.path / f".{self.final.name}.partial"


def seed_folder(path: Path, seed: int) -> Path:
    """Where a run keeps what ``seed`` gave."""
    return path / f"seed-{seed:04d}"


def load_run(path: Path) -> Run:
    """Read a run folder, finished or not.

    Raises:
        ParameterError: it is not a run folder, a file in it is damaged, or the user's own code that it was trained
            with has changed.
    """
    if not (path / "config.yaml").is_file():
        raise ParameterError("run", str(path), "a run folder, which holds a config.yaml")
    require_same_code(path)
    config = load_config(path / "config.yaml")
    game = config.game.compile()
    seeds = []
    for seed in config.seeds:
        folder = seed_folder(path, seed)
        if folder.is_dir():
            kinds = [which for which in ("last", "average") if (folder / which).is_dir()]
            policies = {
                which: tuple(
                    load_policy(folder / which / f"{player}.safetensors", game, seat)
                    for seat, player in enumerate(game.game.players)
                )
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
    report: Callable[[float, int, str], None] = lambda done, total, note: None,
) -> Run:
    """Train every seed of ``config`` that ``output / config.name`` does not hold yet.

    Args:
        config: the experiment.
        output: the folder in which run folders lie.
        workers: how many processes to train seeds in; 1 trains in this one. Results do not depend on it.
        overwrite: remove a run of that name first.
        command: how this was started, for the record.
        report: called with how many seeds are done, those at work in part; how many there were to train; and a note
            on the seed that was measured last.

    Raises:
        ParameterError: ``workers`` is below 1; another process is training this run; or, without ``overwrite``, it is
            finished already, or was begun with other code of the user's own or with a config that differs in more
            than seeds that are added; or the game's rules do not compile.
    """
    if workers < 1:
        raise ParameterError("workers", workers, "a whole number >= 1")
    config.game.compile()  # rules that do not compile leave no folder behind
    path = output / config.name
    path.mkdir(parents=True, exist_ok=True)
    with alone_in(path):
        sweep(path)
        prepare(path, config, overwrite, command)
        missing = missing_tasks(path, config)
        shares: dict[int, float] = {}

        def note(task: SeedTask, done: int, updates: int, nash_conv: float) -> None:
            shares[task.seed] = done / updates
            report(sum(shares.values()), len(missing), f"seed {task.seed}: NashConv {nash_conv:.4f}")

        report(0, len(missing), "")
        if workers == 1 or len(missing) <= 1:
            for task in missing:
                train_task(task, partial(note, task))
        else:
            run_in_processes(train_task, missing, workers, note, name_of, "olivebranch.train.loop")
    return load_run(path)


def missing_tasks(path: Path, config: TrainConfig) -> list[SeedTask]:
    """What a run folder does not hold yet."""
    return [SeedTask(path, config, seed) for seed in config.seeds if not seed_folder(path, seed).exists()]


def name_of(task: SeedTask) -> str:
    """The name by which errors speak of a task: the folder in which it ends."""
    return str(task.final)


def prepare(path: Path, config: TrainConfig, overwrite: bool, command: str) -> None:
    """Make ``path``, an existing folder, the folder of a run that can be begun or gone on with; see :func:`train`."""
    begun = (path / "config.yaml").is_file()
    if begun and not overwrite:
        require_same_code(path)
        require_same_code(path, FILES)
    content, sources = config.as_yaml().encode(), {CODE: code_as_json(config.code())}
    if files := config.files():
        sources[FILES] = code_as_json(files)
    if not begun and holds_others(path):
        raise ParameterError("run", str(path), "a new folder or a run; this folder holds something else")
    if begun and overwrite:
        for old in sorted(path.iterdir(), key=lambda entry: entry.name == "config.yaml"):  # last, it marks a run
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    elif begun:
        # Read as a config, so that a setting that has come since counts as its default, not as a difference.
        known, wanted = yaml.safe_load(load_config(path / "config.yaml").as_yaml()), yaml.safe_load(content)
        before, after = known.pop("seeds", []), wanted.pop("seeds")
        if known != wanted or not set(before) <= set(after):
            raise ParameterError(
                "run",
                str(path),
                "the config that this run was begun with, to which seeds may be added; overwrite to replace the run",
            )
        if all(seed_folder(path, seed).exists() for seed in config.seeds):
            raise ParameterError("run", str(path), "a run that is not finished; overwrite to train it again")
        if before != after:
            _add_seeds(path, config, command, [seed for seed in after if seed not in before])
            return
    record = {**provenance(command), "seeds": list(config.seeds), **sources}
    for name, data in (("config.yaml", content), (RECORD, _as_json(record))):
        if not (path / name).exists():
            write_bytes(path / name, data)


def _add_seeds(path: Path, config: TrainConfig, command: str, added: list[int]) -> None:
    """Note in ``run.json`` with what the added seeds are trained, then put them into ``config.yaml``."""
    try:
        record = json.loads((path / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParameterError("run", str(path), f"a {RECORD} that can be read ({error})") from None
    record["seeds"] = list(config.seeds)
    record.setdefault("added", []).append({**provenance(command), "seeds": added})
    write_bytes(path / "run.json", _as_json(record))
    write_bytes(path / "config.yaml", config.as_yaml().encode())


def _as_json(record: Mapping[str, object]) -> bytes:
    return (json.dumps(record, indent=2) + "\n").encode()


def train_task(task: SeedTask, report: Report) -> None:
    """Train one seed, from its checkpoint if there is one; nothing is done if it has been trained."""
    if task.final.exists():
        return
    require_same_code(task.path)  # a worker reads the user's files anew
    require_same_code(task.path, FILES)
    events = task.path / "tensorboard" / task.final.name
    shutil.rmtree(events, ignore_errors=True)  # written anew from the checkpoint's metrics
    task.partial.mkdir(exist_ok=True)
    for unfinished in task.partial.glob(".*.tmp"):
        unfinished.unlink()
    train_seed(task.config, task.seed, task.partial, events, report)
    task.partial.rename(task.final)
