"""What learners may be compared with each other, what a budget buys each of them, and which policy is its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from olivebranch.agents.registry import find_learner, learner_kinds
from olivebranch.agents.settings import ExactSettings, SampledSettings, Settings
from olivebranch.core.errors import ParameterError
from olivebranch.games.kinds import GameParameters
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile

TRACKS: Mapping[str, tuple[str, ...]] = {"tree": ("tree",), "tabular": ("tabular",), "deep": ("deep", "sb3")}
DECISIONS, STEPS, SECONDS = UNITS = ("decisions", "steps", "seconds")


def answer_of(settings: Settings) -> str:
    """Which policy of a learner is judged, as its class says: ``"last"`` or ``"average"``."""
    return find_learner(settings.kind).answer


def require_track(track: str, label: str, settings: Settings) -> None:
    """Refuse one of our learners in a track that is not its own; a user's own learner is where its user puts it."""
    ours = {kind: family for families in TRACKS.values() for family in families for kind in learner_kinds(family)}
    family = ours.get(settings.kind)
    if family is not None and family not in TRACKS[track]:
        (own,) = (name for name, families in TRACKS.items() if family in families)
        raise ParameterError(
            f"learners.{label}", settings.kind, f"a learner of the track {track!r}; this is of {own!r}"
        )


@dataclass(frozen=True)
class Budget:
    """How much a run may use.

    Attributes:
        unit: ``"decisions"`` (of sampled plays), ``"steps"`` (over the tree) or ``"seconds"`` (of one processor).
        amount: how many, above zero.
    """

    unit: str
    amount: float

    @property
    def label(self) -> str:
        """For folders and tables, e.g. ``"decisions-100000"``."""
        return f"{self.unit}-{int(self.amount) if float(self.amount).is_integer() else self.amount}"

    @classmethod
    def from_label(cls, label: str) -> "Budget":
        """The inverse of :attr:`label`. Raises :class:`ParameterError`."""
        unit, _, amount = label.partition("-")
        try:
            budget = cls(unit, float(amount))
        except ValueError:
            budget = cls("", 0)
        if budget.unit not in UNITS or not budget.amount > 0:
            raise ParameterError("budget", label, "a unit and an amount, such as decisions-100000 or seconds-10")
        return budget


@lru_cache(maxsize=1024)
def decisions_per_play(game: GameParameters) -> float:
    """How many choices between at least two legal actions a play of uniform players has, exactly.

    >>> from olivebranch.games.kuhn import KuhnParameters
    >>> decisions_per_play(KuhnParameters())    # two, and a third after a pass and a bet
    2.25
    """
    tree = unroll(game.compile())
    total = 0.0
    for stage, level in zip(tree.stages, information_sets(uniform_profile(tree)), strict=True):
        acting = tree.moves.legal[stage.state].sum(axis=2) > 1
        total += float(level.reach[acting].sum())
    return total


def with_budget(settings: Settings, budget: Budget, game: GameParameters, cost: "Cost | None" = None) -> dict[str, Any]:
    """The settings of a learner, as plain values, with as many episodes or steps as a budget buys in a game.

    Args:
        settings: of the learner.
        budget: what it may use.
        game: what it learns.
        cost: what its runs there cost; needed for a budget of seconds.

    Raises:
        ParameterError: the budget is of a unit that the learner does not count in, or no cost is known.
    """
    values = settings.model_dump(mode="json", exclude_none=True)
    amount = budget.amount
    sampled, exact = isinstance(settings, SampledSettings), isinstance(settings, ExactSettings)
    if budget.unit == SECONDS:
        if cost is None:
            raise ParameterError(
                "costs", settings.kind, "a measured cost of this learner in every game of the benchmark"
            )
        amount = cost.units(budget.amount)
    if sampled and budget.unit in (DECISIONS, SECONDS):
        return values | {"episodes": max(1, round(amount / decisions_per_play(game)))}
    if exact and budget.unit in (STEPS, SECONDS):
        return values | {"steps": max(1, round(amount))}
    expected = "decisions, as it learns from plays" if sampled else "steps, as it reads the tree" if exact else "none"
    raise ParameterError(f"budgets.{budget.unit}", settings.kind, f"for this learner a budget of {expected}")


@dataclass(frozen=True)
class Cost:
    """What the runs of one learner in one game cost.

    Attributes:
        measurement: processor seconds of each time that a run is measured, what else it does beside learning included.
        per_unit: processor seconds of a decision, or of a step over the tree.
        bytes: that a run leaves on disk.
    """

    measurement: float
    per_unit: float
    bytes: float = 0.0

    def seconds(self, units: float, evaluations: int) -> float:
        """Processor seconds of a run of so many decisions or steps, measured once more than ``evaluations`` says."""
        return self.measurement * (evaluations + 1) + units * self.per_unit

    def units(self, seconds: float) -> float:
        """How many decisions or steps so many processor seconds buy; measuring is not charged to the learner."""
        return seconds / max(self.per_unit, 1e-12)
