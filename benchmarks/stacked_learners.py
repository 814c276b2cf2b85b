"""What a run of a stacked learner costs, beside the same learner one run at a time, and SB3's PPO.

Seconds are of processor time on one core. A whole map's time is the cost of a run times its runs, over two cores.
Single learners are measured on a few updates after the first and extrapolated to all of them.
Run: ``python benchmarks/stacked_learners.py``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from olivebranch.agents.deep.ppo import PPOSettings
from olivebranch.agents.registry import make_learner, parse_settings
from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.ppo import learn as learn_networks
from olivebranch.agents.stacked.q_learning import learn as learn_tables
from olivebranch.agents.tabular.q_learning import QLearningSettings
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import compile_talks

CHEAP_TALKING_RUNS, NEURAL_RUNS = 101 * 1000, 32 * 32 * 8


def seconds(task: Callable[[], Any]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    task()
    return time.process_time() - start


def single(settings: Any, updates: int) -> float:
    """Seconds that one whole run of an ordinary learner would take, from a few updates."""
    learner = make_learner(compile_talks(load_preset("fear-of-weakness", "talks").parameters), settings, 0)
    learner.update()
    return seconds(lambda: [learner.update() for _ in range(updates)]) / updates * learner.total_updates


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a learner."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=5)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    parameters = load_preset("fear-of-weakness", "talks").parameters
    games = StackedGames.of_talks([parameters])
    tables = QLearningSettings(episodes=100_000, batch=1)
    networks = PPOSettings()
    sb3 = parse_settings({"kind": "sb3-ppo", "episodes": networks.episodes})

    def stacked_tables() -> float:
        return seconds(lambda: learn_tables(games, tables, run_states(0, 0, 1, 100))) / 100

    def stacked_networks() -> float:
        part = networks.model_copy(update={"episodes": 10 * networks.batch})
        return seconds(lambda: learn_networks(games, part, run_states(0, 0, 1, 512))) / 512 / 10 * networks.updates()

    rows: list[tuple[str, Callable[[], float], int]] = [
        ("Q-learning, stacked", stacked_tables, CHEAP_TALKING_RUNS),
        ("Q-learning, one by one", lambda: single(tables, 500), CHEAP_TALKING_RUNS),
        ("PPO, stacked", stacked_networks, NEURAL_RUNS),
        ("PPO, one by one", lambda: single(networks, 10), NEURAL_RUNS),
        ("SB3's PPO, one by one", lambda: single(sb3, 2), NEURAL_RUNS),
    ]
    for name, measure, runs in rows:
        measure()  # compiles
        costs = [measure() for _ in range(chosen.repetitions)]
        cost = statistics.median(costs)
        sys.stdout.write(
            f"{name:<24}{1000 * cost:10.2f} ms a run (median of {len(costs)}, {1000 * min(costs):.2f} to "
            f"{1000 * max(costs):.2f}); {runs:,} runs on two cores: {cost * runs / 120:,.1f} min\n"
        )


if __name__ == "__main__":
    main()
