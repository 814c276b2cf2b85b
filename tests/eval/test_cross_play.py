"""Cross-play: payoffs by hand in a signalling game (2 types, 2 messages, 2 responses); runs; three players."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.core.errors import ParameterError
from olivebranch.eval.cross_play import cross_play, payoff_matrix
from olivebranch.eval.figures.cross_play import draw_cross_play
from olivebranch.eval.intervals import crossed_bootstrap
from olivebranch.games.registry import NamedGame, find_game
from olivebranch.train.config import parse_config
from olivebranch.train.run import train

# The strong type has probability 3/4. Loud costs the weak type 3. "yield" is worth 4 to the sender whoever it is; the
# receiver wants to yield to the strong type (worth 2) and not to the weak (worth -2).
GAME = """
import numpy as np
from olivebranch.games.base import Game, Outcome

class Alarm(Game):
    name = "alarm"
    players = ("sender", "receiver")
    action_names = ("loud", "quiet", "yield", "stay")
    type_names = (("strong", "weak"), ("only",))
    prior = np.array([[0.75], [0.25]])

    def initial_state(self):
        return "start"

    def legal_actions(self, state):
        return {"start": ((0, 1), (0,)), "loud": ((0,), (2, 3)), "quiet": ((0,), (2, 3))}.get(state, ())

    def outcomes(self, state, joint):
        if state == "start":
            cost = np.array([[0.0], [3.0]]) if joint[0] == 0 else np.zeros((2, 1))
            return (Outcome("", "loud" if joint[0] == 0 else "quiet", 1.0, np.stack([-cost, 0 * cost])),)
        if joint[1] == 3:
            return (Outcome("", "end"),)
        return (Outcome("", "end", 1.0, np.array([[[4.0], [4.0]], [[2.0], [-2.0]]])),)
"""
PLAY = """
def honest(known):                       # the strong are loud, the weak quiet; yields to the loud
    if known.player == "sender":
        return "loud" if known.own_type == "strong" else "quiet"
    return "yield" if known.history[-1].actions["sender"] == "loud" else "stay"

def timid(known):                        # quiet with probability 1/2; always yields
    return {"loud": 0.5, "quiet": 0.5} if known.player == "sender" else "yield"

def sender_only(known):
    return {"sender": "quiet"}[known.player]

def lost(known):
    return "nowhere"
"""
# Sender's payoff by hand. Honest against honest: strong 4 (3/4), weak quiet and stayed 0: 3. Against timid: 3/4 * 4 +
# 1/4 * 4 = 4. Timid sender against honest: loud half the time and then yielded: 0.5 * 4 - 0.25 * 0.5 * 3 = 1.625;
# against timid: 4 - 0.375 = 3.625.
SENDER = [[3.0, 4.0], [1.625, 3.625]]
# Receiver's, rows the receiver's policy, columns the sender's. Honest to honest: 3/4 * 2 = 1.5; honest to timid: half
# of 3/4 * 2 - 1/4 * 2 = 0.5. Timid yields to all: 1.0 in either case.
RECEIVER = [[1.5, 0.5], [1.0, 1.0]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alarm.py").write_text(GAME)
    (tmp_path / "cross.py").write_text(PLAY)


@pytest.fixture
def game() -> NamedGame:
    return find_game("alarm.py:Alarm")


def test_payoffs_by_hand(game: NamedGame) -> None:
    result = cross_play(game, ["cross.py:honest", "cross.py:timid"])
    np.testing.assert_allclose(payoff_matrix(result, 0), SENDER)
    np.testing.assert_allclose(payoff_matrix(result, 1), RECEIVER)
    honest = result.assignment(["cross.py:honest"] * 2)
    assert honest is not None
    # It is no equilibrium: being loud costs the weak 3 and brings 4, a gain of 1 for a quarter of all.
    assert honest.gains[0].value == pytest.approx(0.25 * (4 - 3))
    assert honest.gains[1].value == pytest.approx(0.0)
    assert honest.nash_conv.value == pytest.approx(0.25)
    assert honest.plays == 1
    assert honest.payoffs[0].low == honest.payoffs[0].high == honest.payoffs[0].value


def test_a_policy_plays_the_seats_that_it_can(game: NamedGame) -> None:
    result = cross_play(game, ["cross.py:honest", "cross.py:sender_only"])
    # Quiet in both types, stayed by the honest receiver.
    assert result.assignment(["cross.py:sender_only", "cross.py:honest"]).payoffs[0].value == 0.0  # type: ignore[union-attr]
    assert result.assignment(["cross.py:honest", "cross.py:sender_only"]) is None
    assert "KeyError" in result.entrants[1].refused["receiver"]
    assert np.isnan(payoff_matrix(result, 1)[1]).all()
    draw_cross_play(result)


def learned(name: str, seeds: int, **learner: object) -> None:
    values = {"name": name, "game": {"spec": "alarm.py:Alarm"}, "learner": learner, "seeds": seeds, "evaluations": 1}
    train(parse_config(values), Path("runs"))


def test_runs_count_as_all_their_seeds(game: NamedGame) -> None:
    learned("q", 3, kind="q-learning", episodes=4000)
    learned("r", 2, kind="roth-erev", episodes=4000)
    result = cross_play(game, ["runs/q", "runs/r", "uniform"])
    one = result.assignment(["runs/q", "runs/r"])
    assert one is not None
    assert one.plays == 6
    pairs = cross_play(game, [f"runs/{name}" for name in ("q#0", "q#1", "q#2", "r#0", "r#1")])
    values = [
        pairs.assignment([f"runs/q#{first}", f"runs/r#{second}"]).payoffs[0].value  # type: ignore[union-attr]
        for first in range(3)
        for second in range(2)
    ]
    assert one.payoffs[0].value == pytest.approx(np.mean(values))
    assert min(values) <= one.payoffs[0].low < one.payoffs[0].value < one.payoffs[0].high <= max(values)
    # In both seats at once a run plays seed by seed, as it was trained.
    alone = result.assignment(["runs/q", "runs/q"])
    assert alone is not None
    assert alone.plays == 3
    own = [pairs.assignment([f"runs/q#{seed}"] * 2).payoffs[1].value for seed in range(3)]  # type: ignore[union-attr]
    assert alone.payoffs[1].value == pytest.approx(np.mean(own))


def test_three_players_fill_the_seats_in_every_way() -> None:
    game = find_game("war-ukraine-2022")
    with pytest.raises(ParameterError, match="at least one policy, each of them once"):
        cross_play(game, ["uniform", "uniform"])
    result = cross_play(game, ["uniform"])
    assert len(result.assignments) == 1
    assert len(result.assignments[0].payoffs) == len(game.compiled.game.players) > 2


def test_crossed_bootstrap_of_one_policy_is_the_plain_one_and_of_equal_values_has_no_width() -> None:
    values = np.arange(40.0).reshape(40, 1)
    (one,) = crossed_bootstrap(values, np.random.default_rng(0))
    # Standard error of the mean of 0..39: sqrt((40**2 - 1) / 12 / 40) = 1.825; 95 % within 1.96 of them.
    assert one.value == 19.5
    assert one.high - one.low == pytest.approx(2 * 1.96 * 1.825, rel=0.1)
    (same,) = crossed_bootstrap(np.full((3, 2, 1), 7.0), np.random.default_rng(0))
    assert (same.low, same.high) == pytest.approx((7.0, 7.0))
    # Rows differ and columns do not: as wide as for the rows alone, however many columns there are.
    wide = np.repeat(np.arange(10.0)[:, None, None], 50, axis=1)
    (rows,) = crossed_bootstrap(wide, np.random.default_rng(1))
    assert rows.high - rows.low == pytest.approx(2 * 1.96 * np.sqrt((100 - 1) / 12 / 10), rel=0.15)


def test_the_command_prints_writes_and_refuses(tmp_path: Path) -> None:
    runner = CliRunner()
    policies = ["cross.py:honest", "cross.py:timid"]
    shown = runner.invoke(app, ["cross-play", "--game", "alarm.py:Alarm", *policies, "--output", "out"])
    assert shown.exit_code == 0, shown.output
    assert "3.000 / 1.500" in shown.output
    assert "1.625 / 0.500" in shown.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "cross-play.csv").read_text())))
    assert [row["sender"] for row in rows] == ["cross.py:honest"] * 2 + ["cross.py:timid"] * 2
    assert [float(row["payoff_sender"]) for row in rows] == [3.0, 4.0, 1.625, 3.625]
    assert (tmp_path / "out" / "cross-play.png").stat().st_size > 1000
    answer = runner.invoke(app, ["cross-play", "--game", "alarm.py:Alarm", *policies, "--json"])
    report = json.loads(answer.stdout)
    assert report["players"] == ["sender", "receiver"]
    assert report["assignments"][1]["seats"] == {"sender": "cross.py:honest", "receiver": "cross.py:timid"}
    assert report["assignments"][1]["payoffs"]["sender"] == [4.0, 4.0, 4.0]
    lost = runner.invoke(app, ["cross-play", "--game", "alarm.py:Alarm", "cross.py:lost"])
    assert isinstance(lost.exception, ParameterError)
    assert "cross.py:lost = 'nowhere': expected for sender of type 'strong'" in str(lost.exception)
