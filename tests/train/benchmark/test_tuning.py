"""Tuning: trials from ranges, the choice of settings by one seed and their worth by another, test games refused."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from olivebranch.agents.registry import parse_settings
from olivebranch.core.errors import ParameterError
from olivebranch.train.benchmark.config import BenchmarkConfig
from olivebranch.train.benchmark.run import plan_benchmark, train_plan
from olivebranch.train.benchmark.spaces import Space, read_space, read_trials, write_trials
from olivebranch.train.benchmark.tuning import (
    expected_best,
    final_score,
    plan_tuned,
    plan_tuning,
    read_expected,
    tuned,
    write_settings,
)
from olivebranch.train.config import validated

FOLDER = Path(__file__).parents[3] / "configs" / "benchmark"
SPACES = sorted((FOLDER / "spaces").glob("*.yaml"))


@pytest.mark.parametrize("path", SPACES, ids=lambda path: path.stem)
def test_the_committed_trials_are_those_that_the_ranges_and_the_seed_give(path: Path, tmp_path: Path) -> None:
    space = read_space(path)
    assert space.kind == path.stem
    committed = FOLDER / "trials" / path.name
    seed = yaml.safe_load(committed.read_text())["seed"]
    write_trials(space.kind, seed, space.trials(40, seed), tmp_path / "again.yaml")
    assert (tmp_path / "again.yaml").read_bytes() == committed.read_bytes()
    trials = read_trials(committed, space.kind)
    assert len(trials) == 40
    assert trials[0] == {}
    if space.settings:
        assert len({str(trial) for trial in trials}) > 35  # a few may come out alike, to three digits


def test_draws_stay_in_their_ranges_and_fewer_trials_are_the_first_of_more() -> None:
    space = validated(
        Space,
        {
            "kind": "q-learning",
            "sources": ["a paper"],
            "settings": {
                "learning_rate": {"range": [0.01, 1.0], "log": True, "end": [1.0, 0.1]},
                "batch": {"range": [10, 20], "whole": True},
                "exploration": {"choices": ["boltzmann", "epsilon-greedy"]},
            },
        },
    )
    trials = space.trials(200, 3)
    assert trials[:5] == space.trials(5, 3)
    assert trials[1:] != space.trials(200, 4)[1:]
    rates = [trial["learning_rate"] for trial in trials[1:]]
    falling = [rate for rate in rates if isinstance(rate, dict)]
    assert 60 < len(falling) < 140
    assert all(rate["end"] == pytest.approx(0.1 * rate["start"], rel=0.01) for rate in falling)
    starts = np.array([rate["start"] if isinstance(rate, dict) else rate for rate in rates])
    assert starts.min() >= 0.01
    assert starts.max() <= 1.0
    assert abs(np.log10(starts).mean() + 1) < 0.15  # uniform in the logarithm
    assert {trial["batch"] for trial in trials[1:]} == set(range(10, 21))
    for trial in trials:
        parse_settings({"kind": "q-learning", **trial})


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        ({}, "either a range or choices"),
        ({"range": [2, 1]}, "a range that rises"),
        ({"range": [0, 1], "log": True}, "above zero"),
        ({"choices": [1], "log": True}, "beside a range only"),
    ],
)
def test_a_range_that_says_nothing_is_refused(drawn: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        validated(Space, {"kind": "exp3", "sources": ["x"], "settings": {"batch": drawn}})


def test_a_draw_that_is_no_setting_is_refused() -> None:
    space = validated(Space, {"kind": "exp3", "sources": ["x"], "settings": {"bach": {"choices": [1]}}})
    with pytest.raises(ParameterError, match="did you mean 'batch'"):
        space.trials(2, 0)


def test_the_best_of_n_is_that_over_all_subsets() -> None:
    generator = np.random.default_rng(0)
    chosen_by, scored_by = generator.normal(size=(2, 6))
    expected = expected_best(chosen_by, scored_by)
    for n in range(1, 7):
        picks = [scored_by[min(subset, key=lambda k: chosen_by[k])] for subset in combinations(range(6), n)]
        assert expected[n - 1] == pytest.approx(np.mean(picks))


@pytest.fixture
def values(tmp_path: Path) -> dict[str, Any]:
    for kind, trials in (
        ("q-learning", [{}, {"learning_rate": 0.0001}, {"learning_rate": 0.2}]),
        ("exp3", [{}, {"learning_rate": 0.03}, {"learning_rate": 0.0}]),
    ):
        write_trials(kind, 0, trials, tmp_path / f"{kind}.yaml")
    return {
        "name": "trial",
        "track": "tabular",
        "learners": {"one": {"kind": "q-learning", "batch": 100}, "two": {"kind": "exp3"}},
        "games": ["kuhn-poker"],
        "budgets": {"decisions": [4000]},
        "seeds": 2,
        "evaluations": 2,
        "tuning": {
            "games": ["desperate-first", "fear-of-weakness"],
            "trials": str(tmp_path),
            "most_trials": 3,
            "budget": {"decisions": 4000},
            "seeds": [101, 102],
        },
    }


def test_the_best_settings_are_chosen_and_used(values: dict[str, Any], tmp_path: Path) -> None:
    config = validated(BenchmarkConfig, values)
    plan = plan_tuning(config, tmp_path / "out")
    assert len(plan.cells) == 2 * 3 * 2 * 2
    with pytest.raises(ParameterError, match="all runs to be done"):
        tuned(config, tmp_path / "out")
    train_plan(plan)
    found = tuned(config, tmp_path / "out")
    scores = {(cell.learner, cell.game, cell.seed): final_score(cell) for cell in plan.cells}
    for label, one in found.items():
        means = {
            trial: np.mean([np.log10(score) for (name, _, _), score in scores.items() if name == f"{label}.0{trial}"])
            for trial in range(3)
        }
        assert one.common == min(means, key=lambda trial: means[trial])
        for game, trial in one.by_game.items():
            by_trial = [np.mean([np.log10(scores[f"{label}.0{k}", game, s]) for s in (101, 102)]) for k in range(3)]
            assert trial == int(np.argmin(by_trial))
        assert len(one.expected) == 3
    assert found["one"].common == 2  # a rate of a ten-thousandth learns nothing in so few plays
    write_settings(config, found, tmp_path / "settings.yaml")
    chosen = validated(BenchmarkConfig, {**values, "settings": str(tmp_path / "settings.yaml")})
    cells = plan_benchmark(chosen, tmp_path / "out").cells
    learner = next(cell.config.learner for cell in cells if cell.learner == "one")
    assert learner.model_dump()["learning_rate"]["start"] == 0.2
    assert learner.model_dump()["batch"] == 100  # of the config
    per_game = plan_tuned(chosen, tmp_path / "out")
    assert {cell.game for cell in per_game.cells} == {"desperate-first", "fear-of-weakness"}
    assert {cell.seed for cell in per_game.cells} == {0, 1}
    assert read_expected(chosen) == {label: pytest.approx(one.expected, abs=1e-4) for label, one in found.items()}


def test_no_learner_is_tuned_on_test_games(values: dict[str, Any]) -> None:
    tuning = values["tuning"]
    same = {**values, "tuning": {**tuning, "games": ["desperate-first", "kuhn"]}}
    with pytest.raises(ParameterError, match="games that are not tested on, and this one is 'kuhn-poker' there"):
        validated(BenchmarkConfig, same)
    test_set = {**values, "tuning": {**tuning, "games": [{"set": str(FOLDER / "games" / "test.yaml")}]}}
    with pytest.raises(ParameterError, match="no learner is tuned on test games"):
        validated(BenchmarkConfig, test_set)


def test_a_test_game_in_a_set_that_calls_itself_development_is_known_by_its_hash(
    values: dict[str, Any], tmp_path: Path
) -> None:
    disguised = tmp_path / "set.yaml"
    disguised.write_text((FOLDER / "games" / "test.yaml").read_text().replace("split: test", "split: development"))
    wrong = {
        **values,
        "games": [{"set": str(FOLDER / "games" / "test.yaml")}],
        "tuning": {**values["tuning"], "games": [{"set": str(disguised)}]},
    }
    with pytest.raises(ParameterError, match="games that are not tested on"):
        validated(BenchmarkConfig, wrong)


def test_seeds_of_tuning_are_not_reported(values: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("learners: {}\ngames: {}\n")
    wrong = {**values, "seeds": [101], "settings": str(tmp_path / "settings.yaml")}
    with pytest.raises(ParameterError, match="seeds that no other part"):
        plan_benchmark(validated(BenchmarkConfig, wrong), tmp_path)
    wrong = {**values, "settings": str(tmp_path / "settings.yaml")}
    with pytest.raises(ParameterError, match="a setting for one"):
        plan_benchmark(validated(BenchmarkConfig, wrong), tmp_path)


def test_there_must_be_as_many_trials_as_are_asked_for(values: dict[str, Any], tmp_path: Path) -> None:
    values["tuning"]["most_trials"] = 4
    with pytest.raises(ParameterError, match="no more than the 3 of"):
        plan_tuning(validated(BenchmarkConfig, values), tmp_path)
    with pytest.raises(ParameterError, match="a section that says on which games"):
        plan_tuning(validated(BenchmarkConfig, {**values, "tuning": None}), tmp_path)
