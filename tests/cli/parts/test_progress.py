"""Progress on standard error: plain lines where it is piped, a bar in a terminal, and nothing for quick work."""

import io
import json
import re
import subprocess
import sys
import time

import pytest

from olivebranch.cli.parts import progress as module
from olivebranch.cli.parts.progress import Progress


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_LINE", 0.05)
    monkeypatch.setattr(module, "INTERVALS", (0.05,))


def wait_for(lines: int, capsys: pytest.CaptureFixture[str]) -> str:
    seen = ""
    for _ in range(200):
        seen += capsys.readouterr().err
        if seen.count("\n") >= lines:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"only {seen!r}")


@pytest.mark.usefixtures("fast")
def test_lines_come_from_the_beginning_and_again_whatever_the_work_reports(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("eval", "runs") as progress:
        assert wait_for(1, capsys).startswith("eval: at work; 0 s\n")
        progress.update(1, 3, "runs/a")
        assert re.search(r"^eval: 1 of 3 runs, runs/a; \d+ s$", wait_for(2, capsys), re.MULTILINE)
        progress.update(1.5, 3)
        assert "eval: 1.5 of 3 runs; " in wait_for(2, capsys)
        progress.advance("b")
        progress.update(2, 3, "b")
        assert "eval: 2 of 3 runs, b; " in wait_for(2, capsys)
    capsys.readouterr()
    time.sleep(0.2)
    assert capsys.readouterr().err == ""


def test_quick_or_quiet_work_leaves_no_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Progress("solve"):
        pass
    monkeypatch.setattr(module, "FIRST_LINE", 0.01)
    with Progress("solve", quiet=True):
        time.sleep(0.1)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("fast")
def test_progress_ends_with_an_error_and_lets_it_pass(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError), Progress("train"):
        raise KeyError
    capsys.readouterr()
    time.sleep(0.2)
    assert capsys.readouterr().err == ""


def test_in_a_terminal_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with Progress("train", "seeds") as progress:
        progress.update(1, 4, "seed 2 [odd]")
    shown = sys.stderr.getvalue()
    assert "train: 1 of 4 seeds, seed 2 [odd]" in shown
    assert "━" in shown


def test_a_piped_command_says_where_it_is_on_standard_error_alone() -> None:
    """With a delay so small that also a fast machine comes to it."""
    code = "import olivebranch.cli.parts.progress as p; p.FIRST_LINE = 0.01; from olivebranch.cli import main; main()"
    command = [sys.executable, "-c", code, "claims", "--theory", "--json", "--draws", "200"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stderr.startswith("claims: at work; 0 s\n")
    assert json.loads(result.stdout.splitlines()[0])["claim"] == "C1"
