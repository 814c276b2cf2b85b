"""Benchmarks: what a config may say, budgets, and that no run is lost or doubled, whatever is killed."""

import hashlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from olivebranch.agents.registry import learner_kinds, parse_settings
from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.extras import MissingExtra
from olivebranch.core.workers import run_in_processes
from olivebranch.games.registry import find_game
from olivebranch.theory.certified.sets import identity, read_set
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.benchmark import cells as cells_module
from olivebranch.train.benchmark import run as run_module
from olivebranch.train.benchmark.config import BenchmarkConfig
from olivebranch.train.benchmark.costs import measure_costs, predict, read_costs, units_of, write_costs
from olivebranch.train.benchmark.run import Plan, plan_benchmark, require_finished, train_plan
from olivebranch.train.benchmark.table import read_table
from olivebranch.train.benchmark.tracks import Budget, Cost, answer_of, decisions_per_play, with_budget
from olivebranch.train.config import read_values, validated

CONFIGS = Path(__file__).parents[3] / "configs" / "benchmark"


def values(**others: Any) -> dict[str, Any]:
    return {
        "name": "trial",
        "track": "tabular",
        "learners": {"one": {"kind": "q-learning"}, "two": {"kind": "exp3"}},
        "games": ["weak-blend-in", "kuhn-poker"],
        "budgets": {"decisions": [2000]},
        "seeds": 2,
        "evaluations": 3,
    } | others


def config(**others: Any) -> BenchmarkConfig:
    return validated(BenchmarkConfig, values(**others))


def plan(output: Path, **others: Any) -> Plan:
    return plan_benchmark(config(**others), output)


def digests(folder: Path) -> dict[str, str]:
    """Of everything in the runs but the clock's file."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.glob("runs/*/*/*/*/*"))
        if file.is_file() and file.name != "timing.json"
    }


@pytest.mark.parametrize(
    ("others", "message"),
    [
        (
            {"track": "deep"},
            "learners.one = 'q-learning': expected a learner of the track 'deep'; this is of 'tabular'",
        ),
        ({"learners": {"one": {"kind": "ppo"}}}, "expected a learner of the track 'tabular'; this is of 'deep'"),
        ({"track": "tablar"}, "track = 'tablar'"),
        ({"games": []}, "at least 1 entry"),
        ({"games": ["kuhn-pokr"]}, "did you mean 'kuhn-poker'"),
        ({"games": [{"spec": "kuhn-poker", "name": "a"}, {"spec": "desperate-first", "name": "a"}]}, "distinct names"),
        ({"games": [{"set": "x.yaml", "name": "a"}]}, "either a set alone, or a game spec"),
        ({"budgets": {"episodes": [1]}}, "episodes"),
        ({"budgets": {"decisions": [0]}}, "budgets.decisions.0 = 0: expected a number"),
        ({"budgets": {"seconds": [1]}}, "costs = None: expected a file of measured costs"),
        ({"seeds": 0}, "a list of seeds"),
        ({"algorithms": {}}, "a known key"),
    ],
)
def test_what_a_config_says_wrongly_is_told_in_one_line(others: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        config(**others)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_committed_benchmark_is_valid_and_named_after_its_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path.stem == "costs":
        assert read_costs(path)
        return
    monkeypatch.chdir(CONFIGS.parents[1])
    chosen = validated(BenchmarkConfig, read_values(path))
    assert chosen.name == path.stem
    assert validated(BenchmarkConfig, yaml.safe_load(chosen.as_yaml())) == chosen


def test_a_decision_is_a_choice_and_kuhn_has_two_and_a_quarter_a_play() -> None:
    # Both act once; after a pass and a bet, that is with probability 1/4 under uniform play, the first acts again.
    assert decisions_per_play(find_game("kuhn-poker").parameters) == pytest.approx(2.25)
    assert decisions_per_play(find_game("weak-blend-in").parameters) == pytest.approx(2.0)


def test_a_budget_is_the_same_number_of_decisions_in_every_game_and_for_every_learner() -> None:
    game, budget = find_game("kuhn-poker").parameters, Budget("decisions", 9000)
    for kind in ("q-learning", "exp3", "ppo", "nfsp"):
        assert with_budget(parse_settings({"kind": kind}), budget, game)["episodes"] == 4000
    assert with_budget(parse_settings({"kind": "cfr"}), Budget("steps", 30), game)["steps"] == 30
    timed = with_budget(parse_settings({"kind": "ppo"}), Budget("seconds", 2), game, Cost(5.0, 1e-4))
    assert timed["episodes"] == round(2 / 1e-4 / 2.25)  # measuring is not the learner's
    with pytest.raises(ParameterError, match="a budget of steps, as it reads the tree"):
        with_budget(parse_settings({"kind": "cfr"}), budget, game)
    with pytest.raises(ParameterError, match="a measured cost"):
        with_budget(parse_settings({"kind": "ppo"}), Budget("seconds", 2), game)
    assert Budget.from_label("decisions-100000") == Budget("decisions", 100000)
    assert Budget.from_label(Budget("seconds", 2.5).label) == Budget("seconds", 2.5)
    for wrong in ("decisions", "plays-3", "steps-x", "steps-0"):
        with pytest.raises(ParameterError, match="a unit and an amount"):
            Budget.from_label(wrong)


def test_every_learner_has_one_answer_and_those_with_an_average_theorem_answer_by_it() -> None:
    answers = {kind: answer_of(parse_settings({"kind": kind})) for kind in learner_kinds()}
    assert set(answers.values()) == {"last", "average"}
    assert answers["cfr"] == answers["fictitious-play"] == answers["nfsp"] == "average"
    assert answers["nash-pg"] == answers["q-learning"] == answers["magnetic-mirror-descent"] == "last"


def test_every_run_is_there_whatever_the_workers_and_holds_the_answer(tmp_path: Path) -> None:
    told: list[tuple[float, int]] = []
    first = train_plan(plan(tmp_path / "one"), report=lambda *now: told.append(now))
    second = train_plan(plan(tmp_path / "two"), backend=Backend(workers=2))
    assert digests(first) == digests(second)
    assert told[0] == (0, 8)
    assert told[-1] == (8, 8)
    done = plan(tmp_path / "one")
    require_finished(done)
    for cell in done.cells:
        assert {file.name for file in cell.path.iterdir()} == {"answer.table", "metrics.jsonl", "timing.json"}
        game = cell.config.game.named()
        read_table(unroll(game.compiled), cell.path / "answer.table", identity(game))
        assert units_of(cell) >= 1999  # a play is not cut in two
    assert not list(first.glob("runs/*/*/*/.*"))


def test_interrupted_it_goes_on_with_what_is_missing_and_ends_the_same(tmp_path: Path) -> None:
    whole = digests(train_plan(plan(tmp_path / "whole")))

    def stop(done: float, total: int) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_plan(plan(tmp_path / "broken"), report=stop)
    folder = tmp_path / "broken" / "trial"
    assert 0 < len(digests(folder)) < len(whole)
    with pytest.raises(ParameterError, match="expected all runs to be done"):
        require_finished(plan(tmp_path / "broken"))
    assert digests(train_plan(plan(tmp_path / "broken"))) == whole
    kept = {file: file.stat().st_mtime_ns for file in folder.glob("runs/*/*/*/*/*")}
    train_plan(plan(tmp_path / "broken"))  # nothing is missing: nothing is done
    assert kept == {file: file.stat().st_mtime_ns for file in folder.glob("runs/*/*/*/*/*")}


def test_another_config_or_something_else_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    small = {"games": ["weak-blend-in"], "learners": {"one": {"kind": "exp3"}}}
    train_plan(plan(tmp_path, **small))
    with pytest.raises(ParameterError, match="expected the config that it was begun with"):
        train_plan(plan(tmp_path, **small, evaluations=2))
    folder = train_plan(plan(tmp_path, **small, seeds=1), overwrite=True)
    assert len(list(folder.glob("runs/*/*/*/seed-*"))) == 1
    (tmp_path / "other" / "trial").mkdir(parents=True)
    (tmp_path / "other" / "trial" / "thesis.txt").write_text("years of work")
    with pytest.raises(ParameterError, match="this folder holds something else"):
        train_plan(plan(tmp_path / "other", **small), overwrite=True)
    with pytest.raises(ParameterError, match="workers = 0"):
        Backend(workers=0)
    with pytest.raises(ParameterError, match="one of local, ray"):
        Backend("slurm")
    with pytest.raises(ParameterError, match="no address without the backend ray"):
        Backend(address="auto")


def test_costs_are_measured_kept_and_make_the_bill(tmp_path: Path) -> None:
    done = plan(tmp_path, budgets={"decisions": [2000, 8000]})
    train_plan(done)
    found = measure_costs(done.cells)
    assert set(found) == {"q-learning", "exp3"}
    each = [cost for by_game in found.values() for cost in by_game.values()]
    assert all(cost.per_unit > 0 and cost.measurement > 0 and cost.bytes > 100 for cost in each)
    write_costs(found, tmp_path / "costs.yaml")
    again = read_costs(tmp_path / "costs.yaml")
    bill = predict(done.cells, again)
    by_hand = sum(again[cell.config.learner.kind][cell.game].seconds(units_of(cell), 3) for cell in done.cells)
    assert bill.seconds == pytest.approx(by_hand)
    assert sum(bill.by_learner.values()) == pytest.approx(bill.seconds)
    assert (bill.runs, bill.guessed, bill.unknown) == (16, (), ())
    other = {"games": ["kuhn-poker", "fear-of-weakness"], "learners": {"a": {"kind": "exp3"}}}
    assert predict(plan(tmp_path, **other).cells, again).guessed == (("a", "fear-of-weakness"),)
    assert predict(plan(tmp_path, learners={"a": {"kind": "ewa"}}).cells, again).unknown == ("a",)
    (tmp_path / "costs.yaml").write_text("exp3: 1")
    with pytest.raises(ParameterError, match="three numbers"):
        read_costs(tmp_path / "costs.yaml")


def test_a_game_of_a_set_is_called_by_its_name() -> None:
    file = CONFIGS / "games" / "development.yaml"
    chosen = config(games=[{"set": str(file)}, "kuhn-poker"])
    assert list(chosen.games_by_label) == [*(game.name for game in read_set(file).games), "kuhn-poker"]


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
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match="needs the extra 'ray'"):
        train_plan(plan(tmp_path), backend=Backend("ray"))


# Every cell waits until a whole node has been lost while it worked on one.


def _slowly(cell: Any, tell: Any) -> None:
    mark = cell.folder / "at-work"
    mark.mkdir(parents=True, exist_ok=True)
    (mark / f"{cell.learner}-{cell.game}-{cell.seed}-{time.monotonic_ns()}").touch()
    deadline = time.monotonic() + 60
    while not (cell.folder / "lost").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    _trained(cell, tell)


_trained = cells_module.train_cell


@pytest.mark.slow
def test_a_node_of_a_ray_cluster_is_lost_in_the_middle_and_no_run_is_lost_or_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="Ray is an optional extra: pip install olivebranch[ray]")
    from ray.cluster_utils import Cluster

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    whole = digests(train_plan(plan(tmp_path / "local")))
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the workers cannot import this file
    monkeypatch.setattr(run_module, "train_cell", _slowly)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    folder = tmp_path / "ray" / "trial"
    told: list[float] = []
    try:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]

        def lose_a_node() -> None:
            deadline = time.monotonic() + 100
            while len(list(folder.glob("runs/at-work/*"))) < 3 and time.monotonic() < deadline:
                time.sleep(0.1)  # one cell on each node
            cluster.remove_node(nodes[0], allow_graceful=False)
            (folder / "runs" / "lost").touch()

        thread = threading.Thread(target=lose_a_node)
        thread.start()
        train_plan(
            plan(tmp_path / "ray"),
            backend=Backend("ray", address=cluster.address),
            report=lambda done, total: told.append(done),
        )
        thread.join()
    finally:
        cluster.shutdown()
    assert digests(folder) == whole
    begun = [file.name.rsplit("-", 1)[0] for file in folder.glob("runs/at-work/*")]
    assert len(set(begun)) == 8
    assert len(begun) == 9  # the cell of the lost node was begun again, and it alone
    assert told == list(range(9))
