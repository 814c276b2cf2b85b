"""To which component of the talks game does logit play tend, from uniform play on (docs/selection.md, section 3)?

The branch reaches its end with a fixed point of index +1, so that only components of index +1 can be its limit. Where
there is one only, no more needs to be known; else the branch is followed.
"""

import numpy as np

from olivebranch.games.actions import Action
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.talks import HIGH, LOW, RANGES, TalksParameters, compile_talks
from olivebranch.theory.selection.basins import distances
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.kernel import ROWS
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.logit_branch import BranchPoint
from olivebranch.theory.tree.logit_limit import LogitLimit, logit_limit

UNKNOWN = -1


def limits_by_index(terms: Terms) -> IntArray:
    """The row to which the branch tends, ``[n]``, where only one component has index +1; ``UNKNOWN`` elsewhere."""
    positive = component_indices(terms) > 0
    return np.where(positive.sum(axis=1) == 1, positive.argmax(axis=1), UNKNOWN)


def limits(terms: Terms) -> IntArray:
    """The row to which the branch tends, ``[n]``: by index where that is enough, else by following the branch (some
    tenth of a second a game). ``UNKNOWN`` where it remains undecided, or leads where no branch can."""
    found = limits_by_index(terms)
    positive = component_indices(terms) > 0
    for game in np.flatnonzero(found == UNKNOWN):
        row = follow(_parameters(terms, int(game)))[0]
        if row is not None and positive[game, row]:
            found[game] = row
    return found


def follow(parameters: TalksParameters) -> tuple[int | None, LogitLimit]:
    """Follow the branch of one game: the row to which it tends, None if undecided, and how near it came.

    Positions in the result's ``candidate`` count the components of the game in the order of the table.
    """
    values = parameters.as_dict()
    terms = Terms.of(np.array([[float(values[name]) for name in RANGES]]))
    rows = np.flatnonzero(terms.exists[0])
    tree = unroll(compile_talks(parameters))

    def gaps(point: BranchPoint) -> FloatArray:
        result: FloatArray = distances(terms, _state(tree, point)[None, None])[0, 0, rows]
        return result

    found = logit_limit(tree, gaps)
    return (None if found.candidate is None else int(rows[found.candidate])), found


def _state(tree: GameTree, point: BranchPoint) -> FloatArray:
    """(x_H, x_L, q, r) at a point of the branch, ``[4]``."""
    first, second = point.profile.of(0, 0)[0], point.profile.of(1, 1)[:, 0]
    replies = []
    for message in (Action.OFFER_TALKS, Action.FIGHT):
        edge = tree.game.edge_start[0, tree.game.joint_index(np.array([message, Action.FIGHT]))]
        replies.append(int(np.flatnonzero(tree.stages[1].edge == edge)[0]))
    return np.array(
        [first[HIGH, Action.OFFER_TALKS], first[LOW, Action.OFFER_TALKS], *second[replies, Action.ESCALATE]]
    )


def _parameters(terms: Terms, game: int) -> TalksParameters:
    return TalksParameters(**dict(zip(RANGES, terms.parameters[game].tolist(), strict=True)))


def row_name(row: int) -> str:
    """The name of a row, or ``"undecided"``."""
    return ROWS[row] if row >= 0 else "undecided"
