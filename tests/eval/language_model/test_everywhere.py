"""A language model wherever a policy stands: cross-play, play, explain, training and its evaluation, the benchmark."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.cli import app
from olivebranch.core.errors import ParameterError
from olivebranch.eval.benchmark.judging import JudgedGame
from olivebranch.eval.benchmark.submissions import rescore, submit_policy
from olivebranch.eval.runs import report_run
from olivebranch.games.registry import find_game
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.config import TrainConfig, validated
from olivebranch.train.run import load_run, train
from tests.language_model_stub import Stub, serving

SECRET = "sk-a-secret-that-must-not-appear"
MODEL = "language-model:model.yaml"
GAME = ("--game", "rival-expectations")


def hawk(situation: str, options: tuple[str, ...]) -> dict[str, float]:
    """Fights on and escalates, whatever the type and the message."""
    worst = "escalate" if "escalate" in options else "fight on"
    return {option: float(option == worst) for option in options}


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """A folder with ``model.yaml``, whose server is a hawk; nothing in the folder may hold the key afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUB_API_KEY", SECRET)
    served = Stub(mixture=hawk, echo=True)
    with serving(served) as url:
        (tmp_path / "model.yaml").write_text(
            f"model: {{name: stub, base_url: '{url}', model: stub-1, seed: 1, key_env: STUB_API_KEY}}\n"
            "frame: {story: war}\nask: {samples: 4, allocation: even}\n"
        )
        yield served
    assert served.keys
    assert set(served.keys) == {SECRET}
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []


def said(*arguments: str, answers: str | None = None) -> str:
    result = CliRunner().invoke(app, arguments, input=answers)
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert SECRET not in result.output
    return result.stdout


def test_it_meets_learners_and_equilibria_in_cross_play(stub: Stub) -> None:
    played = json.loads(said("cross-play", *GAME, MODEL, "equilibrium:pool-talk", "uniform", "--json"))
    text = json.dumps(played)
    assert MODEL in text
    assert len(played["assignments"]) == 9
    assert len(stub.requests) == 4 * 4  # four situations: asked once, and then the transcript answers


def test_one_sits_down_against_it_and_sees_its_moves(stub: Stub) -> None:
    play = json.loads(
        said("play", "rival-expectations", "--as", "sender", "--against", MODEL, "--seed", "1", "--json",
             answers="OFFER_TALKS\n")
    )  # fmt: skip
    assert [event for event in play["log"] if "receiver escalates" in event], play
    lines = said("play", "rival-expectations", "--as", "receiver", "--against", MODEL, "--rounds", "3", "--json",
                 answers="1\n1\n1\n").splitlines()  # fmt: skip
    assert len(lines) == 3
    for line in lines:
        assert "sender fights" in json.loads(line)["log"][0], line


def test_explain_says_why_it_is_no_equilibrium_or_which_one(stub: Stub) -> None:
    """Hawks on both sides are no equilibrium here: someone gains by another move, and no training is invented."""
    (one,) = (json.loads(line) for line in said("explain", *GAME, MODEL, "--json").splitlines())
    assert one["run"] == MODEL
    assert one["learner"] == "language-model"
    assert {cause["cause"] for cause in one["causes"]} == {"regularised", "selected", "exploited"}
    assert len(one["missing"]) == 1
    assert sum(cause["strength"] for cause in one["causes"] if cause["cause"] != "selected") == pytest.approx(1)
    in_words = said("explain", *GAME, MODEL)
    assert "as it plays: language-model on rival-expectations" in in_words
    several = said("explain", *GAME, MODEL, "equilibrium:pool-talk").splitlines()
    assert [line.split(" seed ")[0] for line in several] == [MODEL, "equilibrium:pool-talk"]
    assert ": selected (" in several[1]


def test_explain_refuses_what_does_not_go_together(stub: Stub) -> None:
    for wrong, named in (
        (["explain", "runs/a", "--parameter", "pressure=0.2"], "parameter"),
        (["explain", *GAME, MODEL, "--policy", "average"], "RUN/average"),
    ):
        with pytest.raises(ParameterError, match=named):
            CliRunner().invoke(app, wrong, catch_exceptions=False)
    said("explain", *GAME, MODEL)


def test_learners_are_trained_and_evaluated_against_it_by_several_processes(stub: Stub, tmp_path: Path) -> None:
    values = {
        "name": "against", "game": {"preset": "rival-expectations"}, "learner": {"kind": "hedge", "steps": 200},
        "opponents": {"receiver": MODEL}, "seeds": 2, "evaluations": 2,
    }  # fmt: skip
    path = train(validated(TrainConfig, values), tmp_path / "runs", workers=2).path
    report = report_run(load_run(path)).as_dict()
    assert report["opponents"] == {"receiver": MODEL}
    assert len(stub.requests) == 4 * 4
    game = find_game("rival-expectations").compiled
    tree = unroll(game)
    receiver = behaviour_of(tree, load_run(path).seeds[0].policies["last"]).stages[1]
    own = receiver[:, int(tree.type_offset[1]) :, game.game.action_names.index("ESCALATE")]
    assert own.min() == 1.0


def test_its_tables_enter_the_benchmark_and_are_rescored_without_it(stub: Stub, tmp_path: Path) -> None:
    games = {name: JudgedGame(name, "other", find_game(name)) for name in ("rival-expectations", "costly-escalation")}
    folder = submit_policy(MODEL, tmp_path / "entry", games, name="stub", track="tabular")
    asked = len(stub.requests)
    os.environ.pop("STUB_API_KEY")
    scored = rescore(folder, games)
    assert len(scored) == len(games)
    assert len(stub.requests) == asked
