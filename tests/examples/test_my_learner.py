"""The example of a user's own learner, through the command line: trained, evaluated, benchmarked, killed, resumed."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

EXAMPLES = Path(__file__).parents[2] / "examples"
# A checkpoint every 10 ms, so that there is one when the process is killed.
SLOWLY = """
import sys
from pathlib import Path
from olivebranch.train import loop
from olivebranch.train.config import load_config
from olivebranch.train.run import train
loop.train_seed.__defaults__ = (0.01, *loop.train_seed.__defaults__[1:])
train(load_config(Path("my_learner.yaml"), sys.argv[2:]), Path(sys.argv[1]))
"""
SHORT = ["learner.episodes=30000", "learner.batch=20", "evaluations=5", "seeds=2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory outside the package, with the example's files and a run of it over two seeds."""
    folder = tmp_path_factory.mktemp("user")
    for name in ("my_learner.py", "my_learner.yaml"):
        shutil.copy(EXAMPLES / name, folder / name)
    assert run(folder, "train", "my_learner.yaml", *SHORT, "--workers", "2", "--quiet").returncode == 0
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from olivebranch.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def digests(folder: Path) -> dict[str, str]:
    files = [path for seed in folder.glob("seed-*") for path in seed.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_it_is_trained_in_two_processes_and_the_run_tells_whose_code_it_was(folder: Path) -> None:
    path = folder / "runs" / "my-learner"
    assert {name.split("/")[0] for name in digests(path)} == {"seed-0000", "seed-0001"}
    source = (folder / "my_learner.py").read_bytes()
    code = [{"spec": "my_learner.py:RegretMatching", "sha256": hashlib.sha256(source).hexdigest()}]
    assert json.loads((path / "run.json").read_text())["code"] == code
    learner = yaml.safe_load((path / "config.yaml").read_text())["learner"]
    assert learner["kind"] == "my_learner.py:RegretMatching"
    assert learner["exploration"] == {"start": 0.3, "end": 0.01, "shape": "geometric", "until": 1.0}


def test_it_comes_near_the_pooling_equilibrium(folder: Path) -> None:
    answer = run(folder, "eval", "runs/my-learner", "--json", "--no-figure")
    report = json.loads(answer.stdout)
    assert report["learner"] == "my_learner.py:RegretMatching"
    last = report["profiles"]["last"]["seeds"]
    assert [seed["seed"] for seed in last] == [0, 1]
    assert max(seed["nash_conv"] for seed in last) < 0.05  # 0.004 measured with 200000 episodes, 1.05 for uniform play


def test_killed_and_resumed_it_ends_with_the_same_bytes(folder: Path) -> None:
    begun = folder / "killed" / "my-learner"
    command = [sys.executable, "-c", SLOWLY, "killed", *SHORT]
    process = subprocess.Popen(command, cwd=folder)
    deadline = time.monotonic() + 120
    while not list(begun.glob(".seed-*/checkpoint.safetensors")) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert list(begun.glob(".seed-*/checkpoint.safetensors")), "it was killed after a checkpoint and before the end"
    answer = run(folder, "train", "my_learner.yaml", *SHORT, "--output", "killed", "--quiet")
    assert answer.returncode == 0, answer.stderr
    assert digests(begun) == digests(folder / "runs" / "my-learner")


def test_it_stands_beside_ours_in_a_benchmark(folder: Path) -> None:
    config = {
        "name": "both",
        "track": "tabular",
        "learners": {"mine": {"kind": "my_learner.py:RegretMatching"}, "theirs": {"kind": "exp3"}},
        "games": ["costly-escalation"],
        "budgets": {"decisions": [4000]},
        "seeds": 2,
        "evaluations": 2,
    }
    (folder / "both.yaml").write_text(yaml.safe_dump(config))
    answer = run(folder, "benchmark", "run", "both.yaml", "--output", "benchmarks", "--workers", "2", "--quiet")
    assert answer.returncode == 0, answer.stderr
    assert "mine" in (folder / "benchmarks" / "both" / "report.md").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", "runs/my-learner", "--json", "--no-figure"),
        ("train", "my_learner.yaml", *SHORT, "seeds=3", "--quiet"),
        ("benchmark", "run", "both.yaml", "--output", "benchmarks", "--workers", "1", "--quiet"),
    ],
    ids=["eval", "train", "benchmark"],
)
def test_changed_code_is_refused_in_one_line(folder: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    # The change would also be refused as a wrong config; the reason that is given must be the code.
    source = (folder / "my_learner.py").read_text().replace("exploration: Scheduled", "eagerness: Scheduled")
    (changed / "my_learner.py").write_text(source.replace("settings.exploration", "settings.eagerness"))
    answer = run(changed, *arguments)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    line = answer.stderr.strip().splitlines()[-1]  # after what tells how far it is
    assert "my_learner.py:RegretMatching" in line
    assert "it has changed to" in line
    (changed / "my_learner.py").unlink()
    answer = run(changed, *arguments)
    assert answer.returncode == 2
    assert "expected a file that exists" in answer.stderr
