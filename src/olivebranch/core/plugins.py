"""A user's own code by name: ``module:Name`` or ``file.py:Name``.

**Whose code runs.** A spec names code that its user has put into the working directory or on the Python path, as for
any import; it is never imported from inside a folder of results (a run, an atlas or a benchmark), which may come from
someone else. The SHA-256 of the file is recorded beside every result, so that a result is never continued or judged
with code that has changed since.
"""

import hashlib
import importlib
import importlib.machinery
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from olivebranch.core.errors import ParameterError

RECORD = "run.json"  # where a run folder says by what the run was trained
CODE, FILES = "code", "files"  # what it keeps the SHA-256 of: the user's own code; files that training alone needs
USER = "olivebranch_user_"  # how the names of modules begin that stand for single files
# What lies beside ``config.yaml`` in a folder of results: of a run, an atlas, a benchmark.
RESULTS = (RECORD, "chunks", "runs")


@dataclass(frozen=True)
class Code:
    """The code behind a spec.

    Attributes:
        spec: as the user wrote it, ``module:Name`` or ``file.py:Name``.
        sha256: of the source file, in hexadecimal digits.
    """

    spec: str
    sha256: str


def is_plugin(spec: str) -> bool:
    """Whether ``spec`` has the form of a user's own code, ``module:Name`` or ``file.py:Name``."""
    place, colon, name = spec.rpartition(":")
    if not colon or not name.isidentifier():
        return False
    return place.endswith(".py") or all(part.isidentifier() for part in place.split("."))


def load_plugin(key: str, spec: str, expected: str, fits: Callable[[object], bool]) -> tuple[object, Code]:
    """The object that ``spec`` names, and the code it came from.

    Args:
        key: what the spec is for, e.g. ``"learner.kind"``; errors name it.
        spec: ``module:Name``, or ``file.py:Name`` with a path that is relative to the working directory.
        expected: the documented kind of object in words, e.g. ``"a subclass of Game"``.
        fits: whether an object is of that kind.

    Raises:
        ParameterError: the spec has another form, the file lies in a folder of results or outside the working
            directory and the Python path, it cannot be imported, or the object is missing or of another kind.
    """
    place, _, name = spec.rpartition(":")
    if not is_plugin(spec):
        raise ParameterError(key, spec, "module:Name or file.py:Name")
    file = _find(key, spec, place)
    module = _file_module(key, spec, file) if place.endswith(".py") else _imported(key, spec, place)
    if not hasattr(module, name):
        raise ParameterError(key, spec, f"a name that {place} defines, and {name!r} is none")
    found: object = getattr(module, name)
    if not fits(found):
        raise ParameterError(key, spec, f"{expected}, and {name!r} is none")
    return found, Code(spec, _digest(file))


def code_of(key: str, spec: str) -> Code:
    """The code behind a spec as it is now, without running it; ``spec`` may also be a plain file, such as a game's.

    Raises:
        ParameterError: as :func:`load_plugin` for where it may lie.
    """
    place = spec.rpartition(":")[0] if is_plugin(spec) else spec
    return Code(spec, _digest(_find(key, spec, place)))


def require_unchanged(key: str, recorded: Code, current: Code) -> None:
    """Refuse to go on with code, or another file, that has changed. Raises :class:`ParameterError`."""
    if recorded.sha256 != current.sha256:
        noun = "code" if is_plugin(recorded.spec) else "file"
        raise ParameterError(
            key,
            recorded.spec,
            f"the {noun} that was used before (SHA-256 {recorded.sha256[:12]}..); it has changed to "
            f"{current.sha256[:12]}.., so restore it or begin anew",
        )


def code_as_json(code: Sequence[Code]) -> list[dict[str, str]]:
    """Files as ``run.json`` keeps them; the inverse of :func:`recorded_code`."""
    return [{"spec": one.spec, "sha256": one.sha256} for one in code]


def recorded_code(path: Path, key: str = CODE) -> tuple[Code, ...]:
    """The files that a run folder keeps the SHA-256 of under ``key``; none where it says nothing of them.

    Raises:
        ParameterError: the folder's ``run.json`` cannot be read, or what it says there cannot be understood.
    """
    file = path / RECORD
    if not file.exists():
        return ()
    try:
        entries = json.loads(file.read_text(encoding="utf-8")).get(key, [])
        return tuple(Code(str(entry["spec"]), str(entry["sha256"])) for entry in entries)
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise ParameterError("run", str(path), f"a {RECORD} that can be read ({error!r})") from None


def require_same_code(path: Path, key: str = CODE) -> None:
    """Refuse a run folder of which a file that it records has changed since, or is gone. No code is run for it.

    Raises:
        ParameterError: which file, and by which SHA-256 it was recorded.
    """
    for recorded in recorded_code(path, key):
        require_unchanged(key, recorded, code_of(key, recorded.spec))


def entry_point(group: str, name: str) -> str | None:
    """The ``module:Name`` that an installed distribution declares for ``name`` in an entry-point group, if any."""
    for point in entry_points(group=group, name=name):
        return point.value
    return None


def entry_point_names(group: str) -> tuple[str, ...]:
    """All names that installed distributions declare in an entry-point group, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _refuse_results(key: str, spec: str, file: Path) -> None:
    for folder in file.parents:
        if (folder / "config.yaml").is_file() and any((folder / mark).exists() for mark in RESULTS):
            raise ParameterError(key, spec, f"code outside of folders of results, and {folder} is one")


def _search_path() -> list[Path]:
    return [Path.cwd(), *(Path(entry).resolve() for entry in sys.path if entry)]


def _find(key: str, spec: str, place: str) -> Path:
    """The file behind ``place``, which is one or the name of a module. Of the code in it nothing is run.

    A module's packages are imported on the way, each after a look at where it lies.
    """
    if not is_plugin(spec) or place.endswith(".py"):
        file = Path(place).resolve()
        if not file.is_file():
            raise ParameterError(key, spec, f"a file that exists, and {file} does not")
        if place.endswith(".py"):  # Others are no code, and may lie anywhere.
            if not any(file.is_relative_to(folder) for folder in _search_path()):
                raise ParameterError(key, spec, f"a file in the working directory {Path.cwd()} or on the Python path")
            _refuse_results(key, spec, file)
        return file
    if str(Path.cwd()) not in sys.path:  # The working directory comes last, so that it shadows nothing.
        sys.path.append(str(Path.cwd()))
        importlib.invalidate_caches()
    path, parts, origin = None, place.split("."), None
    for depth in range(len(parts)):
        name = ".".join(parts[: depth + 1])
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is None and name in sys.modules:  # The module came by another way, e.g. an editable install.
            found = sys.modules[name].__spec__
        if found is None:
            found = _other_finders(name)
        if found is None:
            raise ParameterError(key, spec, f"a module on the Python path, and {name!r} is none")
        origin = Path(found.origin).resolve() if found.origin is not None and found.has_location else None
        if origin is not None:
            _refuse_results(key, spec, origin)
        if depth + 1 < len(parts):
            path = list(getattr(_imported(key, spec, name), "__path__", []))
    if origin is None:
        raise ParameterError(key, spec, "a module with a source file")
    return origin


def _file_module(key: str, spec: str, file: Path) -> ModuleType:
    """The module of a single file. The bytes that are hashed are the bytes that run."""
    content = file.read_bytes()
    name = f"{USER}{file.stem}_{hashlib.sha256(str(file).encode() + content).hexdigest()[:16]}"
    if name not in sys.modules:
        module = ModuleType(name)
        module.__file__ = str(file)
        # Registered before it runs, because dataclasses and pydantic look their own module up.
        sys.modules[name] = module
        try:
            exec(compile(content, str(file), "exec"), module.__dict__)  # its user's own code, named by its user
        except Exception as error:
            del sys.modules[name]
            raise ParameterError(key, spec, f"a file that runs; {fault(error)}") from error
    return sys.modules[name]


def _imported(key: str, spec: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ParameterError(key, spec, f"a module that can be imported; {fault(error)}") from error


def _other_finders(name: str) -> importlib.machinery.ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        found: importlib.machinery.ModuleSpec | None = find(name, None) if find is not None else None
        if found is not None:
            return found
    return None


def fault(error: Exception) -> str:
    """What went wrong in a user's own code, in one line: the exception, and the last line of that code that ran."""
    frames = [
        (frame.f_globals.get("__name__", ""), frame, line) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    own = [entry for entry in frames if entry[0].startswith(USER)] or [
        entry for entry in frames if not entry[0].startswith("olivebranch.")
    ]
    place = f" ({own[-1][1].f_code.co_filename}, line {own[-1][2]})" if own else ""
    return f"it raised {type(error).__name__}: {' '.join(str(error).split())}{place}"
