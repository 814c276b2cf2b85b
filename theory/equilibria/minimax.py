"""All equilibria of a two-player game of constant sum: every pair of optimal strategies, a product of two polytopes.

In sequence form a plan is optimal iff the other's best response to it is worth no more than the value of the game,
which linear constraints say (Koller, Megiddo and von Stengel 1996). One linear program finds the value and one
equilibrium.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import linprog

from olivebranch.games.base import FloatArray, IntArray
from olivebranch.theory.equilibria.components import Distances
from olivebranch.theory.equilibria.programs import BestResponses
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.dynamics import NumericalEquilibrium
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.sequence_form import SequenceForm, sequence_form

NAME = "minimax"
SLACK = 1e-9  # by which a plan may miss the value of the game, in payoffs, beyond what the equilibrium found misses it
ROUNDS = 20  # of alternating minimisation, which stops by itself after a few
MOST_PLAYS = 50_000  # beyond that a program would take long, and distance is that from the one equilibrium found


@dataclass(frozen=True)
class MinimaxComponent:
    """The equilibria of a two-player game of constant sum.

    Attributes:
        equilibrium: one of them.
        name: always the same, for there is no other component.
    """

    equilibrium: NumericalEquilibrium
    name: str = NAME

    def profile(self) -> BehaviourProfile:
        """See :class:`~olivebranch.theory.equilibria.components.Component`."""
        return self.equilibrium.profile

    def distances(self, profile: BehaviourProfile) -> Distances:
        """See :class:`~olivebranch.theory.equilibria.components.Component`; nothing is said of play off the path.

        The nearest plan of one player, with the other's held fixed, is a linear program; the two are found by turns,
        beginning at the profile. So the distance is zero for equilibria, and otherwise may be too large.
        """
        if len(self._sets.form.endings) > MOST_PLAYS:
            return Distances(play_distance(profile, self.equilibrium.profile), None)
        sets = self._sets
        plan = sets.form.plan(profile)
        learned = sets.form.plays(plan)
        best = np.inf
        for first in (0, 1):
            near, distance = plan.copy(), np.inf
            for step in range(2 * ROUNDS):
                player = (first + step) % 2
                near = sets.nearest(near, player, learned)
                if step % 2 == 0:
                    continue
                before, distance = distance, float(np.abs(sets.form.plays(near) - learned).sum()) / 2
                if distance >= before - SLACK:
                    break
            best = min(best, distance)
        return Distances(best, None)

    @cached_property
    def _sets(self) -> "_OptimalPlans":
        return _OptimalPlans(self.equilibrium)


@dataclass(frozen=True)
class _Side:
    """The optimal plans of one player: matrices over its own sequences, then the other's information sets.

    Attributes:
        sequences: its own.
        upper, right: ``upper @ variables <= right``.
        flow: ``flow @ variables = 0``.
    """

    sequences: IntArray
    upper: sparse.csr_matrix
    right: FloatArray
    flow: sparse.csr_matrix


class _OptimalPlans:
    def __init__(self, equilibrium: NumericalEquilibrium) -> None:
        self.form: SequenceForm = sequence_form(equilibrium.profile.tree)
        self.found = self.form.plan(equilibrium.profile)
        slack = SLACK + equilibrium.evaluation.nash_conv
        values = equilibrium.evaluation.best_values + slack
        self.sides = [self._side(player, float(values[1 - player])) for player in (0, 1)]

    def _side(self, player: int, value: float) -> _Side:
        """The plans of ``player`` against which the other gets no more than ``value``."""
        form, responses = self.form, BestResponses(self.form)
        pays, *_ = responses.linear(np.ones(form.size))
        mine, others = np.flatnonzero(form.owner == player), np.flatnonzero(form.owner != player)
        owner_of_set = form.owner[form.parent]
        my_sets, other_sets = np.flatnonzero(owner_of_set == player), np.flatnonzero(owner_of_set != player)
        ended, roots = others[others >= form.roots], others[others < form.roots]
        at_roots = sparse.hstack([pays[roots][:, mine], responses.leads_to[roots][:, other_sets]]).sum(axis=0)
        constraints = sparse.hstack([pays[ended][:, mine], responses.values[ended - form.roots][:, other_sets]])
        empty = sparse.csr_matrix((len(my_sets), len(other_sets)))
        return _Side(
            sequences=mine,
            upper=sparse.vstack([constraints, sparse.csr_matrix(at_roots)]).tocsr(),
            right=np.append(np.zeros(len(ended)), value),
            flow=sparse.hstack([responses.flow[my_sets][:, mine], empty]).tocsr(),
        )

    def nearest(self, plan: FloatArray, player: int, learned: FloatArray) -> FloatArray:
        """``plan`` with the optimal plan of ``player`` whose plays, against the other's, are nearest to ``learned``."""
        form, side = self.form, self.sides[player]
        sequences, weights = form.endings.sequences, form.endings.values
        place = np.zeros(form.size, dtype=np.int64)
        place[side.sequences] = np.arange(len(side.sequences))
        n, n_mine = len(weights), len(side.sequences)
        width = side.upper.shape[1]
        plays = sparse.csr_matrix(
            (weights * plan[sequences[:, 1 - player]], (np.arange(n), place[sequences[:, player]])), (n, width)
        )
        gaps = sparse.identity(n)
        low, high = np.zeros(n_mine), np.ones(n_mine)
        low[side.sequences < form.roots] = 1.0
        free, positive = np.full(width - n_mine, np.inf), np.full(n, np.inf)
        solution = linprog(
            np.concatenate([np.zeros(width), np.full(n, 0.5)]),
            A_ub=sparse.vstack(
                [
                    sparse.hstack([side.upper, sparse.csr_matrix((side.upper.shape[0], n))]),
                    sparse.hstack([plays, -gaps]),
                    sparse.hstack([-plays, -gaps]),
                ]
            ).tocsr(),
            b_ub=np.concatenate([side.right, learned, -learned]),
            A_eq=sparse.hstack([side.flow, sparse.csr_matrix((side.flow.shape[0], n))]).tocsr(),
            b_eq=np.zeros(side.flow.shape[0]),
            bounds=np.stack(
                [np.concatenate([low, -free, np.zeros(n)]), np.concatenate([high, free, positive])], axis=1
            ),
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        result = plan.copy()
        if solution.x is not None:
            result[side.sequences] = np.maximum(solution.x[:n_mine], 0.0)
        else:  # Rounding has left no optimal plan; the one that was found is one.
            result[side.sequences] = self.found[side.sequences]
        return result
