"""Several policies averaged into one."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from olivebranch.agents.policies.storage import StorablePolicy, rebuild_policy
from olivebranch.games.base import FloatArray
from olivebranch.games.information import InformationStates


class MixturePolicy:
    """At each information state the weighted mean of what its members would do there.

    A player who draws one member before play and follows it throughout behaves like the mean weighted with each
    member's own reach of the information state (Kuhn 1953). The two agree wherever the seat acts at most once in a
    play, as in the talks game. Elsewhere the plain mean is used all the same: it needs no memory of one's own earlier
    choices, and it is how time averages of learned behaviour are usually reported.

    Args:
        members: at least one policy, all for the same seat.
        weights: ``[len(members)]``, >= 0 with a positive sum; equal if left out.

    Raises:
        ValueError: no member, or improper weights.
    """

    kind: ClassVar[str] = "mixture"

    def __init__(self, members: Sequence[StorablePolicy], weights: Sequence[float] | None = None) -> None:
        if not members:
            raise ValueError("members = []: expected at least one policy")
        chosen = np.ones(len(members)) if weights is None else np.asarray(weights, dtype=np.float64)
        if chosen.shape != (len(members),) or (chosen < 0).any() or not chosen.sum() > 0:
            raise ValueError(f"weights = {weights}: expected {len(members)} numbers >= 0 with a positive sum")
        self.members = tuple(members)
        self.weights = chosen / chosen.sum()

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`."""
        total = np.zeros(states.action_mask.shape)
        for weight, member in zip(self.weights, self.members, strict=True):
            total += weight * member.action_probabilities(states)
        return total

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        return {"members": [{"kind": member.kind, **member.description()} for member in self.members]}

    def tensors(self) -> dict[str, Any]:
        """Its numbers, by name; those of member 3 are called ``3/...``."""
        result: dict[str, Any] = {"weights": self.weights}
        for number, member in enumerate(self.members):
            result.update({f"{number}/{name}": tensor for name, tensor in member.tensors().items()})
        return result

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "MixturePolicy":
        """The inverse of :meth:`description` and :meth:`tensors`."""
        members = []
        for number, member in enumerate(description["members"]):
            prefix = f"{number}/"
            own = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
            members.append(rebuild_policy(member, own))
        return cls(members, tensors["weights"].tolist())
