"""Numerical equilibria of any game whose tree fits: searched for, polished, told apart, and named by what is played.

The solvers of :mod:`olivebranch.theory.tree.dynamics` start from several points; what they stop at is polished
(:mod:`~olivebranch.theory.equilibria.polish`) until NashConv is at most a millionth of the range of payoffs, where that
can be done. A two-player game of constant sum is solved by one linear program. Everything found carries its exact
NashConv. Others may exist, and what is found is Nash, not always rational off the path: :func:`rationality_gap` tells.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.theory.equilibria import cache
from olivebranch.theory.equilibria.components import Distances
from olivebranch.theory.equilibria.names import names_of
from olivebranch.theory.equilibria.polish import MOST_SEQUENCES, polish
from olivebranch.theory.quantal_response.path import logit_equilibrium
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.dynamics import (
    NumericalEquilibrium,
    cfr_plus,
    distinct,
    magnetic_mirror_descent,
    starts,
)
from olivebranch.theory.tree.evaluation import evaluate, information_sets
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile
from olivebranch.theory.tree.sequence_form import count_sequences

DYNAMICS = {"mmd": magnetic_mirror_descent, "cfr+": cfr_plus}
LOGIT, LINEAR_PROGRAM = "logit", "lp"
SOLVERS = (*DYNAMICS, LOGIT, LINEAR_PROGRAM)
APART = 0.01  # equilibria whose plays are nearer to each other, in total variation, count as one
POLISHED_TO = 1e-9  # NashConv at which polishing stops, over the range of payoffs
ROUGH = 1e-3  # NashConv over the range of payoffs above which what a solver stopped at is no equilibrium


@dataclass(frozen=True)
class Search:
    """How to look for equilibria.

    Attributes:
        solvers: of ``SOLVERS``; none: ``"lp"`` in a two-player game of constant sum, else ``"mmd"`` and ``"cfr+"``.
        starts: starting points of the dynamics: uniform play, then nearly pure random ones.
        steps: the most steps that a solver takes.
        tolerance: NashConv over the range of payoffs from which on a result counts as converged.
        seed: of the random starts.
    """

    solvers: tuple[str, ...] = ()
    starts: int = 3
    steps: int = 1000
    tolerance: float = 1e-6
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.solvers:
            if name not in SOLVERS:
                raise ParameterError("solver", name, one_of(SOLVERS, name))
        for key in ("starts", "steps"):
            if getattr(self, key) < 1:
                raise ParameterError(key, getattr(self, key), "a whole number of at least 1")
        if not self.tolerance > 0:
            raise ParameterError("tolerance", self.tolerance, "a number above 0")


@dataclass(frozen=True)
class NumericalComponent:
    """A numerical equilibrium with a name; it is one point, and distances from it are between plays.

    Attributes:
        name: from what is played, see :mod:`~olivebranch.theory.equilibria.names`.
        equilibrium: behaviour, exact evaluation, and how it was found.
    """

    name: str
    equilibrium: NumericalEquilibrium

    def distances(self, profile: BehaviourProfile) -> Distances:
        """See :class:`~olivebranch.theory.equilibria.components.Component`; nothing is said of play off the path."""
        return Distances(play_distance(profile, self.equilibrium.profile), None)

    def profile(self) -> BehaviourProfile:
        """See :class:`~olivebranch.theory.equilibria.components.Component`."""
        return self.equilibrium.profile


def rationality_gap(profile: BehaviourProfile) -> float:
    """The most that any type loses anywhere against its best continuation, where Bayes' rule gives a belief."""
    gaps = [level.rationality_gap for level in information_sets(profile)]
    return max((float(np.nanmax(gap)) for gap in gaps if not np.isnan(gap).all()), default=0.0)


@dataclass(frozen=True)
class NumericalEquilibria:
    """What a search has found.

    Attributes:
        components: the distinct equilibria, by name. Only those that have converged, where there are such.
        solvers: those that were used.
        searches: how many times one ran.
        left_out: how many distinct results have not converged while others have.
        payoff_range: the unit of ``Search.tolerance``.
    """

    components: tuple[NumericalComponent, ...]
    solvers: tuple[str, ...]
    searches: int
    left_out: int
    payoff_range: float

    @property
    def gap(self) -> float:
        """The largest NashConv of an equilibrium, in the game's payoffs."""
        return max(c.equilibrium.evaluation.nash_conv for c in self.components)


Job = Callable[[], NumericalEquilibrium]
Watch = Callable[[Sequence[Job], str], Iterable[Job]]


def unwatched(jobs: Sequence[Job], what: str) -> Iterable[Job]:
    """Goes through the jobs and shows nothing."""
    return jobs


def find_equilibria(
    tree: GameTree, search: Search | None = None, watch: Watch = unwatched, cached: bool = True
) -> NumericalEquilibria:
    """Search a game for equilibria, or take what an earlier search with the same settings has found from the cache.

    Args:
        tree: the game's tree.
        search: how to look.
        watch: goes through the jobs of a search, given with a word for what they do; a place for a progress bar.
        cached: look into the cache first, and keep there what is found.

    Raises:
        ParameterError: ``"lp"`` is asked for in a game that is not a two-player game of constant sum.
    """
    search = search or Search()
    spread = payoff_range(tree.game)
    unit = spread if spread > 0 else 1.0
    solvers = _solvers(tree, search)
    key = cache.cache_key(tree.game, repr(replace(search, solvers=solvers)))
    found = cache.load(key, tree, search.tolerance * unit) if cached else None
    if found is None:
        # payoffs of the order of one, as the dynamics want them; a power of two, so that scaling rounds nothing
        scaled = _scaled(tree, 2.0 ** -np.ceil(np.log2(unit / 2.0)))
        rough = [job() for job in watch(_jobs(scaled, solvers, search), "searching")]
        polished = [job() for job in watch(_polishing(rough), "polishing")]
        found = tuple(_on(tree, equilibrium, search.tolerance * unit) for equilibrium in distinct(polished, APART))
        if cached:
            cache.store(key, found)
    converged = tuple(equilibrium for equilibrium in found if equilibrium.converged)
    kept = converged or tuple(e for e in found if e.evaluation.nash_conv <= ROUGH * unit) or found[:1]
    named = map(NumericalComponent, names_of([equilibrium.profile for equilibrium in kept]), kept)
    components = tuple(sorted(named, key=lambda component: component.name))
    searches = len(_jobs(tree, solvers, search))
    return NumericalEquilibria(components, solvers, searches, len(found) - len(kept) if converged else 0, spread)


def _solvers(tree: GameTree, search: Search) -> tuple[str, ...]:
    one_program = is_constant_sum(tree.game) and count_sequences(tree) <= MOST_SEQUENCES
    if LINEAR_PROGRAM in search.solvers and not one_program:
        others = ", ".join(name for name in SOLVERS if name != LINEAR_PROGRAM)
        size = f"with at most {MOST_SEQUENCES:,} sequences"
        raise ParameterError("solver", LINEAR_PROGRAM, f"a two-player game of constant sum {size}, or one of {others}")
    return search.solvers or ((LINEAR_PROGRAM,) if one_program else tuple(DYNAMICS))


def _jobs(tree: GameTree, solvers: Sequence[str], search: Search) -> list[Job]:
    jobs: list[Job] = []
    points = list(starts(tree, np.random.default_rng(search.seed), search.starts))
    for name in solvers:
        if name == LOGIT:
            jobs.append(lambda: logit_equilibrium(tree, tolerance=search.tolerance))
        elif name == LINEAR_PROGRAM:
            jobs.append(lambda: _solve_constant_sum(tree))
        else:
            for point in points:
                jobs.append(_dynamics_job(name, point, search))
    return jobs


def _dynamics_job(name: str, start: BehaviourProfile, search: Search) -> Job:
    return lambda: DYNAMICS[name](start, steps=search.steps, tolerance=search.tolerance)


def _solve_constant_sum(tree: GameTree) -> NumericalEquilibrium:
    """One linear program without a trust region, then a few near its solution if rounding has left something."""
    solved = polish(uniform_profile(tree), tolerance=POLISHED_TO, programs=3, radius=1.0)
    return NumericalEquilibrium("linear program", solved.profile, solved.evaluation, solved.programs, True)


def _polishing(found: Sequence[NumericalEquilibrium]) -> list[Job]:
    """A job for each of the distinct ones among those found."""

    def job(rough: NumericalEquilibrium) -> Job:
        def run() -> NumericalEquilibrium:
            better = polish(rough.profile, tolerance=POLISHED_TO)
            return replace(rough, profile=better.profile, evaluation=better.evaluation)

        return run

    return [job(rough) for rough in distinct(list(found), APART)]


def _on(tree: GameTree, equilibrium: NumericalEquilibrium, tolerance: float) -> NumericalEquilibrium:
    """The same equilibrium in the game's own payoffs."""
    profile = BehaviourProfile(tree, equilibrium.profile.stages)
    evaluation = evaluate(profile)
    return replace(equilibrium, profile=profile, evaluation=evaluation, converged=evaluation.nash_conv <= tolerance)


def _scaled(tree: GameTree, factor: float) -> GameTree:
    return replace(tree, moves=tree.moves._replace(reward=tree.moves.reward * factor))


def payoff_range(game: CompiledGame) -> float:
    """The largest difference between two payoffs of one player over all plays and types, or a little more.

    Chance counts as if it could always be the best or the worst that it can be.
    """
    most, least = _extremes(game, game.edge_reward)
    return float((most - least).max(initial=0.0))


def is_constant_sum(game: CompiledGame) -> bool:
    """Whether two players share the same sum whatever happens, but for rounding."""
    if game.n_players != 2:
        return False
    most, least = _extremes(game, game.edge_reward.sum(axis=1, keepdims=True))
    spread = payoff_range(game)
    return bool(most.max() - least.min() <= 1e-12 * max(spread, 1e-300))


def _extremes(game: CompiledGame, reward: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The largest and the least sum of rewards that a play can have; each ``[n]`` for rewards ``[n_edges, n, ..]``.

    Only type profiles and edges that are possible count.
    """
    possible = game.prior > 0
    n = reward.shape[1]
    results = []
    for sign in (1.0, -1.0):
        gains = np.where(game.edge_probability[:, None, :] > 0, sign * reward, -np.inf)[:, :, possible]
        best = np.where(game.terminal[:, None, None], 0.0, np.full((game.n_states, n, int(possible.sum())), -np.inf))
        for _ in range(game.max_stages):
            np.maximum.at(best, game.edge_source, gains + best[game.edge_next])
        results.append(best[0])
    # over type profiles: the most of the best, and the least of the worst
    return results[0].max(axis=1), (-results[1]).min(axis=1)
