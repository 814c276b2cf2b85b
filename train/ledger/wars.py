"""The part of the ledger about wars: random wars of each place, solved, and learned by every learner."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import make_learner
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.theory.claims.play import PLACES, Place
from olivebranch.theory.claims.wars import patron_play, solve_war, war_of, war_play
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.train.ledger.config import LedgerConfig, LedgerLearner
from olivebranch.train.ledger.offers import save

SOLVERS = ("CFR+", "annealed mirror descent")
BLOCKS = {2: 25, 3: 5}  # wars in a chunk, by horizon; of longer ones a single one
PATRON_BLOCK = 10
LONG = 4  # from this horizon on, solvers take fewer steps
LONG_STEPS = (400, 600)


@dataclass(frozen=True)
class WarBlock:
    """Some wars that are done together.

    Attributes:
        place: inside, edge or outside.
        horizon: periods.
        patron: whether A has a patron.
        start, stop: the numbers of the wars.
    """

    place: Place
    horizon: int
    patron: bool
    start: int
    stop: int

    @property
    def group(self) -> str:
        """E.g. ``"C10-inside-2"``; ``"C11-edge-2"`` with a patron."""
        return f"{'C11' if self.patron else 'C10'}-{self.place}-{self.horizon}"

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.group}-{self.start:05d}"


def war_blocks(config: LedgerConfig) -> Iterator[WarBlock]:
    """All wars of a ledger, in blocks, the longest first."""
    shortest = min(config.wars)
    sizes = [("inside", horizon, False, count) for horizon, count in sorted(config.wars.items(), reverse=True)]
    sizes += [("inside", 2, True, config.patrons)]
    sizes += [(place, 2, True, config.elsewhere) for place in PLACES[1:]]
    sizes += [(place, shortest, False, config.elsewhere) for place in PLACES[1:]]
    for place, horizon, patron, count in sizes:
        step = PATRON_BLOCK if patron else BLOCKS.get(horizon, 1)
        for start in range(0, count, step):
            yield WarBlock(place, horizon, patron, start, min(start + step, count))  # type: ignore[arg-type]


def play_wars(config: LedgerConfig, block: WarBlock, path: Path) -> None:
    """Solve and learn every war of a block, and write what is done in it.

    ``gap``, NashConv, is ``[wars, solvers and learners]``, the solvers first, NaN where they did not converge. Without
    a patron ``hazard`` is ``[.., periods, sides, types]``, ``ever`` ``[.., sides, types]`` and ``talks`` ``[..]``; with
    one ``patron`` is ``[.., 4, 2]`` (:class:`~olivebranch.theory.claims.wars.PatronPlay`).
    """
    rows = [_one(config, block, number) for number in range(block.start, block.stop)]
    save(path, {name: np.array([row[name] for row in rows]) for name in rows[0]})


def _one(config: LedgerConfig, block: WarBlock, number: int) -> dict[str, FloatArray]:
    key = [config.seed, PLACES.index(block.place), block.horizon, int(block.patron), number]
    game = war_of(block.place, block.horizon, block.patron, np.random.default_rng(key))
    tree = unroll(game)
    steps = LONG_STEPS if block.horizon >= LONG else ()
    profiles: list[BehaviourProfile | None] = [
        None if found is None else found.profile for found in solve_war(tree, *steps)
    ]
    for position, entry in enumerate(config.war_learners):
        seed = int(np.random.SeedSequence([*key, position]).generate_state(1)[0])
        profiles.append(_learned(game, tree, entry, seed))
    gap = [np.nan if profile is None else evaluate(profile).nash_conv for profile in profiles]
    measured = [None if profile is None else _measured(profile, block.patron) for profile in profiles]
    known = next(one for one in measured if one is not None)  # learners always are
    missing = {name: np.full_like(array, np.nan) for name, array in known.items()}
    columns = {name: np.array([(one or missing)[name] for one in measured]) for name in known}
    return {"gap": np.array(gap), **columns}


def _learned(game: CompiledGame, tree: GameTree, entry: LedgerLearner, seed: int) -> BehaviourProfile:
    learner = make_learner(game, entry.learner, seed)
    for _ in range(learner.total_updates):
        learner.update()
    return behaviour_of(tree, learner.policies()[entry.play])


def _measured(profile: BehaviourProfile, patron: bool) -> dict[str, FloatArray]:
    if patron:
        return {"patron": patron_play(profile).row}
    play = war_play(profile)
    return {"hazard": play.hazard, "ever": play.ever, "talks": np.array(play.talks)}


def read_wars(folder: Path, config: LedgerConfig, group: str) -> dict[str, FloatArray]:
    """All blocks of a group, one after the other; see :func:`play_wars`."""
    paths = [folder / f"{block.name}.npz" for block in war_blocks(config) if block.group == group]
    parts: dict[str, list[FloatArray]] = {}
    for path in paths:
        with np.load(path, allow_pickle=False) as stored:
            for name in stored.files:
                parts.setdefault(name, []).append(stored[name])
    return {name: np.concatenate(found) for name, found in parts.items()}
