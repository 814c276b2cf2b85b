"""What theory says of a statement's event: in how many games some, or every, equilibrium has it, by refinement.

Four readings of "equilibrium": all perfect Bayesian equilibria (PBE); those of components that survive D1; those that
survive passive conjectures (the belief after a message that nobody sends is the prior); and the one to which logit play
tends from uniform play as its temperature falls (``theory.selection.limits``; numerical where indices do not tell).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.demonstration import DemonstrationColumns, each_demonstration
from olivebranch.theory.claims.draws import Draws
from olivebranch.theory.claims.play import Event, Play, Statement
from olivebranch.theory.selection.exploration import TYPE_BLIND, sustained
from olivebranch.theory.selection.limits import UNKNOWN, limits
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.logit_limit import select_component
from olivebranch.theory.signalling.pieces import Component, EquilibriumSet
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.talks.demonstration import demonstration_payoffs
from olivebranch.theory.talks.kernel import POOL_FIGHT, POOL_TALK

Reading = Literal["PBE", "D1", "passive", "logit limit"]
READINGS: tuple[Reading, ...] = ("PBE", "D1", "passive", "logit limit")
LOGIT_GAMES = 100  # in which the branch may have to be followed, some tenths of a second each
REFINED = 100  # demonstration games whose components are refined, by the general filters
LOGIT_DEMONSTRATIONS = 30


@dataclass(frozen=True)
class Answer:
    """What one reading says of one statement on some games.

    Attributes:
        some: in which share of the games some equilibrium that it names has the event.
        every: in which share all do, and there is one.
        games: how many were read; a reading that names none in a game counts as without the event.
        undecided: games in which the limit of logit play was not found; they are left out of ``games``.
    """

    some: float
    every: float
    games: int
    undecided: int = 0

    @classmethod
    def of(cls, event: BoolArray, named: BoolArray, known: BoolArray | None = None) -> "Answer":
        """From the event at each component and whether the reading names it, ``[games, components]``."""
        chosen = np.ones(len(event), dtype=np.bool_) if known is None else known
        event, named = event[chosen], named[chosen]
        some = np.asarray((event & named).any(axis=1))
        every = np.asarray((event | ~named).all(axis=1) & named.any(axis=1))
        shares = [float(one.mean()) if one.size else float("nan") for one in (some, every)]
        return cls(shares[0], shares[1], len(event), int((~chosen).sum()))


Answers = dict[Reading, Answer]


def read(statement: Statement, games: Draws, logit_games: int = LOGIT_GAMES) -> Answers:
    """What each reading says of a statement on some games.

    Args:
        statement: the statement.
        games: those that it is about (after its change, if any).
        logit_games: how many of them, the first, are asked for the limit of logit play.
    """
    if isinstance(games.games, DemonstrationColumns):
        return _read_demonstrations(statement.event, games, min(LOGIT_DEMONSTRATIONS, logit_games))
    terms, event = _components(statement.event, games)
    passive = terms.exists.copy()
    blind = sustained(terms, TYPE_BLIND)
    for row, message in ((POOL_FIGHT, OFFER), (POOL_TALK, FIGHT)):
        # Type-blind exploration also sustains components by the explorers' own offers; passive beliefs are the prior.
        unmoved = np.isclose(blind.beliefs[:, row, message], terms.prior, rtol=0, atol=1e-12)
        passive[:, row] &= blind.sustained[:, row] & unmoved
    first = slice(logit_games)
    limit = limits(terms.take(first))
    named = np.arange(event.shape[1]) == limit[:, None]
    return {
        "PBE": Answer.of(event, terms.exists),
        "D1": Answer.of(event, terms.d1),
        "passive": Answer.of(event, passive),
        "logit limit": Answer.of(event[first], named, limit != UNKNOWN),
    }


def forced(statement: Statement, games: Draws) -> BoolArray:
    """In which games every perfect Bayesian equilibrium has the event, ``[n]``: there is nothing to select."""
    if isinstance(games.games, DemonstrationColumns):
        happens = [_happens(statement.event, games, number)[0] for number in range(len(games))]
        return np.array([all(row) for row in happens], dtype=np.bool_)
    terms, event = _components(statement.event, games)
    return np.asarray((event | ~terms.exists).all(axis=1))


def _components(event: Event, games: Draws) -> tuple[Terms, BoolArray]:
    """The components of talks games, and which of them have the event, ``[n, 9]``."""
    terms = Terms.of(games.talks)
    return terms, event(games, _play(terms.state_min)) & terms.exists


def _happens(event: Event, games: Draws, number: int) -> tuple[list[bool], EquilibriumSet]:
    """The event at each component of one demonstration game, by enumeration; each is read at its representative."""
    one = games.take(np.array([number]))
    assert isinstance(one.games, DemonstrationColumns)
    (parameters,) = each_demonstration(one.games)
    found = enumerate_equilibria(demonstration_table(parameters.prior_high, *demonstration_payoffs(parameters)))
    return [bool(event(one, _representative(component))[0, 0]) for component in found.components], found


def reading_verdict(answers: Sequence[tuple[Statement, Answers]], reading: Reading) -> Literal["holds", "fails"]:
    """Whether the statements of a claim are true in all games that were read, those inside its condition."""
    shares = [getattr(found[reading], statement.quantifier) for statement, found in answers]
    return "holds" if all(share == 1 for share in shares) else "fails"


def _play(states: FloatArray) -> Play:
    """x_H, x_L, q and r, ``[games, profiles, 4]``, as play; NaN (no such component) becomes zero."""
    x_high, x_low, after_offer, after_fight = np.moveaxis(np.nan_to_num(states), 2, 0)
    return Play(
        np.stack([1 - x_high, x_high], axis=2),
        np.stack([1 - x_low, x_low], axis=2),
        np.stack([after_fight, after_offer], axis=2),
    )


def _read_demonstrations(event: Event, games: Draws, logit_games: int) -> Answers:
    """The same of demonstration games."""
    happens: list[list[bool]] = []
    verdicts: dict[Reading, list[list[bool]]] = {"D1": [], "passive": [], "logit limit": []}
    known = []
    for number in range(len(games)):
        row, found = _happens(event, games, number)
        happens.append(row)
        if number < REFINED:
            refiner = Refiner(found.pieces[0].context)
            filters = [refiner.verdicts(component) for component in found.components]
            verdicts["D1"].append([filtered["d1"].survives for filtered in filters])
            verdicts["passive"].append([filtered["passive"].survives for filtered in filters])
        if number < logit_games:
            limit = select_component(found).candidate
            known.append(limit is not None)
            verdicts["logit limit"].append([position == limit for position in range(len(found.components))])
    exists = [[True] * len(row) for row in happens]
    answers: Answers = {"PBE": Answer.of(_padded(happens), _padded(exists))}
    for reading, rows in verdicts.items():
        part = _padded(happens[: len(rows)])
        answers[reading] = Answer.of(part, _padded(rows), np.array(known) if reading == "logit limit" else None)
    return answers


def demonstration_table(prior_high: float, sender: FloatArray, receiver: FloatArray) -> SignallingGame:
    """A demonstration game as a table: replies hold and escalate; payoffs to twelve decimals."""
    return SignallingGame([prior_high, 1 - prior_high], sender.round(12), receiver.round(12))


def _representative(component: Component) -> Play:
    piece = component.representative
    sender = np.array(piece.sender_strategy, dtype=np.float64)
    escalate = np.array([row[1] for row in piece.receiver_strategy], dtype=np.float64)
    return Play(*(row[None, None] for row in (sender[0], sender[1], escalate)))


def _padded(rows: list[list[bool]]) -> BoolArray:
    table = np.zeros((len(rows), max(map(len, rows), default=0)), dtype=np.bool_)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table
