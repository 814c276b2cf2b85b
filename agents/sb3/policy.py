"""A policy learned by Stable-Baselines3, as probabilities, and stored so that no foreign code runs on loading.

Stable-Baselines3's own files hold pickles. Ours hold the network's weights and a description from which the policy
class of the library is built afresh.
"""

from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableMultiInputActorCriticPolicy
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from stable_baselines3.dqn.policies import MultiInputPolicy as MultiInputQPolicy

from olivebranch.envs.play import legal_behaviour
from olivebranch.games.base import FloatArray
from olivebranch.games.information import InformationStates

# algorithm: its policy class for observations that are dictionaries
POLICY_CLASSES: dict[str, Any] = {
    "ppo": MultiInputActorCriticPolicy,
    "a2c": MultiInputActorCriticPolicy,
    "maskable-ppo": MaskableMultiInputActorCriticPolicy,
    "dqn": MultiInputQPolicy,
}


class SB3Policy:
    """The behaviour of a Stable-Baselines3 model on the Gymnasium seat (:class:`olivebranch.envs.seat.SeatEnv`).

    Probability that the model gives to illegal actions is spread evenly over the legal ones, which is what the seat
    does with an illegal action. A DQN acts greedily, save for a uniformly drawn action with probability ``epsilon``.

    Args:
        algorithm: a key of ``POLICY_CLASSES``.
        network: the model's ``policy``.
        hidden: widths of its hidden layers.
        epsilon: for DQN its exploration rate; 0 for the others.
    """

    kind: ClassVar[str] = "sb3"

    def __init__(self, algorithm: str, network: Any, hidden: tuple[int, ...], epsilon: float = 0.0) -> None:
        self.algorithm, self.network, self.hidden, self.epsilon = algorithm, network, hidden, epsilon
        network.set_training_mode(False)

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`."""
        seen = {
            "observation": torch.from_numpy(states.observation),
            "action_mask": torch.from_numpy(states.action_mask.astype(np.int8)),
        }
        with torch.no_grad():
            if self.algorithm == "dqn":
                values = self.network.q_net(seen).numpy()
                greedy = np.eye(values.shape[1])[values.argmax(axis=1)]
                chosen = (1.0 - self.epsilon) * greedy + self.epsilon / values.shape[1]
            else:
                masks = {"action_masks": states.action_mask} if self.algorithm == "maskable-ppo" else {}
                logits = self.network.get_distribution(seen, **masks).distribution.logits
                chosen = torch.softmax(logits.double(), dim=1).numpy()
        return legal_behaviour(chosen, states.action_mask)

    def copy(self) -> "SB3Policy":
        """An independent copy, which further training of the model does not change."""
        return type(self).rebuild(self.description(), {name: value.copy() for name, value in self.tensors().items()})

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
        """The inverse of :meth:`description` and :meth:`tensors`."""
        n_actions, hidden = int(description["actions"]), tuple(int(width) for width in description["hidden"])
        observations = spaces.Dict(
            {
                "observation": spaces.Box(-np.inf, np.inf, (int(description["observation"]),), np.float32),
                "action_mask": spaces.Box(0, 1, (n_actions,), np.int8),
            }
        )
        with torch.random.fork_rng(devices=[]):  # the library draws initial weights from torch's global generator
            network = POLICY_CLASSES[description["algorithm"]](
                observations, spaces.Discrete(n_actions), lambda _: 0.0, net_arch=list(hidden)
            )
        network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})
        return cls(str(description["algorithm"]), network, hidden, float(description["epsilon"]))
