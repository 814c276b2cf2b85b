"""Random games in numbers, and what the closed forms say of all of them at once: the material of the claims ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.demonstration import DEMONSTRATION_RANGES, DemonstrationColumns
from olivebranch.games.talks import TalksColumns
from olivebranch.theory.talks.kernel import ALL_ROWS, ROWS, solve_flags

# Draws are uniform up to here, so that all the rows of the table are met often.
UPPER = {"escalation_cost": 0.6, "receiver_dividend": 0.3, "face_cost": 0.5, "guarantee": 0.2}
DEMONSTRATION_UPPER = {"demonstration_cost_high": 0.6, "demonstration_cost_low": 1.6}


@dataclass(frozen=True, eq=False)
class Draws:
    """Many games; symbols in docs/model.md.

    Attributes:
        games: the parameters of talks games or of demonstration games, ``[n]`` each.
    """

    games: TalksColumns[FloatArray] | DemonstrationColumns[FloatArray]

    def __len__(self) -> int:
        return len(self.games.prior_high)

    def __getitem__(self, name: str) -> FloatArray:
        """One parameter of all games, ``[n]``."""
        column: FloatArray = getattr(self.games, name)
        return column

    def _each(self, change: Callable[[FloatArray], FloatArray]) -> "Draws":
        """The same change of every column."""
        return Draws(type(self.games)(*map(change, self.games)))

    def take(self, which: BoolArray | IntArray | slice) -> "Draws":
        """Some of the games, by mask or index."""
        return self._each(lambda column: column[which])

    def rounded(self, digits: int) -> "Draws":
        """The same games with so many decimals."""
        return self._each(lambda column: np.round(column, digits))

    def replace(self, **columns: FloatArray | float) -> "Draws":
        """The same games with some parameters replaced."""
        new = {name: np.array(np.broadcast_to(values, len(self)), np.float64) for name, values in columns.items()}
        return Draws(self.games._replace(**new))

    def where(self, these: BoolArray, others: "Draws") -> "Draws":
        """These games where ``these`` (``[n]``) says so, elsewhere the others, of the same kind."""
        columns = zip(self.games, others.games, strict=True)
        return Draws(type(self.games)(*(np.where(these, one, other) for one, other in columns)))

    @property
    def talks(self) -> TalksColumns[FloatArray]:
        """The talks games, those that follow a demonstration included."""
        return TalksColumns(*(self[name] for name in TalksColumns._fields))

    @cached_property
    def valid(self) -> BoolArray:
        """Whether the parameters are in their ranges, ``[n]``."""
        valid = self["loss_high"] < self["loss_low"]
        for name in self.games._fields:
            low, low_in, high, high_in, _ = DEMONSTRATION_RANGES[name]
            values = self[name]
            valid &= (values >= low if low_in else values > low) & (values <= high if high_in else values < high)
        return valid

    @property
    def exposed(self) -> FloatArray:
        """1 - s: the share of its loss that escalation costs a sender who has offered."""
        return 1 - self["shelter"]

    @property
    def offer_cost(self) -> FloatArray:
        """k + g + b_R: what the receiver gives up by escalating on an offer."""
        return self["escalation_cost"] + self["guarantee"] + self["receiver_dividend"]

    @property
    def expected_loss(self) -> FloatArray:
        """E_π[ℓ]."""
        return self["prior_high"] * self["loss_high"] + (1 - self["prior_high"]) * self["loss_low"]

    @property
    def slack(self) -> FloatArray:
        """λ + s - 1: the share of its loss that a sender saves by being escalated on at the table, not at war."""
        return self["pressure"] + self["shelter"] - 1

    @property
    def suffered(self) -> FloatArray:
        """Λ: the share of its loss that a sender suffers when both types fight on."""
        escalated = (1 - self["pressure"]) * self.expected_loss > self["escalation_cost"]
        return np.where(escalated, 1.0, self["pressure"])

    @property
    def inference(self) -> FloatArray:
        """α = Λ (b_S + f) - (1-s) b_S."""
        dividend = self["sender_dividend"]
        return self.suffered * (dividend + self["face_cost"]) - self.exposed * dividend

    @cached_property
    def _packed(self) -> IntArray:
        return np.asarray(solve_flags(self.talks)[0], dtype=np.int64)

    def exists(self, row: str) -> BoolArray:
        """Whether the talks game has the component ``row``, ``[n]``."""
        found: BoolArray = (self._packed >> ROWS.index(row) & 1).astype(np.bool_)
        return found

    def survives(self, row: str) -> BoolArray:
        """Whether the component ``row`` exists and survives D1, ``[n]``."""
        found: BoolArray = (self._packed >> len(ROWS) + ROWS.index(row) & 1).astype(np.bool_)
        return found

    def only(self, row: str, refined: bool = False) -> BoolArray:
        """Whether ``row`` is the only component (that survives D1, if ``refined``), ``[n]``."""
        return np.asarray((self._packed >> (len(ROWS) if refined else 0)) & ALL_ROWS == 1 << ROWS.index(row))

    @property
    def peaceful(self) -> BoolArray:
        """Whether pool-talk exists with no escalation on the path, ``[n]``."""
        return self.exists("pool-talk") & (self.exposed * self.expected_loss <= self.offer_cost)


Proposal = Callable[[int, np.random.Generator], Draws]


def draw_parameters(n: int, generator: np.random.Generator) -> TalksColumns[FloatArray]:
    """``n`` generic talks games, tilted towards the crowded part of the space."""
    upper = np.array([UPPER.get(name, 1.0) for name in TalksColumns._fields])
    drawn = TalksColumns(*(generator.uniform(size=(n, len(upper))) * upper).T)
    losses = drawn.loss_high, drawn.loss_low
    return drawn._replace(loss_high=np.minimum(*losses), loss_low=np.maximum(*losses))


def draw_demonstration(n: int, generator: np.random.Generator) -> DemonstrationColumns[FloatArray]:
    """``n`` generic demonstration games."""
    costs = generator.uniform(size=(n, len(DEMONSTRATION_UPPER))) * np.array(list(DEMONSTRATION_UPPER.values()))
    columns = dict(zip(DEMONSTRATION_UPPER, costs.T, strict=True))
    return DemonstrationColumns(**draw_parameters(n, generator)._asdict(), **columns)


def talks(n: int, generator: np.random.Generator) -> Draws:
    """Generic talks games."""
    return Draws(draw_parameters(n, generator))


def demonstrations(n: int, generator: np.random.Generator) -> Draws:
    """Generic demonstration games."""
    return Draws(draw_demonstration(n, generator))


def draw_where(
    n: int, generator: np.random.Generator, propose: Proposal, given: Callable[[Draws], BoolArray], attempts: int = 400
) -> Draws:
    """``n`` valid games that satisfy ``given``, by rejection from ``propose``.

    Raises:
        RuntimeError: fewer were found in ``attempts`` batches of at least ``n`` proposals.
    """
    kept: list[Draws] = []
    found = 0
    for _ in range(attempts):
        batch = propose(max(n, 2_000), generator)
        batch = batch.take(batch.valid)
        batch = batch.take(given(batch))
        kept.append(batch)
        found += len(batch)
        if found >= n:
            columns = zip(*(one.games for one in kept), strict=True)
            return Draws(type(batch.games)(*map(np.concatenate, columns))).take(slice(n))
    raise RuntimeError(f"only {found} of {n} draws satisfy the condition after {attempts} batches")
