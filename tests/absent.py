"""Running Python as if packages were not installed."""

import subprocess
import sys
from pathlib import Path

PRELUDE = """
import sys

class Hiding:
    def __init__(self, finder, hidden):
        self.finder, self.hidden = finder, hidden

    def find_spec(self, name, path=None, target=None):
        return None if name.split(".")[0] in self.hidden else self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = [Hiding(finder, frozenset({hidden!r})) for finder in sys.meta_path]
"""


def run_without(
    hidden: tuple[str, ...], code: str, *arguments: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a new interpreter in which the packages ``hidden`` cannot be found, as if never installed."""
    whole = PRELUDE.replace("{hidden!r}", repr(hidden)) + code
    return subprocess.run([sys.executable, "-c", whole, *arguments], capture_output=True, text=True, cwd=folder)
