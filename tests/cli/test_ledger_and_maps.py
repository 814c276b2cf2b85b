"""``olivebranch claims`` and ``olivebranch regions`` as a user runs them."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from olivebranch.cli import main
from olivebranch.eval.ledger.page import MARKER
from olivebranch.games.registry import load_preset
from olivebranch.theory.talks.solve import EQUILIBRIUM_NAMES, solve_talks


class Run(NamedTuple):
    """What a command did."""

    stdout: str
    stderr: str
    status: int


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    def command(*arguments: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["olivebranch", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Run(captured.out, captured.err, int(ended.value.code or 0))

    return command


def refused(result: Run) -> str:
    assert (result.status, result.stdout) == (2, "")
    lines = [line for line in result.stderr.splitlines() if not re.search(r"; \d+ s$", line)]  # progress
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_claims_prints_one_json_object_a_claim(run: Callable[..., Run]) -> None:
    result = run("claims", "--theory", "--json", "--draws", "30", "--seed", "3")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["claim"] for line in lines] == [f"C{number}" for number in range(1, 10)]
    for line in lines:
        assert set(line["verdicts"]) == {"PBE", "D1", "passive", "logit limit"}
        assert all(shares["PBE"]["some"] == 1 for shares in line["inside"].values())
        assert line["draws"] == sum(check["draws"] for check in line["checks"])
    (c3,) = [line for line in lines if line["claim"] == "C3"]
    assert c3["verdicts"]["PBE"] == "holds with a correction"
    assert c3["checks"][0]["counterexamples"][0]["equilibria"] == {"pool-talk": True}
    assert run("claims", "--theory", "--json", "--draws", "30", "--seed", "3").stdout == result.stdout


def test_claims_prints_counterexamples_and_a_summary(run: Callable[..., Run]) -> None:
    shown = run("claims", "--theory", "--draws", "30").stdout
    assert "The claims ledger, theory columns" in shown
    assert "corrected" in shown
    assert "loss_low" in shown


def test_claims_refuses_what_it_cannot_do(run: Callable[..., Run]) -> None:
    assert "--theory: expected no --page" in refused(run("claims", "--theory", "--scale", "0.5"))
    assert "scale = 2.0: expected a number above 0" in refused(run("claims", "--scale", "2"))
    assert "expected a ledger's folder" in refused(run("claims", "--against", "nowhere"))
    assert "--draws = '0'" in refused(run("claims", "--theory", "--draws", "0"))


SMALL = """
name: small
games: 3
draws: 40
learners:
  - {learner: {kind: cfr+, steps: 30}, play: average}
  - {learner: {kind: q-learning, episodes: 2000, batch: 100}, seeds: 2}
wars: {2: 2}
patrons: 2
elsewhere: 2
war_learners: [{learner: {kind: cfr+, steps: 20}, play: average}]
"""


def test_claims_learns_writes_its_page_and_compares_seeds(tmp_path: Path, run: Callable[..., Run]) -> None:
    config, page = tmp_path / "small.yaml", tmp_path / "page.md"
    config.write_text(SMALL)
    page.write_text(f"The protocol.\n\n{MARKER}\nan older table\n")
    flags = ["claims", "--config", str(config), "--output", str(tmp_path), "--quiet"]
    result = run(*flags, "--json", "--page", str(page))
    assert result.status == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["claim"] for line in lines] == [f"C{number}" for number in range(1, 12)]
    expected = (["cfr+", "q-learning"], ["cfr+"])
    for line in lines:
        assert set(line["theory"]["verdicts"]) == {"PBE", "D1", "passive", "logit limit"}
        assert line["learned"]["verdict"] in ("agrees", "departs", "undecided")
        assert list(line["learned"]["learners"]) == expected[line["claim"] in ("C10", "C11")]
    text = page.read_text()
    assert text.startswith(f"The protocol.\n\n{MARKER}\n\n## Results")
    assert "an older table" not in text
    assert "**C10.1:" in text
    same = run(*flags, "--against", str(tmp_path / "small"))
    assert same.status == 0
    assert "No verdict differs" in same.stdout
    assert run(*flags, "--json").stdout == result.stdout
    assert "expected the config that this ledger was begun with" in refused(run(*flags, "--seed", "4"))


def test_regions_writes_two_pictures_and_the_array(tmp_path: Path, run: Callable[..., Run]) -> None:
    result = run("regions", "--preset", "mutual-doubt", "--resolution", "50", "--output", str(tmp_path / "map"))
    assert result.status == 0, result.stderr
    assert sorted(path.name for path in (tmp_path / "map").iterdir()) == ["regions.npz", "regions.png", "regions.svg"]
    assert (tmp_path / "map" / "regions.png").read_bytes().startswith(b"\x89PNG")
    with np.load(tmp_path / "map" / "regions.npz", allow_pickle=False) as array:
        assert array["components"].tolist() == list(EQUILIBRIUM_NAMES)
        assert array["exists"].shape == array["d1"].shape == (50, 50, 9)
        assert not (array["d1"] & ~array["exists"]).any()
        base = load_preset("mutual-doubt").parameters
        column = np.abs(array["x_values"] - base.pressure).argmin()
        row = np.abs(array["y_values"] - base.escalation_cost).argmin()
        held = [name for name, there in zip(EQUILIBRIUM_NAMES, array["exists"][row, column], strict=True) if there]
        assert held == list(solve_talks(base).names)


def test_regions_with_slices_and_ranges(tmp_path: Path, run: Callable[..., Run]) -> None:
    result = run(
        "regions", "--preset", "desperate-first", "--x", "shelter", "--y", "face_cost", "--x-range", "0.2", "0.9",
        "--y-range", "0", "0.5", "--resolution", "20", "--refined", "d1", "--slices", "pressure=0.3,0.8",
        "--output", str(tmp_path),
    )  # fmt: skip
    assert result.status == 0, result.stderr
    with np.load(tmp_path / "regions.npz", allow_pickle=False) as array:
        assert array["exists"].shape == (2, 20, 20, 9)
        assert str(array["slice_parameter"]) == "pressure"
        assert array["slice_values"].tolist() == [0.3, 0.8]
        assert 0.2 < array["x_values"].min() < array["x_values"].max() < 0.9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--x", "foo"), "x = 'foo'"),
        (("--resolution", "1"), "resolution = 1"),
        (("--slices", "shelter"), "--slices = 'shelter'"),
        (("--slices", "shelter=2"), "shelter = 2.0"),
        (("--preset", "costly-signal"), "game = 'costly-signal': expected a game of the kind 'talks'"),
    ],
)
def test_regions_refuses_bad_input_and_writes_nothing(
    options: tuple[str, ...], message: str, tmp_path: Path, run: Callable[..., Run]
) -> None:
    target = tmp_path / "none"
    assert message in refused(run("regions", "--preset", "mutual-doubt", "--output", str(target), *options))
    assert not target.exists()
