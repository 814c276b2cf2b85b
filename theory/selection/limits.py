"""To which component of the talks game does logit play tend, from uniform play on (docs/selection.md, section 3)?

The branch reaches its end with a fixed point of index +1, so that only components of index +1 can be its limit. Where
there is one only, no more needs to be known; else the branch is followed.
"""

import numpy as np

from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.talks import TalksColumns, TalksParameters, compile_talks, each_game
from olivebranch.theory.quantal_response.branch import BranchPoint
from olivebranch.theory.quantal_response.limit import LogitLimit, logit_limit
from olivebranch.theory.selection.basins import distances
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.kernel import ROWS
from olivebranch.theory.tree.histories import unroll

UNKNOWN = -1


def limits_by_index(terms: Terms) -> IntArray:
    """The row to which the branch tends, ``[n]``, where only one component has index +1; ``UNKNOWN`` elsewhere."""
    positive = component_indices(terms) > 0
    return np.where(positive.sum(axis=1) == 1, positive.argmax(axis=1), UNKNOWN)


def limits(terms: Terms) -> IntArray:
    """The row to which the branch tends, ``[n]``: by index where that is enough, else by following the branch (some
    tenth of a second a game). ``UNKNOWN`` where it remains undecided, or leads where no branch can."""
    found = limits_by_index(terms)
    unknown = np.flatnonzero(found == UNKNOWN)
    positive = component_indices(terms) > 0
    for game, parameters in zip(unknown, each_game(terms.take(unknown).games), strict=True):
        row = follow(parameters)[0]
        if row is not None and positive[game, row]:
            found[game] = row
    return found


def follow(parameters: TalksParameters) -> tuple[int | None, LogitLimit]:
    """Follow the branch of one game: the row to which it tends, None if undecided, and how near it came.

    Positions in the result's ``candidate`` count the components of the game in the order of the table.
    """
    terms = Terms.of(TalksColumns.of([parameters]))
    rows = np.flatnonzero(terms.exists[0])
    tree = unroll(compile_talks(parameters))

    def gaps(point: BranchPoint) -> FloatArray:
        at = TalksBehaviour.of(point.profile)
        state = np.array([at.offer_high, at.offer_low, at.escalate_after_offer, at.escalate_after_fight])
        result: FloatArray = distances(terms, state[None, None])[0, 0, rows]
        return result

    found = logit_limit(tree, gaps)
    return (None if found.candidate is None else int(rows[found.candidate])), found


def row_name(row: int) -> str:
    """The name of a row, or ``"undecided"``."""
    return ROWS[row] if row >= 0 else "undecided"
