"""Random talks games that tell theories apart: those in which two rules disagree, and cells of docs/selection.md.

Two rules *disagree* on a game if each names some component and no component is named by both. A sample is drawn by
rejection from ``theory.claims.draws.draw_parameters``, several hundred thousand games at a time; rules that take long
are asked only about games on which the others leave the question open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import TalksColumns
from olivebranch.theory.claims.draws import draw_parameters
from olivebranch.theory.selection.exploration import Logit, sustained
from olivebranch.theory.selection.rules import BOUNDS, RULES
from olivebranch.theory.selection.terms import OFFER, Terms
from olivebranch.theory.talks.kernel import ALL_ROWS, POOL_FIGHT, POOL_TALK, solve_flags

BATCH = 200_000  # games drawn at a time
GENERIC = 1e-6  # the least distance from a knife edge
SOFT = 0.05  # the temperature of the cell "soft door"


def _door(terms: Terms) -> BoolArray:
    return terms.exists[:, POOL_FIGHT] & terms.open_reply[:, OFFER]


def _above(terms: Terms) -> BoolArray:
    return np.asarray(terms.prior > terms.threshold[:, OFFER])


def _soft_door(terms: Terms) -> BoolArray:
    found = _door(terms) & (terms.inference > 0)
    kept = sustained(terms.take(found), Logit(SOFT))
    reply, offers = kept.replies[:, POOL_FIGHT, OFFER], kept.offers[:, POOL_FIGHT]
    some = (reply > 0.1) & (reply < 0.9) & (offers.min(axis=1) > 0.001) & (offers.max(axis=1) < 0.2)
    found[found] = some & kept.sustained[:, POOL_FIGHT]
    return found


def _parted(terms: Terms) -> BoolArray:
    low = terms.prior < terms.threshold[:, OFFER] - 0.05
    return np.asarray(low & (terms.inference > 0.05) & (terms.suffered < terms.exposed))


# All have pool-fight, and beliefs that call for either reply to an offer (0 < μ_T < 1).
CELLS: Mapping[str, Callable[[Terms], BoolArray]] = {
    "low prior, strong tempted first": lambda t: _door(t) & ~_above(t) & (t.inference < 0) & ~t.exists[:, POOL_TALK],
    "low prior, weak tempted first": lambda t: _door(t) & ~_above(t) & (t.inference > 0),
    "high prior, strong tempted first": lambda t: _door(t) & _above(t) & (t.inference < 0),
    "high prior, weak tempted first": lambda t: _door(t) & _above(t) & (t.inference > 0),
    "soft door": _soft_door,
    "pool-fight alone": lambda t: _door(t) & (t.exists.sum(axis=1) == 1) & _parted(t),
}
CELLS_IN_WORDS: Mapping[str, str] = {
    "low prior, strong tempted first": "π < μ_T, α < 0 and no pool-talk",
    "low prior, weak tempted first": "π < μ_T, α > 0",
    "high prior, strong tempted first": "π > μ_T, α < 0",
    "high prior, weak tempted first": "π > μ_T, α > 0",
    "pool-fight alone": "no other component, α > 0.05, Λ < 1 - s, π < μ_T - 0.05",
    "soft door": f"α > 0, and at τ = {SOFT} pool-fight is sustained with 0.1 < q(τ) < 0.9 and each type's offers "
    "between 0.001 and 0.2",
}


@dataclass(frozen=True)
class Disagreement:
    """Two rules whose answers have no component in common."""

    first: str
    second: str

    def __post_init__(self) -> None:
        for rule in (self.first, self.second):
            if rule not in RULES:
                raise ParameterError("rule", rule, one_of(RULES, rule))
        if self.first == self.second:
            raise ParameterError("rule", self.second, f"a rule other than {self.first}")

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.first} / {self.second}"

    def possible(self, terms: Terms, generator: np.random.Generator) -> BoolArray:
        """Where rules that are quick to ask do not exclude that the two disagree, ``[n]``."""
        one, other = (
            BOUNDS[rule](terms) if rule in BOUNDS else RULES[rule](terms, generator)
            for rule in (self.first, self.second)
        )
        if self.first not in BOUNDS and self.second not in BOUNDS:
            return disagree(one, other)
        return np.asarray((one & ~other).any(axis=1) | (other & ~one).any(axis=1) | ((one & other).sum(axis=1) > 1))

    def holds(self, terms: Terms, generator: np.random.Generator) -> BoolArray:
        """Where the two disagree, ``[n]``."""
        return disagree(RULES[self.first](terms, generator), RULES[self.second](terms, generator))


@dataclass(frozen=True)
class Cell:
    """One of ``CELLS``."""

    name: str

    def __post_init__(self) -> None:
        if self.name not in CELLS:
            raise ParameterError("cell", self.name, one_of(CELLS, self.name))

    def possible(self, terms: Terms, generator: np.random.Generator) -> BoolArray:
        """See :class:`Disagreement`."""
        return CELLS[self.name](terms)

    def holds(self, terms: Terms, generator: np.random.Generator) -> BoolArray:
        """See :class:`Disagreement`."""
        return CELLS[self.name](terms)


Condition = Disagreement | Cell


@dataclass(frozen=True, eq=False)
class Sample:
    """Games that satisfy a condition.

    Attributes:
        games: their parameters, ``[n]`` each; fewer than were asked for if the draws ran out.
        tried: how many games were drawn for them.
    """

    games: TalksColumns[FloatArray]
    tried: int

    def __len__(self) -> int:
        return len(self.games.prior_high)


def disagree(one: BoolArray, other: BoolArray) -> BoolArray:
    """Where both rules name a component ``[n, 9]`` and none is named by both, ``[n]``."""
    return np.asarray(one.any(axis=1) & other.any(axis=1) & ~(one & other).any(axis=1))


def draw_sample(condition: Condition, n: int, draws: int, generator: np.random.Generator) -> Sample:
    """``n`` random games off knife edges that satisfy a condition, or as many as ``draws`` random games have."""
    kept: list[TalksColumns[FloatArray]] = []
    found = tried = 0
    while found < n and tried < draws:
        size = min(BATCH, draws - tried)
        drawn = draw_parameters(size, generator)
        tried += size
        packed, margin = solve_flags(drawn)
        rows = packed & np.uint32(ALL_ROWS)
        wanted = margin > GENERIC
        if isinstance(condition, Disagreement):  # no rule has a choice where one component exists
            wanted &= (rows & (rows - np.uint32(1))) != 0
        terms = Terms.of(TalksColumns(*(column[wanted] for column in drawn)))
        terms = terms.take(condition.possible(terms, generator))
        step = 2 * n  # rules that take long are asked about no more games than it takes
        for start in range(0, len(terms), step):
            some = terms.take(slice(start, start + step))
            some = some.take(condition.holds(some, generator))
            kept.append(some.games)
            found += len(some)
            if found >= n:
                break
    columns = (np.concatenate(parts)[:n] for parts in zip(*kept, strict=True))
    games: TalksColumns[FloatArray] = TalksColumns(*columns) if kept else _none()
    return Sample(games, tried)


def _none() -> TalksColumns[FloatArray]:
    return TalksColumns(*np.empty((len(TalksColumns._fields), 0)))
