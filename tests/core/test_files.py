"""Files are whole or not there, and what a killed process leaves is known and removed."""

import errno
from pathlib import Path

import pytest

from olivebranch.cli import input_fault
from olivebranch.core.errors import TooLarge
from olivebranch.core.files import holds_others, sweep, write_bytes


def test_a_full_disk_leaves_no_half_and_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"before")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as refusal:
        write_bytes(tmp_path / "a", b"after")
    assert input_fault(refusal.value) == f"{tmp_path / 'a'}: No space left on device"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"
    assert input_fault(OSError(errno.ENOSPC, "No space left on device")) == "writing a file: No space left on device"


def test_what_is_too_large_is_told_in_one_line() -> None:
    assert input_fault(TooLarge("a tree of 9 TiB")) == "a tree of 9 TiB"
    assert input_fault(MemoryError("Unable to allocate 9 TiB")) is not None
    assert input_fault(ValueError("a fault of ours")) is None


def test_a_folder_that_was_only_begun_holds_nothing_of_others(tmp_path: Path) -> None:
    assert not holds_others(tmp_path / "none")
    (tmp_path / "chunks").mkdir()
    (tmp_path / ".config.yaml.12.tmp").touch()
    (tmp_path / "run.json").touch()
    assert holds_others(tmp_path)
    assert not holds_others(tmp_path, ("run.json",))
    (tmp_path / "chunks/theirs").touch()
    assert holds_others(tmp_path, ("run.json",))


def test_temporary_files_of_killed_processes_are_swept(tmp_path: Path) -> None:
    (tmp_path / "chunks").mkdir()
    for name in (".a.1.tmp", "chunks/.b.2.tmp", "chunks/b", "c.tmp"):
        (tmp_path / name).touch()
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["b", "c.tmp", "chunks"]
