"""The benchmark's runs: each there once and the same bytes, whoever is interrupted or killed, here and on Ray."""

import hashlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from olivebranch.core.extras import MissingExtra
from olivebranch.core.workers import run_in_processes
from olivebranch.games import ParameterError
from olivebranch.train.benchmark import run as benchmark_module
from olivebranch.train.benchmark.config import BenchmarkConfig
from olivebranch.train.benchmark.run import load_benchmark, run_folder, train_benchmark
from olivebranch.train.config import load_config, read_values, validated
from olivebranch.train.run import load_run

CONFIGS = Path(__file__).parents[3] / "configs" / "benchmark"


def values(**others: Any) -> dict[str, Any]:
    return {
        "name": "trial",
        "algorithms": {"one": {"kind": "q-learning", "episodes": 2000}, "two": {"kind": "q-learning", "episodes": 500}},
        "presets": ["weak-blend-in", "kuhn-poker"],
        "seeds": 2,
        "evaluations": 3,
    } | others


def config(**others: Any) -> BenchmarkConfig:
    return validated(BenchmarkConfig, values(**others))


def digests(folder: Path) -> dict[str, str]:
    """Of all files of all runs that are not to depend on the clock."""
    files = [file for file in folder.glob("runs/*/*/seed-*/**/*") if file.is_file() and file.name != "timing.json"]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_settings_differ_by_game_where_the_config_says_so() -> None:
    changed = config(overrides={"kuhn": {"one": {"episodes": 123}}})
    assert changed.experiment("one", "kuhn-poker").learner.episodes == 123
    assert changed.experiment("one", "weak-blend-in").learner.episodes == 2000
    assert changed.experiment("two", "kuhn-poker").learner.episodes == 500


@pytest.mark.parametrize(
    "others, message",
    [
        ({"algorithms": {"one": {"kind": "guess"}}}, "algorithms.one.kind = 'guess': expected one of cfr, cfr+, "),
        ({"algorithms": {"../x": {"kind": "q-learning"}}}, "../x"),
        ({"algorithms": {}}, "algorithms = {}"),
        ({"presets": ["nowhere"]}, "preset = 'nowhere': expected one of"),
        ({"presets": ["kuhn-poker", "kuhn-poker"]}, "expected each preset once"),
        ({"presets": None}, "games = None: expected a list of game specs"),
        ({"games": []}, "games = []: expected at least 1 entry"),
        ({"games": ["nowhere"]}, "spec = 'nowhere': expected a .yaml or .efg file"),
        ({"games": [{"spec": "kuhn", "name": "../x"}]}, "games.0.name = '../x': expected a name of letters"),
        ({"games": [{"spec": "kuhn", "name": "kuhn-poker"}]}, "games = 'kuhn-poker': expected distinct names"),
        (
            {"games": [{"spec": "kuhn", "size": 3}]},
            "games.0.size = 3: expected a known key: one of spec, parameters, name",
        ),
        ({"seeds": [1, 1]}, "expected distinct whole numbers"),
        (
            {"overrides": {"chess": {}}},
            "overrides = 'chess': expected one of demonstration, kuhn, signalling, talks, war, custom, efg",
        ),
        ({"overrides": {"kuhn": {"three": {}}}}, "overrides.kuhn = 'three': expected one of one, two"),
        ({"overrides": {"kuhn": {"one": {"tempo": 1}}}}, "learner.tempo = 1: expected a known key: one of episodes"),
    ],
)
def test_errors_name_key_value_and_expectation(others: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        config(**others)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def own_games(folder: Path) -> None:
    parameters = {"prior": {"a": 1}, "payoffs": {"a": {"m": {"x": [1, 0], "y": [0, 1]}, "n": {"x": [2, 2]}}}}
    for name in ("mine.yaml", "kuhn-poker.yaml"):
        (folder / name).write_text(yaml.safe_dump({"game": "signalling", "parameters": parameters}))


def test_games_of_ones_own_have_distinct_labels_that_are_safe_in_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own_games(tmp_path)
    games = ["mine.yaml", "kuhn-poker.yaml", {"spec": "kuhn"}, {"spec": "mine.yaml", "name": "mine-2"}, "mine.yaml"]
    chosen = config(games=games)
    assert chosen.labels == ("weak-blend-in", "kuhn-poker", "mine", "kuhn-poker-2", "kuhn", "mine-2", "mine-3")
    assert chosen.experiment("two", "mine-3").game.spec == "mine.yaml"
    assert chosen.experiment("two", "kuhn-poker").game.preset == "kuhn-poker"
    assert validated(BenchmarkConfig, yaml.safe_load(chosen.as_yaml())) == chosen
    alone = {key: value for key, value in values(games=["mine.yaml"]).items() if key != "presets"}
    assert validated(BenchmarkConfig, alone).labels == ("mine",)


def test_settings_may_differ_for_a_kind_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own_games(tmp_path)
    chosen = config(games=["mine.yaml"], overrides={"signalling": {"one": {"episodes": 77}}})
    assert chosen.experiment("one", "mine").learner.episodes == 77
    assert chosen.experiment("one", "kuhn-poker").learner.episodes == 2000


def test_the_config_of_a_folder_from_before_is_the_same_text_today() -> None:
    """Configs with presets alone are written as they were before there were game specs, so that folders go on."""
    written = yaml.safe_load(config().as_yaml())
    assert written["presets"] == ["weak-blend-in", "kuhn-poker"]
    assert "games" not in written
    assert validated(BenchmarkConfig, written) == config()


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_committed_benchmark_is_valid_and_named_after_its_file(path: Path) -> None:
    assert validated(BenchmarkConfig, read_values(path)).name == path.stem


def test_every_run_is_there_whatever_the_workers_and_reads_as_a_run(tmp_path: Path) -> None:
    told: list[tuple[float, int]] = []
    first = train_benchmark(config(), tmp_path / "one", workers=1, report=lambda *told_now: told.append(told_now))
    second = train_benchmark(config(), tmp_path / "two", workers=2)
    assert digests(first) == digests(second)
    assert len(list(first.glob("runs/*/*/seed-*"))) == 8
    assert told[0] == (0, 8)
    assert told[-1] == (8, 8)
    assert load_benchmark(first) == config()
    run = load_run(run_folder(first, "two", "kuhn-poker"))
    assert run.finished
    assert load_config(run.path / "config.yaml").learner.episodes == 500
    assert all('"wall_seconds"' in (seed.path / "timing.json").read_text() for seed in run.seeds)


def test_interrupted_it_goes_on_with_what_is_missing_and_ends_the_same(tmp_path: Path) -> None:
    whole = digests(train_benchmark(config(), tmp_path / "whole", workers=2))

    def stop(done: float, total: int) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_benchmark(config(), tmp_path / "broken", workers=2, report=stop)
    folder = tmp_path / "broken" / "trial"
    assert 0 < len(digests(folder)) < len(whole)
    with pytest.raises(ParameterError, match="expected all runs to be done"):
        load_benchmark(folder)
    assert digests(train_benchmark(config(), tmp_path / "broken", workers=1)) == whole
    kept = {file: file.stat().st_mtime_ns for file in folder.glob("runs/*/*/seed-*/metrics.jsonl")}
    train_benchmark(config(), tmp_path / "broken", workers=1)  # nothing is missing: nothing is done
    assert kept == {file: file.stat().st_mtime_ns for file in folder.glob("runs/*/*/seed-*/metrics.jsonl")}


def test_another_config_or_something_else_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    folder = train_benchmark(config(), tmp_path, workers=2)
    with pytest.raises(ParameterError, match="expected the config that it was begun with"):
        train_benchmark(config(seeds=1), tmp_path)
    assert len(list(train_benchmark(config(seeds=1), tmp_path, overwrite=True).glob("runs/*/*/seed-*"))) == 4
    (tmp_path / "other" / "trial").mkdir(parents=True)
    (tmp_path / "other" / "trial" / "thesis.txt").write_text("years of work")
    with pytest.raises(ParameterError, match="this folder holds something else"):
        train_benchmark(config(), tmp_path / "other", overwrite=True)
    with pytest.raises(ParameterError, match="workers = 0"):
        train_benchmark(config(), tmp_path, workers=0)
    assert folder.exists()


# A worker that dies by SIGKILL, the first time or every time that it meets the item "deadly".


def _die_once(item: tuple[str, Path], tell: Any) -> None:
    name, folder = item
    with (folder / f"{name}-{time.monotonic_ns()}").open("w"):
        pass
    if name == "deadly" and len(list(folder.glob("deadly-*"))) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    tell(name)


def _die_always(item: str, tell: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(item: str, tell: Any) -> None:
    raise ParameterError("item", item, "a better one")


def test_a_killed_workers_item_is_begun_again_and_the_others_are_not(tmp_path: Path) -> None:
    items = [(name, tmp_path) for name in ("a", "deadly", "b", "c")]
    told: list[str] = []
    run_in_processes(_die_once, items, 2, lambda item, name: told.append(name), str, "olivebranch.games")
    assert sorted(told) == ["a", "b", "c", "deadly"]
    assert sorted(file.name.split("-")[0] for file in tmp_path.iterdir()) == ["a", "b", "c", "deadly", "deadly"]


def test_an_item_that_kills_every_worker_is_named_and_faults_come_through() -> None:
    with pytest.raises(ParameterError, match=r"run = 'the third': expected a worker that lives.*exit code -9"):
        run_in_processes(_die_always, ["x"], 2, print, lambda item: "the third", "olivebranch.games")
    with pytest.raises(ParameterError, match="item = 'x': expected a better one"):
        run_in_processes(_fail, ["x"], 1, print, str, "olivebranch.games")


def test_without_ray_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(MissingExtra, match="needs the extra 'ray'"):
        train_benchmark(config(), tmp_path, backend="ray")


def _killed_once(task: Any, report: Any) -> None:
    mark = task.path / f"killed-{task.seed}"
    if task.path.parts[-2:] == ("one", "kuhn-poker") and not mark.exists():
        mark.touch()

        def die_in_the_middle(done: int, total: int, nash_conv: float) -> None:
            if done:
                os.kill(os.getpid(), signal.SIGKILL)

        report = die_in_the_middle
    _trained(task, report)


_trained = benchmark_module.train_timed


@pytest.mark.slow
def test_on_ray_a_killed_workers_runs_are_retried_none_lost_or_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="Ray is an optional extra: pip install olivebranch[ray]")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    whole = digests(train_benchmark(config(), tmp_path / "local", workers=2))
    # shipped by value: the workers cannot import this file
    ray.cloudpickle.register_pickle_by_value(__import__("sys").modules[__name__])
    monkeypatch.setattr(benchmark_module, "train_timed", _killed_once)
    told: list[float] = []
    folder = train_benchmark(
        config(), tmp_path / "ray", backend="ray", workers=2, report=lambda done, total: told.append(done)
    )
    assert digests(folder) == whole
    assert len(list(folder.glob("runs/one/kuhn-poker/killed-*"))) == 2
    assert told == list(range(9))
