"""The component that logit play tends to: textbook games, restricted messages, and refusal where it is unclear."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.theory.signalling.as_json import enumerate_line
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.logit_limit import select_component
from tests.theory.signalling.test_refinements import beer_quiche

BEER = {
    "prior": ["1/10", "9/10"],
    "sender_payoffs": [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
    "receiver_payoffs": [[[1, 0], [1, 0]], [[0, 1], [0, 1]]],
}


def test_logit_play_of_beer_quiche_tends_to_beer() -> None:
    # the intuitive equilibrium, where strong keeps its favourite breakfast
    found = enumerate_equilibria(beer_quiche())
    limit = select_component(found)
    assert limit.candidate == 1
    assert found.components[1].representative.sender_support == ((1,), (1,))
    assert limit.distance < 0.01 < limit.runner_up


def test_a_message_that_a_type_cannot_send_stays_unsent() -> None:
    """The reputation game of Fudenberg and Tirole (1991), section 8.2.2: crazy always preys; one hybrid equilibrium, in
    which sane preys with 1/3 and entry after prey is 1 - (1/2) / (12/5)."""
    delta = Fraction(4, 5)
    game = SignallingGame(
        ["3/4", "1/4"],
        [[[Fraction(1, 2) + delta, Fraction(1, 2) + 4 * delta], [1 + delta, 1 + 4 * delta]], [[0, 0], [0, 0]]],
        [[[delta - 1, -1], [1 + delta, 1]], [[-1 - delta, -1], [None, None]]],
        message_legal=[[True, True], [True, False]],
    )
    found = enumerate_equilibria(game)
    limit = select_component(found)
    assert limit.candidate == 0
    assert len(found.components) == 1
    assert limit.distance < 0.01


def test_random_games_get_one_component_or_a_reason() -> None:
    rng = np.random.default_rng(3)
    decided = several = 0
    for number in range(24):
        shape = ((2, 2, 2), (2, 3, 2), (3, 2, 2))[number % 3]
        weights = rng.integers(1, 9, size=shape[0])
        payoffs = rng.integers(-20, 21, size=(2, *shape)) / 10
        found = enumerate_equilibria(SignallingGame([Fraction(int(w), int(weights.sum())) for w in weights], *payoffs))
        limit = select_component(found)
        several += len(found.components) > 1
        if limit.candidate is None:
            assert limit.reason.startswith("undecided at precision")
        else:
            decided += 1
            assert 0 <= limit.candidate < len(found.components)
            assert limit.distance <= 0.01
    assert decided > 20
    assert several > 3


def test_perfect_symmetry_is_not_decided_by_rounding() -> None:
    # Pure coordination on what two messages mean: two separating equilibria that differ in names only, and babbling,
    # with which uniform play agrees. Rounding must not choose one of the names.
    game = SignallingGame(
        ["1/2", "1/2"],
        [[[1, 0], [1, 0]], [[0, 1], [0, 1]]],
        [[[1, 0], [1, 0]], [[0, 1], [0, 1]]],
    )
    found = enumerate_equilibria(game)
    limit = select_component(found)
    assert limit.candidate is None or found.components[limit.candidate].knife_edges


def test_types_that_cannot_occur_get_no_verdict() -> None:
    found = enumerate_equilibria(SignallingGame([1, 0], beer_quiche().sender_payoffs, beer_quiche().receiver_payoffs))
    limit = select_component(found)
    assert limit.candidate is None
    assert "probability zero" in limit.reason


def test_a_game_without_choices_is_its_own_limit() -> None:
    found = enumerate_equilibria(SignallingGame([1], [[[1]]], [[[1]]]))
    assert select_component(found).candidate == 0


def test_the_json_has_it_at_the_end_and_only_if_asked(tmp_path: Path) -> None:
    plain, asked = enumerate_line(BEER), enumerate_line(BEER, logit_limit=True)
    for part in plain["connected_components"] + plain["components"]:
        assert list(part["refinements"])[-2:] == ["rationality_compatible", "passive"]
    quiche, beer = asked["connected_components"]
    assert list(beer["refinements"])[-1] == "logit_limit"
    assert (quiche["refinements"]["logit_limit"], beer["refinements"]["logit_limit"]) == (False, True)
    assert "at precision" in beer["reasons"]["logit_limit"]
    for entry in asked["components"]:
        assert entry["refinements"]["logit_limit"] == (entry["connected_component"] == 1)
    sure = enumerate_line(BEER | {"prior": [1, 0]}, logit_limit=True)
    assert all(part["refinements"]["logit_limit"] is None for part in sure["connected_components"])

    path = tmp_path / "games.jsonl"
    path.write_text(json.dumps(BEER) + "\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["enumerate", "--file", str(path), "--logit-limit", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads(json.dumps(asked))
    table = CliRunner().invoke(app, ["enumerate", "--file", str(path), "--logit-limit"])
    assert table.exit_code == 0
    assert "logit" in table.stdout


@pytest.mark.parametrize("prior, passes", [(["1/10", "9/10"], False), (["3/4", "1/4"], True)])
def test_passive_conjectures_deter_where_the_prior_does(prior: list[str], passes: bool) -> None:
    # pooling on beer: after an unexpected quiche the receiver duels iff weak is at least as likely as strong
    for part in enumerate_line(BEER | {"prior": prior})["connected_components"]:
        if part["kind"] == "pooling":
            assert part["refinements"]["passive"] == passes


def test_passive_conjectures_are_over_those_who_can_send_the_message() -> None:
    # Quiche is open to weak only, who are few: an unexpected quiche still means weak, and the duel deters it.
    (beer,) = [
        part
        for part in enumerate_line(BEER | {"message_legal": [[True, True], [False, True]]})["connected_components"]
        if part["kind"] == "pooling"
    ]
    assert beer["refinements"]["passive"]
    # If those who can send it cannot occur, nobody explores it, and any belief is allowed.
    line = BEER | {"prior": [0, 1], "message_legal": [[True, True], [False, True]]}
    assert any(part["refinements"]["passive"] for part in enumerate_line(line)["connected_components"])
