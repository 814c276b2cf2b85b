"""Games from Gambit's extensive-form files (.efg), as far as they are of the class of games (docs/games.md)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame
from olivebranch.games.efg.public import public_tree
from olivebranch.games.efg.reading import read_efg
from olivebranch.games.efg.rules import EfgRules
from olivebranch.games.kinds import compile_named

__all__ = ["EfgParameters", "EfgRules", "import_efg"]


def import_efg(text: str, source: str = "efg") -> EfgRules:
    """The rules of the game in the text of an .efg file.

    Raises:
        ParameterError: the text is malformed, or the game is not of the class; names the line and the node.
    """
    return EfgRules(public_tree(read_efg(text, source)))


@dataclass(frozen=True)
class EfgParameters:
    """All that there is to say of a game in an .efg file.

    Attributes:
        file: its path, as the user wrote it.
        sha256: of its bytes, in hexadecimal digits.
        text: its content.
    """

    file: str
    sha256: str
    text: str = field(repr=False, compare=False)

    @classmethod
    def from_bytes(cls, file: str, content: bytes) -> Self:
        """The game in the file's bytes. Raises :class:`ParameterError` if they are no text."""
        try:
            return cls(file, hashlib.sha256(content).hexdigest(), content.decode())
        except UnicodeDecodeError as error:
            raise ParameterError("game", file, f"text in UTF-8 ({error.reason} at byte {error.start})") from None

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Read the file anew. Raises :class:`ParameterError` if it is not as it was, and for other keys."""
        for key in values:
            if key not in ("file", "sha256"):
                raise ParameterError(str(key), values[key], "no parameters: a game from an .efg file has none")
        file = str(values.get("file"))
        try:
            found = cls.from_bytes(file, Path(file).read_bytes())
        except OSError as error:
            raise ParameterError("file", file, f"a file that can be read ({error.strerror})") from None
        if values.get("sha256") not in (None, found.sha256):
            raise ParameterError("sha256", values["sha256"], f"the file {file} as it was; it has changed")
        return found

    def as_dict(self) -> Mapping[str, object]:
        """The file and its SHA-256."""
        return {"file": self.file, "sha256": self.sha256}

    def compile(self) -> CompiledGame:
        """Import and compile. Raises :class:`ParameterError`, see :func:`import_efg`."""
        return compile_named(import_efg(self.text, self.file), self.file)
