"""The exact probability that something public happens in the course of a play, e.g. that talks open."""

from dataclasses import dataclass, replace

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.profiles import BehaviourProfile


@dataclass(frozen=True)
class EventProbability:
    """How often plays take one of a set of edges; if a play can take several, the expected number that it takes.

    Attributes:
        total: over all plays.
        by_type: for each player, given its type, ``[n_types]``; NaN for a type that cannot occur.
    """

    total: float
    by_type: tuple[FloatArray, ...]


def event_probability(profile: BehaviourProfile, edges: BoolArray) -> EventProbability:
    """The probability that play takes one of the ``edges`` (``[n_edges]``, True for those meant).

    ValueError as for :func:`olivebranch.theory.tree.evaluation.evaluate`.
    """
    tree, game = profile.tree, profile.tree.game
    # the value of a game that pays everyone one for each such edge
    taken = game.edge_probability * np.asarray(edges)[:, None]
    count = np.add.reduceat(taken, tree.moves.edge_start[:-1], axis=0) if len(taken) else taken
    reward = np.ascontiguousarray(np.broadcast_to(count[:, None, :], tree.moves.reward.shape))
    moves = tree.moves._replace(reward=reward, paying=np.any(reward, axis=(1, 2)))
    result = evaluate(BehaviourProfile(replace(tree, moves=moves), profile.stages))
    return EventProbability(float(result.values[0]), result.values_by_type)
