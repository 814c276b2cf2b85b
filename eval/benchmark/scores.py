"""Every run of a benchmark held against theory, as two tidy tables.

``runs.parquet`` has one row a run and kind of policy:

==============================  =======================================================================================
``algorithm``, ``preset``       labels of the config; ``kind``: of learner; ``game``: kind of game; ``seed``
``policy``                      ``last`` or ``average``, where the learner keeps one
``nash_conv``, ``gain_PLAYER``  NashConv and its parts, in the game's payoffs; ``payoff_PLAYER``: expected payoffs.
                                Players that a game does not have are null
``score``                       NashConv over that of uniform play on the preset: 0 in equilibrium, 1 as bad as chance
``reference``                   how the equilibria of the preset are known
``component``, ``on_path``,     the equilibrium component nearest on the path, the distance to its play and to its
``off_path``, ``reached``       off-path replies, and whether play has reached it (see ``theory.equilibria.reference``)
``deterministic``               whether all seeds left the very same metrics: then they are one observation, not many
``episodes``, ``updates``       samples and updates taken; an exact learner plays no episodes
``averaging_gap``               total variation between the plays of last iterate and time average, in [0, 1]; null
                                where no average is kept. Large with an average near equilibrium: play circles it
``late_movement``               how far listed behaviour travels over the last fifth of the evaluations: the sum of
                                absolute changes of all probabilities, over their number; null where none are listed
``late_winding``                the same path over the range it covers: 1 where play moves one way, 2 for a circle once
                                round, and so on; 0 where the range is below 0.01
==============================  =======================================================================================

``wall_seconds``, the one number that depends on the clock, is the last column of ``runs.parquet`` and nowhere else.
``curves.parquet`` has the evaluations of each: ``algorithm``, ``preset``, ``seed``, ``policy``, ``update``,
``episodes``, ``nash_conv``, ``score``.
"""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.core.files import write_bytes
from olivebranch.theory.equilibria.reference import Reference, reference_of
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import uniform_profile
from olivebranch.train.benchmark.run import TIMING, load_benchmark, run_folder
from olivebranch.train.measurement import METRICS, Measurement
from olivebranch.train.run import Run, SeedRun, load_run

LATE = 0.2  # the last share of the evaluations that cycling is looked for in
STILL = 0.01  # a probability that stays within this range is not said to move


def write_tables(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Evaluate a finished benchmark and write both tables into its folder.

    Raises:
        ParameterError: it is no benchmark, or not finished.
    """
    config = load_benchmark(folder)
    rows: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    for preset in config.labels:
        game = config.experiment(next(iter(config.algorithms)), preset).game
        tree, reference = unroll(game.compile()), reference_of(game.named())
        scale = evaluate(uniform_profile(tree)).nash_conv
        for algorithm in config.algorithms:
            run = load_run(run_folder(folder, algorithm, preset))
            labels = {"algorithm": algorithm, "preset": preset}
            kinds = {"kind": run.config.learner.kind, "game": game.kind}
            same = len({(seed.path / METRICS).read_bytes() for seed in run.seeds}) == 1
            for seed in run.seeds:
                for row in _rows(run, seed, tree, reference, scale):
                    rows.append({**labels, **kinds, "seed": seed.seed, **row, "deterministic": same})
                curves += [{**labels, "seed": seed.seed, **point} for point in _curve(seed, scale)]
    order = {name: number for number, name in enumerate(config.algorithms)}
    rows.sort(key=lambda row: order[row["algorithm"]])
    runs = pl.DataFrame(rows, infer_schema_length=None)
    runs = runs.select(pl.exclude("wall_seconds"), "wall_seconds")
    tables = runs, pl.DataFrame(curves, infer_schema_length=None)
    for name, table in zip(("runs", "curves"), tables, strict=True):
        buffer = io.BytesIO()
        table.write_parquet(buffer)
        write_bytes(folder / f"{name}.parquet", buffer.getvalue())
    return tables


def _rows(run: Run, seed: SeedRun, tree: GameTree, reference: Reference, scale: float) -> list[dict[str, Any]]:
    profiles = {which: behaviour_of(tree, policies) for which, policies in seed.policies.items()}
    metrics = seed.metrics()
    seconds = json.loads((seed.path / TIMING).read_text())["wall_seconds"]
    gap = play_distance(profiles["last"], profiles["average"]) if "average" in profiles else None
    rows = []
    for which, profile in profiles.items():
        evaluation, nearest = evaluate(profile), reference.nearest(profile)
        movement, winding = late_movement(metrics, which)
        players = tree.game.game.players
        rows.append(
            {
                "policy": which,
                "nash_conv": evaluation.nash_conv,
                "score": evaluation.nash_conv / scale,
                "reference": reference.source.value,
                "component": nearest.component,
                "on_path": nearest.on_path,
                "off_path": nearest.off_path,
                "reached": nearest.reached,
                "episodes": run.config.learner.episodes_after(run.config.learner.updates()),
                "updates": metrics[-1].update,
                "averaging_gap": gap,
                "late_movement": movement,
                "late_winding": winding,
                **{f"gain_{name}": float(value) for name, value in zip(players, evaluation.gains, strict=True)},
                **{f"payoff_{name}": float(value) for name, value in zip(players, evaluation.values, strict=True)},
                "wall_seconds": seconds,
            }
        )
    return rows


def _curve(seed: SeedRun, scale: float) -> list[dict[str, Any]]:
    return [
        {
            "policy": which,
            "update": measured.update,
            "episodes": measured.episodes,
            "nash_conv": measured.policies[which].nash_conv,
            "score": measured.policies[which].nash_conv / scale,
        }
        for which in seed.policies
        for measured in seed.metrics()
        if which in measured.policies
    ]


def late_movement(metrics: Sequence[Measurement], which: str) -> tuple[float | None, float | None]:
    """Movement and winding of listed behaviour over the last fifth of the evaluations; see the module.

    Args:
        metrics: the evaluations of a run, in order.
        which: ``last`` or ``average``.

    Returns:
        Both numbers, or None twice where no behaviour is listed.
    """
    first = min(len(metrics) - 2, int(np.floor((1 - LATE) * (len(metrics) - 1))))
    late = [measured.policies[which] for measured in metrics[max(first, 0) :] if which in measured.policies]
    if not late or not late[-1].probabilities:
        return None, None
    path = np.array([list(measured.probabilities.values()) for measured in late])
    lengths, ranges = np.abs(np.diff(path, axis=0)).sum(axis=0), np.ptp(path, axis=0)
    moving = ranges >= STILL
    return float(lengths.mean()), float(lengths[moving].sum() / ranges[moving].sum()) if moving.any() else 0.0
