"""Killed at any moment and started again, a run ends with the bytes of one that nothing happened to."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.games import ParameterError
from olivebranch.train import loop
from olivebranch.train.config import TrainConfig, parse_config
from olivebranch.train.loop import CHECKPOINT, train_seed
from olivebranch.train.run import train

LEARNERS = {
    "q-learning": {"kind": "q-learning", "episodes": 20_000, "batch": 20},
    "ppo": {"kind": "ppo", "episodes": 2_000, "batch": 100, "hidden": [8], "snapshots": 4},
}


def config(learner: str) -> TrainConfig:
    return parse_config(
        {"name": "trial", "game": {"preset": "weak-blend-in"}, "learner": LEARNERS[learner], "evaluations": 7}
    )


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("first_kill, second_kill", [(1, 3), (2, 2), (6, 1)])
def test_from_any_checkpoint_on_the_bytes_are_the_same(
    learner: str, first_kill: int, second_kill: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint after every update; the process ends at two evaluations, one after the other."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    train_seed(config(learner), 3, whole, tmp_path / "events", lambda *progress: None)
    restored = _Restored(monkeypatch)
    for kill in (first_kill, second_kill):
        shown: list[int] = []

        def report(done: int, total: int, value: float, kill: int = kill, shown: list[int] = shown) -> None:
            shown.append(done)
            # what the checkpoint holds is reported anew at the start; count only what is trained now
            if len(shown) >= kill + restored.evaluations:
                raise Killed

        with pytest.raises(Killed):
            train_seed(config(learner), 3, broken, tmp_path / "events", report, checkpoint_seconds=0)
    assert restored.evaluations == first_kill - 1
    train_seed(config(learner), 3, broken, tmp_path / "events", lambda *progress: None, checkpoint_seconds=0)
    assert digests(broken) == digests(whole)
    assert CHECKPOINT not in digests(broken)


class _Restored:
    """How many evaluations the loop took from the checkpoint that it read last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.evaluations = 0
        original = loop.unpack

        def unpack(content: bytes, *where: str) -> dict[str, object]:
            state = original(content)
            self.evaluations = len(state["lines"])
            return state

        monkeypatch.setattr(loop, "unpack", unpack)


SEEDS = ("seed-0000", "seed-0001")
PROGRAM = """
import sys
from pathlib import Path
from olivebranch.train import loop
from olivebranch.train.config import load_config
from olivebranch.train.run import train
loop.train_seed.__defaults__ = (0.05, *loop.train_seed.__defaults__[1:])   # a checkpoint every 50 ms
train(load_config(Path(sys.argv[1])), Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_kill_9_at_moments_that_nobody_chose(tmp_path: Path) -> None:
    learner = LEARNERS["ppo"] | {"episodes": 60_000}
    settled = parse_config(config("ppo").model_dump() | {"learner": learner, "seeds": [0, 1]})
    path = tmp_path / "trial.yaml"
    path.write_text(settled.as_yaml())
    whole = train(settled, tmp_path / "whole").path
    start = [sys.executable, "-c", PROGRAM, str(path), str(tmp_path / "killed")]
    begun = tmp_path / "killed" / "trial"

    def checkpoints() -> list[tuple[str, int]]:
        found = []
        for path in begun.glob(".seed*/" + CHECKPOINT):
            with contextlib.suppress(FileNotFoundError):
                found.append((path.parent.name, path.stat().st_mtime_ns))
        return found

    killed, wait = 0, 0.1
    for _ in range(20):
        if all((begun / seed).exists() for seed in SEEDS):  # killed between the last rename and its own end
            break
        before = checkpoints()
        process = subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and checkpoints() == before:  # until it has got somewhere
            time.sleep(0.01)
        time.sleep(wait)
        wait += 0.37
        if process.poll() is not None:
            assert process.returncode == 0, process.communicate()[1]
            break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        killed += 1
    else:
        pytest.fail("the run did not end in 20 attempts")
    assert killed >= 2
    for seed in SEEDS:
        assert digests(tmp_path / "killed" / "trial" / seed) == digests(whole / seed)


@pytest.mark.parametrize(
    "changed, reason",
    [
        ({"of": "seed 4 of another"}, "it is of seed 4 of another"),
        ({"learner": {}}, "KeyError"),
        ({"learner": None}, "TypeError"),
        ({"lines": ["nonsense"]}, "JSONDecodeError"),
        ({"record": {"updates": 1}}, "TypeError|KeyError"),
    ],
    ids=["another seed", "no keys", "no state", "lines", "record"],
)
def test_a_checkpoint_of_something_else_gives_one_line(changed: dict[str, object], reason: str, tmp_path: Path) -> None:
    def stop(done: int, total: int, value: float) -> None:
        if done:
            raise Killed

    with pytest.raises(Killed):
        train_seed(config("q-learning"), 3, tmp_path, tmp_path / "events", stop, checkpoint_seconds=0)
    checkpoint = tmp_path / CHECKPOINT
    saved = unpack(checkpoint.read_bytes())
    checkpoint.write_bytes(pack(saved | changed))
    with pytest.raises(ParameterError, match=reason) as refusal:
        train_seed(config("q-learning"), 3, tmp_path, tmp_path / "events", lambda *progress: None)
    assert "remove it to begin anew" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_checkpoint_of_another_seed_is_not_gone_on_with(tmp_path: Path) -> None:
    def stop(done: int, total: int, value: float) -> None:
        if done:
            raise Killed

    with pytest.raises(Killed):
        train_seed(config("q-learning"), 3, tmp_path, tmp_path / "events", stop, checkpoint_seconds=0)
    with pytest.raises(ParameterError, match=r"it is of seed 3 .*and this is seed 4"):
        train_seed(config("q-learning"), 4, tmp_path, tmp_path / "events", lambda *progress: None)
