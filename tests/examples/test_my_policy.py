"""The example of a user's own policies, through the command line and in an environment."""

import json
import shutil
from pathlib import Path

import gymnasium
import pytest
from typer.testing import CliRunner

import olivebranch.envs
from olivebranch.cli import app

EXAMPLE = Path(__file__).parents[2] / "examples" / "my_policy.py"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(EXAMPLE, tmp_path / "my_policy.py")
    monkeypatch.chdir(tmp_path)


def test_the_functions_play_each_other_and_an_equilibrium() -> None:
    """The bold fight on and the bold escalate, so the sender loses what its type loses (docs/model.md, section 2)."""
    policies = ["my_policy.py:bold", "my_policy.py:wary", "equilibrium:low-talks"]
    answer = CliRunner().invoke(app, ["cross-play", "--game", "desperate-first", *policies, "--json"])
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert [entrant["not_played_as"] for entrant in report["policies"]] == [{}, {}, {}]
    assert len(report["assignments"]) == 9
    bold = report["assignments"][0]
    assert bold["seats"] == {"sender": "my_policy.py:bold", "receiver": "my_policy.py:bold"}
    parameters = olivebranch.envs.talks_v0.named_game("desperate-first", None).parameters.as_dict()
    share, high, low = (float(str(parameters[name])) for name in ("prior_high", "loss_high", "loss_low"))
    lost = share * high + (1 - share) * low
    assert bold["payoffs"]["sender"][0] == pytest.approx(-lost)
    assert bold["payoffs"]["receiver"][0] == pytest.approx(lost - float(str(parameters["escalation_cost"])))


def test_a_function_sits_in_an_environment() -> None:
    env = gymnasium.make("olivebranch/Talks-v0", preset="desperate-first", opponent="my_policy.py:bold")
    for seed in range(20):
        observation, _ = env.reset(seed=seed)
        assert observation["action_mask"].tolist() == [1, 1, 0, 0]  # after fighting on: hold or escalate
