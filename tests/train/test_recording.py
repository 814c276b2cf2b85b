"""The record of a run: visits on the game's own tree, movement, snapshots; and what is said when it is not there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import find_game
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.histories import unroll
from olivebranch.train import recording
from olivebranch.train.config import parse_config
from olivebranch.train.recording import RECORD_FILE, read_record
from olivebranch.train.run import Run, train


def trained(folder: Path, **changes: Any) -> Run:
    values = {
        "name": "r",
        "game": {"preset": "kuhn-poker"},
        "learner": {"kind": "q-learning", "episodes": 2000, "batch": 100},
        "evaluations": 5,
        **changes,
    }
    return train(parse_config(values), folder)


def test_a_record_tells_visits_movement_and_play(tmp_path: Path) -> None:
    run = trained(tmp_path)
    tree = unroll(find_game("kuhn-poker").compiled)
    record = read_record(run.seeds[0].path, tree)
    assert record is not None
    assert record.visits is not None
    assert not record.visits.expected
    assert record.visits.count[0][0].sum() == 2000
    assert record.updates.tolist() == [0, 4, 8, 12, 16, 20]
    last = behaviour_of(tree, run.seeds[0].policies["last"])
    assert play_distance(record.snapshots[-1], last) < 1e-6
    moved = [play_distance(a, b) for a, b in zip(record.snapshots, record.snapshots[1:], strict=False)]
    assert record.drift[0] == 0.0
    assert np.allclose(record.drift[1:], moved, atol=1e-6)  # snapshots are kept in single precision


def test_against_seats_that_do_not_learn_visits_stand_on_the_whole_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first player always bets, so that the second never meets a pass; the first's choices are not counted."""
    monkeypatch.chdir(tmp_path)  # a policy of one's own lies in the working directory
    Path("always.py").write_text("def bet(state):\n    return {'bet': 1.0}\n", encoding="utf-8")
    run = trained(tmp_path, opponents={"first": "always.py:bet"})
    tree = unroll(find_game("kuhn-poker").compiled)
    record = read_record(run.seeds[0].path, tree)
    assert record is not None
    assert record.visits is not None
    after_pass, after_bet = record.visits.count[1]
    assert after_bet[3:].sum() == 2000
    assert not after_pass.any()
    assert not record.visits.count[0].any()


def test_a_large_game_keeps_the_latest_snapshots_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "ROOM", 1)
    run = trained(tmp_path)
    record = read_record(run.seeds[0].path, unroll(find_game("kuhn-poker").compiled))
    assert record is not None
    assert len(record.snapshots) == recording.FEWEST
    assert len(record.drift) == 6


def test_an_old_run_has_no_record_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    run, tree = trained(tmp_path), unroll(find_game("kuhn-poker").compiled)
    with pytest.raises(ParameterError, match=r"a record that can be read \(tables of another game\)"):
        read_record(run.seeds[0].path, unroll(find_game("weak-blend-in").compiled))
    file = run.seeds[0].path / RECORD_FILE
    file.write_bytes(b"nonsense")
    with pytest.raises(ParameterError, match="checkpoint = "):
        read_record(run.seeds[0].path, tree)
    file.unlink()
    assert read_record(run.seeds[0].path, tree) is None
