"""Walks over a history tree for many profiles of behaviour at once."""

from collections.abc import Sequence

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.sampling import kernels
from olivebranch.theory.tree.histories import GameTree, RealArray

Tables = Sequence[RealArray]  # by stage, [draws, n_histories, n_all_types, n_actions]; a profile has no axis of draws


class Loops:
    """The walks over one tree.

    Attributes:
        tree: the tree.
        chance: by stage nature's part of reaching each history, by type profile, ``[n_histories, n_profiles]``.
    """

    def __init__(self, tree: GameTree) -> None:
        self.tree = tree
        self.chance: list[FloatArray] = [tree.game.prior[None, :].astype(np.float64)]
        for following in tree.stages[1:]:
            self.chance.append(self.chance[-1][following.parent] * tree.moves.probability[following.edge])

    def reach(self, tables: Tables) -> list[FloatArray]:
        """Each column's own reach, by stage ``[draws, n_histories, n_all_types]``."""
        tree, moves = self.tree, self.tree.moves
        result: list[FloatArray] = [np.ones((len(tables[0]), 1, tree.n_all_types))]
        for stage, following, table in zip(tree.stages, tree.stages[1:], tables, strict=False):
            after = np.empty((len(table), len(following), tree.n_all_types))
            kernels.forwards(
                stage.state, stage.first_child, table, result[-1], moves.start, moves.actions, moves.edge_start,
                moves.child_rank, moves.owner, after,
            )  # fmt: skip
            result.append(after)
        return result

    def best(self, tables: Tables, reach: Tables) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
        """What everyone earns together by following each profile, and by best responses to it, both ``[draws]``.

        Also by stage the counterfactual value of each action before best play, shaped as ``tables``.
        """
        tree, moves, draws = self.tree, self.tree.moves, len(tables[0])
        value: FloatArray = np.zeros((draws, 1, tree.n_all_types))
        best: FloatArray = np.zeros((draws, 1, tree.n_all_types))
        by_action: list[FloatArray] = []
        for number in reversed(range(tree.n_stages)):
            stage, table = tree.stages[number], tables[number]
            here, top, each = np.empty(table.shape[:3]), np.empty(table.shape[:3]), np.empty(table.shape)
            kernels.best_backwards(
                stage.state, stage.first_child, table, reach[number], self.chance[number], moves.start, moves.actions,
                moves.edge_start, moves.reward, moves.paying, moves.child_rank, moves.column, moves.owner, moves.legal,
                value, best, here, top, each,
            )  # fmt: skip
            value, best = here, top
            by_action.append(each)
        return value[:, 0].sum(axis=1), best[:, 0].sum(axis=1), by_action[::-1]

    def nash_conv(self, tables: Tables) -> FloatArray:
        """NashConv of each profile, ``[draws]``."""
        value, best, _ = self.best(tables, self.reach(tables))
        result: FloatArray = best - value
        return result

    def shift(self, tables: Tables, reach: Tables, profile: Tables, allowed: Sequence[BoolArray]) -> FloatArray:
        """How much more deviations earn against each profile than against ``profile``, ``[draws]``: of all deviations
        that take ``allowed`` actions only, the one for which that is the least."""
        tree, moves, draws = self.tree, self.tree.moves, len(tables[0])
        own = [row[0] for row in self.reach([table[None] for table in profile])]
        shift: FloatArray = np.zeros((draws, 1, tree.n_all_types))
        for number in reversed(range(tree.n_stages)):
            stage, here = tree.stages[number], np.empty(tables[number].shape[:3])
            kernels.shift_backwards(
                stage.state, stage.first_child, tables[number], reach[number], profile[number], own[number],
                self.chance[number], moves.start, moves.actions, moves.edge_start, moves.reward, moves.paying,
                moves.child_rank, moves.column, moves.owner, allowed[number], shift, here,
            )  # fmt: skip
            shift = here
        result: FloatArray = shift[:, 0].sum(axis=1)
        return result

    def gain_slope(self, profile: Tables, deviations: Tables) -> list[FloatArray]:
        """The derivative, by each probability of ``profile``, of what all players gain by fixed pure ``deviations``.

        Where the deviations are best responses and no other is one, that is the derivative of NashConv.
        """
        players = range(self.tree.game.n_players)
        total: list[FloatArray] = [-slope for slope in self._slope(profile, np.ones(len(players)))]
        for player in players:
            part, alone = self.tree.types_of(player), np.eye(len(players))[player]
            mixed = [table.copy() for table in profile]
            for table, deviation in zip(mixed, deviations, strict=True):
                table[:, part] = deviation[:, part]
            for table, slope in zip(total, self._slope(mixed, alone), strict=True):
                slope[:, part] = 0.0  # the deviation does not move with the player's own play
                table += slope
        return total

    def _slope(self, profile: Tables, weights: FloatArray) -> list[FloatArray]:
        """The derivative of the weighted sum of the players' payoffs by each probability."""
        tree, moves = self.tree, self.tree.moves
        reach = self.reach([table[None] for table in profile])
        pay = np.ascontiguousarray(np.einsum("i,miw->mw", weights, moves.reward))
        value: FloatArray = np.zeros((1, tree.game.n_profiles))
        result: list[FloatArray] = []
        for number in reversed(range(tree.n_stages)):
            stage, table = tree.stages[number], profile[number]
            here, slope = np.empty((len(stage), tree.game.n_profiles)), np.zeros(table.shape)
            kernels.slope_backwards(
                stage.state, stage.first_child, table, reach[number][0], self.chance[number], moves.start,
                moves.actions, moves.edge_start, pay, moves.child_rank, moves.probability, moves.column, value, here,
                slope,
            )  # fmt: skip
            value = here
            result.append(slope)
        return result[::-1]
