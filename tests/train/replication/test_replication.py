"""The runs of a replication: the same bytes whoever is interrupted, and more seeds or workers change none of them."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.train.config import read_values, validated
from olivebranch.train.replication import config as config_module
from olivebranch.train.replication import run as run_module
from olivebranch.train.replication.config import CellConfig, ReplicationConfig
from olivebranch.train.replication.run import load_runs, play_replication

CONFIGS = Path(__file__).parents[3] / "configs" / "replications"


def values(**others: Any) -> dict[str, Any]:
    short = {"plays": 3000, "patience": 300, "temperature": {"start": 0.1, "decay": 2e-3}, "window": 500}
    return {
        "name": "trial",
        "states": 3,
        "messages": 3,
        "actions": 5,
        "biases": {"first": 0, "last": 0.4, "count": 2},
        "seeds": 3,
        "cells": {"learns": short, "responds": short | {"receiver": "responds"}},
    } | others


def config(**others: Any) -> ReplicationConfig:
    return validated(ReplicationConfig, values(**others))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.npz"))}


def test_the_shipped_config_is_the_publication() -> None:
    shipped = validated(ReplicationConfig, read_values(CONFIGS / "cheap-talk.yaml"))
    assert shipped.cells == {"published": CellConfig()}
    assert (shipped.states, shipped.messages, shipped.actions, shipped.loss) == (6, 6, 11, "quadratic")
    assert shipped.biases.values() == tuple(Fraction(k, 200) for k in range(101))
    cell = shipped.cells["published"].settling()
    assert (cell.plays, cell.patience, cell.tolerance, cell.responds) == (10_000_000, 25_000, 0.001, False)
    assert (cell.temperature.start, cell.temperature.decay, cell.step.start, cell.step.decay) == (0.1, 5e-6, 0.1, 0.0)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_configs_are_valid_and_come_back_from_their_yaml(path: Path) -> None:
    shipped = validated(ReplicationConfig, read_values(path))
    assert validated(ReplicationConfig, yaml.safe_load(shipped.as_yaml())) == shipped


def test_workers_and_interruptions_change_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = contents(play_replication(config(), tmp_path / "a"))
    assert len(whole) == 4
    assert contents(play_replication(config(), tmp_path / "b", backend=Backend(workers=2))) == whole

    played: list[int] = []
    original = run_module.play_block

    def breaks(block: Any, tell: Any) -> None:
        if len(played) == 2:
            raise KeyboardInterrupt
        played.append(block.bias)
        original(block, tell)

    monkeypatch.setattr(run_module, "play_block", breaks)
    with pytest.raises(KeyboardInterrupt):
        play_replication(config(), tmp_path / "c")
    monkeypatch.undo()
    assert len(contents(tmp_path / "c")) == 2
    assert contents(play_replication(config(), tmp_path / "c")) == whole


def test_more_seeds_are_the_same_ones_and_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "BLOCK", 2)
    few, many = config(), config(seeds=5)
    runs = [load_runs(one, play_replication(one, tmp_path / str(one.seeds)), "learns", 1) for one in (few, many)]
    assert runs[1].sender.shape == (5, 3, 3)
    assert (runs[0].sender == runs[1].sender[:3]).all()
    assert (runs[0].plays == runs[1].plays[:3]).all()
    assert config_module.BLOCK == 100


def test_a_missing_piece_is_named(tmp_path: Path) -> None:
    folder = play_replication(config(), tmp_path)
    (folder / "runs" / "learns" / "0001-000.npz").write_bytes(b"")
    with pytest.raises(ParameterError, match="0001-000"):
        load_runs(config(), folder, "learns", 1)


@pytest.mark.parametrize(
    "others,message",
    [
        ({"biases": {"first": 0.5, "last": 0.1, "count": 3}}, "biases.last = 0.1"),
        ({"cells": {}}, "cells"),
        ({"cells": {"../x": {}}}, "x"),
        ({"cells": {"one": {"receiver": "sleeps"}}}, "cells.one.receiver = 'sleeps'"),
        ({"states": 13}, "states = 13"),
        ({"loss": "cubic"}, "loss = 'cubic'"),
        ({"seed": -1}, "seed = -1"),
    ],
)
def test_what_is_wrong_is_named(others: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError) as error:
        config(**others)
    assert message in str(error.value)


@pytest.mark.slow
def test_ray_gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    here = contents(play_replication(config(), tmp_path / "here"))
    assert contents(play_replication(config(), tmp_path / "ray", backend=Backend("ray", 1))) == here
