"""Tuning on development games: every learner's trials, what was best, and what more trials would have brought.

A tuning folder is ``OUTPUT/NAME-tuning/``, a benchmark folder in which each trial is a learner (``ppo.07``). When all
cells are done there is also ``settings.yaml``: the common setting of each learner and the best one for each game.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.files import write_bytes
from olivebranch.games.base import FloatArray
from olivebranch.games.kinds import GameParameters
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile
from olivebranch.train.benchmark.cells import Cell
from olivebranch.train.benchmark.config import BenchmarkConfig, TuningConfig, labelled, require_untouched
from olivebranch.train.benchmark.run import Plan, cells_of, require_finished
from olivebranch.train.benchmark.spaces import read_trials
from olivebranch.train.benchmark.tracks import Budget
from olivebranch.train.config import read_values
from olivebranch.train.measurement import METRICS, Measurement

LEAST = 1e-6  # a score below it counts as it, so that rounding decides nothing
SETTINGS = "settings.yaml"


def plan_tuning(config: BenchmarkConfig, output: Path) -> Plan:
    """The plan of all trials. Raises :class:`ParameterError`: there is nothing to tune, or games that are tested on."""
    tuning = _tuning(config)
    require_untouched(tuning, config.games)
    folder = (output / f"{config.name}-tuning").resolve()
    games = list(labelled(tuning.games).items())
    entries = [
        (f"{label}.{number:02d}", {"kind": settings.kind, **settings.model_dump(exclude_unset=True), **trial}, games)
        for label, settings in config.learners.items()
        for number, trial in enumerate(_trials(tuning, settings.kind))
    ]
    cells = cells_of(folder / "runs", entries, [_budget(tuning)], tuning.seeds, 1)
    return Plan(folder, config.as_yaml(), cells)


def plan_tuned(config: BenchmarkConfig, output: Path) -> Plan:
    """The plan in which each learner has, in each development game, the setting that was best there; fresh seeds."""
    tuning = _tuning(config)
    if config.settings is None:
        raise ParameterError("settings", None, "a file of settings, which olivebranch benchmark tune makes")
    require_fresh(config)
    by_game = _settings_file(Path(config.settings))["games"]
    games = labelled(tuning.games)
    entries = []
    for label in config.learners:
        for name, game in games.items():
            if label not in by_game.get(name, {}):
                raise ParameterError("settings", config.settings, f"a setting of {label} for the game {name}")
            entries.append((label, by_game[name][label], [(name, game)]))
    folder = (output / f"{config.name}-tuned").resolve()
    return Plan(
        folder,
        config.as_yaml(),
        cells_of(folder / "runs", entries, list(config.each_budget), config.seeds, config.evaluations, config.costs),
    )


def require_fresh(config: BenchmarkConfig) -> None:
    """Raises :class:`ParameterError` where a seed of tuning is one of those that are reported."""
    common = set(config.seeds) & set(_tuning(config).seeds)
    if common:
        raise ParameterError("tuning.seeds", sorted(common), "seeds that no other part of the benchmark uses")


@dataclass(frozen=True)
class Tuned:
    """What tuning found of one learner.

    Attributes:
        common: the number of the trial with the least mean log score over games.
        by_game: the number of the best trial in each game.
        log_scores: log10 of the score of each trial, game and seed, ``[trials, games, seeds]``.
        expected: by n - 1, what the best of n random trials scores in the mean over games, by seeds that did not choose
            it; the default is one of the trials.
    """

    common: int
    by_game: Mapping[str, int]
    log_scores: FloatArray
    expected: FloatArray


def tuned(config: BenchmarkConfig, output: Path) -> dict[str, Tuned]:
    """What all trials come to, by learner. Raises :class:`ParameterError` where one is missing."""
    tuning, plan = _tuning(config), plan_tuning(config, output)
    require_finished(plan)
    games, seeds = list(labelled(tuning.games)), list(tuning.seeds)
    found: dict[str, Tuned] = {}
    scores = {(cell.learner, cell.game, cell.seed): np.log10(max(final_score(cell), LEAST)) for cell in plan.cells}
    for label, settings in config.learners.items():
        numbers = range(len(_trials(tuning, settings.kind)))
        table = np.array(
            [[[scores[f"{label}.{n:02d}", game, seed] for seed in seeds] for game in games] for n in numbers]
        )
        means = table.mean(axis=2)
        half = max(1, len(seeds) // 2)
        chosen_by, scored_by = table[..., :half].mean(axis=(1, 2)), table[..., half:].mean(axis=(1, 2))
        if len(seeds) == 1:
            scored_by = chosen_by
        best = {game: int(means[:, place].argmin()) for place, game in enumerate(games)}
        found[label] = Tuned(int(means.mean(axis=1).argmin()), best, table, expected_best(chosen_by, scored_by))
    return found


def expected_best(chosen_by: FloatArray, scored_by: FloatArray) -> FloatArray:
    """What the best of n trials, drawn without replacement and chosen by one score, is worth by another; n = 1, 2, ..

    Dodge et al., "Show your work: improved reporting of experimental results", EMNLP 2019, here without replacement: of
    n of N trials the k-th best is the best with probability C(N - k, n - 1) / C(N, n).

    >>> expected_best(np.array([1.0, 3.0]), np.array([1.5, 2.5]))
    array([2. , 1.5])
    """
    order = np.argsort(chosen_by, kind="stable")
    total = len(order)
    weights = [[comb(total - k - 1, n - 1) / comb(total, n) for k in range(total)] for n in range(1, total + 1)]
    result: FloatArray = np.array(weights) @ scored_by[order]
    return result


def write_settings(config: BenchmarkConfig, found: Mapping[str, Tuned], path: Path) -> None:
    """Write what was chosen, for the key ``settings`` of a config."""
    tuning = _tuning(config)

    def setting(label: str, number: int) -> dict[str, Any]:
        own = config.learners[label]
        trial = _trials(tuning, own.kind)[number]
        return {"kind": own.kind, **own.model_dump(mode="json", exclude_unset=True), **trial}

    content = {
        "track": config.track,
        "trials": {label: {"common": one.common, **one.by_game} for label, one in found.items()},
        "learners": {label: setting(label, one.common) for label, one in found.items()},
        "games": {
            game: {label: setting(label, one.by_game[game]) for label, one in found.items()}
            for game in labelled(tuning.games)
        },
        "expected_best_of": {
            label: [round(value, 4) for value in one.expected.tolist()] for label, one in found.items()
        },
    }
    write_bytes(path, yaml.safe_dump(content, sort_keys=False, width=120, default_flow_style=None).encode())


def read_settings(config: BenchmarkConfig) -> dict[str, dict[str, Any]]:
    """The common settings that a config names, by learner. Raises :class:`ParameterError` where one is missing."""
    assert config.settings is not None
    if config.tuning is not None:
        require_fresh(config)
    found: dict[str, dict[str, Any]] = _settings_file(Path(config.settings))["learners"]
    for label in config.learners:
        if label not in found:
            raise ParameterError("settings", config.settings, f"a setting for {label}: {one_of(found, label)}")
    return found


def read_expected(config: BenchmarkConfig) -> dict[str, list[float]] | None:
    """What the best of n trials is worth, by learner, as the file of settings of a config says; None if it does not."""
    assert config.settings is not None
    found: dict[str, list[float]] | None = _settings_file(Path(config.settings)).get("expected_best_of")
    return found


def final_score(cell: Cell) -> float:
    """NashConv of a cell's answer at the end, over that of uniform play."""
    last = (cell.path / METRICS).read_text(encoding="utf-8").strip("\n").split("\n")[-1]
    measured = Measurement.from_line(last)
    policy = measured.policies.get(cell.answer, measured.policies["last"])
    return policy.nash_conv / uniform_nash_conv(cell.config.game.parsed())


@lru_cache(maxsize=1024)
def uniform_nash_conv(game: GameParameters) -> float:
    """NashConv of uniform play: the unit of scores."""
    return evaluate(uniform_profile(unroll(game.compile()))).nash_conv


def as_json_text(found: Mapping[str, Tuned]) -> str:
    """For ``--json``."""
    content = {
        label: {"common": one.common, "by_game": dict(one.by_game), "expected_best_of": one.expected.tolist()}
        for label, one in found.items()
    }
    return json.dumps(content)


def _tuning(config: BenchmarkConfig) -> TuningConfig:
    if config.tuning is None:
        raise ParameterError("tuning", None, "a section that says on which games, with which trials and seeds")
    return config.tuning


def _budget(tuning: TuningConfig) -> Budget:
    ((unit, amount),) = tuning.budget.items()
    return Budget(unit, amount)


def _trials(tuning: TuningConfig, kind: str) -> tuple[dict[str, Any], ...]:
    path = Path(tuning.trials) / f"{kind}.yaml"
    found = read_trials(path, kind)
    if not any(found):
        return found[:1]  # a learner without settings has nothing to try
    if len(found) < tuning.most_trials:
        raise ParameterError("tuning.most_trials", tuning.most_trials, f"no more than the {len(found)} of {path}")
    return found[: tuning.most_trials]


def _settings_file(path: Path) -> dict[str, Any]:
    values = read_values(path)
    for key in ("learners", "games"):
        if not isinstance(values.get(key), dict):
            raise ParameterError("settings", str(path), f"a mapping under {key}, as olivebranch benchmark tune writes")
    return values
