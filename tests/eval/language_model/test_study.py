"""``olivebranch study`` with language models, from the command to the page, and what a stranger's config can do."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.core.errors import ParameterError
from olivebranch.eval.intervals import Estimate
from olivebranch.eval.language_model.claims import PLAYED, verdict
from olivebranch.eval.language_model.study import StudyConfig, cells_of, changed_game, claims_about
from olivebranch.games.registry import find_game, preset_names
from tests.language_model_stub import Stub, serving

SECRET = "sk-a-secret-that-must-not-appear"
ROOT = Path(__file__).parents[3]
CONFIG = """
language_model:
  models: [{{name: stub, base_url: "{url}", model: stub-1, seed: 1, key_env: STUB_API_KEY, input_price: 1.0}}]
  frames: [{{story: neutral}}, {{story: war}}]
  games: [rival-expectations]
  ask: {{samples: 6, beliefs: true, belief_samples: 2, repeated: 2, repetitions: 1}}
  claims: true
  beside: ["equilibrium:pool-talk", "equilibrium:low-talks"]
"""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["study", *arguments])
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.stdout


def test_a_study_is_one_page_that_is_the_same_offline_and_holds_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUB_API_KEY", SECRET)
    config, folder = tmp_path / "study.yaml", tmp_path / "out"
    with serving(Stub(echo=True, refuse=0.1, belief=40)) as url:
        config.write_text(CONFIG.format(url=url))
        estimate = json.loads(run(str(config), "--output", str(folder), "--estimate", "--json"))
        said = run(str(config), "--output", str(folder))
    results = json.loads((folder / "results.json").read_text())
    transcripts = list((folder / "transcripts").glob("*/transcript.jsonl"))
    answered = sum(path.read_bytes().count(b"\n") for path in transcripts)
    assert len(results["scores"]) == 2
    assert estimate["total"]["requests"] >= answered
    assert estimate["total"]["cost"]["USD"] > 0
    page = (folder / "report.md").read_text()
    assert "## The claims" in page
    assert "## Departures" in page
    assert "## Frame invariance" in page
    assert "## Beliefs" in page
    assert "## Repeated play with feedback" in page
    assert said.startswith("# Language models against the equilibria")
    for score in results["scores"]:
        low, high = score["nash_conv"][1:]
        assert 0 <= low <= score["nash_conv"][0] <= high
        assert score["answers"]["refusal"] + score["answers"]["move"] == 24
        assert score["escalations"]["model"][0] >= 0
        assert score["explanation"]["nash_conv"] == pytest.approx(score["nash_conv"][0])
        assert {cause["cause"] for cause in score["explanation"]["causes"]} == {"regularised", "selected", "exploited"}
        for move in score["moves"]:
            assert move["share"][1] <= move["taken"] / move["asked"] <= move["share"][2]
        assert score["escalations"]["pool-talk"] == [0.0, 0.0, 0.0]
        assert score["talks"]["pool-talk"] == [1.0, 1.0, 1.0]
    assert {claim["claim"] for claim in results["claims"]} == {"C1", "C2", "C5", "C6", "C7", "C8", "C9"}
    beside = {each["spec"]: each for each in results["beside"]}
    assert beside["equilibrium:pool-talk"]["nash_conv"] == pytest.approx(0, abs=1e-12)
    assert beside["equilibrium:pool-talk"]["reached"] == {"pool-talk": 1}
    assert "low-talks" in beside["equilibrium:low-talks"]["refused"]
    assert list(folder.glob("policies/*/sender.safetensors"))
    before = {path: path.read_bytes() for path in (folder / "report.md", folder / "results.json", *transcripts)}
    monkeypatch.delenv("STUB_API_KEY")
    run(str(config), "--output", str(folder), "--offline")
    assert {path: path.read_bytes() for path in before} == before
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []
    assert SECRET not in said


def test_a_model_that_plays_an_equilibrium_is_found_there(tmp_path: Path) -> None:
    """In the words of the war frame: everybody talks, and nobody ever escalates."""

    def plays(situation: str, options: tuple[str, ...]) -> dict[str, float]:
        best = next((option for option in options if option.startswith("talks")), "fight on")
        return {option: float(option == best) for option in options}

    config, folder = tmp_path / "study.yaml", tmp_path / "out"
    with serving(Stub(mixture=plays)) as url:
        config.write_text(
            f"language_model: {{models: [{{name: stub, base_url: '{url}', model: m, seed: 1}}], "
            "frames: [{story: war}], games: [rival-expectations], ask: {samples: 100, allocation: even}}"
        )
        run(str(config), "--output", str(folder))
    (score,) = json.loads((folder / "results.json").read_text())["scores"]
    assert (score["nearest"], score["nash_conv"][0]) == ("pool-talk", 0)
    assert score["nash_conv"][1] == 0
    assert score["nash_conv"][2] < 0.05
    assert score["reached"]["pool-talk"] > 0.95


def test_limits_hold_for_a_study_as_a_whole_and_what_was_answered_is_scored(tmp_path: Path) -> None:
    config, folder = tmp_path / "study.yaml", tmp_path / "out"
    with serving(Stub()) as url:
        config.write_text(
            f"language_model: {{models: [{{name: stub, base_url: '{url}', model: m, seed: 1}}], "
            "frames: [{story: war}, {story: neutral}, {story: business}], "
            "games: [rival-expectations], ask: {samples: 6, max_requests: 30}}"
        )
        run(str(config), "--output", str(folder))
    results = json.loads((folder / "results.json").read_text())
    assert [sum(score["answers"].values()) for score in results["scores"]] == [24, 6]
    assert "1 of 3 parts" in results["stopped"]
    assert "The study was stopped" in (folder / "report.md").read_text()
    before = (folder / "results.json").read_bytes()
    run(str(config), "--output", str(folder), "--offline")
    assert (folder / "results.json").read_bytes() == before


@pytest.mark.parametrize(
    "text,named",
    [
        ("language_model: {models: []}", "games"),
        ("language_model: {models: [], games: [rival-expectations]}", "models"),
        ("language_model: {models: [{name: a}], games: [rival-expectations]}", "models.base_url"),
        ("language_model: {games: [rival-expectations], model: 3}", "did you mean 'models'"),
        ("language_model: []", "mapping"),
        ("language_model: {models: [], games: [no-such-game]}", "no-such-game"),
        ("{language_model: {}, os: 1}", "os"),
    ],
)
def test_a_wrong_study_is_refused_in_one_line(text: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(ParameterError) as error:
        StudyConfig.read(tmp_path / "study.yaml")
    assert named in str(error.value)
    assert "\n" not in str(error.value)


def test_the_shipped_configs_can_be_read() -> None:
    paths = sorted((ROOT / "configs/language-model").glob("*.yaml"))
    assert paths
    for path in paths:
        config = StudyConfig.read(path)
        assert cells_of(config, Path())


def test_changes_of_the_command_line_reach_the_config() -> None:
    path = ROOT / "configs/language-model/local.yaml"
    config = StudyConfig.read(path, [find_game("war-example")], [("ask.samples", 3), ("language_model.claims", False)])
    assert (config.ask.samples, config.claims, [game.label for game in config.games]) == (3, False, ["war-example"])


def test_every_claim_of_the_ledger_up_to_nine_can_be_asked_of_some_preset() -> None:
    about: dict[str, list[str]] = {claim.key: [] for claim in PLAYED}
    for name in preset_names():
        game = find_game(name)
        for claim in claims_about(game):
            if claim.change is None or changed_game(game, claim) is not None:
                about[claim.key].append(name)
    assert list(about) == [f"C{number}" for number in range(1, 10)]
    assert all(about.values()), about


def test_a_verdict_follows_from_the_interval() -> None:
    assert verdict(1, Estimate(0.2, 0.1, 0.3)) == "as claimed"
    assert verdict(-1, Estimate(0.2, 0.1, 0.3)) == "against it"
    assert verdict(1, Estimate(0.2, -0.1, 0.3)) == "not decided"
    assert verdict(0, Estimate(0.0, -0.05, 0.05)) == "as claimed"
    assert verdict(0, Estimate(0.3, 0.2, 0.4)) == "against it"
    assert verdict(0, Estimate(0.1, 0.0, 0.2)) == "not decided"
