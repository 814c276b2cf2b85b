"""Do every job of a designed experiment that its folder does not hold yet.

An experiment's folder is ``OUTPUT/NAME/``: ``config.yaml``, the resolved config, and the files of
:mod:`olivebranch.train.selection.jobs`. They do not depend on how many workers made them, where, or how often they were
interrupted.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import yaml

from olivebranch.core.backend import HERE, Backend
from olivebranch.train.chunks import do_pieces, prepare_folder
from olivebranch.train.config import validated
from olivebranch.train.selection.config import SelectionConfig
from olivebranch.train.selection.jobs import Job, do, sample_jobs, training_jobs

Report = Callable[[int, int, str], None]  # done, of how much, and what


def estimate(config: SelectionConfig) -> float:
    """Roughly what a whole experiment costs, in seconds of one core."""
    folder = Path(config.name)
    return sum(job.size for job in (*sample_jobs(config, folder), *training_jobs(config, folder)))


def train_selection(
    config: SelectionConfig,
    output: Path,
    *,
    backend: Backend = HERE,
    overwrite: bool = False,
    report: Report = lambda done, total, what: None,
) -> Path:
    """Draw the samples, then train everything in them.

    Args:
        config: the experiment.
        output: the folder in which experiments' folders lie; with a cluster, one that all its machines share.
        backend: where to work.
        overwrite: remove an experiment of that name first.
        report: called as jobs are done, and once at the start of each of the two phases.

    Returns:
        The folder.

    Raises:
        ParameterError: the folder holds something else, another config, or is in use; a job
            lost its worker time and again.
        MissingExtra: Ray is asked for and not installed.
    """
    folder = (output / config.name).resolve()
    prepare_folder(folder, config.as_yaml(), "experiment", overwrite)
    config = validated(SelectionConfig, yaml.safe_load(config.as_yaml()))
    phases: tuple[tuple[str, Sequence[Job]], ...] = (
        ("samples", sample_jobs(config, folder)),
        ("runs", training_jobs(config, folder)),
    )
    for what, jobs in phases:
        longest_first = sorted(jobs, key=lambda job: -job.size)  # so that none is left to one worker at the end
        told = partial(_tell, report, what)
        do_pieces(do, [longest_first], folder, preload=__name__, backend=backend, report=told)
    return folder


def _tell(report: Report, what: str, done: int, total: int) -> None:
    report(done, total, what)
