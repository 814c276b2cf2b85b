"""Seconds until NashConv is below 0.01 on Kuhn poker: our learners beside OpenSpiel's, in one run.

Each learner is asked for its policy now and then, and the clock is stopped while NashConv is measured: ours by
``theory.tree.evaluation``, theirs by their own functions. A learner that has not arrived after the limit says how far
it came. OpenSpiel's NFSP and policy gradients run twice: with the defaults of their classes, and with the settings of
their authors' examples for small poker games. Seconds are wall-clock.
Run: ``OMP_NUM_THREADS=1 python benchmarks/kuhn_time.py``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import learner_kinds, make_learner, parse_settings
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll

TARGET = 0.01
Runs = Iterator[Callable[[], float]]  # each step of it learns; what it yields measures NashConv


def ours(kind: str, seed: int) -> Runs:
    """One of our learners with its defaults."""
    game = load_preset("kuhn-poker").compile()
    settings = parse_settings({"kind": kind})
    learner, tree = make_learner(game, settings, seed), unroll(game)

    def measure() -> float:
        return min(evaluate(behaviour_of(tree, profile)).nash_conv for profile in learner.policies().values())

    for _ in range(learner.total_updates):
        learner.update()
        yield measure


def openspiel_cfr(seed: int) -> Runs:
    """OpenSpiel's CFR+ in C++, which has no settings."""
    import pyspiel

    game = pyspiel.load_game("kuhn_poker")
    solver = pyspiel.CFRPlusSolver(game)
    while True:
        solver.evaluate_and_update_policy()
        yield lambda: float(pyspiel.nash_conv(game, solver.average_policy()))


def openspiel_agents(make: Callable[[Any, int], list[Any]], average: bool, seed: int) -> Runs:
    """Two agents of OpenSpiel's Python library against each other; ``average``: they have an average policy."""
    import contextlib

    from open_spiel.python import policy as policies
    from open_spiel.python import rl_environment
    from open_spiel.python.algorithms import exploitability
    from open_spiel.python.pytorch import nfsp

    environment = rl_environment.Environment("kuhn_poker")
    environment.seed(seed)
    agents = make(environment, seed)

    class Joint(policies.Policy):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(environment.game, [0, 1])

        def action_probabilities(self, state: Any, player_id: int | None = None) -> dict[int, float]:
            player = state.current_player() if player_id is None else player_id
            info: list[Any] = [None, None]
            info[player] = state.information_state_tensor(player)
            legal: list[Any] = [None, None]
            legal[player] = state.legal_actions(player)
            step = rl_environment.TimeStep(
                observations={"current_player": player, "info_state": info, "legal_actions": legal},
                rewards=None, discounts=None, step_type=None,
            )  # fmt: skip
            agent = agents[player]
            mode = agent.temp_mode_as(nfsp.MODE.AVERAGE_POLICY) if average else contextlib.nullcontext()
            with mode:
                probabilities = agent.step(step, is_evaluation=True).probs
            return {action: float(probabilities[action]) for action in legal[player]}

    joint = Joint()
    while True:
        for _ in range(100):
            step = environment.reset()
            while not step.last():
                output = agents[step.observations["current_player"]].step(step)
                step = environment.step([output.action])
            for agent in agents:
                agent.step(step)
        yield lambda: float(exploitability.nash_conv(environment.game, joint))


def nfsp_agents(**settings: Any) -> Callable[[Any, int], list[Any]]:
    """NFSP in both seats."""

    def make(environment: Any, seed: int) -> list[Any]:
        from open_spiel.python.pytorch import nfsp

        spec, n = environment.observation_spec()["info_state"][0], environment.action_spec()["num_actions"]
        chosen = {"hidden_layers_sizes": [128], "reservoir_buffer_capacity": 2_000_000, "anticipatory_param": 0.1}
        return [nfsp.NFSP(player, spec, n, **(chosen | settings)) for player in range(2)]

    return make


def gradient_agents(**settings: Any) -> Callable[[Any, int], list[Any]]:
    """Policy gradients in both seats."""

    def make(environment: Any, seed: int) -> list[Any]:
        from open_spiel.python.pytorch import policy_gradient

        spec, n = environment.observation_spec()["info_state"][0], environment.action_spec()["num_actions"]
        return [policy_gradient.PolicyGradient(player, spec, n, **settings) for player in range(2)]

    return make


def seconds_to_target(runs: Runs, limit: float) -> tuple[float | None, float]:
    """Seconds of learning until NashConv is below the target, or None; and the lowest NashConv seen.

    It is measured at steps that lie ever further apart (by a tenth), so that measuring costs little.
    """
    spent, lowest, step, due = 0.0, np.inf, 0, 1
    while spent < limit:
        start = time.perf_counter()
        measure = next(runs, None)
        spent += time.perf_counter() - start
        if measure is None:
            break
        step += 1
        if step >= due:
            due = max(step + 1, int(step * 1.1))
            lowest = min(lowest, measure())
            if lowest < TARGET:
                return spent, lowest
    return None, lowest


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line a learner."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--repetitions", type=int, default=5, help="seeds, of learners that arrive within a second each"
    )
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of learning that a slow learner is given")
    chosen = parser.parse_args(arguments)
    example_nfsp = {
        "batch_size": 128, "rl_learning_rate": 0.01, "sl_learning_rate": 0.01, "min_buffer_size_to_learn": 1000,
        "learn_every": 64, "optimizer_str": "sgd", "replay_buffer_capacity": 200_000,
        "epsilon_decay_duration": 3_000_000, "epsilon_start": 0.06, "epsilon_end": 0.001,
        "update_target_network_every": 19_200,
    }  # fmt: skip
    example_gradient = {
        "loss_str": "rpg", "hidden_layers_sizes": (128,), "batch_size": 16, "entropy_cost": 0.001,
        "critic_learning_rate": 0.01, "pi_learning_rate": 0.01, "num_critic_before_pi": 4,
    }  # fmt: skip
    rows: list[tuple[str, Callable[[int], Runs]]] = [
        *((f"ours, {kind}", lambda seed, kind=kind: ours(kind, seed)) for kind in learner_kinds()),
        ("OpenSpiel, CFR+ (C++)", openspiel_cfr),
        ("OpenSpiel, NFSP, defaults", lambda seed: openspiel_agents(nfsp_agents(), True, seed)),
        ("OpenSpiel, NFSP, example", lambda seed: openspiel_agents(nfsp_agents(**example_nfsp), True, seed)),
        ("OpenSpiel, A2C, defaults", lambda seed: openspiel_agents(gradient_agents(), False, seed)),
        ("OpenSpiel, RPG, example", lambda seed: openspiel_agents(gradient_agents(**example_gradient), False, seed)),
    ]
    for name, make in rows:
        try:
            seconds_to_target(make(0), 0.5)  # compiles
            outcomes = [seconds_to_target(make(0), chosen.limit)]
            if outcomes[0][0] is not None and outcomes[0][0] < 1.0:
                outcomes += [seconds_to_target(make(seed), chosen.limit) for seed in range(1, chosen.repetitions)]
        except (ImportError, TypeError, AttributeError, RuntimeError) as error:
            sys.stdout.write(f"{name:<28} not run: {' '.join(str(error).split())[:120]}\n")
            continue
        arrived = [spent for spent, _ in outcomes if spent is not None]
        lowest = statistics.median(low for _, low in outcomes)
        text = (
            f"{statistics.median(arrived):9.4f} s (median of {len(arrived)})"
            if len(arrived) == len(outcomes)
            else f"not in {chosen.limit:.0f} s; lowest NashConv {lowest:.3f}"
        )
        sys.stdout.write(f"{name:<28}{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
