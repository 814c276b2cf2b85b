"""The claims about coercion, face-saving, mediation and resilience in the war, over random wars.

Random wars of two periods (G = 4) are solved by CFR+ from uniform play; those whose NashConv stays above 1e-4 of the
stake are counted and left out. So each line speaks of one numerical equilibrium a war, not of all. Each changes one
parameter and asks whether talks become likelier (by more than 0.01). C10 and C11: ``olivebranch claims``.

Run: ``OMP_NUM_THREADS=1 python benchmarks/war_claims.py [--wars 500] [--seed 0]``.
"""
# ruff: noqa: T201 - a benchmark prints

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from olivebranch.games.war import compile_war
from olivebranch.games.war_parameters import WarParameters
from olivebranch.theory.claims.wars import GAP, random_war
from olivebranch.theory.tree.dynamics import cfr_plus
from olivebranch.theory.tree.events import event_probability
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

MARGIN = 0.01


def solved(values: dict[str, Any]) -> BehaviourProfile | None:
    """An equilibrium to within GAP, or None."""
    tree = unroll(compile_war.__wrapped__(WarParameters.from_mapping(values)))
    found = cfr_plus(uniform_profile(tree), steps=600, tolerance=GAP)
    return found.profile if found.converged else None


def talks(profile: BehaviourProfile) -> float:
    """Probability that talks open."""
    labels = profile.tree.game.edge_labels
    return event_probability(profile, np.array([label == "talks open" for label in labels])).total


def resilience_believed(values: dict[str, Any]) -> dict[str, Any]:
    """Both sides thought more resilient by 0.15."""
    raised = {}
    for key in ("prior_a", "prior_b"):
        high = min(values[key][0] + 0.15, 0.99)
        raised[key] = (high, 1 - high)
    return values | raised


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "C1 escalation cost + 0.2": lambda v: v | {"escalation_cost": tuple(k + 0.2 for k in v["escalation_cost"])},
    "C5 face cost to zero": lambda v: v | {"face_cost": 0.0},
    "C5, C7 pressure halved": lambda v: v | {"pressure": v["pressure"] / 2},
    "C6 guarantee + 0.2": lambda v: v | {"guarantee": 0.2},
    "C7 pressure + 0.15": lambda v: v | {"pressure": min(v["pressure"] + 0.15, 1.0)},
    "C9 believed resilience + 0.15": resilience_believed,
}


def changes(wars: int, generator: np.random.Generator) -> None:
    """What each change does to talks."""
    unsolved = 0
    effects: dict[str, list[float]] = {name: [] for name in CHANGES}
    for _ in range(wars):
        values = random_war(generator)
        profile = solved(values)
        if profile is None:
            unsolved += 1
            continue
        before = talks(profile)
        for name, change in CHANGES.items():
            other = solved(change(values))
            if other is not None:
                effects[name].append(talks(other) - before)
    print(f"{wars} wars, {unsolved} not solved to {GAP:g}")
    for name, effect in effects.items():
        moved = np.array(effect)
        print(
            f"{name}: talks likelier {np.sum(moved > MARGIN)}, less likely {np.sum(moved < -MARGIN)}, the same "
            f"{np.sum(np.abs(moved) <= MARGIN)} of {len(moved)}; mean change {moved.mean():+.3f}"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wars", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    changes(options.wars, np.random.default_rng(options.seed))


if __name__ == "__main__":
    main()
