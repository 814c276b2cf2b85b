"""Selection in one talks game, component by component, with reasons (docs/selection.md).

Everything is decided by the vectorised closed forms of ``indices``, ``exploration`` and ``stability``; here it is put
into words. Where two compared numbers are equal (a knife edge), components may widen, merge or vanish with the
slightest change of the parameters, and no verdict is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.games.talks import TalksColumns, TalksParameters
from olivebranch.theory.selection.exploration import TYPE_BLIND, Exploration, LogitLimit, sustained
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.reasons import exploration_reason, index_reason, stability_reason
from olivebranch.theory.selection.stability import DYNAMICS, LABELS, Speeds, stability
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.kernel import ROWS
from olivebranch.theory.talks.solve import NEAR_KNIFE_EDGE, solve_talks


@dataclass(frozen=True)
class Sustained:
    """What one form of exploration makes of a component.

    Attributes:
        exploration: its name.
        holds: whether the perturbed game has an equilibrium near the component.
        offer_high, offer_low: probabilities of an offer there; None if there is none.
        escalate_after_offer, escalate_after_fight: the replies; None if there is none.
        belief_after_offer, belief_after_fight: Pr(high); None if there is none.
        reason: the inequality that decides, with its numbers.
    """

    exploration: str
    holds: bool
    offer_high: float | None
    offer_low: float | None
    escalate_after_offer: float | None
    escalate_after_fight: float | None
    belief_after_offer: float | None
    belief_after_fight: float | None
    reason: str


@dataclass(frozen=True)
class Stable:
    """How play near a component moves.

    Attributes:
        dynamics: one of ``DYNAMICS``.
        label: one of ``LABELS``.
        reason: why.
    """

    dynamics: str
    label: str
    reason: str


@dataclass(frozen=True)
class ComponentSelection:
    """All verdicts on one component.

    Attributes:
        name: the row of the table.
        off_path: the message that nobody sends, ``"offer"``, ``"fight"`` or None.
        index: the sum of the signs of the equilibria into which it breaks up when play is perturbed.
        index_reason: why.
        sustained: one verdict for each form of exploration asked for.
        stability: one verdict for each of ``DYNAMICS``.
    """

    name: str
    off_path: str | None
    index: int
    index_reason: str
    sustained: tuple[Sustained, ...]
    stability: tuple[Stable, ...]


@dataclass(frozen=True)
class TalksSelection:
    """Selection in one game.

    Attributes:
        components: in the order of the table; empty on a knife edge.
        knife_edges: the equalities that hold (or the one that floats cannot exclude); no verdict is given then.
        logit_limit: the component to which the logit branch from uniform play tends, where the indices alone tell: the
            only one of index +1. None where there are several, or on a knife edge.
    """

    components: tuple[ComponentSelection, ...]
    knife_edges: tuple[str, ...]
    logit_limit: str | None

    def __getitem__(self, name: str) -> ComponentSelection:
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(f"no verdict on {name!r}; there are: {', '.join(c.name for c in self.components)}")


def select_talks(
    parameters: TalksParameters,
    explorations: Sequence[Exploration] = (TYPE_BLIND, LogitLimit()),
    speeds: Speeds | None = None,
) -> TalksSelection:
    """All verdicts on every component of one game.

    Args:
        parameters: the game.
        explorations: the forms of exploration to judge.
        speeds: of the populations; matter for the stability of both-mix only.
    """
    solution = solve_talks(parameters)
    terms = Terms.of(TalksColumns.of([parameters]))
    edges = solution.knife_edges
    if not edges and terms.margin[0] < NEAR_KNIFE_EDGE:
        edges = (f"compared numbers differ by less than {NEAR_KNIFE_EDGE:g}",)
    if edges:
        return TalksSelection((), edges, None)
    index = component_indices(terms)[0]
    found = [sustained(terms, exploration) for exploration in explorations]
    labels = stability(terms, speeds)[0]
    components = []
    for row in np.flatnonzero(terms.exists[0]):
        verdicts = []
        for exploration, table in zip(explorations, found, strict=True):
            holds = bool(table.sustained[0, row])
            numbers: dict[str, Any] = {}
            for what, values_of, names in (
                ("offer", table.offers, ("high", "low")),
                ("escalate", table.replies, ("after_offer", "after_fight")),
                ("belief", table.beliefs, ("after_offer", "after_fight")),
            ):
                for place, name in enumerate(names):
                    numbers[f"{what}_{name}"] = float(values_of[0, row, place]) if holds else None
            reason = exploration_reason(terms, int(row), exploration, table)
            verdicts.append(Sustained(exploration.name, holds, **numbers, reason=reason))
        stable = tuple(
            Stable(dynamics, LABELS[labels[row, place]], stability_reason(terms, int(row), place, speeds))
            for place, dynamics in enumerate(DYNAMICS)
        )
        components.append(
            ComponentSelection(
                name=ROWS[row],
                off_path=solution[ROWS[row]].off_path,
                index=int(index[row]),
                index_reason=index_reason(terms, int(row)),
                sustained=tuple(verdicts),
                stability=stable,
            )
        )
    positive = np.flatnonzero(index > 0)
    limit = ROWS[positive[0]] if len(positive) == 1 else None
    return TalksSelection(tuple(components), (), limit)
