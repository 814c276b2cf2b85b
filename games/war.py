"""The war: several periods, two-sided, with hidden resilience on both sides (docs/model.md, section 5).

Belligerents ``A`` and ``B`` fight over a stake. The *balance* x on a grid 0..G gives A's share x/G. In each of T
periods each chooses FIGHT, ESCALATE, OFFER_TALKS or, where enabled, DEMONSTRATE. If both offer, talks open and the war
ends at x. Otherwise there is fighting: each may break through the other, the balance moves a step towards the side
that broke through alone, and 0 and G are defeats. Each knows its own resilience: how rarely it is broken through.

What the model's text leaves open is settled as follows.

* **Timing of peace.** A share is enjoyed from the first period of peace on: talks that open in period t weigh
  ``discount ** (t - 1)``, an end after the fighting of period t weighs ``discount ** t``, as does the cost of defeat.
  All that period t costs weighs ``discount ** (t - 1)``. There is no war cost in the period in which talks open.
* **Breakthroughs on both sides** in one period cancel, and look like none: the public sees the front, not the losses.
* **Alternating moves.** In each period one belligerent moves first and the other, having seen it, replies; then the
  fighting of the period takes place. The order swaps every period. An offer can thus be reciprocated, or punished, at
  once, as in the talks game.
* **DEMONSTRATE** is FIGHT with a show of strength: it adds a cost that depends on the own resilience, and changes
  nothing at the front. What it may do is to be believed.
* **Patron.** Before the belligerents move, it gives aid for the period (FIGHT: it carries on) or withholds it and so
  pushes its client to talks (OFFER_TALKS). Aid multiplies the client's breakthrough probability by
  ``1 - aid_effect``. The patron gets ``stake`` times its client's share when the war ends, and pays for each period of
  aid, the more the weaker its will.
* **Mediator.** Before the belligerents move, it may post the guarantee (OFFER_TALKS) or not (FIGHT). Once posted it
  stands for the rest of the war, and the mediator has no further choice. It pays for each period of fighting.

A reconstruction of the mechanism in Mastro and Siegel (2023), doi 10.1177/09516298231185112, not their model.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray, Game, Outcome, compile_game
from olivebranch.games.kinds import GameKind
from olivebranch.games.rules import Action
from olivebranch.games.war_parameters import SIDES, WarParameters

A, B = 0, 1
THIRD_PARTIES, BELLIGERENTS, REPLY, END = "third parties", "belligerents", "reply", "end"
NOTHING = -1


class WarState(NamedTuple):
    """What is public in a war.

    Attributes:
        period: 1..T.
        balance: x, in 0..G.
        phase: who moves: ``THIRD_PARTIES``, ``BELLIGERENTS``, ``REPLY`` (the second mover's) or ``END``.
        aid: whether the patron aids its client in this period.
        posted: whether the mediator's guarantee stands.
        pending: the first mover's action while the reply is awaited, else ``NOTHING``.
        talks: whether the war ended in talks.
    """

    period: int
    balance: int
    phase: str
    aid: bool = False
    posted: bool = False
    pending: int = NOTHING
    talks: bool = False


class WarGame(Game):
    """The rules of the war at given parameters. Seats: A, B, then the patron and the mediator where there are such."""

    name = "war"
    action_names = tuple(action.name for action in Action)

    def __init__(self, parameters: WarParameters) -> None:
        p = self.parameters = parameters
        self.players = (*SIDES, *(("patron",) if p.patron else ()), *(("mediator",) if p.mediator else ()))
        self.patron, self.mediator = 2, 2 + (p.patron is not None)
        self.type_names = (
            level_names(len(p.breakthrough_a), ("high", "low")),
            level_names(len(p.breakthrough_b), ("high", "low")),
            *((level_names(len(p.patron.prior), ("resolute", "weary")),) if p.patron else ()),
            *((("only",),) if p.mediator else ()),
        )
        prior = np.array(p.prior)
        if p.patron:
            prior = prior[..., None] * np.array(p.patron.prior)
        self.prior = prior[..., None] if p.mediator else prior

    def initial_state(self) -> WarState:
        return self._period(1, self.parameters.start, posted=False)

    def legal_actions(self, state: WarState) -> Sequence[Sequence[int]]:
        if state.phase == END:
            return ()
        choices: list[tuple[int, ...]] = [(Action.FIGHT,) for _ in self.players]
        p = self.parameters
        if state.phase == THIRD_PARTIES:
            if p.patron:
                choices[self.patron] = (Action.FIGHT, Action.OFFER_TALKS)
            if p.mediator and not state.posted:
                choices[self.mediator] = (Action.FIGHT, Action.OFFER_TALKS)
            return choices
        for side in self._movers(state):
            demonstrates = (p.demonstration_cost_a, p.demonstration_cost_b)[side]
            choices[side] = (
                Action.FIGHT,
                Action.ESCALATE,
                Action.OFFER_TALKS,
                *((Action.DEMONSTRATE,) if demonstrates else ()),
            )
        return choices

    def outcomes(self, state: WarState, joint: tuple[int, ...]) -> Sequence[Outcome]:
        if state.phase == THIRD_PARTIES:
            return (self._third_parties(state, joint),)
        movers = self._movers(state)
        if state.phase == BELLIGERENTS and len(movers) == 1:
            return (Outcome("", state._replace(phase=REPLY, pending=joint[movers[0]])),)
        actions = [joint[A], joint[B]]
        if state.phase == REPLY:
            actions[1 - movers[0]] = state.pending
        if actions == [Action.OFFER_TALKS, Action.OFFER_TALKS]:
            ended = state._replace(phase=END, pending=NOTHING, talks=True)
            return (Outcome("talks open", ended, 1.0, self._shares(state.balance, state.period - 1)),)
        return self._fighting(state, actions)

    def _third_parties(self, state: WarState, joint: tuple[int, ...]) -> Outcome:
        p = self.parameters
        rewards = self._nothing()
        aid, posted = False, state.posted
        if p.patron:
            aid = joint[self.patron] == Action.FIGHT
            rewards[self.patron] -= aid * self._along(self.patron, p.patron.aid_cost)
        if p.mediator and not posted and joint[self.mediator] == Action.OFFER_TALKS:
            posted = True
            rewards[self.mediator] -= p.mediator.guarantee_cost
        weight = p.discount ** (state.period - 1)
        return Outcome("", state._replace(phase=BELLIGERENTS, aid=aid, posted=posted), 1.0, weight * rewards)

    def _fighting(self, state: WarState, actions: Sequence[int]) -> Sequence[Outcome]:
        p = self.parameters
        costs = p.discount ** (state.period - 1) * self._costs(state, actions)
        by_a, by_b = self._breakthrough(state, actions, A), self._breakthrough(state, actions, B)
        only_a, only_b = by_a * (1 - by_b), by_b * (1 - by_a)
        results = (
            ("A breaks through", 1, only_a),
            ("B breaks through", -1, only_b),
            ("the front holds", 0, 1 - only_a - only_b),
        )
        outcomes = []
        for label, step, probability in results:
            if np.any(probability > 0):
                balance = state.balance + step
                defeated = balance in (0, p.grid)
                if defeated or state.period == p.horizon:
                    following = WarState(state.period, balance, END, posted=state.posted)
                    settled = self._shares(balance, state.period)
                    if defeated:
                        settled[A if balance == 0 else B] -= p.discount**state.period * p.defeat_cost
                    rewards = costs + settled
                else:
                    following, rewards = self._period(state.period + 1, balance, state.posted), costs
                outcomes.append(Outcome(label, following, probability, rewards))
        return outcomes

    def _breakthrough(self, state: WarState, actions: Sequence[int], side: int) -> FloatArray:
        """Probability that ``side`` breaks through the other, over type profiles."""
        p, other = self.parameters, 1 - side
        rho = self._along(other, (p.breakthrough_a, p.breakthrough_b)[other])
        if state.aid and p.patron and SIDES[other] == p.patron.client:
            rho = rho * (1 - p.patron.aid_effect)
        intensity = 1.0 if actions[side] == Action.ESCALATE else p.pressure
        exposure = 1 - p.shelter if actions[other] == Action.OFFER_TALKS else 1.0
        return rho * intensity * exposure

    def _costs(self, state: WarState, actions: Sequence[int]) -> FloatArray:
        """What a period of fighting costs everyone: a negative reward, player by type profile."""
        p = self.parameters
        rewards = self._nothing()
        for side in (A, B):
            rewards[side] -= p.war_cost[side]
            offered_to = actions[1 - side] == Action.OFFER_TALKS
            if actions[side] == Action.ESCALATE:
                rewards[side] -= p.escalation_cost[side]
                if offered_to and (p.mediator is None or state.posted):
                    rewards[side] -= p.guarantee
                if offered_to:
                    rewards[1 - side] -= p.face_cost
            if actions[side] == Action.DEMONSTRATE:
                rewards[side] -= self._along(side, (p.demonstration_cost_a, p.demonstration_cost_b)[side])
        if p.mediator:
            rewards[self.mediator] -= p.mediator.war_cost
        return rewards

    def _shares(self, balance: int, periods_of_war: int) -> FloatArray:
        """The stake divided at ``balance``, enjoyed after so many periods of war."""
        p = self.parameters
        share = np.array([balance / p.grid, 1 - balance / p.grid])
        rewards = self._nothing()
        rewards[A], rewards[B] = share[A], share[B]
        if p.patron:
            rewards[self.patron] = p.patron.stake * share[SIDES.index(p.patron.client)]
        return p.discount**periods_of_war * rewards

    def _period(self, period: int, balance: int, posted: bool) -> WarState:
        """The state at the beginning of a period."""
        p = self.parameters
        someone = p.patron is not None or (p.mediator is not None and not posted)
        return WarState(period, balance, THIRD_PARTIES if someone else BELLIGERENTS, posted=posted)

    def _movers(self, state: WarState) -> tuple[int, ...]:
        """The belligerents who choose in this state."""
        p = self.parameters
        if p.order == "simultaneous":
            return (A, B)
        first = (SIDES.index(p.first_mover) + state.period - 1) % 2
        return (1 - first,) if state.phase == REPLY else (first,)

    def _nothing(self) -> FloatArray:
        return np.zeros((len(self.players), *np.shape(self.prior)))

    def _along(self, player: int, values: Sequence[float]) -> FloatArray:
        """Values by type of a player, shaped to broadcast over type profiles."""
        shape = [1] * len(self.players)
        shape[player] = len(values)
        return np.array(values).reshape(shape)

    def features(self, state: WarState) -> Sequence[float]:
        """Periods left and balance, as shares; then, for variants: reply phase and what awaits it, guarantee, aid."""
        p = self.parameters
        numbers = [1 - (state.period - 1) / p.horizon, state.balance / p.grid]
        if p.order == "alternating":
            numbers += [float(state.phase == REPLY), *(float(state.pending == action) for action in Action)]
        if p.patron or p.mediator:
            numbers += [float(state.phase == THIRD_PARTIES), float(state.aid), float(state.posted)]
        return numbers

    def describe(self, state: WarState) -> str:
        p = self.parameters
        front = f"balance {state.balance} of {p.grid}, A holds {state.balance / p.grid:.0%}"
        if state.phase == END:
            defeat = {0: "A is defeated", p.grid: "B is defeated"}.get(state.balance, "time is up, the war stops")
            return f"period {state.period} of {p.horizon}: {'talks are open' if state.talks else defeat}; {front}"
        standing = [
            *(["aid flows"] if state.aid else []),
            *(["a guarantee stands"] if state.posted or (p.guarantee > 0 and not p.mediator) else []),
        ]
        if state.phase == REPLY:
            first = SIDES[1 - self._movers(state)[0]]
            standing.append(f"{first} has chosen {Action(state.pending).name}, the reply is awaited")
        return "; ".join([f"period {state.period} of {p.horizon}: {front}", *standing])


def level_names(count: int, two: tuple[str, str]) -> tuple[str, ...]:
    """Names of so many levels, the strongest first: those given where there are two, else numbers."""
    if count == 1:
        return ("only",)
    return two if count == 2 else tuple(f"level {k + 1} of {count}" for k in range(count))


@lru_cache(maxsize=32)
def compile_war(parameters: WarParameters) -> CompiledGame:
    """The compiled war at ``parameters`` (cached: parameters are immutable)."""
    return compile_game(WarGame(parameters))


KIND = GameKind("war", WarParameters)
