"""The Python in README and docs runs as it stands, and what they name exists: commands, files and tests."""

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from olivebranch.agents.registry import learner_kinds
from olivebranch.cli import app
from olivebranch.theory.certified.sets import read_set
from olivebranch.train.benchmark.tracks import TRACKS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = (
    "agents",
    "benchmarks",
    "configs",
    "docs",
    "envs",
    "eval",
    "examples",
    "games",
    "src",
    "tests",
    "theory",
    "train",
)
PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/(?:[\w./+*-]*[\w/*])?")
TESTS = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
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
    for path in PATH.findall(text):
        assert "NAME" in path or list(ROOT.glob(path.rstrip("/"))), path
    for test in re.findall(r"`(test_\w+)`", text):
        assert any(f"def {test}(" in code for code in TESTS), test
    registered = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    for command in re.findall(r"^olivebranch (\S+)", text, re.MULTILINE):
        assert command in registered, command


@pytest.mark.parametrize("command", ["solve", "enumerate"])
def test_the_example_inputs_that_the_readme_names_are_solved(command: str) -> None:
    (file,) = re.findall(rf"^olivebranch {command} --file (\S+)", PAGES[0].read_text(encoding="utf-8"), re.MULTILINE)
    result = CliRunner().invoke(app, [command, "--file", str(ROOT / file), "--json"])
    assert result.exit_code == 0, result.output
    key = {"solve": "equilibria", "enumerate": "components"}[command]
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == len((ROOT / file).read_text(encoding="utf-8").splitlines())
    assert all(answer[key] for answer in answers)


def test_the_readme_counts_what_the_published_benchmark_covers() -> None:
    folder = ROOT / "configs" / "benchmark"
    configs = [yaml.safe_load((folder / f"{track}.yaml").read_text(encoding="utf-8")) for track in TRACKS]
    kinds = {settings["kind"] for config in configs for settings in config["learners"].values()}
    games = read_set(folder / "games" / "test.yaml").games
    counted = f"{len(kinds)} of the {len(learner_kinds())} kinds of learner in three tracks on {len(games)} test games"
    assert counted in " ".join(PAGES[0].read_text(encoding="utf-8").split())


def test_the_interval_in_the_tutorial_is_what_solve_prints() -> None:
    text = " ".join((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8").split())
    ((preset, interval),) = re.findall(r"in `([\w-]+)` an unexpected offer[^`]*`(\[[\d., ]+\])`", text)
    assert interval in CliRunner().invoke(app, ["solve", "--preset", preset]).stdout


def test_the_code_about_other_libraries_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """What it prints is the NashConv of OpenSpiel's own solution, evaluated here."""
    pytest.importorskip("pyspiel", reason="it comes with the extra 'peers'")
    pytest.importorskip("pettingzoo", minversion="1.27", reason="PettingZoo's own registry came with 1.27")
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, "docs/clients.md", "exec"), {})
    assert 0.0 <= float(capsys.readouterr().out) < 1e-4
