"""The command line: what it prints, and one clear line with exit code 2 for bad input."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.cli.solve import escalates
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import each_game
from olivebranch.games.war_parameters import WarParameters
from olivebranch.theory.signalling.as_json import enumerate_line
from olivebranch.theory.talks.solve import solve_many, solve_talks
from tests.strategies import random_parameters


def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would."""
    code = "from olivebranch.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], input=text, capture_output=True, text=True)


def refused(*arguments: str, text: str | None = None) -> str:
    """The one line with which bad input is refused, after lines of progress where the machine is slow."""
    result = run(*arguments, text=text)
    assert result.returncode == 2
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if not re.search(r"; \d+ s$", line)]
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_solve_json_has_the_agreed_keys() -> None:
    result = run("solve", "--preset", "rival-expectations", "--json")
    line = json.loads(result.stdout)
    assert line == solve_talks(load_preset("rival-expectations").parameters).as_dict()
    keys = {
        "name", "offer_high", "offer_low", "escalate_after_offer", "escalate_after_fight", "belief_after_offer",
        "belief_after_fight", "d1", "intuitive",
    }  # fmt: skip
    assert all(set(equilibrium) == keys for equilibrium in line["equilibria"])


def test_solve_takes_parameters_and_lets_them_override_a_preset() -> None:
    values = load_preset("costly-escalation").parameters.as_dict()
    flags = [word for name, value in values.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    given = run("solve", *flags, "--json")
    assert given.stdout == run("solve", "--preset", "costly-escalation", "--json").stdout
    changed = run("solve", "--preset", "costly-escalation", "--escalation-cost", "0.1", "--json")
    assert [e["name"] for e in json.loads(changed.stdout)["equilibria"]] == ["pool-fight"]


def test_solve_file_answers_line_by_line(tmp_path: Path) -> None:
    table = random_parameters(200, np.random.default_rng(2))
    file = tmp_path / "games.jsonl"
    file.write_text("".join(json.dumps(game.as_dict()) + "\n" for game in each_game(table)))
    result = run("solve", "--file", str(file), "--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [s.as_dict() for s in solve_many(table)]
    assert run("solve", "--file", "-", "--json", text=file.read_text()).stdout == result.stdout


def test_solve_holds_every_component_against_the_definition(tmp_path: Path) -> None:
    file = tmp_path / "games.jsonl"
    games = random_parameters(50, np.random.default_rng(4))
    file.write_text("".join(json.dumps(game.as_dict()) + "\n" for game in each_game(games)))
    result = run("solve", "--file", str(file), "--check", "--json")
    assert result.returncode == 0
    for line, solution in zip(map(json.loads, result.stdout.splitlines()), solve_many(games), strict=True):
        checks = [component.pop("check") for component in line["equilibria"]]
        assert line == solution.as_dict()
        assert all(check["is_equilibrium"] and 0 <= check["worst_regret"] < 1e-9 for check in checks)
    text = run("solve", "--preset", "rival-expectations", "--check").stdout
    names = solve_talks(load_preset("rival-expectations").parameters).names
    assert f"{len(names)} of {len(names)} components are equilibria; the largest regret is" in " ".join(text.split())


def test_solve_says_where_it_had_to_enumerate_and_gives_that_answer(tmp_path: Path) -> None:
    game = {
        "prior_high": 0.4, "loss_high": 0.0, "loss_low": 1.0, "escalation_cost": 0.0, "sender_dividend": 0.4,
        "receiver_dividend": 0.0, "shelter": 0.6, "face_cost": 0.3, "guarantee": 0.1,
    }  # fmt: skip
    flags = [word for name, value in game.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    text = " ".join(run("solve", *flags, "--check").stdout.split())
    assert "component-1-extreme-2" in text
    assert "closed forms have no row, so the equilibria were enumerated exactly" in text
    assert "2 of 2 components are equilibria" in text
    line = json.loads(run("solve", *flags, "--json").stdout)
    table = {
        "prior": ["2/5", "3/5"],  # by hand from docs/model.md; fight, offer; hold, escalate
        "sender_payoffs": [[[0, 0], ["2/5", "-3/10"]], [[0, -1], ["2/5", "-7/10"]]],
        "receiver_payoffs": [[[0, 0], [0, "-1/10"]], [[0, 1], [0, "3/10"]]],
    }
    names = {"type_names": ["high", "low"], "message_names": ["fight", "offer"], "response_names": ["hold", "escalate"]}
    assert line["enumerated"] == enumerate_line(table | names)
    file = tmp_path / "games.jsonl"
    file.write_text(json.dumps(game) + "\n")
    assert json.loads(run("solve", "--file", str(file), "--json").stdout) == line
    assert "closed forms have no row: 1." in run("solve", "--file", str(file)).stdout


def test_solve_ends_with_1_if_a_component_is_no_equilibrium(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = load_preset("rival-expectations").parameters
    solution = solve_talks(parameters)
    wrong = replace(solution.equilibria[0], offer_high=0.5)
    altered = replace(solution, equilibria=(wrong, *solution.equilibria[1:]))
    monkeypatch.setattr("olivebranch.theory.talks.solve.solve_talks", lambda _: altered)
    result = CliRunner().invoke(app, ["solve", "--preset", "rival-expectations", "--check", "--json"])
    assert result.exit_code == 1
    first, *others = json.loads(result.stdout)["equilibria"]
    assert not first["check"]["is_equilibrium"]
    assert first["check"]["worst_regret"] > 1e-3
    assert all(component["check"]["is_equilibrium"] for component in others)


def test_solve_prints_a_table_for_people() -> None:
    text = run("solve", "--preset", "desperate-first").stdout
    assert "low-talks" in text
    assert "Adverse inference: +0.190" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("solve", "--prior-high", "2", "--preset", "desperate-first"),
            "prior_high = 2.0: expected a number in [0, 1]",
        ),
        (("solve", "--prior-high", "a"), "--prior-high = 'a': expected a number"),
        (("claims", "--theory", "--draws", "0"), "--draws = '0': expected a number of at least 1"),
        (("regions", "--preset", "x", "--refined", "bth"), "expected one of both, none, d1; did you mean 'both'?"),
        (("solve", "--preset", "desparate-first"), "did you mean 'desperate-first'?"),
        (("solve", "--preset", "nobody"), "preset = 'nobody': expected one of banks-camerer-porter-1"),
        (("solve", "--prior-high", "0.5"), "loss_high = None"),
        (("solve", "--file", "no-such-file"), "no-such-file"),
        (("solve", "--file", "x", "--prior-high", "0.5"), "no parameters"),
        (("sollve",), "No such command 'sollve'"),
        (("solve", "--nonsense", "1"), "--nonsense"),
        (("train", "no-such.yaml"), "no-such.yaml"),
        (("eval", "no-such-run"), "no-such-run"),
        (("enumerate", "--file", "no-such-file", "--json"), "no-such-file"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}\n", "standard input, line 1: prior_high = None"),
        ("[1]\n", "line 1: expected a JSON object"),
        ("\n{oops\n", "line 2: expected a JSON object"),
        ("", "it is empty"),
        (json.dumps({**load_preset("desperate-first").parameters.as_dict(), "prior_high": True}), "prior_high = True"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_printed(text: str, words: str) -> None:
    assert words in refused("solve", "--file", "-", "--json", text=text)


def test_enumerate_finds_what_solve_finds() -> None:
    # weak-blend-in, its payoffs written out from docs/model.md, section 2, as exact fractions.
    p = {name: Fraction(str(value)) for name, value in load_preset("weak-blend-in").parameters.as_dict().items()}
    losses = (p["loss_high"], p["loss_low"])
    exposed = 1 - p["shelter"]
    sender = [
        [[-p["pressure"] * loss, -loss], [p["sender_dividend"], -exposed * loss - p["face_cost"]]] for loss in losses
    ]
    receiver = [
        [
            [p["pressure"] * loss, loss - p["escalation_cost"]],
            [p["receiver_dividend"], exposed * loss - p["escalation_cost"] - p["guarantee"]],
        ]
        for loss in losses
    ]
    game = {"prior": [p["prior_high"], 1 - p["prior_high"]], "sender_payoffs": sender, "receiver_payoffs": receiver}
    result = run("enumerate", "--file", "-", "--json", text=json.dumps(game, default=str))
    (component,) = json.loads(result.stdout)["components"]
    assert component["sender_support"] == [[0], [0, 1]]  # the high type fights, the low type mixes
    assert component["receiver_support"] == [[0, 1], [1]]
    assert component["sender_strategy"][1] == pytest.approx([0.4, 0.6])
    assert component["refinements"]["d1"]


BEER_QUICHE = {
    "prior": [0.1, 0.9],
    "sender_payoffs": [[[2, 0], [3, 1]], [[3, 1], [2, 0]]],
    "receiver_payoffs": [[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
    "type_names": ["wimp", "[surly]"],
    "message_names": ["beer", "quiche"],
    "response_names": ["retreat", "duel"],
}


def test_enumerate_shows_the_names_that_a_game_gives_and_every_refinement_that_rejects() -> None:
    """Cho and Kreps 1987: all at breakfast with beer survives, all with quiche fails the intuitive criterion."""
    shown = run("enumerate", "--file", "-", text=json.dumps(BEER_QUICHE)).stdout
    words = " ".join(word for word in shown.split() if word != "│")
    assert "wimp quiche dimension 0 [surly] quiche after beer (not sent) duel after quiche retreat" in words
    rejected = "the intuitive criterion, D1, D2, universal divinity, never a weak best response,"
    assert all(word in words for word in rejected.split())
    assert "…" not in shown
    assert "{0}" not in shown
    assert "retreat: 0." in words
    unnamed = {key: value for key, value in BEER_QUICHE.items() if not key.endswith("_names")}
    shown = run("enumerate", "--file", "-", text=json.dumps(unnamed)).stdout
    assert "type 1" in shown
    assert "after message 0 (not sent)" in shown


def test_export_writes_a_file_that_openspiel_reads(tmp_path: Path) -> None:
    pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel is an optional extra: pip install olivebranch[peers]")
    file = tmp_path / "game.efg"
    assert run("export", "--preset", "desperate-first", "--output", str(file)).returncode == 0
    game = pyspiel.load_game("efg_game", {"filename": str(file)})
    assert game.num_players() == 2
    assert run("export", "--preset", "desperate-first").stdout == file.read_text()
    assert "fits" in refused("export", "--preset", "desperate-first", "--max-nodes", "3")


def test_presets_are_one_line_each_and_fit_a_narrow_terminal() -> None:
    listed = run("presets").stdout.splitlines()
    assert max(map(len, listed)) <= 80
    first_words = [line.split()[0] for line in listed if not line.startswith(" ")]
    assert set(preset_names()) <= set(first_words)
    assert len(listed) < 2 * len(preset_names()) + 3


def test_one_preset_is_shown_with_everything_that_its_file_says() -> None:
    preset = load_preset("war-ukraine-2022")
    words = " ".join(run("presets", preset.name).stdout.split())
    for text in (preset.title, *(fact for fact, _ in preset.facts), *preset.assumptions, *preset.wrong_if):
        assert " ".join(text.split()) in words
    assert '"aid_effect": 0.41' in words
    (line,) = run("presets", preset.name, "--json").stdout.splitlines()
    assert WarParameters.from_mapping(json.loads(line)["parameters"]) == preset.parameters
    names = [json.loads(line)["name"] for line in run("presets", "--json").stdout.splitlines()]
    assert names == list(preset_names())
    assert "did you mean 'kuhn-poker'" in refused("presets", "kuhn-pokr")


def test_solve_tells_where_a_war_is_solved() -> None:
    assert "`olivebranch equilibria --preset war-example`" in refused("solve", "--preset", "war-example")


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        (-0.955, "never escalates, whatever it believes"),
        (0.0, "never gains by escalating, whatever it believes"),
        (0.25, "escalates if Pr(high) < 0.250"),
        (1.0, "escalates if Pr(high) < 1.000"),
        (1.2, "always escalates, whatever it believes"),
    ],
)
def test_a_threshold_outside_of_what_can_be_believed_is_put_into_words(threshold: float, words: str) -> None:
    assert escalates(threshold) == words


def test_help_names_everything() -> None:
    text = run("--help").stdout
    assert all(command in text for command in ("solve", "enumerate", "train", "eval", "study", "presets"))
    assert run("--version").stdout.startswith("olivebranch ")
