"""A profile of the talks game as four probabilities."""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.games.rules import Action
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER, HIGH, LOW, RECEIVER, SENDER
from olivebranch.theory.tree.profiles import BehaviourProfile


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
