"""What a claim says of play, so that the same sentence can be asked of every equilibrium and of everything learned.

The checks of ``theory/claims`` ask which equilibria exist. A :class:`Statement` asks what is *done*: an event of the
play on the path (talks open, the weak alone offer, ..), in games inside the claim's condition, at its edge and outside.
A statement about a change (a gesture, a guarantee, a payment) draws a game before it and looks at play after it.
Nothing here is taken from the closed forms (docs/claims-learned.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.claims.draws import Draws, Proposal

Place = Literal["inside", "edge", "outside"]
PLACES: tuple[Place, ...] = ("inside", "edge", "outside")
EDGE = 0.02  # games at the edge are this near to the boundary, on either side
INNER, OUTER = 0.02, 0.05  # games inside and outside are at least this far from it
SURE, UNSURE = 0.9, 0.1  # a type does something, or a thing happens, at this probability or above; does not at or below
FIGHT, OFFER = 0, 1  # messages of the talks game
DEMONSTRATED_OFFER = 3  # of the demonstration game: plain fight, plain offer, demonstrated fight, demonstrated offer
OFFERS = {2: (1,), 4: (1, 3)}  # which messages offer talks, by how many there are


class Play(NamedTuple):
    """Behaviour in many games, several profiles of each: ``[games, profiles, messages]``.

    Attributes:
        strong, weak: probability of each message by type.
        escalate: probability that the receiver escalates after each message.
    """

    strong: FloatArray
    weak: FloatArray
    escalate: FloatArray


Event = Callable[[Draws, Play], BoolArray]


def talks_open(d: Draws, play: Play) -> FloatArray:
    """The probability that talks are offered and met, ``[games, profiles]``."""
    prior = d["prior_high"][:, None]
    total = np.zeros(play.strong.shape[:2])
    for m in OFFERS[play.strong.shape[2]]:
        offered = prior * play.strong[:, :, m] + (1 - prior) * play.weak[:, :, m]
        total += offered * (1 - play.escalate[:, :, m])
    return total


def opens(d: Draws, play: Play) -> BoolArray:
    """Talks open almost surely."""
    return talks_open(d, play) >= SURE


def nobody_offers(d: Draws, play: Play) -> BoolArray:
    """Both types almost never offer."""
    return (play.weak[:, :, OFFER] <= UNSURE) & (play.strong[:, :, OFFER] <= UNSURE)


def weak_alone_offer(d: Draws, play: Play) -> BoolArray:
    """The weak offer almost surely, the strong almost never."""
    return (play.weak[:, :, OFFER] >= SURE) & (play.strong[:, :, OFFER] <= UNSURE)


def strong_alone_demonstrate(d: Draws, play: Play) -> BoolArray:
    """The strong alone demonstrate and offer, and are met."""
    demonstrated = (play.strong[:, :, DEMONSTRATED_OFFER] >= SURE) & (play.weak[:, :, DEMONSTRATED_OFFER] <= UNSURE)
    return demonstrated & (play.escalate[:, :, DEMONSTRATED_OFFER] <= UNSURE)


Given = Callable[[Draws, Draws], BoolArray]  # of the game before and the game after
Change = Callable[[Draws, FloatArray], Draws]  # of games and, for each, a number drawn uniformly from [0, 1)


def unchanged(before: Draws, share: FloatArray) -> Draws:
    """The change of statements about no change."""
    return before


@dataclass(frozen=True)
class Sample:
    """Games of one place.

    Attributes:
        words: which games they are.
        given: which games before and after are meant.
        propose: where games before come from.
        change: what is done to them.
    """

    words: str
    given: Given
    propose: Proposal
    change: Change = unchanged


@dataclass(frozen=True)
class Statement:
    """One thing that a claim says of play.

    Attributes:
        key: e.g. ``"C7.1"``: the claim and a number.
        claim: e.g. ``"C7"``.
        words: what is done, according to the claim, inside its condition.
        event: the same as code.
        quantifier: whether the claim says it of every equilibrium, or says that there is one in which it is so.
        samples: the games.
    """

    key: str
    claim: str
    words: str
    event: Event
    quantifier: Literal["every", "some"]
    samples: Mapping[Place, Sample]

    @property
    def changes(self) -> bool:
        """Whether it is about a change of the game."""
        return self.samples["inside"].change is not unchanged


@dataclass(frozen=True)
class Drawn:
    """Games of a sample.

    Attributes:
        before: before the change.
        after: after it: the games that the statement is about; the same where nothing is changed.
    """

    before: Draws
    after: Draws


def draw_sample(sample: Sample, n: int, generator: np.random.Generator, attempts: int = 2_000) -> Drawn:
    """``n`` valid games, by rejection.

    Raises:
        RuntimeError: fewer were found in ``attempts`` batches.
    """
    kept: list[Drawn] = []
    found = 0
    for _ in range(attempts):
        before = sample.propose(max(n, 2_000), generator)
        before = before.take(before.valid)
        after = sample.change(before, generator.uniform(size=len(before)))
        chosen = after.valid
        before, after = before.take(chosen), after.take(chosen)
        chosen = sample.given(before, after)
        kept.append(Drawn(before.take(chosen), after.take(chosen)))
        found += int(chosen.sum())
        if found >= n:
            parts = [[one.before for one in kept], [one.after for one in kept]]
            return Drawn(*(_joined(part).take(slice(n)) for part in parts))
    raise RuntimeError(f"only {found} of {n} games are {sample.words} after {attempts} batches")


def _joined(parts: list[Draws]) -> Draws:
    columns = zip(*(one.games for one in parts), strict=True)
    return Draws(type(parts[0].games)(*map(np.concatenate, columns)))
