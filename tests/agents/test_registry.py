"""Names, settings, configs and docs of the learners are in step, and a user's own learner is one file."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from olivebranch.agents.registry import FAMILIES, find_learner, learner_kinds, make_learner, parse_settings
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import load_preset
from olivebranch.train.config import load_config, parse_config

ROOT = Path(__file__).parents[2]

MINE = """
from pydantic import Field
from olivebranch.agents.settings import SampledSettings

class MySettings(SampledSettings):
    rate: float = Field(default=0.5, gt=0, description="step")

class Mine:
    settings_class = MySettings
    total_updates = 3
    def __init__(self, game, settings, seed):
        self.game, self.settings = game, settings
    def update(self): ...
    def policies(self): ...
    def state(self): ...
    def restore(self, state): ...

class NoSettings(Mine):
    settings_class = None

class NoRestore:
    settings_class = MySettings
    total_updates = 3
    def update(self): ...
    def policies(self): ...
    def state(self): ...

number = 3
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_learner.py").write_text(MINE)
    return "my_learner.py:Mine"


def test_names_are_known_without_importing_a_learner() -> None:
    program = (
        "import sys; from olivebranch.agents.registry import learner_kinds; assert 'ppo' in learner_kinds(); "
        "assert not [name for name in sys.modules if name.startswith(('torch', 'olivebranch.agents.tabular'))]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("kind", learner_kinds())
def test_every_learner_has_settings_of_its_kind_with_a_default_for_each(kind: str) -> None:
    found = find_learner(kind)
    settings = found.settings()
    assert settings.kind == kind
    assert found.code is None
    assert found.learner.settings_class is found.settings
    assert parse_settings({"kind": kind}) == settings
    assert settings.updates() >= 1
    assert settings.episodes_after(0) == 0


def test_every_file_of_a_family_is_a_learner_and_families_share_no_kind() -> None:
    files = [
        path for family in FAMILIES for path in (ROOT / "agents" / family).glob("*.py") if path.name != "__init__.py"
    ]
    assert len(files) == len(learner_kinds()) == len({find_learner(kind).learner for kind in learner_kinds()})
    assert sorted(kind for family in FAMILIES for kind in learner_kinds(family)) == list(learner_kinds())


def test_each_learner_has_a_config_and_a_row_in_the_docs() -> None:
    configs = {load_config(path).learner.kind: path.stem for path in (ROOT / "configs/learners").glob("*.yaml")}
    assert configs == {kind: kind.replace("+", "-plus") for kind in learner_kinds()}
    lines = (ROOT / "docs/learners.md").read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("| kind | what it is | source |"))
    rows = lines[first + 2 : lines.index("", first)]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
    assert named == set(learner_kinds())


def test_learners_whose_theory_is_about_the_average_say_so() -> None:
    exact, sampled = {"cfr", "cfr+", "fictitious-play", "hedge", "replicator"}, {"exp3", "nfsp", "r-nad"}
    averaged = exact | sampled | {"ppo", "mappo", "ppo-mmd"}
    assert {kind for kind in learner_kinds() if find_learner(kind).answer == "average"} == averaged


def test_a_users_learner_is_named_by_its_file(mine: str) -> None:
    settings = parse_settings({"kind": mine, "rate": 2})
    found = find_learner(mine)
    assert isinstance(settings, found.learner.settings_class)
    assert settings.kind == mine
    assert found.code is not None
    assert found.code.spec == mine
    learner = make_learner(load_preset("costly-escalation").compile(), settings, 0)
    assert vars(learner)["settings"] is settings


def test_a_users_settings_are_checked_and_written_out_like_ours(mine: str) -> None:
    values = {"name": "a", "game": {"preset": "costly-escalation"}, "learner": {"kind": mine}}
    config = parse_config(values)
    assert list(yaml.safe_load(config.as_yaml())["learner"].items()) == [
        ("kind", mine),
        ("episodes", 2_000_000),
        ("batch", 500),
        ("rate", 0.5),
    ]
    assert parse_config(yaml.safe_load(config.as_yaml())) == config
    for wrong, message in (({"rate": 0}, r"learner\.rate = 0: expected"), ({"rates": 1}, r"learner\.rates = 1: exp")):
        with pytest.raises(ParameterError, match=message):
            parse_config({**values, "learner": {"kind": mine, **wrong}})
    with pytest.raises(ParameterError, match="did you mean 'rate'"):
        parse_settings({"kind": mine, "rates": 1})


@pytest.mark.parametrize(
    "kind,message",
    [
        ("my_learner.py:NoSettings", "settings_class is a subclass of olivebranch.agents.settings.Settings"),
        ("my_learner.py:NoRestore", "a class of learners, and it has no restore"),
        ("my_learner.py:number", "a class of learners, and 'number' is none"),
        ("my_learner.py:Absent", "a name that my_learner.py defines"),
        ("absent.py:Mine", "a file that exists"),
        ("no-such-learner", "one of cfr, cfr+, deep-psro, ewa, exp3, "),
        (3, "one of cfr, cfr+, deep-psro, ewa, exp3, "),
    ],
)
def test_what_is_no_learner_is_refused_in_one_line(mine: str, kind: object, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as caught:
        parse_config({"name": "a", "game": {"preset": "costly-escalation"}, "learner": {"kind": kind}})
    assert str(caught.value).startswith(f"learner.kind = {kind!r}: ")
    assert "\n" not in str(caught.value)
