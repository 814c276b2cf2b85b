"""Learning dynamics that search a game tree for equilibria: annealed magnetic mirror descent and CFR+.

Both are exact, not sampled: each step reads the counterfactual values of the whole tree. In two-player zero-sum games
they converge to the equilibria; outside of these nothing is promised, so a result carries its NashConv and counts as
what it is, a *numerical* equilibrium with that gap. Payoffs should be of the order of one, as in the war.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.theory.tree.evaluation import Evaluation, counterfactual_values, evaluate
from olivebranch.theory.tree.histories import GameTree, RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile
from olivebranch.theory.tree.steps import accumulate, average_profile, mirror_step, regret_step


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
    """Annealed magnetic mirror descent with a uniform magnet (Sokota et al. 2023, arXiv 2206.05825).

    At each information set, with action values Q against the present profile, the next behaviour is proportional to
    ``(p * exp(step_size * Q)) ** (1 / (1 + step_size * temperature))``; its rest points at a given temperature are the
    agent logit equilibria. The temperature falls geometrically from its first to its second value.

    Args:
        start: where to begin.
        steps: the most steps to take.
        step_size: > 0, in units of one over payoffs. Large steps suit the war, whose equilibria are mostly pure on the
            path; where much is mixed, as in poker, they cycle, and only small ones help (or CFR+).
        temperature: first and last, > 0, in units of payoffs.
        tolerance: stop once NashConv is at most this.
    """
    tree = start.tree
    with np.errstate(divide="ignore"):
        # a floor, so that a start with zeros can leave them; far down, so that a pure one stays for a while
        logits: list[FloatArray] = [np.maximum(np.log(table.astype(np.float64)), -30.0) for table in start.stages]
    tables: list[FloatArray] = [table.astype(np.float64) for table in start.stages]
    magnets = [np.zeros_like(table) for table in tables]

    def profiles() -> Iterator[BehaviourProfile]:
        for k in range(steps):
            level = temperature[0] * (temperature[1] / temperature[0]) ** (k / max(steps - 1, 1))
            values, _ = counterfactual_values(BehaviourProfile(tree, tuple(tables)))
            for t, stage in enumerate(tree.stages):
                mirror_step(
                    tables[t], logits[t], magnets[t], values[t].values, values[t].reach, stage.state, tree.moves.legal,
                    step_size, level,
                )  # fmt: skip
            yield BehaviourProfile(tree, tuple(tables))

    return _run("magnetic mirror descent", profiles(), lambda profile: (profile,), tolerance)


def cfr_plus(start: BehaviourProfile, *, steps: int = 2000, tolerance: float = 1e-6) -> NumericalEquilibrium:
    """CFR+ with alternating updates and linear averaging (Tammelin 2014, arXiv 1407.5042).

    Outside two-player zero-sum games the average need not converge, and where it does not the last iterate may:
    the result is the one of the two with the lower NashConv.

    Args:
        start: behaviour for the first step, and until an information set has positive regret.
        steps: the most steps to take; each updates every player once.
        tolerance: stop once NashConv is at most this.
    """
    tree = start.tree
    tables: list[FloatArray] = [table.astype(np.float64) for table in start.stages]
    fallback = [table.copy() for table in tables]
    regrets = [np.zeros_like(table) for table in tables]
    sums = [np.zeros_like(table) for table in tables]

    def profiles() -> Iterator[BehaviourProfile]:
        for k in range(steps):
            for player in range(tree.game.n_players):
                values, own = counterfactual_values(BehaviourProfile(tree, tuple(tables)))
                part = tree.types_of(player)
                for t, stage in enumerate(tree.stages):
                    accumulate(sums[t], tables[t], own[t], float(k + 1), part.start, part.stop)
                    regret_step(
                        tables[t], regrets[t], fallback[t], values[t].values, stage.state, tree.moves.legal,
                        part.start, part.stop, True,
                    )  # fmt: skip
            yield BehaviourProfile(tree, tuple(tables))

    def candidates(profile: BehaviourProfile) -> tuple[BehaviourProfile, ...]:
        return average_profile(tree, sums), profile

    return _run("CFR+", profiles(), candidates, tolerance)


def _run(
    solver: str,
    profiles: Iterator[BehaviourProfile],
    candidates: Callable[[BehaviourProfile], tuple[BehaviourProfile, ...]],
    tolerance: float,
    check_every: int = 50,
) -> NumericalEquilibrium:
    """Step until a candidate is good enough, or the steps run out; the best candidate of the last look."""
    best, profile, k = None, None, 0
    for k, profile in enumerate(profiles, start=1):
        if k % check_every == 0:
            best = _best(candidates(profile))
            if best[1].nash_conv <= tolerance:
                break
    if profile is None:
        raise ValueError("steps = 0: expected a whole number >= 1")
    if best is None or k % check_every:
        best = _best(candidates(profile))
    copy = BehaviourProfile(best[0].tree, tuple(table.copy() for table in best[0].stages))
    return NumericalEquilibrium(solver, copy, best[1], k, best[1].nash_conv <= tolerance)


def _best(candidates: tuple[BehaviourProfile, ...]) -> tuple[BehaviourProfile, Evaluation]:
    return min(((profile, evaluate(profile)) for profile in candidates), key=lambda pair: pair[1].nash_conv)


def play_distance(first: BehaviourProfile, second: BehaviourProfile) -> float:
    """How differently two profiles play, from 0 to 1: an upper bound on the total variation between their plays.

    The sum over information sets of the probability that ``first`` reaches it times the total variation between the
    two behaviours there; what happens off the path of ``first`` does not count.
    """
    values, own = counterfactual_values(first)
    total = 0.0
    for level, reach, one, other in zip(values, own, first.stages, second.stages, strict=True):
        total += float((level.reach * reach * np.abs(one - other).sum(axis=2)).sum()) / 2
    return min(total, 1.0)


def distinct(found: list[NumericalEquilibrium], threshold: float = 0.01) -> tuple[NumericalEquilibrium, ...]:
    """One of each kind: of equilibria that play alike, the one with the least gap.

    Two play alike if :func:`play_distance` is at most ``threshold`` either way.
    """
    kept: list[NumericalEquilibrium] = []
    for candidate in sorted(found, key=lambda equilibrium: equilibrium.evaluation.nash_conv):
        distances = (
            max(play_distance(candidate.profile, other.profile), play_distance(other.profile, candidate.profile))
            for other in kept
        )
        if all(distance > threshold for distance in distances):
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
