"""The principal branch of the agent logit correspondence as a curve: exact at every point, with no point left out.

A logit equilibrium at precision λ is a fixed point: the logits z of all actions equal λ times their values against the
equilibrium itself, z = λ q(z) (McKelvey and Palfrey 1998). From uniform play at λ = 0 a curve of such points leads on;
for generic games it is smooth and tends to a single equilibrium (Turocy 2005), but it may turn back in λ on its way.
It is followed by its length, with predictor and corrector (Allgower and Georg, *Numerical Continuation Methods*, 1990,
chapter 6). These rules keep it from turning round or jumping to another curve:

- the tangent is signed: it continues the one before, and a step after which it has turned by more than
  ``arccos(STRAIGHT)`` is taken again, half as long;
- the corrector must converge at once and stay near the prediction, else the step is halved;
- the determinant of the bordered Jacobian keeps its sign along a smooth curve. Where it changes, the step is halved; if
  it still does so at the smallest step, two curves cross there (games with symmetries), and the path goes straight on;
- no probability changes by more than ``LARGEST_CHANGE`` from one point to the next.

The path ends at the precision asked for, or not at all: :class:`BranchLost` says why it did not arrive.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.theory.quantal_response.values import Layout
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile

STRAIGHT = 0.97  # cosine between the tangents at neighbouring points
LARGEST_CHANGE = 0.05  # of a probability between neighbouring points
SMALLEST_STEP = 1e-9
CROSSING_STEP = 1e-5  # at which a change of sign of the determinant is taken for a crossing of curves
ACCURACY = 1e-11  # of the logits, relative to their size
LARGEST_SYSTEM = 600  # unknowns: the Jacobian is a dense matrix


class BranchLost(ArithmeticError):
    """The branch did not arrive at the precision asked for; the message says how far it came and why it ended."""


@dataclass(frozen=True)
class BranchPoint:
    """A point of the branch.

    Attributes:
        layout: where the logits stand.
        logits: z, ``[size]``.
        precision: λ, in units of one over payoffs.
        direction: unit tangent of the curve there, of the logits and then of the scaled precision, ``[size + 1]``.
        length: of the step along ``direction`` that predicted the next point; 0 at the last one.
    """

    layout: Layout
    logits: FloatArray
    precision: float
    direction: FloatArray
    length: float

    @cached_property
    def log_probabilities(self) -> FloatArray:
        """Logarithms of the probabilities of the actions at information sets with a choice, ``[size]``."""
        return self.layout.log_probabilities(self.logits)

    @property
    def profile(self) -> BehaviourProfile:
        """The logit equilibrium."""
        return self.layout.profile(self.logits)

    @property
    def residual(self) -> float:
        """The largest gap between the logits over λ and the action values that behaviour implies, in payoffs."""
        gap = self.logits - self.precision * self.layout.values(self.logits)
        return float(np.abs(gap).max(initial=0.0)) / max(self.precision, 1e-300)


class BranchCurve:
    """The equations of the branch of one game.

    Args:
        tree: the game.
        layout: the logits that are free; by default those of all legal actions where there is a choice.

    Raises:
        ValueError: the game has more unknowns than ``LARGEST_SYSTEM``.
    """

    def __init__(self, tree: GameTree, layout: Layout | None = None) -> None:
        self.layout = layout if layout is not None else Layout.of(tree)
        if self.layout.size > LARGEST_SYSTEM:
            raise ValueError(
                f"game {tree.game.game.name!r}: the logit branch has {self.layout.size:,} unknowns, "
                f"expected at most {LARGEST_SYSTEM}"
            )
        rewards = tree.game.edge_reward
        spread = float(rewards.max(initial=0.0) - rewards.min(initial=0.0))
        # Precision counts in units in which it moves logits about as much as they are apart.
        self.unit = spread if spread > 0 else 1.0

    def follow(self, precision: tuple[float, float], largest_step: float, max_points: int) -> Iterator[BranchPoint]:
        """Points from the first precision to the last, both of which are met exactly.

        Args:
            precision: the first and the last, 0 < first < last.
            largest_step: the most that the logarithm of the precision changes between neighbours.
            max_points: give up after so many.

        Raises:
            BranchLost: the last precision was not reached.
        """
        size, unit = self.layout.size, self.unit
        point = np.zeros(size + 1)
        direction = np.append(self.layout.values(point[:-1]) / unit, 1.0)
        direction /= np.linalg.norm(direction)
        sign = 1.0
        step, begun, kept = precision[0] * unit / 4, False, 0
        for _ in range(4 * max_points):
            here = point[-1] / unit
            target = precision[1] if begun else precision[0]
            step = min(step, largest_step * unit * max(here, precision[0]) / max(abs(direction[-1]), 1e-12))
            chosen = self._step(point, direction, sign, step)
            if chosen is None:
                raise BranchLost(self._story(here, precision[1], "even the smallest step left the curve"))
            length, following, turned, new_sign = chosen
            if following[-1] / unit >= target:
                landed = self._land(point, direction, length, target)
                if begun:
                    yield self._point(point, direction, landed[0])
                    last = self._point(landed[1], self._tangent(landed[1], direction)[0], 0.0)
                    yield replace(last, precision=target)  # the same, but for the rounding of its units
                    return
                begun = True
                point, (direction, sign) = landed[1], self._tangent(landed[1], direction)
                step = length
                continue
            if begun:
                yield self._point(point, direction, length)
                kept += 1
                if kept >= max_points:
                    raise BranchLost(self._story(here, precision[1], f"it took more than {max_points} points"))
            point, direction, sign = following, turned, new_sign
            step = length * 1.6
        raise BranchLost(self._story(point[-1] / unit, precision[1], "it took too many steps"))

    def between(self, point: BranchPoint, share: float) -> BranchPoint:
        """The point of the curve that lies a ``share`` in [0, 1] of the way from ``point`` to its successor."""
        if share == 0.0 or point.length == 0.0:
            return point
        start = np.append(point.logits, point.precision * self.unit)
        found = self._correct(start + share * point.length * point.direction, point.direction)
        if found is None:
            raise BranchLost(self._story(point.precision, point.precision, "a point between two others was not found"))
        return self._point(found, self._tangent(found, point.direction)[0], 0.0)

    def _point(self, point: FloatArray, direction: FloatArray, length: float) -> BranchPoint:
        return BranchPoint(self.layout, point[:-1].copy(), float(point[-1] / self.unit), direction.copy(), length)

    def _step(
        self, point: FloatArray, direction: FloatArray, sign: float, step: float
    ) -> tuple[float, FloatArray, FloatArray, float] | None:
        """The longest step up to ``step`` that keeps to the curve, if any: length, point, tangent, sign."""
        before = np.exp(self.layout.log_probabilities(point[:-1]))
        while step > SMALLEST_STEP:
            guess = point + step * direction
            found = self._correct(guess, direction, nearest=0.3 * step)
            if found is not None:
                change = np.abs(np.exp(self.layout.log_probabilities(found[:-1])) - before).max(initial=0.0)
                turned, new_sign = self._tangent(found, direction)
                steady = new_sign == sign or step <= CROSSING_STEP
                if change <= LARGEST_CHANGE and turned @ direction >= STRAIGHT and steady:
                    return step, found, turned, new_sign
            step /= 2
        return None

    def _land(
        self, point: FloatArray, direction: FloatArray, length: float, precision: float
    ) -> tuple[float, FloatArray]:
        """Where the curve first meets a precision after ``point``, within one step: how long the step is, and there."""
        low, high = 0.0, length
        found = point
        for _ in range(200):
            middle = (low + high) / 2
            tried = self._correct(point + middle * direction, direction)
            if tried is None or tried[-1] / self.unit < precision:
                low = middle
            else:
                high, found = middle, tried
            if high - low <= 1e-14 * max(length, 1.0) or abs(found[-1] / self.unit - precision) <= 1e-13 * precision:
                break
        fixed = np.zeros(len(point))
        fixed[-1] = 1.0
        start = found.copy()
        start[-1] = precision * self.unit
        exact = self._correct(start, fixed)
        return high, exact if exact is not None else found

    def _system(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """F(z, λ) = z - λ q(z), and its Jacobian ``[size, size + 1]``."""
        precision = point[-1] / self.unit
        values = self.layout.values(point[:-1])
        jacobian = np.empty((self.layout.size, self.layout.size + 1))
        jacobian[:, :-1] = np.eye(self.layout.size) - precision * self.layout.slopes(point[:-1])
        jacobian[:, -1] = -values / self.unit
        return point[:-1] - precision * values, jacobian

    def _tangent(self, point: FloatArray, previous: FloatArray) -> tuple[FloatArray, float]:
        """The unit tangent on the side of ``previous``, and the sign of the bordered determinant."""
        _, jacobian = self._system(point)
        right = np.zeros(len(point))
        right[-1] = 1.0
        try:
            tangent: FloatArray = np.asarray(np.linalg.solve(np.vstack([jacobian, previous]), right), dtype=np.float64)
        except np.linalg.LinAlgError:
            return previous, 0.0
        tangent = tangent / float(np.linalg.norm(tangent))
        return tangent, float(np.linalg.slogdet(np.vstack([jacobian, tangent]))[0])

    def _correct(self, guess: FloatArray, row: FloatArray, nearest: float = np.inf) -> FloatArray | None:
        """The point of the curve on the plane through ``guess`` that is normal to ``row``; None if none is near."""
        point, before = guess.copy(), np.inf
        for _ in range(10):
            at, jacobian = self._system(point)
            try:
                move = np.linalg.solve(np.vstack([jacobian, row]), -np.append(at, row @ (point - guess)))
            except np.linalg.LinAlgError:
                return None
            size = float(np.abs(move).max())
            point = point + move
            if not np.isfinite(size) or np.linalg.norm(point - guess) > nearest:
                return None
            if size <= ACCURACY * (1.0 + float(np.abs(point).max())):
                return point
            if size > 0.5 * before:
                return None
            before = size
        return None

    def _story(self, reached: float, wanted: float, why: str) -> str:
        name = self.layout.tree.game.game.name
        return f"game {name!r}: the logit branch came to precision {reached:.6g} of {wanted:.6g}; {why}"
