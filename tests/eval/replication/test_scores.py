"""Scores of runs worked out by hand, and verdicts on predictions from made-up scores."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from olivebranch.cli import app
from olivebranch.eval.replication.predictions import gain, judge
from olivebranch.eval.replication.scores import Scores, score
from olivebranch.eval.sections import marks
from olivebranch.games.cheap_talk import CheapTalkParameters
from olivebranch.games.signalling import SignallingGame
from olivebranch.train.config import read_values, validated
from olivebranch.train.replication.config import ReplicationConfig
from olivebranch.train.replication.run import Runs

CONFIGS = Path(__file__).parents[3] / "configs" / "replications"


def game(bias: Fraction = Fraction(0), states: int = 2) -> SignallingGame:
    return CheapTalkParameters(bias=bias, states=states).form


def runs(sender: list[list[float]], receiver: list[list[float]]) -> Runs:
    send, reply = np.array([sender]), np.array([receiver])
    sent = send / send.shape[1]
    return Runs(send, reply, np.array([9]), np.array([True]), sent, np.einsum("stm,sma->sta", sent, reply))


def test_truth_that_is_believed_is_the_most_informative_equilibrium() -> None:
    found = score(0.0, game(), runs([[0, 1], [1, 0]], [[0, 0, 1], [1, 0, 0]]))
    assert (found.rank[0], found.information[0], found.suboptimal[0]) == (1, pytest.approx(1.0), 0.0)
    assert found.sender_payoff[0] == found.receiver_payoff[0] == found.recent_sender_payoff[0] == 0.0
    assert found.recent_information[0] == pytest.approx(1.0)


def test_losses_and_suboptimal_mass_by_hand() -> None:
    """States 0 and 1, actions 0, 1/2, 1. Truth; after the first message a tenth of the replies is 1/2 instead of 0.

    The receiver loses 1/2 x 1/10 x 1/4. Also the sender's best is the truth: it gets -1/80 and loses nothing.
    """
    found = score(0.0, game(), runs([[1, 0], [0, 1]], [[0.9, 0.1, 0], [0, 0, 1]]))
    assert found.receiver_loss[0] == pytest.approx(1 / 80)
    assert found.sender_loss[0] == pytest.approx(0.0)
    assert found.sender_payoff[0] == found.receiver_payoff[0] == pytest.approx(-1 / 80)
    assert found.suboptimal[0] == pytest.approx(0.1)
    assert not found.nash[0]
    assert found.rank[0] == 0


def test_a_sender_that_would_rather_lie_loses_what_the_lie_gains() -> None:
    """With a bias of 1/2 the low state gets -1/4 from the truth and from the lie, at 3/5 -9/25 and -4/25: 1/5 more."""
    indifferent = score(0.5, game(Fraction(1, 2)), runs([[1, 0], [0, 1]], [[1, 0, 0], [0, 0, 1]]))
    assert indifferent.sender_loss[0] == pytest.approx(0.0)
    assert indifferent.rank[0] == 1
    tempted = score(0.6, game(Fraction(3, 5)), runs([[1, 0], [0, 1]], [[1, 0, 0], [0, 0, 1]]))
    assert tempted.sender_loss[0] == pytest.approx(0.5 * (9 / 25 - 4 / 25))
    assert tempted.suboptimal[0] == pytest.approx(1.0)


def test_replies_to_messages_that_are_hardly_sent_do_not_count() -> None:
    """The second message is not sent; whatever is replied to it, babbling is babbling, as long as no type wants it."""
    found = score(0.0, game(), runs([[1, 0], [1, 0]], [[0, 1, 0], [0, 1, 0]]))
    assert (found.rank[0], found.information[0], found.suboptimal[0]) == (2, 0.0, 0.0)
    off_path = score(0.0, game(), runs([[1, 0], [1, 0]], [[0, 1, 0], [0.5, 0, 0.5]]))
    assert off_path.receiver_loss[0] == 0.0
    assert off_path.suboptimal[0] == 0.0  # half of it would be, against the prior
    wanted = score(0.0, game(), runs([[1, 0], [1, 0]], [[0, 1, 0], [1, 0, 0]]))
    assert wanted.suboptimal[0] == 1.0


def made_up(bias: float, *, converged: bool = True, gained: float = 0.0) -> Scores:
    babble = score(bias, game(Fraction(str(bias)), 6), runs([[1] + [0] * 5] * 6, [[0] * 5 + [1] + [0] * 5] * 6))
    best = babble.best_sender_payoff
    return replace(babble, converged=np.array([converged]), recent_sender_payoff=np.array([best + gained]))


@pytest.mark.parametrize(
    "held_gain,settles,expected",
    [
        (0.02, False, ["It holds.", "It holds.", "It holds."]),
        (-0.01, False, ["It holds.", "It is refuted.", "It is refuted."]),
        (0.02, True, ["It holds in part.", "It holds.", "It holds."]),
    ],
)
def test_verdicts_follow_the_rules_that_were_written_down(held_gain: float, settles: bool, expected: list[str]) -> None:
    config = validated(ReplicationConfig, read_values(CONFIGS / "cheap-talk-crossed.yaml"))
    scores = {}
    for name, cell in config.cells.items():
        held = cell.temperature.least > 0
        gained = held_gain if held and cell.receiver == "responds" else -0.01
        scores[name] = [made_up(bias, converged=settles or not held, gained=gained) for bias in (0.05, 0.2, 0.25, 0.4)]
    assert [one["verdict"] for one in judge(config, scores)] == expected


def test_the_gain_is_a_mean_over_biases_from_0_15_to_0_4() -> None:
    rows = [made_up(bias, gained=bias) for bias in (0.1, 0.15, 0.4, 0.45)]
    assert gain(rows) == pytest.approx((0.15 + 0.4) / 2)
    assert np.isnan(gain(rows[:1]))


@pytest.mark.parametrize("settles,expected", [(True, "It is refuted."), (False, "It holds.")])
def test_the_finer_grid_has_a_verdict_of_its_own(settles: bool, expected: str) -> None:
    config = validated(ReplicationConfig, read_values(CONFIGS / "cheap-talk-grid.yaml"))
    scores = {
        name: [made_up(0.2, converged=settles or cell.temperature.least == 0, gained=0.0 if settles else 0.01)]
        for name, cell in config.cells.items()
    }
    assert [one["verdict"] for one in judge(config, scores)] == [expected]


def test_the_command_scores_writes_its_section_and_goes_on(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("\n".join(["text", *marks("small"), "more"]))
    arguments = ["replicate", str(CONFIGS / "cheap-talk.yaml"), "name=small", "seeds=2", "biases.count=3", "states=3"]
    arguments += ["messages=3", "actions=5", "cells.published.plays=4000", "-o", str(tmp_path), "-q"]
    result = CliRunner().invoke(app, [*arguments, "--document", str(page), "--json"])
    assert result.exit_code == 0, result.output
    assert '"predictions"' in result.output
    assert "| published | 0.0 %" in page.read_text()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 0, again.output
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")} == before
    assert "0.0% of 6 runs converged" in again.output
