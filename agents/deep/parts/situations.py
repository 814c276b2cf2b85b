"""Roll-outs that ask networks once about each distinct situation, and each seat's own steps through them.

What a seat knows is a row of whole numbers, its *key*: own type, public state and recent edges. In a small game
thousands of plays share a few keys, so that to find the distinct ones first saves most of the work of a network.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from olivebranch.envs.batched import BatchedGame, draw_actions
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.information import InformationStates, ObservationEncoder


def distinct(numbers: IntArray) -> tuple[IntArray, IntArray]:
    """Where each distinct number (``[n]``) first stands, in ascending order, and which of these each one equals."""
    if not len(numbers):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    low, high = int(numbers.min()), int(numbers.max())
    if high - low > 8 * len(numbers) + 1000:
        _, first, group = np.unique(numbers, return_index=True, return_inverse=True)
        return first, group
    # A table is several times faster than sorting while numbers are small.
    shifted = numbers - low
    place = np.full(high - low + 1, -1, dtype=np.int64)
    place[shifted[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    present = np.flatnonzero(place >= 0)
    first = place[present]
    place[present] = np.arange(len(present))
    return first, place[shifted]


def distinct_rows(*columns: IntArray) -> tuple[IntArray, IntArray]:
    """The same for the rows of a table that is given by its ``columns``, ``[n]`` each."""
    first, group = distinct(columns[0])
    for column in columns[1:]:
        _, number = distinct(column)
        first, group = distinct(group * (int(number.max(initial=0)) + 1) + number)
    return first, group


def distinct_situations(encoder: ObservationEncoder, seat: int, keys: IntArray) -> tuple[InformationStates, IntArray]:
    """The distinct situations among ``keys`` (``[n, 2 + window]``) and which of them each row is, ``[n]``."""
    first, situation = distinct_rows(*keys.T)
    chosen = keys[first].astype(np.int64, copy=False)
    return encoder.information_states(seat, chosen[:, 0], chosen[:, 1], chosen[:, 2:]), situation


@dataclass(frozen=True)
class Decisions:
    """What a seat did in one stage.

    Attributes:
        stage: its number.
        rows: the plays in which the seat had a choice there, ``[n]``.
        keys: what it knew, ``[n, 2 + window]``.
        action: ``[n]``.
    """

    stage: int
    rows: IntArray
    keys: IntArray
    action: IntArray


@dataclass(frozen=True)
class Steps:
    """All decisions of a seat in a batch of plays; a step leads from one of its own decisions to its next one.

    Attributes:
        keys: ``[n, 2 + window]``.
        action: ``[n]``.
        reward: all that the seat earned up to its next decision or the end, ``[n]``.
        following: position of its next decision in the same play, ``[n]``; -1 if there is none.
    """

    keys: IntArray
    action: IntArray
    reward: FloatArray
    following: IntArray


# Seat, its situations, which of them each play is in, and which plays: probabilities ``[plays, n_actions]``.
Choice = Callable[[int, InformationStates, IntArray, IntArray], FloatArray]


def play(
    batch: BatchedGame, choose: Choice, generator: np.random.Generator
) -> tuple[list[list[Decisions]], FloatArray]:
    """Play all of ``batch`` anew to the end: each seat's decisions, and rewards ``[stages, size, n_players]``."""
    game = batch.game
    batch.reset()
    decisions: list[list[Decisions]] = [[] for _ in range(game.n_players)]
    rewards: list[FloatArray] = []
    while batch.running.any():
        actions = np.argmax(game.legal[batch.public_state], axis=2)  # where there is one legal action, that
        for seat, taken in enumerate(decisions):
            rows = np.flatnonzero(game.acts[batch.public_state, seat])
            if len(rows):
                keys = np.column_stack([batch.own_type(seat), batch.public_state, batch.recent_edges])[rows]
                states, situation = distinct_situations(batch.encoder, seat, keys)
                action = draw_actions(choose(seat, states, situation, rows), generator)
                actions[rows, seat] = action
                taken.append(Decisions(len(rewards), rows, keys, action))
        rewards.append(batch.step(actions).rewards)
    return decisions, np.array(rewards)


def own_steps(decisions: Sequence[Decisions], rewards: FloatArray) -> Steps:
    """The steps of a seat from its decisions, in order, at least one, and its rewards ``[stages, size]``."""
    offsets = np.cumsum([0, *(len(taken.rows) for taken in decisions)])
    reward, following = np.zeros(offsets[-1]), np.full(offsets[-1], -1, dtype=np.int64)
    earned, later = np.zeros(rewards.shape[1]), np.full(rewards.shape[1], -1, dtype=np.int64)
    unpaid = len(rewards)  # rewards of the stages from here on have been added up
    for taken, start, stop in reversed(list(zip(decisions, offsets[:-1], offsets[1:], strict=True))):
        earned += rewards[taken.stage : unpaid].sum(axis=0)
        unpaid = taken.stage
        reward[start:stop], following[start:stop] = earned[taken.rows], later[taken.rows]
        earned[taken.rows], later[taken.rows] = 0.0, np.arange(start, stop)
    keys, action = (np.concatenate(column) for column in zip(*((d.keys, d.action) for d in decisions), strict=True))
    return Steps(keys, action, reward, following)
