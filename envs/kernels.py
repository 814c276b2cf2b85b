"""The loops over a batch of plays, compiled by numba, on arrays that the caller owns. None of them allocates."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.games.information import Float32Array, ObservationEncoder

UIntArray = NDArray[np.uint64]


class Tables(NamedTuple):
    """A compiled game laid out for stepping: what one step reads lies side by side.

    Attributes:
        profile_cumulative: ``[n_profiles]``, see :func:`profile_cumulative`.
        edge_cumulative: ``[n_edges, n_profiles]``, see :func:`edge_cumulative`.
        edge_start: ``[n_states, n_actions ** n_players]``, -1 where illegal.
        edge_next: ``[n_edges]``.
        reward: ``[n_edges, n_profiles, n_players]``.
        terminal: ``[n_states]``.
        legal: ``[n_states, n_players, n_actions]``.
        choices: the legal actions of each player, ascending, then zeros, ``[n_states, n_players, n_actions]``.
        n_choices: how many they are, ``[n_states, n_players]``.
    """

    profile_cumulative: FloatArray
    edge_cumulative: FloatArray
    edge_start: IntArray
    edge_next: IntArray
    reward: FloatArray
    terminal: BoolArray
    legal: BoolArray
    choices: IntArray
    n_choices: IntArray


class Layout(NamedTuple):
    """The observations of some seats, side by side in one row a play: where the ones of their one-hot parts stand.

    Places count from the beginning of the row, and for edges from the beginning of their stage in the first seat's
    part. They are unsigned, because a number that may be negative costs a check.

    Attributes:
        type_spots: the ones that the types set, ``[n_profiles, seats with several types]``.
        features: of each public state, ``[n_states, feature_width]``; they follow the type in each seat's part.
        edge_spots: the ones that a past edge sets in its stage's part of every seat, ``[n_edges, ..]``.
        n_seats, width: how many seats, and the length of one observation.
        type_width, stage_width: the length of the part of the type, and of a past stage.
    """

    type_spots: UIntArray
    features: Float32Array
    edge_spots: UIntArray
    n_seats: int
    width: int
    type_width: int
    stage_width: int


def profile_cumulative(game: CompiledGame) -> FloatArray:
    """Cumulative prior of the type profiles, ``[n_profiles]``; 2 from the last possible profile on.

    The draw of a profile with a uniform ``u`` in [0, 1) is the number of entries that are at most ``u``. The 2 keeps
    rounding from ever drawing a profile of probability zero.
    """
    cumulative = np.cumsum(game.prior)
    cumulative[np.flatnonzero(game.prior)[-1] :] = 2.0
    return cumulative


def edge_cumulative(game: CompiledGame) -> FloatArray:
    """Cumulative outcome probabilities within each (state, joint action), ``[n_edges, n_profiles]``; last ones 2.

    The draw of an outcome for a profile is the number of entries of its (state, joint action) that are at most ``u``.
    """
    result = np.empty_like(game.edge_probability)
    for first, count in zip(game.edge_start.ravel(), game.edge_count.ravel(), strict=True):
        if count:
            block = game.edge_probability[first : first + count]
            # Summed from the end, so that the entry before an impossible outcome equals the one after it exactly.
            later = np.zeros_like(block)
            later[:-1] = np.cumsum(block[:0:-1], axis=0)[::-1]
            result[first : first + count] = np.where(later > 0, 1.0 - later, 2.0)
    return result


def make_tables(game: CompiledGame) -> Tables:
    """Lay ``game`` out for the kernels."""
    return Tables(
        profile_cumulative=profile_cumulative(game),
        edge_cumulative=edge_cumulative(game),
        edge_start=game.edge_start,
        edge_next=game.edge_next,
        reward=np.ascontiguousarray(np.moveaxis(game.edge_reward, 1, 2)),
        terminal=game.terminal,
        legal=game.legal,
        choices=np.argsort(np.logical_not(game.legal), axis=2, kind="stable"),
        n_choices=game.legal.sum(axis=2),
    )


def make_layout(encoder: ObservationEncoder, seats: Sequence[int]) -> Layout:
    """The observations of ``seats`` as ``encoder`` lays them out, read off it itself."""
    game = encoder.game
    start, nothing = np.zeros(game.n_profiles, np.int64), np.full((game.n_profiles, encoder.window), -1, np.int64)
    types = []
    for place, seat in enumerate(seats):
        if game.n_types[seat] > 1:
            seen = encoder.encode(seat, game.profile_types[:, seat], start, nothing)[:, : encoder.type_width]
            types.append(seen.argmax(axis=1) + place * encoder.width)
    single, edges, zeros = ObservationEncoder(game, 1), np.arange(game.n_edges), np.zeros(game.n_edges, np.int64)
    stages = single.encode(seats[0], zeros, zeros, edges[:, None])[:, single.type_width + single.feature_width :]
    # as many ones in each row: every player's action, and the outcome where there are several
    ones = np.nonzero(stages)[1].reshape(game.n_edges, -1)
    return Layout(
        type_spots=np.array(types, dtype=np.uint64).reshape(len(types), game.n_profiles).T.copy(),
        features=game.features.astype(np.float32),
        edge_spots=np.hstack([ones + place * encoder.width for place in range(len(seats))]).astype(np.uint64),
        n_seats=len(seats),
        width=encoder.width,
        type_width=encoder.type_width,
        stage_width=encoder.stage_width,
    )


@compiled
def first_edges(tables: Tables, actions: IntArray, where: BoolArray, state: IntArray, edges: IntArray) -> int:
    """Write the first edge of each play's joint action, -1 where play is over and outside ``where``.

    Returns the first row with an illegal action, where it stops; -1 if all are legal.
    """
    n_players, n_actions = tables.legal.shape[1], tables.legal.shape[2]
    for row in range(len(state)):
        if tables.terminal[state[row]] or not where[row]:
            edges[row] = -1
            continue
        joint, known = 0, True
        for i in range(n_players):
            action = actions[row, i]
            known = known and 0 <= action < n_actions
            joint = joint * n_actions + action
        edge = tables.edge_start[state[row], joint] if known else -1
        if edge < 0:
            return row
        edges[row] = edge
    return -1


@compiled
def draw_outcomes(tables: Tables, max_outcomes: int, profile: IntArray, uniform: FloatArray, edges: IntArray) -> None:
    """Move each edge on to that of the outcome which ``uniform`` draws, of at most ``max_outcomes``."""
    for row in range(len(edges)):
        edge = edges[row]
        if edge >= 0:
            for _ in range(max_outcomes - 1):  # without a branch on the draw, which no processor could foresee
                edge += uniform[row] >= tables.edge_cumulative[edge, profile[row]]
            edges[row] = edge


@compiled
def take_edges(
    tables: Tables,
    edges: IntArray,
    profile: IntArray,
    state: IntArray,
    recent: IntArray,
    rewards: Any,
    finished: BoolArray,
    auto_reset: bool,
    uniform: FloatArray,
) -> None:
    """Follow the edges; with ``auto_reset`` start anew where play ends, types drawn by ``uniform``."""
    n_players, window = tables.legal.shape[1], recent.shape[1]
    for row in range(len(edges)):
        edge = edges[row]
        if edge < 0:
            for i in range(n_players):
                rewards[row, i] = 0.0
            finished[row] = False
            continue
        for i in range(n_players):
            rewards[row, i] = tables.reward[edge, profile[row], i]
        following = tables.edge_next[edge]
        over = tables.terminal[following]
        finished[row] = over
        if over and auto_reset:
            number = 0  # without a branch on the draw, which no processor could foresee
            for k in range(len(tables.profile_cumulative) - 1):
                number += uniform[row] >= tables.profile_cumulative[k]
            profile[row] = number
            state[row] = 0
            for back in range(window):
                recent[row, back] = -1
        else:
            state[row] = following
            for back in range(window - 1, 0, -1):
                recent[row, back] = recent[row, back - 1]
            if window:
                recent[row, 0] = edge


def words(rows: NDArray[Any]) -> NDArray[Any]:
    """The bytes of each of some rows as the largest whole numbers that divide them evenly, ``[len(rows), ..]``.

    To copy a row of truth values takes half as long or less.
    """
    flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
    wide = next(kind for kind in (np.uint64, np.uint32, np.uint16, np.uint8) if flat.shape[1] % kind().itemsize == 0)
    return flat.view(wide)


@compiled
def observe(layout: Layout, profile: IntArray, state: IntArray, recent: IntArray, observations: Float32Array) -> None:
    """Write what seats see, laid out as ``layout`` says, into ``observations``, ``[size * seats * width]`` zeros."""
    n_types, n_ones = layout.type_spots.shape[1], layout.edge_spots.shape[1]
    start = np.uint64(0)
    for row in range(len(state)):
        here, own = np.uint64(state[row]), np.uint64(profile[row])
        for k in range(n_types):
            observations[start + layout.type_spots[own, k]] = 1.0
        part = start + np.uint64(layout.type_width)
        for k in range(layout.features.shape[1]):
            for place in range(layout.n_seats):
                observations[part + np.uint64(place * layout.width + k)] = layout.features[here, k]
        part += np.uint64(layout.features.shape[1])
        for back in range(recent.shape[1]):
            edge = recent[row, back]
            if edge < 0:
                break
            for k in range(n_ones):
                observations[part + layout.edge_spots[np.uint64(edge), k]] = 1.0
            part += np.uint64(layout.stage_width)
        start += np.uint64(layout.n_seats * layout.width)


@compiled
def copy_rows(rows: NDArray[Any], which: IntArray, target: NDArray[Any]) -> None:
    """Copy the rows ``which`` to ``target``, ``[len(which), ..]``."""
    for row in range(len(which)):
        for k in range(rows.shape[1]):
            target[row, k] = rows[which[row], k]


@compiled
def random_actions(tables: Tables, state: IntArray, uniform: FloatArray, actions: IntArray) -> None:
    """A uniformly drawn legal action for every seat, ``[size, n_players]``, from one uniform each; 0 where over."""
    for row in range(len(state)):
        for i in range(tables.legal.shape[1]):
            number = int(uniform[row, i] * tables.n_choices[state[row], i])
            actions[row, i] = tables.choices[state[row], i, number]
