"""Tables over information sets: what the tabular learners that play episodes have in common."""

from typing import NamedTuple

import numpy as np

from olivebranch.envs.batched import edge_cumulative, profile_cumulative
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.recall import history_game, profile_of_tables


class GameArrays(NamedTuple):
    """A compiled game as loops that play it read it.

    Attributes:
        prior_cumulative: see :func:`olivebranch.envs.kernels.profile_cumulative`.
        outcome_cumulative: see :func:`olivebranch.envs.kernels.edge_cumulative`.
        types: the type of each player in each type profile, ``[n_profiles, n_players]``.
        legal: ``[n_states, n_players, n_actions]``.
        acts: whether a player has a choice, ``[n_states, n_players]``.
        forced: the lowest legal action, ``[n_states, n_players]``; the only one where there is no choice.
        edge_start, edge_next, edge_reward: see :class:`olivebranch.games.base.CompiledGame`.
        terminal: ``[n_states]``.
    """

    prior_cumulative: FloatArray
    outcome_cumulative: FloatArray
    types: IntArray
    legal: BoolArray
    acts: BoolArray
    forced: IntArray
    edge_start: IntArray
    edge_next: IntArray
    edge_reward: FloatArray
    terminal: BoolArray


class HistoryTables:
    """A game in the form in which a row of a table is an information set.

    A table is float64 ``[n_players, n_histories + 1, largest number of types, n_actions]``; histories are numbered as
    in :func:`olivebranch.theory.tree.recall.history_game`, the last row is the end of play. Where the public states of
    the game tell all that has happened, as in the talks game, they are the histories.

    Attributes:
        tree: the histories.
        game: the game over them.
        legal: legal actions, in the shape of a table.
        arrays: the game as the compiled loops of learners read it.
    """

    def __init__(self, game: CompiledGame) -> None:
        self.tree = unroll(game)
        self.game = history_game(self.tree)
        by_player = np.moveaxis(self.game.legal, 1, 0)[:, :, None, :]
        self.legal: BoolArray = np.repeat(by_player, max(game.n_types), axis=2)
        self.arrays = GameArrays(
            prior_cumulative=profile_cumulative(self.game),
            outcome_cumulative=edge_cumulative(self.game),
            types=self.game.profile_types,
            legal=self.game.legal,
            acts=self.game.acts,
            forced=np.argmax(self.game.legal, axis=2),
            edge_start=self.game.edge_start,
            edge_next=self.game.edge_next,
            edge_reward=self.game.edge_reward,
            terminal=self.game.terminal,
        )

    def uniform(self) -> FloatArray:
        """The table of uniform play; its rows are zero where nothing is legal."""
        result: FloatArray = self.legal / np.maximum(self.legal.sum(axis=-1, keepdims=True), 1)
        return result

    def profile(self, table: FloatArray) -> BehaviourProfile:
        """The profile that ``table`` stands for."""
        return profile_of_tables(self.tree, table)
