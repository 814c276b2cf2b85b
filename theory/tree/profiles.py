"""Behaviour on a history tree: a probability for each action at each information set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from olivebranch.core.compiled import compiled
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.tree.histories import GameTree, Int32Array, RealArray

Behaviour = Callable[[int, IntArray, IntArray, IntArray], FloatArray]
SeatPlay = tuple[RealArray, ...]  # one player's behaviour by stage, [n_histories, n_types of the player, n_actions]


@dataclass(frozen=True)
class BehaviourProfile:
    """How everyone plays: a probability for each action at each information set.

    Attributes:
        tree: the tree it is for.
        stages: by stage ``[n_histories, n_all_types, n_actions]``; see :meth:`of` for one player's part. Rows sum
            to one over legal actions; where a player does not act its one action has probability one.
    """

    tree: GameTree
    stages: tuple[RealArray, ...]

    def of(self, player: int, stage: int) -> RealArray:
        """One player's behaviour in one stage, a view ``[n_histories, n_types_of_the_player, n_actions]``."""
        return self.stages[stage][:, self.tree.types_of(player)]

    def copy(self) -> "BehaviourProfile":
        """The same behaviour in arrays of its own."""
        return BehaviourProfile(self.tree, tuple(table.copy() for table in self.stages))


def build_profile(
    tree: GameTree,
    behaviour: Behaviour,
    *,
    window: int | None = None,
    batch_size: int = 65536,
    dtype: type[np.floating] = np.float64,
) -> BehaviourProfile:
    """Tabulate behaviour given as a function.

    Args:
        tree: the tree.
        behaviour: ``behaviour(seat, own_type, public_state, recent_edges) -> probabilities``, with arrays ``[batch]``,
            ``[batch]``, ``[batch, window]`` (most recent first, -1 where there was none) and ``[batch, n_actions]``.
            Asked only where the seat has a choice.
        window: how many edges back it sees; by default all of them.
        batch_size: the most rows asked about at once.
        dtype: precision of the table.

    Raises:
        ValueError: probabilities are negative, not finite, not zero on an illegal action or do not sum to one.
    """
    game = tree.game
    window = max(tree.n_stages - 1, 0) if window is None else window
    tables: list[RealArray] = []
    for t, stage in enumerate(tree.stages):
        table = np.empty((len(stage), tree.n_all_types, game.n_actions), dtype=dtype)
        for seat in range(game.n_players):
            part = table[:, tree.types_of(seat)]
            part[...] = game.legal[stage.state, seat][:, None, :]
            n_types = game.n_types[seat]
            acting = np.flatnonzero(game.acts[stage.state, seat])
            step = max(1, batch_size // n_types)
            for start in range(0, len(acting), step):
                rows = acting[start : start + step]
                every = np.repeat(rows, n_types)
                own_type = np.tile(np.arange(n_types), len(rows))
                recent = np.repeat(tree.recent_edges(t, rows, window), n_types, axis=0)
                answer = behaviour(seat, own_type, stage.state[every].astype(np.int64), recent)
                part[rows] = np.asarray(answer).reshape(len(rows), n_types, game.n_actions)
        tables.append(table)
    profile = BehaviourProfile(tree, tuple(tables))
    check_profile(profile)
    return profile


def part_of(profile: BehaviourProfile, player: int) -> SeatPlay:
    """One player's part of ``profile``; a view."""
    return tuple(profile.of(player, stage) for stage in range(profile.tree.n_stages))


def with_parts(profile: BehaviourProfile, parts: Mapping[int, SeatPlay]) -> BehaviourProfile:
    """A copy of ``profile`` in which some players, by number, play as ``parts`` say."""
    stages = tuple(table.copy() for table in profile.stages)
    for player, part in parts.items():
        for table, own in zip(stages, part, strict=True):
            table[:, profile.tree.types_of(player)] = own
    return BehaviourProfile(profile.tree, stages)


def uniform_profile(tree: GameTree, dtype: type[np.floating] = np.float64) -> BehaviourProfile:
    """Everyone takes each legal action with the same probability."""
    share = (tree.game.legal / np.maximum(tree.game.legal.sum(axis=2, keepdims=True), 1)).astype(dtype)
    by_column = np.repeat(share, tree.game.n_types, axis=1)
    return BehaviourProfile(tree, tuple(by_column[stage.state] for stage in tree.stages))


def random_profile(
    tree: GameTree, generator: np.random.Generator, dtype: type[np.floating] = np.float64
) -> BehaviourProfile:
    """Behaviour drawn from the flat Dirichlet distribution, independently at each information set."""
    tables: list[RealArray] = []
    for stage in tree.stages:
        shape = (len(stage), tree.n_all_types, tree.game.n_actions)
        kind = np.float32 if dtype is np.float32 else np.float64
        table = generator.standard_exponential(shape, dtype=kind)
        table *= tree.moves.legal[stage.state]
        table /= table.sum(axis=2, keepdims=True)
        tables.append(table)
    return BehaviourProfile(tree, tuple(tables))


def check_profile(profile: BehaviourProfile, tolerance: float = 1e-5) -> None:
    """Raise a ValueError, with the place, unless every row of the profile is a distribution over legal actions."""
    tree = profile.tree
    if len(profile.stages) != tree.n_stages:
        raise ValueError(f"profile has {len(profile.stages)} stages, the tree has {tree.n_stages}")
    for t, (stage, table) in enumerate(zip(tree.stages, profile.stages, strict=True)):
        shape = (len(stage), tree.n_all_types, tree.game.n_actions)
        if table.shape != shape:
            raise ValueError(f"profile, stage {t}: shape {table.shape}, expected {shape}")
        bad = int(_first_bad_row(table, stage.state, tree.moves.legal, tolerance))
        if bad >= 0:
            history, column = divmod(bad, tree.n_all_types)
            player = int(tree.moves.owner[column])
            raise ValueError(
                f"profile, stage {t}, history {history}, player {tree.game.game.players[player]!r}, type "
                f"{column - tree.type_offset[player]}: {table[history, column].tolist()} is not a distribution over "
                f"the legal actions {np.flatnonzero(tree.moves.legal[stage.state[history], column]).tolist()}"
            )


@compiled
def _first_bad_row(table: RealArray, state: Int32Array, legal: BoolArray, tolerance: float) -> int:
    n_columns, n_actions = int(table.shape[1]), int(table.shape[2])
    for h in range(len(state)):
        for c in range(n_columns):
            total = 0.0
            for a in range(n_actions):
                p = table[h, c, a]
                if not p >= 0.0 or (p > 0.0 and not legal[state[h], c, a]):  # "not >=" catches NaN too
                    return h * n_columns + c
                total += p
            if not abs(total - 1.0) <= tolerance:
                return h * n_columns + c
    return -1
