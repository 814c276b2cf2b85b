"""Claims C10 and C11, about wars of several periods: random wars, and what is measured of play in them.

Wars are drawn over wide but plausible ranges. What separates the claims' condition from its absence is hidden
resilience (C10) and hidden will (C11): inside, two levels differ clearly; at the edge, little; outside, hardly at all,
so that there is nothing to learn from an offer, or from a patron's push (docs/claims-learned.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.games.rules import Action
from olivebranch.games.war import compile_war
from olivebranch.games.war_parameters import WarParameters
from olivebranch.theory.claims.play import Place
from olivebranch.theory.tree.dynamics import NumericalEquilibrium, cfr_plus, magnetic_mirror_descent
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.events import event_probability
from olivebranch.theory.tree.first_use import first_use
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

GAP = 1e-4  # NashConv, in shares of the stake, up to which a profile counts as an equilibrium
MARGIN = 0.05  # by which two probabilities must differ to count as different
SEEN = 0.01  # least probability of a patron's move at which play after it is read
LEVELS: Mapping[Place, tuple[float, float]] = {"inside": (0.2, 0.9), "edge": (0.02, 0.1), "outside": (0.0, 0.005)}
WILLS: Mapping[Place, tuple[float, float]] = {"inside": (0.03, 0.2), "edge": (0.004, 0.015), "outside": (0.0, 0.0005)}
HIGH, LOW = 0, 1  # resilience; a patron is resolute (0) or weary (1)
CLIENT, OPPONENT, PATRON = 0, 1, 2

C10_TITLE, C11_TITLE = "dynamics", "patron"
C10_WORDS = "In a war of several periods, the weak offer earlier than the resilient."
C11_WORDS = "A patron that pushes for talks shows low will; its opponent then holds out or escalates."


def random_war(
    generator: np.random.Generator, horizon: int = 2, levels: tuple[float, float] | None = None
) -> dict[str, Any]:
    """Parameters of a war on a grid of four steps, for :meth:`WarParameters.from_mapping`.

    Args:
        generator: of the draws.
        horizon: number of periods.
        levels: the range of the difference between the breakthrough probabilities of the two levels of resilience; by
            default these are drawn from separate ranges, 0.05 to 0.4 and 0.5 to 0.95.
    """

    def between(low: float, high: float) -> float:
        return float(generator.uniform(low, high))

    def breakthrough() -> tuple[float, float]:
        if levels is None:
            return between(0.05, 0.4), between(0.5, 0.95)
        difference = between(*levels)
        low = between(0.05, 0.95 - difference)
        return low, low + max(difference, 1e-6)

    high_a, high_b = between(0.2, 0.8), between(0.2, 0.8)
    return {
        "horizon": horizon,
        "grid": 4,
        "start": int(generator.integers(1, 4)),
        "breakthrough_a": breakthrough(),
        "breakthrough_b": breakthrough(),
        "prior_a": (high_a, 1 - high_a),
        "prior_b": (high_b, 1 - high_b),
        "war_cost": (between(0.005, 0.06), between(0.005, 0.06)),
        "escalation_cost": (between(0.02, 0.3), between(0.02, 0.3)),
        "pressure": between(0.0, 0.8),
        "shelter": between(0.0, 0.5),
        "face_cost": between(0.02, 0.2),
        "defeat_cost": between(0.0, 0.6),
    }


def random_patron(generator: np.random.Generator, wills: tuple[float, float] = WILLS["inside"]) -> dict[str, Any]:
    """A patron of A; ``wills`` is the range of the difference between what aid costs the weary and the resolute."""
    cost = float(generator.uniform(0, 0.03))
    return {
        "patron": {
            "client": "A",
            "prior": (0.5, 0.5),
            "aid_cost": (cost, cost + float(generator.uniform(*wills))),
            "aid_effect": float(generator.uniform(0.3, 0.7)),
            "stake": float(generator.uniform(0.3, 1.0)),
        }
    }


def war_of(place: Place, horizon: int, patron: bool, generator: np.random.Generator) -> CompiledGame:
    """A random war of one place, compiled; with a patron, places differ in its will, else in resilience."""
    values = random_war(generator, horizon, None if patron else LEVELS[place])
    if patron:
        values |= random_patron(generator, WILLS[place])
    return compile_war.__wrapped__(WarParameters.from_mapping(values))


def solve_war(
    tree: GameTree, cfr_steps: int = 600, mirror_steps: int = 1000
) -> tuple[NumericalEquilibrium | None, ...]:
    """What CFR+ and annealed magnetic mirror descent stop at from uniform play; None where NashConv exceeds ``GAP``.

    The second follows the agent logit equilibria as temperature falls, so it stands for the limit of logit play.
    """
    start = uniform_profile(tree)
    found = (
        cfr_plus(start, steps=cfr_steps, tolerance=GAP),
        magnetic_mirror_descent(start, steps=mirror_steps, tolerance=GAP),
    )
    return tuple(one if one.converged else None for one in found)


@dataclass(frozen=True)
class WarPlay:
    """What C10 looks at.

    Attributes:
        hazard: of a first offer, ``[periods, sides, types]``; NaN where nobody is left to make one.
        ever: probability of ever offering, ``[sides, types]``.
        talks: probability that talks open.
    """

    hazard: FloatArray
    ever: FloatArray
    talks: float


def war_play(profile: BehaviourProfile) -> WarPlay:
    """Of a profile of a war whose sides move at the same time, without third parties: periods are stages."""
    uses = [first_use(profile, side, Action.OFFER_TALKS) for side in (CLIENT, OPPONENT)]
    opened = np.array([label == "talks open" for label in profile.tree.game.edge_labels])
    return WarPlay(
        np.stack([use.hazard for use in uses], axis=1),
        np.stack([use.ever for use in uses]),
        event_probability(profile, opened).total,
    )


def weak_first(hazard: FloatArray) -> FloatArray:
    """Whether the weak are the first to offer, by side, ``[.., sides]``.

    It is 1 if in period 1 their hazard of a first offer is higher by ``MARGIN``, 0 if the resilient's is, NaN if the
    two are alike. ``hazard`` is ``[.., periods, sides, types]``.
    """
    gap = hazard[..., 0, :, LOW] - hazard[..., 0, :, HIGH]
    return np.where(gap > MARGIN, 1.0, np.where(gap < -MARGIN, 0.0, np.nan))


@dataclass(frozen=True)
class PatronPlay:
    """What C11 looks at, after the patron's aid (0) and after its push for talks (1) in period 1.

    Attributes:
        reach: probability of either move, ``[2]``.
        belief: the opponent's belief that the patron is resolute, ``[2]``; NaN where the move does not occur.
        escalates, offers: probability that the opponent does, ``[2]``; NaN likewise.
    """

    reach: FloatArray
    belief: FloatArray
    escalates: FloatArray
    offers: FloatArray

    @property
    def row(self) -> FloatArray:
        """All of it, ``[4, 2]``."""
        return np.stack([self.reach, self.belief, self.escalates, self.offers])


def patron_play(profile: BehaviourProfile) -> PatronPlay:
    """Of a profile of a war with a patron of A and simultaneous moves: stage 0 is the patron's, stage 1 the sides'."""
    tree = profile.tree
    level = information_sets(profile)[1]
    resolute = tree.game.profile_types[:, PATRON] == 0
    aid = np.array([tree.game.states[state].aid for state in tree.stages[1].state])
    columns = tree.types_of(OPPONENT)
    found = np.full((4, 2), np.nan)
    for move, given in enumerate((True, False)):
        h = int(np.flatnonzero(aid == given)[0])
        reach = level.reach[h, columns]
        found[0, move] = reach.sum()
        if reach.sum() > 0:
            belief = level.beliefs[h, columns][:, resolute].sum(axis=1)
            play = profile.of(OPPONENT, 1)[h]
            found[1:, move] = (reach / reach.sum()) @ np.stack(
                [belief, play[:, Action.ESCALATE], play[:, Action.OFFER_TALKS]], axis=1
            )
    return PatronPlay(*found)


def push_backfires(rows: FloatArray) -> FloatArray:
    """Whether a push does what C11 says, ``[..]``, from rows ``[.., 4, 2]`` (see ``PatronPlay.row``).

    It is 1 if after a push the patron is thought weaker, and its opponent escalates more or offers less, each by
    ``MARGIN``; 0 if not; NaN where one of the patron's moves has a probability below ``SEEN``.
    """
    reach, belief, escalates, offers = np.moveaxis(rows, -2, 0)
    weaker = belief[..., 1] < belief[..., 0] - MARGIN
    harsher = (escalates[..., 1] > escalates[..., 0] + MARGIN) | (offers[..., 1] < offers[..., 0] - MARGIN)
    return np.where((reach >= SEEN).all(axis=-1), (weaker & harsher).astype(np.float64), np.nan)
