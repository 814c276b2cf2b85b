"""The loops over a batch of plays, compiled by numba, on arrays that the caller owns. None of them allocates."""

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.games.information import Float32Array, ObservationEncoder

raw_memcpy: Any = cgutils.raw_memcpy


def _copy_bytes(typing: Any, target: Any, to: Any, source: Any, start: Any, length: Any) -> Any:
    """Copy bytes between contiguous arrays; offsets and length in bytes. A loop over a few numbers costs twice that."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointers = [
            builder.gep(
                builder.bitcast(context.make_array(kind)(context, builder, array).data, cgutils.voidptr_t), [offset]
            )
            for kind, array, offset in (
                (signature.args[0], arguments[0], arguments[1]),
                (signature.args[2], arguments[2], arguments[3]),
            )
        ]
        raw_memcpy(builder, pointers[0], pointers[1], arguments[4], 1, align=1)
        return context.get_dummy_value()

    return types.void(target, types.intp, source, types.intp, types.intp), generate


_copy: Any = intrinsic(_copy_bytes)


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
        type_code: first part of an observation, ``[n_players, n_profiles, type_width]``.
        feature_code: second part, ``[n_states, feature_width]``.
        edge_code: what one past stage adds, ``[n_edges + 1, stage_width]``; the last row, all zeros, is for none.
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
    type_code: Float32Array
    feature_code: Float32Array
    edge_code: Float32Array


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


def make_tables(game: CompiledGame, encoder: ObservationEncoder) -> Tables:
    """Lay ``game`` out for the kernels; the pieces of observations are read off ``encoder`` itself."""
    start = np.zeros(game.n_profiles, dtype=np.int64)
    nothing = np.full((game.n_profiles, encoder.window), -1, dtype=np.int64)
    types = [
        encoder.encode(seat, game.profile_types[:, seat], start, nothing)[:, : encoder.type_width]
        for seat in range(game.n_players)
    ]
    single = ObservationEncoder(game, 1)
    edges = np.append(np.arange(game.n_edges), -1)
    zeros = np.zeros(len(edges), dtype=np.int64)
    stages = single.encode(0, zeros, zeros, edges[:, None])[:, single.type_width + single.feature_width :]
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
        type_code=np.ascontiguousarray(types),
        feature_code=game.features.astype(np.float32),
        edge_code=np.ascontiguousarray(stages),
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
def draw_outcomes(tables: Tables, profile: IntArray, uniform: FloatArray, edges: IntArray) -> None:
    """Move each edge on to that of the outcome which ``uniform`` draws."""
    for row in range(len(edges)):
        edge = edges[row]
        if edge >= 0:
            while uniform[row] >= tables.edge_cumulative[edge, profile[row]]:
                edge += 1
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


@compiled
def observe(
    tables: Tables,
    profile: IntArray,
    state: IntArray,
    recent: IntArray,
    observations: Float32Array,
    action_masks: BoolArray,
) -> None:
    """Write what every seat sees, ``[size, n_players, width]``, and may do, ``[size, n_players, n_actions]``.

    Both must be contiguous. Copies are in bytes, four a number.
    """
    n_players, width = tables.legal.shape[1], 4 * observations.shape[2]
    types, features = 4 * tables.type_code.shape[2], 4 * tables.feature_code.shape[1]
    n_profiles, stage, none = tables.type_code.shape[1], 4 * tables.edge_code.shape[1], tables.edge_code.shape[0] - 1
    legal = tables.legal.shape[1] * tables.legal.shape[2]
    for row in range(len(state)):
        here, first = state[row], row * n_players * width
        column = first + types
        _copy(observations, column, tables.feature_code, here * features, features)
        column += features
        for back in range(recent.shape[1]):
            edge = recent[row, back]
            _copy(observations, column, tables.edge_code, (edge if edge >= 0 else none) * stage, stage)
            column += stage
        for i in range(n_players):
            if i:
                _copy(observations, first + i * width + types, observations, first + types, width - types)
            _copy(observations, first + i * width, tables.type_code, (i * n_profiles + profile[row]) * types, types)
        _copy(action_masks, row * legal, tables.legal, here * legal, legal)


@compiled
def random_actions(tables: Tables, state: IntArray, uniform: FloatArray, actions: IntArray) -> None:
    """A uniformly drawn legal action for every seat, ``[size, n_players]``, from one uniform each; 0 where over."""
    for row in range(len(state)):
        for i in range(tables.legal.shape[1]):
            number = int(uniform[row, i] * tables.n_choices[state[row], i])
            actions[row, i] = tables.choices[state[row], i, number]


@compiled
def settle_forced(tables: Tables, state: IntArray, given: Any, actions: IntArray) -> int:
    """Copy ``given`` to ``actions``, the one legal action in its place where a seat has no choice.

    Returns how many seats with a choice gave an illegal action; -1 if one is outside the enumeration.
    """
    illegal = 0
    for row in range(len(state)):
        here = state[row]
        for i in range(given.shape[1]):
            action = given[row, i]
            if tables.n_choices[here, i] < 2:
                action = tables.choices[here, i, 0]
            elif action < 0 or action >= tables.legal.shape[2]:
                return -1
            else:
                illegal += not tables.legal[here, i, action]
            actions[row, i] = action
    return illegal


@compiled
def replace_illegal(tables: Tables, state: IntArray, uniform: FloatArray, actions: IntArray) -> None:
    """Put a legal action, drawn uniformly, in the place of each illegal one."""
    for row in range(len(state)):
        here = state[row]
        for i in range(actions.shape[1]):
            if not tables.legal[here, i, actions[row, i]]:
                actions[row, i] = tables.choices[here, i, int(uniform[row, i] * tables.n_choices[here, i])]


@compiled
def have_choice(tables: Tables, state: IntArray, masks: BoolArray) -> None:
    """Whether each seat has two legal actions or more, ``[size, n_players]``."""
    for row in range(len(state)):
        for i in range(masks.shape[1]):
            masks[row, i] = tables.n_choices[state[row], i] > 1
