"""Run folders: what is in them, the same bytes from the same config and seed, interruption, refusal to overwrite."""

import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.games import ParameterError
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.train import run as run_module
from olivebranch.train.config import TrainConfig, parse_config
from olivebranch.train.measurement import Choice
from olivebranch.train.metrics import Meter
from olivebranch.train.run import load_run, seed_folder, train


def config(**others: object) -> TrainConfig:
    return parse_config(
        {
            "name": "trial",
            "game": {"preset": "weak-blend-in"},
            "learner": {"kind": "q-learning", "episodes": 4_000, "batch": 20},
            "seeds": 3,
            "evaluations": 4,
        }
        | others
    )


def digests(path: Path) -> dict[str, str]:
    """Of all files that are to depend on config and seed alone."""
    files = [file for file in path.glob("seed-*/**/*") if file.is_file()]
    return {str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_run_folder_holds_config_record_metrics_and_policies(tmp_path: Path) -> None:
    run = train(config(), tmp_path, command="olivebranch train trial")
    assert run.finished
    assert run.config == config()
    assert [seed.seed for seed in run.seeds] == [0, 1, 2]
    record = json.loads((run.path / "run.json").read_text())
    assert record["command"] == "olivebranch train trial"
    assert record["seeds"] == [0, 1, 2]
    assert record["versions"]["numpy"] == np.__version__
    assert set(digests(run.path)) == {
        f"seed-000{seed}/{name}"
        for seed in range(3)
        for name in [
            "metrics.jsonl",
            "record.safetensors",
            *(f"{which}/{player}.safetensors" for which in ("last", "average") for player in ("sender", "receiver")),
        ]
    }
    assert not list(run.path.rglob(".*"))


def test_metrics_are_those_of_the_saved_policies(tmp_path: Path) -> None:
    run = train(config(), tmp_path)
    meter = Meter(run.config.game.compile())
    seed = run.seeds[1]
    looks = seed.metrics()
    assert [look.update for look in looks] == [0, 50, 100, 150, 200]
    assert [look.episodes for look in looks] == [0, 1000, 2000, 3000, 4000]
    for which, policies in seed.policies.items():
        exact = evaluate(behaviour_of(meter.tree, policies))
        measured = looks[-1].policies[which]
        assert measured.nash_conv == exact.nash_conv
        assert measured.payoffs == {"sender": exact.values[0], "receiver": exact.values[1]}
        assert measured.gains == {"sender": exact.gains[0], "receiver": exact.gains[1]}
        offer = behaviour_of(meter.tree, policies).of(0, 0)[0, 1, 2]
        assert measured.probabilities[Choice("sender", "low", "start", "OFFER_TALKS")] == offer


def test_tensorboard_gets_every_metric(tmp_path: Path) -> None:
    run = train(config(seeds=[5]), tmp_path)
    events = EventAccumulator(str(run.path / "tensorboard" / "seed-0005")).Reload()
    looks = run.seeds[0].metrics()
    assert not events.Tags()["tensors"]
    assert set(events.Tags()["scalars"]) == set(looks[0].scalars())
    for name in looks[0].scalars():
        logged = events.Scalars(name)
        assert [event.step for event in logged] == [look.episodes for look in looks]
        assert [event.value for event in logged] == pytest.approx([look.scalars()[name] for look in looks], rel=1e-6)


def test_same_config_and_seed_same_bytes_whatever_the_workers(tmp_path: Path) -> None:
    first = digests(train(config(), tmp_path / "one").path)
    second = digests(train(config(), tmp_path / "two", workers=2).path)
    alone = digests(train(config(seeds=[2]), tmp_path / "alone").path)
    assert first == second
    assert alone.items() <= first.items()
    assert first["seed-0000/metrics.jsonl"] != first["seed-0001/metrics.jsonl"]


@pytest.mark.parametrize(
    "learner", [{"kind": "ppo"}, {"kind": "sb3-maskable-ppo", "environments": 50, "minibatch": 50}]
)
def test_networks_too_give_the_same_bytes_whatever_the_workers(tmp_path: Path, learner: dict[str, object]) -> None:
    small = config(learner=learner | {"episodes": 300, "batch": 100, "hidden": [8], "snapshots": 2}, seeds=2)
    first = train(small, tmp_path / "one")
    second = train(small, tmp_path / "two", workers=2)
    assert digests(first.path) == digests(second.path)
    assert {"last", "average"} == set(first.seeds[0].policies)
    assert first.seeds[0].metrics()[-1].policies["last"].nash_conv > 0


def test_an_interrupted_run_continues_with_the_missing_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = digests(train(config(), tmp_path / "whole").path)
    trained: list[int] = []
    original = run_module.train_seed

    def fail_in_the_middle(config: TrainConfig, seed: int, folder: Path, *rest: object) -> None:
        trained.append(seed)
        if seed == 1 and trained.count(1) == 1:
            (folder / "metrics.jsonl").write_text("half a file")
            raise KeyboardInterrupt
        original(config, seed, folder, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run_module, "train_seed", fail_in_the_middle)
    with pytest.raises(KeyboardInterrupt):
        train(config(), tmp_path / "broken")
    partial = load_run(tmp_path / "broken" / "trial")
    assert not partial.finished
    assert [seed.seed for seed in partial.seeds] == [0]
    continued = train(config(), tmp_path / "broken")
    assert trained == [0, 1, 1, 2]
    assert continued.finished
    assert digests(continued.path) == whole


def test_a_finished_run_is_not_overwritten_unless_told_to(tmp_path: Path) -> None:
    path = train(config(), tmp_path).path
    before = digests(path)
    with pytest.raises(ParameterError, match="expected a run that is not finished; overwrite to train it again"):
        train(config(), tmp_path)
    with pytest.raises(ParameterError, match="expected the config that this run was begun with"):
        train(config(seeds=1), tmp_path)
    assert digests(path) == before
    assert len(train(config(seeds=1), tmp_path, overwrite=True).seeds) == 1
    assert not seed_folder(path, 2).exists()


def test_seeds_are_added_to_a_run_whether_or_not_it_is_finished(tmp_path: Path) -> None:
    whole = digests(train(config(seeds=4), tmp_path / "whole").path)
    path = train(config(seeds=2), tmp_path / "grown", command="first").path
    before = digests(path)
    run = train(config(seeds=4), tmp_path / "grown", command="second")
    assert run.config == config(seeds=4)
    assert run.finished
    assert digests(path) == whole
    assert before.items() <= whole.items()
    record = json.loads((path / "run.json").read_text())
    assert (record["command"], record["seeds"]) == ("first", [0, 1, 2, 3])
    assert [(entry["command"], entry["seeds"]) for entry in record["added"]] == [("second", [2, 3])]
    shutil.rmtree(seed_folder(path, 1))
    assert [seed.seed for seed in train(config(seeds=[0, 1, 2, 3, 9]), tmp_path / "grown").seeds] == [0, 1, 2, 3, 9]


@pytest.mark.parametrize(
    "changes",
    [{"seeds": 2}, {"seeds": [7, 8, 9]}, {"seeds": 5, "evaluations": 3}, {"seeds": 5, "learner": {"kind": "cfr"}}],
)
def test_no_seed_is_taken_away_and_nothing_else_is_changed(tmp_path: Path, changes: dict[str, object]) -> None:
    path = train(config(), tmp_path).path
    before, content = digests(path), (path / "config.yaml").read_bytes()
    with pytest.raises(ParameterError, match="to which seeds may be added"):
        train(config(**changes), tmp_path)
    assert digests(path) == before
    assert (path / "config.yaml").read_bytes() == content


def test_a_folder_that_is_no_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "thesis.txt").write_text("years of work")
    with pytest.raises(ParameterError, match="this folder holds something else"):
        train(config(), tmp_path, overwrite=True)
    assert (tmp_path / "trial" / "thesis.txt").read_text() == "years of work"
    with pytest.raises(ParameterError, match="expected a run folder"):
        load_run(tmp_path / "trial")
    with pytest.raises(ParameterError, match="workers = 0"):
        train(config(), tmp_path, workers=0)


def test_two_processes_do_not_train_the_same_run(tmp_path: Path) -> None:
    (tmp_path / "trial").mkdir()
    folder = os.open(tmp_path / "trial", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(ParameterError, match="expected a run that no other process is training now"):
        train(config(), tmp_path)
    os.close(folder)
    assert train(config(), tmp_path).finished


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_is_reported_in_seeds(tmp_path: Path, workers: int) -> None:
    reports: list[tuple[float, int, str]] = []
    train(config(), tmp_path, workers=workers, report=lambda *report: reports.append(report))
    done, totals, notes = zip(*reports, strict=True)
    assert done[0] == 0
    assert done[-1] == pytest.approx(3)
    assert list(done) == sorted(done)
    assert set(totals) == {3}
    assert {note.split(":")[0] for note in notes[1:]} == {"seed 0", "seed 1", "seed 2"}
    assert "NashConv 0.0" in notes[-1]


AWKWARD = """
from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.policies.uniform import UniformPolicy

class Settings(ExactSettings):
    gives: str = "good"

class Mine(UniformPolicy):
    kind = "mine"

class Learner:
    settings_class = Settings
    total_updates = 3
    def __init__(self, game, settings, seed):
        self.gives = settings.gives
    def update(self): ...
    def policies(self):
        good = (UniformPolicy(), UniformPolicy())
        return {
            "good": {"last": good},
            "no last": {"average": good},
            "mine": {"last": (UniformPolicy(), Mine())},
            "none": {"last": None},
        }[self.gives]
    def state(self): return {}
    def restore(self, state): ...
"""


@pytest.mark.parametrize(
    "gives,message",
    [
        ("no last", "policies() with an entry 'last', and not only ['average']"),
        ("mine", "for each seat a policy of the kinds uniform, constant"),
        ("none", "a profile on the game's tree, or for each seat a policy"),
    ],
)
def test_a_learner_whose_play_cannot_be_kept_is_refused_at_once(
    gives: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "awkward.py").write_text(AWKWARD)
    values = {"name": "a", "game": {"preset": "costly-escalation"}, "evaluations": 1}
    good = {"kind": "awkward.py:Learner"}
    assert train(parse_config({**values, "learner": good}), tmp_path / "runs").finished
    with pytest.raises(ParameterError) as caught:
        train(parse_config({**values, "name": "b", "learner": {**good, "gives": gives}}), tmp_path / "runs")
    assert message in str(caught.value)


def test_a_run_whose_policies_have_changed_places_is_refused_in_one_line(tmp_path: Path) -> None:
    run = train(config(seeds=1), tmp_path)
    last = run.path / "seed-0000/last"
    shutil.copy(last / "sender.safetensors", last / "receiver.safetensors")
    with pytest.raises(
        ParameterError, match=r"receiver\.safetensors': expected the policy of receiver, not of 'sender'"
    ):
        load_run(run.path)
