"""Runs that depart from equilibrium for one known reason each: how often does ``olivebranch explain`` name it first?

The reason is planted in the config: no exploration, a constant step, a high temperature, few episodes, a tiny network,
a game with several equilibria, an opponent that does not learn. The runs were split into development and held-out,
every other one of each cause, before any threshold was tuned; these were then tuned on the development runs only.
What the held-out runs taught is in the code by now, so a third split, fresh, was written after that. A run that was to
depart and has NashConv of at most 1 % of the range of payoffs does not depart: it is void, and does not count.
Finished runs are kept, so a benchmark that was interrupted goes on.

Run: ``python benchmarks/explain_planted.py --output planted`` (some 20 minutes on one core); ``--split held-out``.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from olivebranch.core.files import write_bytes
from olivebranch.eval.explain.causes import SELECTED, VOCABULARY
from olivebranch.eval.explain.explanation import ARRIVED, Explanation, explain_run
from olivebranch.train.config import TrainConfig, parse_config
from olivebranch.train.run import load_run, train

KUHN, WAR = "kuhn-poker", "war-example"
NEVER = {"exploration": "epsilon-greedy", "epsilon": 0.0, "initial_value": -10.0, "batch": 1, "episodes": 20_000}
# Cause, game, learner, settings, seats that do not learn.
Plan = tuple[str, str, str, dict[str, Any], dict[str, str]]
PLANS: tuple[Plan, ...] = (
    ("unvisited", KUHN, "q-learning", {**NEVER, "learning_rate": 0.1}, {}),
    ("unvisited", WAR, "q-learning", {**NEVER, "learning_rate": 0.1}, {}),
    ("unvisited", "weak-blend-in", "q-learning", {**NEVER, "learning_rate": 0.1}, {}),
    ("unvisited", KUHN, "exp3", {"exploration": 0.0, "learning_rate": 20.0, "batch": 1, "episodes": 20_000}, {}),
    ("unvisited", WAR, "ewa", {"sensitivity": 1e4, "foregone": 0.0, "initial_attraction": -5.0}, {}),
    ("unvisited", KUHN, "ewa", {"sensitivity": 1e4, "foregone": 0.0, "initial_attraction": -5.0}, {}),
    (
        "unvisited",
        KUHN,
        "q-learning",
        {"temperature": 1e-3, "epsilon": 0.0, "initial_value": -10.0, "batch": 1, "episodes": 20_000},
        {},
    ),
    ("unvisited", WAR, "exp3", {"exploration": 0.0, "learning_rate": 20.0, "batch": 1, "episodes": 20_000}, {}),
    ("unvisited", KUHN, "replicator", {"step_size": 100.0}, {}),
    ("cycling", KUHN, "hedge", {"step_size": 1.0}, {}),
    ("cycling", "weak-blend-in", "fictitious-play", {}, {}),
    ("cycling", KUHN, "fictitious-play", {}, {}),
    ("cycling", "mutual-doubt", "replicator", {"step_size": 0.3}, {}),
    ("cycling", KUHN, "replicator", {"step_size": 0.2}, {}),
    ("cycling", "mutual-doubt", "fictitious-play", {}, {}),
    ("cycling", "weak-blend-in", "hedge", {"step_size": 2.0}, {}),
    ("cycling", KUHN, "ppo", {"entropy": 0.0, "learning_rate": 0.03, "episodes": 600_000}, {}),
    ("cycling", KUHN, "magnetic-mirror-descent", {"temperature": 0.0, "step_size": 0.5}, {}),
    ("cycling", "mutual-doubt", "q-learning", {"temperature": 0.01, "learning_rate": 0.3, "episodes": 600_000}, {}),
    ("regularised", KUHN, "q-learning", {"temperature": 0.3, "episodes": 600_000}, {}),
    ("regularised", KUHN, "magnetic-mirror-descent", {"temperature": 0.3}, {}),
    ("regularised", "weak-blend-in", "ppo", {"entropy": 0.3, "episodes": 400_000}, {}),
    ("regularised", KUHN, "ppo", {"entropy": 0.4, "episodes": 400_000}, {}),
    ("regularised", KUHN, "exp3", {"exploration": 0.5, "episodes": 600_000}, {}),
    ("regularised", WAR, "magnetic-mirror-descent", {"temperature": 0.2}, {}),
    ("regularised", WAR, "sb3-ppo", {"entropy": 0.3, "episodes": 60_000}, {}),
    ("regularised", KUHN, "fictitious-play", {"temperature": 0.3}, {}),
    (
        "regularised",
        "weak-blend-in",
        "q-learning",
        {"exploration": "epsilon-greedy", "epsilon": 0.3, "episodes": 600_000},
        {},
    ),
    ("regularised", "mutual-doubt", "ewa", {"sensitivity": 5.0}, {}),
    ("unfinished", KUHN, "q-learning", {"episodes": 10_000}, {}),
    ("unfinished", "weak-blend-in", "q-learning", {"episodes": 20_000}, {}),
    ("unfinished", KUHN, "ppo", {"episodes": 20_000}, {}),
    ("unfinished", WAR, "ppo", {"episodes": 8_000}, {}),
    ("unfinished", KUHN, "nfsp", {"episodes": 30_000}, {}),
    ("unfinished", KUHN, "r-nad", {"episodes": 30_000}, {}),
    ("unfinished", KUHN, "cfr", {"steps": 8}, {}),
    ("unfinished", WAR, "sb3-ppo", {"episodes": 3_000}, {}),
    ("unfinished", KUHN, "magnetic-mirror-descent", {"steps": 40}, {}),
    ("unfinished", KUHN, "exp3", {"episodes": 30_000}, {}),
    ("approximation", KUHN, "ppo", {"hidden": [1], "episodes": 600_000}, {}),
    ("approximation", KUHN, "r-nad", {"hidden": [1], "episodes": 800_000}, {}),
    ("approximation", KUHN, "ppo", {"hidden": [], "episodes": 600_000}, {}),
    ("approximation", KUHN, "ppo-mmd", {"hidden": [1], "episodes": 400_000}, {}),
    ("approximation", KUHN, "sb3-ppo", {"hidden": [1]}, {}),
    ("approximation", KUHN, "nfsp", {"hidden": [1], "episodes": 600_000}, {}),
    ("approximation", KUHN, "mappo", {"hidden": [1], "episodes": 600_000}, {}),
    ("approximation", KUHN, "sb3-a2c", {"hidden": [1]}, {}),
    ("selected", "rival-expectations", "q-learning", {"episodes": 600_000}, {}),
    ("selected", "rival-expectations", "magnetic-mirror-descent", {}, {}),
    ("selected", "rival-expectations", "replicator", {}, {}),
    ("selected", "rival-expectations", "ppo", {"episodes": 600_000}, {}),
    ("selected", "rival-expectations", "cfr+", {}, {}),
    ("selected", "examples/beer-quiche.yaml", "q-learning", {"episodes": 600_000}, {}),
    ("selected", "examples/beer-quiche.yaml", "hedge", {}, {}),
    ("selected", "rival-expectations", "sb3-ppo", {"episodes": 60_000}, {}),
    ("exploited", KUHN, "q-learning", {"episodes": 400_000}, {"second": "uniform"}),
    ("exploited", KUHN, "cfr+", {}, {"first": "uniform"}),
    ("exploited", KUHN, "ppo", {"episodes": 400_000}, {"second": "uniform"}),
    ("exploited", WAR, "q-learning", {"episodes": 400_000}, {"A": "uniform"}),
    ("exploited", "weak-blend-in", "magnetic-mirror-descent", {}, {"receiver": "uniform"}),
    ("exploited", "weak-blend-in", "replicator", {}, {"receiver": "uniform"}),
    ("exploited", "mutual-doubt", "roth-erev", {"episodes": 400_000}, {"sender": "uniform"}),
    ("exploited", WAR, "sb3-ppo", {"episodes": 60_000}, {"B": "uniform"}),
)
# Written after the two splits above had been looked at, and before any of these runs had been made.
FRESH: tuple[Plan, ...] = (
    ("unvisited", "hollow-offers", "q-learning", {**NEVER, "learning_rate": 0.2}, {}),
    (
        "unvisited",
        WAR,
        "roth-erev",
        {"initial_propensity": 1e-3, "forgetting": 0.0, "experimentation": 0.0, "batch": 1, "episodes": 20_000},
        {},
    ),
    ("unvisited", KUHN, "hedge", {"step_size": 1e3}, {}),
    (
        "unvisited",
        KUHN,
        "q-learning",
        {"exploration": "epsilon-greedy", "epsilon": 0.0, "initial_value": -10.0, "episodes": 300_000},
        {},
    ),
    ("cycling", "weak-blend-in", "replicator", {"step_size": 0.3}, {}),
    ("cycling", "hollow-offers", "fictitious-play", {}, {}),
    ("cycling", "weak-blend-in", "q-learning", {"temperature": 0.01, "learning_rate": 0.3, "episodes": 600_000}, {}),
    ("cycling", KUHN, "cfr", {}, {}),
    ("regularised", "costly-escalation", "magnetic-mirror-descent", {"temperature": 0.4}, {}),
    ("regularised", KUHN, "ppo-mmd", {"entropy": 0.3, "episodes": 400_000}, {}),
    ("regularised", "hollow-offers", "sb3-maskable-ppo", {"entropy": 0.4, "episodes": 60_000}, {}),
    (
        "regularised",
        KUHN,
        "q-learning",
        {"exploration": "epsilon-greedy", "epsilon": 0.2, "episodes": 600_000},
        {},
    ),
    ("regularised", WAR, "ewa", {"sensitivity": 4.0}, {}),
    ("unfinished", "hollow-offers", "ppo", {"episodes": 10_000}, {}),
    ("unfinished", KUHN, "cfr+", {"steps": 3}, {}),
    ("unfinished", WAR, "magnetic-mirror-descent", {"steps": 30}, {}),
    ("unfinished", "weak-blend-in", "roth-erev", {"episodes": 5_000}, {}),
    ("unfinished", KUHN, "sb3-maskable-ppo", {"episodes": 4_000}, {}),
    ("approximation", KUHN, "sb3-maskable-ppo", {"hidden": [1], "episodes": 100_000}, {}),
    ("approximation", KUHN, "mappo", {"hidden": [], "episodes": 400_000}, {}),
    ("selected", "rival-expectations", "fictitious-play", {}, {}),
    ("selected", "rival-expectations", "roth-erev", {"episodes": 600_000}, {}),
    ("selected", "examples/beer-quiche.yaml", "magnetic-mirror-descent", {}, {}),
    ("exploited", KUHN, "fictitious-play", {}, {"first": "uniform"}),
    ("exploited", WAR, "cfr", {}, {"A": "uniform"}),
    ("exploited", "hollow-offers", "sb3-dqn", {"episodes": 30_000}, {"sender": "uniform"}),
)
SPLITS = ("development", "held-out", "fresh")


@dataclass(frozen=True)
class Planted:
    """A run with a known cause.

    Attributes:
        cause: the one that was planted.
        split: of ``SPLITS``.
        config: of the run.
    """

    cause: str
    split: str
    config: TrainConfig


def planted(split: str = "all") -> Iterator[Planted]:
    """The runs of a split, in order."""
    seen: dict[str, int] = {}
    for number, (cause, game, learner, settings, opponents) in enumerate((*PLANS, *FRESH)):
        place = seen[cause] = seen.get(cause, -1) + 1
        part = SPLITS[place % 2] if number < len(PLANS) else "fresh"
        if split in ("all", part):
            named = re.sub(r"[^a-z0-9-]", "-", Path(game).stem)
            values = {
                "name": f"{number:02d}-{cause}-{learner.replace('+', '-plus')}-{named}",
                "game": {"spec": game},
                "learner": {"kind": learner, **settings},
                **({"opponents": opponents} if opponents else {}),
            }
            yield Planted(cause, part, parse_config(values))


def explained(run: Planted, output: Path) -> Explanation:
    """Train a run, if it has not been trained, and explain it."""
    path = output / run.config.name
    if not (path.exists() and load_run(path).finished):
        train(run.config, output, command="benchmarks/explain_planted.py")
    return explain_run(load_run(path))[0]


def is_void(run: Planted, explanation: Explanation) -> bool:
    """Whether a run that was to depart has not departed."""
    return run.cause != SELECTED and explanation.nash_conv <= ARRIVED * explanation.stake


def confusion(found: list[tuple[Planted, Explanation]]) -> str:
    """Planted causes against those named first, as a table in Markdown."""
    lines = ["| planted | runs | " + " | ".join(VOCABULARY) + " |", "|---|---:|" + "---:|" * len(VOCABULARY)]
    for cause in VOCABULARY:
        named = [explanation.first for run, explanation in found if run.cause == cause]
        counts = [str(named.count(word)) if word in named else "" for word in VOCABULARY]
        lines.append(f"| {cause} | {len(named)} | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def main() -> None:
    """Train, explain, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("planted"), help="folder of the runs and the results")
    parser.add_argument("--split", choices=("all", *SPLITS), default="all")
    parser.add_argument("--only", default="", help="only runs whose name contains this")
    arguments = parser.parse_args()
    found = []
    for run in planted(arguments.split):
        if arguments.only in run.config.name:
            explanation = explained(run, arguments.output)
            found.append((run, explanation))
            strengths = " ".join(f"{c.cause}={c.strength:.2f}" for c in explanation.causes if c.strength >= 0.01)
            right = "ok   " if explanation.first == run.cause else "WRONG"
            right = "void " if is_void(run, explanation) else right
            share = explanation.nash_conv / explanation.stake
            where = f"{share:.4f} of the range of payoffs{', arrived' * explanation.arrived}"
            print(f"{right} {run.split} {run.config.name} ({where}) {strengths}", flush=True)
    for split in SPLITS:
        every = [(run, explanation) for run, explanation in found if run.split == split]
        part = [pair for pair in every if not is_void(*pair)]
        if part:
            right = sum(explanation.first == run.cause for run, explanation in part)
            print(f"\n{split}: the planted cause is named first in {right} of {len(part)} runs")
            print(f"({len(every) - len(part)} void)\n\n{confusion(part)}")
    results = [{"planted": run.cause, "split": run.split, **explanation.as_dict()} for run, explanation in found]
    write_bytes(arguments.output / f"{arguments.split}.json", (json.dumps(results, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
