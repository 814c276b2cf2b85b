"""Cheap talk on a line, with finitely many states, messages and actions.

Crawford and Sobel, "Strategic information transmission", Econometrica 50 (1982), on a grid: the state t is one of
``states`` equally likely numbers from 0 to 1, the message has no meaning of its own and costs nothing, and the action a
is one of ``actions`` numbers from 0 to 1. The receiver gets ``-|a - t|^p``, the sender ``-|a - t - b|^p``. Condorelli
and Furlan, "Cheap Talking Algorithms" (arXiv:2310.07867), let Q-learners play it with 6 states, 6 messages, 11 actions.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

from olivebranch.core.errors import ParameterError, known_key, one_of
from olivebranch.games.base import CompiledGame
from olivebranch.games.kinds import GameKind
from olivebranch.games.payoff_tables import exact, plain
from olivebranch.games.signalling import SignallingGame, compile_signalling

POWERS = {"absolute": 1, "quadratic": 2, "fourth": 4}
LARGEST = 200  # of states, messages and actions each


@dataclass(frozen=True, kw_only=True)
class CheapTalkParameters:
    """The parameters of cheap talk on a line.

    Attributes:
        bias: b, by how much the sender wants a higher action than the receiver, in [0, 1]; kept exactly.
        states: the number of states, >= 2.
        messages: the number of messages, >= 1; by default as many as states.
        actions: the number of actions, >= 2; by default 2 * states - 1, so that the mean of any set of neighbours among
            the states is an action.
        loss: ``"quadratic"``, ``"absolute"`` or ``"fourth"``.
    """

    bias: Fraction
    states: int = 6
    messages: int = 0
    actions: int = 0
    loss: str = "quadratic"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bias", exact(self.bias, "bias"))
        if not 0 <= self.bias <= 1:
            raise ParameterError("bias", plain(self.bias), "a number in [0, 1]")
        _count("states", self.states, 2)
        for name, default in (("messages", self.states), ("actions", 2 * self.states - 1)):
            if getattr(self, name) == 0:
                object.__setattr__(self, name, default)
        _count("messages", self.messages, 1)
        _count("actions", self.actions, 2)
        if self.loss not in POWERS:
            raise ParameterError("loss", self.loss, one_of(POWERS, self.loss))

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Validate; ``bias`` is needed. Raises :class:`ParameterError`, also for unknown keys."""
        names = [field.name for field in fields(cls)]
        for key in values:
            if key not in names:
                raise ParameterError(str(key), values[key], known_key(names, key))
        if "bias" not in values:
            raise ParameterError("bias", None, "a number in [0, 1], but it is missing")
        given: dict[str, Any] = {str(key): value for key, value in values.items()}
        return cls(**given)

    def as_dict(self) -> Mapping[str, object]:
        """See :class:`~olivebranch.games.kinds.GameParameters`."""
        return asdict(self) | {"bias": plain(self.bias)}

    @cached_property
    def form(self) -> SignallingGame:
        """The signalling game, in exact numbers; types, messages and responses in the order of the line."""
        power = POWERS[self.loss]
        states = [Fraction(k, self.states - 1) for k in range(self.states)]
        actions = [Fraction(k, self.actions - 1) for k in range(self.actions)]

        def payoffs(bias: Fraction) -> list[list[list[Fraction]]]:
            rows = [[-(abs(a - t - bias) ** power) for a in actions] for t in states]
            return [[row] * self.messages for row in rows]

        return SignallingGame(
            [Fraction(1, self.states)] * self.states,
            payoffs(self.bias),
            payoffs(Fraction(0)),
            type_names=[f"state {plain(state)}" for state in states],
            message_names=[f"message {k + 1}" for k in range(self.messages)],
            response_names=[f"action {plain(action)}" for action in actions],
        )

    def compile(self) -> CompiledGame:
        """The compiled game."""
        return compile_signalling(self.form)


def _count(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        raise ParameterError(name, value, f"a whole number from {least} to {LARGEST}")


KIND = GameKind("cheap-talk", CheapTalkParameters)
