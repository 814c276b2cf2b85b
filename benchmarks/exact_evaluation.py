"""How fast a random policy is evaluated exactly: the war by horizon, and card games beside OpenSpiel in the same run.

Rows: the war of docs/model.md, section 5, from the middle (G = 4); liar's dice and Leduc poker on the same game and
policy as ``pyspiel.nash_conv``; and, with ``--war-in-openspiel T``, the war of T periods through its .efg export, on
both of OpenSpiel's NashConvs. Compilation (numba's, and the game's) comes before the clock; medians of several runs.

Run: ``OMP_NUM_THREADS=1 python benchmarks/exact_evaluation.py [--horizon 6] [--war-in-openspiel 2]``.
"""
# ruff: noqa: T201 - a benchmark prints

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from olivebranch.games.base import Game, compile_game
from olivebranch.games.registry import load_preset
from olivebranch.games.war import compile_war
from olivebranch.games.war_parameters import WarParameters
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.export import to_efg
from olivebranch.theory.tree.histories import GameTree, estimate, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile, uniform_profile

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "games_for_tests"))


def seconds(function: Callable[[], object], runs: int) -> float:
    """Median wall time of a call."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def war(horizon: int, start: int = 2) -> WarParameters:
    """The example of docs/model.md, section 5, with another horizon and start."""
    values = load_preset("war-example").parameters.as_dict()
    return WarParameters.from_mapping(values | {"horizon": horizon, "start": start})


def war_rows(horizon: int) -> None:
    """NashConv of a random policy in wars of growing length."""
    for periods in range(2, horizon + 1):
        game = compile_war(war(periods))
        size = estimate(game)
        unrolling = seconds(lambda game=game: unroll(game), 1)
        tree = unroll(game)
        drawn = random_profile(tree, np.random.default_rng(0))
        for kind in (np.float64, np.float32):
            profile = BehaviourProfile(tree, tuple(table.astype(kind, copy=False) for table in drawn.stages))
            evaluate(profile)
            took = seconds(lambda profile=profile: evaluate(profile), 3)
            print(
                f"war T={periods} {kind.__name__}: {size.histories[-1]:,} last-period histories; unrolled in "
                f"{unrolling:.3f} s, evaluated in {took:.4f} s; NashConv {evaluate(profile).nash_conv:.9f}; estimate "
                f"{estimate(game, kind).total_bytes / 2**30:.2f} GiB"
            )
    print(f"most memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


def card_rows() -> None:
    """Liar's dice and Leduc poker beside ``pyspiel.nash_conv``."""
    import pyspiel
    from openspiel_bridge import openspiel_policy

    from olivebranch.games.yardsticks import LeducPoker, LiarsDice

    rules: tuple[type[Game], ...] = (LeducPoker, LiarsDice)
    for game in rules:
        tree = unroll(compile_game(game()))
        for name, profile in (
            ("uniform", uniform_profile(tree)),
            ("random", random_profile(tree, np.random.default_rng(0))),
        ):
            spiel, policy = openspiel_policy(profile)
            evaluate(profile)
            ours = seconds(lambda profile=profile: evaluate(profile), 21)
            theirs = seconds(lambda spiel=spiel, policy=policy: pyspiel.nash_conv(spiel, policy), 3)
            difference = evaluate(profile).nash_conv - pyspiel.nash_conv(spiel, policy)
            print(
                f"{game.name} {name}: ours {1e3 * ours:.2f} ms, pyspiel.nash_conv {1e3 * theirs:.1f} ms, "
                f"{theirs / ours:.0f} times faster; difference {difference:.1e}"
            )


def war_in_openspiel(horizon: int) -> None:
    """The war through its .efg export, against OpenSpiel's NashConv in C++ and in Python."""
    import pyspiel
    from open_spiel.python import policy as python_policy
    from open_spiel.python.algorithms import exploitability

    game = compile_war(war(horizon))
    tree = unroll(game)
    profile = random_profile(tree, np.random.default_rng(0))
    start = time.perf_counter()
    text = to_efg(game, max_nodes=50_000_000)
    written = time.perf_counter() - start
    spiel = pyspiel.load_efg_game(text)
    print(f"war T={horizon} as .efg: {text.count(chr(10)):,} lines in {written:.1f} s")
    table = efg_policy(profile, text)
    policy = pyspiel.TabularPolicy(table)
    exact = evaluate(profile)
    ours = seconds(lambda: evaluate(profile), 5)
    start = time.perf_counter()
    theirs = pyspiel.nash_conv(spiel, policy)
    took = time.perf_counter() - start
    print(
        f"  ours {1e3 * ours:.2f} ms; pyspiel.nash_conv {took:.2f} s; difference {exact.nash_conv - theirs:.1e}",
        flush=True,
    )
    tabular = python_policy.tabular_policy_from_callable(
        spiel, lambda state: dict(table[state.information_state_string()])
    )
    start = time.perf_counter()
    theirs = exploitability.nash_conv(spiel, tabular)
    took = time.perf_counter() - start
    print(f"  OpenSpiel's Python nash_conv {took:.2f} s; difference {exact.nash_conv - theirs:.1e}")


def efg_policy(profile: BehaviourProfile, text: str) -> dict[str, list[tuple[int, float]]]:
    """The profile by OpenSpiel's information state strings, ``"<player>-<player>-<number>-<label>"``."""
    tree: GameTree = profile.tree
    table: dict[str, list[tuple[int, float]]] = {}
    for line in text.splitlines():
        if line.startswith("p"):
            head, label, *_ = line[5:].split('"')
            player, number = (int(word) for word in head.split())
            stage, history, own_type = map(int, label.split()[0].split("."))
            legal = tree.game.legal[tree.stages[stage].state[history], player - 1]
            row = profile.of(player - 1, stage)[history, own_type, legal]
            table[f"{player - 1}-{player - 1}-{number}-{label}"] = list(enumerate(map(float, row)))
    return table


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--horizon", type=int, default=6, help="the longest war, in periods")
    parser.add_argument("--war-in-openspiel", type=int, default=0, metavar="T", help="periods of the exported war")
    options = parser.parse_args()
    war_rows(options.horizon)
    card_rows()
    if options.war_in_openspiel:
        war_in_openspiel(options.war_in_openspiel)


if __name__ == "__main__":
    main()
