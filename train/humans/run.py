"""Train every learner in every signalling experiment, in pieces that stream to disk.

A study folder is ``OUTPUT/NAME/``; beside ``config.yaml`` it holds ``runs/GAME/LEARNER.npz`` for learners that are
stacked, all seeds in one file, and ``runs/GAME/LEARNER-SEED.npz`` for the others. A file holds ``last_sender`` and
``average_sender`` ``[seeds, types, messages]``, ``last_receiver`` and ``average_receiver``
``[seeds, messages, responses]``; a learner without an average has its last play there. All learners see payoffs from 0
to 1: a temperature or a step then means the same in all games.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import make_learner
from olivebranch.agents.stacked.games import StackedGames, StackedPlay, run_states
from olivebranch.agents.stacked.registry import stacked_learner
from olivebranch.core.backend import HERE, Backend
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.core.workers import Tell
from olivebranch.games.base import FloatArray
from olivebranch.theory.signalling.tables import in_unit_payoffs, tables_of
from olivebranch.theory.tree.histories import unroll
from olivebranch.train.chunks import Report, do_pieces, prepare_folder
from olivebranch.train.humans.config import HumansConfig

ARRAYS = tuple(f"{which}_{seat}" for which in ("last", "average") for seat in ("sender", "receiver"))


@dataclass(frozen=True)
class Part:
    """All seeds of a stacked learner in one game, or one seed of another."""

    config: HumansConfig
    folder: Path
    game: str
    learner: str
    seed: int | None = None

    @property
    def path(self) -> Path:
        """See :class:`~olivebranch.train.chunks.Piece`."""
        end = "" if self.seed is None else f"-{self.seed:03d}"
        return self.folder / "runs" / self.game / f"{self.learner}{end}.npz"

    @property
    def size(self) -> int:
        """See :class:`~olivebranch.train.chunks.Piece`."""
        return 1


def train_study(
    config: HumansConfig,
    output: Path,
    *,
    backend: Backend = HERE,
    report: Report = lambda done, total: None,
) -> Path:
    """Train what the folder does not hold yet; see :func:`~olivebranch.train.chunks.do_pieces`.

    Returns:
        The study folder.
    """
    folder = output / config.name
    prepare_folder(folder, config.as_yaml())
    do_pieces(train_part, [list(parts(config, folder))], folder, preload=__name__, backend=backend, report=report)
    return folder


def parts(config: HumansConfig, folder: Path) -> Iterator[Part]:
    """All pieces, those of stacked learners first."""
    games = config.forms()
    for learner in config.learners:
        for game in games:
            yield Part(config, folder, game, learner)
    for seed in range(config.sample_seeds):
        for learner in config.sample:
            for game in games:
                yield Part(config, folder, game, learner, seed)


def train_part(part: Part, tell: Tell) -> None:
    """Train one piece and write its file."""
    last, average = _stacked(part) if part.seed is None else _sampled(part, part.seed)
    arrays: dict[str, Any] = dict(
        zip(ARRAYS, (last.sender, last.receiver, average.sender, average.receiver), strict=True)
    )
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_bytes(part.path, buffer.getvalue())
    tell()


def load_part(config: HumansConfig, folder: Path, game: str, learner: str) -> dict[str, StackedPlay]:
    """``last`` and ``average`` play of all seeds of a learner in a game, each table ``[seeds, ..]``.

    Raises:
        ParameterError: a piece is missing or damaged.
    """
    seeds = [None] if learner in config.learners else range(config.sample_seeds)
    kept: dict[str, list[FloatArray]] = {name: [] for name in ARRAYS}
    for seed in seeds:
        path = Part(config, folder, game, learner, seed).path
        try:
            with np.load(path, allow_pickle=False) as stored:
                for name, found in kept.items():
                    found.append(stored[name])
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ParameterError("runs", str(path), f"a piece of a study ({error})") from None
    arrays = [np.concatenate(found) for found in kept.values()]
    return {"last": StackedPlay(*arrays[:2]), "average": StackedPlay(*arrays[2:])}


def _stacked(part: Part) -> tuple[StackedPlay, StackedPlay]:
    config, settings = part.config, part.config.learners[part.learner]
    forms = config.forms()
    games = StackedGames.of_signalling([in_unit_payoffs(forms[part.game])])
    states = run_states(config.seed, list(forms).index(part.game), 1, config.seeds)
    outcome = stacked_learner(settings.kind)(games, settings, states)
    last, average = (StackedPlay(play.sender[0], play.receiver[0]) for play in (outcome.last, outcome.average))
    return last, average


def _sampled(part: Part, seed: int) -> tuple[StackedPlay, StackedPlay]:
    config = part.config
    game = in_unit_payoffs(config.forms()[part.game]).compile()
    learner = make_learner(game, config.sample[part.learner], config.seed + seed)
    for _ in range(learner.total_updates):
        learner.update()
    tree, played = unroll(game), learner.policies()
    found = []
    for which in ("last", "average"):
        sender, receiver = tables_of(behaviour_of(tree, played.get(which, played["last"])))
        found.append(StackedPlay(sender[None], receiver[None]))
    return found[0], found[1]
