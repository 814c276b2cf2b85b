"""How far play of a signalling game is from a product of polytopes of equilibria (docs/enumeration.md).

Play is given as the sender's strategy σ, ``[θ, m]``, and the receiver's reply ρ, ``[m, a]``. On the path, distance is
total variation between the distributions over (type, message, response); off it, total variation between replies.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.equilibria.components import Distances

SLACK = 1e-9  # by which rounding may make the second of two minimisations miss what the first has found
BEGINNINGS = 4  # of alternating minimisation, for each side, besides the first
ROUNDS = 50  # of alternating minimisation, which stops by itself after a few


@dataclass(frozen=True)
class ProductCell:
    """Equilibria that share what happens on the path; replies to unused messages vary, each for itself.

    Attributes:
        strategy: σ, ``[θ, m]``.
        replies: for each message the vertices of the set of its replies, ``[vertices, a]``; one, if it is used.
    """

    strategy: FloatArray
    replies: tuple[FloatArray, ...]

    def distances(self, prior: FloatArray, strategy: FloatArray, reply: FloatArray) -> Distances:
        """Exact: with the path fixed, each reply stands alone."""
        nearest = np.array([nearest_mixture(row, rows) for row, rows in zip(reply, self.replies, strict=True)])
        unused = prior @ self.strategy <= 0
        gaps = np.abs(reply - nearest).sum(axis=1) / 2
        return Distances(
            total_variation(prior, strategy, reply, self.strategy, nearest), float(gaps[unused].max(initial=0.0))
        )


@dataclass(frozen=True)
class JointCell:
    """Equilibria that differ on the path too, as they do on knife edges: a product of two polytopes by their vertices.

    Attributes:
        senders: ``[vertices, θ, m]``.
        receivers: ``[vertices, m, a]``.
    """

    senders: FloatArray
    receivers: FloatArray

    def distances(self, prior: FloatArray, strategy: FloatArray, reply: FloatArray) -> Distances:
        """The nearest on the path, and among those the nearest off it.

        Where only one side's play varies on the path, a linear program finds it exactly. Where both do, the distance is
        bilinear; it is minimised in one and the other by turns, from several beginnings, so that it is zero for play in
        the cell and otherwise may be too large.
        """
        target = prior[:, None, None] * strategy[:, :, None] * reply[None]
        best: tuple[float, FloatArray, FloatArray] | None = None
        for sender, receiver in self._beginnings(prior, strategy, reply):
            found = self._descend(prior, target, sender, receiver)
            if best is None or found[0] < best[0] - SLACK:
                best = found
            if best[0] <= SLACK:
                break
        assert best is not None
        distance, sender, receiver = best
        return Distances(distance, self._off_path(prior, target, reply, sender, receiver, distance))

    def _beginnings(
        self, prior: FloatArray, strategy: FloatArray, reply: FloatArray
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        near_sender = _mixture(self.senders, mixture_weights(strategy * prior[:, None], self.senders * prior[:, None]))
        heard = (prior @ strategy)[:, None]
        near_receiver = _mixture(self.receivers, mixture_weights(reply * heard, self.receivers * heard))
        yield near_sender, near_receiver
        if len(self.senders) > 1 and len(self.receivers) > 1:
            for sender in self.senders[:BEGINNINGS]:
                yield sender, near_receiver
            for receiver in self.receivers[:BEGINNINGS]:
                yield near_sender, receiver

    def _descend(
        self, prior: FloatArray, target: FloatArray, sender: FloatArray, receiver: FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        def plays(senders: FloatArray, receivers: FloatArray) -> FloatArray:
            result: FloatArray = prior[:, None, None] * senders[..., :, :, None] * receivers[..., None, :, :]
            return result

        distance = float(np.abs(target - plays(sender, receiver)).sum()) / 2
        for _ in range(ROUNDS):
            before = distance
            if len(self.senders) > 1:
                sender = _mixture(self.senders, mixture_weights(target, plays(self.senders, receiver)))
            if len(self.receivers) > 1:
                receiver = _mixture(self.receivers, mixture_weights(target, plays(sender, self.receivers)))
            distance = float(np.abs(target - plays(sender, receiver)).sum()) / 2
            if distance >= before - SLACK:
                break
        return distance, sender, receiver

    def _off_path(
        self,
        prior: FloatArray,
        target: FloatArray,
        reply: FloatArray,
        sender: FloatArray,
        receiver: FloatArray,
        distance: float,
    ) -> float:
        """The least, over replies that are as near on the path, of the largest distance after an unused message."""
        from scipy.optimize import linprog

        unused: BoolArray = prior @ sender <= SLACK
        if not unused.any():
            return 0.0
        width = len(self.receivers)
        plays = (prior[:, None, None] * sender[:, :, None] * self.receivers[:, None]).reshape(width, -1)
        rows, n_unused, n_a = self.receivers[:, unused].reshape(width, -1), int(unused.sum()), reply.shape[1]
        wanted, aim = reply[unused].ravel(), target.ravel()
        # variables: weights of the vertices, |gap| of each play, |gap| of each unused reply, the largest distance
        sizes = [width, len(aim), len(wanted), 1]
        starts = np.cumsum([0, *sizes])
        upper, right = [], []
        for points, goal, first in ((plays, aim, starts[1]), (rows, wanted, starts[2])):
            for sign in (1.0, -1.0):
                block = np.zeros((len(goal), starts[-1]))
                block[:, :width] = sign * points.T
                block[np.arange(len(goal)), first + np.arange(len(goal))] = -1.0
                upper.append(block)
                right.append(sign * goal)
        path = np.zeros((1, starts[-1]))
        path[0, starts[1] : starts[2]] = 0.5
        largest = np.zeros((n_unused, starts[-1]))
        for m in range(n_unused):
            largest[m, starts[2] + m * n_a : starts[2] + (m + 1) * n_a] = 0.5
        largest[:, -1] = -1.0
        total = np.zeros((1, starts[-1]))
        total[0, :width] = 1.0
        objective = np.zeros(starts[-1])
        objective[-1] = 1.0
        solution = linprog(
            objective,
            A_ub=np.concatenate([*upper, path, largest]),
            b_ub=np.concatenate([*right, [distance + SLACK], np.zeros(n_unused)]),
            A_eq=total,
            b_eq=[1.0],
        )
        if solution.x is None:  # by rounding alone: the receiver's reply that was found is one that fits
            return float(np.abs(reply - receiver).sum(axis=1)[unused].max()) / 2
        return max(float(solution.fun), 0.0)


Cell = ProductCell | JointCell


def total_variation(
    prior: FloatArray, strategy: FloatArray, reply: FloatArray, other_strategy: FloatArray, other_reply: FloatArray
) -> float:
    """Between the distributions over (type, message, response) of two pairs of strategies, in [0, 1]."""
    one = prior[:, None, None] * strategy[:, :, None] * reply[None]
    other = prior[:, None, None] * other_strategy[:, :, None] * other_reply[None]
    return float(np.abs(one - other).sum()) / 2


def nearest_mixture(target: FloatArray, points: FloatArray) -> FloatArray:
    """The mixture of ``points``, ``[n, ..]``, whose sum of absolute differences from ``target`` is least."""
    return _mixture(points, mixture_weights(target, points))


def mixture_weights(target: FloatArray, points: FloatArray) -> FloatArray:
    """The weights of that mixture, ``[n]``: exact for one or two points, by a linear program for more."""
    n = len(points)
    if n == 1:
        return np.ones(1)
    flat, goal = points.reshape(n, -1), target.ravel()
    if n == 2:
        share = least_absolute(flat[0] - goal, flat[1] - flat[0])
        return np.array([1 - share, share])
    from scipy.optimize import linprog

    size = len(goal)
    upper = np.block([[flat.T, -np.eye(size)], [-flat.T, -np.eye(size)]])
    solution = linprog(
        np.concatenate([np.zeros(n), np.ones(size)]),
        A_ub=upper,
        b_ub=np.concatenate([goal, -goal]),
        A_eq=np.concatenate([np.ones(n), np.zeros(size)])[None],
        b_eq=[1.0],
    )
    weights: FloatArray = np.maximum(solution.x[:n], 0.0)
    weights /= weights.sum()
    return weights


def least_absolute(constant: FloatArray, slope: FloatArray) -> float:
    """The x in [0, 1] that minimises the sum of ``|constant + x * slope|``; the least of them if there are several.

    The sum is convex and linear between the zeros of its terms, so that one of these, or an end, is best.
    """
    moving = slope != 0
    zeros = np.clip(-constant[moving] / slope[moving], 0.0, 1.0)
    tried = np.unique(np.concatenate([[0.0, 1.0], zeros]))
    sums = np.abs(constant + tried[:, None] * slope).sum(axis=1)
    return float(tried[np.argmin(sums)])


def _mixture(points: FloatArray, weights: FloatArray) -> FloatArray:
    result: FloatArray = np.tensordot(weights, points, axes=1)
    return result
