"""What the elicitation of a language model keeps to, against the stub server of the tests.

How often are the mixtures that the server plays within their simultaneous 95 % bounds, with refusals, nonsense and odd
capitals among its answers? Are log-probabilities noticed that are not the model's? Does an elicitation that is killed
again and again (kill -9) end in the same transcript and the same scores, and is the key in none of its files?

Run: ``python benchmarks/language_model_server.py``; ``--repetitions 100 --kills 5`` for a quick look.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from olivebranch.agents.language_model import client
from olivebranch.agents.language_model.playing import play_of
from tests.agents.language_model.test_playing import TALKS, killed, repetitions, settings
from tests.language_model_stub import Stub, serving

SAMPLES = 20  # of each situation


def label_verdicts() -> None:
    """What becomes of log-probabilities of each kind that the server can give."""
    for kind in ("right", "wrong", "placeholder", "none"):
        with TemporaryDirectory() as folder, serving(Stub(labels=kind)) as url:
            labels = play_of(TALKS, settings(url, Path(folder), method="label-probabilities", samples=10)).labels
        assert labels is not None
        print(f"log-probabilities, {kind}: {f'refused ({labels.refused})' if labels.refused else 'used'}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    arguments = parser.parse_args()
    client.FIRST_WAIT = 0.001  # the stub's faults pass at once
    label_verdicts()
    began = time.perf_counter()
    held = repetitions(arguments.repetitions, SAMPLES)
    took = time.perf_counter() - began
    print(
        f"mixtures within their bounds in {held:.3f} of {arguments.repetitions:,} repetitions; {took:.0f} s", flush=True
    )
    began = time.perf_counter()
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        killed(arguments.kills, Path(folder), patch)  # asserts what is printed
    took = time.perf_counter() - began
    print(f"{arguments.kills} kills: the same transcript, the same scores, and the key in no file; {took:.0f} s")


if __name__ == "__main__":
    main()
