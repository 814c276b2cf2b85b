"""Playing a seat, in the library and in the terminal."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.explore.play import Session, Table, opponents_of
from olivebranch.games.registry import find_game
from olivebranch.theory.tree.evaluation import evaluate


def played(game: str, seat: str, against: str, actions: list[str], seed: int = 0, wanted: str = "") -> Session:
    """A finished play in which the seat did what the list says, with the type that is wanted."""
    table = Table(find_game(game), seat, against)
    generator = np.random.default_rng(seed)
    while True:
        session = Session(table, generator)
        if wanted in ("", session.type_name):
            break
    for action in actions:
        if session.finished:
            break
        session.act({name: number for number, name in session.legal()}[action])
    return session


def test_after_an_offer_in_low_talks_the_enemy_is_sure_of_weakness() -> None:
    """The equilibrium: the weak offer and are escalated on; worth -(1-s) ℓ_L - f = -0.45*0.95 - 0.15 = -0.5775."""
    session = played("desperate-first", "sender", "equilibrium:low-talks", ["OFFER_TALKS"], wanted="weak")
    told = session.debrief()
    assert told.earned == pytest.approx(-0.5775)
    (step,) = told.steps
    assert [b.probabilities for b in step.beliefs] == [(0.0, 1.0)]
    # Fighting on, the weak are taken for the strong and held on: -λ ℓ_L = -0.8*0.95.
    assert dict(step.values) == {"FIGHT": pytest.approx(-0.76), "OFFER_TALKS": pytest.approx(-0.5775)}
    assert told.best == pytest.approx(-0.5775)


def test_what_an_equilibrium_never_expects_leaves_bayes_rule_silent() -> None:
    session = played("fear-of-weakness", "sender", "equilibrium:pool-fight", ["OFFER_TALKS"])
    (step,) = session.debrief().steps
    assert [b.probabilities for b in step.beliefs] == [None]


def test_a_receiver_believes_what_the_message_says() -> None:
    session = played("desperate-first", "receiver", "equilibrium:low-talks", ["ESCALATE"])
    told = session.debrief()
    assert told.steps[0].beliefs == ()  # the receiver has no type to believe anything of
    assert told.earned <= told.best + 1


def test_a_best_response_earns_at_least_what_any_play_earns_on_average() -> None:
    for seat in ("A", "B"):
        table = Table(find_game("war-example"), seat, "uniform")
        value = evaluate(table.profile)
        assert all(b >= v - 1e-12 for b, v in zip(table.best, value.values_by_type[table.seat].tolist(), strict=True))
        assert max(b - v for b, v in zip(table.best, table.following, strict=True)) > 0.01


def test_the_average_of_many_plays_is_what_the_tree_says() -> None:
    """Following the best action values, a human being earns what a best response does (to four standard errors)."""
    table, generator = Table(find_game("war-example"), "A", "uniform"), np.random.default_rng(5)
    earned: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(1500):
        session = Session(table, generator)
        own = session.play.types[0]
        while not session.finished:
            stage, row = len(session.play.edges), session._row
            session.act(int(table.response.of(0, stage)[row, own].argmax()))
        earned[own].append(session.debrief().earned)
    for own, values in earned.items():
        error = np.std(values) / np.sqrt(len(values))
        assert abs(np.mean(values) - table.best[own]) < 4 * error


def test_what_is_not_legal_or_does_not_exist_is_named() -> None:
    session = played("desperate-first", "sender", "equilibrium:low-talks", [])
    with pytest.raises(ParameterError, match=r"action = 1: expected one of 0 \(FIGHT\), 2 \(OFFER_TALKS\)"):
        session.act(1)
    with pytest.raises(ValueError, match="not over"):
        session.debrief()
    with pytest.raises(ParameterError, match="as = 'king': expected one of sender, receiver"):
        Table(find_game("desperate-first"), "king", "uniform")
    with pytest.raises(ParameterError, match="equilibrium = 'pool-talk': expected one that exists"):
        Table(find_game("desperate-first"), "sender", "equilibrium:pool-talk")
    assert opponents_of(find_game("desperate-first")) == ["equilibrium:low-talks", "uniform"]


def command(*arguments: str, said: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "olivebranch", "play", *arguments],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def test_the_terminal_asks_again_and_then_tells() -> None:
    result = command("desperate-first", "--as", "sender", "--seed", "1", said="maybe\n2\n")
    assert result.returncode == 0, result.stderr
    assert "'maybe': expected a number or a name from this list" in result.stderr
    assert "believed of you" in result.stdout
    assert "a best response to them earns" in result.stdout


def test_json_against_a_function_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def hawk(known):\n    return known.legal_actions[-1]\n")
    result = command(
        "war-example",
        "--as",
        "B",
        "--against",
        "mine.py:hawk",
        "--seed",
        "2",
        "--json",
        said="FIGHT\n" * 9,
        folder=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["finished"]
    assert told["steps"]
    assert {len(step["believed"]) for step in told["steps"]} <= {0, 1}


def test_when_input_ends_one_line_says_so() -> None:
    result = command("desperate-first", "--as", "sender", said="")
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith("olivebranch: answer = None: expected an action for each decision")
