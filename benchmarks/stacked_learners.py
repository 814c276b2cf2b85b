"""What a run of each stacked learner costs, beside the same learner one run at a time, and SB3's PPO.

Milliseconds are of processor time on one core, for a whole run at default settings in one talks game. Both are measured
on some updates, after the first, and extrapolated to all of them; 512 runs are stacked, which begin at random, so that
no two of them are alike. A play of the stacked Q-learner in games of several shapes: benchmarks/stacked_q_learning.py.
Run: ``python benchmarks/stacked_learners.py``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from olivebranch.agents.registry import make_learner, parse_settings
from olivebranch.agents.settings import SampledSettings, Settings
from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.registry import MODULES, stacked_learner
from olivebranch.agents.stacked.start import RANDOM
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import compile_talks

PRESET, RUNS = "fear-of-weakness", 512
STACKED_UPDATES, SINGLE_UPDATES = {"ppo": 10}, {"ppo": 10, "sb3-ppo": 2}  # by kind; otherwise 200 of both


def seconds(task: Callable[[], Any]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    task()
    return time.process_time() - start


def stacked(settings: Settings) -> float:
    """Milliseconds that one of ``RUNS`` stacked runs takes."""
    updates = STACKED_UPDATES.get(settings.kind, 200)
    length = {"episodes": updates * settings.batch} if isinstance(settings, SampledSettings) else {"steps": updates}
    part, learn = settings.model_copy(update=length), stacked_learner(settings.kind)
    games, states = StackedGames.of_talks([load_preset(PRESET, "talks").parameters]), run_states(0, 0, 1, RUNS)
    return 1000 * seconds(lambda: learn(games, part, states, RANDOM)) / RUNS / updates * settings.updates()


def single(settings: Settings) -> float:
    """Milliseconds that one whole run of the ordinary learner would take."""
    updates = SINGLE_UPDATES.get(settings.kind, 200)
    learner = make_learner(compile_talks(load_preset(PRESET, "talks").parameters), settings, 0)
    learner.update()
    cost = seconds(lambda: [learner.update() for _ in range(updates)]) / updates
    return 1000 * cost * learner.total_updates


def median(measure: Callable[[Settings], float], settings: Settings, repetitions: int) -> float:
    """Of some measurements after one that compiles."""
    measure(settings)
    return statistics.median(measure(settings) for _ in range(repetitions))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a learner."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=5)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    sys.stdout.write(f"{'learner':<26}{'updates':>10}{'stacked, ms':>14}{'one by one, ms':>18}{'ratio':>8}\n")
    for kind in MODULES:
        settings = parse_settings({"kind": kind})
        ours = median(stacked, settings, chosen.repetitions)
        alone = median(single, settings, chosen.repetitions)
        sys.stdout.write(f"{kind:<26}{settings.updates():>10,}{ours:14.2f}{alone:18.1f}{alone / ours:8.0f}\n")
        sys.stdout.flush()
    peer = median(single, parse_settings({"kind": "sb3-ppo"}), chosen.repetitions)
    sys.stdout.write(f"{'sb3-ppo':<50}{peer:18.1f}\n")


if __name__ == "__main__":
    main()
