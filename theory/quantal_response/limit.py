"""To which equilibrium does the principal logit branch tend? Judged from afar, and not at all where that is unclear.

The branch leads from uniform play to an equilibrium as the precision grows (McKelvey and Palfrey 1998; Turocy 2005). It
is followed from one decade of precision to the next, and its distances from the candidates are measured at each. A
candidate is named once it has been the nearest at two decades in a row, is near, has been approached meanwhile, and all
others are much farther away. Near an equilibrium, the distance of logit play from it falls like one over the precision,
so that each decade should bring it ten times as near.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.theory.quantal_response.branch import BranchCurve, BranchLost, BranchPoint
from olivebranch.theory.quantal_response.values import Layout
from olivebranch.theory.tree.histories import GameTree

DECADES = range(2, 8)  # powers of ten of the precision, in units of one over the spread of payoffs
APPROACH = 0.5  # the most that is left of a distance after a decade


@dataclass(frozen=True)
class LogitLimit:
    """Where the branch leads.

    Attributes:
        candidate: position of the candidate, or None where it remained undecided.
        distance: of the last point looked at from the nearest candidate.
        runner_up: its distance from the second; infinite if there is none.
        precision: there, in units of one over payoffs.
        reason: in words.
    """

    candidate: int | None
    distance: float
    runner_up: float
    precision: float
    reason: str


def logit_limit(
    tree: GameTree,
    distances: Callable[[BranchPoint], FloatArray],
    *,
    layout: Layout | None = None,
    tolerance: float = 0.01,
    separation: float = 10.0,
    step: float = 0.5,
    max_points: int = 5000,
) -> LogitLimit:
    """Follow the branch until it is clear to which candidate it tends.

    Args:
        tree: the game.
        distances: of a point of the branch from each candidate, ``[n_candidates]``, each >= 0.
        layout: the logits that are free, if not those of all legal actions.
        tolerance: a candidate is near at this distance.
        separation: others must be this many times as far away (and at least ``separation * tolerance / 10``).
        step: the most that the logarithm of the precision changes between neighbouring points.
        max_points: give up after so many points.
    """
    curve = BranchCurve(tree, layout)
    levels = [10.0**power / curve.unit for power in DECADES]
    before: tuple[int, float] | None = None
    seen: tuple[float, float, float] = (np.inf, np.inf, 0.0)
    due = 0
    try:
        for point in curve.follow((0.01 / curve.unit, levels[-1]), step, max_points):
            if point.precision < levels[due] or point.direction[-1] <= 0:
                continue
            at = np.asarray(distances(point), dtype=np.float64)
            order = np.argsort(at, kind="stable")
            nearest, distance = int(order[0]), float(at[order[0]])
            runner_up = float(at[order[1]]) if len(order) > 1 else np.inf
            seen = distance, runner_up, point.precision
            while due < len(levels) and point.precision >= levels[due]:
                due += 1
            near = distance <= tolerance and runner_up >= separation * max(distance, tolerance / 10)
            if near and before is not None and before[0] == nearest and distance <= max(APPROACH * before[1], 1e-9):
                reason = (
                    f"at precision {point.precision:.3g} the logit branch is within {distance:.2g} of one component, "
                    f"and {runner_up:.2g} from any other"
                )
                return LogitLimit(nearest, *seen, reason)
            before = nearest, distance
            if due == len(levels):
                break
        why = "no equilibrium is near enough, clearly nearer than others and being approached"
    except BranchLost as lost:
        why = str(lost)
    reason = f"undecided at precision {seen[2]:.3g}, at a distance of {seen[0]:.2g} (next {seen[1]:.2g}): {why}"
    return LogitLimit(None, *seen, reason)
