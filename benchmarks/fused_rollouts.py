"""How many plays of the talks game a second fused roll-outs make, on one core.

Each play draws type, message and reply. Medians of several repetitions, in seconds of processor time, so that
neighbours on a busy machine count less. Run: ``python benchmarks/fused_rollouts.py``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np

from olivebranch.envs.batched import BatchedGame, BatchStep
from olivebranch.envs.rollouts import roll_out
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import compile_talks

OFFER, ESCALATE = np.array([0.3, 0.8]), np.array([0.2, 0.6])


def vectorised(game: CompiledGame, episodes: int, generator: np.random.Generator) -> FloatArray:
    """The same in plain NumPy, for comparison: mean payoffs are left out."""
    low = generator.random(episodes) >= game.prior[0]
    offers = generator.random(episodes) < OFFER[low.astype(np.int64)]
    escalates = generator.random(episodes) < ESCALATE[offers.astype(np.int64)]
    return np.bincount(4 * low + 2 * offers + escalates, minlength=8).astype(np.float64)


def stepped(game: CompiledGame, episodes: int, generator: np.random.Generator) -> FloatArray:
    """The same through the batched step interface with random legal actions, for comparison."""
    size = 8192
    batch = BatchedGame(game, size, generator, auto_reset=True)
    out, uniform, actions = BatchStep.empty(size, 2), np.zeros((size, 2)), np.zeros((size, 2), dtype=np.int64)
    for _ in range(2 * episodes // size):
        generator.random(out=uniform)
        batch.random_actions(actions, uniform)
        batch.step(actions, out=out)
    return out.rewards.sum(axis=0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a way of doing it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--episodes", type=int, default=500_000_000)
    parser.add_argument("--repetitions", type=int, default=7)
    chosen = parser.parse_args(arguments)
    game, generator = compile_talks(load_preset("weak-blend-in", "talks").parameters), np.random.default_rng(0)
    for name, play, episodes in (
        ("fused", lambda n: roll_out(game, OFFER, ESCALATE, n, generator), chosen.episodes),
        ("NumPy, vectorised", lambda n: vectorised(game, n, generator), chosen.episodes // 500),
        ("batched steps", lambda n: stepped(game, n, generator), chosen.episodes // 500),
    ):
        play(1000)
        speeds = []
        for _ in range(chosen.repetitions):
            start = time.thread_time()
            play(episodes)
            speeds.append(episodes / (time.thread_time() - start) / 1e6)
        sys.stdout.write(
            f"{name:<20}{statistics.median(speeds):9.1f} million episodes/s on one core (median of {len(speeds)}, "
            f"{min(speeds):.1f} to {max(speeds):.1f})\n"
        )


if __name__ == "__main__":
    main()
