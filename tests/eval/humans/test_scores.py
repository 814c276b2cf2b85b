"""Where play of signalling experiments is, how precise it is, and what the page says of people."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from olivebranch.agents.stacked.games import StackedPlay
from olivebranch.agents.tabular.q_learning import QLearningSettings
from olivebranch.cli import app
from olivebranch.eval.humans.predictions import judge
from olivebranch.eval.humans.report import MISSING
from olivebranch.eval.humans.scores import Fitter, Theory, land
from olivebranch.eval.sections import marks
from olivebranch.games.registry import load_preset
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.quantal_response.fit import logit_branch
from olivebranch.theory.signalling.tables import in_unit_payoffs, tables_of
from olivebranch.theory.tree.histories import unroll


def form(name: str) -> SignallingGame:
    return load_preset(name).parameters_as(SignallingGame)


def play(sender: list[list[float]], receiver: list[list[float]]) -> StackedPlay:
    return StackedPlay(np.array([sender], dtype=float), np.array([receiver], dtype=float))


def test_brandts_and_holt_3_has_the_intuitive_and_the_other_equilibrium() -> None:
    """Type A gets 45 from I in the first and at most 45 from S; type B's S is what a deviation there would mean."""
    theory = Theory.of(form("brandts-holt-3"))
    assert theory.names == ("all I", "all S")
    assert [verdicts["intuitive"] for verdicts in theory.verdicts] == [True, False]
    assert [verdicts["logit_limit"] for verdicts in theory.verdicts] == [True, False]


@pytest.mark.parametrize(
    "sender,receiver,reached,supported",
    [
        ([[1, 0], [1, 0]], [[1, 0, 0], [0, 1, 0]], 0, 1),  # all I, answered C; S would be answered D
        ([[1, 0], [1, 0]], [[1, 0, 0], [1, 0, 0]], 0, 0),  # the same outcome, but after S type B would gain
        ([[0.98, 0.02], [1, 0]], [[1, 0, 0], [0, 1, 0]], 0, 1),
        ([[0.8, 0.2], [1, 0]], [[1, 0, 0], [0, 1, 0]], -1, 0),  # a tenth of all play is elsewhere
        ([[0, 1], [0, 1]], [[0, 1, 0], [1, 0, 0]], 1, 1),  # all S, answered C; I would be answered D
    ],
)
def test_where_play_is(sender: list[list[float]], receiver: list[list[float]], reached: int, supported: int) -> None:
    landed = land(Theory.of(form("brandts-holt-3")), play(sender, receiver))
    assert (int(landed.reached[0]), landed.supported) == (reached, supported)


def test_components_with_one_outcome_are_told_apart_by_replies_off_the_path() -> None:
    """Game 5 has two components in which all send I, answered C: one answers S with D or E, one with C or E."""
    theory = Theory.of(form("brandts-holt-5"))
    assert theory.names == ("all I (1)", "all I (2)", "all S")
    for number in (0, 1):
        piece = theory.components[number].maximal[0]
        receiver = [list(map(float, row)) for row in piece.receiver_strategy]
        landed = land(theory, play([[1, 0], [1, 0]], receiver))
        assert (int(landed.reached[0]), landed.supported) == (number, 1)


def made_up(reached: dict[str, list[float]], refinements: list[tuple[bool, bool, bool]]) -> dict[str, object]:
    """A game with equilibria a, b and so on: whether each survives the intuitive criterion, D1, the logit limit."""
    names = [chr(ord("a") + k) for k in range(len(refinements))]
    keys = ("intuitive", "d1", "logit_limit")
    learners = {
        label: {
            "last": {
                "runs": 10,
                "reached": {name: [share, 0.0, 1.0] for name, share in zip(names, shares, strict=True)},
                "none": [1 - sum(shares), 0.0, 1.0],
            }
        }
        for label, shares in reached.items()
    }
    return {
        "equilibria": [{"refinements": dict(zip(keys, verdicts, strict=True))} for verdicts in refinements],
        "learners": learners,
    }


@pytest.mark.parametrize("turned,expected", [(False, "It holds."), (True, "It is refuted.")])
def test_verdicts_follow_the_rules_that_were_written_down(turned: bool, expected: str) -> None:
    settings = {
        "falls": QLearningSettings(),
        "stays": QLearningSettings(learning_rate=0.1),
        "greedy": QLearningSettings(exploration="epsilon-greedy"),
    }
    order = -1 if turned else 1
    one = made_up(dict.fromkeys(settings, [0.8, 0.2][::order]), [(True, True, True), (False, False, False)])
    two = made_up(dict.fromkeys(settings, [0.7, 0.3][::order]), [(False, False, True), (True, True, False)])
    three = made_up(
        {"falls": [0.9, 0.0], "stays": [0.2, 0.0], "greedy": [0.0, 0.0]}
        if not turned
        else {"falls": [0.0, 0.2], "stays": [0.0, 0.9], "greedy": [0.0, 0.0]},
        [(False, False, True), (True, True, False)],
    )
    games = {"brandts-holt-3": one, "brandts-holt-4": two, "brandts-holt-5": three}
    assert [verdict["verdict"] for verdict in judge(settings, games)] == [expected] * 4


def test_where_outcomes_vary_within_a_component_what_lies_between_them_is_of_it() -> None:
    theory = Theory.of(form("banks-camerer-porter-10"))
    number = next(k for k, outcomes in enumerate(theory.outcomes) if len(outcomes) > 1)
    piece = next(piece for piece in theory.components[number].maximal if len(piece.sender_vertices) > 1)
    sender = np.mean([[list(map(float, row)) for row in vertex] for vertex in piece.sender_vertices], axis=0)
    receiver = np.array([list(map(float, row)) for row in piece.receiver_vertices[0]])
    between = StackedPlay(sender[None], receiver[None])
    assert theory.outcome_distances(between)[0, number] < 1e-9
    assert theory.outcome_distances(between)[0, 1 - number] > 0.05


@pytest.mark.parametrize("precision", [2.0, 8.0])
def test_a_fit_recovers_the_precision_of_logit_play(precision: float) -> None:
    fitter = Fitter(form("brandts-holt-4"))
    tree = unroll(in_unit_payoffs(form("brandts-holt-4")).compile())
    sender, receiver = tables_of(logit_branch(tree).at(precision).profile)
    found = fitter.fit_play(StackedPlay(sender, receiver))
    assert found is not None
    assert found.precision == pytest.approx(precision, rel=0.01)
    assert found.lower < precision < found.upper
    assert found.explained == pytest.approx(1.0)


def test_the_command_makes_the_page_and_people_are_not_transcribed_unless_they_are(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("\n".join(["text", *marks("small"), "more"]))
    counts = {
        "source": "a made-up text, page 7",
        "counts": True,
        "sender": {"Type A": {"I": 30, "S": 10}, "Type B": {"I": 20, "S": 20}},
        "receiver": {"I": {"C": 40, "D": 5, "E": 5}},
    }
    values = {
        "name": "small",
        "games": ["brandts-holt-3", "brandts-holt-5"],
        "seeds": 2,
        "learners": {"cfr": {"kind": "cfr"}},
        "people": {"brandts-holt-3": counts},
    }
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(values))
    arguments = ["humans", str(tmp_path / "small.yaml"), "-o", str(tmp_path / "out"), "-q", "--document", str(page)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "brandts-holt-3, cfr: all I 100%" in result.output
    text = page.read_text()
    first, second = text.split("### brandts-holt-5")
    row = next(line for line in first.splitlines() if line.startswith("| people"))
    assert "0.75 0.25" in row
    assert "0.80 0.10 0.10" in row
    assert row.count(MISSING) == 1  # replies to S were not reported
    assert "a made-up text, page 7" in first
    row = next(line for line in second.splitlines() if line.startswith("| people"))
    assert row.count(MISSING) == 5
