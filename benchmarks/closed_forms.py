"""How many talks games a second the closed forms solve, on one core.

Two tasks, each timed after compilation over several repetitions, of which the median is printed:

- *flags*: which of the nine components exist, which survive D1 and the intuitive criterion (27 bits a game), and the
  distance from a knife edge. This is what a map of regions needs.
- *full table*: the same, and for each component that exists its ten numbers (strategies, replies, beliefs), into a
  fresh dense array of 9 x 10 numbers a game. Allocating that array is part of the time.

The parameters are drawn beforehand and drawing them is not timed. Run: ``python benchmarks/closed_forms.py``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.theory.claims_draws import draw_parameters
from olivebranch.theory.talks_kernel import solve_array, solve_flags

TASKS: dict[str, Callable[[FloatArray], Any]] = {"flags": solve_flags, "full table": solve_array}


def measure(games: int, repetitions: int, seed: int) -> dict[str, list[float]]:
    """Games per second in each repetition, by task."""
    parameters = draw_parameters(games, np.random.default_rng(seed))
    speeds: dict[str, list[float]] = {}
    for name, task in TASKS.items():
        task(parameters[:10])  # compiles, or loads what was compiled before
        speeds[name] = []
        for _ in range(repetitions):
            start = time.perf_counter()
            task(parameters)
            speeds[name].append(games / (time.perf_counter() - start))
    return speeds


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--games", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    for name, speeds in measure(chosen.games, chosen.repetitions, chosen.seed).items():
        millions = [speed / 1e6 for speed in speeds]
        sys.stdout.write(
            f"{name:<12} {statistics.median(millions):6.1f} million games/s on one core (median of {len(millions)}, "
            f"from {min(millions):.1f} to {max(millions):.1f}; {chosen.games:,} games)\n"
        )


if __name__ == "__main__":
    main()
