"""One planted cause each, small: is it named first? The whole set is in benchmarks/explain_planted.py."""

from pathlib import Path
from typing import Any

import pytest

from olivebranch.eval.explain.explanation import explain_run
from olivebranch.train.config import parse_config
from olivebranch.train.run import train

NEVER = {"exploration": "epsilon-greedy", "epsilon": 0.0, "initial_value": -10.0, "batch": 1, "episodes": 10_000}
PLANTED: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "unvisited": ("war-example", {"kind": "q-learning", **NEVER}, {}),
    "unfinished": ("kuhn-poker", {"kind": "ppo", "episodes": 10_000}, {}),
    "cycling": ("weak-blend-in", {"kind": "fictitious-play"}, {}),
    "regularised": ("kuhn-poker", {"kind": "q-learning", "temperature": 0.3, "episodes": 600_000}, {}),
    "approximation": ("kuhn-poker", {"kind": "ppo", "hidden": [], "episodes": 400_000}, {}),
    "selected": ("rival-expectations", {"kind": "magnetic-mirror-descent"}, {}),
    "exploited": ("kuhn-poker", {"kind": "q-learning", "episodes": 400_000}, {"second": "uniform"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("cause", PLANTED)
def test_the_planted_cause_is_named_first(cause: str, tmp_path: Path) -> None:
    game, learner, opponents = PLANTED[cause]
    values = {"name": "r", "game": {"preset": game}, "learner": learner}
    run = train(parse_config({**values, "opponents": opponents} if opponents else values), tmp_path)
    (found,) = explain_run(run)
    assert found.first == cause, found.words()
