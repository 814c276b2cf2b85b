"""Studies in pieces: each done once, in any order of interruption, and another config or folder is refused."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from olivebranch.core.backend import Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.train.chunks import do_pieces, prepare_folder


@dataclass(frozen=True)
class Number:
    folder: Path
    value: int

    @property
    def path(self) -> Path:
        return self.folder / "parts" / f"{self.value}.txt"

    @property
    def size(self) -> int:
        return self.value


def square(piece: Number, tell: Any) -> None:
    if (piece.folder / "broken").exists() and piece.value == 3:
        raise RuntimeError("interrupted")
    write_bytes(piece.path, str(piece.value**2).encode())
    tell()


def numbers(folder: Path) -> list[Number]:
    return [Number(folder, value) for value in range(1, 5)]


@pytest.mark.parametrize("workers", [None, 1, 2])
def test_what_is_there_is_not_done_again_and_progress_counts_it(tmp_path: Path, workers: int | None) -> None:
    prepare_folder(tmp_path, "name: one\n")
    (tmp_path / "broken").touch()
    with pytest.raises(RuntimeError, match="interrupted"):
        do_pieces(square, [numbers(tmp_path)], tmp_path, preload=__name__)
    (tmp_path / "broken").unlink()
    write_bytes(tmp_path / "parts" / "1.txt", b"kept")
    seen: list[tuple[int, int]] = []
    do_pieces(
        square,
        [numbers(tmp_path)[:2], numbers(tmp_path)[2:]],
        tmp_path,
        preload=__name__,
        backend=Backend(workers=workers),
        report=lambda *given: seen.append(given),
    )
    assert [piece.path.read_text() for piece in numbers(tmp_path)] == ["kept", "4", "9", "16"]
    assert seen[0] == (3, 10)
    assert seen[-1] == (10, 10)


def test_another_config_and_a_folder_of_something_else_are_refused(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "study", "name: one\n")
    prepare_folder(tmp_path / "study", "name: one\n")
    with pytest.raises(ParameterError, match="begun with"):
        prepare_folder(tmp_path / "study", "name: two\n")
    with pytest.raises(ParameterError, match="something else"):
        prepare_folder(tmp_path, "name: one\n")
    prepare_folder(tmp_path / "study", "name: two\n", overwrite=True)
    with pytest.raises(ParameterError, match="begun with"):
        prepare_folder(tmp_path / "study", "name: one\n")
