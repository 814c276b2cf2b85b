"""By what a run was trained, as its ``run.json`` says: versions, commit, command, and the user's own code."""

import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

from olivebranch.core.errors import ParameterError
from olivebranch.core.plugins import Code, code_of, require_unchanged

RECORD = "run.json"
PACKAGES = ("olivebranch", "numpy", "numba", "torch", "gymnasium", "stable-baselines3", "sb3-contrib")


def provenance(command: str) -> dict[str, object]:
    """By what a run, or seeds that are added to one, are trained."""
    return {
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "commit": _commit(),
        "command": command,
    }


def code_as_json(code: Sequence[Code]) -> list[dict[str, str]]:
    """The user's own code as ``run.json`` keeps it under ``code``; the inverse of :func:`recorded_code`."""
    return [{"spec": one.spec, "sha256": one.sha256} for one in code]


def recorded_code(path: Path) -> tuple[Code, ...]:
    """The user's own code that a run was trained with; none where the run folder says nothing of it.

    Raises:
        ParameterError: the folder's ``run.json`` cannot be read, or what it says of code cannot be understood.
    """
    file = path / RECORD
    if not file.exists():
        return ()
    try:
        entries = json.loads(file.read_text(encoding="utf-8")).get("code", [])
        return tuple(Code(str(entry["spec"]), str(entry["sha256"])) for entry in entries)
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise ParameterError("run", str(path), f"a {RECORD} that can be read ({error!r})") from None


def require_same_code(path: Path) -> None:
    """Refuse a run folder whose user's code has changed since, or is gone. Nothing of that code is run for it.

    Raises:
        ParameterError: which code, and by which SHA-256 it was recorded.
    """
    for recorded in recorded_code(path):
        require_unchanged("code", recorded, code_of("code", recorded.spec))


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit that this package's files are at, if git tracks them."""
    here = Path(__file__).resolve()
    answers = []
    for question in (["ls-files", "--error-unmatch", here.name], ["rev-parse", "HEAD"]):
        try:
            answer = subprocess.run(["git", *question], cwd=here.parent, capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if answer.returncode:
            return None
        answers.append(answer.stdout.strip())
    return answers[-1]
