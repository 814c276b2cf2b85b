"""From an approximate equilibrium to an exact one: NashConv made linear near a point, and minimised again and again.

In sequence form a best response is a linear program, and by its dual the payoff of a best response is the least value
that linear constraints allow (Koller, Megiddo and von Stengel 1996). So NashConv is the optimum of a program whose only
terms that are not linear are products of different players' realisation plans. Near a point these are replaced by their
derivative, within a trust region that grows while predictions come true and shrinks where they fail: sequential linear
programming (Fletcher 1987, *Practical Methods of Optimization*, section 12.4). In a two-player game of constant sum the
program is exact, and the first step solves the game.

Every result is judged by the exact NashConv of its behaviour on the tree, and never by what the program claims.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import linprog

from olivebranch.games.base import FloatArray
from olivebranch.theory.equilibria.programs import BestResponses
from olivebranch.theory.tree.evaluation import Evaluation, counterfactual_values, evaluate
from olivebranch.theory.tree.histories import RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.sequence_form import SequenceForm, count_sequences, sequence_form

MOST_SEQUENCES = 40_000  # a linear program of this size takes some ten seconds
FIRST_RADIUS, LEAST_RADIUS = 1e-3, 1e-9  # of the trust region, in realisation probability
GROWTH, SHRINKING = 4.0, 0.25
PRECISION = 1e-10  # of the linear programs, as HiGHS takes it
TRACE = 1e-3  # an action of less probability is what a solver has not got rid of yet, unless dropping it makes it worse
OFF_PATH = 1e-6  # an information set of less probability is off the path


@dataclass(frozen=True)
class Polished:
    """What polishing has come to.

    Attributes:
        profile: the best behaviour found; the one given, where nothing better was.
        evaluation: its exact evaluation.
        programs: how many linear programs were solved.
    """

    profile: BehaviourProfile
    evaluation: Evaluation
    programs: int


def polish(start: BehaviourProfile, *, tolerance: float, programs: int = 40, radius: float = FIRST_RADIUS) -> Polished:
    """Minimise NashConv from ``start`` on.

    Behaviour stays near the start as long as that is enough: the trust region begins small. Off the path, where
    NashConv asks for little, it stays as it was if it can, so that a start that is rational there remains so.

    Args:
        start: behaviour, on a tree whose payoffs are of the order of one.
        tolerance: stop once NashConv is at most this.
        programs: the most linear programs to solve.
        radius: the first trust region: the most that a realisation probability may change; 1 for no limit.
    """
    first = Polished(start, evaluate(start), 0)
    if first.evaluation.nash_conv <= tolerance:
        return first
    clean = _without_traces(start)
    first = min(first, Polished(clean, evaluate(clean), 0), key=lambda found: found.evaluation.nash_conv)
    if first.evaluation.nash_conv <= tolerance:
        return first
    if count_sequences(start.tree) > MOST_SEQUENCES:
        return first
    form = sequence_form(start.tree)
    found = _descend(form, first, tolerance, programs, radius)
    familiar = _off_path_as_in(first.profile, found.profile)
    evaluation = evaluate(familiar)
    if evaluation.nash_conv <= max(tolerance, found.evaluation.nash_conv):
        return Polished(familiar, evaluation, found.programs)
    return found


def _descend(form: SequenceForm, first: Polished, tolerance: float, programs: int, radius: float) -> Polished:
    best, evaluation, solved = first.profile, first.evaluation, 0
    program, plan = _Program(form), form.plan(best)
    while solved < programs and radius >= LEAST_RADIUS:
        solved += 1
        step = program.step(plan, radius)
        if step is None:
            radius *= SHRINKING
            continue
        profile = form.profile(step.plan, best)
        tried = evaluate(profile)
        if tried.nash_conv < evaluation.nash_conv:
            promised, kept = evaluation.nash_conv - step.predicted, evaluation.nash_conv - tried.nash_conv
            stalls = tried.nash_conv > 0.5 * evaluation.nash_conv
            radius = min(radius * (GROWTH if kept > 0.5 * promised and stalls else 1.0), 1.0)
            best, evaluation, plan = profile, tried, form.plan(profile)
            if evaluation.nash_conv <= tolerance:
                break
        elif step.predicted > 0.9 * evaluation.nash_conv and radius < 1.0:
            radius = min(radius * GROWTH, 1.0)  # nothing to gain so near
        else:
            radius *= SHRINKING
    return Polished(best, evaluation, solved)


def _without_traces(profile: BehaviourProfile) -> BehaviourProfile:
    tables: list[RealArray] = []
    for table in profile.stages:
        kept = np.where(table >= TRACE, table, 0.0)
        tables.append(kept / kept.sum(axis=2, keepdims=True))
    return BehaviourProfile(profile.tree, tuple(tables))


def _off_path_as_in(start: BehaviourProfile, profile: BehaviourProfile) -> BehaviourProfile:
    """``profile`` where its own play comes, ``start`` elsewhere."""
    values, own = counterfactual_values(profile)
    tables: list[RealArray] = [
        np.where((level.reach * reach > OFF_PATH)[:, :, None], here, there)
        for level, reach, here, there in zip(values, own, profile.stages, start.stages, strict=True)
    ]
    return BehaviourProfile(profile.tree, tuple(tables))


@dataclass(frozen=True)
class _Step:
    """The solution of one linear program: everybody's plan, and the NashConv that it would have if all were linear."""

    plan: FloatArray
    predicted: float


class _Program:
    """NashConv as a linear program near a plan; the variables are the plan and the values of best responses."""

    def __init__(self, form: SequenceForm) -> None:
        self.form, self.responses = form, BestResponses(form)
        n_sets = len(form.parent)
        self.flow = sparse.hstack([self.responses.flow, sparse.csr_matrix((n_sets, n_sets))]).tocsr()

    def step(self, plan: FloatArray, radius: float) -> _Step | None:
        """The best plan within ``radius`` of ``plan``; None if the solver finds none."""
        form, roots = self.form, self.form.roots
        pays, constant, gradient, total = self.responses.linear(plan)
        players, n_sets = form.tree.game.n_players, len(form.parent)
        at_roots = np.asarray(pays[:roots].sum(axis=0)).ravel()
        first = np.asarray(self.responses.leads_to[:roots].sum(axis=0)).ravel()
        objective = np.concatenate([at_roots - gradient, first])
        low, high = np.maximum(plan - radius, 0.0), np.minimum(plan + radius, 1.0)
        low[:roots] = high[:roots] = 1.0
        free = np.full(n_sets, np.inf)
        solution = linprog(
            objective,
            A_ub=sparse.hstack([pays[roots:], self.responses.values]).tocsr(),
            b_ub=-constant[roots:],
            A_eq=self.flow,
            b_eq=np.zeros(n_sets),
            bounds=np.stack([np.concatenate([low, -free]), np.concatenate([high, free])], axis=1),
            method="highs",
            options={"primal_feasibility_tolerance": PRECISION, "dual_feasibility_tolerance": PRECISION},
        )
        if solution.x is None:
            return None
        predicted = float(solution.fun) + float(constant[:roots].sum()) + (players - 1) * total
        return _Step(np.asarray(solution.x[: form.size]), predicted)
