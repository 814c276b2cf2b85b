"""How near to equilibrium deep learners come with their defaults: on random talks games, or on a preset.

Talks games are drawn from a seed, so that none of them is a preset; the score is NashConv over that of uniform play, of
each learner's answer, at the end. On a preset (``--preset kuhn-poker``) NashConv itself is printed at twenty times,
with the processor time of training. Run: ``python benchmarks/deep_learners.py --games 20 --seeds 2`` and
``python benchmarks/deep_learners.py --preset kuhn-poker --seeds 3 --learners r-nad,ppo-mmd --plays 2000000``.
"""

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np
import torch

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import find_learner, make_learner, parse_settings
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile

LEARNERS, CHECKPOINTS, DRAWN = "ppo,mappo,ppo-mmd,r-nad,nash-pg", 20, 20261125


def random_talks(number: int, seed: int) -> list[CompiledGame]:
    """So many talks games, whose parameters are uniform and independent but for the order of the two losses."""
    generator = np.random.default_rng(seed)
    games = []
    for _ in range(number):
        loss_high, loss_low = np.sort(generator.random(2)).tolist()
        drawn = {
            "prior_high": generator.uniform(0.05, 0.95),
            "escalation_cost": generator.uniform(0.0, 0.8),
            "sender_dividend": generator.uniform(0.02, 0.5),
            "receiver_dividend": generator.uniform(0.0, 0.5),
            "pressure": generator.uniform(0.0, 0.9),
            "shelter": generator.uniform(0.0, 0.9),
            "face_cost": generator.uniform(0.0, 0.5),
            "guarantee": generator.uniform(0.0, 0.3),
        }
        games.append(TalksParameters(loss_high=loss_high, loss_low=loss_low, **drawn).compile())
    return games


def curve(game: CompiledGame, kind: str, plays: int, seed: int) -> tuple[list[float], float]:
    """NashConv of the answer at each checkpoint, and the processor seconds that updates took."""
    settings = parse_settings({"kind": kind, "episodes": plays})
    learner, tree, answer = make_learner(game, settings, seed), unroll(game), find_learner(kind).answer
    due = {round(learner.total_updates * share / CHECKPOINTS) for share in range(1, CHECKPOINTS + 1)}
    found, spent = [], 0.0
    for done in range(1, learner.total_updates + 1):
        start = time.process_time()
        learner.update()
        spent += time.process_time() - start
        if done in due:
            found.append(evaluate(behaviour_of(tree, learner.policies()[answer])).nash_conv)
    return found, spent


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a learner, or one a run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--learners", default=LEARNERS, help="kinds, separated by commas")
    parser.add_argument("--preset", help="instead of random talks games")
    parser.add_argument("--games", type=int, default=20, help="random talks games")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--plays", type=int, default=500_000, help="of training; in a talks game each is two decisions")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    for kind in chosen.learners.split(","):
        if chosen.preset:
            for seed in range(chosen.seeds):
                found, spent = curve(load_preset(chosen.preset).compile(), kind, chosen.plays, seed)
                late = max(found[-CHECKPOINTS // 5 - 1 :])
                numbers = " ".join(f"{one:.4f}" for one in found)
                sys.stdout.write(
                    f"{kind:<10} seed {seed}: {numbers}; most in the last 20 % {late:.4f}; {spent:.0f} s\n"
                )
                sys.stdout.flush()
            continue
        scores = []
        for game in random_talks(chosen.games, DRAWN):
            uniform = evaluate(uniform_profile(unroll(game))).nash_conv
            scores += [curve(game, kind, chosen.plays, seed)[0][-1] / uniform for seed in range(chosen.seeds)]
        sys.stdout.write(
            f"{kind:<10} mean {np.mean(scores):.4f}, median {np.median(scores):.4f}, largest {max(scores):.4f}; at "
            f"most 0.03 in {np.mean(np.array(scores) <= 0.03):.0%} of {len(scores)} runs\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
