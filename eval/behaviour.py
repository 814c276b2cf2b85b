"""A profile of the talks game, or of the demonstration game, as a few probabilities."""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.actions import Action
from olivebranch.games.base import FloatArray
from olivebranch.games.demonstration import OPENING
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER, HIGH, LOW, RECEIVER, SENDER, START
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


@dataclass(frozen=True)
class DemonstrationBehaviour:
    """A profile of the demonstration game; messages in the order of
    :data:`olivebranch.theory.talks.demonstration.MESSAGES`.

    Attributes:
        strategy: the sender's, ``[type (high, low), message]``.
        escalate: probability that the receiver escalates, ``[message]``.
    """

    strategy: FloatArray
    escalate: FloatArray

    @classmethod
    def of(cls, profile: BehaviourProfile) -> "DemonstrationBehaviour":
        """Read it off a profile of the demonstration game."""
        where = {
            profile.tree.game.states[number]: (stage, row)
            for stage, level in enumerate(profile.tree.stages)
            for row, number in enumerate(level.state)
        }

        def probability(seat: int, state: object, action: Action) -> FloatArray:
            stage, row = where[state]
            result: FloatArray = profile.of(seat, stage)[row, :, action].astype(np.float64)
            return result

        shown = probability(SENDER, OPENING, Action.DEMONSTRATE)
        messages, escalate = [], []
        for demonstrated, share in ((False, 1 - shown), (True, shown)):
            offers = probability(SENDER, (demonstrated, START), Action.OFFER_TALKS)
            messages += [share * (1 - offers), share * offers]
            for position in (AFTER_FIGHT, AFTER_OFFER):
                escalate.append(probability(RECEIVER, (demonstrated, position), Action.ESCALATE)[0])
        return cls(np.stack(messages, axis=1), np.array(escalate))

    @property
    def reply(self) -> FloatArray:
        """The receiver's: ``[message, reply (hold, escalate)]``."""
        return np.stack([1 - self.escalate, self.escalate], axis=1)
