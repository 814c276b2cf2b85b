"""How somebody else's learner, policy or tables become a submission."""

import shutil
from collections.abc import Callable
from pathlib import Path

from olivebranch.agents.registry import find_learner, parse_settings
from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.plugins import code_as_json, is_plugin, load_plugin
from olivebranch.eval.benchmark.judging import judged_set
from olivebranch.eval.benchmark.submissions import NO_BUDGET, require_empty, submit_policy, write_manifest
from olivebranch.train.benchmark.config import BenchmarkConfig
from olivebranch.train.benchmark.run import code_of, plan_benchmark, train_plan
from olivebranch.train.benchmark.table import NAME
from olivebranch.train.benchmark.tracks import TRACKS, Budget, answer_of
from olivebranch.train.config import validated

Report = Callable[[float, int], None]


def enter(
    source: str,
    folder: Path,
    games: Path,
    *,
    name: str,
    track: str,
    budget: str,
    seeds: int,
    backend: Backend | None = None,
    command: str = "",
    report: Report = lambda done, total: None,
) -> Path:
    """Make a submission of ``source``; see ``olivebranch benchmark submit``.

    Args:
        source: a folder of tables, a kind of learner (also ``file.py:Class``), or a policy spec.
        folder: of the submission.
        games: the file of certified games.
        name, track: of the submission.
        budget, seeds: of a learner.
        backend: where a learner is trained.
        command: by which this was made.
        report: called with the runs done, and all there are.

    Returns:
        The folder.

    Raises:
        ParameterError: something of this does not fit; what was learned until then is kept and gone on with.
    """
    if track not in TRACKS:
        raise ParameterError("track", track, one_of(TRACKS, track))
    _, by_name = judged_set(games)
    given = Path(source)
    if given.is_dir() and any(given.glob(f"*/seed-*/{NAME}")):
        if given.resolve() != folder.resolve():
            raise ParameterError(
                "output", str(folder), f"the folder of the tables itself, {source}, to which it is added"
            )
        write_manifest(
            folder, name=name, track=track, budget=NO_BUDGET, answer="last", settings={}, games=by_name, command=command
        )
        return folder
    if not _is_learner(source):
        return submit_policy(source, folder, by_name, name=name, track=track, command=command)
    chosen = Budget.from_label(budget)
    config = validated(
        BenchmarkConfig,
        {
            "name": "training",
            "track": track,
            "learners": {"entry": {"kind": source}},
            "games": [{"set": str(games)}],
            "budgets": {chosen.unit: [chosen.amount]},
            "seeds": seeds,
        },
    )
    work = folder.with_name(f".{folder.name}.training")
    require_empty(folder)
    plan = plan_benchmark(config, work)
    train_plan(plan, backend=backend, command=command, report=report)
    made = plan.cells[0].folder / "entry" / chosen.label
    write_manifest(
        made,
        name=name,
        track=track,
        budget=chosen.label,
        answer=answer_of(parse_settings({"kind": source})),
        settings={cell.game: cell.config.learner.model_dump(mode="json", exclude_none=True) for cell in plan.cells},
        games=by_name,
        code=code_as_json(code_of(plan.cells)),
        command=command,
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        folder.rmdir()
    made.rename(folder)
    shutil.rmtree(work)
    return folder


def _is_learner(source: str) -> bool:
    """Whether a text names a learner rather than a policy."""
    if is_plugin(source):
        found, _ = load_plugin(
            "submission", source, "a learner, or a function of an information state", lambda one: True
        )
        return isinstance(found, type) and hasattr(found, "settings_class")
    try:
        find_learner(source)
    except ParameterError:
        return False
    return True
