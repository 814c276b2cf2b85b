"""What a player knows when it acts, and the one question that everything that acts must answer.

An :class:`InformationStates` is a batch of situations of one seat. A :class:`Policy` gives, for such a batch, the
probability of each action. Evaluation reads these probabilities and never sampled or arg-max actions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray

Float32Array = NDArray[np.float32]


@dataclass(frozen=True)
class InformationStates:
    """A batch of information states of one seat.

    Attributes:
        seat: which player acts.
        own_type: its type, ``[batch]``.
        public_state: number of the public state in the compiled game, ``[batch]``.
        observation: what a learner sees, float32 ``[batch, width]``; see :class:`ObservationEncoder`.
        action_mask: which actions are legal, ``[batch, n_actions]``.
        recent_edges: the last edges of the compiled game that play took, most recent first, ``[batch, window]``; -1
            where there was none. None where whoever asks does not say.
    """

    seat: int
    own_type: IntArray
    public_state: IntArray
    observation: Float32Array
    action_mask: BoolArray
    recent_edges: IntArray | None = None


@dataclass(frozen=True)
class PastStage:
    """What everyone saw of one stage.

    Attributes:
        actions: by name of player the name of its action, of the players who had a choice.
        outcome: the label of the public outcome.
    """

    actions: Mapping[str, str]
    outcome: str


@dataclass(frozen=True)
class InformationState:
    """One information state in the game's own names, as a function that is used as a policy gets it.

    Attributes:
        player: the name of who acts.
        own_type: the name of its type.
        state: the public state, an object of the game's rules.
        legal_actions: the names of its legal actions.
        history: what was played, oldest stage first, as far back as whoever asks remembers (by default everything).
        observation: what a learner sees, float32 ``[width]``; see :class:`ObservationEncoder`.
    """

    player: str
    own_type: str
    state: Any
    legal_actions: tuple[str, ...]
    history: tuple[PastStage, ...]
    observation: Float32Array = field(compare=False, repr=False)


# What a function answers: probabilities by name of action, or of every action in order, or the name of one action.
Answer = Mapping[str, float] | Sequence[float] | str
PolicyFunction = Callable[[InformationState], Answer]


@runtime_checkable
class Policy(Protocol):
    """Anything that acts."""

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """Probability of each action, ``[batch, n_actions]``: zero where illegal, each row sums to one."""
        ...


class ObservationEncoder:
    """Turns a seat's knowledge into a vector. The same layout for every seat, so that seats can share a network.

    The vector is, in this order:

    1. own type, one-hot over the largest number of types that any player has (all zeros for a player with one type);
    2. the public state's features (:meth:`Game.features`);
    3. the last ``window`` stages, most recent first, each as: for every player its action, one-hot over the
       enumeration; then the public outcome, one-hot over the largest number of outcomes (left out where every joint
       action has a single outcome). A stage that has not been played yet is all zeros.

    With ``window`` at least the length of the game (the default) recall is perfect. Another player's type is never
    part of it.
    """

    def __init__(self, game: CompiledGame, window: int | None = None) -> None:
        self.game = game
        self.window = max(1, game.max_stages - 1) if window is None else window
        if self.window < 0:
            raise ValueError(f"window = {window!r}: expected a number of stages >= 0")
        self.type_width = max((n for n in game.n_types if n > 1), default=0)
        self.feature_width = int(game.features.shape[1])
        self.outcome_width = game.max_outcomes if game.max_outcomes > 1 else 0
        self.stage_width = game.n_players * game.n_actions + self.outcome_width

    @property
    def width(self) -> int:
        """Length of an observation."""
        return self.type_width + self.feature_width + self.window * self.stage_width

    def encode(self, seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> Float32Array:
        """Observations of ``seat``.

        Args:
            seat: the player who looks.
            own_type: its type, ``[batch]``.
            public_state: ``[batch]``.
            recent_edges: the last ``window`` edges that play took, most recent first, ``[batch, window]``; -1 where
                there was none.

        Returns:
            float32 ``[batch, width]``.
        """
        game, batch = self.game, len(public_state)
        result = np.zeros((batch, self.width), dtype=np.float32)
        rows = np.arange(batch)
        if game.n_types[seat] > 1:
            result[rows, own_type] = 1.0
        result[:, self.type_width : self.type_width + self.feature_width] = game.features[public_state]
        offset = self.type_width + self.feature_width
        for back in range(self.window):
            edge = recent_edges[:, back]
            known = edge >= 0
            played = edge[known]
            actions = game.joint_actions(game.edge_joint[played])
            for player in range(game.n_players):
                result[rows[known], offset + player * game.n_actions + actions[:, player]] = 1.0
            if self.outcome_width:
                column = offset + game.n_players * game.n_actions + game.edge_outcome[played]
                result[rows[known], column] = 1.0
            offset += self.stage_width
        return result

    def information_states(
        self, seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray
    ) -> InformationStates:
        """The same as a batch of information states, ready for a policy."""
        return InformationStates(
            seat=seat,
            own_type=own_type,
            public_state=public_state,
            observation=self.encode(seat, own_type, public_state, recent_edges),
            action_mask=self.game.legal[public_state, seat],
            recent_edges=recent_edges,
        )
