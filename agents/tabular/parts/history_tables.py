"""Tables over information sets: what the tabular learners that play episodes have in common."""

import numpy as np

from olivebranch.envs.batched import edge_cumulative, profile_cumulative
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.recall import history_game, profile_of_tables


class HistoryTables:
    """A game in the form in which a row of a table is an information set.

    A table is float64 ``[n_players, n_histories + 1, largest number of types, n_actions]``; histories are numbered as
    in :func:`olivebranch.theory.tree.recall.history_game`, the last row is the end of play. Where the public states of
    the game tell all that has happened, as in the talks game, they are the histories.

    Attributes:
        tree: the histories.
        game: the game over them.
        legal: legal actions, in the shape of a table.
        arrays: the game as the compiled loops of learners read it: cumulative prior, cumulative outcomes, types by
            profile, legal actions, who acts, forced actions, and of edges the first, the next state and the reward;
            at last which states are terminal.
    """

    def __init__(self, game: CompiledGame) -> None:
        self.tree = unroll(game)
        self.game = history_game(self.tree)
        by_player = np.moveaxis(self.game.legal, 1, 0)[:, :, None, :]
        self.legal: BoolArray = np.repeat(by_player, max(game.n_types), axis=2)
        self.arrays = (
            profile_cumulative(self.game),
            edge_cumulative(self.game),
            self.game.profile_types,
            self.game.legal,
            self.game.acts,
            np.argmax(self.game.legal, axis=2),
            self.game.edge_start,
            self.game.edge_next,
            self.game.edge_reward,
            self.game.terminal,
        )

    def uniform(self) -> FloatArray:
        """The table of uniform play; its rows are zero where nothing is legal."""
        result: FloatArray = self.legal / np.maximum(self.legal.sum(axis=-1, keepdims=True), 1)
        return result

    def profile(self, table: FloatArray) -> BehaviourProfile:
        """The profile that ``table`` stands for."""
        return profile_of_tables(self.tree, table)
