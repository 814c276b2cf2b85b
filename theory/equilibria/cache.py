"""Numerical equilibria kept on disk, so that a game is searched once and not in every process.

Entries lie in ``olivebranch/equilibria`` under ``$XDG_CACHE_HOME`` (by default ``~/.cache``), or in the folder that
``$OLIVEBRANCH_CACHE`` names; with ``OLIVEBRANCH_CACHE=off`` nothing is read or written. An entry's name is a hash of
the compiled game, the settings of the search and this package's version, so that a change of any of these misses it.
What is read is checked: an entry that is damaged, or does not fit the game, counts as none. Entries hold numbers alone
and loading them runs no code. A folder that cannot be written to is no error; the search is then made anew each time.
"""

import hashlib
import importlib.metadata
import io
import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from olivebranch.core.files import write_bytes
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.dynamics import NumericalEquilibrium
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile

VARIABLE = "OLIVEBRANCH_CACHE"
OFF = "off"
FORMAT = "1"  # of entries, and of the search: raise it when the same settings come to find something else
MOST_BYTES = 200_000_000  # of behaviour; what is larger is not kept
DAMAGE = (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error)


def cache_folder() -> Path | None:
    """Where entries lie; None if the cache is off or there is no home to keep it in."""
    wanted = os.environ.get(VARIABLE, "")
    if wanted.lower() == OFF:
        return None
    if wanted:
        return Path(wanted)
    home = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(home) if home else Path.home() / ".cache"
    except RuntimeError:  # There is no home.
        return None
    return base / "olivebranch" / "equilibria"


def cache_key(game: CompiledGame, settings: str) -> str:
    """The name of the entry for a search in a game, in hexadecimal digits."""
    digest = hashlib.sha256()
    for text in (FORMAT, _version(), settings):
        digest.update(text.encode() + b"\0")
    for array in (
        game.prior, game.profile_types, game.terminal, game.legal, game.edge_start, game.edge_count, game.edge_source,
        game.edge_joint, game.edge_next, game.edge_probability, game.edge_reward,
    ):  # fmt: skip
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def load(key: str, tree: GameTree, tolerance: float) -> tuple[NumericalEquilibrium, ...] | None:
    """The equilibria of an entry, evaluated anew; None if there is none that can be used.

    Args:
        key: of the entry.
        tree: of the game.
        tolerance: NashConv up to which an equilibrium counts as converged.
    """
    folder = cache_folder()
    if folder is None:
        return None
    try:
        with np.load(io.BytesIO((folder / f"{key}.npz").read_bytes()), allow_pickle=False) as entry:
            if str(entry["key"]) != key:
                raise ValueError("an entry of another search")
            return tuple(_equilibrium(entry, k, tree, tolerance) for k in range(int(entry["count"])))
    except DAMAGE:
        return None


def _equilibrium(entry: np.lib.npyio.NpzFile, k: int, tree: GameTree, tolerance: float) -> NumericalEquilibrium:
    """One of an entry's equilibria. Raises ValueError or KeyError if it is none on ``tree``."""
    tables = tuple(np.asarray(entry[f"behaviour_{k}_{t}"], dtype=np.float64) for t in range(tree.n_stages))
    profile = BehaviourProfile(tree, tables)
    evaluation = evaluate(profile)  # checks shapes and rows first
    converged = evaluation.nash_conv <= tolerance
    return NumericalEquilibrium(str(entry[f"solver_{k}"]), profile, evaluation, int(entry[f"steps_{k}"]), converged)


def store(key: str, equilibria: Sequence[NumericalEquilibrium]) -> None:
    """Keep an entry, whole or not at all; a folder that cannot be written to is left alone."""
    folder = cache_folder()
    size = sum(table.nbytes for equilibrium in equilibria for table in equilibrium.profile.stages)
    if folder is None or size > MOST_BYTES:
        return
    arrays: dict[str, np.ndarray] = {"key": np.array(key), "count": np.array(len(equilibria))}
    for k, equilibrium in enumerate(equilibria):
        arrays[f"solver_{k}"] = np.array(equilibrium.solver)
        arrays[f"steps_{k}"] = np.array(equilibrium.steps)
        for t, table in enumerate(equilibrium.profile.stages):
            arrays[f"behaviour_{k}_{t}"] = np.asarray(table, dtype=np.float64)
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]  # it takes arrays by any name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / f"{key}.npz", content.getvalue())
    except OSError:
        return


def _version() -> str:
    try:
        return importlib.metadata.version("olivebranch")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
