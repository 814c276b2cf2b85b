"""Quantal response: how precise is observed play, read as an agent logit equilibrium (McKelvey and Palfrey 1998)?

:mod:`olivebranch.theory.quantal_response.branch` follows the principal branch of the agent logit correspondence of any
game of the class. The precision at which the branch explains given behaviour best is found by maximum likelihood, with
the interval of all precisions that a likelihood-ratio test would not reject (Goeree, Holt and Palfrey 2016, *Quantal
Response Equilibrium*, chapter 6). Every likelihood is that of a point on the branch itself; nothing is interpolated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from olivebranch.games.base import FloatArray
from olivebranch.theory.quantal_response.branch import BranchCurve, BranchPoint
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

Counts = Sequence[FloatArray]


@dataclass(frozen=True)
class PrecisionFit:
    """The precision that explains behaviour best.

    Attributes:
        precision: the maximum-likelihood estimate, in units of one over payoffs; it is that of an end of the branch
            if ``lower`` is 0 and behaviour looks uniform, or ``upper`` is infinite and it looks like an equilibrium.
        lower, upper: the ends of the likelihood interval; 0 and infinity where it reaches the ends of the branch.
        confidence: its nominal coverage.
        log_likelihood: at the estimate.
        explained: where this lies between the log-likelihood of uniform play (0) and that of the observed frequencies
            themselves (1); NaN if these are the same.
        profile: the logit equilibrium at the estimate.
    """

    precision: float
    lower: float
    upper: float
    confidence: float
    log_likelihood: float
    explained: float
    profile: BehaviourProfile


@dataclass(frozen=True)
class LogitBranch:
    """The principal branch between two precisions.

    Attributes:
        curve: its equations.
        points: in the order in which the branch meets them; precision need not increase throughout.
    """

    curve: BranchCurve
    points: tuple[BranchPoint, ...]

    @property
    def tree(self) -> GameTree:
        """The game."""
        return self.curve.layout.tree

    @cached_property
    def precisions(self) -> FloatArray:
        """Precision of each point, ``[n_points]``."""
        return np.array([point.precision for point in self.points])

    def at(self, precision: float) -> BranchPoint:
        """The first point at which the branch meets a precision.

        Raises:
            ValueError: it lies outside the precisions between which the branch was followed.
        """
        reached = np.flatnonzero(self.precisions >= precision)
        if precision < self.precisions[0] or not len(reached):
            ends = f"{self.precisions[0]:g} and {self.precisions[-1]:g}"
            raise ValueError(f"precision = {precision!r}: expected a number between {ends}")
        after = int(reached[0])
        if after == 0 or self.precisions[after] == precision:
            return self.points[after]
        return self._root(after - 1, lambda point: point.precision - precision)

    def fit(self, counts: Counts, confidence: float = 0.95) -> PrecisionFit:
        """Estimate the precision of observed choices.

        Args:
            counts: how often each action was taken, by stage ``[n_histories, n_all_types, n_actions]`` as in
                :class:`BehaviourProfile`; need not be whole numbers (see :func:`expected_counts`).
            confidence: nominal coverage of the interval, in (0, 1).

        Raises:
            ValueError: nothing was observed at any information set with a choice, or something illegal.
        """
        check_counts(self.tree, counts)
        seen = self.curve.layout.of_stages(counts)

        def likelihood(point: BranchPoint) -> float:
            return float(seen @ point.log_probabilities)

        def score(point: BranchPoint) -> float:
            return float(seen @ self._drift(point))

        heights = np.array([likelihood(point) for point in self.points])
        scores = np.array([score(point) for point in self.points])
        tops = np.flatnonzero((scores[:-1] > 0) & (scores[1:] <= 0))
        found = [self.points[int(np.argmax(heights))], *(self._root(int(top), score) for top in tops)]
        best = max(found, key=likelihood)
        height = likelihood(best)
        threshold = height - float(chi2.ppf(confidence, df=1)) / 2

        def excess(point: BranchPoint) -> float:
            return likelihood(point) - threshold

        inside = heights >= threshold
        ends = [best.precision, *self.precisions[inside]]
        ends += [self._root(int(row), excess).precision for row in np.flatnonzero(inside[:-1] != inside[1:])]
        uniform, saturated = log_likelihood(uniform_profile(self.tree), counts), _saturated(self.tree, counts)
        height = min(height, saturated)  # above it only by rounding: no behaviour explains more than what was observed
        span = saturated - uniform
        return PrecisionFit(
            precision=best.precision,
            lower=0.0 if inside[0] else float(min(ends)),
            upper=float("inf") if inside[-1] else float(max(ends)),
            confidence=confidence,
            log_likelihood=height,
            explained=float((height - uniform) / span) if span > 1e-12 * abs(uniform) else float("nan"),
            profile=best.profile,
        )

    def information(self, point: BranchPoint) -> float:
        """What one play of the logit equilibrium at ``point`` tells about ln λ: Fisher's information, >= 0."""
        reach = np.concatenate([level.reach for level in information_sets(point.profile)])
        node, column, _ = self.curve.layout.rules.place.T
        speed = point.direction[-1] / self.curve.unit / point.precision  # of ln λ along the curve
        drift = self._drift(point) / speed
        return float((reach[node, column] * np.exp(point.log_probabilities)) @ drift**2)

    def _drift(self, point: BranchPoint) -> FloatArray:
        """How the logarithms of the probabilities change along the curve, ``[size]``."""
        return self.curve.layout.slope_of_log_probabilities(point.logits, point.direction[:-1])

    def _root(self, row: int, of: Callable[[BranchPoint], float]) -> BranchPoint:
        """The point between two neighbours where ``of`` is zero; it has different signs at the two."""
        begin = self.points[row]
        ends = of(begin), of(self.points[row + 1])
        if ends[0] == 0.0 or (ends[0] > 0) == (ends[1] > 0):
            return begin
        at_end = self.curve.between(begin, 1.0)
        if (of(at_end) > 0) == (ends[0] > 0):  # The root is at the far end, to within rounding.
            return self.points[row + 1]
        share = brentq(lambda share: of(self.curve.between(begin, share)), 0.0, 1.0, xtol=1e-12, rtol=1e-12)
        return self.curve.between(begin, float(share))


def logit_branch(
    tree: GameTree, *, precision: tuple[float, float] = (1e-2, 1e3), step: float = 0.1, max_points: int = 5000
) -> LogitBranch:
    """Follow the principal branch from uniform play; a branch that does not arrive is not reported.

    Args:
        tree: the game.
        precision: the first and the last precision, in units of one over payoffs; 0 < first < last.
        step: the most that the logarithm of the precision changes between neighbours.
        max_points: give up after so many points.

    Raises:
        ValueError: the precisions are no such pair, or the game has too many unknowns (see ``LARGEST_SYSTEM``).
        BranchLost: an ArithmeticError: the branch did not arrive at the last precision; the message says why.
    """
    if not 0 < precision[0] < precision[1] < np.inf:
        raise ValueError(f"precision = {precision!r}: expected two rising numbers above 0")
    curve = BranchCurve(tree)
    return LogitBranch(curve, tuple(curve.follow(precision, step, max_points)))


def expected_counts(profile: BehaviourProfile, plays: float) -> tuple[FloatArray, ...]:
    """The choices that ``plays`` plays of a (learned) profile bring about on average, by stage."""
    levels = zip(information_sets(profile), profile.stages, strict=True)
    return tuple(np.asarray(plays * level.reach[..., None] * table, dtype=np.float64) for level, table in levels)


def log_likelihood(profile: BehaviourProfile, counts: Counts) -> float:
    """Log-likelihood of observed choices if everyone plays ``profile``; minus infinity if it excludes one of them."""
    total = 0.0
    for table, seen in zip(profile.stages, counts, strict=True):
        taken = seen > 0
        with np.errstate(divide="ignore"):
            total += float(seen[taken] @ np.log(np.asarray(table, dtype=np.float64)[taken]))
    return total


def _saturated(tree: GameTree, counts: Counts) -> float:
    frequencies = [seen / np.maximum(seen.sum(axis=2, keepdims=True), 1e-300) for seen in counts]
    return log_likelihood(BehaviourProfile(tree, tuple(frequencies)), counts)


def check_counts(tree: GameTree, counts: Counts) -> None:
    """Raise a ValueError, with the stage, unless ``counts`` are counts of legal actions, some of them choices."""
    if len(counts) != tree.n_stages:
        raise ValueError(f"counts have {len(counts)} stages, the tree has {tree.n_stages}")
    choices = 0.0
    for t, (stage, seen) in enumerate(zip(tree.stages, counts, strict=True)):
        legal = tree.moves.legal[stage.state]
        if seen.shape != legal.shape:
            raise ValueError(f"counts, stage {t}: shape {seen.shape}, expected {legal.shape}")
        if not (np.isfinite(seen).all() and (seen >= 0).all() and not seen[~legal].any()):
            raise ValueError(f"counts, stage {t}: expected numbers >= 0, zero where an action is illegal")
        choices += float(seen[legal.sum(axis=2) > 1].sum())
    if choices == 0:
        raise ValueError("counts: nothing was observed where there is a choice")
