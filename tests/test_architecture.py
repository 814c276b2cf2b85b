"""The house rules: imports run one way, the wheel ships every module, nothing draws from global randomness."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("core", "games", "theory", "envs", "agents", "train", "eval", "explore", "cli")
# What each folder may import of the project.
ALLOWED = {
    "core": {"core"},
    "games": {"core", "games"},
    "theory": {"core", "games", "theory"},
    "envs": {"core", "games", "envs"},
    "agents": {"core", "games", "theory", "envs", "agents"},
    "train": {"core", "games", "theory", "envs", "agents", "train"},
    "eval": {"core", "games", "theory", "envs", "agents", "train", "eval"},
    "explore": {"core", "games", "theory", "envs", "agents", "eval", "explore"},
    "cli": set(FOLDERS),
}


def folder_path(folder: str) -> Path:
    return ROOT / (f"src/olivebranch/{folder}" if folder in ("core", "explore", "cli") else folder)


def modules() -> list[tuple[str, Path]]:
    return [(folder, path) for folder in FOLDERS for path in sorted(folder_path(folder).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        found |= {name.split(".")[1] for name in names if name.startswith("olivebranch.")}
    return found & set(FOLDERS)


@pytest.mark.parametrize("folder,path", modules(), ids=lambda value: getattr(value, "name", value))
def test_imports_run_one_way(folder: str, path: Path) -> None:
    assert imported(path) <= ALLOWED[folder]


def test_the_arrow_test_sees_a_wrong_import(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from olivebranch.train import loop\nimport olivebranch.eval.report\n")
    assert imported(wrong) == {"train", "eval"}


def test_every_folder_with_modules_is_packaged() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packaged = {ROOT / path for path in settings["package-dir"].values()}
    on_disk = {path.parent for _, path in modules()} | {ROOT / "src/olivebranch"}
    assert packaged == on_disk
    assert set(settings["packages"]) == set(settings["package-dir"])


def test_a_folder_holds_one_family_and_no_more_than_fifteen_modules() -> None:
    folders = {path.parent for folder, path in modules() if folder != "cli"}
    counts = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) - 1 for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > 15} == {}


def test_randomness_comes_from_generators_that_are_passed_in() -> None:
    """No module draws from NumPy's, torch's or Python's global generator.

    Stable-Baselines3 does, and takes no generator; ``agents/sb3/parts/randomness.py`` alone fences its draws off from
    everyone else's.
    """
    wanted = re.compile(
        r"np\.random\.(?!default_rng|Generator|SeedSequence|PCG64|BitGenerator)|^import random|from random import"
        r"|torch\.manual_seed\(|torch\.seed\(",
        re.MULTILINE,
    )
    drawing = {str(path.relative_to(ROOT)) for _, path in modules() if wanted.search(path.read_text(encoding="utf-8"))}
    assert drawing == {"agents/sb3/parts/randomness.py"}


def test_no_module_loads_pickles() -> None:
    """Nor runs text as code, but for the one door through which a user's own file comes in."""
    wanted = re.compile(r"allow_pickle=True|pickle\.load|torch\.load\(|yaml\.load\(|(?<![\w.])eval\(|(?<![\w.])exec\(")
    found = {str(path.relative_to(ROOT)) for _, path in modules() if wanted.search(path.read_text(encoding="utf-8"))}
    assert found == {"src/olivebranch/core/plugins.py"}
