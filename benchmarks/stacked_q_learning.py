"""What a play of the stacked Q-learner costs, in games of several shapes, and beside another checkout of the project.

Nanoseconds are of processor time on one core, medians. With ``--against PYTHON``, the interpreter of a virtual
environment in which another version is installed, both versions train a cell of configs/atlas/cheap-talking-scale.yaml
in turn; the whole map has 101 of them.
Run: ``python benchmarks/stacked_q_learning.py``.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.q_learning import learn
from olivebranch.agents.stacked.start import BestResponse
from olivebranch.agents.tabular.q_learning import QLearningSettings

RUNS, PLAYS = 512, 20_000
MAP_RUNS, MAP_PLAYS = 101 * 1000, 100_000  # of configs/atlas/cheap-talking-scale.yaml

# One cell of that map, for any version of the project: modules have moved.
CELL = """
import importlib, sys, time

def first(*names):
    for name in names:
        try:
            return importlib.import_module("olivebranch." + name)
        except ModuleNotFoundError:
            pass
    raise SystemExit("no stacked Q-learner found")

stacked = first("agents.stacked.games", "agents.stacked")
learn = first("agents.stacked.q_learning", "agents.stacked_q_learning").learn
settings = first("agents.tabular.q_learning", "agents.settings")
settings = getattr(settings, "QLearningSettings", None) or first("agents.settings").QLearningSettings
presets = first("games.registry", "games.presets")
parameters = presets.load_preset("fear-of-weakness", "talks").parameters
rate, temperature = ({"start": a, "end": b, "shape": "geometric"} for a, b in ((0.1, 0.001), (0.5, 0.005)))
chosen = settings(episodes=100_000, batch=1, learning_rate=rate, temperature=temperature)
games, runs = stacked.StackedGames.of_talks([parameters]), int(sys.argv[1])
learn(games, chosen, stacked.run_states(0, 0, 1, 1))
start = time.process_time()
learn(games, chosen, stacked.run_states(0, 0, 1, runs))
print((time.process_time() - start) / runs / 100_000 * 1e9)
"""


def random_games(shape: tuple[int, int, int]) -> StackedGames:
    """One with normal payoffs."""
    generator = np.random.default_rng(0)
    return StackedGames(np.full((1, shape[0]), 1 / shape[0]), *generator.normal(size=(2, 1, *shape)))


def cost(shape: tuple[int, int, int], settings: QLearningSettings, response: BestResponse | None) -> float:
    """Nanoseconds of processor time a play."""
    games, states = random_games(shape), run_states(0, 0, 1, RUNS)
    start = time.process_time()
    learn(games, settings, states, response=response)
    return (time.process_time() - start) / RUNS / settings.episodes * 1e9


def cell(python: str, runs: int) -> float:
    """Nanoseconds of processor time a play in a cell of the map, as the project beside ``python`` trains it."""
    result = subprocess.run([python, "-c", CELL, str(runs)], capture_output=True, text=True, check=True)
    return float(result.stdout)


def report(name: str, costs: list[float]) -> float:
    """Print one line; gives the median."""
    middle = statistics.median(costs)
    sys.stdout.write(
        f"{name:<40}{middle:8.1f} ns a play (median of {len(costs)}, {min(costs):.1f} to {max(costs):.1f})\n"
    )
    return middle


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--against", metavar="PYTHON", help="interpreter beside which another version is installed")
    chosen = parser.parse_args(arguments)
    if chosen.against:
        pairs = [(cell(sys.executable, 1000), cell(chosen.against, 100)) for _ in range(chosen.repetitions)]
        ours = report("this version", [pair[0] for pair in pairs])
        theirs = report("the other", [pair[1] for pair in pairs])
        whole = MAP_RUNS * MAP_PLAYS / 1e9 / 2
        sys.stdout.write(
            f"the other takes {theirs / ours:.2f} times as long; the whole map on two cores: {ours * whole:.0f} s, the "
            f"other {theirs * whole:.0f} s\n"
        )
        return
    boltzmann = QLearningSettings(episodes=PLAYS, batch=1)
    greedy = boltzmann.model_copy(update={"exploration": "epsilon-greedy"})
    batches = QLearningSettings(episodes=50 * PLAYS, batch=500)
    cases: list[tuple[str, tuple[int, int, int], QLearningSettings, BestResponse | None]] = [
        ("2 x 2 x 2, Boltzmann", (2, 2, 2), boltzmann, None),
        ("2 x 2 x 2, epsilon-greedy", (2, 2, 2), greedy, None),
        ("2 x 2 x 2, receiver responds best", (2, 2, 2), boltzmann, BestResponse()),
        ("2 x 2 x 2, Boltzmann, batches of 500", (2, 2, 2), batches, None),
        ("3 x 3 x 3, Boltzmann", (3, 3, 3), boltzmann, None),
        ("6 x 6 x 11, Boltzmann", (6, 6, 11), boltzmann, None),
    ]
    for name, shape, settings, response in cases:
        cost(shape, settings.model_copy(update={"episodes": settings.batch}), response)  # compiles
        report(name, [cost(shape, settings, response) for _ in range(chosen.repetitions)])


if __name__ == "__main__":
    main()
