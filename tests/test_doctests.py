"""Examples in docstrings run as they stand, over the installed names."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [
    "olivebranch." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("games", "theory", "envs", "agents", "train", "eval")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.name != "__init__.py" and ">>>" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


def test_the_reference_for_writing_a_game_has_examples() -> None:
    assert "olivebranch.games.base" in MODULES
