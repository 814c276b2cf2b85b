"""Policies of different origin against each other on one game: exact payoffs for every way to fill the seats.

A policy with several seeds (a run) counts as all of them: payoffs are means over its seeds, of each seed against each
seed of the others. Where one policy fills several seats, its seats go by the same seed, for that is how they were
trained; to see its seeds against each other, name them one by one (``runs/ppo#0 runs/ppo#1``).
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from olivebranch.agents.policies.behaviour import seat_play
from olivebranch.agents.policies.registry import find_policies
from olivebranch.core.errors import ParameterError
from olivebranch.eval.intervals import Estimate, crossed_bootstrap
from olivebranch.games.base import FloatArray
from olivebranch.games.registry import NamedGame
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, TreeTooLarge, unroll
from olivebranch.theory.tree.profiles import SeatPlay, uniform_profile, with_parts

BOOTSTRAP_SEED = 0  # of the intervals, so that the same policies give the same report
MOST_ASSIGNMENTS = 4096


@dataclass(frozen=True)
class Entrant:
    """A policy, tabulated on the game's tree.

    Attributes:
        spec: by which it was named.
        seeds: of a run; empty where it is none.
        parts: by seat what it does there, one entry a seed; None in a seat that it cannot play.
        refused: why it cannot, by name of the player.
    """

    spec: str
    seeds: tuple[int, ...]
    parts: tuple[tuple[SeatPlay, ...] | None, ...]
    refused: dict[str, str]

    @property
    def size(self) -> int:
        """How many seeds it has; one if it is no run."""
        return max(1, len(self.seeds))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"policy": self.spec, "seeds": list(self.seeds), "not_played_as": self.refused}


@dataclass(frozen=True)
class Assignment:
    """One way to fill the seats, and what comes of it. Estimates are means over seeds with 95 % bootstrap intervals.

    Attributes:
        policies: the spec of who plays, by seat.
        payoffs: the expected payoff of each seat.
        gains: what a best response of each seat would add.
        nash_conv: the sum of the gains.
        plays: of how many combinations of seeds these are the means.
    """

    policies: tuple[str, ...]
    payoffs: tuple[Estimate, ...]
    gains: tuple[Estimate, ...]
    nash_conv: Estimate
    plays: int


@dataclass(frozen=True)
class CrossPlay:
    """Every assignment of some policies to the seats of a game that they can play.

    Attributes:
        game: the game's short name.
        players: the names of its players, by seat.
        entrants: the policies.
        assignments: in the order of the entrants, the first seat's changing last.
    """

    game: str
    players: tuple[str, ...]
    entrants: tuple[Entrant, ...]
    assignments: tuple[Assignment, ...]

    @property
    def specs(self) -> tuple[str, ...]:
        """The entrants' specs."""
        return tuple(entrant.spec for entrant in self.entrants)

    def assignment(self, policies: Sequence[str]) -> Assignment | None:
        """Who plays so, by seat; None where one of them cannot."""
        return next((one for one in self.assignments if one.policies == tuple(policies)), None)

    def focal(self, seat: int) -> list[list[Assignment | None]]:
        """For each entrant in ``seat`` (rows), and each in all other seats (columns)."""
        others = range(len(self.players))
        return [
            [self.assignment([row if other == seat else column for other in others]) for column in self.specs]
            for row in self.specs
        ]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: every estimate as ``[value, low, high]``."""
        return {
            "game": self.game,
            "players": list(self.players),
            "policies": [entrant.as_dict() for entrant in self.entrants],
            "assignments": [
                {
                    "seats": dict(zip(self.players, one.policies, strict=True)),
                    "payoffs": _by_name(self.players, one.payoffs),
                    "gains": _by_name(self.players, one.gains),
                    "nash_conv": one.nash_conv.as_list(),
                    "plays": one.plays,
                }
                for one in self.assignments
            ],
        }

    def as_csv(self) -> str:
        """One row an assignment."""
        buffer = io.StringIO()
        ends = ("", "_low", "_high")
        head = [*self.players]
        head += [f"{name}_{player}{end}" for name in ("payoff", "gain") for player in self.players for end in ends]
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([*head, *(f"nash_conv{end}" for end in ends), "plays"])
        for one in self.assignments:
            estimates = [*one.payoffs, *one.gains, one.nash_conv]
            writer.writerow([*one.policies, *(value for each in estimates for value in each.as_list()), one.plays])
        return buffer.getvalue()


def cross_play(
    game: NamedGame, specs: Sequence[str], report: Callable[[float, int, str], None] = lambda done, total, note: None
) -> CrossPlay:
    """Evaluate every assignment of the policies ``specs`` to the seats of ``game``, exactly.

    Args:
        game: the game.
        specs: at least one policy spec (:mod:`olivebranch.agents.policies.registry`), each once.
        report: called with how many assignments are done, how many there are, and a note on the present one.

    Raises:
        ParameterError: a spec names no policy, or one that can play no seat of the game; a spec is given twice; there
            are too many assignments; or the game's tree does not fit into memory.
    """
    if len(set(specs)) != len(specs) or not specs:
        raise ParameterError("policies", list(specs), "at least one policy, each of them once")
    try:
        tree = unroll(game.compiled)
    except TreeTooLarge as error:
        raise ParameterError("game", game.spec, f"a game whose tree fits ({error})") from None
    players = tuple(game.compiled.game.players)
    entrants = tuple(_entrant(game, tree, spec) for spec in specs)
    able = [[one for one in entrants if one.parts[seat] is not None] for seat in range(len(players))]
    total = int(np.prod([len(row) for row in able]))
    if total > MOST_ASSIGNMENTS:
        raise ParameterError("policies", len(specs), f"so few that there are at most {MOST_ASSIGNMENTS} assignments")
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    done: list[Assignment] = []
    for line_up in product(*able):
        report(len(done), total, " against ".join(entrant.spec for entrant in line_up))
        done.append(_assignment(tree, line_up, generator))
    report(total, total, "")
    return CrossPlay(game.label, players, entrants, tuple(done))


def _entrant(game: NamedGame, tree: GameTree, spec: str) -> Entrant:
    found = find_policies(spec, game)
    parts: list[tuple[SeatPlay, ...] | None] = []
    errors: dict[str, ParameterError] = {}
    for seat, player in enumerate(game.compiled.game.players):
        try:
            parts.append(tuple(seat_play(tree, row[seat], seat, "policy", spec) for row in found.profiles))
        except ParameterError as error:
            errors[player] = error
            parts.append(None)
    if all(part is None for part in parts):
        raise next(iter(errors.values()))
    return Entrant(spec, found.seeds, tuple(parts), {player: str(error) for player, error in errors.items()})


def _assignment(tree: GameTree, line_up: Sequence[Entrant], generator: np.random.Generator) -> Assignment:
    blank = uniform_profile(tree)
    n_players, distinct = len(line_up), list(dict.fromkeys(entrant.spec for entrant in line_up))
    sizes = [next(entrant.size for entrant in line_up if entrant.spec == spec) for spec in distinct]
    values = np.empty((*sizes, 2 * n_players + 1))
    for choice in product(*(range(size) for size in sizes)):
        parts = dict(enumerate(_parts(line_up, dict(zip(distinct, choice, strict=True)))))
        evaluation = evaluate(with_parts(blank, parts))
        values[choice] = [*evaluation.values, *evaluation.gains, evaluation.nash_conv]
    estimates = crossed_bootstrap(values, generator)
    return Assignment(
        policies=tuple(entrant.spec for entrant in line_up),
        payoffs=estimates[:n_players],
        gains=estimates[n_players:-1],
        nash_conv=estimates[-1],
        plays=int(np.prod(sizes)),
    )


def _parts(line_up: Sequence[Entrant], seeds: dict[str, int]) -> Iterator[SeatPlay]:
    for seat, entrant in enumerate(line_up):
        part = entrant.parts[seat]
        assert part is not None
        yield part[seeds[entrant.spec]]


def _by_name(players: Sequence[str], estimates: Sequence[Estimate]) -> dict[str, list[float]]:
    return {player: estimate.as_list() for player, estimate in zip(players, estimates, strict=True)}


def payoff_matrix(result: CrossPlay, seat: int) -> FloatArray:
    """Payoff of ``seat``, ``[entrants, entrants]``: row's policy in it, column's in all others; NaN where none can."""
    rows = result.focal(seat)
    return np.array([[np.nan if one is None else one.payoffs[seat].value for one in row] for row in rows])
