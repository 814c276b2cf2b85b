"""The example about sampled plays: frequencies and payoffs near the exact ones, in every preset of the talks game."""

import re
import runpy
from pathlib import Path

import pytest

from olivebranch.games.registry import load_preset, preset_names
from olivebranch.theory.talks.solve import solve_talks

EXAMPLE = Path(__file__).parents[2] / "examples" / "sampled_plays.py"


@pytest.mark.parametrize("preset", preset_names("talks"))
def test_frequencies_and_payoffs_are_near_the_exact_ones(preset: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLE))["main"]([preset, "--plays", "4000000", "--seed", "3"])
    first, _, *lines = capsys.readouterr().out.splitlines()
    assert first == f"{preset}, {solve_talks(load_preset(preset).parameters).names[0]}, 4,000,000 plays"
    courses = [line.split() for line in lines if not line.startswith("payoff")]
    assert sum(float(course[3]) for course in courses) == pytest.approx(1, abs=1e-5)
    assert sum(float(course[4]) for course in courses) == pytest.approx(1, abs=1e-5)
    assert all(abs(float(course[5])) < 4.5 for course in courses)
    payoffs = [re.findall(r"-?\d+\.\d+", line) for line in lines if line.startswith("payoff")]
    assert len(payoffs) == 2
    for exact, mean in payoffs:
        assert float(mean) == pytest.approx(float(exact), abs=0.002)
