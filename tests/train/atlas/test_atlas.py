"""Maps of learning: the same bytes however often interrupted and by however many workers; bad input named."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.regions import region_map
from olivebranch.train.atlas.config import AtlasConfig
from olivebranch.train.atlas.run import chunk_path, load_behaviour, train_atlas
from olivebranch.train.config import validated

BASE = {
    "name": "small",
    "preset": "fear-of-weakness",
    "x": {"parameter": "pressure", "range": [0.0, 0.9]},
    "y": {"parameter": "escalation_cost", "range": [0.1, 0.9]},
    "resolution": 4,
    "seeds": 3,
    "learner": {"kind": "q-learning", "episodes": 2000, "batch": 50},
    "chunk": 5,
}


def config(**changes: object) -> AtlasConfig:
    return validated(AtlasConfig, {**BASE, **changes})


def digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_cells_are_those_of_the_analytic_map() -> None:
    ours = config(x={"parameter": "loss_high", "range": [0.0, 1.0]}, resolution=6)
    theirs = region_map(ours.base(), "loss_high", "escalation_cost", (0.0, 1.0), (0.1, 0.9), 6)
    np.testing.assert_array_equal(ours.values(ours.x), theirs.x_values)
    np.testing.assert_array_equal(ours.valid(), theirs.valid)
    assert not theirs.valid.all()
    assert len(ours.cells()) == theirs.valid.sum()


def test_bytes_do_not_depend_on_workers_or_on_interruptions(tmp_path: Path) -> None:
    whole = train_atlas(config(), tmp_path / "a")
    seen: list[tuple[int, int]] = []
    part = train_atlas(config(), tmp_path / "b", backend=Backend(workers=2), report=lambda *now: seen.append(now))
    assert digests(whole) == digests(part)
    assert sorted(seen)[0] == (0, 16)
    assert sorted(seen)[-1] == (16, 16)
    before = digests(part)
    chunk_path(part, 1).unlink()
    train_atlas(config(), tmp_path / "b")
    assert digests(part) == before
    behaviour = load_behaviour(config(), whole)
    assert behaviour["last"].shape == behaviour["average"].shape == (16, 3, 4)
    assert (behaviour["last"][0] != behaviour["last"][0, 0]).any()  # seeds differ


def test_cells_do_not_depend_on_the_size_of_chunks_for_tables(tmp_path: Path) -> None:
    one = load_behaviour(config(), train_atlas(config(), tmp_path / "a"))
    other = load_behaviour(config(chunk=16), train_atlas(config(chunk=16), tmp_path / "b"))
    np.testing.assert_array_equal(one["last"], other["last"])


def test_networks_and_lines(tmp_path: Path) -> None:
    learner = {"kind": "ppo", "episodes": 300, "batch": 100, "hidden": [4]}
    line = {key: value for key, value in BASE.items() if key != "y"}
    chosen = validated(AtlasConfig, {**line, "learner": learner})
    folders = [train_atlas(chosen, tmp_path / name) for name in "ab"]
    assert digests(folders[0]) == digests(folders[1])
    last = load_behaviour(chosen, folders[0])["last"]
    assert last.shape == (4, 3, 4)
    assert ((last > 0) & (last < 1)).all()


def test_a_game_of_ones_own_is_written_out_so_that_the_map_needs_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parameters = load_preset("fear-of-weakness").parameters_as(TalksParameters).as_dict()
    Path("mine.yaml").write_text(yaml.safe_dump({"game": "talks", "parameters": parameters}))
    base = {key: value for key, value in BASE.items() if key != "preset"} | {"game": "mine.yaml"}
    chosen = validated(AtlasConfig, base)
    assert chosen.label == "mine"
    assert chosen.cells() == config().cells()
    folder = train_atlas(chosen, Path("maps"), backend=Backend(workers=2))
    Path("mine.yaml").unlink()
    kept = validated(AtlasConfig, yaml.safe_load((folder / "config.yaml").read_text()))
    assert kept.cells() == config().cells()
    theirs = load_behaviour(config(), train_atlas(config(), Path("presets")))
    np.testing.assert_array_equal(load_behaviour(kept, folder)["last"], theirs["last"])
    # The same map with another game is another map.
    Path("mine.yaml").write_text(yaml.safe_dump({"game": "talks", "parameters": parameters | {"guarantee": 0.01}}))
    with pytest.raises(ParameterError, match="expected the config that this atlas was begun with"):
        train_atlas(validated(AtlasConfig, base), Path("maps"))


@pytest.mark.slow
def test_killed_and_started_again_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """The whole command, killed by signal 9 while it trains, then run again."""
    path = tmp_path / "config.yaml"
    path.write_text(
        "{name: small, preset: fear-of-weakness, x: {parameter: pressure}, y: {parameter: face_cost}, resolution: 6,"
        " seeds: 4, chunk: 3, learner: {kind: q-learning, episodes: 4000000}}"
    )

    def command(folder: str) -> list[str]:
        main = "from olivebranch.cli import main; main()"
        return [sys.executable, "-c", main, "atlas", str(path), "-o", str(tmp_path / folder), "-q", "--workers", "2"]

    with subprocess.Popen(command("killed"), stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 300
        while not any((tmp_path / "killed" / "small" / "chunks").glob("*.npz")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    assert len(list((tmp_path / "killed" / "small" / "chunks").glob("*.npz"))) < 12
    subprocess.run(command("killed"), check=True, stdout=subprocess.DEVNULL)
    subprocess.run(command("whole"), check=True, stdout=subprocess.DEVNULL)
    whole, killed = digests(tmp_path / "whole"), digests(tmp_path / "killed")
    left_over = {name for name in killed if name.endswith(".tmp")}
    assert {name: digest for name, digest in killed.items() if name not in left_over} == whole
    assert {"small/atlas.png", "small/pair.png", "small/atlas.npz", "small/summary.json"} <= set(whole)


@pytest.mark.parametrize(
    "changes,message",
    [
        ({"x": {"parameter": "presure"}}, r"x.parameter = 'presure': expected one of prior_high"),
        ({"y": {"parameter": "pressure"}}, r"y.parameter = 'pressure': expected a parameter other than that of x"),
        ({"x": {"parameter": "pressure", "range": [0.5, 0.2]}}, r"x.range = \(0.5, 0.2\): expected two increasing"),
        ({"preset": "nowhere"}, r"preset = 'nowhere': expected one of"),
        ({"preset": None}, r"game = None: expected either a game spec, or a preset"),
        ({"game": "talks"}, r"game = 'talks': expected either a game spec, or a preset"),
        ({"preset": None, "game": "kuhn-poker"}, r"a game of the kind 'talks', and this is one of the kind 'kuhn'"),
        ({"parameters": {"pressure": 0.5}}, r"parameters = .*: expected none beside preset"),
        ({"resolution": 1}, r"resolution = 1: expected"),
        (
            {"learner": {"kind": "sb3"}},
            r"learner.kind = 'sb3': expected one of cfr, .* roth-erev$",
        ),
        (
            {"learner": {"kind": "sb3-dqn"}},
            r"learner.kind = 'sb3-dqn': expected one of cfr, .* roth-erev$",
        ),
        (
            {"learner": {"kind": "q-lerning"}},
            r"expected one of cfr, .* roth-erev; did you mean 'q-learning'\?$",
        ),
        ({"learner": {"kind": "ppo", "minibatches": 2}}, r"learner.minibatches = 2: expected 1"),
        ({"colour": "red"}, r"colour = 'red': expected a known key: one of name, preset, game, parameters, x, y"),
    ],
)
def test_bad_configs_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        config(**changes)


def test_folders_that_hold_something_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "notes.txt").write_text("mine")
    with pytest.raises(ParameterError, match="this folder holds something else"):
        train_atlas(config(), tmp_path)
    train_atlas(config(), tmp_path / "b")
    with pytest.raises(ParameterError, match="overwrite to replace it"):
        train_atlas(config(seeds=4), tmp_path / "b")
    with pytest.raises(ParameterError, match="workers = 0"):
        train_atlas(config(), tmp_path / "b", backend=Backend(workers=0))
    chunk_path(tmp_path / "b" / "small", 0).write_bytes(b"no zip")
    with pytest.raises(ParameterError, match="expected a chunk of an atlas"):
        load_behaviour(config(), tmp_path / "b" / "small")


@pytest.mark.slow
def test_a_map_made_on_ray_has_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="Ray is an optional extra: pip install olivebranch[ray]")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    here = train_atlas(config(), tmp_path / "here")
    told: list[tuple[int, int]] = []
    there = train_atlas(config(), tmp_path / "there", backend=Backend("ray", 2), report=lambda *now: told.append(now))
    assert digests(there) == digests(here)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted({done for done, _ in told})  # each chunk once


def test_a_map_that_was_killed_before_it_had_a_config_is_begun_again(tmp_path: Path) -> None:
    folder = tmp_path / config().name
    (folder / "chunks").mkdir(parents=True)
    (folder / ".config.yaml.1.tmp").touch()
    (folder / "chunks/.0000.npz.1.tmp").touch()
    train_atlas(config(), tmp_path)
    assert not list(folder.rglob("*.tmp"))
    assert chunk_path(folder, 0).is_file()
