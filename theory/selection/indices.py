"""The index of every component of the talks game, in closed form (docs/selection.md, sections 3 and 4).

A component's index is that of the fixed points of (best replies, Bayes' rule, best replies) that make it up. However
play is perturbed, if slightly, the equilibria of the perturbed game near the component have signs that sum to its
index; a component of another index than zero therefore survives every form of exploration. The indices of the
components of a game sum to +1.
"""

import numpy as np

from olivebranch.games.base import IntArray
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.talks.kernel import (
    BOTH_MIX,
    HIGH_FIGHTS_LOW_MIXES,
    HIGH_TALKS_LOW_MIXES,
    LOW_TALKS,
    LOW_TALKS_HIGH_MIXES,
    POOL_FIGHT,
    POOL_TALK,
    ROWS,
)


def component_indices(terms: Terms) -> IntArray:
    """The index of each component of ``n`` games, ``[n, 9]``; 0 also where the component does not exist.

    Meaningful off knife edges only (see ``Terms.margin``); the two rows that occur on knife edges only count 0.
    """
    found = np.zeros((len(terms), len(ROWS)), dtype=np.int64)
    offer_threshold, fight_threshold = terms.threshold[:, OFFER], terms.threshold[:, FIGHT]
    found[:, POOL_TALK] = ~(terms.fight_tempts & terms.open_reply[:, FIGHT])
    found[:, POOL_FIGHT] = (terms.inference > 0) | (offer_threshold >= 1)
    found[:, LOW_TALKS] = 1
    found[:, HIGH_TALKS_LOW_MIXES] = found[:, HIGH_FIGHTS_LOW_MIXES] = 1  # the weak chase, the receiver flees
    found[:, LOW_TALKS_HIGH_MIXES] = -1
    found[:, BOTH_MIX] = np.where(offer_threshold > fight_threshold, 1, -1)
    return found * terms.exists
