"""From a run folder to table, JSON, CSV and picture."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from olivebranch.core.errors import ParameterError
from olivebranch.eval.details import TalksDetails
from olivebranch.eval.figures.comparison import draw_comparison, save_figure
from olivebranch.eval.report import comparison_csv, comparison_table, counts, missing_line
from olivebranch.eval.runs import RunReport, figure_rows, report_run
from olivebranch.train.config import parse_config
from olivebranch.train.run import Run, train

CONFIG = {
    "name": "small",
    "game": {"preset": "desperate-first"},
    "learner": {"kind": "q-learning", "episodes": 300_000},
    "seeds": [3, 8],
    "evaluations": 2,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(parse_config(CONFIG), tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def report(run: Run) -> RunReport:
    return report_run(run, quantal=True)


def test_a_report_agrees_with_the_metrics_of_the_run(run: Run, report: RunReport) -> None:
    assert report.game == "desperate-first"
    assert report.reference.names == ("low-talks",)
    assert isinstance(report.details, TalksDetails)
    for which, profile in report.profiles.items():
        assert profile.seeds == (3, 8)
        for seed, comparison in zip(run.seeds, profile.details, strict=True):
            assert seed.metrics()[-1].policies[which].nash_conv == pytest.approx(comparison.evaluation.nash_conv)
            assert comparison.reached == "low-talks"


def test_json_holds_every_seed_and_has_no_endless_numbers(report: RunReport) -> None:
    text = json.dumps(report.as_dict(), allow_nan=False)
    seeds = json.loads(text)["profiles"]["last"]["seeds"]
    assert [entry["seed"] for entry in seeds] == [3, 8]
    for entry in seeds:
        assert sum(entry["outcomes"].values()) == pytest.approx(1)
        assert entry["quantal_response"]["precision"] > 10  # nearly an equilibrium, so very precise
        assert entry["quantal_response"]["explained"] > 0.9


def test_precision_is_estimated_only_if_asked_for(run: Run) -> None:
    assert all("quantal_response" not in entry for entry in report_run(run).profiles["last"].as_dicts())


def test_table_and_csv_say_the_same(report: RunReport) -> None:
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(comparison_table([report]))
    text = console.export_text()
    assert "exist: low-talks" in text
    assert "low-talks 2/2" in text
    assert counts(report.profiles["last"].summary) == "low-talks 2/2"
    rows = list(csv.DictReader(io.StringIO(comparison_csv([report]))))
    assert [(row["policy"], row["seed"]) for row in rows][:2] == [("last", "3"), ("last", "8")]
    first = report.profiles["last"].details[0]
    assert float(rows[0]["on_path"]) == first.nearest.on_path
    assert float(rows[0]["nash_conv"]) == first.evaluation.nash_conv


def test_the_table_groups_runs_by_game_whatever_their_order(report: RunReport) -> None:
    parameters = replace(report.named.parameters, guarantee=0.01)
    other = replace(report, game="elsewhere", named=replace(report.named, parameters=parameters))
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(comparison_table([report, other, report]))
    text = console.export_text()
    assert text.count("exist: low-talks") == 2
    assert text.index("elsewhere") > text.rindex("desperate-first")


def test_the_picture_is_the_same_file_twice(report: RunReport, tmp_path: Path) -> None:
    contents = []
    for name in ("one.png", "two.png"):
        figure = draw_comparison(figure_rows([report]), resolution=20)
        assert len(figure.axes) == 3
        save_figure(figure, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.png", "two.png"]


def test_seeds_that_are_not_trained_are_named(run: Run) -> None:
    report = report_run(Run(run.path, run.config.model_copy(update={"seeds": (3, 5, 8, 9)}), run.seeds))
    assert report.as_dict()["missing_seeds"] == [5, 9]
    assert missing_line(report).endswith("not trained: 5, 9")
    console = Console(width=300, record=True, file=io.StringIO())
    console.print(comparison_table([report]))
    assert "Not counted:" in console.export_text()
    assert report_run(run).as_dict()["missing_seeds"] == []


def test_a_run_without_a_finished_seed_is_refused(run: Run) -> None:
    with pytest.raises(ParameterError, match="at least one finished seed"):
        report_run(Run(run.path, run.config, ()))
