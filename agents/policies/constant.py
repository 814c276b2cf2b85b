"""A policy that always does the same."""

from typing import Any, ClassVar

import numpy as np

from olivebranch.envs.play import legal_behaviour
from olivebranch.games.base import FloatArray
from olivebranch.games.information import InformationStates


class ConstantPolicy:
    """Fixed probabilities over the enumeration of actions, whatever has happened.

    Probability on actions that are not legal where it is asked is spread evenly over those that are, as the
    environments do (:func:`olivebranch.envs.play.legal_behaviour`).

    Args:
        probabilities: ``[n_actions]``, or ``[n_types, n_actions]`` to act by own type; rows are >= 0 and sum to one.

    Raises:
        ValueError: the shape or a row is wrong.
    """

    kind: ClassVar[str] = "constant"

    def __init__(self, probabilities: FloatArray) -> None:
        table = np.asarray(probabilities, dtype=np.float64)
        if table.ndim not in (1, 2):
            raise ValueError(f"probabilities of shape {table.shape}: expected [n_actions] or [n_types, n_actions]")
        if (table < 0).any() or not np.allclose(table.sum(axis=-1), 1.0, rtol=0, atol=1e-6):
            raise ValueError(f"probabilities = {table.tolist()}: expected rows that are >= 0 and sum to one")
        self.probabilities = table

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`."""
        if self.probabilities.ndim == 2:
            rows = self.probabilities[states.own_type]
        else:
            rows = np.tile(self.probabilities, (len(states.own_type), 1))
        return legal_behaviour(rows, states.action_mask)

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        return {}

    def tensors(self) -> dict[str, Any]:
        """Its numbers, by name."""
        return {"probabilities": self.probabilities}

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "ConstantPolicy":
        """The inverse of :meth:`description` and :meth:`tensors`."""
        return cls(tensors["probabilities"])
