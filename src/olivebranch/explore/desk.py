"""Work in processes of its own, one piece at a time, that can be cancelled at any moment."""

import json
import subprocess
import sys
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from olivebranch.core.errors import ParameterError
from olivebranch.explore.training import TrainingRequest

TRAINING = "olivebranch.explore.training"
LONGEST = 600.0  # seconds


@dataclass
class Job:
    """A training.

    Attributes:
        process: that does it.
        lines: what it has said so far, one JSON object each: what is to come, and then frames.
        failed: why it failed, if it did.
        done: whether it is over.
    """

    process: "subprocess.Popen[str]"
    lines: list[dict[str, Any]] = field(default_factory=list)
    failed: str | None = None
    done: bool = False


class Desk:
    """Starts, watches and ends trainings; a new one ends the one before."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, asked: dict[str, Any]) -> str:
        """Begin a training, and return its name. Raises :class:`ParameterError` for what does not fit."""
        TrainingRequest.from_mapping(asked)
        self.end()
        process = subprocess.Popen(
            [sys.executable, "-m", TRAINING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        job, name = Job(process), uuid.uuid4().hex
        with self._lock:
            self._jobs = {name: job}
        assert process.stdin is not None
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.close()
        threading.Thread(target=self._read, args=(job,), daemon=True).start()
        timer = threading.Timer(LONGEST, process.kill)
        timer.daemon = True
        timer.start()
        return name

    def _read(self, job: Job) -> None:
        assert job.process.stdout is not None
        assert job.process.stderr is not None
        for line in job.process.stdout:
            job.lines.append(json.loads(line))
        said = job.process.stderr.read().strip().splitlines()
        if job.process.wait() != 0:
            job.failed = said[-1] if said and job.process.returncode > 0 else "it was ended"
        job.done = True

    def news(self, name: object, since: object) -> dict[str, Any]:
        """What a training has said since the frame number ``since``.

        Raises:
            ParameterError: there is no such training, or no such number.
        """
        job = self._job(name)
        if not isinstance(since, int) or isinstance(since, bool) or since < 0:
            raise ParameterError("since", since, "a whole number of at least 0")
        done, lines = job.done, list(job.lines)  # in this order, so that nothing is missed
        news: dict[str, Any] = {"frames": lines[1 + since :], "done": done, "failed": job.failed}
        return news | lines[0] if lines else news

    def cancel(self, name: object) -> None:
        """End a training now. Raises :class:`ParameterError` where there is none of that name."""
        _end(self._job(name))

    def end(self) -> None:
        """End whatever runs."""
        with self._lock:
            for job in self._jobs.values():
                _end(job)
            self._jobs = {}

    def _job(self, name: object) -> Job:
        job = self._jobs.get(name) if isinstance(name, str) else None
        if job is None:
            raise ParameterError("id", name, "a training that this server has begun, and none has begun since")
        return job


def _end(job: Job) -> None:
    job.process.kill()
    job.process.wait()


def run_bounded(module: str, given: object, seconds: float) -> Any:
    """What a module's main makes of one line of JSON, in a process that is ended after some time.

    Raises:
        ParameterError: it took longer, or said that something does not fit.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ParameterError("table", "this game", f"a game that is solved within {seconds:g} seconds") from None
    answer = json.loads(done.stdout or '{"error": "it came to no end"}')
    if "error" in answer:
        raise ParameterError("table", "this game", answer["error"])
    return answer
