"""From a small ledger to objects and a page: shares by hand, nothing that JSON cannot say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.eval.ledger.page import MARKER, results, write_page
from olivebranch.eval.ledger.report import ledger_report
from olivebranch.theory.claims.statements import STATEMENTS
from olivebranch.theory.claims.wars import weak_first
from olivebranch.train.config import validated
from olivebranch.train.ledger.config import LedgerConfig
from olivebranch.train.ledger.offers import read_games, read_play
from olivebranch.train.ledger.run import games_path, learned_path, run_ledger
from olivebranch.train.ledger.wars import SOLVERS, read_wars

CONFIG = validated(
    LedgerConfig,
    {
        "name": "small",
        "games": 4,
        "draws": 40,
        "learners": [
            {"learner": {"kind": "cfr+", "steps": 200}, "play": "average"},
            {"learner": {"kind": "exp3", "episodes": 4000, "batch": 100, "learning_rate": 0.05}, "seeds": 2},
        ],
        "wars": {2: 4, 3: 1},
        "patrons": 3,
        "elsewhere": 2,
        "war_learners": [{"learner": {"kind": "cfr+", "steps": 60}, "play": "average"}],
    },
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_ledger(CONFIG, tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="module")
def report(folder: Path) -> list[dict[str, Any]]:
    return ledger_report(CONFIG, folder)


def test_shares_are_means_over_games_of_shares_of_runs(folder: Path, report: list[dict[str, Any]]) -> None:
    by_claim = {entry["claim"]: entry for entry in report}
    for statement in STATEMENTS:
        games, _ = read_games(games_path(folder, statement.key))
        for name in ("cfr+", "exp3"):
            play = read_play(learned_path(folder, statement.key, name))["inside"]
            happens = statement.event(games["inside"].after, play)
            row = by_claim[statement.claim]["learned"]["learners"][name]["statements"][statement.key]
            assert row["inside"]["value"] == pytest.approx(happens.mean())
            assert row["inside"]["games"] == 4
            assert row["inside"]["low"] <= row["inside"]["value"] <= row["inside"]["high"]
            assert ("change_of_talks" in row) == statement.changes
    # Where there is no other equilibrium, CFR+ finds pool-talk.
    assert by_claim["C1"]["learned"]["learners"]["cfr+"]["statements"]["C1.1"]["inside"]["value"] == 1


def test_wars_count_where_types_differ(folder: Path, report: list[dict[str, Any]]) -> None:
    (c10,) = [entry for entry in report if entry["claim"] == "C10"]
    row = c10["learned"]["learners"]["cfr+"]["statements"]["C10.1"]
    scores = [
        weak_first(read_wars(folder / "wars", CONFIG, f"C10-inside-{horizon}")["hazard"])[:, len(SOLVERS)]
        for horizon in (2, 3)
    ]
    sides = np.concatenate(scores)
    decided = ~np.isnan(sides).all(axis=1)
    expected = np.nanmean(sides[decided], axis=1)
    assert row["inside"]["games"] == decided.sum()
    assert row["inside"]["value"] == (pytest.approx(expected.mean()) if decided.any() else None)
    assert set(row["by_horizon"]) == {"2", "3"}
    assert len(row["horizons"]["3"]["hazard"]["weak"]) == 3
    assert c10["theory"]["verdicts"]["D1"] is None


def test_everything_is_json_and_the_page_has_every_statement(
    tmp_path: Path, folder: Path, report: list[dict[str, Any]]
) -> None:
    assert "NaN" not in json.dumps(report, allow_nan=False)
    text = results(CONFIG, report)
    for key in [*(statement.key for statement in STATEMENTS), "C10.1", "C11.1"]:
        assert f"**{key}: " in text
    page = tmp_path / "page.md"
    page.write_text(f"Protocol.\n\n{MARKER}\n")
    write_page(page, CONFIG, report)
    once = page.read_bytes()
    write_page(page, CONFIG, ledger_report(CONFIG, folder))
    assert page.read_bytes() == once
    page.write_text("No marker.")
    with pytest.raises(ParameterError, match="a page with the line"):
        write_page(page, CONFIG, report)


def test_a_ledger_that_is_not_done_is_not_reported(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="every chunk is done"):
        ledger_report(CONFIG, tmp_path)


def test_the_documentations_page_can_be_written() -> None:
    assert MARKER in (Path(__file__).parents[3] / "docs" / "claims-learned.md").read_text("utf-8")
