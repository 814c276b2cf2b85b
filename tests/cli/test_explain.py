"""``olivebranch explain``: words, JSON, one line for each of several runs, and what it refuses."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.core.errors import ParameterError
from olivebranch.train.config import parse_config
from olivebranch.train.run import train


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("runs")
    for name, learner in (("a", {"kind": "cfr", "steps": 5}), ("b", {"kind": "hedge", "steps": 5})):
        config = {"name": name, "game": {"preset": "kuhn-poker"}, "learner": learner, "seeds": 2, "evaluations": 5}
        train(parse_config(config), folder)
    return folder


def test_one_run_is_explained_in_words(runs: Path) -> None:
    result = CliRunner().invoke(app, ["explain", str(runs / "a")])
    assert result.exit_code == 0
    assert "Play is not an equilibrium" in result.stdout
    assert "1. unfinished, strength" in result.stdout
    assert result.stdout.count("last policy") == 2  # one explanation a seed


def test_json_has_causes_strongest_first(runs: Path) -> None:
    result = CliRunner().invoke(app, ["explain", str(runs / "a"), "--json", "--policy", "average"])
    assert result.exit_code == 0
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [entry["seed"] for entry in found] == [0, 1]
    assert {"run", "nash_conv", "question", "nearest", "causes", "missing"} <= set(found[0])
    for entry in found:
        assert entry["policy"] == "average"
        assert {"cause", "strength", "where", "evidence"} <= set(entry["causes"][0])
        strengths = [cause["strength"] for cause in entry["causes"]]
        assert strengths == sorted(strengths, reverse=True)


def test_a_folder_of_runs_gives_a_line_for_each_seed(runs: Path) -> None:
    result = CliRunner().invoke(app, ["explain", str(runs)])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split(":")[0].rsplit("/", 1)[1] for line in lines] == ["a seed 0", "a seed 1", "b seed 0", "b seed 1"]


def test_what_is_no_run_is_refused(tmp_path: Path, runs: Path) -> None:
    with pytest.raises(ParameterError, match=r"runs = .*: expected a run folder"):
        CliRunner().invoke(app, ["explain", str(tmp_path)], catch_exceptions=False)
    with pytest.raises(ParameterError, match=r"policy = 'best': expected a policy that the run has: last, average"):
        CliRunner().invoke(app, ["explain", str(runs / "a"), "--policy", "best"], catch_exceptions=False)
