"""The claims about dynamics, coercion, face-saving, mediation, resilience and patrons in the war, over random wars.

Random wars of two periods (G = 4) are solved by CFR+ from uniform play; those whose NashConv stays above 1e-4 of the
stake are counted and left out. So each line speaks of one numerical equilibrium a war, not of all. C10 compares the
hazards of a first offer in period 1 by type. The others change one parameter and ask whether talks become likelier (by
more than 0.01). C11 adds a patron of A and compares what follows its aid with what follows its withholding in period 1.

Run: ``OMP_NUM_THREADS=1 python benchmarks/war_claims.py [--wars 500] [--seed 0]``.
"""
# ruff: noqa: T201 - a benchmark prints

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from olivebranch.games.actions import Action
from olivebranch.games.war import compile_war
from olivebranch.games.war_parameters import WarParameters
from olivebranch.theory.tree.dynamics import cfr_plus
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.events import event_probability
from olivebranch.theory.tree.first_use import first_use
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

GAP, MARGIN = 1e-4, 0.01


def random_war(generator: np.random.Generator) -> dict[str, Any]:
    """Parameters over wide but plausible ranges."""

    def between(low: float, high: float) -> float:
        return float(generator.uniform(low, high))

    high_a, high_b = between(0.2, 0.8), between(0.2, 0.8)
    return {
        "horizon": 2,
        "grid": 4,
        "start": int(generator.integers(1, 4)),
        "breakthrough_a": (between(0.05, 0.4), between(0.5, 0.95)),
        "breakthrough_b": (between(0.05, 0.4), between(0.5, 0.95)),
        "prior_a": (high_a, 1 - high_a),
        "prior_b": (high_b, 1 - high_b),
        "war_cost": (between(0.005, 0.06), between(0.005, 0.06)),
        "escalation_cost": (between(0.02, 0.3), between(0.02, 0.3)),
        "pressure": between(0.0, 0.8),
        "shelter": between(0.0, 0.5),
        "face_cost": between(0.02, 0.2),
        "defeat_cost": between(0.0, 0.6),
    }


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


def dynamics_and_changes(wars: int, generator: np.random.Generator) -> None:
    """C10 and the claims that change one parameter."""
    weak_first = resilient_first = alike = unsolved = 0
    effects: dict[str, list[float]] = {name: [] for name in CHANGES}
    for _ in range(wars):
        values = random_war(generator)
        profile = solved(values)
        if profile is None:
            unsolved += 1
            continue
        for player in (0, 1):
            high, low = first_use(profile, player, Action.OFFER_TALKS).hazard[0]
            weak_first += low > high + MARGIN
            resilient_first += high > low + MARGIN
            alike += abs(low - high) <= MARGIN
        before = talks(profile)
        for name, change in CHANGES.items():
            other = solved(change(values))
            if other is not None:
                effects[name].append(talks(other) - before)
    print(f"{wars} wars, {unsolved} not solved to {GAP:g}")
    print(
        f"C10 first offer in period 1, by side: weak likelier {weak_first}, resilient {resilient_first}, same {alike}"
    )
    for name, effect in effects.items():
        moved = np.array(effect)
        print(
            f"{name}: talks likelier {np.sum(moved > MARGIN)}, less likely {np.sum(moved < -MARGIN)}, the same "
            f"{np.sum(np.abs(moved) <= MARGIN)} of {len(moved)}; mean change {moved.mean():+.3f}"
        )


def patrons(wars: int, generator: np.random.Generator) -> None:
    """C11: what aid or its withholding in period 1 says of the patron, and what A's opponent then does."""
    rows, unsolved = [], 0
    for _ in range(wars):
        values = random_war(generator) | {
            "patron": {
                "client": "A",
                "prior": (0.5, 0.5),
                "aid_cost": (float(generator.uniform(0, 0.03)), float(generator.uniform(0.05, 0.2))),
                "aid_effect": float(generator.uniform(0.3, 0.7)),
                "stake": float(generator.uniform(0.3, 1.0)),
            }
        }
        profile = solved(values)
        if profile is None:
            unsolved += 1
            continue
        tree = profile.tree
        level = information_sets(profile)[1]
        resolute = tree.game.profile_types[:, 2] == 0
        aid = np.array([tree.game.states[s].aid for s in tree.stages[1].state])
        row = []
        for given in (True, False):
            h = int(np.flatnonzero(aid == given)[0])
            columns = tree.types_of(1)
            reach = level.reach[h, columns]
            if reach.sum() < 1e-3:
                break
            belief = level.beliefs[h, columns][:, resolute].sum(axis=1) @ reach / reach.sum()
            play = reach @ profile.of(1, 1)[h] / reach.sum()
            row += [belief, play[Action.ESCALATE], play[Action.OFFER_TALKS]]
        else:
            rows.append(row)
    table = np.array(rows)
    print(f"C11 {wars} wars with a patron of A, {unsolved} not solved; both moves occur in {len(table)}")
    for name, column in (("belief that the patron is resolute", 0), ("B escalates", 1), ("B offers talks", 2)):
        aided, withheld = table[:, column], table[:, column + 3]
        print(
            f"  {name}: {aided.mean():.2f} after aid, {withheld.mean():.2f} after withholding; higher after "
            f"withholding in {np.sum(withheld > aided + MARGIN)}, lower in {np.sum(withheld < aided - MARGIN)}"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wars", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    generator = np.random.default_rng(options.seed)
    dynamics_and_changes(options.wars, generator)
    patrons(options.wars, generator)


if __name__ == "__main__":
    main()
