"""The principal branch of the agent logit correspondence, followed by continuation (McKelvey and Palfrey 1998).

At precision L a logit equilibrium plays, at each information set, action a with probability proportional to
``exp(L * Q(a))``, with Q the expected payoffs against the equilibrium itself; here hands tremble besides. At L = 0
everyone plays uniformly; from there a smooth branch leads, for generic games, to a single equilibrium as L grows
(Turocy 2005). It may turn back in L on its way, so it is followed by arc length. The unknowns are the centred action
values y, which stay of the order of the payoffs whatever L; each Newton step is solved without forming the Jacobian, so
that this serves games with thousands of information sets. For small games
:mod:`olivebranch.theory.quantal_response.branch` follows the same branch with more care.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.quantal_response.branch import BranchLost
from olivebranch.theory.tree.dynamics import NumericalEquilibrium
from olivebranch.theory.tree.evaluation import counterfactual_values, evaluate
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile

# At precision L hands tremble with probability 1 / (L + CALM): no more than the error of a logit response itself, and
# enough to keep every history reachable in floating point, and beliefs defined and smooth, however large L.
CALM = 10.0
STRAIGHT = 0.9  # cosine between the tangents at neighbouring points
SMALLEST_STEP = 1e-7


@dataclass(frozen=True)
class LogitPoint:
    """A point of the path.

    Attributes:
        precision: L; its inverse is a temperature in units of payoffs.
        profile: the logit equilibrium there: if trembling, uniform with probability ``1 / (precision + CALM)``, else
            logit responses.
        residual: the largest difference between the action values used and those that the profile implies.
    """

    precision: float
    profile: BehaviourProfile
    residual: float


def logit_path(
    tree: GameTree,
    *,
    precision: tuple[float, float] = (0.5, 1e5),
    max_points: int = 400,
    accuracy: float = 1e-9,
    largest_step: float = 1.0,
    trembling: bool = True,
) -> Iterator[LogitPoint]:
    """Points of the principal branch, from low precision to high.

    Ends when the last precision is passed. The tangent is signed: a step after which it has turned by more than
    ``arccos(STRAIGHT)`` is taken again, half as long, so that the path cannot turn round at a fold.

    Args:
        tree: the tree.
        precision: the first and the last precision.
        max_points: the most points to give.
        accuracy: largest residual of a point.
        largest_step: the most that the logarithm of the precision may change from one point to the next.
        trembling: whether hands tremble (``CALM``). Without, the path is that of the pure logit correspondence, which
            is harder to follow far in games of many stages.

    Raises:
        BranchLost: the last precision was not reached; the message says how far the path came and why it ended.
    """
    system = _LogitSystem(tree, trembling)
    s = float(np.log(precision[0]))
    y, residual = system.correct(np.zeros(system.size), s, None, accuracy)

    def lost(why: str) -> BranchLost:
        reached = f"precision {np.exp(s):.6g} of {precision[1]:.6g}"
        return BranchLost(f"game {tree.game.game.name!r}: the logit path came to {reached}; {why}")

    if y is None:
        raise lost("no logit equilibrium was found at the first precision")
    yield LogitPoint(float(np.exp(s)), system.profile(y, s), residual)
    point, step = np.append(y, s), min(0.2, largest_step)
    tangent = system.tangent(point, np.append(np.zeros(system.size), 1.0))
    for _ in range(max_points - 1):
        while step > SMALLEST_STEP:
            guess = point + step * tangent
            corrected, residual = system.correct(guess[:-1], float(guess[-1]), (guess, tangent), accuracy)
            if corrected is not None:
                turned = system.tangent(corrected, tangent)
                if system.across(turned, tangent) >= STRAIGHT:
                    break
            step /= 2
        else:
            raise lost("even the smallest step left the curve")
        point, tangent, step = corrected, turned, min(step * 1.5, largest_step)
        s = float(point[-1])
        yield LogitPoint(float(np.exp(s)), system.profile(point[:-1], s), residual)
        if s > np.log(precision[1]):
            return
    raise lost(f"it took more than {max_points} points")


def logit_equilibrium(
    tree: GameTree, *, precision: float = 1e5, max_points: int = 400, tolerance: float = 1e-5
) -> NumericalEquilibrium:
    """The far end of the principal branch: followed until NashConv is at most ``tolerance`` or ``precision`` is passed.

    Where the path is lost on its way, the last point found is returned, as one that has not converged.

    Raises:
        BranchLost: not even the first point was found.
    """
    points, found = 0, None
    try:
        for point in logit_path(tree, precision=(0.5, precision), max_points=max_points):
            points, found = points + 1, (point.profile, evaluate(point.profile))
            if found[1].nash_conv <= tolerance:
                break
    except BranchLost:
        if found is None:
            raise
    assert found is not None
    return NumericalEquilibrium("logit path", *found, points, found[1].nash_conv <= tolerance)


class _LogitSystem:
    """G(y, s) = y - centred action values of the profile softmax(exp(s) y), over information sets with a choice."""

    def __init__(self, tree: GameTree, trembling: bool) -> None:
        self.tree, self.trembling = tree, trembling
        self.legal: list[BoolArray] = [tree.moves.legal[stage.state] for stage in tree.stages]
        self.free = [legal & (legal.sum(axis=2, keepdims=True) > 1) for legal in self.legal]
        self.size = int(sum(free.sum() for free in self.free))
        self.weight = 1.0 / np.sqrt(max(self.size, 1))

    def profile(self, y: FloatArray, s: float) -> BehaviourProfile:
        tables = []
        start, precision = 0, float(np.exp(s))
        tremble = 1.0 / (precision + CALM) if self.trembling else 0.0
        for legal, free in zip(self.legal, self.free, strict=True):
            logits = np.where(legal, 0.0, -np.inf)
            count = int(free.sum())
            logits[free] = precision * y[start : start + count]
            start += count
            powers = np.where(legal, np.exp(np.maximum(logits - logits.max(axis=2, keepdims=True), -600.0)), 0.0)
            share = powers / powers.sum(axis=2, keepdims=True)
            tables.append(np.where(legal, (1 - tremble) * share + tremble / legal.sum(axis=2, keepdims=True), 0.0))
        return BehaviourProfile(self.tree, tuple(tables))

    def residual(self, y: FloatArray, s: float) -> FloatArray:
        values, _ = counterfactual_values(self.profile(y, s))
        parts = []
        for level, legal, free in zip(values, self.legal, self.free, strict=True):
            with np.errstate(invalid="ignore", divide="ignore"):
                q = np.where(level.reach[..., None] > 0, level.values / level.reach[..., None], 0.0)
            centre = np.where(legal, q, 0.0).sum(axis=2, keepdims=True) / legal.sum(axis=2, keepdims=True)
            parts.append((q - centre)[free])
        result: FloatArray = y - np.concatenate(parts)
        return result

    def derivative(self, y: FloatArray, s: float, at: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """The directional derivative of G at (y, s), in a direction of (y, s), where G is ``at``."""
        # steps in y act through exp(s) y: keep the change in logits small whatever s
        scale = 1e-6 / max(1.0, float(np.exp(s)))

        def along(direction: FloatArray) -> FloatArray:
            size = float(np.max(np.abs(direction[:-1]), initial=0.0)) + abs(float(direction[-1])) * float(
                np.abs(y).max()
            )
            if size == 0.0:
                return np.zeros(self.size)
            step = scale / size
            moved = self.residual(y + step * direction[:-1], s + step * float(direction[-1]))
            return (moved - at) / step

        return along

    def tangent(self, point: FloatArray, previous: FloatArray) -> FloatArray:
        """The unit direction of the path at a point on it, pointing the way that we came."""
        y, s = point[:-1], float(point[-1])
        along = self.derivative(y, s, self.residual(y, s))
        right = np.append(np.zeros(self.size), 1.0)
        tangent = self._solve(along, previous, right, 1e-6)
        return tangent / self._norm(tangent)

    def correct(
        self, y: FloatArray, s: float, arc: tuple[FloatArray, FloatArray] | None, accuracy: float
    ) -> tuple[FloatArray | None, float]:
        """Newton's method for G = 0 at fixed s, or on the plane across the path; None if it does not converge."""
        point = np.append(y, s)
        guess, row = arc if arc is not None else (point.copy(), np.append(np.zeros(self.size), 1.0))
        before = np.inf
        for _ in range(12):
            at = self.residual(point[:-1], float(point[-1]))
            size = float(np.max(np.abs(at), initial=0.0))
            if size <= accuracy:
                return (point if arc is not None else point[:-1]), size
            if not size < 2 * before or not np.isfinite(size):
                return None, size
            before = size
            across = self.across(row, point - guess)
            along = self.derivative(point[:-1], float(point[-1]), at)
            step = self._solve(along, row, -np.append(at, across), 1e-3)
            point = point + step
        return None, before

    def _solve(
        self, along: Callable[[FloatArray], FloatArray], row: FloatArray, right: FloatArray, accuracy: float
    ) -> FloatArray:
        operator = LinearOperator(
            (self.size + 1, self.size + 1),
            matvec=lambda x: np.append(along(x), self.across(row, x)),
            dtype=np.float64,
        )
        solution, _ = gmres(operator, right, rtol=accuracy, atol=0.0, restart=200, maxiter=2)
        return np.asarray(solution)

    def across(self, row: FloatArray, x: FloatArray) -> float:
        """Inner product in which all of y together counts as much as s."""
        return float(row[:-1] @ x[:-1]) * float(self.weight) ** 2 + float(row[-1] * x[-1])

    def _norm(self, x: FloatArray) -> float:
        return float(np.sqrt(self.across(x, x)))
