"""Runs in blocks of lanes (:mod:`olivebranch.agents.stacked.parts.lanes`), and back."""

from dataclasses import dataclass

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, StackedPlay, States
from olivebranch.agents.stacked.parts.lanes import LANES
from olivebranch.agents.stacked.parts.plays import LaneGames, LaneRuns
from olivebranch.games.base import FloatArray


@dataclass(frozen=True)
class Block:
    """Some runs, side by side.

    Attributes:
        all_legal: whether every action in every game is.
        games: what they play.
        runs: what changes.
        size: how many there are; the lanes that are left repeat the last one.
    """

    all_legal: bool
    games: LaneGames
    runs: LaneRuns
    size: int


def make_blocks(games: StackedGames, states: States, values: StackedPlay, *, responds: bool) -> list[Block]:
    """Blocks of all runs, one game after the other.

    Args:
        games: the games.
        states: of the runs' generators, ``[games, seeds, 2]``.
        values: action values at the start; of a receiver that responds its behaviour.
        responds: whether the receiver does.
    """
    send, reply = games.legal
    all_legal = bool(send.all() and reply.all())
    cumulative = np.cumsum(games.prior, axis=1)
    later = np.cumsum(games.prior[:, ::-1], axis=1)[:, ::-1] - games.prior  # summed from the end: exactly 0 at the last
    cumulative[later <= 0] = 2.0
    tables = (
        games.prior,
        cumulative,
        send / send.sum(axis=2, keepdims=True),
        reply / reply.sum(axis=2, keepdims=True),
        games.sender,
        games.receiver,
    )
    begin = (
        np.where(send[:, None], values.sender, -np.inf),
        values.receiver if responds else np.where(reply[:, None], values.receiver, -np.inf),
    )
    total, seeds = states[..., 0].size, states.shape[1]
    result = []
    for first in range(0, total, LANES):
        runs = np.minimum(np.arange(first, first + LANES), total - 1)
        sender, receiver = (_in_lanes(table.reshape(total, -1)[runs]) for table in begin)
        result.append(
            Block(
                all_legal,
                LaneGames(*(_in_lanes(table.reshape(len(table), -1)[runs // seeds]) for table in tables)),
                LaneRuns(
                    np.ascontiguousarray(states.reshape(total, 2)[runs].T).ravel(),
                    sender,
                    receiver,
                    *(np.zeros_like(table) for table in (sender, receiver, sender, sender)),
                ),
                min(LANES, total - first),
            )
        )
    return result


def _in_lanes(table: FloatArray) -> FloatArray:
    """From ``[LANES, n]`` to the flat form."""
    return np.ascontiguousarray(table.T).ravel()


def from_blocks(tables: list[FloatArray], blocks: list[Block], shape: tuple[int, ...]) -> FloatArray:
    """A flat table of each block as ``[games, seeds, ..]``, which is ``shape``."""
    parts = [table.reshape(-1, LANES)[:, : block.size].T for table, block in zip(tables, blocks, strict=True)]
    return np.concatenate(parts).reshape(shape)
