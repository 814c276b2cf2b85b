"""Every exchange with a language model, one line of JSON each, in a file that only grows.

The line of an exchange is written, and flushed to the disk, before anything is made of it. So whoever starts again
after a process was killed finds all that was answered; a line that the kill cut off is removed, and its question is
asked again. A finished transcript answers every question of its run by itself: play can be scored again without a
server.
"""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

from olivebranch.core.errors import ParameterError

Record = Mapping[str, Any]


def question_id(payload: Mapping[str, Any], sample: int) -> str:
    """What identifies an exchange: the whole request, with the number of the sample."""
    text = json.dumps([payload, sample], sort_keys=True, ensure_ascii=True)
    return sha256(text.encode()).hexdigest()[:24]


class Transcript:
    """The exchanges of one run.

    Args:
        path: of the file; the folder is made where it is missing.
        offline: whether nothing may be added.

    Raises:
        ParameterError: a line other than the last is no exchange, or it is offline and there is no such file.
    """

    def __init__(self, path: Path, offline: bool = False) -> None:
        self.path, self.offline = path, offline
        self.records: dict[str, Record] = {}
        if offline and not path.is_file():
            raise ParameterError(
                "transcript", str(path), "a transcript to play again from; without --offline one is made"
            )
        if not offline:
            path.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes() if path.is_file() else b""
        whole = content[: content.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), 1):
            record = _read(line)
            if record is None:
                raise ParameterError("transcript", f"{path}, line {number}", "an exchange, as JSON with id and reply")
            self.records[record["id"]] = record
        self._file = None
        if not offline:
            self._file = path.open("ab")
            self._file.truncate(len(whole))

    def __enter__(self) -> "Transcript":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, record: Record) -> None:
        """Write an exchange down, for good."""
        assert self._file is not None
        line = json.dumps(record, sort_keys=True, ensure_ascii=True).encode() + b"\n"
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.records[record["id"]] = record


def _read(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    sound = isinstance(record, dict) and isinstance(record.get("id"), str) and isinstance(record.get("reply"), dict)
    return record if sound else None
