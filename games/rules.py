"""What the rules of a game are: the class to subclass, the outcomes that it returns, and the actions of our games.

The class of games, with an example, is explained in :mod:`olivebranch.games.base`.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Action(IntEnum):
    """What a belligerent can do in a stage (docs/model.md, section 1).

    Environments, tables, files and plots all use these numbers.
    In every game ``FIGHT`` doubles as "carry on": it is the one legal action of a seat that does not act in a stage.
    ``OFFER_TALKS`` in reply to an offer reciprocates it.
    """

    FIGHT = 0
    ESCALATE = 1
    OFFER_TALKS = 2
    DEMONSTRATE = 3


class RulesError(ValueError):
    """Rules that make no game; the message names the game, the state and what is wrong there."""


@dataclass(frozen=True)
class Outcome:
    """One public chance outcome that may follow a joint action.

    Attributes:
        label: what everyone sees, e.g. ``"breakthrough by A"``. Distinct among the outcomes of one joint action.
        state: the public state that follows; any hashable value.
        probability: Pr(this outcome | state, joint action, type profile); broadcasts to shape ``(T_1, .., T_n)``,
            the number of types of each player. Over the outcomes of a joint action it sums to one.
        rewards: what each player gets on the way; broadcasts to ``(n_players, T_1, .., T_n)``.
    """

    label: str
    state: Hashable
    probability: ArrayLike = 1.0
    rewards: ArrayLike = 0.0


class Game(ABC):
    """The rules of one game. Subclasses set the attributes and give the three methods.

    Attributes:
        name: short name, used in files and plots.
        players: one name for each player; the order is the seat number.
        action_names: the enumeration of actions, shared by all players. Index = action number.
        type_names: for each player the names of its types (a single entry for a player without private information).
        prior: joint probability of type profiles, shape ``(T_1, .., T_n)``; sums to one. Correlation is allowed.
    """

    name: str
    players: tuple[str, ...]
    action_names: tuple[str, ...]
    type_names: tuple[tuple[str, ...], ...]
    prior: ArrayLike

    @abstractmethod
    def initial_state(self) -> Any:
        """The public state in which play starts (any hashable value)."""

    @abstractmethod
    def legal_actions(self, state: Any) -> Sequence[Sequence[int]]:
        """For each player its legal actions in ``state``, ascending; an empty sequence if ``state`` is terminal.

        A player who does not act has exactly one legal action. Legal actions are public: they cannot depend on types.
        """

    @abstractmethod
    def outcomes(self, state: Any, joint: tuple[int, ...]) -> Sequence[Outcome]:
        """The public outcomes that may follow when the players choose ``joint`` (one action each) in ``state``."""

    def features(self, state: Any) -> Sequence[float]:
        """Numbers that describe a public state to a learner, beside the history of actions; of one fixed length."""
        return ()

    def describe(self, state: Any) -> str:
        """A public state in words, for rendering."""
        return str(state)
