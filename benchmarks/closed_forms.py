"""How many talks games a second the closed forms solve, on one core.

Two tasks, each timed after compilation over several repetitions, of which the median is printed:

- *flags*: which of the nine components exist, which survive D1 and the intuitive criterion (27 bits a game), and the
  distance from a knife edge. This is what a map of regions needs.
- *full table*: the same, unpacked, and ten numbers for every component that exists (strategies, replies, beliefs).

Results go into fresh arrays, whose allocation is part of the time; drawing the parameters is not. Figures are given in
wall-clock time and in processor time of the one thread, which differ on a busy machine. Run:
``python benchmarks/closed_forms.py``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.games.talks import TalksColumns
from olivebranch.theory.claims.draws import draw_parameters
from olivebranch.theory.talks.kernel import solve_array, solve_flags

TASKS: dict[str, Callable[[TalksColumns[FloatArray]], Any]] = {"flags": solve_flags, "full table": solve_array}


def measure(games: int, repetitions: int, seed: int) -> dict[str, list[tuple[float, float]]]:
    """Games per second of wall-clock and of processor time in each repetition, by task."""
    parameters = draw_parameters(games, np.random.default_rng(seed))
    speeds: dict[str, list[tuple[float, float]]] = {}
    for name, task in TASKS.items():
        task(TalksColumns(*(column[:10] for column in parameters)))  # compiles, or loads what was compiled before
        speeds[name] = []
        for _ in range(repetitions):
            wall, processor = time.perf_counter(), time.process_time()
            task(parameters)
            speeds[name].append((games / (time.perf_counter() - wall), games / (time.process_time() - processor)))
    return speeds


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--games", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    for name, speeds in measure(chosen.games, chosen.repetitions, chosen.seed).items():
        wall, processor = (sorted(speed / 1e6 for speed in column) for column in zip(*speeds, strict=True))
        sys.stdout.write(
            f"{name:<12} {statistics.median(wall):6.1f} million games/s (median of {len(wall)}, from {wall[0]:.1f} to "
            f"{wall[-1]:.1f}); by processor time {statistics.median(processor):.1f}; {chosen.games:,} games\n"
        )


if __name__ == "__main__":
    main()
