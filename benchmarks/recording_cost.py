"""What recording visits and movement adds to training time, for a learner of each family: at most 5 % is wanted.

Each learner is trained from the same seed with the record and without it, in turn, measurements included, and the
fastest of several repetitions is taken of each, in processor time, which other work on the machine disturbs least.
Run: ``python benchmarks/recording_cost.py`` (about three minutes on one core).
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import time
from typing import Any

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import make_learner
from olivebranch.train.config import TrainConfig, parse_config
from olivebranch.train.metrics import Meter
from olivebranch.train.opponents import training_game
from olivebranch.train.recording import Recorder

RUNS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("q-learning", "weak-blend-in", {"episodes": 400_000}),
    ("q-learning", "kuhn-poker", {"episodes": 400_000}),
    ("exp3", "weak-blend-in", {"episodes": 400_000}),
    ("roth-erev", "kuhn-poker", {"episodes": 400_000}),
    ("ewa", "weak-blend-in", {"episodes": 20_000}),
    ("cfr", "kuhn-poker", {"steps": 2000}),
    ("cfr", "war-korea-1951-confident", {"steps": 100}),
    ("hedge", "weak-blend-in", {"steps": 2000}),
    ("fictitious-play", "war-example", {"steps": 2000}),
    ("ppo", "kuhn-poker", {"episodes": 100_000}),
    ("ppo", "war-korea-1951-confident", {"episodes": 40_000}),
    ("nfsp", "kuhn-poker", {"episodes": 50_000}),
    ("r-nad", "kuhn-poker", {"episodes": 50_000}),
    ("sb3-ppo", "war-example", {"episodes": 10_000}),
    ("sb3-dqn", "weak-blend-in", {"episodes": 5_000}),
)
EVALUATIONS = 50


def seconds(config: TrainConfig, recorded: bool) -> float:
    """Processor time of one training, measurements included."""
    game = config.game.compile()
    world, meter = training_game(config, game), Meter(game)
    learner = make_learner(world.game, config.learner, 0)
    total = learner.total_updates
    due = {round(total * step / config.evaluations) for step in range(config.evaluations + 1)}
    begin = time.process_time()
    recorder = Recorder(meter.tree, world, learner, total) if recorded else None
    for done in range(total + 1):
        if done:
            if recorder is not None:
                recorder.begin(done)
            learner.update()
        if done in due:
            played = {which: world.whole(play) for which, play in learner.policies().items()}
            played["last"] = behaviour_of(meter.tree, played["last"])
            meter.measure(played)
            if recorder is not None:
                recorder.measured(done, played["last"])
    return time.process_time() - begin


def main() -> None:
    """Print a line for each learner."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    for kind, game, settings in RUNS:
        learner = {"kind": kind, **settings}
        config = parse_config({"name": "r", "game": {"preset": game}, "learner": learner, "evaluations": EVALUATIONS})
        for recorded in (True, False):  # compiled loops are compiled before anything counts
            seconds(config, recorded)
        pairs = [(seconds(config, True), seconds(config, False)) for _ in range(arguments.repetitions)]
        with_record, without = (min(column) for column in zip(*pairs, strict=True))
        added = with_record / without - 1
        print(f"{kind:<16} {game:<26} {without:7.3f} s  with the record {with_record:7.3f} s  {added:+.1%}", flush=True)


if __name__ == "__main__":
    main()
