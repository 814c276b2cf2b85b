"""A policy that is a table."""

from typing import Any, ClassVar

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.games.information import InformationStates

TOLERANCE = 1e-6


class TabularPolicy:
    """Behaviour of one seat, looked up by public state and own type (it forgets how the public state was reached).

    Args:
        seat: the seat it plays.
        probabilities: ``[n_states, n_types, n_actions]`` with the number of types of that seat. A row that is all
            zeros stands for a state in which nobody acts.

    Raises:
        ValueError: a row is neither a distribution nor all zeros.
    """

    kind: ClassVar[str] = "tabular"

    def __init__(self, seat: int, probabilities: FloatArray) -> None:
        table = np.asarray(probabilities, dtype=np.float64)
        if table.ndim != 3:
            raise ValueError(f"probabilities of shape {table.shape}: expected [n_states, n_types, n_actions]")
        total = table.sum(axis=2)
        proper = (table >= 0).all() and (np.isclose(total, 1.0, rtol=0, atol=TOLERANCE) | (total == 0)).all()
        if not proper:
            raise ValueError("probabilities: expected rows that are >= 0 and sum to one, or are all zero")
        self.seat = seat
        self.probabilities = table

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`. Raises ValueError if asked about another seat."""
        if states.seat != self.seat:
            raise ValueError(f"seat = {states.seat}: expected {self.seat}, the seat of this table")
        return self.probabilities[states.public_state, states.own_type]

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        return {"seat": self.seat}

    def tensors(self) -> dict[str, Any]:
        """Its numbers, by name."""
        return {"probabilities": self.probabilities}

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "TabularPolicy":
        """The inverse of :meth:`description` and :meth:`tensors`."""
        return cls(int(description["seat"]), tensors["probabilities"])
