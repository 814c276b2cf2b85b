"""Work through a ledger, in chunks that stream to disk.

A ledger folder is ``OUTPUT/NAME/``:

=======================  ==============================================================================================
``config.yaml``          the resolved config, every default written out
``games/C2.1.npz``       the games of a statement about a single offer, and their payoff tables
``learned/``             ``C2.1/exp3.npz``: what a learner does in them
``theory/C2.1.json``     what theory says of them
``theory/checks.json``   the theory column of docs/claims.md
``wars/``                ``C10-inside-2-00025.npz``: some wars, solved and learned
=======================  ==============================================================================================

Each file appears, complete, when its chunk is done. Its bytes depend on the config alone, not on the number of workers,
nor on how often the work was interrupted.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import yaml

from olivebranch.core.errors import ParameterError
from olivebranch.core.files import alone_in, holds_others, sweep, write_bytes
from olivebranch.core.workers import Tell, run_in_processes
from olivebranch.core.yaml_text import read_yaml_file
from olivebranch.theory.claims.checking import decide_claims
from olivebranch.theory.claims.ledger import CLAIMS
from olivebranch.theory.claims.play import PLACES
from olivebranch.theory.claims.reading import forced, read
from olivebranch.theory.claims.statements import STATEMENTS
from olivebranch.train.ledger.config import LedgerConfig, learner_names
from olivebranch.train.ledger.offers import learn, read_games, write_games
from olivebranch.train.ledger.wars import WarBlock, play_wars, war_blocks

Report = Callable[[int, int], None]  # chunks done, chunks in all
SLOW = ("ppo", "ewa")  # begun first, so that none of them is left at the end for one worker alone


@dataclass(frozen=True)
class Chunk:
    """The unit of work that is done as a whole or not at all.

    Attributes:
        config: of the ledger.
        folder: its folder.
        what: ``"games"``, ``"learned"``, ``"theory"``, ``"checks"`` or ``"wars"``.
        statement: position in ``STATEMENTS``.
        learner: position in the config's learners.
        wars: which wars.
    """

    config: LedgerConfig
    folder: Path
    what: str
    statement: int = 0
    learner: int = 0
    wars: WarBlock | None = None

    @property
    def path(self) -> Path:
        """The file that appears when it is done."""
        if self.wars is not None:
            return self.folder / "wars" / f"{self.wars.name}.npz"
        if self.what == "checks":
            return checks_path(self.folder)
        key = STATEMENTS[self.statement].key
        if self.what == "learned":
            return learned_path(self.folder, key, learner_names(self.config.learners)[self.learner])
        return self.folder / self.what / f"{key}.{'json' if self.what == 'theory' else 'npz'}"


def games_path(folder: Path, key: str) -> Path:
    """Where the games of a statement are kept."""
    return folder / "games" / f"{key}.npz"


def learned_path(folder: Path, key: str, learner: str) -> Path:
    """Where what a learner does in them is kept."""
    return folder / "learned" / key / f"{learner}.npz"


def theory_path(folder: Path, key: str) -> Path:
    """Where what theory says of them is kept."""
    return folder / "theory" / f"{key}.json"


def checks_path(folder: Path) -> Path:
    """Where the checks of the theory column are kept."""
    return folder / "theory" / "checks.json"


def chunks_of(config: LedgerConfig, folder: Path) -> tuple[list[Chunk], list[Chunk]]:
    """All chunks of a ledger: the games, which are drawn first, and all others."""
    statements = range(len(STATEMENTS))
    games = [Chunk(config, folder, "games", statement) for statement in statements]
    learned = [
        Chunk(config, folder, "learned", statement, learner)
        for learner in range(len(config.learners))
        for statement in statements
    ]
    learned.sort(key=lambda chunk: config.learners[chunk.learner].kind not in SLOW)  # else as before
    wars = [Chunk(config, folder, "wars", wars=block) for block in war_blocks(config)]
    theory = [Chunk(config, folder, "theory", statement) for statement in statements]
    return games, [*wars, *learned, *theory, Chunk(config, folder, "checks")]


def run_ledger(
    config: LedgerConfig, output: Path, *, workers: int = 1, report: Report = lambda done, total: None
) -> Path:
    """Do every chunk that the folder does not hold yet.

    Args:
        config: of the ledger.
        output: the folder in which ledger folders lie.
        workers: how many processes; 1 works in this one. Results do not depend on it.
        report: called as chunks are done, and once at the start.

    Returns:
        The ledger folder.

    Raises:
        ParameterError: ``workers`` is below 1, the folder holds something else or another config, another process works
            in it, or a chunk's workers keep dying.
    """
    if workers < 1:
        raise ParameterError("workers", workers, "a whole number >= 1")
    folder = output / config.name
    _prepare(folder, config)
    with alone_in(folder):
        sweep(folder)
        stages = chunks_of(config, folder)
        total = sum(map(len, stages))
        done = sum(chunk.path.exists() for stage in stages for chunk in stage)
        report(done, total)

        def finished(chunk: Chunk) -> None:
            nonlocal done
            done += 1
            report(done, total)

        for stage in stages:
            missing = [chunk for chunk in stage if not chunk.path.exists()]
            if workers == 1:
                for chunk in missing:
                    _do(chunk, lambda chunk=chunk: finished(chunk))
            else:
                run_in_processes(_do, missing, workers, finished, lambda chunk: str(chunk.path), __name__)
    return folder


def _prepare(folder: Path, config: LedgerConfig) -> None:
    content, path = config.as_yaml().encode(), folder / "config.yaml"
    if path.is_file():
        if read_yaml_file(path, "config") != yaml.safe_load(content):
            raise ParameterError(
                "ledger", str(folder), "the config that this ledger was begun with; overwrite to replace it"
            )
    elif holds_others(folder):
        raise ParameterError("ledger", str(folder), "a new folder or a ledger; this folder holds something else")
    for name in ("games", "theory", "wars", *(f"learned/{statement.key}" for statement in STATEMENTS)):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_bytes(path, content)


def _do(chunk: Chunk, tell: Tell) -> None:
    """Do one chunk, write it, and tell."""
    config = chunk.config
    if chunk.wars is not None:
        play_wars(config, chunk.wars, chunk.path)
    elif chunk.what == "checks":
        decided = decide_claims(CLAIMS, np.random.default_rng(config.seed), config.draws)
        content = {result.claim.key: result.as_dict() for result in decided}
        write_bytes(chunk.path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    else:
        statement = STATEMENTS[chunk.statement]
        games = games_path(chunk.folder, statement.key)
        if chunk.what == "games":
            write_games(config, statement, chunk.path)
        elif chunk.what == "learned":
            learn(config, statement, config.learners[chunk.learner], games, chunk.path)
        else:
            drawn, _ = read_games(games)
            answers: dict[str, object] = {
                place: {reading: asdict(answer) for reading, answer in read(statement, drawn[place].after).items()}
                for place in PLACES
            }
            answers["forced"] = forced(statement, drawn["inside"].after).tolist()
            write_bytes(chunk.path, (json.dumps(answers) + "\n").encode())
    tell()
