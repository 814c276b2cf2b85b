"""Uniform random play, as a policy that can be saved."""

from typing import Any, ClassVar

from olivebranch.envs.seat import UniformPolicy as UniformBehaviour


class UniformPolicy(UniformBehaviour):
    """Plays every legal action with the same probability, in any seat of any game."""

    kind: ClassVar[str] = "uniform"

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        return {}

    def tensors(self) -> dict[str, Any]:
        """It has no numbers."""
        return {}

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "UniformPolicy":
        """The inverse of :meth:`description` and :meth:`tensors`."""
        return cls()
