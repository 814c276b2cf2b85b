"""A study of signalling experiments: its config, and the same bytes whoever is interrupted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from olivebranch.agents.registry import learner_kinds
from olivebranch.agents.stacked.registry import MODULES
from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import preset_names
from olivebranch.train.config import read_values, validated
from olivebranch.train.humans.config import HumansConfig
from olivebranch.train.humans.run import load_part, train_study

SHIPPED = Path(__file__).parents[3] / "configs" / "humans" / "default.yaml"


def values(**others: Any) -> dict[str, Any]:
    return {
        "name": "trial",
        "games": ["brandts-holt-3", "banks-camerer-porter-4"],
        "seeds": 3,
        "learners": {"q": {"kind": "q-learning", "episodes": 500}, "cfr": {"kind": "cfr", "steps": 20}},
        "sample_seeds": 2,
        "sample": {"table": {"kind": "q-learning", "episodes": 300}},
    } | others


def config(**others: Any) -> HumansConfig:
    return validated(HumansConfig, values(**others))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.npz"))}


def test_the_shipped_study_has_every_experiment_every_stacked_kind_and_a_sample() -> None:
    shipped = validated(HumansConfig, read_values(SHIPPED))
    assert set(shipped.games) == set(preset_names("signalling"))
    assert {one.kind for one in shipped.learners.values()} == set(MODULES)
    rest = set(learner_kinds()) - set(MODULES)
    assert {one.kind for one in shipped.sample.values()} <= rest
    assert len(shipped.sample) >= 3
    assert validated(HumansConfig, yaml.safe_load(shipped.as_yaml())) == shipped


def test_workers_change_no_byte_and_what_is_there_is_kept(tmp_path: Path) -> None:
    folder = train_study(config(), tmp_path / "a")
    whole = contents(folder)
    assert len(whole) == 2 * (2 + 2)
    (folder / "runs" / "brandts-holt-3" / "q.npz").unlink()
    assert contents(train_study(config(), tmp_path / "a", backend=Backend(workers=2))) == whole
    assert contents(train_study(config(games=["brandts-holt-3"]), tmp_path / "b")).items() <= whole.items()


def test_what_is_loaded_is_behaviour_of_all_seeds(tmp_path: Path) -> None:
    folder = train_study(config(), tmp_path)
    for learner, seeds in (("q", 3), ("cfr", 3), ("table", 2)):
        for play in load_part(config(), folder, "banks-camerer-porter-4", learner).values():
            assert (play.sender.shape, play.receiver.shape) == ((seeds, 2, 3), (seeds, 3, 3))
            for behaviour in (play.sender, play.receiver):
                np.testing.assert_allclose(behaviour.sum(axis=-1), 1.0)
    (folder / "runs" / "brandts-holt-3" / "table-001.npz").unlink()
    with pytest.raises(ParameterError, match="table-001"):
        load_part(config(), folder, "brandts-holt-3", "table")


@pytest.mark.parametrize(
    "others,message",
    [
        ({"games": ["fear-of-weakness"]}, "'signalling'"),
        ({"games": ["nowhere"]}, "nowhere"),
        ({"learners": {"n": {"kind": "nfsp"}}}, "learners.n.kind = 'nfsp'"),
        ({"sample": {"q": {"kind": "cfr"}}}, "sample.q"),
        ({"people": {"brandts-holt-9": {"source": "page 1", "counts": True}}}, "people.brandts-holt-9"),
        (
            {"people": {"brandts-holt-3": {"source": "p", "counts": True, "sender": {"Type A": {"X": 1}}}}},
            "sender.Type A.X",
        ),
        (
            {"people": {"brandts-holt-3": {"source": "p", "counts": True, "receiver": {"I": {"C": -1}}}}},
            "receiver.I.C",
        ),
        ({"people": {"brandts-holt-3": {"counts": True}}}, "source"),
    ],
)
def test_what_is_wrong_is_named(others: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError) as error:
        config(**others)
    assert message in str(error.value)
