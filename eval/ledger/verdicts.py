"""Shares with intervals, and what counts as agreement (docs/claims-learned.md, section 2).

The games are the clusters: runs of one game are averaged first, and an interval has as many trials as there are games.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from olivebranch.core.intervals import wilson_bounds
from olivebranch.games.base import FloatArray

Verdict = Literal["agrees", "departs", "undecided"]
AGREES, DEPARTS = 0.8, 0.5  # least share inside, surely; largest share inside, surely
MAJORITY = 2 / 3  # of learners, for the ledger's own verdict


@dataclass(frozen=True)
class Share:
    """In which share of games an event occurs.

    Attributes:
        value: the mean over games of the share of runs; NaN if there is none.
        low, high: Wilson's interval at 95 %; 0 and 1 if there is no game.
        games: how many counted.
    """

    value: float
    low: float
    high: float
    games: int

    @classmethod
    def of(cls, scores: FloatArray) -> "Share":
        """From the share of runs in each game, ``[games]``; NaN for games that do not count."""
        counted = scores[~np.isnan(scores)]
        if not counted.size:
            return cls(float("nan"), 0.0, 1.0, 0)
        low, high = wilson_bounds(float(counted.sum()), counted.size)
        return cls(float(counted.mean()), float(low), float(high), counted.size)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; null for a share of nothing."""
        return asdict(self) | {"value": None if np.isnan(self.value) else self.value}


@dataclass(frozen=True)
class Difference:
    """By how much a share exceeds another, with Newcombe's interval at 95 % (1998, Statistics in Medicine 17: 873-890,
    method 10); all from -1 to 1, and the widest interval if one of the two has no games."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, one: Share, other: Share) -> "Difference":
        """``one`` less ``other``."""
        if not one.games or not other.games:
            return cls(float("nan"), -1.0, 1.0)
        value = one.value - other.value
        down = np.hypot(one.value - one.low, other.high - other.value)
        up = np.hypot(one.high - one.value, other.value - other.low)
        return cls(value, float(value - down), float(value + up))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"value": None if np.isnan(self.value) else self.value}


def judge(inside: Share, difference: Difference) -> Verdict:
    """The verdict on one statement for one learner."""
    if inside.games and inside.low >= AGREES and difference.low > 0:
        return "agrees"
    if inside.games and (inside.high <= DEPARTS or difference.high <= 0):
        return "departs"
    return "undecided"


def jointly(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a claim for one learner, from those on its statements."""
    if all(verdict == "agrees" for verdict in verdicts):
        return "agrees"
    return "departs" if "departs" in verdicts else "undecided"


def majority(verdicts: Sequence[Verdict]) -> Verdict:
    """The ledger's own verdict on a claim, from those for its learners."""
    for verdict in ("agrees", "departs"):
        if sum(one == verdict for one in verdicts) >= MAJORITY * len(verdicts):
            return verdict
    return "undecided"
