"""Do every job of a designed experiment that its folder does not hold yet.

An experiment's folder is ``OUTPUT/NAME/``: ``config.yaml``, the resolved config, and the files of
:mod:`olivebranch.train.selection.jobs`. They do not depend on how many workers made them, where, or how often they were
interrupted.
"""

import math
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import yaml

from olivebranch.core.backend import LOCAL, Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import alone_in, holds_others, sweep, write_bytes
from olivebranch.core.yaml_text import read_yaml_file
from olivebranch.train.config import validated
from olivebranch.train.selection.config import SelectionConfig
from olivebranch.train.selection.jobs import Job, do, sample_jobs, training_jobs

Report = Callable[[float, int, str], None]  # done, of how much, and what


def estimate(config: SelectionConfig) -> float:
    """Roughly what a whole experiment costs, in seconds of one core."""
    folder = Path(config.name)
    return sum(job.cost for job in (*sample_jobs(config, folder), *training_jobs(config, folder)))


def train_selection(
    config: SelectionConfig,
    output: Path,
    *,
    backend: str = LOCAL,
    workers: int | None = 1,
    address: str | None = None,
    overwrite: bool = False,
    report: Report = lambda done, total, what: None,
) -> Path:
    """Draw the samples, then train everything in them.

    Args:
        config: the experiment.
        output: the folder in which experiments' folders lie; with a cluster, one that all its machines share.
        backend: processes of this machine, or Ray.
        workers: processes, of which 1 is this one, or processors of a Ray that is started here.
        address: of a Ray cluster; see :class:`olivebranch.core.backend.Backend`.
        overwrite: remove an experiment of that name first.
        report: called as jobs are done, and once at the start of each of the two phases.

    Returns:
        The folder.

    Raises:
        ParameterError: ``workers`` is below 1; the folder holds something else, another config, or is in use; a job
            lost its worker time and again.
        MissingExtra: Ray is asked for and not installed.
    """
    place = Backend(backend, workers, address)
    folder = (output / config.name).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        sweep(folder)
        _prepare(folder, config, overwrite)
        config = validated(SelectionConfig, yaml.safe_load(config.as_yaml()))
        phases: tuple[tuple[str, Sequence[Job]], ...] = (
            ("samples", sample_jobs(config, folder)),
            ("runs", training_jobs(config, folder)),
        )
        for what, jobs in phases:
            _do_all(jobs, place, partial(_tell, report, what))
    return folder


def _tell(report: Report, what: str, done: float, total: int) -> None:
    report(done, total, what)


def _do_all(
    jobs: Sequence[Job],
    place: Backend,
    report: Callable[[float, int], None],
) -> None:
    missing = [job for job in jobs if not job.path.exists()]
    missing.sort(key=lambda job: -job.cost)  # the longest first, so that none is left to one worker at the end
    total = math.ceil(sum(job.cost for job in jobs))
    done = sum(job.cost for job in jobs if job.path.exists())
    report(done, total)

    def note(job: Job, *_: float) -> None:
        nonlocal done
        done += job.cost
        report(done, total)

    if not missing:
        return
    place.work_through(do, missing, note, lambda job: str(job.path), __name__)


def _prepare(folder: Path, config: SelectionConfig, overwrite: bool) -> None:
    content, path = config.as_yaml().encode(), folder / "config.yaml"
    if path.is_file() and overwrite:
        for old in folder.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    elif path.is_file():
        if read_yaml_file(path, "config") != yaml.safe_load(content):
            raise ParameterError(
                "selection", str(folder), "the config that it was begun with; overwrite to replace what is there"
            )
    elif holds_others(folder):
        raise ParameterError("selection", str(folder), "a new folder or an experiment; this one holds something else")
    if not path.exists():
        write_bytes(path, content)
