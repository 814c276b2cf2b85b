"""Our enumerator against Gambit's full enumerations, on the same random signalling games, side by side in one run.

For each shape (types x messages x responses) a few random games are solved by

- *ours*: every perfect Bayesian equilibrium, exact, as connected components with all pairs of supports;
- *ours, refined*: the same with six refinements and a certificate for each component;
- *ours, floats*: as the first, in floating point;
- *enummixed*: Gambit's extreme Nash equilibria of the strategic form, in rational arithmetic;
- *enumpoly*: Gambit's totally mixed equilibria on each support of the extensive form, by polynomial systems.

The tasks differ: Nash equilibria include those that are not sequentially rational off the path, and Gambit lists
points, not components. Each solver has its own process, which is stopped after ``--timeout`` seconds on a game. Only
solving is timed, not reading the game; each game is solved ``--repetitions`` times and its median counts. Where the
median game was not finished the table says so. Gambit is an optional extra (``pip install olivebranch[peers]``).

Run: ``python benchmarks/enumerator_vs_gambit.py``.
"""

import argparse
import io
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

try:
    import pygambit
except ImportError:
    pygambit = None

from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame, compile_signalling
from olivebranch.theory.signalling.numbers import FLOATING
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.tree.export import to_efg

Task = Callable[[], Any]


def random_game(shape: tuple[int, int, int], generator: np.random.Generator) -> SignallingGame:
    """A uniform prior and payoffs drawn from the integers -99..99, so that exact arithmetic is at ease for both."""
    types = shape[0]
    sender, receiver = (generator.integers(-99, 100, size=shape) for _ in range(2))
    return SignallingGame([f"1/{types}"] * types, sender, receiver)


def _ours(game: SignallingGame) -> Task:
    return lambda: enumerate_equilibria(game)


def _refined(game: SignallingGame) -> Task:
    def run() -> list[Any]:
        components = enumerate_equilibria(game).components
        return [(Refiner(c.pieces[0].context).verdicts(c), c.certificate) for c in components]

    return run


def _floats(game: SignallingGame) -> Task:
    return lambda: enumerate_equilibria(game, FLOATING)


def _enummixed(game: SignallingGame) -> Task:
    tree = pygambit.read_efg(io.BytesIO(to_efg(compile_signalling(game)).encode()))
    return lambda: pygambit.nash.enummixed_solve(tree, rational=True)


def _enumpoly(game: SignallingGame) -> Task:
    tree = pygambit.read_efg(io.BytesIO(to_efg(compile_signalling(game)).encode()))
    return lambda: pygambit.nash.enumpoly_solve(tree)


SOLVERS: dict[str, Callable[[SignallingGame], Task]] = {
    "ours": _ours,
    "ours, refined": _refined,
    "ours, floats": _floats,
    "enummixed": _enummixed,
    "enumpoly": _enumpoly,
}


def _serve(name: str, games: list[SignallingGame], repetitions: int, pipe: Connection) -> None:
    """Solve each game several times; send the seconds of each solution, or the name of what went wrong."""
    for game in games:
        pipe.send("ready")
        try:
            task = SOLVERS[name](game)
            for _ in range(repetitions):
                start = time.perf_counter()
                task()
                pipe.send(time.perf_counter() - start)
        except Exception as problem:  # a solver that fails is a result to report
            pipe.send(type(problem).__name__)


def measure(name: str, games: list[SignallingGame], repetitions: int, timeout: float) -> list[float | str]:
    """For each game the median seconds of one solver, or why there are none."""
    results: list[float | str] = []
    while len(results) < len(games):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        left = games[len(results) :]
        worker = multiprocessing.get_context("spawn").Process(target=_serve, args=(name, left, repetitions, sender))
        worker.start()
        sender.close()
        try:
            while len(results) < len(games):
                results.append(_one_game(receiver, repetitions, timeout))
                if results[-1] == "time out":
                    break
        except EOFError:
            results.append("crash")
        finally:
            worker.kill()
            worker.join()
    return results


def _one_game(receiver: Connection, repetitions: int, timeout: float) -> float | str:
    """Listen to the worker's solutions of one game. EOFError if it has died."""
    times: list[float] = []
    receiver.recv()  # the worker says when it is about to start, imports done
    while len(times) < repetitions:
        if not receiver.poll(timeout):
            return "time out"
        answer = receiver.recv()
        if isinstance(answer, str):
            return answer
        times.append(answer)
    return statistics.median(times)


def summary(results: list[float | str]) -> str:
    """The median over games, counting one that was not solved as slower than all others."""
    times = sorted(float("inf") if isinstance(result, str) else result for result in results)
    middle, solved = statistics.median_high(times), sum(t < float("inf") for t in times)
    failures = ", ".join(sorted({result for result in results if isinstance(result, str)}))
    text = f"{middle * 1e3:10.2f} ms" if middle < float("inf") else f"{'unsolved':>13}"
    return text + (f"  ({solved} of {len(results)} games; {failures})" if failures else "")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each shape and solver."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shapes", nargs="+", default=["2x2x2", "2x3x2", "2x4x2", "3x2x2", "3x3x3"])
    parser.add_argument("--games", type=int, default=7)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--timeout", type=float, default=4.0, help="seconds for one solution")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    solvers = [name for name in SOLVERS if name.startswith("ours") or pygambit]
    if len(solvers) < len(SOLVERS):
        sys.stdout.write("pygambit is not installed: only our own figures\n")
    for text in chosen.shapes:
        t, m, a = (int(part) for part in text.split("x"))
        generator = np.random.default_rng(chosen.seed)
        games = [random_game((t, m, a), generator) for _ in range(chosen.games)]
        for name in solvers:
            results = measure(name, games, chosen.repetitions, chosen.timeout)
            sys.stdout.write(f"{text}  {name:<14} {summary(results)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
