"""What an explanation is made of: causes from a fixed vocabulary, each with strength, places and evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

UNVISITED, CYCLING, REGULARISED, UNFINISHED = "unvisited", "cycling", "regularised", "unfinished"
APPROXIMATION, SELECTED, EXPLOITED = "approximation", "selected", "exploited"
# In this order causes of equal strength are named.
VOCABULARY = (UNVISITED, UNFINISHED, CYCLING, REGULARISED, APPROXIMATION, SELECTED, EXPLOITED)


@dataclass(frozen=True)
class Cause:
    """One cause.

    Attributes:
        cause: a word of ``VOCABULARY``.
        strength: the share of NashConv (or of the distance from other equilibria) that the cause's counterfactual
            removes, in [0, 1]; docs/explain.md states each.
        where: the places that matter most, in words, the weightiest first.
        evidence: what was found, in sentences.
        numbers: the figures behind it, by name.
    """

    cause: str
    strength: float
    where: tuple[str, ...]
    evidence: str
    numbers: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; a figure that is not finite is null."""
        return {
            "cause": self.cause,
            "strength": self.strength,
            "where": list(self.where),
            "evidence": self.evidence,
            "numbers": {name: value if isfinite(value) else None for name, value in self.numbers.items()},
        }


def cause(name: str, strength: float, where: tuple[str, ...], evidence: str, **numbers: float) -> Cause:
    """A cause whose strength is cut to [0, 1]; one that is not a number counts as 0."""
    cut = min(max(float(strength), 0.0), 1.0) if isfinite(strength) else 0.0
    return Cause(name, cut, where, evidence, {key: float(value) for key, value in numbers.items()})
