"""Learned policies as behaviour: the probability of each action at each information state, read and never sampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from olivebranch.envs.information import ObservationEncoder, Policy
from olivebranch.games.actions import Action
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER, HIGH, LOW, RECEIVER, SENDER
from olivebranch.theory.profiles import BehaviourProfile, build_profile
from olivebranch.theory.tree import GameTree


def behaviour_of(tree: GameTree, policies: Sequence[Policy], window: int | None = None) -> BehaviourProfile:
    """Tabulate the play of ``policies``, one a seat, at every information set of ``tree``.

    Args:
        tree: the unrolled game.
        policies: one a seat, in the order of the players.
        window: how many stages back observations reach; the one that the policies were trained with.

    Raises:
        ValueError: the number of policies is not that of the seats, or what one returns is no distribution over the
            legal actions.
    """
    if len(policies) != tree.game.n_players:
        raise ValueError(f"{len(policies)} policies for {tree.game.n_players} seats")
    encoder = ObservationEncoder(tree.game, window)

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        states = encoder.information_states(seat, own_type, public_state, recent_edges)
        return policies[seat].action_probabilities(states)

    return build_profile(tree, behaviour, window=encoder.window)


@dataclass(frozen=True)
class TalksBehaviour:
    """A profile of the talks game as four probabilities: x_H, x_L, q and r of docs/model.md, section 2."""

    offer_high: float
    offer_low: float
    escalate_after_offer: float
    escalate_after_fight: float

    @classmethod
    def of(cls, profile: BehaviourProfile) -> "TalksBehaviour":
        """Read the four probabilities off a profile of the talks game."""
        tree = profile.tree
        states = {tree.game.states[number]: row for row, number in enumerate(tree.stages[1].state)}
        sender, receiver = profile.of(SENDER, 0)[0], profile.of(RECEIVER, 1)[:, 0]
        return cls(
            offer_high=float(sender[HIGH, Action.OFFER_TALKS]),
            offer_low=float(sender[LOW, Action.OFFER_TALKS]),
            escalate_after_offer=float(receiver[states[AFTER_OFFER], Action.ESCALATE]),
            escalate_after_fight=float(receiver[states[AFTER_FIGHT], Action.ESCALATE]),
        )

    @property
    def strategy(self) -> FloatArray:
        """The sender's: ``[type (high, low), message (fight, offer)]``."""
        offers = np.array([self.offer_high, self.offer_low])
        return np.stack([1 - offers, offers], axis=1)

    @property
    def reply(self) -> FloatArray:
        """The receiver's: ``[message (fight, offer), reply (hold, escalate)]``."""
        escalation = np.array([self.escalate_after_fight, self.escalate_after_offer])
        return np.stack([1 - escalation, escalation], axis=1)
