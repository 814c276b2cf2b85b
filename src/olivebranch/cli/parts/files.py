"""Reading what a user names: files of JSON lines, with errors that name the line, and run folders."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from olivebranch.cli.parts.errors import BadInput
from olivebranch.core.errors import ParameterError


def require_run_folders(paths: Sequence[Path]) -> None:
    """Refuse at once what is no run folder. Raises :class:`ParameterError`, as ``load_run`` would."""
    for path in paths:
        if not (path / "config.yaml").is_file():
            raise ParameterError("run", str(path), "a run folder, which holds a config.yaml")


def read_json_lines(path: str) -> list[tuple[str, dict[str, Any]]]:
    """The objects of a JSON-lines file (``-``: standard input), each with the words that say where it stands.

    Blank lines are skipped. Raises :class:`BadInput` if the file cannot be read, a line is no JSON object, or there
    is none.
    """
    name = "standard input" if path == "-" else path
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--file = {path!r}: expected a readable text file ({error})") from None
    objects = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:  # numbers of thousands of digits, and brackets without end
            reason = getattr(error, "msg", str(error))
            raise BadInput(f"{where}: expected a JSON object, got {line[:60]!r} ({reason[:100]})") from None
        if not isinstance(value, dict):
            raise BadInput(f"{where}: expected a JSON object, got {line[:60]!r}")
        objects.append((where, value))
    if not objects:
        raise BadInput(f"--file = {path!r}: expected one JSON object a line, but it is empty")
    return objects
