"""Numerical equilibria of the war presets: three solvers, several starts, the distinct ones that they find.

A Nash equilibrium may rest on replies that would not be rational if they were called for; the largest gap in sequential
rationality, over all information sets that the others' play does not rule out, tells.

For each preset, each solver and each start: steps, NashConv (in shares of the stake), values and seconds. Then, for
each distinct equilibrium, its gap and the hazard of a first offer by stage and type. All are numerical equilibria with
the gap that is printed; none is proved.

Run: ``OMP_NUM_THREADS=1 python benchmarks/war_equilibria.py [--starts 3] [--logit] [preset ..]``.
"""
# ruff: noqa: T201 - a benchmark prints

import argparse
import time

import numpy as np

from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.rules import Action
from olivebranch.theory.quantal_response.path import logit_equilibrium
from olivebranch.theory.tree.dynamics import NumericalEquilibrium, cfr_plus, distinct, magnetic_mirror_descent, starts
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.first_use import first_use
from olivebranch.theory.tree.histories import unroll

TOLERANCE = 1e-5


def solve(name: str, n_starts: int, logit: bool) -> list[NumericalEquilibrium]:
    """Everything that the solvers find in a preset, printed on the way."""
    tree = unroll(load_preset(name).compile())
    print(f"\n{name}: {sum(len(stage) for stage in tree.stages):,} histories")
    jobs = [
        (solver, number, start)
        for number, start in enumerate(starts(tree, np.random.default_rng(0), n_starts))
        for solver in (magnetic_mirror_descent, cfr_plus)
    ]
    found: list[NumericalEquilibrium] = []

    def report(equilibrium: NumericalEquilibrium, start: str, began: float) -> None:
        found.append(equilibrium)
        values = ", ".join(f"{value:.4f}" for value in equilibrium.evaluation.values)
        print(
            f"  {equilibrium.solver:24s} {start:8s} {equilibrium.steps:5d} steps, NashConv "
            f"{equilibrium.evaluation.nash_conv:.1e}, values {values}; {time.perf_counter() - began:.1f} s",
            flush=True,
        )

    for solver, number, start in jobs:
        began = time.perf_counter()
        report(solver(start, steps=4000, tolerance=TOLERANCE), f"start {number}", began)
    if logit:
        began = time.perf_counter()
        report(logit_equilibrium(tree, tolerance=10 * TOLERANCE), "uniform", began)
    return found


def describe(equilibrium: NumericalEquilibrium) -> None:
    """The hazard of a first offer by stage and type."""
    profile = equilibrium.profile
    gap = equilibrium.evaluation.nash_conv
    rational = max(float(np.nanmax(level.rationality_gap)) for level in information_sets(profile))
    print(
        f"  distinct: found by {equilibrium.solver}, NashConv {gap:.1e}, rationality gap {rational:.1e}; first offers:"
    )
    for player in (0, 1):
        hazard = first_use(profile, player, Action.OFFER_TALKS).hazard
        rows = [row for row in hazard if not np.isnan(row).all()]
        names = profile.tree.game.game.type_names[player]
        text = "; ".join(", ".join(f"{name} {p:.2f}" for name, p in zip(names, row, strict=True)) for row in rows)
        print(f"    {profile.tree.game.game.players[player]}: {text}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="*", default=preset_names("war"), help="by default all")
    parser.add_argument("--starts", type=int, default=3, help="starting points of the two dynamics")
    parser.add_argument("--logit", action="store_true", help="follow the logit path too (about a minute a preset)")
    options = parser.parse_args()
    for name in options.presets:
        for equilibrium in distinct(solve(name, options.starts, options.logit)):
            describe(equilibrium)


if __name__ == "__main__":
    main()
