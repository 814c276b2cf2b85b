"""How fast many games step side by side, on one core, beside peers in the same run.

An *agent-step* is one seat of one game taking one step: a game of two seats that plays one stage makes two, as
PettingZoo's parallel environments and PufferLib count. A *decision* is an agent-step of a seat that has a choice: in
the talks game one seat has, in the war both. Each step of ours includes observations and legal-action masks of every
seat, rewards, the end of plays and their restart, and all random numbers. ``+ actions`` also draws the random legal
actions that are played.

Peers, each through its own interface with random legal actions drawn by the caller: PettingZoo's rock-paper-scissors
(parallel and AEC; needs pygame), OpenSpiel's playouts of Kuhn poker and of iterated rock-paper-scissors. Ours also
runs in PettingZoo's own form, a single game at a time. Seconds are of processor time, so that neighbours on a busy
machine count less.

Run: ``python benchmarks/batched_step.py``. pygame comes with ``pip install olivebranch[benchmarks]``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from olivebranch.envs.batched import BatchedGame, BatchStep
from olivebranch.envs.multi import GameParallelEnv
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import compile_talks
from olivebranch.games.war import compile_war
from olivebranch.games.war_parameters import WarParameters

# The example of docs/model.md, section 5, with a third period.
WAR = WarParameters(
    horizon=3,
    grid=4,
    start=3,
    breakthrough_a=(0.13, 0.92),
    breakthrough_b=(0.66, 0.78),
    prior=((0.67 * 0.33, 0.67 * 0.67), (0.33 * 0.33, 0.33 * 0.67)),
    war_cost=(0.02, 0.04),
    escalation_cost=(0.15, 0.15),
    pressure=0.57,
    shelter=0.33,
    face_cost=0.1,
    defeat_cost=0.44,
)

Task = Callable[[], tuple[int, int]]  # plays for a while; returns agent-steps and decisions made


def batched(game: CompiledGame, size: int, steps: int, actions_too: bool) -> Task:
    """Steps of :class:`BatchedGame`; the actions' drawing is part of it or not."""
    generator = np.random.Generator(np.random.SFC64(0))
    batch = BatchedGame(game, size, generator, auto_reset=True)
    out = BatchStep.empty(size, game.n_players)
    actions, uniform = np.zeros((size, game.n_players), dtype=np.int64), np.zeros((size, game.n_players))
    observations = np.zeros((size, game.n_players, batch.encoder.width), dtype=np.float32)
    masks = np.zeros((size, game.n_players, game.n_actions), dtype=np.bool_)
    counts = game.legal.sum(axis=2) > 1
    waited = [0.0]

    def run() -> tuple[int, int]:
        decisions, waited[0] = 0, 0.0
        for _ in range(steps):
            start = time.thread_time()
            decisions += int(counts[batch.public_state].sum())
            if not actions_too:
                generator.random(out=uniform)
                batch.random_actions(actions, uniform)
            waited[0] += time.thread_time() - start
            if actions_too:
                generator.random(out=uniform)
                batch.random_actions(actions, uniform)
            batch.step(actions, out=out)
            batch.observe(observations, masks)
        return steps * size * game.n_players, decisions

    run.waited = waited  # type: ignore[attr-defined]
    return run


def own_parallel(game: CompiledGame, plays: int) -> Task:
    """Our PettingZoo environment, one game at a time."""
    env, generator = GameParallelEnv(game), np.random.default_rng(0)

    def run() -> tuple[int, int]:
        steps = decisions = 0
        for _ in range(plays):
            observations, _ = env.reset(seed=int(generator.integers(2**31)))
            while env.agents:
                masks = {agent: np.flatnonzero(seen["action_mask"]) for agent, seen in observations.items()}
                steps += len(masks)
                decisions += sum(len(mask) > 1 for mask in masks.values())
                observations, *_ = env.step({agent: int(generator.choice(mask)) for agent, mask in masks.items()})
        return steps, decisions

    return run


def pettingzoo_parallel(plays: int) -> Task:
    """PettingZoo's rps_v2, parallel interface."""
    from pettingzoo.classic import rps_v2

    env, generator = rps_v2.parallel_env(max_cycles=15), np.random.default_rng(0)

    def run() -> tuple[int, int]:
        steps = 0
        for _ in range(plays):
            env.reset(seed=0)
            while env.agents:
                steps += len(env.agents)
                env.step({agent: int(generator.integers(3)) for agent in env.agents})
        return steps, steps

    return run


def pettingzoo_aec(plays: int) -> Task:
    """PettingZoo's rps_v2, agent by agent, without its wrappers."""
    from pettingzoo.classic import rps_v2

    env, generator = rps_v2.raw_env(max_cycles=15), np.random.default_rng(0)

    def run() -> tuple[int, int]:
        steps = 0
        for _ in range(plays):
            env.reset(seed=0)
            while env.agents:
                over = env.terminations[env.agent_selection] or env.truncations[env.agent_selection]
                env.step(None if over else int(generator.integers(3)))
                steps += not over
        return steps, steps

    return run


def openspiel(name: str, plays: int) -> Task:
    """OpenSpiel playouts: C++ states, a loop in Python."""
    import pyspiel

    game, generator = pyspiel.load_game(name), np.random.default_rng(0)

    def run() -> tuple[int, int]:
        steps = 0
        uniform = iter(generator.random(20 * plays).tolist())
        for _ in range(plays):
            state = game.new_initial_state()
            while not state.is_terminal():
                if state.is_chance_node():
                    outcomes = state.chance_outcomes()
                    state.apply_action(outcomes[int(next(uniform) * len(outcomes))][0])  # all equally likely here
                elif state.is_simultaneous_node():
                    legal = [state.legal_actions(player) for player in range(game.num_players())]
                    state.apply_actions([actions[int(next(uniform) * len(actions))] for actions in legal])
                    steps += len(legal)
                else:
                    actions = state.legal_actions()
                    state.apply_action(actions[int(next(uniform) * len(actions))])
                    steps += 1
        return steps, steps

    return run


def tasks(size: int, steps: int) -> Iterator[tuple[str, Callable[[], Task]]]:
    """Name and maker of everything that is timed."""
    for name, game in (
        ("talks", compile_talks(load_preset("weak-blend-in", "talks").parameters)),
        ("war, 3 periods", compile_war(WAR)),
    ):
        yield f"{name}: batched", lambda game=game: batched(game, size, steps, False)
        yield f"{name}: batched + actions", lambda game=game: batched(game, size, steps, True)
        yield f"{name}: PettingZoo form", lambda game=game: own_parallel(game, 300)
    yield "PettingZoo rps_v2, parallel", lambda: pettingzoo_parallel(200)
    yield "PettingZoo rps_v2, raw AEC", lambda: pettingzoo_aec(200)
    yield "OpenSpiel kuhn_poker", lambda: openspiel("kuhn_poker", 3000)
    yield "OpenSpiel matrix_rps", lambda: openspiel("matrix_rps", 10000)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", type=int, default=8192, help="games side by side")
    parser.add_argument("--steps", type=int, default=200, help="steps of the batch in each repetition")
    parser.add_argument("--repetitions", type=int, default=7)
    chosen = parser.parse_args(arguments)
    write = sys.stdout.write
    write(f"{'':<32}{'agent-steps/s':>15} {'decisions/s':>13}   (medians of {chosen.repetitions}; from .. to)\n")
    for name, make in tasks(chosen.size, chosen.steps):
        try:
            task = make()
        except ImportError as error:
            write(f"{name:<32}skipped: {error.name or error} is not installed\n")
            continue
        task()
        speeds: list[tuple[float, float]] = []
        for _ in range(chosen.repetitions):
            start = time.thread_time()
            steps, decisions = task()
            seconds = time.thread_time() - start - getattr(task, "waited", [0.0])[0]
            speeds.append((steps / seconds, decisions / seconds))
        agent, decided = (statistics.median(column) / 1e6 for column in zip(*speeds, strict=True))
        low, high = min(s for s, _ in speeds) / 1e6, max(s for s, _ in speeds) / 1e6
        write(f"{name:<32}{agent:13.3f} M {decided:11.3f} M   ({low:.3f} .. {high:.3f})\n")


if __name__ == "__main__":
    main()
