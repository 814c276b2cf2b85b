"""The README's Python runs as it stands, and names only commands and files that exist."""

import re
from pathlib import Path

import pytest

from olivebranch.cli import app

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_python_in_the_readme_runs(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


def test_files_and_commands_in_the_readme_exist() -> None:
    for link in re.findall(r"\]\(([^)#]+?)\)", TEXT):
        if not link.startswith("https://"):
            assert (ROOT / link).exists(), link
    for config in re.findall(r"configs/\S+", TEXT):
        assert (ROOT / config).exists(), config
    registered = {command.name for command in app.registered_commands}
    for command in re.findall(r"^olivebranch (\S+)", TEXT, re.MULTILINE):
        assert command in registered, command
