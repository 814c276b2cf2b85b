"""``olivebranch equilibria``: exact for signalling games, numerical for the rest, any number of players."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.signalling.certificate import Certificate, check_certificate
from tests.cli.test_commands import refused, run

BREAKFAST = str(Path(__file__).parents[2] / "examples" / "beer-quiche.yaml")
THREE = """
import numpy as np
from olivebranch.games import Game, Outcome

class Vote(Game):
    name, players, action_names = "vote", ("ann", "bob", "cid"), ("left", "right")
    type_names, prior = (("calm", "wild"), ("only",), ("only",)), np.array([[[0.6]], [[0.4]]])

    def initial_state(self):
        return "vote"

    def legal_actions(self, state):
        return ((0, 1),) * 3 if state == "vote" else ()

    def outcomes(self, state, joint):
        won = [float(sum(joint) >= 2) == vote for vote in joint]
        return (Outcome("", "end", 1.0, np.array(won, dtype=float).reshape(3, 1, 1, 1)),)
"""


def answer(*arguments: str) -> dict[str, Any]:
    result = run("equilibria", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    content = json.loads(result.stdout)
    assert isinstance(content, dict)
    return content


def test_a_signalling_game_has_all_its_components_listed_with_beliefs_and_verdicts() -> None:
    content = answer("--game", BREAKFAST)
    assert (content["game"], content["preset"], content["source"]) == ("beer-quiche", None, "enumeration")
    assert content["complete"] is True
    beer, quiche = content["equilibria"]
    assert beer["name"] == "strong beer, weak beer"
    assert beer["sender"] == {"strong": {"beer": 1.0}, "weak": {"beer": 1.0}}
    assert beer["beliefs"] == {"beer": {"strong": 0.9, "weak": pytest.approx(0.1)}}
    assert beer["values"] == {"breakfaster": pytest.approx(2.9), "challenger": pytest.approx(0.9)}
    assert beer["nash_conv"] < 1e-12
    assert beer["refinements"]["intuitive"] is True
    # a fight after quiche deters the weak from 1/2 on; it is optimal where at most half are believed to be strong
    off_path = beer["off_path"]["quiche"]
    assert list(beer["off_path"]) == ["quiche"]
    fights = [reply.get("fight", 0.0) for entry in off_path for reply in entry["replies"]]
    assert (min(fights), max(fights)) == (0.5, 1.0)
    strong = [belief["strong"] for entry in off_path for belief in entry["beliefs"]]
    assert (min(strong), max(strong)) == (0.0, 0.5)
    assert quiche["refinements"]["intuitive"] is False
    assert "type strong gains" in quiche["reasons"]["intuitive"]


def test_the_certificates_can_be_checked_without_the_solver() -> None:
    game = SignallingGame(
        ["9/10", "1/10"],
        [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
        [[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
    )
    for entry in answer("--game", BREAKFAST)["equilibria"]:
        certificate = Certificate.from_dict(entry["certificate"])
        assert check_certificate(game, certificate) == []
        assert all(isinstance(p, Fraction) for cell in certificate.cells for row in cell.senders[0] for p in row)


def test_components_of_presets_have_the_names_of_the_closed_form() -> None:
    content = answer("--preset", "rival-expectations")
    assert content["preset"] == "rival-expectations"
    names = [entry["name"] for entry in content["equilibria"]]
    assert names == ["low-talks-high-mixes", "pool-fight", "pool-talk"]
    changed = answer("--game", "rival-expectations", "--parameter", "pressure=0.2")
    assert changed["preset"] is None
    assert changed["equilibria"]


def test_tables_say_what_json_says() -> None:
    text = run("equilibria", "--game", BREAKFAST).stdout
    for expected in (
        "beer-quiche: every perfect Bayesian equilibrium, 2 components",
        "1. strong beer, weak beer",
        "pooling, a set of dimension 1; values: breakfaster 2.9000, challenger 0.9000",
        "fight 0.5 to 1, retreat 0 to 0.5",
        "strong 0 to 0.5, weak 0.5 to 1",
        "fails the intuitive criterion",
        "fails passive conjectures: message quiche",
        "type strong gains at every best response that is left",
    ):
        assert expected in text


def test_a_game_of_constant_sum_is_solved_exactly() -> None:
    content = answer("--preset", "kuhn-poker")
    assert (content["source"], content["complete"]) == ("linear programming", True)
    (entry,) = content["equilibria"]
    assert entry["name"] == "kuhn-1950"
    assert entry["values"] == {"first": pytest.approx(-1 / 18), "second": pytest.approx(1 / 18)}
    assert entry["nash_conv"] < 1e-9
    jack: list[Mapping[str, Any]] = [
        row for row in entry["information_sets"] if (row["player"], row["type"]) == ("second", "jack")
    ]
    assert jack[0]["after"] == "pass"
    assert jack[0]["actions"]["bet"] == pytest.approx(1 / 3)
    assert "of which this is one" in run("equilibria", "--preset", "kuhn-poker").stdout


def test_a_war_shows_hazards_and_its_gap() -> None:
    content = answer("--preset", "war-example")
    (entry,) = content["equilibria"]
    assert (content["source"], content["complete"], content["runs"]) == ("numerical", False, 6)
    assert entry["name"] == "resilient A fights on, weak A offers in period 1; B offers in period 1"
    assert entry["nash_conv"] <= 1e-6
    assert entry["converged"] is True
    assert entry["first_offer_hazard"]["A"]["low"][0] == pytest.approx(1)
    assert "information_sets" not in entry
    text = run("equilibria", "--preset", "war-example").stdout
    assert "1 numerical equilibrium from 6 searches; there may be others" in text
    assert "Hazard of a first offer" in text


def test_a_users_game_of_three_players_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vote.py").write_text(THREE)
    content = answer("--game", "vote.py:Vote")
    assert (content["game"], content["rules"], content["source"]) == ("Vote", "custom", "numerical")
    for entry in content["equilibria"]:
        assert set(entry["values"]) == {"ann", "bob", "cid"}
        assert entry["nash_conv"] <= 1e-6
        assert {row["player"] for row in entry["information_sets"]} == {"ann", "bob", "cid"}
    names = [entry["name"] for entry in content["equilibria"]]
    assert len(set(names)) == len(names)
    assert "ann" in run("equilibria", "--game", "vote.py:Vote").stdout


def test_options_of_the_search_make_one_even_where_equilibria_are_known() -> None:
    content = answer("--preset", "desperate-first", "--starts", "1", "--solver", "cfr+", "--no-cache")
    assert (content["source"], content["runs"]) == ("numerical", 1)
    assert all(entry["solver"] == "CFR+" for entry in content["equilibria"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--preset", "war-example", "--solver", "mmdd"), "solver = 'mmdd': expected one of"),
        (("--preset", "war-example", "--solver", "lp"), "solver = 'lp': expected a two-player game of constant sum"),
        (("--preset", "war-example", "--starts", "0"), "starts = 0: expected a whole number of at least 1"),
        (("--preset", "war-example", "--tolerance", "0"), "tolerance = 0.0: expected a number above 0"),
        ((), "game = None: expected --game SPEC"),
        (("--game", "no-such-game"), "game = 'no-such-game': expected"),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("equilibria", *arguments)
