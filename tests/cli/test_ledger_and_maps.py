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
        assert set(line["verdicts"]) == {"PBE", "D1"}
        assert line["draws"] == sum(check["draws"] for check in line["checks"])
    (c3,) = [line for line in lines if line["claim"] == "C3"]
    assert c3["verdicts"]["PBE"] == "holds with a correction"
    assert c3["checks"][0]["counterexamples"][0]["equilibria"] == {"pool-talk": True}
    assert run("claims", "--theory", "--json", "--draws", "30", "--seed", "3").stdout == result.stdout


def test_claims_prints_counterexamples_and_a_summary(run: Callable[..., Run]) -> None:
    shown = run("claims", "--theory", "--draws", "30").stdout
    assert "The claims ledger, theory column" in shown
    assert "corrected" in shown
    assert "loss_low" in shown


def test_claims_refuses_what_it_cannot_do(run: Callable[..., Run]) -> None:
    assert "--theory" in refused(run("claims"))
    assert "--draws = '0'" in refused(run("claims", "--theory", "--draws", "0"))


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
