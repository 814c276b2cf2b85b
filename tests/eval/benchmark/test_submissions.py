"""Judging, submissions and the leaderboard: everything again from the tables, to the last digit; nothing from others'
code."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.core.errors import ParameterError
from olivebranch.eval.benchmark.judging import LOSS, JudgedGame, judged_games, judged_set
from olivebranch.eval.benchmark.page import board_row, write_board, write_page
from olivebranch.eval.benchmark.submissions import MANIFEST, read_manifest, rescore, submit_policy
from olivebranch.eval.benchmark.summaries import best_in, summaries, sure_orders, time_to
from olivebranch.eval.benchmark.tables import write_tables
from olivebranch.games.registry import find_game
from olivebranch.theory.equilibria.reference import equilibrium_profile
from olivebranch.theory.tree.profiles import random_profile, uniform_profile
from olivebranch.train.benchmark.config import BenchmarkConfig
from olivebranch.train.benchmark.run import plan_benchmark, train_plan
from olivebranch.train.benchmark.table import probabilities_of, profile_of, read_table, write_table
from olivebranch.train.config import validated

ROOT = Path(__file__).parents[3]
GAMES = ROOT / "configs" / "benchmark" / "games"


def judged(name: str) -> JudgedGame:
    return JudgedGame(name, "other", find_game(name))


@pytest.mark.parametrize("name", ["kuhn-poker", "war-example", "war-ukraine-2022", "costly-signal", "leduc-poker"])
def test_a_table_is_the_whole_policy_to_the_last_bit(name: str, tmp_path: Path) -> None:
    game = judged(name)
    profile = random_profile(game.tree, np.random.default_rng(0))
    write_table(profile, tmp_path / "a.table", game.sha256)
    again = read_table(game.tree, tmp_path / "a.table", game.sha256)
    for one, other in zip(profile.stages, again.stages, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_table_of_another_game_or_that_is_none_is_refused(tmp_path: Path) -> None:
    game, other = judged("kuhn-poker"), judged("war-example")
    write_table(uniform_profile(game.tree), tmp_path / "a.table", game.sha256)
    with pytest.raises(ParameterError, match="a table of the game with the SHA-256"):
        read_table(other.tree, tmp_path / "a.table", other.sha256)
    numbers = probabilities_of(uniform_profile(game.tree))
    with pytest.raises(ParameterError, match="probabilities as float64, for the game 'kuhn'"):
        profile_of(game.tree, numbers[:-1])
    with pytest.raises(ParameterError, match="a distribution over actions"):
        profile_of(game.tree, numbers * 0.9)
    (tmp_path / "b.table").write_bytes(b"import os")
    with pytest.raises(ParameterError, match="a file of the format"):
        read_table(game.tree, tmp_path / "b.table", game.sha256)


def test_one_rule_judges_every_game() -> None:
    for name, equilibrium in (("kuhn-poker", "kuhn-1950"), ("costly-escalation", "pool-talk")):
        game = judged(name)
        best = game.judge(equilibrium_profile(game.game, equilibrium))
        assert best.nash_conv == pytest.approx(0, abs=1e-12)
        assert (best.component, best.reached, best.supported) == (equilibrium, True, True)
        assert best.loss == pytest.approx(0, abs=1e-9)
        chance = game.judge(uniform_profile(game.tree))
        assert chance.score == pytest.approx(1.0)
        assert not chance.supported
        assert chance.reached is False
    war = judged("war-example")  # not every equilibrium is known, so nothing is said of reaching one
    verdict = war.judge(uniform_profile(war.tree))
    assert (verdict.component, verdict.distance, verdict.reached) == (None, None, None)
    assert replace(verdict, loss=LOSS + 1e-7).supported  # within a tie
    assert not replace(verdict, loss=LOSS + 1e-5).supported
    assert replace(verdict, distance=0.05 + 1e-7).reached


def test_a_policy_that_nobody_believes_is_not_supported_though_it_is_nash() -> None:
    """In costly-escalation both types pool on an offer that is deterred by nothing but a reply that never is best."""
    game = judged("fear-of-weakness")
    profile = equilibrium_profile(game.game, "pool-fight")
    tables = [table.copy() for table in profile.stages]
    assert game.judge(profile).supported
    # pooling on fight leaves the offer unused; a reply of embracing half of the time tempts the types, on the path too
    tables[1][...] = uniform_profile(game.tree).stages[1]
    assert not game.judge(replace(profile, stages=tuple(tables))).supported


CONFIG: dict[str, Any] = {
    "name": "trial",
    "track": "tabular",
    "learners": {"one": {"kind": "q-learning"}, "two": {"kind": "exp3"}},
    "games": ["weak-blend-in", "kuhn-poker"],
    "budgets": {"decisions": [2000, 4000]},
    "seeds": 2,
    "evaluations": 3,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("benchmark")
    config = validated(BenchmarkConfig, CONFIG)
    plan = plan_benchmark(config, output)
    train_plan(plan)
    write_tables(plan, config.track, judged_games(config.games))
    return plan.folder


def test_every_number_of_the_tables_is_computed_again(folder: Path) -> None:
    games = judged_games(validated(BenchmarkConfig, CONFIG).games)
    scores = pl.read_parquet(folder / "scores.parquet")
    assert len(scores) == 2 * 2 * 2 * 2
    for (learner, budget), rows in scores.group_by(["learner", "budget"]):
        found = {(one.game.name, one.seed): one for one in rescore(folder / "runs" / str(learner) / str(budget), games)}
        assert len(found) == len(rows) == 4
        for row in rows.iter_rows(named=True):
            one = found[row["game"], row["seed"]].judgement
            for key in ("nash_conv", "score", "distance", "loss"):
                assert getattr(one, key) == pytest.approx(row[key], abs=1e-12)
            assert (one.component, one.reached, one.supported) == (row["component"], row["reached"], row["supported"])
    curves = pl.read_parquet(folder / "curves.parquet")
    last = curves.filter(pl.col("units") == pl.col("units").max().over("learner", "budget", "game", "seed"))
    joined = last.join(scores, on=["learner", "budget", "game", "seed"], suffix="_at_the_end")
    assert np.allclose(joined["score"], joined["score_at_the_end"], atol=1e-12)


def test_a_submission_that_was_tampered_with_is_refused(folder: Path, tmp_path: Path) -> None:
    games = judged_games(validated(BenchmarkConfig, CONFIG).games)
    made = tmp_path / "made"
    shutil.copytree(folder / "runs" / "one" / "decisions-2000", made)
    manifest = yaml.safe_load((made / MANIFEST).read_text())

    def refused(change: Any, message: str) -> None:
        changed = yaml.safe_load((made / MANIFEST).read_text())
        change(changed)
        (made / MANIFEST).write_text(yaml.safe_dump(changed))
        with pytest.raises(ParameterError, match=message):
            rescore(made, games)
        (made / MANIFEST).write_text(yaml.safe_dump(manifest))

    refused(lambda m: m["tables"][0].update(nash_conv=m["tables"][0]["nash_conv"] + 1e-9), "as is claimed")
    refused(lambda m: m["tables"][0].update(sha256="0" * 64), "the SHA-256 of the manifest")
    refused(lambda m: m["tables"].append(m["tables"][0]), "each game and seed once")
    refused(lambda m: m["tables"][0].update(game="../../x"), "one of weak-blend-in, kuhn-poker")
    refused(lambda m: m.update(track="treee"), "did you mean 'tree'")
    refused(lambda m: m.update(format="x"), "olivebranch-submission-1")
    refused(lambda m: m.pop("answer"), "it is missing")
    refused(lambda m: m["tables"].append(3), "a list of mappings")
    assert len(rescore(made, games)) == 4
    next(made.glob("*/*/answer.table")).unlink()
    with pytest.raises(ParameterError, match="a file that can be read"):
        rescore(made, games)


def test_a_policy_of_ones_own_is_a_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n\n\ndef even(state):\n    return state.legal_actions / state.legal_actions.sum()\n"
    )
    identity, games = judged_set(GAMES / "development.yaml")
    small = {name: game for name, game in games.items() if game.stratum != "war"}
    made = submit_policy("uniform", tmp_path / "even", small, name="even", track="tabular")
    found = rescore(made, small)
    assert all(one.judgement.score == pytest.approx(1.0) for one in found)
    row = board_row(found, identity)
    assert row["statistics"]["mean"] == pytest.approx([0, 0, 0], abs=1e-9)
    assert row["n_games"] == 10
    with pytest.raises(ParameterError, match="does not exist yet, or is empty"):
        submit_policy("uniform", made, small, name="even", track="tabular")


def test_the_leaderboard_keeps_one_row_for_each_entry(folder: Path, tmp_path: Path) -> None:
    games = judged_games(validated(BenchmarkConfig, CONFIG).games)
    rows = [board_row(rescore(folder / "runs" / name / "decisions-2000", games), "abc") for name in ("one", "two")]
    page = tmp_path / "docs" / "leaderboard.md"
    write_board(rows, page)
    text = page.read_text()
    write_board(rows[:1], page)
    assert page.read_text() == text
    assert text.count("| one |") == 1
    assert "## Track tabular, decisions 2000, games abc" in text
    better = min(rows, key=lambda row: row["statistics"]["mean"][0])["name"]
    assert text.index("| one |") < text.index("| two |") or better == "two"
    write_board([{**rows[0], "name": "three", "track": "deep"}], page)
    assert "## Track deep" in page.read_text()
    page.with_suffix(".json").write_text("[1]")
    with pytest.raises(ParameterError, match="rows of a leaderboard"):
        write_board(rows, page)


def test_the_same_tables_give_the_same_page_and_small_pictures(folder: Path, tmp_path: Path) -> None:
    scores, curves = (pl.read_parquet(folder / f"{name}.parquet") for name in ("scores", "curves"))
    expected = {"one": [-0.5, -0.7], "two": [-0.1, -0.2]}
    for name in ("one", "two"):
        page = tmp_path / name / "page.md"
        page.parent.mkdir()
        write_page(scores, curves, page, track="tabular", command="olivebranch benchmark run x.yaml", expected=expected)
    first, second = tmp_path / "one", tmp_path / "two"
    assert (first / "page.md").read_bytes() == (second / "page.md").read_bytes()
    pictures = sorted(file.name for file in (first / "images").iterdir())
    assert len(pictures) == 4  # means, curves for each budget, tuning
    text = (first / "page.md").read_text()
    for picture in pictures:
        assert f"images/{picture})" in text
        assert (first / "images" / picture).read_bytes() == (second / "images" / picture).read_bytes()
        assert (first / "images" / picture).stat().st_size < 300_000
    for head in ("## decisions 2000", "## Scores by game, decisions 4000", "## Time to a threshold, decisions 4000"):
        assert head in text


def table(**learners: list[list[float]]) -> pl.DataFrame:
    """Scores by learner, game and seed."""
    return pl.DataFrame(
        [
            {
                "learner": name, "budget": "b", "stratum": "s", "game": f"g{g}", "seed": k, "score": score,
                "reached": None if g else score < 0.1, "supported": score < 0.01,
            }
            for name, games in learners.items()
            for g, seeds in enumerate(games)
            for k, score in enumerate(seeds)
        ]
    )  # fmt: skip


def test_numbers_are_those_counted_by_hand() -> None:
    found = summaries(table(a=[[0.1, 0.001], [1.0, 1.0]], b=[[0.0, 1e-9], [1.0, 1.0]]), "b")
    assert found["a"].by_game == {"g0": pytest.approx(-2.0), "g1": pytest.approx(0.0)}
    assert found["a"].statistics["mean"].value == pytest.approx(-1.0)
    assert (found["a"].reached, found["a"].supported) == ((1, 2), (1, 4))
    assert found["b"].by_game["g0"] == -6  # below a millionth nothing is told apart
    assert best_in(found, "g0") == ("b",)
    assert best_in(found, "g1") == ("a", "b")


def test_rounding_decides_no_comparison() -> None:
    found = summaries(table(a=[[1e-7] * 4] * 4, b=[[0.0] * 4] * 4), "b")
    assert best_in(found, "g0") == ("a", "b")
    assert sure_orders(found) == []
    found = summaries(table(a=[[1e-4] * 4] * 4, b=[[0.1] * 4] * 4), "b")
    assert sure_orders(found) == [("a", "b")]


def test_a_time_is_that_from_which_on_a_run_stays_below() -> None:
    def run(*scores: float) -> pl.DataFrame:
        rows = [
            {"game": "g", "seed": 0, "units": float(10 * k), "score": score, "learning_seconds": 0.1 * k}
            for k, score in enumerate(scores)
        ]
        return pl.DataFrame(rows)

    assert time_to(run(1.0, 0.05, 0.2, 0.05, 0.01), 0.1, "units") == [30.0]
    assert time_to(run(1.0, 0.05, 0.2, 0.05, 0.2), 0.1, "units") == [None]
    assert time_to(run(0.05, 0.1 + 1e-8), 0.1, "learning_seconds") == [0.0]


@pytest.mark.slow
def test_a_strangers_learner_enters_by_one_file_and_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "examples" / "my_learner.py", tmp_path / "my_learner.py")
    monkeypatch.chdir(tmp_path)
    games = str(GAMES / "development.yaml")
    arguments = ["my_learner.py:RegretMatching", "--track", "tabular", "--games", games, "--output", "entry"]
    result = CliRunner().invoke(
        app, ["benchmark", "submit", *arguments, "--budget", "decisions-2000", "--seeds", "2", "--quiet"]
    )
    assert result.exit_code == 0, result.output
    manifest = read_manifest(Path("entry"))
    assert manifest["code"][0]["spec"] == "my_learner.py:RegretMatching"
    assert len(manifest["tables"]) == 14 * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["entry", "my_learner.py"]
    result = CliRunner().invoke(
        app, ["benchmark", "rescore", "entry", "--games", games, "--board", "board.md", "--json", "--quiet"]
    )
    assert result.exit_code == 0, result.output
    row = json.loads(result.stdout)
    assert (row["name"], row["n_games"], row["seeds"]) == ("entry", 14, 2)
    assert "| entry |" in Path("board.md").read_text()
