"""Learning dynamics that search a game tree for equilibria: annealed magnetic mirror descent and CFR+.

They repeat steps of :mod:`olivebranch.theory.tree.algorithms`. In two-player zero-sum games they converge to the
equilibria; outside of these nothing is promised, so a result carries its NashConv and counts as what it is, a
*numerical* equilibrium with that gap. Payoffs should be of the order of one, as in the war.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from olivebranch.theory.tree.algorithms import MirrorDescent, RegretMinimisation, TreeAlgorithm
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.evaluation import Evaluation, evaluate
from olivebranch.theory.tree.histories import GameTree, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile


@dataclass(frozen=True)
class NumericalEquilibrium:
    """A profile that a solver stopped at, and how far it is from an equilibrium.

    Attributes:
        solver: what found it.
        profile: the behaviour.
        evaluation: its exact evaluation; ``evaluation.nash_conv`` is the gap.
        steps: how many steps were taken.
        converged: whether NashConv is at most the tolerance that was asked for.
    """

    solver: str
    profile: BehaviourProfile
    evaluation: Evaluation
    steps: int
    converged: bool


def magnetic_mirror_descent(
    start: BehaviourProfile,
    *,
    steps: int = 4000,
    step_size: float = 10.0,
    temperature: tuple[float, float] = (0.1, 3e-5),
    tolerance: float = 1e-6,
) -> NumericalEquilibrium:
    """Annealed magnetic mirror descent with a uniform magnet; see :class:`MirrorDescent`.

    Its rest points at a given temperature are the agent logit equilibria. The temperature falls geometrically from its
    first to its second value.

    Args:
        start: where to begin.
        steps: the most steps to take.
        step_size: > 0, in units of one over payoffs. Large steps suit the war, whose equilibria are mostly pure on the
            path; where much is mixed, as in poker, they cycle, and only small ones help (or CFR+).
        temperature: first and last, > 0, in units of payoffs.
        tolerance: stop once NashConv is at most this.
    """
    algorithm = MirrorDescent(start)

    def step() -> None:
        level = temperature[0] * (temperature[1] / temperature[0]) ** (algorithm.done / max(steps - 1, 1))
        algorithm.step(step_size, level, averaged=False)

    return _search("magnetic mirror descent", algorithm, step, steps, tolerance, averages=False)


def cfr_plus(start: BehaviourProfile, *, steps: int = 2000, tolerance: float = 1e-6) -> NumericalEquilibrium:
    """CFR+ with alternating updates and linear averaging; see :class:`RegretMinimisation`.

    Outside two-player zero-sum games the average need not converge, and where it does not the last iterate may:
    the result is the one of the two with the lower NashConv.

    Args:
        start: behaviour for the first step, and until an information set has positive regret.
        steps: the most steps to take; each updates every player once.
        tolerance: stop once NashConv is at most this.
    """
    algorithm = RegretMinimisation(start, clipped=True, linear=True)
    return _search("CFR+", algorithm, algorithm.step, steps, tolerance, averages=True)


def _search(
    solver: str,
    algorithm: TreeAlgorithm,
    step: Callable[[], None],
    steps: int,
    tolerance: float,
    *,
    averages: bool,
    check_every: int = 50,
) -> NumericalEquilibrium:
    """Step until behaviour, or its average if ``averages``, is good enough, or the steps run out; the better one."""
    if steps < 1:
        raise ValueError(f"steps = {steps}: expected a whole number >= 1")
    while True:
        step()
        last = algorithm.done == steps
        if last or algorithm.done % check_every == 0:
            profile, evaluation = _best((algorithm.average(), algorithm.profile) if averages else (algorithm.profile,))
            if last or evaluation.nash_conv <= tolerance:
                break
    return NumericalEquilibrium(solver, profile.copy(), evaluation, algorithm.done, evaluation.nash_conv <= tolerance)


def _best(candidates: tuple[BehaviourProfile, ...]) -> tuple[BehaviourProfile, Evaluation]:
    return min(((profile, evaluate(profile)) for profile in candidates), key=lambda pair: pair[1].nash_conv)


def distinct(found: list[NumericalEquilibrium], threshold: float = 0.01) -> tuple[NumericalEquilibrium, ...]:
    """One of each kind: of equilibria that play alike, the one with the least gap.

    Two play alike if :func:`~olivebranch.theory.tree.distance.play_distance` is at most ``threshold``.
    """
    kept: list[NumericalEquilibrium] = []
    for candidate in sorted(found, key=lambda equilibrium: equilibrium.evaluation.nash_conv):
        if all(play_distance(candidate.profile, other.profile) > threshold for other in kept):
            kept.append(candidate)
    return tuple(kept)


def starts(tree: GameTree, generator: np.random.Generator, count: int) -> Iterator[BehaviourProfile]:
    """Starting points for a search: uniform play, then random ones that are nearly pure at each information set."""
    for k in range(count):
        if k == 0:
            yield uniform_profile(tree)
            continue
        tables: list[RealArray] = []
        for stage in tree.stages:
            weight = generator.standard_exponential((len(stage), tree.n_all_types, tree.game.n_actions)) ** 4
            weight = np.where(tree.moves.legal[stage.state], weight + 1e-3, 0.0)
            tables.append(weight / weight.sum(axis=2, keepdims=True))
        yield BehaviourProfile(tree, tuple(tables))
