"""The reference pages, written when the site is built: one for each folder of modules, one for the command."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import fastapi  # noqa: F401 - before autodoc imports it, which sets typing.TYPE_CHECKING: fastapi does not stand that
from sphinx.application import Sphinx

FOLDERS = {
    "games": "Games: rules, presets, and every way to name a game",
    "theory": "Theory: equilibria, refinements, selection, best responses",
    "envs": "Environments: PettingZoo, Gymnasium, batched",
    "agents": "Agents: policies and learners",
    "train": "Training: configs, runs, maps, benchmarks",
    "eval": "Evaluation: learned play against theory",
    "explore": "The explorer: the page, its server, play",
    "core": "Core: errors, files, processes",
}
PLAIN = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}  # help texts without colours
RULE = re.compile(r"\|[-| :]+\|")  # under the head of a table
INNER = "parts"  # folders of this name hold what only their neighbours use


def modules_of(folder: str) -> Iterator[str]:
    """The names of the modules in a folder of the package, folders' own docstrings first, ``parts`` left out."""
    package = importlib.import_module(f"olivebranch.{folder}")
    yield package.__name__
    for module in sorted(pkgutil.walk_packages(package.__path__, f"{package.__name__}."), key=lambda found: found.name):
        if INNER not in module.name.split("."):
            yield module.name


def page_of(title: str, modules: Sequence[str]) -> str:
    """A page in MyST that shows the docstrings of the modules."""
    parts = [f"# {title}\n"]
    for name in modules:
        parts.append(f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n")
    return "\n".join(parts)


def command_page() -> str:
    """Every command with its help text, as the command itself prints it."""
    import typer
    from typer.testing import CliRunner

    from olivebranch.cli import app

    group = typer.main.get_command(app)
    parts = ["# The command line\n", "Every command prints this with `--help`.\n"]
    commands = getattr(group, "commands", {})
    inner = [f"{name} {each}" for name, one in commands.items() for each in getattr(one, "commands", {})]
    for name in ("", *sorted([*commands, *inner], key=lambda said: list(commands).index(said.split()[0]))):
        words = name.split()
        text = (
            CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}).output
        )
        lines = [line.rstrip() for line in text.strip("\n").splitlines()]
        parts.append(f"## olivebranch {name}\n".replace(" \n", "\n") + "\n```text\n" + "\n".join(lines) + "\n```\n")
    return "\n".join(parts)


def write_pages(app: Sphinx) -> None:
    """Write the pages under ``reference/``; a page that has not changed is left alone, so that builds stay quick."""
    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    pages = {f"{name}.md": page_of(title, list(modules_of(name))) for name, title in FOLDERS.items()}
    pages["command-line.md"] = command_page()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def show_tables(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Tables in docstrings are written as in Markdown, for people; Sphinx reads them as list tables."""
    shown: list[str] = []
    for number, line in enumerate(lines):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else None
        if cells is None:
            if number and lines[number - 1].lstrip().startswith("|"):
                shown.append("")
            shown.append(line)
        elif number + 1 < len(lines) and RULE.fullmatch(lines[number + 1].strip()):
            shown += ["", ".. list-table::", "   :header-rows: 1", "", *_row(cells)]
        elif not RULE.fullmatch(line.strip()):
            shown += _row(cells)
    lines[:] = [*shown, ""]


def _row(cells: Sequence[str]) -> list[str]:
    return [f"   {' ' if column else '*'} - {cell}" for column, cell in enumerate(cells)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-docstring", show_tables)
    return {"parallel_read_safe": True}
