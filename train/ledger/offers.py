"""The part of the ledger about a single offer: games of each statement, and what learners do in them."""

import io
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.registry import stacked_learner
from olivebranch.core.files import write_bytes
from olivebranch.games.base import FloatArray
from olivebranch.games.demonstration import DemonstrationColumns, each_demonstration
from olivebranch.games.talks import TalksColumns, each_game
from olivebranch.theory.claims.draws import Draws
from olivebranch.theory.claims.play import PLACES, Drawn, Place, Play, Statement, draw_sample
from olivebranch.theory.claims.reading import demonstration_table
from olivebranch.theory.talks.demonstration import demonstration_payoffs
from olivebranch.train.ledger.config import LedgerConfig, LedgerLearner

RUNS_AT_ONCE = 512  # more would fall out of the processor's cache
BEFORE = "before"  # the games of the sample "inside" before their change, where there is one
PARTS = ("strong", "weak", "escalate")


def draw_games(config: LedgerConfig, statement: Statement) -> dict[Place, Drawn]:
    """The games of a statement, place by place; they depend on the ledger's seed and number of games alone."""
    return {
        place: draw_sample(
            sample, config.games, np.random.default_rng([config.seed, crc32(f"{statement.key} {place}".encode())])
        )
        for place, sample in statement.samples.items()
    }


def sets_of(statement: Statement, games: dict[Place, Drawn]) -> dict[str, Draws]:
    """All games that are trained, by name: those of each place, and the ones before the change."""
    found = {str(place): games[place].after for place in PLACES}
    return found | ({BEFORE: games["inside"].before} if statement.changes else {})


def write_games(config: LedgerConfig, statement: Statement, path: Path) -> None:
    """Write the parameters of a statement's games and their payoff tables, which all learners read."""
    arrays: dict[str, FloatArray] = {}
    games = draw_games(config, statement)
    for place in PLACES:
        for when, draws in ((BEFORE, games[place].before), ("after", games[place].after)):
            for name, column in draws.games._asdict().items():
                arrays[f"{place}.{when}.{name}"] = column
    for name, draws in sets_of(statement, games).items():
        tables = stacked(draws)
        arrays |= {f"{name}.prior": tables.prior, f"{name}.sender": tables.sender, f"{name}.receiver": tables.receiver}
    save(path, arrays)


def read_games(path: Path) -> tuple[dict[Place, Drawn], dict[str, StackedGames]]:
    """What :func:`write_games` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        kind = DemonstrationColumns if "inside.after.demonstration_cost_low" in stored else TalksColumns

        def draws(place: str, when: str) -> Draws:
            return Draws(kind(*(stored[f"{place}.{when}.{name}"] for name in kind._fields)))

        games: dict[Place, Drawn] = {place: Drawn(draws(place, BEFORE), draws(place, "after")) for place in PLACES}
        views = stacked(games["inside"].after.take(slice(1))).views
        names = [name for name in (*PLACES, BEFORE) if f"{name}.prior" in stored]
        tables = {
            name: StackedGames(
                stored[f"{name}.prior"], stored[f"{name}.sender"], stored[f"{name}.receiver"], views=views
            )
            for name in names
        }
    return games, tables


def stacked(draws: Draws) -> StackedGames:
    """Payoff tables of games, from the rules; replies are to hold and to escalate."""
    if isinstance(draws.games, DemonstrationColumns):
        return StackedGames.of_signalling(
            [demonstration_table(p.prior_high, *demonstration_payoffs(p)) for p in each_demonstration(draws.games)]
        )
    return StackedGames.of_talks(list(each_game(draws.talks)))


def learn(config: LedgerConfig, statement: Statement, entry: LedgerLearner, games: Path, path: Path) -> None:
    """Train one learner on all games of a statement, and write what it does: ``[games, seeds, messages]`` each."""
    _, tables = read_games(games)
    count = min(config.games, entry.games or config.games)
    together = StackedGames(
        np.concatenate([table.prior[:count] for table in tables.values()]),
        np.concatenate([table.sender[:count] for table in tables.values()]),
        np.concatenate([table.receiver[:count] for table in tables.values()]),
        views=next(iter(tables.values())).views,
    )
    # Generators of one game depend on its statement, set and number, and not on which learners there are.
    first = (crc32(statement.key.encode()) % 2**20) * 10**7
    states = np.concatenate(
        [run_states(config.seed, first + number * 10**6, count, entry.seeds) for number in range(len(tables))]
    )
    parts = []
    for start in range(0, len(states), max(1, RUNS_AT_ONCE // entry.seeds)):
        block = slice(start, start + max(1, RUNS_AT_ONCE // entry.seeds))
        some = replace(
            together, prior=together.prior[block], sender=together.sender[block], receiver=together.receiver[block]
        )
        outcome = stacked_learner(entry.kind)(some, entry.learner, states[block])
        play = outcome.last if entry.play == "last" else outcome.average
        parts.append((play.sender[:, :, 0], play.sender[:, :, 1], play.receiver[:, :, :, 1]))
    arrays: dict[str, FloatArray] = {}
    for part, columns in zip(PARTS, zip(*parts, strict=True), strict=True):
        for name, rows in zip(tables, np.split(np.concatenate(columns), len(tables)), strict=True):
            arrays[f"{name}.{part}"] = rows
    save(path, arrays)


def read_play(path: Path) -> dict[str, Play]:
    """What :func:`learn` wrote, by the name of the set of games."""
    with np.load(path, allow_pickle=False) as stored:
        names = [name for name in (*PLACES, BEFORE) if f"{name}.strong" in stored]
        return {name: Play(*(stored[f"{name}.{part}"] for part in PARTS)) for name in names}


def save(path: Path, arrays: dict[str, FloatArray]) -> None:
    """Write arrays, all or none of them."""
    buffer = io.BytesIO()
    np.savez(buffer, **{name: np.ascontiguousarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]
    write_bytes(path, buffer.getvalue())
