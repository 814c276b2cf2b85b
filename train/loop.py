"""Train one seed: update, measure now and then, keep a checkpoint, and write down the outcome."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.learner import Learner
from olivebranch.agents.policies.behaviour import LearnedPlay, behaviour_of, policies_of, require_storable
from olivebranch.agents.policies.storage import save_policy
from olivebranch.agents.registry import find_learner, make_learner
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.train.config import TrainConfig
from olivebranch.train.events import ScalarWriter
from olivebranch.train.measurement import METRICS, Measurement
from olivebranch.train.metrics import Meter
from olivebranch.train.opponents import training_game
from olivebranch.train.recording import RECORD_FILE, Recorder

Report = Callable[[int, int, float], None]  # updates done, updates in all, NashConv of the answer
Keep = Callable[[Mapping[str, LearnedPlay]], None]

CHECKPOINT = "checkpoint.safetensors"
CHECKPOINT_SECONDS = 20.0


def train_seed(
    config: TrainConfig,
    seed: int,
    folder: Path,
    tensorboard: Path,
    report: Report,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    advance: Callable[[Learner], None] = lambda learner: learner.update(),
    keep: Keep | None = None,
) -> None:
    """Train with one seed and write ``metrics.jsonl``, the record and the policies into the existing ``folder``.

    The bytes written there depend on ``config`` and ``seed`` alone. TensorBoard's event files, which hold clock times,
    go to ``tensorboard``. Where the folder holds a checkpoint, left by an earlier call that was killed, training goes
    on from there; the checkpoint is gone at the end.

    Args:
        config: the experiment.
        seed: one of its seeds.
        folder: where to write.
        tensorboard: where event files go.
        report: called at each evaluation.
        checkpoint_seconds: how long to train between two checkpoints.
        advance: makes one update; a place for a clock that counts learning alone.
        keep: writes down what was learned, by name (``last``, ``average``), in place of policy files and of the record.

    Raises:
        ParameterError: the checkpoint in the folder is damaged, or there is no such policy as an opponent is to play.
    """
    game = config.game.compile()
    world = training_game(config, game)
    learner, meter = make_learner(world.game, config.learner, seed), Meter(game)
    answer, diagnostics = find_learner(config.learner.kind).answer, getattr(learner, "diagnostics", dict)
    total = learner.total_updates
    # The record is for runs that are explained; whoever keeps something else is spared the watching.
    recorder = Recorder(meter.tree, world, learner, total) if keep is None else None
    due = {round(total * step / config.evaluations) for step in range(config.evaluations + 1)}
    checkpoint = folder / CHECKPOINT
    of = f"seed {seed} of a {config.learner.kind} with {total} updates in {game.game.name}"
    measurements: list[Measurement] = []
    first = 0
    if checkpoint.exists():
        with _refused(checkpoint):
            saved = unpack(checkpoint.read_bytes(), str(checkpoint))
            if saved.get("of", of) != of:  # a checkpoint may be older than this mark, or than records
                raise ValueError(f"it is of {saved['of']}, and this is {of}")
            learner.restore(saved["learner"])
            if recorder is not None and "record" in saved:
                recorder.restore(saved["record"])
            measurements = [Measurement.from_line(line) for line in saved["lines"]]
            first = int(saved["updates"]) + 1
    writer = ScalarWriter(tensorboard)

    def show(measurement: Measurement) -> None:
        writer.add(measurement.scalars(), measurement.step)
        report(measurement.update, total, measurement.policies[answer].nash_conv)

    for measurement in measurements:
        show(measurement)
    saved_at = time.monotonic()
    with _one_torch_thread():
        for done in range(first, total + 1):
            if done:
                if recorder is not None:
                    recorder.begin(done)
                advance(learner)
            if done in due:
                played = {which: world.whole(play) for which, play in learner.policies().items()}
                if done == first:  # at once, not when all is to be written
                    require_storable(config.learner.kind, played)
                played["last"] = behaviour_of(meter.tree, played["last"])  # once, for both
                metrics = meter.measure(played)
                if recorder is not None:
                    recorder.measured(done, played["last"])
                measurements.append(Measurement(done, config.learner.episodes_after(done), metrics, diagnostics()))
                show(measurements[-1])
            if time.monotonic() - saved_at >= checkpoint_seconds:
                lines = [measurement.to_line() for measurement in measurements]
                state = {"learner": learner.state()}
                if recorder is not None:
                    state["record"] = recorder.state()
                write_bytes(checkpoint, pack({"of": of, "updates": done, "lines": lines, **state}))
                saved_at = time.monotonic()
        writer.close()
        write_bytes(folder / METRICS, "".join(measurement.to_line() + "\n" for measurement in measurements).encode())
        learned = {which: world.whole(play) for which, play in learner.policies().items()}
        if keep is not None:
            keep(learned)
        if recorder is not None:
            write_bytes(folder / RECORD_FILE, recorder.content())
            for which, play in learned.items():
                (folder / which).mkdir(exist_ok=True)
                for player, policy in zip(game.game.players, policies_of(play), strict=True):
                    save_policy(policy, folder / which / f"{player}.safetensors", player)
    checkpoint.unlink(missing_ok=True)


@contextmanager
def _refused(checkpoint: Path) -> Iterator[None]:
    """Whatever goes wrong as a state is put back is the file's fault, and told in one line."""
    try:
        yield
    except ParameterError:
        raise
    except Exception as error:  # a learner's own code meets a state that it never wrote
        reason = f"{type(error).__name__}: {error}"
        expected = f"a state of this learner, game and seed ({' '.join(reason.split())[:200]}); remove it to begin anew"
        raise ParameterError("checkpoint", str(checkpoint), expected) from None


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    # Sums over several threads may round differently, and small networks are faster on one.
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
