"""How far a profile of the talks game is from an equilibrium component, from the closed form."""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.solve import TalksEquilibrium


@dataclass(frozen=True)
class ComponentDistance:
    """How far a profile is from one equilibrium component. All are total variation distances in [0, 1].

    Attributes:
        component: its name.
        on_path: between the distributions of (type, message, reply) that the profile and the component bring about.
        off_path: between the reply to the message that the component leaves unused and the nearest reply that
            supports it; 0 for a component that uses both messages.
        behaviour: the largest distance at any information set, off the path included, from the component's nearest
            point.
    """

    component: str
    on_path: float
    off_path: float
    behaviour: float


def distance(prior: FloatArray, behaviour: TalksBehaviour, component: TalksEquilibrium) -> ComponentDistance:
    """Total variation between a profile and a component's nearest point."""
    nearest = TalksBehaviour(
        component.offer_high,
        component.offer_low,
        float(np.clip(behaviour.escalate_after_offer, *component.escalate_after_offer)),
        float(np.clip(behaviour.escalate_after_fight, *component.escalate_after_fight)),
    )
    # The off-path interval does not touch the component's outcomes, so clipping to it minimises both distances at once.
    learned = outcome_distribution(prior, behaviour.strategy, behaviour.reply)
    equilibrium = outcome_distribution(prior, nearest.strategy, nearest.reply)
    gaps = {
        "offer_high": abs(behaviour.offer_high - nearest.offer_high),
        "offer_low": abs(behaviour.offer_low - nearest.offer_low),
        "offer": abs(behaviour.escalate_after_offer - nearest.escalate_after_offer),
        "fight": abs(behaviour.escalate_after_fight - nearest.escalate_after_fight),
    }
    return ComponentDistance(
        component=component.name,
        on_path=float(0.5 * np.abs(learned - equilibrium).sum()),
        off_path=gaps[component.off_path] if component.off_path is not None else 0.0,
        behaviour=max(gaps.values()),
    )


def outcome_distribution(prior: FloatArray, strategy: FloatArray, reply: FloatArray) -> FloatArray:
    """Probability of each (type, message, reply), from ``[type]``, ``[type, message]`` and ``[message, reply]``."""
    result: FloatArray = prior[:, None, None] * strategy[:, :, None] * reply[None]
    return result
