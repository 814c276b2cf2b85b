"""Training speed of independent PPO on the war, beside Stable-Baselines3's PPO on a Gymnasium seat of the same game.

A step is one decision of one seat that has a choice; roll-outs and updates are both timed, by the wall clock. Ours
trains both seats at once with its default settings. Theirs trains one seat (``envs/seat.py``, eight side by side in
its DummyVecEnv) against uniform play, with layers, batch size and passes like ours and whole-batch gradient steps.
"A core" is one process with one thread; "two cores" is two seeds of ours trained side by side in two processes.
Run: ``python benchmarks/neural_ppo_war.py``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

from olivebranch.agents.deep.ppo import IndependentPPO, PPOSettings
from olivebranch.envs.seat import SeatEnv, UniformPolicy
from olivebranch.train.config import GameConfig

PRESETS = ("war-korea-1951-confident", "war-ukraine-2022")
SIDE_BY_SIDE = 8


def ours(preset: str, seed: int, updates: int, repetitions: int) -> list[float]:
    """Steps a second in each of ``repetitions`` stretches of training, after two updates that do not count."""
    torch.set_num_threads(1)
    learner = IndependentPPO(GameConfig(preset=preset).compile(), PPOSettings(), seed)
    for _ in range(2):
        learner.update()
    rates = []
    for _ in range(repetitions):
        start, steps = time.perf_counter(), 0
        for _ in range(updates):
            learner.update()
            steps += learner.decisions
        rates.append(steps / (time.perf_counter() - start))
    return rates


def theirs(preset: str, repetitions: int) -> list[float]:
    """The same of Stable-Baselines3, a batch at a time."""
    torch.set_num_threads(1)
    settings, game = PPOSettings(), GameConfig(preset=preset).compile()
    environments = DummyVecEnv([lambda: SeatEnv(game, 0, UniformPolicy()) for _ in range(SIDE_BY_SIDE)])
    model = PPO(
        "MultiInputPolicy",
        environments,
        n_steps=settings.batch // SIDE_BY_SIDE,
        batch_size=settings.batch,
        n_epochs=settings.epochs,
        policy_kwargs={"net_arch": list(settings.hidden)},
        seed=0,
        device="cpu",
    )
    model.learn(settings.batch)
    rates = []
    for _ in range(repetitions):
        start = time.perf_counter()
        model.learn(settings.batch)
        rates.append(settings.batch / (time.perf_counter() - start))
    return rates


def both(preset: str, updates: int, repetitions: int) -> list[float]:
    """Two seeds of ours at once; their rates added up, stretch by stretch."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(ours, preset, seed, updates, repetitions) for seed in (0, 1)]
        return [sum(rates) for rates in zip(*(run.result() for run in runs), strict=True)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a learner and preset."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--updates", type=int, default=10, help="of ours, in each stretch that is timed")
    chosen = parser.parse_args(arguments)
    for preset in PRESETS:
        rows = {
            "SB3's PPO, a core": theirs(preset, chosen.repetitions),
            "ours, a core": ours(preset, 0, chosen.updates, chosen.repetitions),
            "ours, two seeds on two cores": both(preset, chosen.updates, chosen.repetitions),
        }
        peer = statistics.median(rows["SB3's PPO, a core"])
        for name, rates in rows.items():
            middle = statistics.median(rates)
            sys.stdout.write(
                f"{preset:<26}{name:<30}{middle:12,.0f} steps/s (median of {len(rates)}, {min(rates):,.0f} to "
                f"{max(rates):,.0f}); {middle / peer:,.1f} times SB3's\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
