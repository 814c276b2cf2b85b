"""A learner's seeds together: means with intervals, and how often each equilibrium component was reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.eval.comparison import Comparison
from olivebranch.eval.intervals import Estimate, bootstrap_mean, wilson

NONE = "none"


@dataclass(frozen=True)
class Summary:
    """What many seeds of one learner did in one game.

    Attributes:
        seeds: how many.
        nash_conv, on_path, off_path, behaviour: means over seeds with 95 % bootstrap intervals; the last three are
            total variation distances to the component nearest on the path (see :class:`ComponentDistance`).
        offer_high, offer_low, escalate_after_offer, escalate_after_fight: mean behaviour, likewise.
        reached: frequency, with Wilson's interval, of each component being reached off the path included; the key
            ``"none"`` counts the seeds that reached none.
        outcome_reached: the same on the path alone.
    """

    seeds: int
    nash_conv: Estimate
    on_path: Estimate
    off_path: Estimate
    behaviour: Estimate
    offer_high: Estimate
    offer_low: Estimate
    escalate_after_offer: Estimate
    escalate_after_fight: Estimate
    reached: dict[str, Estimate]
    outcome_reached: dict[str, Estimate]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: every estimate as ``[value, low, high]``."""
        result: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, Estimate):
                result[name] = value.as_list()
            elif isinstance(value, dict):
                result[name] = {key: estimate.as_list() for key, estimate in value.items()}
            else:
                result[name] = value
        return result


def summarise(comparisons: Sequence[Comparison], generator: np.random.Generator) -> Summary:
    """Summarise the seeds of one learner in one game. Raises ValueError if there is none."""
    if not comparisons:
        raise ValueError("comparisons = []: expected at least one seed")
    components = sorted(d.component for d in comparisons[0].distances)

    def mean(values: Sequence[float]) -> Estimate:
        return bootstrap_mean(np.array(values), generator)

    def frequencies(found: Sequence[str | None]) -> dict[str, Estimate]:
        return {
            name: wilson(sum(1 for one in found if (one or NONE) == name), len(found)) for name in [*components, NONE]
        }

    return Summary(
        seeds=len(comparisons),
        nash_conv=mean([c.evaluation.nash_conv for c in comparisons]),
        on_path=mean([c.nearest.on_path for c in comparisons]),
        off_path=mean([c.nearest.off_path for c in comparisons]),
        behaviour=mean([c.nearest.behaviour for c in comparisons]),
        offer_high=mean([c.behaviour.offer_high for c in comparisons]),
        offer_low=mean([c.behaviour.offer_low for c in comparisons]),
        escalate_after_offer=mean([c.behaviour.escalate_after_offer for c in comparisons]),
        escalate_after_fight=mean([c.behaviour.escalate_after_fight for c in comparisons]),
        reached=frequencies([c.reached for c in comparisons]),
        outcome_reached=frequencies([c.outcome_reached for c in comparisons]),
    )


def comparison_as_dict(comparison: Comparison) -> dict[str, Any]:
    """One seed for JSON."""
    evaluation = comparison.evaluation
    types = (("high", "low"), ("only",))
    players = ("sender", "receiver")
    return {
        "behaviour": vars(comparison.behaviour).copy(),
        "nash_conv": evaluation.nash_conv,
        "gains": {player: float(gain) for player, gain in zip(players, evaluation.gains, strict=True)},
        "gains_by_type": {
            player: {name: float(gain) for name, gain in zip(names, gains, strict=True)}
            for player, names, gains in zip(players, types, evaluation.gains_by_type, strict=True)
        },
        "values": {player: float(value) for player, value in zip(players, evaluation.values, strict=True)},
        "nearest": comparison.nearest.component,
        "reached": comparison.reached,
        "outcome_reached": comparison.outcome_reached,
        "distances": [vars(distance).copy() for distance in comparison.distances],
        "beliefs": [vars(belief).copy() for belief in comparison.beliefs],
        "outcomes_by_type": {name: {"high": high, "low": low} for name, (high, low) in comparison.outcomes.items()},
        "outcomes": dict(comparison.overall),
    }
