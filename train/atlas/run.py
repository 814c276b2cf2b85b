"""Train a learner in every cell and seed of a map, in chunks that stream to disk.

An atlas folder is ``OUTPUT/NAME/``:

=======================  ==============================================================================================
``config.yaml``          the resolved config, every default written out
``chunks/0000.npz``      what some cells gave; the file appears, complete, when the chunk has been trained
=======================  ==============================================================================================

A chunk holds, for ``last`` and ``average``, the four probabilities of every run, float64 ``[cells, seeds, 4]``: the
high type's and the low type's of offering, those of escalating after an offer and after fighting. Its bytes depend on
the config and its number alone, not on the number of workers, nor on how often a run was interrupted.
"""

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay, run_states
from olivebranch.agents.stacked.registry import stacked_learner
from olivebranch.agents.stacked.start import RANDOM, UNIFORM
from olivebranch.core.backend import HERE, Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.core.workers import Tell
from olivebranch.games.base import FloatArray
from olivebranch.games.talks import TalksParameters
from olivebranch.train.atlas.config import AtlasConfig
from olivebranch.train.chunks import Report, do_pieces, prepare_folder
from olivebranch.train.config import validated


@dataclass(frozen=True)
class Chunk:
    """Some cells of a map: the unit of work that is done as a whole or not at all.

    Attributes:
        config: the map's.
        folder: the atlas folder.
        start: the number of its first cell.
    """

    config: AtlasConfig
    folder: Path
    start: int

    @property
    def path(self) -> Path:
        """The file that appears when the chunk has been trained."""
        return chunk_path(self.folder, self.start // self.config.cells_per_chunk)

    @property
    def size(self) -> int:
        """How many cells."""
        return min(self.config.cells_per_chunk, len(self.config.cells()) - self.start)


def train_atlas(
    config: AtlasConfig,
    output: Path,
    *,
    backend: Backend = HERE,
    report: Report = lambda done, total: None,
) -> Path:
    """Train every chunk that the folder does not hold yet.

    Args:
        config: the map.
        output: the folder in which atlas folders lie.
        backend: where to train; results do not depend on it.
        report: called as chunks are done, and once at the start.

    Returns:
        The atlas folder.

    Raises:
        ParameterError: the folder holds something else or another config, or a chunk's workers keep dying.
    """
    folder = (output / config.name).resolve()
    prepare_folder(folder, config.as_yaml(), "atlas")
    config = validated(AtlasConfig, yaml.safe_load(config.as_yaml()))  # no file elsewhere is read from here on
    chunks = [Chunk(config, folder, start) for start in range(0, len(config.cells()), config.cells_per_chunk)]
    do_pieces(_train_chunk, [chunks], folder, preload=__name__, backend=backend, report=report)
    return folder


def chunk_path(folder: Path, number: int) -> Path:
    """Where an atlas folder keeps a chunk."""
    return folder / "chunks" / f"{number:04d}.npz"


def load_behaviour(config: AtlasConfig, folder: Path) -> dict[str, FloatArray]:
    """Everything learned: ``last`` and ``average``, each ``[cells, seeds, 4]``; see the module for the numbers.

    Raises:
        ParameterError: a chunk is missing or damaged.
    """
    parts: dict[str, list[FloatArray]] = {"last": [], "average": []}
    for number in range(-(-len(config.cells()) // config.cells_per_chunk)):
        path = chunk_path(folder, number)
        try:
            with np.load(path, allow_pickle=False) as stored:
                for name, kept in parts.items():
                    kept.append(stored[name])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ParameterError("chunk", str(path), f"a chunk of an atlas ({error})") from None
    return {name: np.concatenate(kept) for name, kept in parts.items()}


def _train_chunk(chunk: Chunk, tell: Tell) -> None:
    """Train one chunk, write it, and tell."""
    config, start = chunk.config, chunk.start
    cells = config.cells()[start : start + config.cells_per_chunk]
    outcome = train_cells(config, cells, start)
    buffer = io.BytesIO()
    np.savez(buffer, last=four_probabilities(outcome.last), average=four_probabilities(outcome.average))
    write_bytes(chunk.path, buffer.getvalue())
    tell()


def train_cells(config: AtlasConfig, cells: Sequence[TalksParameters], first: int) -> StackedOutcome:
    """Train all seeds of some cells, of which the first has the number ``first`` on the map."""
    learn, states = stacked_learner(config.learner.kind), run_states(config.seed, first, len(cells), config.seeds)
    start = RANDOM if getattr(config.learner, "start", "uniform") == "random" else UNIFORM
    return learn(StackedGames.of_talks(cells), config.learner, states, start)


def four_probabilities(play: StackedPlay) -> FloatArray:
    """x_H, x_L, q and r of docs/model.md, section 2: ``[cells, seeds, 4]``."""
    offers = play.sender[..., 1]
    escalates = play.receiver[..., ::-1, 1]  # after an offer first
    return np.concatenate([offers, escalates], axis=-1)
