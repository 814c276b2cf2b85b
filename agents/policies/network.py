"""A policy that is a neural network."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from olivebranch.games.base import FloatArray
from olivebranch.games.information import InformationStates


def perceptron(widths: Sequence[int], last_gain: float, generator: torch.Generator) -> nn.Sequential:
    """Fully connected layers of the given widths (input first) with tanh between them.

    Orthogonal weights and zero biases: gain sqrt(2) inside, ``last_gain`` at the end, where a small one starts a
    policy near uniform (Andrychowicz et al., "What matters in on-policy reinforcement learning", ICLR 2021).
    """
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(pairwise(widths)):
        last = number == len(widths) - 2
        # Plain construction would draw from torch's global generator.
        layer = nn.utils.skip_init(nn.Linear, before, after)  # type: ignore[no-untyped-call]
        nn.init.orthogonal_(layer.weight, last_gain if last else 2**0.5, generator=generator)
        nn.init.zeros_(layer.bias)
        layers.extend([layer] if last else [layer, nn.Tanh()])
    return nn.Sequential(*layers)


def masked_log_probabilities(logits: torch.Tensor, action_mask: torch.Tensor) -> torch.Tensor:
    """Logarithm of the softmax over legal actions, ``[batch, n_actions]``; a huge negative number where illegal.

    It is finite, so that products with probability zero stay zero, and in gradients too.
    """
    return torch.log_softmax(torch.where(action_mask, logits, torch.full_like(logits, -1e9)), dim=-1)


class NetworkPolicy:
    """Softmax over the legal actions of a perceptron's outputs, on observations.

    Args:
        network: made by :func:`perceptron`; observation in, one number for each action out.
    """

    kind: ClassVar[str] = "network"

    def __init__(self, network: nn.Sequential) -> None:
        self.network = network

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`."""
        with torch.no_grad():
            logits = self.network(torch.from_numpy(states.observation))
            logs = masked_log_probabilities(logits.double(), torch.from_numpy(states.action_mask))
        probabilities: FloatArray = logs.exp().numpy()
        return probabilities

    def copy(self) -> "NetworkPolicy":
        """An independent copy, which further training of the network does not change."""
        return NetworkPolicy.rebuild(self.description(), {name: t.copy() for name, t in self.tensors().items()})

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        layers = [layer for layer in self.network if isinstance(layer, nn.Linear)]
        return {"widths": [layers[0].in_features, *(layer.out_features for layer in layers)]}

    def tensors(self) -> dict[str, Any]:
        """Its numbers, by name."""
        return {name: tensor.detach().numpy() for name, tensor in self.network.state_dict().items()}

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "NetworkPolicy":
        """The inverse of :meth:`description` and :meth:`tensors`."""
        widths = [int(width) for width in description["widths"]]
        sizes = {f"{2 * number}.weight": (after, before) for number, (before, after) in enumerate(pairwise(widths))}
        if not sizes or any(name not in tensors or tensors[name].shape != size for name, size in sizes.items()):
            raise ValueError(f"widths = {str(widths)[:60]}: expected those of the weights")  # before they take memory
        network = perceptron(widths, 1.0, torch.Generator())
        network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})
        return cls(network)
