"""``olivebranch eval``: where its files go, and what it says of seeds that are missing."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from olivebranch.cli import main
from olivebranch.cli.evaluate import default_output
from olivebranch.train.config import parse_config
from olivebranch.train.run import train


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short runs, a and b, the second without its seed 1."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("a", "b"):
        learner = {"kind": "q-learning", "episodes": 2000}
        config = {"name": name, "game": {"preset": "kuhn-poker"}, "learner": learner, "seeds": 3, "evaluations": 1}
        train(parse_config(config), folder)
    shutil.rmtree(folder / "b" / "seed-0001")
    return folder


def evaluate(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["olivebranch", "eval", "--no-figure", "--json", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code


def test_several_runs_leave_each_others_evaluations_alone(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(monkeypatch, str(runs / "a"))
    own = (runs / "a" / "evaluation.json").read_bytes()
    evaluate(monkeypatch, str(runs / "a"), str(runs / "b"))
    assert (runs / "a" / "evaluation.json").read_bytes() == own
    assert not (runs / "b" / "evaluation.json").exists()
    both = json.loads((runs / "evaluation" / "a+b" / "evaluation.json").read_text())
    assert [report["name"] for report in both] == ["a", "b"]
    captured = capsys.readouterr()
    assert [json.loads(line)["missing_seeds"] for line in captured.out.splitlines()] == [[], [], [1]]
    said = [line for line in captured.err.splitlines() if "not trained" in line]
    assert len(said) == 1
    assert said[0].startswith(f"olivebranch: {runs / 'b'}: ")
    assert said[0].endswith("not trained: 1")


def test_the_folder_of_a_comparison_is_named_after_its_runs_however_many(tmp_path: Path) -> None:
    names = [f"a-long-name-of-a-run-{number}" for number in range(40)]
    first = default_output([tmp_path / name for name in names])
    second = default_output([tmp_path / name for name in names[:-1]])
    assert first.parent == second.parent == tmp_path / "evaluation"
    assert first != second
    assert max(len(first.name), len(second.name)) < 120
    assert default_output([tmp_path / "one" / "a", tmp_path / "two" / "b"]) == tmp_path / "evaluation" / "a+b"
    assert default_output([tmp_path / "a"]) == tmp_path / "a"
