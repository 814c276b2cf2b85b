"""Does the logit fit find the precision that made the data? Random games and precisions, from expected counts.

For each of many random signalling games (2×2×2, 2×2×3, 2×3×2 and 3×2×2 in turn) and a precision λ between 0.05 and 500,
drawn uniformly in its logarithm, the logit equilibrium on the principal branch says what 1,000 plays would show on
average. From these counts λ is estimated. Where a play tells something about ln λ (Fisher's information at least 1e-6),
the estimate must be within 1 % of λ; elsewhere the likelihood interval must be open, that is reach an end of the
branch. No fit may explain more than the observed frequencies themselves. A branch that is lost counts as a failure, and
is told with its reason. Where Gambit (``pygambit``, the extra ``peers``) is installed, its logit equilibria at a given
precision are compared with the point of the branch.

Run: ``python benchmarks/logit_fit.py [--games 10000] [--gambit 100] [--seed 0] [--json]``.
"""

import argparse
import io
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.games.signalling import SignallingGame, compile_signalling
from olivebranch.theory.quantal_response.branch import BranchLost
from olivebranch.theory.quantal_response.fit import LogitBranch, expected_counts, log_likelihood, logit_branch
from olivebranch.theory.tree.export import to_efg
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile

SHAPES = ((2, 2, 2), (2, 2, 3), (2, 3, 2), (3, 2, 2))
PRECISIONS = (0.05, 500.0)
PLAYS, INFORMED, WITHIN = 1000.0, 1e-6, 0.01
AGREEMENT = 1e-6
GAMBITS = (0.5, 2.0, 5.0, 10.0)  # precisions at which Gambit is asked


def random_game(number: int, generator: np.random.Generator) -> SignallingGame:
    """A game of one of ``SHAPES``, payoffs with three decimals."""
    shape = SHAPES[number % len(SHAPES)]
    payoffs = generator.normal(size=(2, *shape)).round(3)
    return SignallingGame(generator.dirichlet(np.ones(shape[0])), *payoffs)


def branch_of(game: SignallingGame) -> LogitBranch:
    """Its principal branch."""
    return logit_branch(unroll(compile_signalling(game)))


def saturated(profile: BehaviourProfile, counts: Sequence[FloatArray]) -> float:
    """The log-likelihood of the observed frequencies themselves."""
    shares = [seen / np.maximum(seen.sum(axis=2, keepdims=True), 1e-300) for seen in counts]
    return log_likelihood(BehaviourProfile(profile.tree, tuple(shares)), counts)


def recover(games: int, generator: np.random.Generator) -> dict[str, Any]:
    """Fit ``games`` random games; what was found, and every failure in words."""
    result: dict[str, Any] = {
        "games": games, "informed": 0, "recovered": 0, "worst": 0.0, "uninformed": 0, "open": 0, "above_saturated": 0,
        "lost": 0, "failures": [],
    }  # fmt: skip
    for number in range(games):
        game = random_game(number, generator)
        precision = float(np.exp(generator.uniform(*np.log(PRECISIONS))))
        try:
            branch = branch_of(game)
        except BranchLost as lost:
            result["lost"] += 1
            result["failures"].append(f"game {number}: {lost}")
            continue
        point = branch.at(precision)
        counts = expected_counts(point.profile, PLAYS)
        fit = branch.fit(counts)
        above = fit.log_likelihood > saturated(point.profile, counts)
        error = abs(fit.precision / precision - 1)
        if branch.information(point) >= INFORMED:
            result["informed"] += 1
            result["recovered"] += error <= WITHIN
            result["worst"] = max(result["worst"], error)
            failed = error > WITHIN
        else:
            is_open = fit.lower == 0.0 or np.isinf(fit.upper)
            result["uninformed"] += 1
            result["open"] += is_open
            failed = not is_open
        result["above_saturated"] += above
        if failed or above:
            said = f"{fit.precision:.6g} in [{fit.lower:.6g}, {fit.upper:.6g}]"
            result["failures"].append(f"game {number}: precision {precision:.6g} was fitted as {said}")
        if sys.stderr.isatty() and number % 20 == 0:
            sys.stderr.write(f"\r{number:,} of {games:,}")
    return result


def compare(games: int, generator: np.random.Generator) -> dict[str, Any]:
    """The largest difference in any probability from Gambit's logit equilibria, one precision a game."""
    try:
        import pygambit
    except ImportError:
        return {"games": 0, "note": "pygambit is not installed (the extra `peers`)"}
    if not hasattr(pygambit, "H"):
        return {"games": 0, "note": "Gambit before 17 names nodes otherwise"}
    gaps = []
    for number in range(games):
        game = random_game(number, generator)
        tree = unroll(compile_signalling(game))
        precision = GAMBITS[number % len(GAMBITS)]
        theirs = pygambit.read_efg(io.BytesIO(to_efg(tree.game).encode()))
        (point, *_) = pygambit.qre.logit_solve_lambda(theirs, lam=precision)
        ours = logit_branch(tree, precision=(1e-2, 2 * precision)).at(precision).profile
        sender, receiver = ours.of(0, 0)[0], ours.of(1, 1)[:, 0]
        gap = 0.0
        for kind, name in enumerate(tree.game.game.type_names[0]):
            place = pygambit.H.path(f"{name}, only")
            for action in np.flatnonzero(tree.game.legal[0, 0]):
                there = float(point.profile[place][tree.game.game.action_names[action]])
                gap = max(gap, abs(there - sender[kind, action]))
        after = zip(tree.stages[1].state, tree.stages[1].edge, receiver, strict=True)
        for state, edge, play in after:
            message = tree.game.game.action_names[tree.game.joint_actions(tree.game.edge_joint[edge])[0]]
            place = pygambit.H.path(f"{tree.game.game.type_names[0][0]}, only", message)
            for action in np.flatnonzero(tree.game.legal[state, 1]):
                there = float(point.profile[place][tree.game.game.action_names[action]])
                gap = max(gap, abs(there - play[action]))
        gaps.append(gap)
    return {"games": games, "agree": sum(gap <= AGREEMENT for gap in gaps), "worst": max(gaps, default=0.0)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--games", type=int, default=10_000)
    parser.add_argument("--gambit", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    generators = np.random.default_rng(chosen.seed).spawn(2)
    started = time.perf_counter()
    found = recover(chosen.games, generators[0])
    gambit = compare(chosen.gambit, generators[1])
    failed = bool(found["failures"]) or gambit.get("agree", 0) < gambit["games"]
    if chosen.json:
        sys.stdout.write(json.dumps({"fit": found, "gambit": gambit, "failed": failed}) + "\n")
        return int(failed)
    lines = [
        f"{found['games']:,} games, {found['lost']:,} branches lost ({time.perf_counter() - started:.0f} s)",
        f"informed (at least {INFORMED:g} a play): {found['informed']:,}; recovered within {WITHIN:.0%}: "
        f"{found['recovered']:,}; worst error {found['worst']:.2g}",
        f"not informed: {found['uninformed']:,}; open interval: {found['open']:,}",
        f"fits above the saturated likelihood: {found['above_saturated']:,}",
        f"Gambit: {gambit['note']}"
        if "note" in gambit
        else f"Gambit: {gambit['agree']:,} of {gambit['games']:,} agree to {AGREEMENT:g}; worst {gambit['worst']:.2g}",
        *found["failures"],
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
