"""The pieces of work of a designed experiment: each makes one file, whole or not at all.

==================================  ===================================================================================
``samples/03.npz``                  games of the fourth sample: ``games`` ``[10, n]``, ``tried``, and what each rule
                                    names, ``answers`` ``[rules, n, 9]``
``runs/03/LABEL-START-000.npz``     what a learner did in the sample's games from 0 on: ``state`` ``[rows, seeds, 4]``
                                    (x_H, x_L, q, r of docs/model.md, section 2), and where the learner plays episodes
                                    ``plays`` and ``last_update``, ``[rows, seeds, 2, 2]`` by type (high, low) and
                                    message (fight, offer)
``freezing/boltzmann-0-2.npz``      the same for the map's step size 0 and number of plays 2
``off-path/0-boltzmann.npz``        the same for the first cell, averaged over the second half of training
==================================  ===================================================================================

Rows are the games; where play starts in components, each component of each game, in order. The bytes depend on the
config and the file's name alone.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.agents.settings import ExactSettings, Settings
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, run_states
from olivebranch.agents.stacked.registry import stacked_learner
from olivebranch.agents.stacked.start import RANDOM, UNIFORM, BestResponse, ProfileStart, Start
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.core.workers import Tell
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.talks import TalksColumns, each_game
from olivebranch.theory.selection.rules import RULES, answers
from olivebranch.theory.selection.samples import Cell, draw_sample
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.kernel import POOL_FIGHT
from olivebranch.train.atlas.run import four_probabilities
from olivebranch.train.selection.config import Exploration, SelectionConfig, StartKind
from olivebranch.train.selection.costs import AT_LEAST, SAMPLED_GAME, seconds

Arrays = dict[str, Any]
TREMBLE = 0.02  # share of random play in a start in a component, for learners that draw nothing


@dataclass(frozen=True, eq=False)
class StoredSample:
    """One sample as it is on disk.

    Attributes:
        terms: of its games.
        tried: how many games were drawn for it.
        answers: what each rule names, ``[n, 9]``.
    """

    terms: Terms
    tried: int
    answers: dict[str, BoolArray]


@dataclass(frozen=True)
class SampleJob:
    """Draw one sample and ask every rule about it."""

    config: SelectionConfig
    folder: Path
    number: int

    @property
    def path(self) -> Path:
        """The file that appears when it is done."""
        return self.folder / "samples" / f"{self.number:02d}.npz"

    @property
    def size(self) -> float:
        """Roughly what it costs, in seconds of one core."""
        return AT_LEAST + SAMPLED_GAME * self.config.games

    def make(self) -> Arrays:
        """What the file holds."""
        condition, config = self.config.conditions[self.number], self.config
        generator = np.random.default_rng(config.seed_of("sample", condition.name))
        sample = draw_sample(condition, config.games, config.draws, generator)
        terms = Terms.of(sample.games)
        said = answers(terms, generator) if len(terms) else dict.fromkeys(RULES, terms.exists)
        return {
            "games": np.stack(sample.games),
            "tried": np.array(sample.tried),
            "answers": np.stack([said[name] for name in RULES]),
        }

    def load(self) -> StoredSample:
        """Read the file. Raises ParameterError if it is missing or damaged."""
        stored = load(self.path)
        terms = Terms.of(TalksColumns(*stored["games"]))
        return StoredSample(terms, int(stored["tried"]), dict(zip(RULES, stored["answers"], strict=True)))


@dataclass(frozen=True)
class RunJob:
    """Train one learner from one kind of start in some games of a sample."""

    config: SelectionConfig
    folder: Path
    number: int
    label: str
    start: StartKind
    first: int

    @property
    def path(self) -> Path:
        """The file that appears when it is done."""
        return self.folder / "runs" / f"{self.number:02d}" / f"{self.label}-{self.start}-{self.first:03d}.npz"

    @property
    def size(self) -> float:
        """Roughly what it costs, in seconds of one core; components count as two and a half a game."""
        plan = self.config.learners[self.label]
        settings = plan.settings(self.start)
        drawn = self.start == "random" or not isinstance(settings, ExactSettings)
        runs = self.games * ((plan.seeds or self.config.seeds) if drawn or self.start == "component" else 1)
        return seconds(settings, round(2.5 * runs) if self.start == "component" else runs)

    @property
    def games(self) -> int:
        """How many games, at most."""
        return min(games_of(self.config, self.label) - self.first, self.config.chunk)

    def rows(self, terms: Terms) -> tuple[IntArray, IntArray]:
        """The game and the component (-1 where play does not start in one) of each row of the file."""
        return start_rows(terms, self.first, self.games, self.start)

    def make(self) -> Arrays:
        """What the file holds."""
        config, plan = self.config, self.config.learners[self.label]
        terms = SampleJob(config, self.folder, self.number).load().terms
        game, row = self.rows(terms)
        if not len(game):
            return {"state": np.empty((0, 1, 4))}
        seeds = plan.seeds or config.seeds
        settings = plan.settings(self.start)
        seed = config.seed_of(config.conditions[self.number].name, self.label, self.start)
        if self.start != "component":
            scratch: Start = UNIFORM if self.start == "uniform" else RANDOM
            return train(terms.take(game), settings, seed, self.first, seeds, scratch, None, plan.play)
        if isinstance(settings, ExactSettings):  # it would rest at any equilibrium that it starts in
            some, row = terms.take(np.repeat(game, seeds)), np.repeat(row, seeds)
            start = shaken(component_start(some, row), np.random.default_rng([seed, self.first]))
            found = train(some, settings, seed, self.first, 1, start, None, plan.play)
            return {name: values.reshape(len(game), seeds, *values.shape[2:]) for name, values in found.items()}
        some = terms.take(game)
        return train(some, settings, seed, self.first, seeds, component_start(some, row), None, plan.play)


@dataclass(frozen=True)
class FreezingJob:
    """Train the Q-learner of one place of the map of freezing."""

    config: SelectionConfig
    folder: Path
    exploration: Exploration
    step: int
    cooling: int

    @property
    def path(self) -> Path:
        """The file that appears when it is done."""
        return self.folder / "freezing" / f"{self.exploration}-{self.step}-{self.cooling}.npz"

    @property
    def size(self) -> float:
        """Roughly what it costs, in seconds of one core."""
        study = self.config.freezing
        assert study is not None
        settings = study.settings(self.exploration, study.step_sizes[self.step], study.plays[self.cooling])
        return seconds(settings, study.games * study.seeds)

    def make(self) -> Arrays:
        """What the file holds."""
        study = self.config.freezing
        assert study is not None
        terms = pool_fight_games(self.config, self.folder, study.cell, study.games)
        settings = study.settings(self.exploration, study.step_sizes[self.step], study.plays[self.cooling])
        seed = self.config.seed_of("freezing", self.exploration, self.step, self.cooling)
        return train(terms, settings, seed, 0, study.seeds, pool_fight_start(terms), None, "last")


@dataclass(frozen=True)
class OffPathJob:
    """Train Q-learners against a receiver that answers optimally, from pool-fight."""

    config: SelectionConfig
    folder: Path
    cell: int
    exploration: Exploration

    @property
    def path(self) -> Path:
        """The file that appears when it is done."""
        return self.folder / "off-path" / f"{self.cell}-{self.exploration}.npz"

    @property
    def size(self) -> float:
        """Roughly what it costs, in seconds of one core."""
        study = self.config.off_path
        assert study is not None
        return seconds(study.settings(self.exploration), study.games * study.seeds)

    def make(self) -> Arrays:
        """What the file holds."""
        study = self.config.off_path
        assert study is not None
        terms = pool_fight_games(self.config, self.folder, study.cells[self.cell], study.games)
        seed = self.config.seed_of("off-path", study.cells[self.cell], self.exploration)
        settings, response = study.settings(self.exploration), BestResponse(study.rate)
        return train(terms, settings, seed, 0, study.seeds, pool_fight_start(terms), response, "average")


Job = SampleJob | RunJob | FreezingJob | OffPathJob


def do(job: Job, tell: Tell) -> None:
    """Make the file of one job, and tell."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **job.make())
    write_bytes(job.path, buffer.getvalue())
    tell()


def sample_jobs(config: SelectionConfig, folder: Path) -> list[SampleJob]:
    """One for each sample."""
    return [SampleJob(config, folder, number) for number in range(len(config.conditions))]


def training_jobs(config: SelectionConfig, folder: Path) -> list[Job]:
    """All others, which need the samples."""
    found: list[Job] = []
    for label, plan in config.learners.items():
        for number in range(len(config.conditions)):
            for start in plan.starts:
                firsts = range(0, games_of(config, label), config.chunk)
                found += [RunJob(config, folder, number, label, start, first) for first in firsts]
    if (freezing := config.freezing) is not None:
        for exploration in freezing.explorations:
            for step in range(len(freezing.step_sizes)):
                for cooling in range(len(freezing.plays)):
                    found.append(FreezingJob(config, folder, exploration, step, cooling))
    if (study := config.off_path) is not None:
        kinds: tuple[Exploration, ...] = ("boltzmann", "epsilon-greedy")
        found += [OffPathJob(config, folder, cell, kind) for cell in range(len(study.cells)) for kind in kinds]
    return found


def games_of(config: SelectionConfig, label: str) -> int:
    """How many games of each sample a learner is trained in, at most."""
    return min(config.learners[label].games or config.games, config.games)


def start_rows(terms: Terms, first: int, size: int, start: StartKind) -> tuple[IntArray, IntArray]:
    """The game and the component of each row for games from ``first`` on; see :meth:`RunJob.rows`."""
    games = np.arange(first, min(first + size, len(terms)))
    if start != "component":
        return games, np.full(len(games), -1)
    place, row = np.nonzero(terms.exists[games])
    return games[place], row


def component_start(terms: Terms, row: IntArray) -> ProfileStart:
    """Play at one component of each game; after an unused message the harshest reply that supports it."""
    state = terms.state_max[np.arange(len(terms)), row]
    sender, receiver = state[:, :2], state[:, [3, 2]]  # fighting first
    return ProfileStart(np.stack([1 - sender, sender], axis=-1), np.stack([1 - receiver, receiver], axis=-1))


def shaken(start: ProfileStart, generator: np.random.Generator) -> ProfileStart:
    """The profile with ``TREMBLE`` of random play in it, drawn for each game from the flat Dirichlet distribution."""
    tables = []
    for table in (start.sender, start.receiver):
        random = generator.dirichlet(np.ones(table.shape[-1]), size=table.shape[:-1])
        tables.append((1 - TREMBLE) * table + TREMBLE * random)
    return ProfileStart(*tables)


def pool_fight_start(terms: Terms) -> ProfileStart:
    """Play at pool-fight, with escalation on any offer."""
    return component_start(terms, np.full(len(terms), POOL_FIGHT))


def pool_fight_games(config: SelectionConfig, folder: Path, cell: str, games: int) -> Terms:
    """The first games of a cell's sample."""
    number = config.conditions.index(Cell(cell))
    return SampleJob(config, folder, number).load().terms.take(slice(games))


def train(
    terms: Terms,
    settings: Settings,
    seed: int,
    first: int,
    seeds: int,
    start: Start,
    response: BestResponse | None,
    play: str,
) -> Arrays:
    """Train a stacked learner and keep what files hold of it."""
    games = StackedGames.of_talks(list(each_game(terms.games)))
    states = run_states(seed, first, len(terms), seeds)
    outcome: StackedOutcome = stacked_learner(settings.kind)(games, settings, states, start, response)
    found: Arrays = {"state": four_probabilities(outcome.last if play == "last" else outcome.average)}
    if outcome.visits is not None:
        found |= {"plays": outcome.visits.plays, "last_update": outcome.visits.last_update}
    return found


def load(path: Path) -> dict[str, FloatArray]:
    """The arrays of a file.

    Raises:
        ParameterError: it is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError) as error:
        raise ParameterError("file", str(path), f"a file of a selection experiment ({error})") from None
