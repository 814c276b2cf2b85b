"""Ends of runs against the distances of single games, verdicts of predictions, and the page."""

import csv
from pathlib import Path

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.eval.atlas.scores import distances
from olivebranch.eval.intervals import Estimate
from olivebranch.eval.selection.ends import NOWHERE, ends, median_over_games, outcome_distances, over_games, shares
from olivebranch.eval.selection.predictions import PREDICTIONS, Prediction
from olivebranch.eval.selection.report import write_document, write_report
from olivebranch.eval.selection.tables import Results
from olivebranch.theory.claims.draws import draw_parameters
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.columns import ComponentColumns
from olivebranch.theory.talks.kernel import EXISTS, solve_array
from olivebranch.train.config import validated
from olivebranch.train.selection.config import SelectionConfig
from olivebranch.train.selection.run import train_selection

CONFIG = {
    "name": "tiny",
    "games": 3,
    "seeds": 2,
    "chunk": 2,
    "draws": 200_000,
    "disagreements": [["D1", "receiver's payoff"], ["D1", "passive conjectures"]],
    "cells": ["low prior, strong tempted first", "high prior, weak tempted first", "pool-fight alone", "soft door"],
    "learners": {
        "batch-boltzmann": {"learner": {"kind": "q-learning", "episodes": 20_000, "batch": 1000, "temperature": 0.03}},
        "batch-epsilon-greedy": {
            "learner": {"kind": "q-learning", "episodes": 20_000, "batch": 1000, "exploration": "epsilon-greedy"}
        },
        "replicator": {"learner": {"kind": "replicator", "steps": 50}, "play": "average", "games": 2},
    },
    "freezing": {"games": 3, "seeds": 2, "step_sizes": [0.05], "plays": [5000]},
    "off_path": {"games": 3, "seeds": 2, "updates": 50},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[SelectionConfig, Path, dict]:
    config = validated(SelectionConfig, CONFIG)
    folder = train_selection(config, tmp_path_factory.mktemp("out"))
    return config, folder, write_report(config, folder)


def test_outcome_distances_are_those_of_maps() -> None:
    terms = Terms.of(draw_parameters(12, np.random.default_rng(0)))
    states = np.random.default_rng(1).uniform(size=(12, 5, 4))
    found = outcome_distances(terms, states)
    values, flags, _ = solve_array(terms.games)
    for game in range(12):
        columns = ComponentColumns(*(np.zeros(flags.shape[:2]) for _ in values))
        for column, numbers in zip(columns, values, strict=True):
            column[flags[:, :, EXISTS]] = numbers
        prior = np.array([terms.prior[game], 1 - terms.prior[game]])
        theirs, _, _ = distances(prior, ComponentColumns(*(column[game] for column in columns)), states[game])
        exists = terms.exists[game]
        np.testing.assert_allclose(found[game][:, exists], theirs[:, exists], atol=1e-12)
        assert np.isinf(found[game][:, ~exists]).all()


def test_components_end_at_themselves_and_the_middle_nowhere() -> None:
    terms = Terms.of(draw_parameters(40, np.random.default_rng(0)))
    game, row = np.nonzero(terms.exists)
    some = terms.take(game)
    states = some.state_max[np.arange(len(game)), row]
    assert (ends(some, states[:, None], 1e-9)[:, 0] == row).all()
    assert (ends(some, np.full((len(game), 1, 4), 0.5), 1e-9) == NOWHERE).all()
    named = np.arange(9) == row[:, None]
    assert (shares(ends(some, states[:, None], 0.1), named) == 1).all()


def test_intervals_are_over_games() -> None:
    values = np.repeat([0.0, 1.0], 50)
    mean = over_games(values, 0)
    assert mean.value == 0.5
    assert mean.high - mean.low == pytest.approx(2 * 1.96 * 0.5 / 10, abs=0.02)  # the normal approximation
    middle = median_over_games(np.arange(101.0), 0)
    assert middle.value == 50
    assert middle.low < 50 < middle.high
    assert np.isnan(over_games(np.empty(0), 0).value)


@pytest.mark.parametrize(
    "above,estimate,verdict",
    [
        (True, Estimate(0.5, 0.3, 0.7), "holds"),
        (True, Estimate(0.1, 0.0, 0.15), "refuted"),
        (True, Estimate(0.2, 0.1, 0.3), "undecided"),
        (False, Estimate(0.1, 0.0, 0.15), "holds"),
        (False, Estimate(0.5, 0.3, 0.7), "refuted"),
        (False, None, "not measured"),
        (True, Estimate(np.nan, np.nan, np.nan), "not measured"),
    ],
)
def test_verdicts(above: bool, estimate: Estimate | None, verdict: str) -> None:
    prediction = Prediction(1, "a share", lambda found, tables: None, above, 0.2)
    assert prediction.verdict(estimate) == verdict


def test_predictions_are_those_of_the_protocol() -> None:
    page = (Path(__file__).parents[3] / "docs/selection-experiment.md").read_text(encoding="utf-8")
    protocol = page.split("## 4. Predictions")[1].split("## 5.")[0]
    for number in {prediction.number for prediction in PREDICTIONS}:
        assert f"\n{number}. **" in protocol
    assert f"\n{max(prediction.number for prediction in PREDICTIONS) + 1}. " not in protocol


def test_the_report_counts_what_the_files_hold(made: tuple[SelectionConfig, Path, dict]) -> None:
    config, folder, summary = made
    found = Results(config, folder)
    assert [row["games"] for row in summary["samples"]] == [len(sample.terms) for sample in found.samples]
    assert summary["samples"][1] == {
        "sample": "D1 / passive conjectures",
        "kind": "disagreement",
        "games": 0,
        "draws": 200_000,
    }
    row = next(r for r in summary["disagreements"] if (r["learner"], r["start"]) == ("batch-boltzmann", "random"))
    ended = found.ended(0, "batch-boltzmann", "random")
    one, other = (
        np.mean([[e >= 0 and found.samples[0].answers[rule][g, e] for e in line] for g, line in enumerate(ended)])
        for rule in ("D1", "receiver's payoff")
    )
    assert row["first"] == pytest.approx(one, abs=1e-5)
    assert row["difference"] == pytest.approx(one - other, abs=1e-5)
    assert row["difference_low"] <= row["difference"] <= row["difference_high"]
    verdicts = {row["prediction"]: row["verdict"] for row in summary["predictions"]}
    assert verdicts[8] == "holds"
    assert verdicts[9] == "not measured"  # no annealed learner
    assert verdicts[1] != "not measured"
    with (folder / "rules.csv").open(encoding="utf-8") as file:
        rules = list(csv.DictReader(file))
    assert {r["rule"] for r in rules} >= {"D1", "risk dominance", "largest basin"}
    assert all(r["games"] == "2" for r in rules if r["learner"] == "replicator" and r["rule"] == "D1")
    for name in ("disagreements", "doors", "freezing", "off-path"):
        assert (folder / f"{name}.png").stat().st_size > 5000


def test_results_go_into_a_page_between_its_marks(made: tuple[SelectionConfig, Path, dict], tmp_path: Path) -> None:
    _, folder, _ = made
    page = tmp_path / "page.md"
    page.write_text(
        "# Title\n\n<!-- results: none -->\nformer figures\n<!-- end of results -->\n\nAfter.\n", encoding="utf-8"
    )
    for _ in range(2):
        write_document(folder, page, "olivebranch selection tiny.yaml")
    text = page.read_text(encoding="utf-8")
    assert text.startswith(
        "# Title\n\n<!-- results: written by `olivebranch selection tiny.yaml` -->\n3 games a sample"
    )
    assert text.endswith("<!-- end of results -->\n\nAfter.\n")
    assert "former figures" not in text
    assert "(images/selection-doors.png)" in text
    assert (tmp_path / "images" / "selection-doors.png").is_file()
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ParameterError, match="expected a page with one line that begins"):
        write_document(folder, page, "")
