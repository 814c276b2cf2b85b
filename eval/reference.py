"""What is known of a game's equilibria, and how far a profile is from the nearest of them (docs/evaluation.md).

Talks, demonstration and Kuhn poker have closed forms. Those of the talks game and of Kuhn poker are complete; that of
the demonstration game gives the equilibrium of interest in its two forms, and there may be others. Wars have numerical
equilibria: what the solvers of :mod:`olivebranch.theory.tree.dynamics` find from a few starts, with its NashConv;
there may be others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.eval.behaviour import DemonstrationBehaviour
from olivebranch.eval.comparison import REACHED, compare, outcome_distribution
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.demonstration import DemonstrationParameters
from olivebranch.games.kuhn import compile_kuhn, equilibrium_behaviour
from olivebranch.games.talks import TalksParameters
from olivebranch.games.war_parameters import WarParameters
from olivebranch.theory.talks.demonstration import DemonstrationEquilibrium, solve_demonstration
from olivebranch.theory.talks.solve import solve_talks
from olivebranch.theory.tree.dynamics import cfr_plus, distinct, magnetic_mirror_descent, play_distance, starts
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, build_profile

NONE = "none"
CLOSED_FORM = "closed form"

SOLVERS = (magnetic_mirror_descent, cfr_plus)
STARTS, STEPS, TOLERANCE, START_SEED = 3, 1000, 1e-4, 0  # of the search in a war: seconds, and small gaps
LARGEST_GAP = 1e-3  # NashConv above which what a solver stopped at is no reference, unless nothing better was found


@dataclass(frozen=True)
class Nearest:
    """The known equilibrium that is nearest to a profile. Distances are total variation, in [0, 1].

    Attributes:
        component: its name; ``"none"`` where no equilibrium of the game is known.
        on_path: between what the two bring about. In talks and demonstrations exact, between the distributions of
            (type, message, reply); elsewhere the upper bound of
            :func:`~olivebranch.theory.tree.dynamics.play_distance`, the larger of both directions. NaN where no
                equilibrium is known.
        off_path: the largest distance of replies to unused messages from those that support the component; None
            where the reference says nothing of play off the path.
        reached: whether neither exceeds the tolerance.
    """

    component: str
    on_path: float
    off_path: float | None
    reached: bool

    @property
    def name_if_reached(self) -> str:
        """The component if play has reached it, off the path included where that is known, else ``"none"``."""
        return self.component if self.reached else NONE

    @property
    def name_if_outcome_reached(self) -> str:
        """The component if play has reached its outcome, whatever happens off the path, else ``"none"``."""
        return self.component if self.on_path < REACHED else NONE


@dataclass(frozen=True)
class Reference:
    """The known equilibria of one game.

    Attributes:
        names: of the components; empty where none is known.
        source: ``"closed form"``, or ``"numerical, NashConv <= GAP"``.
        nearest: the nearest of them to a profile on the game's tree.
    """

    names: tuple[str, ...]
    source: str
    nearest: Callable[[BehaviourProfile], Nearest]


@cache
def reference_of(kind: str, parameters: Any) -> Reference:
    """What is known of a game's equilibria; found once in a process.

    Args:
        kind: which rules, a key of :data:`olivebranch.games.registry.game_kinds`.
        parameters: validated, as :meth:`olivebranch.train.config.GameConfig.parsed` gives them.

    Raises:
        ParameterError: there are no such rules.
        TreeTooLarge: the tree of a war does not fit into memory.
    """
    if kind not in _REFERENCES:
        raise ParameterError("rules", kind, one_of(_REFERENCES, kind))
    return _REFERENCES[kind](parameters)


def _found(component: str, on_path: float, off_path: float | None = None) -> Nearest:
    return Nearest(component, on_path, off_path, max(on_path, off_path or 0.0) < REACHED)


def _talks(parameters: TalksParameters) -> Reference:
    solution = solve_talks(parameters)

    def nearest(profile: BehaviourProfile) -> Nearest:
        found = compare(parameters, solution, profile).nearest
        return _found(found.component, found.on_path, found.off_path)

    return Reference(solution.names, CLOSED_FORM, nearest)


def _demonstration(parameters: DemonstrationParameters) -> Reference:
    known = solve_demonstration(parameters)
    prior = np.array([parameters.prior_high, 1 - parameters.prior_high], dtype=np.float64)

    def distance(behaviour: DemonstrationBehaviour, equilibrium: DemonstrationEquilibrium) -> Nearest:
        least, most = np.array(equilibrium.escalate).T
        # The intervals are of positive length off the path only, so clipping to them minimises both distances.
        escalate = np.clip(behaviour.escalate, least, most)
        theirs = DemonstrationBehaviour(equilibrium.strategy, escalate)
        learned = outcome_distribution(prior, behaviour.strategy, behaviour.reply)
        gap = np.abs(learned - outcome_distribution(prior, theirs.strategy, theirs.reply)).sum() / 2
        unused = np.setdiff1d(np.arange(len(escalate)), equilibrium.messages)
        return _found(equilibrium.name, float(gap), float(np.abs(behaviour.escalate - escalate)[unused].max()))

    def nearest(profile: BehaviourProfile) -> Nearest:
        behaviour = DemonstrationBehaviour.of(profile)
        distances = [distance(behaviour, equilibrium) for equilibrium in known]
        return min(distances, key=lambda d: (d.on_path, d.off_path), default=Nearest(NONE, np.nan, None, False))

    return Reference(tuple(equilibrium.name for equilibrium in known), CLOSED_FORM, nearest)


def kuhn_equilibrium(jack_bets: float) -> BehaviourProfile:
    """Kuhn's equilibrium in which the first player bets a jack with probability ``jack_bets``, in [0, 1/3]."""
    table, game = equilibrium_behaviour(jack_bets), compile_kuhn()

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        cards = zip(own_type.tolist(), public_state.tolist(), strict=True)
        bets = np.array([table[seat, card, str(game.states[number])] for card, number in cards])
        return np.stack([1 - bets, bets], axis=1)

    return build_profile(unroll(game), behaviour)


def _kuhn(_: Any) -> Reference:
    ends = [kuhn_equilibrium(jack_bets) for jack_bets in (0.0, 1 / 3)]

    def nearest(profile: BehaviourProfile) -> Nearest:
        def distance(share: float) -> float:
            # behaviour is affine in the family's parameter
            stages = [(1 - share) * a + share * b for a, b in zip(*(end.stages for end in ends), strict=True)]
            return _both_ways(profile, BehaviourProfile(ends[0].tree, tuple(stages)))

        # Piecewise smooth and not unimodal in general: the best of a grid, then a search between its neighbours.
        grid = np.linspace(0, 1, 21)
        best = min(grid.tolist(), key=distance)
        bounds = (max(best - grid[1], 0.0), min(best + grid[1], 1.0))
        refined = minimize_scalar(distance, bounds=bounds, method="bounded", options={"xatol": 1e-4})
        return _found("kuhn-1950", min(distance(best), float(refined.fun)))

    return Reference(("kuhn-1950",), CLOSED_FORM, nearest)


def _war(parameters: WarParameters) -> Reference:
    tree = unroll(parameters.compile())
    found = [
        solver(start, steps=STEPS, tolerance=TOLERANCE)
        for start in starts(tree, np.random.default_rng(START_SEED), STARTS)
        for solver in SOLVERS
    ]
    found.sort(key=lambda equilibrium: equilibrium.evaluation.nash_conv)
    good = [equilibrium for equilibrium in found if equilibrium.evaluation.nash_conv <= LARGEST_GAP]
    # nearer to each other than the tolerance, two could not be told apart
    kept = distinct(good or found[:1], REACHED)
    names = tuple(f"numerical-{number}" for number in range(1, len(kept) + 1))
    gap = max(equilibrium.evaluation.nash_conv for equilibrium in kept)

    def nearest(profile: BehaviourProfile) -> Nearest:
        distances = (_both_ways(profile, equilibrium.profile) for equilibrium in kept)
        return min(map(_found, names, distances), key=lambda d: d.on_path)

    return Reference(names, f"numerical, NashConv <= {gap:.0e}", nearest)


def _both_ways(first: BehaviourProfile, second: BehaviourProfile) -> float:
    return max(play_distance(first, second), play_distance(second, first))


_REFERENCES: dict[str, Callable[[Any], Reference]] = {
    "talks": _talks,
    "demonstration": _demonstration,
    "kuhn": _kuhn,
    "war": _war,
}
