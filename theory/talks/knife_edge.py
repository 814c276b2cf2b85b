"""The talks game at knife edges where the table of closed forms has no row: by exact enumeration (docs/model.md).

Where compared numbers are equal, equilibria may exist that are of no form in the table, and the table may then be
empty although every finite game has an equilibrium. The enumerator of section 4 knows nothing of the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from olivebranch.games.rules import Action
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER, SENDER, TalksColumns, TalksGame, TalksParameters
from olivebranch.theory.signalling.beliefs import mask_of
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.numbers import Vector
from olivebranch.theory.signalling.pieces import Component, Context, EquilibriumSet, Strategy, normalised
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.talks.columns import ComponentColumns

FIGHT, OFFER = 0, 1  # messages; the replies are to hold (0) and to escalate (1)
REPLIES = {AFTER_FIGHT: (Action.FIGHT, Action.ESCALATE), AFTER_OFFER: (Action.OFFER_TALKS, Action.ESCALATE)}


@dataclass(frozen=True)
class ExtremeEquilibrium:
    """A corner of the set of equilibria.

    Attributes:
        component: number of its connected component, from 0 on.
        values: offers and replies, and the beliefs that support the replies.
        d1, intuitive: whether its component survives the filter.
    """

    component: int
    values: ComponentColumns[float]
    d1: bool
    intuitive: bool


def payoff_table(exact: TalksColumns[Fraction]) -> SignallingGame:
    """The talks game as a table of exact payoffs, from the rules: types high and low; messages fight and offer; replies
    hold and escalate."""
    rules = TalksGame(TalksParameters(**exact._asdict()))
    tables: list[list[list[list[Any]]]] = [[[[0, 0], [0, 0]] for _ in range(2)] for _ in range(2)]
    for m, (state, replies) in enumerate(REPLIES.items()):
        for a, reply in enumerate(replies):
            (outcome,) = rules.outcomes(state, (Action.FIGHT, reply))
            for player, payoffs in enumerate(np.asarray(outcome.rewards)[:, :, 0]):
                for t, payoff in enumerate(payoffs):
                    tables[player][t][m][a] = payoff
    return SignallingGame(
        [exact.prior_high, 1 - exact.prior_high],
        tables[0],
        tables[1],
        type_names=rules.type_names[SENDER],
        message_names=["fight", "offer"],
        response_names=["hold", "escalate"],
    )


def enumerated(exact: TalksColumns[Fraction]) -> EquilibriumSet:
    """All perfect Bayesian equilibria of the game, by enumeration."""
    return enumerate_equilibria(payoff_table(exact))


def extreme_equilibria(found: EquilibriumSet) -> Iterator[ExtremeEquilibrium]:
    """The corners of every component, each once."""
    refiner = Refiner(found.pieces[0].context)  # an equilibrium always exists
    for number, component in enumerate(found.components):
        verdicts = refiner.verdicts(component)
        for sender, receiver in _corners(component):
            values = _columns(found.pieces[0].context, sender, receiver)
            yield ExtremeEquilibrium(number, values, verdicts["d1"].survives, verdicts["intuitive"].survives)


def _corners(component: Component) -> dict[tuple[Strategy, Strategy], None]:
    return {
        (sender, receiver): None
        for piece in component.maximal
        for sender in piece.sender_vertices
        for receiver in piece.receiver_vertices
    }


def _columns(context: Context, sender: Strategy, receiver: Strategy) -> ComponentColumns[float]:
    beliefs = [_beliefs(context, sender, m, receiver[m]) for m in (OFFER, FIGHT)]
    replies = [receiver[m][1] for m in (OFFER, FIGHT)]
    numbers = (sender[0][OFFER], sender[1][OFFER], *(reply for reply in replies for _ in range(2)))
    return ComponentColumns(*map(float, numbers), *(float(end) for ends in beliefs for end in ends))


def _beliefs(context: Context, sender: Strategy, message: int, reply: Vector) -> tuple[Any, Any]:
    """The least and the largest Pr(high) after a message: by Bayes' rule; off the path of those that fit the reply."""
    mass = [weight * row[message] for weight, row in zip(context.game.prior, sender, strict=True)]
    if sum(mass):
        return mass[0] / sum(mass), mass[0] / sum(mass)
    used = mask_of(tuple(a for a, share in enumerate(reply) if share))
    rays = context.beliefs[message].belief_polytope(used)
    high = [normalised(ray, context.scaled.numbers)[0] for ray in rays]
    return min(high), max(high)
