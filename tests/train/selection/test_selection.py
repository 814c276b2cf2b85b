"""The experiment: the same bytes however often interrupted, and wherever done; starts; bad input named."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.theory.talks.kernel import POOL_FIGHT
from olivebranch.train.config import read_values, validated
from olivebranch.train.selection.config import LearnerPlan, SelectionConfig, default_path
from olivebranch.train.selection.jobs import RunJob, SampleJob, component_start, load, pool_fight_start, training_jobs
from olivebranch.train.selection.run import train_selection

BASE = {
    "name": "tiny",
    "games": 3,
    "full_games": 5,
    "seeds": 2,
    "chunk": 2,
    "draws": 200_000,
    "disagreements": [["D1", "receiver's payoff"]],
    "cells": ["soft door"],
    "learners": {
        "blind": {"learner": {"kind": "q-learning", "episodes": 3000, "batch": 1, "exploration": "epsilon-greedy"}},
        "exact": {"learner": {"kind": "replicator", "steps": 20}, "play": "average"},
    },
    "freezing": {"cell": "soft door", "games": 2, "seeds": 2, "step_sizes": [0.05], "plays": [1000]},
    "off_path": {"games": 2, "seeds": 2, "updates": 20},
}


def config(**changes: object) -> SelectionConfig:
    return validated(SelectionConfig, {**BASE, **changes})


def digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_bytes_do_not_depend_on_workers_or_on_interruptions(tmp_path: Path) -> None:
    seen: list[tuple[float, int, str]] = []
    whole = train_selection(config(), tmp_path / "a", report=lambda *now: seen.append(now))
    assert digests(whole) == digests(train_selection(config(), tmp_path / "b", backend=Backend(workers=2)))
    for what in ("samples", "runs"):
        phase = [(done, total) for done, total, name in seen if name == what]
        assert phase[0][0] == 0
        assert phase[-1][0] == pytest.approx(phase[-1][1], abs=1)
    before = digests(whole)
    for name in ("samples/01.npz", "runs/00/blind-component-002.npz", "off-path/0-boltzmann.npz"):
        (whole / name).unlink()
    train_selection(config(), tmp_path / "a")
    assert digests(whole) == before


def test_what_one_learner_does_does_not_depend_on_the_others_or_on_other_samples(tmp_path: Path) -> None:
    whole = train_selection(config(), tmp_path / "a")
    learners = {"blind": BASE["learners"]["blind"]}
    part = train_selection(
        config(learners=learners, disagreements=[["D1", "joint payoff"], *BASE["disagreements"]]), tmp_path / "b"
    )
    for start in ("uniform", "random", "component"):
        one, other = (folder / f"blind-{start}-000.npz" for folder in (whole / "runs/00", part / "runs/01"))
        assert one.read_bytes() == other.read_bytes()


def test_play_starts_where_it_is_said_to(tmp_path: Path) -> None:
    """With no exploration and a single play, a Q-learner is where it began."""
    still = {"kind": "q-learning", "episodes": 1, "batch": 1, "exploration": "epsilon-greedy", "epsilon": 0.0}
    learners = {
        "still": {"learner": still | {"learning_rate": 0.0}},
        "exact": {"learner": {"kind": "replicator", "steps": 1, "step_size": 0.0}},
    }
    chosen = config(learners=learners, freezing=None, off_path=None, cells=["high prior, weak tempted first"])
    folder = train_selection(chosen, tmp_path)
    sample = SampleJob(chosen, folder, 1).load()
    for label, slack in (("still", 1e-9), ("exact", 0.021)):
        job = RunJob(chosen, folder, 1, label, "component", 0)
        game, row = job.rows(sample.terms)
        state = load(job.path)["state"]
        assert state.shape == (len(game), 2, 4)
        assert set(game) == {0, 1}
        for place in np.flatnonzero(row == POOL_FIGHT):
            assert (state[place, :, :2] <= slack).all()
            np.testing.assert_allclose(state[place, :, 2], 1.0, atol=slack)
    exact = load(RunJob(chosen, folder, 1, "exact", "component", 0).path)["state"]
    assert (exact[:, 0] != exact[:, 1]).any()  # each seed has random play of its own in its start


def test_starts_are_profiles_with_the_harshest_replies(tmp_path: Path) -> None:
    chosen = config(cells=["high prior, weak tempted first", "soft door"])
    folder = train_selection(chosen, tmp_path)
    terms = SampleJob(chosen, folder, 1).load().terms
    start = pool_fight_start(terms)
    np.testing.assert_array_equal(start.sender[:, :, 1], 0.0)
    np.testing.assert_array_equal(start.receiver[:, 1, 1], 1.0)
    other = component_start(terms, np.full(len(terms), POOL_FIGHT))
    np.testing.assert_array_equal(start.receiver, other.receiver)


def test_near_changes_settings_in_components_only() -> None:
    plan = validated(LearnerPlan, {"learner": {"kind": "exp3"}, "near": {"exploration": 0.01}})
    assert plan.settings("component").exploration.start == 0.01
    assert plan.settings("uniform").exploration.start == 0.2


def test_configs_that_come_with_it_are_valid_and_small_is_small() -> None:
    default = validated(SelectionConfig, read_values(default_path()))
    assert len(default.disagreements) == 12
    assert default.games == 100
    assert default.at_full_size().games == 500
    assert {plan.learner.kind for plan in default.learners.values()} == {
        "q-learning", "exp3", "roth-erev", "ewa", "hedge", "replicator", "cfr", "cfr+", "fictitious-play",
        "magnetic-mirror-descent", "ppo",
    }  # fmt: skip
    folder = Path(__file__).parents[3] / "configs/selection"
    assert (folder / "default.yaml").read_bytes() == default_path().read_bytes()
    small = validated(SelectionConfig, read_values(folder / "small.yaml"))
    assert len(training_jobs(small, Path())) < 100


@pytest.mark.parametrize(
    "changes,message",
    [
        ({"disagreements": [["D1", "D2"]]}, r"rule = 'D2': expected one of D1, intuitive criterion"),
        ({"disagreements": [["D1", "D1"]]}, r"rule = 'D1': expected a rule other than D1"),
        ({"disagreements": [["D1", "joint payoff"]] * 2}, r"expected each pair and each cell once"),
        ({"cells": ["soft dor"]}, r"cell = 'soft dor': expected one of .*; did you mean 'soft door'"),
        ({"cells": []}, r"freezing.cell = 'soft door': expected"),
        ({"learners": {"a": {"learner": {"kind": "nfsp"}}}}, r"kind = 'nfsp': expected one of cfr"),
        ({"learners": {"a": {"learner": {"kind": "cfr"}, "near": {"kind": "ppo"}}}}, r"near.kind = 'ppo': expected"),
        ({"learners": {"a": {"learner": {"kind": "cfr"}, "near": {"heat": 1}}}}, r"heat = 1: expected a known key"),
        ({"learners": {"a": {"learner": {"kind": "cfr"}, "starts": ["warm"]}}}, r"starts.* = 'warm': expected"),
        ({"games": 1}, r"games = 1: expected"),
        ({"tolerance": 0.7}, r"tolerance = 0.7: expected"),
    ],
)
def test_bad_configs_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        config(**changes)


def test_folders_that_hold_something_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "notes.txt").write_text("mine")
    with pytest.raises(ParameterError, match="this folder holds something else"):
        train_selection(config(), tmp_path)
    train_selection(config(), tmp_path / "b")
    with pytest.raises(ParameterError, match="overwrite to replace"):
        train_selection(config(seeds=3), tmp_path / "b")
    with pytest.raises(ParameterError, match="workers = 0"):
        train_selection(config(), tmp_path / "b", backend=Backend(workers=0))
    folder = train_selection(config(seeds=1), tmp_path / "b", overwrite=True)
    assert load(folder / "runs/00/blind-random-000.npz")["state"].shape[1] == 1
    (folder / "samples/00.npz").write_bytes(b"no zip")
    with pytest.raises(ParameterError, match="a file of a selection experiment"):
        load(folder / "samples/00.npz")


def command(path: Path, folder: Path, *options: str) -> list[str]:
    main = "from olivebranch.cli import main; main()"
    return [sys.executable, "-c", main, "selection", str(path), "--out", str(folder), "-q", *options]


@pytest.mark.slow
def test_killed_and_started_again_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """The whole command, killed by signal 9 while it trains, then run again; tables, page and pictures included."""
    path = tmp_path / "config.yaml"
    slow = {"learner": {"kind": "q-learning", "episodes": 400_000, "batch": 1}}
    path.write_text(yaml.safe_dump(BASE | {"chunk": 1, "learners": BASE["learners"] | {"slow": slow}}))
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with subprocess.Popen(command(path, killed, "--workers", "2"), stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 300
        while not any((killed / "tiny" / "runs").rglob("slow*.npz")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    done = set(digests(killed / "tiny"))
    subprocess.run(command(path, killed, "--workers", "2"), check=True, stdout=subprocess.DEVNULL)
    subprocess.run(command(path, whole, "--workers", "1"), check=True, stdout=subprocess.DEVNULL)
    theirs, ours = digests(whole / "tiny"), digests(killed / "tiny")
    assert {name: digest for name, digest in ours.items() if not name.endswith(".tmp")} == theirs
    assert len(done) < len(theirs)
    assert {"summary.json", "summary.md", "rules.csv", "doors.png"} <= set(theirs)


@pytest.mark.slow
def test_ray_makes_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(BASE))
    for folder, backend in (("a", "ray"), ("b", "local")):
        subprocess.run(
            command(path, tmp_path / folder, "--backend", backend, "--workers", "2"),
            check=True,
            stdout=subprocess.DEVNULL,
        )
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_the_command_prints_predictions_and_refuses_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(BASE))
    printed = subprocess.run(
        command(path, tmp_path / "out", "--full", "--workers", "1"), check=True, capture_output=True, text=True
    ).stdout
    assert "undecided" in printed or "holds" in printed
    assert (tmp_path / "out" / "tiny-full" / "summary.json").is_file()
    refused = subprocess.run(
        command(path, tmp_path / "out", "--backend", "rai"), check=False, capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert "backend = 'rai': expected one of local, ray; did you mean 'ray'?" in refused.stderr
    assert "Traceback" not in refused.stderr
