"""A policy that mostly takes the action that a network holds to be best."""

from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from olivebranch.agents.policies.network import NetworkPolicy
from olivebranch.games.base import FloatArray
from olivebranch.games.information import InformationStates


class GreedyPolicy(NetworkPolicy):
    """Epsilon-greedy over the legal actions of a perceptron's outputs; equally good actions share.

    Args:
        network: made by :func:`olivebranch.agents.policies.network.perceptron`; observation in, value of each action
            out.
        epsilon: probability of a uniformly drawn legal action, in [0, 1].

    Raises:
        ValueError: ``epsilon`` is out of range.
    """

    kind: ClassVar[str] = "greedy"

    def __init__(self, network: nn.Sequential, epsilon: float) -> None:
        super().__init__(network)
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon = {epsilon!r}: expected a probability")
        self.epsilon = epsilon

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`."""
        with torch.no_grad():
            values = self.network(torch.from_numpy(states.observation)).double().numpy()
        values = np.where(states.action_mask, values, -np.inf)
        best = values == values.max(axis=1, keepdims=True)
        probabilities: FloatArray = sum(
            weight * chosen / chosen.sum(axis=1, keepdims=True)
            for weight, chosen in ((1 - self.epsilon, best), (self.epsilon, states.action_mask))
        )
        return probabilities

    def copy(self) -> "GreedyPolicy":
        """See :class:`NetworkPolicy`."""
        return GreedyPolicy(super().copy().network, self.epsilon)

    def description(self) -> dict[str, Any]:
        """See :class:`NetworkPolicy`."""
        return {**super().description(), "epsilon": self.epsilon}

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "GreedyPolicy":
        """See :class:`NetworkPolicy`."""
        return cls(NetworkPolicy.rebuild(description, tensors).network, float(description["epsilon"]))
