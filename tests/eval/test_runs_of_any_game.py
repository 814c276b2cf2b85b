"""Runs of every kind of game, users' own among them, from folder to table, JSON, CSV and picture."""

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.core.errors import ParameterError
from olivebranch.eval.figures.comparison import save_figure
from olivebranch.eval.figures.learning import draw_learning
from olivebranch.eval.report import comparison_csv, comparison_table
from olivebranch.eval.runs import RunReport, figure_rows, learning_rows, report_run
from olivebranch.train.config import parse_config
from olivebranch.train.run import Run, load_run, train

BREAKFAST = Path(__file__).parents[2] / "examples" / "beer-quiche.yaml"
GAMES = {"beer-quiche": {"spec": str(BREAKFAST)}}  # the others are presets
WAR_EQUILIBRIUM = "resilient A fights on, weak A offers in period 1; B offers in period 1"

RUNS = {
    "kuhn-poker": {"kind": "cfr+", "steps": 300},
    "beer-quiche": {"kind": "cfr+", "steps": 200},
    "war-example": {"kind": "cfr+", "steps": 100},
    "costly-signal": {"kind": "q-learning", "episodes": 2000},
    "desperate-first": {"kind": "cfr+", "steps": 50},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("runs")
    return {
        preset: train(
            parse_config(
                {
                    "name": preset,
                    "game": GAMES.get(preset, {"preset": preset}),
                    "learner": learner,
                    "seeds": [0, 4],
                    "evaluations": 2,
                }
            ),
            folder,
        )
        for preset, learner in RUNS.items()
    }


@pytest.fixture(scope="module")
def reports(runs: dict[str, Run]) -> dict[str, RunReport]:
    return {preset: report_run(run) for preset, run in runs.items()}


def test_reports_agree_with_the_metrics_of_the_runs(runs: dict[str, Run], reports: dict[str, RunReport]) -> None:
    for preset, report in reports.items():
        for which, profile in report.profiles.items():
            for number, seed in enumerate(runs[preset].seeds):
                last = seed.metrics()[-1]
                evaluation = profile.evaluations[number]
                assert last.policies[which].nash_conv == pytest.approx(evaluation.nash_conv)
                for player, gain in zip(report.players, evaluation.gains, strict=True):
                    assert last.policies[which].gains[player] == pytest.approx(float(gain))
                assert profile.learning[number].nash_conv[-1] == last.policies[which].nash_conv
                assert profile.learning[number].updates.tolist() == [look.update for look in seed.metrics()]


def test_what_solves_the_game_reaches_an_equilibrium_and_beginners_reach_none(reports: dict[str, RunReport]) -> None:
    solved = {
        "kuhn-poker": "kuhn-1950",
        "war-example": WAR_EQUILIBRIUM,
        "beer-quiche": "strong beer, weak beer",
    }
    for preset, component in solved.items():
        reached = reports[preset].profiles["average"].summary.reached
        assert reached[component].value == 1
        assert reached[component].low == pytest.approx(0.3424, abs=1e-3)  # Wilson, 2 of 2: 1 / (1 + z^2 / 2)
    summary = reports["costly-signal"].profiles["last"].summary
    assert summary.reached["none"].value == 1
    assert summary.nash_conv.value > 0.01


def test_play_between_equilibria_is_measured_on_and_off_the_path(reports: dict[str, RunReport]) -> None:
    """CFR+ keeps off the path what deters: a duel after quiche with at least one half."""
    for entry in reports["beer-quiche"].profiles["average"].as_dicts():
        assert entry["nearest"] == "strong beer, weak beer"
        assert 0 <= entry["on_path"] < 0.05
        assert 0 <= entry["off_path"] < 0.05


def test_json_is_strict_and_names_what_is_known(reports: dict[str, RunReport]) -> None:
    for preset, report in reports.items():
        content = json.loads(json.dumps(report.as_dict(), allow_nan=False))
        assert content["game"] == preset
        assert [equilibrium["name"] for equilibrium in content["equilibria"]] == list(report.reference.names)
        for profile in content["profiles"].values():
            for entry in profile["seeds"]:
                assert sum(entry["gains"].values()) == pytest.approx(entry["nash_conv"])
                for player, gains in entry["gains_by_type"].items():
                    assert sum(gains.values()) == pytest.approx(entry["gains"][player])
                assert ("beliefs" in entry) == (preset == "desperate-first")


def test_one_table_and_one_csv_hold_runs_of_all_games(reports: dict[str, RunReport]) -> None:
    console = Console(width=260, record=True, file=io.StringIO())
    console.print(comparison_table(list(reports.values())))
    text = console.export_text()
    for expected in (
        "exist: kuhn-1950",
        "kuhn-1950 2/2",
        "first/second",
        "known (numerical, NashConv <= ",
        "none 2/2",
        "exist (enumeration): strong beer, weak beer; strong quiche, weak quiche",
        "strong beer, weak beer 2/2",
    ):
        assert expected in text
    rows = list(csv.DictReader(io.StringIO(comparison_csv(list(reports.values())))))
    assert len(rows) == sum(len(report.profiles) * 2 for report in reports.values())
    by_game = {row["game"]: row for row in rows}
    poker, talks = by_game["kuhn-poker"], by_game["desperate-first"]
    assert float(poker["gain_first"]) + float(poker["gain_second"]) == pytest.approx(float(poker["nash_conv"]))
    assert poker["gain_sender"] == poker["offer_high"] == poker["off_path"] == ""
    assert talks["gain_first"] == ""
    sources = {game: row["source"] for game, row in by_game.items()}
    assert sources == {
        "kuhn-poker": "closed form",
        "beer-quiche": "enumeration",
        "war-example": "numerical",
        "costly-signal": "closed form",
        "desperate-first": "closed form",
    }
    assert 0 <= float(talks["offer_high"]) <= 1


def test_curves_are_drawn_for_every_game(reports: dict[str, RunReport], tmp_path: Path) -> None:
    everything = list(reports.values())
    assert [title for title, *_ in figure_rows(everything)] == ["desperate-first"]
    contents = []
    for name in ("one.png", "two.png"):
        figure = draw_learning(learning_rows(everything))
        panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
        assert list(panels) == ["kuhn-poker", "beer-quiche", "war-example", "costly-signal", "desperate-first"]
        assert panels["beer-quiche"].get_title(loc="right") == "equilibria: enumeration"
        # a line for each seed of last and average, and the equilibrium's
        assert all(len(axes.get_lines()) == 5 for axes in panels.values())
        assert panels["kuhn-poker"].get_xlabel() == "updates"
        assert panels["costly-signal"].get_xlabel() == "episodes"
        save_figure(figure, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def test_the_command_holds_any_run_against_theory(runs: dict[str, Run], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["eval", str(runs["war-example"].path), "-o", str(tmp_path), "--json"])
    assert result.exit_code == 0
    content = json.loads(result.stdout)
    assert content["rules"] == "war"
    reference = content["reference"]
    assert (reference["kind"], reference["complete"], reference["names"]) == ("numerical", False, [WAR_EQUILIBRIUM])
    assert 0 <= reference["largest_nash_conv"] <= 1e-6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evaluation.csv", "evaluation.json", "learning.png"]


def test_quantal_precision_is_estimated_in_poker_as_well(runs: dict[str, Run]) -> None:
    (entry, _) = report_run(runs["kuhn-poker"], quantal=True).profiles["average"].as_dicts()
    assert entry["quantal_response"]["explained"] > 0.5


def test_a_run_without_its_metrics_is_refused_in_one_line(runs: dict[str, Run], tmp_path: Path) -> None:
    run = train(
        parse_config(
            {"name": "r", "game": {"preset": "kuhn-poker"}, "learner": {"kind": "cfr", "steps": 1}, "evaluations": 1}
        ),
        tmp_path,
    )
    metrics = run.seeds[0].path / "metrics.jsonl"
    for damage in ("not JSON", '{"update": 1}', '{"update": 1, "episodes": 0}'):
        metrics.write_text(damage)
        with pytest.raises(ParameterError, match=r"run = .*seed-0000.*: expected .*metrics"):
            report_run(load_run(run.path))
    metrics.unlink()
    with pytest.raises(ParameterError, match=r"run = .*seed-0000.*: expected a metrics\.jsonl that can be read"):
        report_run(load_run(run.path))
