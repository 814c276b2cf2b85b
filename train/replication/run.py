"""Play every run of a replication, in pieces that stream to disk.

A replication folder is ``OUTPUT/NAME/``; beside ``config.yaml`` it holds ``runs/CELL/BIAS-BLOCK.npz``: what up to 100
seeds gave at one bias. Arrays are those of :class:`olivebranch.agents.stacked.parts.settling.Settled`; of recent play
only the shares of states with messages (``sent``) and of states with actions (``done``) are kept. Bytes depend on the
config alone. All cells play with the same random numbers, and the first seeds are the same however many there are.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.parts.settling import settle
from olivebranch.core.backend import HERE, Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.core.workers import Tell
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.train.chunks import Report, do_pieces, prepare_folder
from olivebranch.train.replication.config import BLOCK, ReplicationConfig


@dataclass(frozen=True)
class Runs:
    """What all seeds gave at one bias of one cell.

    Attributes:
        sender: behaviour at the end, ``[seeds, states, messages]``.
        receiver: ``[seeds, messages, actions]``.
        plays: when each run ended, ``[seeds]``.
        converged: whether it did so because nothing changed, ``[seeds]``.
        sent: shares of states and messages in recent play, ``[seeds, states, messages]``.
        done: shares of states and actions, ``[seeds, states, actions]``.
    """

    sender: FloatArray
    receiver: FloatArray
    plays: IntArray
    converged: BoolArray
    sent: FloatArray
    done: FloatArray


ARRAYS = tuple(Runs.__dataclass_fields__)


@dataclass(frozen=True)
class Block:
    """Some seeds at one bias of one cell."""

    config: ReplicationConfig
    folder: Path
    cell: str
    bias: int
    number: int

    @property
    def path(self) -> Path:
        """See :class:`~olivebranch.train.chunks.Piece`."""
        return self.folder / "runs" / self.cell / f"{self.bias:04d}-{self.number:03d}.npz"

    @property
    def size(self) -> int:
        """See :class:`~olivebranch.train.chunks.Piece`."""
        return min(BLOCK, self.config.seeds - self.number * BLOCK)


def play_replication(
    config: ReplicationConfig,
    output: Path,
    *,
    backend: Backend = HERE,
    report: Report = lambda done, total: None,
) -> Path:
    """Play what the folder does not hold yet; see :func:`~olivebranch.train.chunks.do_pieces`.

    Returns:
        The replication folder.
    """
    folder = output / config.name
    prepare_folder(folder, config.as_yaml())
    do_pieces(play_block, [list(blocks(config, folder))], folder, preload=__name__, backend=backend, report=report)
    return folder


def blocks(config: ReplicationConfig, folder: Path) -> Iterator[Block]:
    """All pieces; something of every cell and bias comes early."""
    for number in range(-(-config.seeds // BLOCK)):
        for bias in range(config.biases.count):
            for cell in config.cells:
                yield Block(config, folder, cell, bias, number)


def play_block(block: Block, tell: Tell) -> None:
    """Play one piece and write its file."""
    config, first = block.config, block.number * BLOCK
    games = StackedGames.of_signalling([config.game(config.biases.values()[block.bias]).form])
    states = run_states(config.seed, block.bias, 1, first + block.size)[:, first:]
    (found,) = settle(games, config.cells[block.cell].settling(), states)
    buffer = io.BytesIO()
    sent, done = found.recent.sum(axis=3), found.recent.sum(axis=2)
    arrays = (found.sender, found.receiver, found.plays, found.converged, sent, done)
    np.savez_compressed(buffer, **dict(zip(ARRAYS, arrays, strict=True)))
    write_bytes(block.path, buffer.getvalue())
    tell()


def load_runs(config: ReplicationConfig, folder: Path, cell: str, bias: int) -> Runs:
    """What all seeds gave at one bias of one cell.

    Raises:
        ParameterError: a piece is missing or damaged.
    """
    parts: dict[str, list[FloatArray]] = {name: [] for name in ARRAYS}
    for number in range(-(-config.seeds // BLOCK)):
        path = Block(config, folder, cell, bias, number).path
        try:
            with np.load(path, allow_pickle=False) as stored:
                for name, kept in parts.items():
                    kept.append(stored[name])
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ParameterError("runs", str(path), f"a piece of a replication ({error})") from None
    arrays: dict[str, Any] = {name: np.concatenate(kept) for name, kept in parts.items()}
    return Runs(**arrays)
