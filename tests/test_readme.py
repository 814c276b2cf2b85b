"""The Python in README and docs runs as it stands; README and tutorial name only commands and files that exist."""

import re
from pathlib import Path

import pytest

from olivebranch.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SNIPPETS = [
    pytest.param(code, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
]


@pytest.mark.parametrize("code", SNIPPETS)
def test_python_in_the_docs_runs(code: str) -> None:
    exec(compile(code, "docs", "exec"), {"__name__": "docs"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_and_commands_in_the_docs_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+?)\)", text):
        if not link.startswith("https://"):
            assert (page.parent / link).exists(), link
    for config in re.findall(r"(?<![\w/])configs/[\w./-]+\w", text):
        assert "NAME" in config or (ROOT / config).exists(), config
    registered = {command.name for command in app.registered_commands}
    for command in re.findall(r"^olivebranch (\S+)", text, re.MULTILINE):
        assert command in registered, command
