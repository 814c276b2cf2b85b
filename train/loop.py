"""Train one seed: update, measure now and then, and write down the outcome."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tensorboard.summary import Writer

from olivebranch.agents.learner import make_learner
from olivebranch.agents.storage import save_policy, write_bytes
from olivebranch.train.config import TrainConfig
from olivebranch.train.metrics import Meter

Report = Callable[[int, int, float], None]  # updates done, updates in all, NashConv of the last iterate


def train_seed(config: TrainConfig, seed: int, folder: Path, tensorboard: Path, report: Report) -> None:
    """Train with one seed and write ``metrics.jsonl`` and the policies into the existing, empty ``folder``.

    The bytes written there depend on ``config`` and ``seed`` alone. TensorBoard's event files, which hold clock times,
    go to ``tensorboard``.
    """
    game = config.game.compile()
    learner, meter = make_learner(game, config.learner, seed), Meter(game)
    total = learner.total_updates
    due = {round(total * step / config.evaluations) for step in range(config.evaluations + 1)}
    lines = []
    writer = Writer(str(tensorboard))
    with _one_torch_thread():
        for done in range(total + 1):
            if done:
                learner.update()
            if done in due:
                episodes = done * config.learner.batch
                metrics = meter.measure(learner.policies())
                lines.append(json.dumps({"update": done, "episodes": episodes, **metrics}))
                for name, value in metrics.items():
                    writer.add_scalar(name, value, episodes)
                report(done, total, metrics["last/nash_conv"])
        writer.close()
        write_bytes(folder / "metrics.jsonl", ("\n".join(lines) + "\n").encode())
        for which, profile in learner.policies().items():
            (folder / which).mkdir()
            for player, policy in zip(game.game.players, profile, strict=True):
                save_policy(policy, folder / which / f"{player}.safetensors")


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
