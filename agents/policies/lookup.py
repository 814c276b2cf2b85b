"""A policy that is a table over information states."""

from typing import Any, ClassVar

import numpy as np

from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.information import Float32Array, InformationStates, ObservationEncoder
from olivebranch.theory.tree.profiles import BehaviourProfile

TOLERANCE = 1e-6


class LookupPolicy:
    """Behaviour of one seat, looked up by what it observes: with perfect recall, by its information set.

    Args:
        seat: the seat it plays.
        observations: float32 ``[n, width]``, all different, in any order; see :class:`ObservationEncoder`.
        probabilities: ``[n, n_actions]``, a distribution in each row.

    Raises:
        ValueError: shapes do not fit, a row is no distribution, or an observation occurs twice.
    """

    kind: ClassVar[str] = "lookup"

    def __init__(self, seat: int, observations: Float32Array, probabilities: FloatArray) -> None:
        table = np.asarray(probabilities, dtype=np.float64)
        seen = np.asarray(observations, dtype=np.float32)
        if table.ndim != 2 or seen.ndim != 2 or len(seen) != len(table):
            raise ValueError(f"observations {seen.shape}, probabilities {table.shape}: expected [n, ..] and [n, ..]")
        if not ((table >= 0).all() and np.allclose(table.sum(axis=1), 1.0, rtol=0, atol=TOLERANCE)):
            raise ValueError("probabilities: expected rows that are >= 0 and sum to one")
        self._keys, order = np.unique(_keys(seen), return_index=True)
        if len(order) < len(seen):
            raise ValueError("observations: expected rows that are all different")
        self.seat = seat
        self.observations, self.probabilities = seen[order], table[order]

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`. Raises ValueError if asked about another seat or something never tabulated."""
        if states.seat != self.seat:
            raise ValueError(f"seat = {states.seat}: expected {self.seat}, the seat of this table")
        return self.probabilities[self._rows(states.observation)]

    def _rows(self, observations: Float32Array) -> IntArray:
        keys = _keys(observations)
        rows = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        if len(self._keys) == 0 or (self._keys[rows] != keys).any():
            raise ValueError("an observation that is not in the table: was it made for another game or window?")
        result: IntArray = rows
        return result

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        return {"seat": self.seat}

    def tensors(self) -> dict[str, Any]:
        """Its numbers, by name."""
        return {"observations": self.observations, "probabilities": self.probabilities}

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "LookupPolicy":
        """The inverse of :meth:`description` and :meth:`tensors`."""
        return cls(int(description["seat"]), tensors["observations"], tensors["probabilities"])


def _keys(observations: Float32Array) -> Any:
    """Each row as one opaque value that can be compared."""
    rows = np.ascontiguousarray(observations, dtype=np.float32) + np.float32(0.0)  # -0.0 becomes 0.0
    return rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).ravel()


def lookup_policies(profile: BehaviourProfile) -> tuple[LookupPolicy, ...]:
    """One policy a seat that plays as ``profile`` does, on any tree of the same game; for files and for environments.

    The inverse of :func:`olivebranch.agents.policies.behaviour.behaviour_of`.
    """
    tree, result = profile.tree, []
    encoder = ObservationEncoder(tree.game)
    for seat, n_types in enumerate(tree.game.n_types):
        observations: list[Float32Array] = [np.zeros((0, encoder.width), dtype=np.float32)]
        probabilities: list[FloatArray] = [np.zeros((0, tree.game.n_actions))]
        for number, stage in enumerate(tree.stages):
            rows = np.flatnonzero(tree.game.acts[stage.state, seat])
            every = np.repeat(rows, n_types)
            recent = tree.recent_edges(number, every, encoder.window)
            own_type = np.tile(np.arange(n_types), len(rows))
            observations.append(encoder.encode(seat, own_type, stage.state[every].astype(np.int64), recent))
            probabilities.append(profile.of(seat, number)[rows].reshape(-1, tree.game.n_actions).astype(np.float64))
        result.append(LookupPolicy(seat, np.concatenate(observations), np.concatenate(probabilities)))
    return tuple(result)
