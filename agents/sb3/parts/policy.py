"""A policy learned by Stable-Baselines3, as probabilities, and stored so that no foreign code runs on loading.

Stable-Baselines3's own files hold pickles. Ours hold the network's weights and a description from which the policy
class of the library is built afresh. What differs from algorithm to algorithm is in the algorithm's own file: a
subclass of :class:`SB3Policy`.
"""

from typing import Any, ClassVar, Self

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy, MultiInputActorCriticPolicy

from olivebranch.agents.registry import find_learner, learner_kinds
from olivebranch.envs.play import legal_behaviour
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.information import InformationStates


class SB3Policy:
    """The behaviour of a Stable-Baselines3 model on the Gymnasium seat (:class:`olivebranch.envs.seat.SeatEnv`).

    Probability that the model gives to illegal actions is spread evenly over the legal ones, which is what the seat
    does with an illegal action.

    Args:
        network: the model's ``policy``.
        hidden: widths of its hidden layers.
        epsilon: of an algorithm that explores, the probability of a uniformly drawn action; 0 for the others.

    Attributes:
        algorithm: the algorithm, as its kind names it after ``sb3-``.
        network_class: the library's class of the network.
    """

    kind: ClassVar[str] = "sb3"
    algorithm: ClassVar[str]
    network_class: ClassVar[type[BasePolicy]] = MultiInputActorCriticPolicy

    def __init__(self, network: Any, hidden: tuple[int, ...], epsilon: float = 0.0) -> None:
        self.network, self.hidden, self.epsilon = network, hidden, epsilon
        network.set_training_mode(False)

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`."""
        seen = {
            "observation": torch.from_numpy(states.observation),
            "action_mask": torch.from_numpy(states.action_mask.astype(np.int8)),
        }
        with torch.no_grad():
            chosen = self.chosen(seen, states.action_mask)
        return legal_behaviour(chosen, states.action_mask)

    def chosen(self, seen: dict[str, torch.Tensor], action_mask: BoolArray) -> FloatArray:
        """What the network would do, illegal actions included, ``[batch, n_actions]``."""
        return softmax(self.network.get_distribution(seen))

    def copy(self) -> Self:
        """An independent copy, which further training of the model does not change."""
        return self._rebuilt(self.description(), {name: value.copy() for name, value in self.tensors().items()})

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        space = self.network.observation_space
        return {
            "algorithm": self.algorithm,
            "observation": space["observation"].shape[0],
            "actions": int(self.network.action_space.n),
            "hidden": list(self.hidden),
            "epsilon": self.epsilon,
        }

    def tensors(self) -> dict[str, Any]:
        """Its weights, by name."""
        return {name: tensor.detach().numpy() for name, tensor in self.network.state_dict().items()}

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "SB3Policy":
        """The inverse of :meth:`description` and :meth:`tensors`, for the policies of all algorithms."""
        return _policy_class(str(description["algorithm"]))._rebuilt(description, tensors)

    @classmethod
    def _rebuilt(cls, description: dict[str, Any], tensors: dict[str, Any]) -> Self:
        n_actions, hidden = int(description["actions"]), tuple(int(width) for width in description["hidden"])
        options = {"net_arch": list(hidden)}
        network = rebuilt_network(cls.network_class, int(description["observation"]), n_actions, options, tensors)
        return cls(network, hidden, float(description["epsilon"]))


def softmax(distribution: Any) -> FloatArray:
    """Probabilities of the library's distribution over actions, ``[batch, n_actions]``."""
    probabilities: FloatArray = torch.softmax(distribution.distribution.logits.double(), dim=1).numpy()
    return probabilities


def rebuilt_network(
    network_class: type[BasePolicy], width: int, n_actions: int, options: dict[str, Any], tensors: dict[str, Any]
) -> BasePolicy:
    """A network of the library with the weights ``tensors``.

    Args:
        network_class: the library's class.
        width: of observations.
        n_actions: size of the enumeration.
        options: what the class is made with, beside spaces.
        tensors: NumPy arrays by name.
    """
    observations = spaces.Dict(
        {
            "observation": spaces.Box(-np.inf, np.inf, (width,), np.float32),
            "action_mask": spaces.Box(0, 1, (n_actions,), np.int8),
        }
    )
    with torch.random.fork_rng(devices=[]):  # the library draws initial weights from torch's global generator
        network = network_class(observations, spaces.Discrete(n_actions), lambda _: 0.0, **options)
    network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})
    return network


def _policy_class(algorithm: str) -> type[SB3Policy]:
    """The class for the policies of one of our learners. Raises ValueError where there is no such algorithm."""
    kind = f"sb3-{algorithm}"
    if kind not in learner_kinds("sb3"):
        raise ValueError(f"algorithm = {algorithm!r}: expected one of {', '.join(learner_kinds('sb3'))} without sb3-")
    seat_class = getattr(find_learner(kind).learner, "seat_class")  # noqa: B009 - only learners of this folder have it
    policy_class: type[SB3Policy] = seat_class.policy_class
    return policy_class
