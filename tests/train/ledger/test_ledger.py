"""The ledger's runner: the same bytes however often interrupted and by however many workers; bad input named."""

import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.theory.claims.play import PLACES
from olivebranch.theory.claims.statements import STATEMENTS
from olivebranch.train.config import validated
from olivebranch.train.ledger.config import LedgerConfig, learner_names
from olivebranch.train.ledger.offers import draw_games, read_games, read_play
from olivebranch.train.ledger.run import chunks_of, games_path, learned_path, run_ledger
from olivebranch.train.ledger.wars import SOLVERS, read_wars, war_blocks

BASE: dict[str, Any] = {
    "name": "small",
    "games": 3,
    "draws": 40,
    "learners": [
        {"learner": {"kind": "cfr+", "steps": 30}, "play": "average"},
        {"learner": {"kind": "exp3", "episodes": 1000, "batch": 100}, "seeds": 2, "games": 2},
    ],
    "wars": {2: 3},
    "patrons": 2,
    "elsewhere": 2,
    "war_learners": [
        {"learner": {"kind": "cfr+", "steps": 20}, "play": "average"},
        {"learner": {"kind": "q-learning", "episodes": 1000, "batch": 100}},
    ],
}


def config(**changes: object) -> LedgerConfig:
    return validated(LedgerConfig, {**BASE, **changes})


def digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_ledger(config(), tmp_path_factory.mktemp("whole"))


def test_bytes_do_not_depend_on_workers_or_on_interruptions(whole: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    part = run_ledger(config(), tmp_path, backend=Backend(workers=2), report=lambda *now: seen.append(now))
    assert digests(part) == digests(whole)
    total = sum(map(len, chunks_of(config(), part)))
    assert (seen[0], seen[-1]) == ((0, total), (total, total))
    for path in [learned_path(part, "C3.1", "exp3"), *sorted((part / "wars").iterdir())[:2]]:
        path.unlink()
    run_ledger(config(), tmp_path)
    assert digests(part) == digests(whole)


@pytest.mark.slow
def test_a_ledger_that_is_killed_goes_on_and_ends_with_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; import yaml; from olivebranch.train.config import validated\n"
        "from olivebranch.train.ledger.config import LedgerConfig\n"
        "from olivebranch.train.ledger.run import run_ledger\n"
        f"run_ledger(validated(LedgerConfig, yaml.safe_load(Path({str(whole / 'config.yaml')!r}).read_text())), "
        f"Path({str(tmp_path)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 300
    while len(list((tmp_path / "small").rglob("*.npz"))) < 15:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert run_ledger(config(), tmp_path) == tmp_path / "small"
    assert {name: digest for name, digest in digests(tmp_path / "small").items() if ".tmp" not in name} == digests(
        whole
    )


def test_all_learners_meet_the_same_games_and_slow_ones_the_first_of_them(whole: Path) -> None:
    for statement in STATEMENTS:
        drawn = draw_games(config(), statement)
        stored, tables = read_games(games_path(whole, statement.key))
        for place in PLACES:
            np.testing.assert_array_equal(drawn[place].after["loss_low"], stored[place].after["loss_low"])
            assert tables[place].sender.shape[:2] == (3, 2)
        messages = 4 if statement.claim == "C4" else 2
        for name, games, seeds in (("cfr+", 3, 1), ("exp3", 2, 2)):
            play = read_play(learned_path(whole, statement.key, name))
            assert set(play) == {*PLACES, *(["before"] if statement.changes else [])}
            for part in play["inside"]:
                assert part.shape == (games, seeds, messages)
            np.testing.assert_allclose(play["edge"].strong.sum(axis=2), 1.0)


def test_a_learner_does_not_depend_on_the_others_beside_it(whole: Path, tmp_path: Path) -> None:
    alone = run_ledger(config(learners=BASE["learners"][1:]), tmp_path)
    for statement in STATEMENTS:
        paths = [learned_path(folder, statement.key, "exp3") for folder in (alone, whole)]
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_wars_have_a_row_for_each_solver_and_learner(whole: Path) -> None:
    rows = len(SOLVERS) + 2
    war = read_wars(whole / "wars", config(), "C10-inside-2")
    assert war["hazard"].shape == (3, rows, 2, 2, 2)
    patron = read_wars(whole / "wars", config(), "C11-outside-2")
    assert patron["patron"].shape == (2, rows, 4, 2)
    np.testing.assert_allclose(patron["patron"][:, 2, 0].sum(axis=1), 1.0)  # the two moves of the patron
    assert (war["gap"][:, : len(SOLVERS)][~np.isnan(war["gap"][:, : len(SOLVERS)])] <= 1e-4).all()
    assert [block.stop - block.start for block in war_blocks(config(wars={4: 2, 2: 30}))][:4] == [1, 1, 25, 5]


def test_the_default_ledger_is_the_one_that_was_asked_for() -> None:
    whole = LedgerConfig()
    assert whole.games >= 1000
    assert whole.wars == {2: 1000, 3: 100, 4: 10}
    assert sum(entry.games is None for entry in whole.learners) >= 6
    assert len(whole.war_learners) >= 6
    assert len(set(learner_names(whole.learners))) == len(whole.learners)
    small = whole.scaled(0.01)
    assert (small.games, small.wars) == (10, {2: 10, 3: 2, 4: 2})


def test_what_is_no_ledger_is_refused(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="the config that this ledger was begun with"):
        run_ledger(config(seed=1), whole.parent)
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "note").write_text("mine")
    with pytest.raises(ParameterError, match="this folder holds something else"):
        run_ledger(config(), tmp_path)
    with pytest.raises(ParameterError, match="workers = 0"):
        run_ledger(config(), whole.parent, backend=Backend(workers=0))
    with pytest.raises(ParameterError, match=r"kind = 'psro'|psro"):
        config(learners=[{"learner": "psro"}])
    with pytest.raises(ParameterError, match="horizons of at least 2"):
        config(wars={1: 3})
    with pytest.raises(ParameterError, match="names of their own"):
        config(learners=[{"learner": "cfr"}, {"learner": {"kind": "cfr", "steps": 3}}])
