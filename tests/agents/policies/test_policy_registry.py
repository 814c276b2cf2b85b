"""One text names a policy: every form that it may have, and one line for every text that names none."""

from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.equilibrium import equilibrium_policies
from olivebranch.agents.policies.function import FunctionPolicy
from olivebranch.agents.policies.lookup import LookupPolicy
from olivebranch.agents.policies.registry import find_policies
from olivebranch.agents.policies.tabular import TabularPolicy
from olivebranch.agents.policies.uniform import UniformPolicy
from olivebranch.core import plugins
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import NamedGame, find_game
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.config import parse_config
from olivebranch.train.run import train

SOURCE = """
def hawk(known):
    return "ESCALATE" if "ESCALATE" in known.legal_actions else "FIGHT"

class Fixed:
    def action_probabilities(self, states):
        return states.action_mask / states.action_mask.sum(axis=1, keepdims=True)

fixed = Fixed()
number = 3
"""


@pytest.fixture(scope="module")
def game() -> NamedGame:
    return find_game("desperate-first")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("user")
    (folder / "policy_for_registry_test.py").write_text(SOURCE)
    learner = {"kind": "q-learning", "episodes": 2000}
    values = {"name": "learned", "game": {"preset": "desperate-first"}, "learner": learner, "seeds": [2, 11]}
    train(parse_config({**values, "evaluations": 1}), folder / "runs")
    return folder


@pytest.fixture(autouse=True)
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_uniform_and_equilibria_by_name(game: NamedGame) -> None:
    (profile,) = find_policies("uniform", game).profiles
    assert [type(policy) for policy in profile] == [UniformPolicy, UniformPolicy]
    (profile,) = find_policies("equilibrium:low-talks", game).profiles
    expected = equilibrium_policies(game.parameters_as(TalksParameters), "low-talks")
    for policy, known in zip(profile, expected, strict=True):
        assert isinstance(policy, TabularPolicy)
        np.testing.assert_array_equal(policy.probabilities, known.probabilities)


@pytest.mark.parametrize("spec", ["runs/learned", "run:runs/learned", "run:runs/learned/last", "runs/learned/average"])
def test_a_run_is_all_its_seeds(game: NamedGame, spec: str) -> None:
    found = find_policies(spec, game)
    assert found.seeds == (2, 11)
    which = "average" if spec.endswith("average") else "last"
    assert [str(file) for file in found.files] == [
        f"runs/learned/seed-{seed:04d}/{which}/{player}.safetensors"
        for seed in (2, 11)
        for player in ("sender", "receiver")
    ]
    assert all(
        isinstance(policy, LookupPolicy) and policy.seat == seat
        for row in found.profiles
        for seat, policy in enumerate(row)
    )
    with pytest.raises(ParameterError, match="one seed of the run: add one of #2, #11"):
        found.one("policy")


def test_a_seed_of_a_run_is_one(game: NamedGame) -> None:
    found = find_policies("runs/learned/average#11", game)
    assert found.seeds == (11,)
    assert len(found.one("policy")) == 2


def test_a_policy_file_and_a_users_function_or_object(game: NamedGame) -> None:
    file = "runs/learned/seed-0002/last/sender.safetensors"
    (profile,) = find_policies(file, game).profiles
    assert isinstance(profile[0], LookupPolicy)
    found = find_policies("policy_for_registry_test.py:hawk", game)
    assert isinstance(found.profiles[0][0], FunctionPolicy)
    assert found.code is not None
    assert found.code.spec == "policy_for_registry_test.py:hawk"
    assert type(find_policies("policy_for_registry_test.py:fixed", game).profiles[0][1]).__name__ == "Fixed"


def test_an_installed_distribution_may_declare_a_policy(game: NamedGame, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("hawk", "policy_for_registry_test:hawk", "olivebranch.policies")
    monkeypatch.setattr(plugins, "entry_points", lambda group, name: [point] if (group, name) == point_key else [])
    point_key = ("olivebranch.policies", "hawk")
    found = find_policies("hawk", game)
    assert isinstance(found.profiles[0][0], FunctionPolicy)
    assert found.code is not None
    assert found.code.spec == "policy_for_registry_test:hawk"


@pytest.mark.parametrize(
    "spec,message",
    [
        ("no-such", "a policy: uniform, equilibrium:NAME"),
        ("equilibrium:low-talk", "did you mean 'low-talks'"),
        ("run:nowhere", "a run folder, which holds a config.yaml"),
        ("runs", "a run folder, which holds a config.yaml"),
        ("runs/learned#3", "a finished seed of the run: one of 2, 11"),
        ("nothing.safetensors", "an existing file"),
        ("policy_for_registry_test.py:absent", "a name that policy_for_registry_test.py defines"),
        ("policy_for_registry_test.py:number", "a function of an information state, and 'number' is none"),
        ("policy_for_registry_test.py:Fixed", "a function of an information state, and 'Fixed' is none"),
    ],
)
def test_what_names_no_policy_is_refused_in_one_line(game: NamedGame, spec: str, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        find_policies(spec, game)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_equilibrium_of_any_game_has_the_name_that_equilibria_gives_it() -> None:
    """In Kuhn's equilibria the first player loses 1/18 (Kuhn 1950)."""
    game = find_game("kuhn-poker")
    policies = find_policies("equilibrium:kuhn-1950", game).one("policy")
    evaluation = evaluate(behaviour_of(unroll(game.compiled), policies))
    assert evaluation.nash_conv == pytest.approx(0.0, abs=1e-9)
    assert evaluation.values[0] == pytest.approx(-1 / 18)
    with pytest.raises(ParameterError, match="equilibrium = 'pooling': expected an equilibrium that is known"):
        find_policies("equilibrium:pooling", game)


def test_the_demonstration_game_has_its_own_equilibria_and_not_those_of_the_talks_game() -> None:
    game = find_game("costly-signal")
    policies = find_policies("equilibrium:signal-low-fights", game).one("policy")
    assert evaluate(behaviour_of(unroll(game.compiled), policies)).nash_conv == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ParameterError, match="equilibrium = 'pool-talk': expected an equilibrium that is known"):
        find_policies("equilibrium:pool-talk", game)


def test_a_run_begun_with_other_code_is_refused(game: NamedGame, folder: Path) -> None:
    record = folder / "runs" / "learned" / "run.json"
    before = record.read_text()
    try:
        record.write_text(
            before.replace('"code": []', '"code": [{"spec": "policy_for_registry_test.py:hawk", "sha256": "0"}]')
        )
        with pytest.raises(ParameterError, match="it has changed to"):
            find_policies("runs/learned", game)
    finally:
        record.write_text(before)
