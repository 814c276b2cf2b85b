"""Seats that do not learn: every kind of learner learns against them, and a run says whom it learned against."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.registry import find_policies
from olivebranch.core.errors import ParameterError
from olivebranch.eval.runs import report_run
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.config import TrainConfig, parse_config
from olivebranch.train.run import load_run, train

SOURCE = """
def hawk(known):
    return "ESCALATE" if "ESCALATE" in known.legal_actions else "FIGHT"

def wrong(known):
    return "DEMONSTRATE"
"""
LEARNERS: dict[str, dict[str, Any]] = {
    "q-learning": {"episodes": 100_000},
    "roth-erev": {"episodes": 100_000},
    "cfr+": {"steps": 200},
    "psro": {"steps": 3},
    "ppo": {"episodes": 60_000, "hidden": [8]},
    "r-nad": {"episodes": 30_000, "batch": 200, "hidden": [8], "rounds": 8, "eta": 0.1},
    "nfsp": {"episodes": 50_000, "batch": 500, "hidden": [8], "gradient_steps": 8, "anticipatory": 0.5},
    "sb3-maskable-ppo": {"episodes": 20_000, "hidden": [8]},
}
# Uniform play against the hawk leaves the sender of desperate-first a gain of 0.131.
LEVEL = 0.02


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hawks.py").write_text(SOURCE)


def config(kind: str = "cfr+", name: str = "trial", **others: Any) -> TrainConfig:
    values = {"game": {"preset": "desperate-first"}, "opponents": {"receiver": "hawks.py:hawk"}, "evaluations": 2}
    return parse_config({"name": name, "learner": {"kind": kind, **LEARNERS.get(kind, {})}, **values, **others})


@pytest.mark.parametrize("kind", LEARNERS)
def test_every_family_learns_a_best_response(kind: str, tmp_path: Path) -> None:
    run = train(config(kind), tmp_path / "runs")
    tree = unroll(load_preset("desperate-first").compile())
    policies = run.seeds[0].policies["average" if kind == "nfsp" else "last"]
    profile = behaviour_of(tree, policies)
    evaluation = evaluate(profile)
    assert evaluation.gains[0] < LEVEL
    # The receiver's part is the hawk, at every information set.
    hawk = behaviour_of(tree, [policies[0], find_policies("hawks.py:hawk", config().game.named()).profiles[0][1]])
    for stage in range(tree.n_stages):
        np.testing.assert_array_equal(profile.of(1, stage), hawk.of(1, stage))
    last = run.seeds[0].metrics()[-1].policies["last"]
    assert last.nash_conv == pytest.approx(sum(last.gains.values()))
    assert last.gains["receiver"] > 0.01  # the hawk itself does not play a best response


def test_the_sender_may_be_the_one_that_is_fixed(tmp_path: Path) -> None:
    """Against the sender of an equilibrium the receiver has nothing to gain beyond its own best response."""
    run = train(config(opponents={"sender": "equilibrium:low-talks"}), tmp_path / "runs")
    gains = run.seeds[0].metrics()[-1].policies["last"].gains
    assert gains["receiver"] == pytest.approx(0.0, abs=1e-3)


def test_several_processes_and_interruptions_change_nothing(tmp_path: Path) -> None:
    whole = train(config("q-learning", seeds=2), tmp_path / "one", workers=1)
    again = train(config("q-learning", seeds=2), tmp_path / "two", workers=2)
    for first, second in zip(whole.seeds, again.seeds, strict=True):
        for file in sorted(path for path in first.path.rglob("*") if path.is_file()):
            assert file.read_bytes() == (second.path / file.relative_to(first.path)).read_bytes()


def test_the_run_records_whom_it_learned_against_and_code_that_changes_is_refused(tmp_path: Path) -> None:
    path = train(config(), tmp_path / "runs").path
    assert [entry["spec"] for entry in json.loads((path / "run.json").read_text())["code"]] == ["hawks.py:hawk"]
    report = report_run(load_run(path)).as_dict()
    assert report["opponents"] == {"receiver": "hawks.py:hawk"}
    (tmp_path / "hawks.py").write_text(SOURCE + "\n")
    with pytest.raises(ParameterError, match=r"code = 'hawks\.py:hawk': expected the code that was used before"):
        load_run(path)


def test_policy_files_that_change_end_training_but_not_evaluation(tmp_path: Path) -> None:
    first = train(config(name="first"), tmp_path / "runs").path
    against = {"receiver": "runs/first"}
    second = train(config("q-learning", name="second", opponents=against), tmp_path / "runs").path
    files = [entry["spec"] for entry in json.loads((second / "run.json").read_text())["files"]]
    assert files == [f"runs/first/seed-0000/last/{player}.safetensors" for player in ("sender", "receiver")]
    (first / "seed-0000" / "last" / "sender.safetensors").write_bytes(b"changed")
    with pytest.raises(ParameterError, match="expected the file that was used before"):
        train(config("q-learning", name="second", opponents=against, seeds=2), tmp_path / "runs")
    shutil.rmtree(first)
    assert report_run(load_run(second)).as_dict()["profiles"]["last"]["seeds"][0]["gains"]["sender"] < LEVEL


@pytest.mark.parametrize(
    "opponents,message",
    [
        ({"referee": "uniform"}, "opponents = 'referee': expected one of sender, receiver"),
        ({"sender": "uniform", "receiver": "uniform"}, "some of sender, receiver, but not all"),
        ({}, "some of sender, receiver, but not all"),
        ({"receiver": 3}, "opponents.receiver = 3: expected text"),
        ("uniform", "opponents = 'uniform': expected a mapping"),
    ],
)
def test_a_config_that_cannot_be_meant_is_refused(opponents: Any, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        config(opponents=opponents)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "spec,message",
    [
        ("nobody", "opponents.receiver = 'nobody': expected a policy"),
        ("hawks.py:wrong", "hawks.py:wrong = 'DEMONSTRATE': expected for receiver"),
        ("hawks.py:absent", "opponents.receiver = 'hawks.py:absent': expected a name"),
    ],
)
def test_an_opponent_that_cannot_play_is_refused_before_anything_is_lost(
    spec: str, message: str, tmp_path: Path
) -> None:
    kept = train(config(), tmp_path / "runs").path
    with pytest.raises(ParameterError) as caught:
        train(config(opponents={"receiver": spec}), tmp_path / "runs", overwrite=True)
    assert message in str(caught.value)
    if "wrong" not in spec:  # it exists; that it plays no legal action shows when it is asked
        assert load_run(kept).finished


def test_a_run_without_opponents_says_nothing_of_them() -> None:
    plain = parse_config({"name": "a", "game": {"preset": "desperate-first"}, "learner": {"kind": "cfr+"}})
    assert "opponents" not in plain.as_yaml()
    assert parse_config(plain.as_dict()) == plain
