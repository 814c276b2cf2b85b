"""Every figure of docs/selection.md, by one command.

Run: ``python benchmarks/selection_theory.py [--seed 0] [--scale 1] [--output FILE]``. ``--scale 0.1`` takes a tenth of
the draws (for a first look); ``--output`` writes the figures as JSON besides printing them. Some ten minutes on one
core at scale 1.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.core.intervals import wilson_bounds
from olivebranch.games.base import BoolArray
from olivebranch.games.talks import TalksColumns, compile_talks, each_game
from olivebranch.theory.claims.draws import draw_parameters
from olivebranch.theory.selection.basins import UNDECIDED, basins
from olivebranch.theory.selection.dynamics import AnnealedLogit, BestResponse, Replicator
from olivebranch.theory.selection.exploration import TYPE_BLIND, Logit, LogitLimit, sustained
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.limits import UNKNOWN, follow, limits_by_index
from olivebranch.theory.selection.slow_receiver import run_from_pool_fight
from olivebranch.theory.selection.stability import (
    ASYMPTOTIC,
    DYNAMICS,
    LINEARLY_NEUTRAL,
    both_mix_matrix,
    stability,
)
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame, signalling_form
from olivebranch.theory.signalling.logit_limit import select_component
from olivebranch.theory.signalling.refinements import FILTERS, Refiner
from olivebranch.theory.talks.kernel import BOTH_MIX, POOL_FIGHT, POOL_TALK, ROWS

Figures = dict[str, Any]


def _draw(n: int, generator: np.random.Generator) -> Terms:
    return Terms.of(draw_parameters(n, generator))


def _share(hits: Any, of: Any = None) -> list[float]:
    """[share, low, high] with Wilson's 95 % interval, and the number of trials."""
    hits = np.asarray(hits)
    trials = len(hits) if of is None else int(of)
    successes = int(hits.sum())
    low, high = wilson_bounds(successes, trials) if trials else (0.0, 1.0)
    return [round(successes / max(trials, 1), 4), round(float(low), 4), round(float(high), 4), trials]


def indices(scale: float, generator: np.random.Generator) -> Figures:
    """Components, indices, and how often the forms of exploration disagree."""
    terms = _draw(int(100_000 * scale), generator)
    index = component_indices(terms)
    blind, limit = sustained(terms, TYPE_BLIND), sustained(terms, LogitLimit())
    found: Figures = {
        "games": len(terms),
        "games whose indices do not sum to one": int((index.sum(axis=1) != 1).sum()),
        "only one component of index +1": _share((index == 1).sum(axis=1) == 1),
        "the same, of games with several components": _share(
            ((index == 1).sum(axis=1) == 1)[terms.exists.sum(axis=1) > 1]
        ),
        "components": {
            ROWS[row]: {str(value): int((index[terms.exists[:, row], row] == value).sum()) for value in (-1, 0, 1)}
            for row in range(9)
        },
    }
    quiet = (terms.prior < terms.threshold[:, OFFER]) & (terms.threshold[:, FIGHT] < 1) & (index[:, POOL_TALK] == 1)
    found["pool-talk of index +1 although pi < mu_T and mu_F < 1"] = int(quiet.sum())
    for row in (POOL_TALK, POOL_FIGHT):
        here = terms.exists[:, row]
        found[f"{ROWS[row]}: index +1, D1 and the logit limit differ"] = int(
            ((index[:, row] == 1) != terms.d1[:, row])[here].sum() + (limit.sustained != terms.d1)[here, row].sum()
        )
        found[f"{ROWS[row]}: type-blind and logit limit differ"] = _share(
            (blind.sustained != limit.sustained)[here, row]
        )
        for temperature in (0.05, 0.02, 0.005):
            warm = sustained(terms, Logit(temperature)).sustained
            found[f"{ROWS[row]}: sustained at {temperature}"] = _share(warm[here, row])
    return found


def both_mix(scale: float, generator: np.random.Generator) -> Figures:
    """Stability of both-mix of index +1."""
    kept = []
    for _ in range(max(int(20 * scale), 1)):
        terms = _draw(50_000, generator)
        kept.append(np.stack(terms.games)[:, component_indices(terms)[:, BOTH_MIX] == 1])
    terms = Terms.of(TalksColumns(*np.concatenate(kept, axis=1)))
    labels = stability(terms)[:, BOTH_MIX]
    return {
        "games": len(terms),
        "of index +1, linearly neutral or stable": {
            name: _share(np.isin(labels[:, place], (ASYMPTOTIC, LINEARLY_NEUTRAL)))
            for place, name in enumerate(DYNAMICS)
        },
        "trace < 0 (replicator)": _share(both_mix_matrix(terms).trace < 0),
    }


def cells(n: int, generator: np.random.Generator) -> list[Terms]:
    """``n`` games in which pool-fight exists and 0 < μ_T < 1, by the signs of π - μ_T and of α."""
    found: list[list[Any]] = [[] for _ in range(4)]
    while min(map(len, found)) < n:
        terms = _draw(100_000, generator)
        here = terms.exists[:, POOL_FIGHT] & terms.open_reply[:, OFFER]
        above, adverse = terms.prior > terms.threshold[:, OFFER], terms.inference > 0
        for cell, (first, second) in enumerate(((True, False), (True, True), (False, False), (False, True))):
            chosen = here & (above == first) & (adverse == second)
            found[cell].extend(np.stack(terms.take(chosen).games, axis=1)[: n - len(found[cell])])
    return [Terms.of(TalksColumns(*np.array(rows).T)) for rows in found]


def slow_receiver(scale: float, generator: np.random.Generator) -> Figures:
    """The share of games that stay at pool-fight, and the reply that they settle at."""
    games = cells(int(500 * scale), generator)
    found: Figures = {
        "columns": ["pi > mu_T, alpha < 0", "pi > mu_T, alpha > 0", "pi < mu_T, alpha < 0", "pi < mu_T, alpha > 0"]
    }
    for name, how in (
        ("rate 0.001", {"rate": 0.001}),
        ("logit 0.02", {"temperature": 0.02}),
        ("logit 0.005", {"temperature": 0.005}),
    ):
        courses = [run_from_pool_fight(terms, **how) for terms in games]
        found[name] = [_share(course.stayed()) for course in courses]
        if "temperature" in how:
            predicted = [sustained(terms, Logit(how["temperature"])) for terms in games]
            found[f"{name}: predicted with an optimal receiver"] = [
                _share(kept.sustained[:, POOL_FIGHT]) for kept in predicted
            ]
            gaps = []
            for terms, course in zip(games, courses, strict=True):
                level = terms.suffered / terms.exposed
                stays = course.stayed() & (level < 1)
                gap = np.abs(course.mean_replies[:, OFFER] - level)[stays]
                gaps.append(round(float(np.median(gap)), 4) if len(gap) else None)
            found[f"{name}: median gap of q to Lambda/(1-s)"] = gaps
    return found


def basin_shares(scale: float, generator: np.random.Generator) -> Figures:
    """Basins in games with several components."""
    terms = _draw(int(20_000 * scale) + 2000, generator)
    several = np.flatnonzero((terms.exists.sum(axis=1) > 1) & (terms.margin > 1e-6))[: int(300 * scale)]
    terms = terms.take(several)
    index = component_indices(terms)
    found: Figures = {"games": len(terms)}
    tables = {}
    for dynamics, starts in ((BestResponse(), 200), (Replicator(), 30), (AnnealedLogit(first=0.05, cooling=40.0), 30)):
        table = basins(terms, dynamics, generator, starts=starts)
        tables[dynamics.name] = table
        found[dynamics.name] = {
            "starts": starts,
            "mean shares": {
                name: round(float(share), 4)
                for name, share in zip((*ROWS, "none"), table.shares.mean(axis=0), strict=True)
            },
            "mean share by index": {
                str(value): round(
                    float((table.shares[:, :UNDECIDED] * (index == value) * terms.exists).sum(axis=1).mean()), 4
                )
                for value in (-1, 0, 1)
            },
            "largest basin is clear": _share(table.largest >= 0),
            "starts that depend on the step": round(float(table.step_error.mean()), 5),
        }
    by_index = limits_by_index(terms)
    for name, table in tables.items():
        known = (by_index != UNKNOWN) & (table.largest >= 0)
        found[name]["largest basin is the logit limit (where both are known by index)"] = _share(
            (table.largest == by_index)[known]
        )
    return found


def branch(scale: float, generator: np.random.Generator) -> Figures:
    """Following the logit branch where the index does not tell."""
    terms = _draw(int(10_000 * scale) + 2000, generator)
    open_games = np.flatnonzero((limits_by_index(terms) == UNKNOWN) & (terms.margin > 1e-6))[: int(300 * scale)]
    index = component_indices(terms)
    rows, precision, begun = [], [], time.perf_counter()
    for parameters in each_game(terms.take(open_games).games):
        row, limit = follow(parameters)
        rows.append(-1 if row is None else row)
        precision.append(limit.precision)
    seconds = (time.perf_counter() - begun) / len(open_games)
    chosen = np.array(rows)
    decided = chosen >= 0
    return {
        "games": len(open_games),
        "undecided": int((~decided).sum()),
        "limits of index +1": _share(index[open_games[decided], chosen[decided]] == 1),
        "limits": {ROWS[row]: int((chosen == row).sum()) for row in np.unique(chosen[decided])},
        "seconds a game": round(seconds, 3),
        "median precision at the decision": round(float(np.median(precision)), 1),
    }


def compatible(scale: float, generator: np.random.Generator) -> Figures:
    """Rationality-compatible equilibrium against D1, at pool-fight with α < 0 and 0 < μ_T < 1."""
    kept, rejected = [], 0
    games = cells(int(40 * scale) + 2, generator)
    for terms in (games[0], games[2]):
        for parameters in each_game(terms.games):
            form = signalling_form(compile_talks(parameters))
            offer = form.message_names.index("OFFER_TALKS")
            components = enumerate_equilibria(form).components
            refiner = Refiner(components[0].pieces[0].context)
            for component in components:
                if component.representative.sender_support == ((1 - offer,), (1 - offer,)):
                    verdicts = refiner.verdicts(component)
                    rejected += not verdicts["d1"].survives
                    kept.append(verdicts["rationality_compatible"].survives)
    return {"components": len(kept), "rejected by D1": rejected, "kept by rationality compatibility": int(sum(kept))}


def any_game(scale: float, generator: np.random.Generator) -> Figures:
    """Random signalling games with several components: who survives what, and what the logit limit survives."""
    found: Figures = {}
    for shape, wanted in (((2, 2, 2), 200), ((2, 3, 2), 150), ((3, 3, 3), 40)):
        survives: dict[str, list[BoolArray]] = {name: [] for name in FILTERS}
        limit_survives: dict[str, list[bool]] = {name: [] for name in FILTERS}
        undecided = games = 0
        while games < wanted * scale:
            weights = generator.integers(1, 9, size=shape[0])
            prior = [Fraction(int(weight), int(weights.sum())) for weight in weights]
            equilibria = enumerate_equilibria(SignallingGame(prior, *(generator.integers(-99, 100, size=(2, *shape)))))
            if len(equilibria.components) < 2:
                continue
            games += 1
            refiner = Refiner(equilibria.pieces[0].context)
            verdicts = [refiner.verdicts(component) for component in equilibria.components]
            limit = select_component(equilibria)
            undecided += limit.candidate is None
            for name in FILTERS:
                survives[name] += [verdict[name].survives for verdict in verdicts]
                if limit.candidate is not None:
                    limit_survives[name].append(verdicts[limit.candidate][name].survives)
        found["x".join(map(str, shape))] = {
            "games with several components": games,
            "undecided limits": undecided,
            "components that survive": {name: _share(survives[name])[0] for name in FILTERS},
            "logit limits that survive": {name: _share(limit_survives[name])[0] for name in FILTERS},
        }
    return found


PARTS: dict[str, Callable[[float, np.random.Generator], Figures]] = {
    "indices": indices,
    "both-mix": both_mix,
    "slow receiver": slow_receiver,
    "basins": basin_shares,
    "logit branch": branch,
    "rationality compatibility": compatible,
    "any signalling game": any_game,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the draws, above 0")
    parser.add_argument("--only", choices=list(PARTS), help="one part")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    chosen = parser.parse_args(arguments)
    if not chosen.scale > 0:
        parser.error(f"scale = {chosen.scale}: expected a number above 0")
    figures: Figures = {"seed": chosen.seed, "scale": chosen.scale}
    for number, (name, part) in enumerate(PARTS.items()):
        if chosen.only in (None, name):
            begun = time.perf_counter()
            figures[name] = part(chosen.scale, np.random.default_rng([chosen.seed, number]))
            print(f"{name} ({time.perf_counter() - begun:.0f} s)")  # noqa: T201
            print(json.dumps(figures[name], indent=1))  # noqa: T201
    if chosen.output:
        chosen.output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
