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
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from olivebranch.core.backend import HERE, Backend
from olivebranch.core.files import write_bytes
from olivebranch.core.workers import Tell
from olivebranch.theory.claims.checking import decide_claims
from olivebranch.theory.claims.ledger import CLAIMS
from olivebranch.theory.claims.play import PLACES
from olivebranch.theory.claims.reading import forced, read
from olivebranch.theory.claims.statements import STATEMENTS
from olivebranch.train.chunks import Report, do_pieces, prepare_folder
from olivebranch.train.ledger.config import LedgerConfig, learner_names
from olivebranch.train.ledger.offers import learn, read_games, write_games
from olivebranch.train.ledger.wars import WarBlock, play_wars, war_blocks

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

    @property
    def size(self) -> int:
        """See :class:`~olivebranch.train.chunks.Piece`."""
        return 1


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
    config: LedgerConfig, output: Path, *, backend: Backend = HERE, report: Report = lambda done, total: None
) -> Path:
    """Do every chunk that the folder does not hold yet; see :func:`~olivebranch.train.chunks.do_pieces`.

    Args:
        config: of the ledger.
        output: the folder in which ledger folders lie.
        backend: where to work. Results do not depend on it.
        report: called as chunks are done, and once at the start.

    Returns:
        The ledger folder.
    """
    folder = output / config.name
    prepare_folder(folder, config.as_yaml(), "ledger")
    do_pieces(_do, chunks_of(config, folder), folder, preload=__name__, backend=backend, report=report)
    return folder


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
