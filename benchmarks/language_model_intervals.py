"""How often the interval on NashConv from samples holds the truth, how wide it is, and what the allocation saves.

Run alone: ``python benchmarks/language_model_intervals.py``; ``--models 100`` for a quick look.
"""

import argparse
import time

import numpy as np

from olivebranch.games.registry import find_game
from olivebranch.theory.equilibria.reference import reference_of
from olivebranch.theory.sampling.allocation import allocate, spreads
from olivebranch.theory.sampling.counts import PlayCounts, situations_of
from olivebranch.theory.sampling.loops import Loops
from olivebranch.theory.sampling.nash_conv import bootstrap_interval, nash_conv_interval
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile

CASES = (
    ("rival-expectations", 20), ("rival-expectations", 50), ("rival-expectations", 200), ("mutual-doubt", 50),
    ("costly-signal", 50), ("kuhn-poker", 50), ("war-example", 20), ("war-example", 50),
)  # fmt: skip
KINDS = ("any mixtures", "sharp mixtures", "equilibria", "trembling equilibria")


def drawn_model(
    tree: GameTree, equilibria: list[BehaviourProfile], number: int, generator: np.random.Generator
) -> BehaviourProfile:
    """A model of kind ``number % 4``; see ``KINDS``."""
    one = random_profile(tree, generator)
    if number % 4 == 0:
        return one
    if number % 4 == 1:
        stages = []
        for stage in tree.stages:
            legal = tree.moves.legal[stage.state]
            weights = generator.standard_gamma(np.where(legal, 0.1, 0.0)) + np.where(legal, 1e-300, 0.0)
            stages.append(weights / weights.sum(axis=2, keepdims=True))
        return BehaviourProfile(tree, tuple(stages))
    share = 0.05 * (number % 4 == 3)
    equilibrium = equilibria[(number // 4) % len(equilibria)]
    return BehaviourProfile(
        tree, tuple(share * a + (1 - share) * b for a, b in zip(one.stages, equilibrium.stages, strict=True))
    )


def sampled(profile: BehaviourProfile, asked: np.ndarray | int, generator: np.random.Generator) -> PlayCounts:
    """Answers in each situation."""
    tree, situations = profile.tree, situations_of(profile.tree)
    places = zip(situations.stage, situations.history, situations.column, strict=True)
    shares = np.array([profile.stages[s][h, c] for s, h, c in places])
    return PlayCounts.of(tree, situations, generator.multinomial(asked, shares / shares.sum(axis=1, keepdims=True)))


def intervals(name: str, n: int, n_models: int) -> None:
    game, generator = find_game(name), np.random.default_rng(0)
    tree = unroll(game.compiled)
    equilibria = [component.profile() for component in reference_of(game).components]
    rows = np.empty((n_models, 5))
    began = time.perf_counter()
    for number in range(n_models):
        profile = drawn_model(tree, equilibria, number, generator)
        truth, play = evaluate(profile).nash_conv, sampled(profile, n, generator)
        found, (low, high) = nash_conv_interval(play, generator), bootstrap_interval(play, generator)
        sure = found.guaranteed is None or found.guaranteed[0] - 1e-9 <= truth <= found.guaranteed[1] + 1e-9
        rows[number] = (
            found.low - 1e-9 <= truth <= found.high + 1e-9, low - 1e-9 <= truth <= high + 1e-9,
            found.high - found.low, high - low, sure,
        )  # fmt: skip
    held, bootstrap = rows[:, 0].mean(), rows[:, 1].mean()
    ratio = np.median(rows[:, 2]) / np.median(rows[:, 3])
    by_kind = ", ".join(f"{kind} {rows[k::4, 0].mean():.3f}" for k, kind in enumerate(KINDS))
    print(  # noqa: T201
        f"| `{name}` | {n} | {n_models:,} | {held:.3f} | {bootstrap:.3f} | {ratio:.2f} |   "
        f"({by_kind}; guaranteed {rows[:, 4].mean():.3f}; {time.perf_counter() - began:.0f} s)",
        flush=True,
    )


def saving(name: str, n: int, n_models: int) -> None:
    """The samples that the adaptive allocation needs for the width of the even one, as a share of the latter's."""
    tree, generator = unroll(find_game(name).compiled), np.random.default_rng(1)
    situations, loops, found = situations_of(tree), Loops(tree), []
    for _ in range(n_models):
        profile = random_profile(tree, generator)
        even = nash_conv_interval(sampled(profile, n, generator), generator, draws=300)
        counts, total = np.zeros((len(situations), tree.game.n_actions)), 0
        step = max(20, len(situations) * n // 40)
        while total < 2 * n * len(situations):
            play = PlayCounts.of(tree, situations, counts)
            extra = allocate(spreads(play, situations, loops, 0.05), counts.sum(axis=1), step)
            counts += sampled(profile, extra, generator).at(situations)
            total += int(extra.sum())
            now = nash_conv_interval(PlayCounts.of(tree, situations, counts), generator, draws=300)
            if now.high - now.low <= even.high - even.low:
                break
        found.append(total / (n * len(situations)))
    print(  # noqa: T201
        f"{name}, {len(situations)} situations: adaptive allocation needs {np.median(found):.2f} of the even one's "
        f"samples (median of {n_models} models; largest {max(found):.2f})",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    arguments = parser.parse_args()
    for case, answers in CASES:
        intervals(case, answers, arguments.models)
    for case in ("war-example", "war-ukraine-2022"):
        saving(case, 20, max(2, arguments.models // (20 if case == "war-example" else 100)))
