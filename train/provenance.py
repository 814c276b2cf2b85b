"""By what a run was trained, as its ``run.json`` says: versions, commit, command."""

import importlib.metadata
import platform
import subprocess
from pathlib import Path

PACKAGES = ("olivebranch", "numpy", "numba", "torch", "gymnasium", "stable-baselines3", "sb3-contrib")


def provenance(command: str) -> dict[str, object]:
    """By what a run, or seeds that are added to one, are trained."""
    return {
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "commit": _commit(),
        "command": command,
    }


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
