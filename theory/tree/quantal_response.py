"""Quantal response: how precise is observed play, read as an agent logit equilibrium (McKelvey and Palfrey 1998)?

``theory/tree/logit_path.py`` follows the principal branch of the agent logit correspondence of any game of the class.
Here the branch is kept as a curve, and the precision at which it explains given behaviour best is found by maximum
likelihood, with the interval of all precisions that a likelihood-ratio test would not reject (Goeree, Holt and
Palfrey 2016, *Quantal Response Equilibrium*, chapter 6).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.stats import chi2

from olivebranch.games.base import FloatArray
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.logit_path import LogitPoint, logit_path
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

Counts = Sequence[FloatArray]
FINENESS = 20  # points on which the interpolated likelihood is looked at between two points of the branch


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
        profile: the logit equilibrium nearest to the estimate among the points of the branch.
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
    """The principal branch, from low precision to high.

    Attributes:
        tree: the game.
        points: in the order in which the branch meets them; precision need not increase throughout.
    """

    tree: GameTree
    points: tuple[LogitPoint, ...]

    @property
    def precisions(self) -> FloatArray:
        """Precision of each point, ``[n_points]``."""
        return np.array([point.precision for point in self.points])

    def log_likelihoods(self, counts: Counts) -> FloatArray:
        """Log-likelihood of observed choices at each point, ``[n_points]``."""
        return np.array([log_likelihood(point.profile, counts) for point in self.points])

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
        at_points = self.log_likelihoods(counts)
        along = np.arange(len(self.points), dtype=np.float64)
        fine = np.linspace(0, along[-1], FINENESS * (len(along) - 1) + 1)
        likelihood = CubicSpline(along, at_points)(fine)
        precision = np.exp(CubicSpline(along, np.log(self.precisions))(fine))
        best = int(np.argmax(likelihood))
        inside = likelihood >= likelihood[best] - chi2.ppf(confidence, df=1) / 2
        uniform, saturated = log_likelihood(uniform_profile(self.tree), counts), _saturated(self.tree, counts)
        span = saturated - uniform
        return PrecisionFit(
            precision=float(precision[best]),
            lower=0.0 if inside[0] else float(precision[inside].min()),
            upper=float("inf") if inside[-1] else float(precision[inside].max()),
            confidence=confidence,
            log_likelihood=float(likelihood[best]),
            explained=float((likelihood[best] - uniform) / span) if span > 1e-12 * abs(uniform) else float("nan"),
            profile=self.points[round(best / FINENESS)].profile,
        )


def logit_branch(
    tree: GameTree, *, precision: tuple[float, float] = (1e-2, 1e3), step: float = 0.1, max_points: int = 2000
) -> LogitBranch:
    """Follow the principal branch closely enough to interpolate on it.

    Where the branch becomes too stiff to follow, at high precision, it ends early: see ``precisions[-1]``.

    Args:
        tree: the game.
        precision: the first and the last precision, in units of one over payoffs.
        step: the most that the logarithm of the precision changes between neighbours.
        max_points: end after so many points.

    Raises:
        ArithmeticError: the branch could hardly be followed at all.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # of steps that are tried and rejected
        found = logit_path(tree, precision=precision, max_points=max_points, largest_step=step, trembling=False)
        points = tuple(found)
    if len(points) < 4:
        raise ArithmeticError(
            f"game {tree.game.game.name!r}: the logit branch was not found at precision {precision[0]}"
        )
    return LogitBranch(tree, points)


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
