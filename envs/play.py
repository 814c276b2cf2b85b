"""One play of a compiled game, stage by stage: what the environments of this folder share.

**Where the randomness goes.** Every draw takes one uniform number from the generator that is passed in and turns it
into an index by inverting the distribution function, in this order: the type profile, once; then in each stage the
replacement of illegal actions (only where one was given), then the outcome (always, even if there is but one). So
the same generator and the same actions give the same play in every environment.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.games.information import Float32Array, InformationStates, ObservationEncoder

Observation = dict[str, Any]

CACHED_OBSERVATIONS = 1 << 14


def invert(weights: Sequence[float], uniform: float) -> int:
    """The index at which the running sum of ``weights`` (all >= 0) first exceeds ``uniform`` of the total.

    With ``uniform`` uniform on [0, 1) the index has the distribution ``weights / sum(weights)``; an index of weight
    zero is never returned. Raises ValueError where the total is not a positive number.
    """
    total = sum(weights)
    if not total > 0.0:
        raise ValueError(f"weights = {list(weights)}: expected numbers >= 0 with a positive sum")
    threshold = uniform * total
    cumulated, last = 0.0, -1
    for index, weight in enumerate(weights):
        if weight > 0.0:
            cumulated += weight
            last = index
            if threshold < cumulated:
                return index
    return last  # rounding put the threshold at the total


class Play:
    """A play in progress: the types drawn, the public state and the edges taken so far.

    Attributes:
        game: the compiled rules.
        encoder: lays out the observations; see :class:`ObservationEncoder`.
        profile: number of the type profile drawn.
        types: the type of each player.
        state: number of the public state.
        edges: the edges taken, oldest first.
    """

    def __init__(self, game: CompiledGame, window: int | None = None) -> None:
        if game.terminal[0]:
            raise ValueError(f"game {game.game.name!r}: the initial state is terminal, so there is nothing to play")
        self.game = game
        self.encoder = ObservationEncoder(game, window)
        self.profile = 0
        self.types: tuple[int, ...] = ()
        self.state = 0
        self.edges: list[int] = []
        self._prior: list[float] = game.prior.tolist()
        self._observations: dict[tuple[int, ...], tuple[Float32Array, IntArray]] = {}

    def start(self, rng: np.random.Generator) -> None:
        """Draw a type profile and go to the initial state."""
        self.profile = invert(self._prior, rng.random())
        self.types = tuple(self.game.profile_types[self.profile].tolist())
        self.state = 0
        self.edges = []

    @property
    def started(self) -> bool:
        """Whether types have been drawn."""
        return bool(self.types)

    @property
    def finished(self) -> bool:
        """Whether the public state is terminal."""
        return bool(self.game.terminal[self.state])

    def legal(self, seat: int) -> list[int]:
        """The legal actions of ``seat``, ascending; empty once the play is finished."""
        actions: list[int] = np.flatnonzero(self.game.legal[self.state, seat]).tolist()
        return actions

    def acts(self, seat: int) -> bool:
        """Whether ``seat`` has a choice."""
        return bool(self.game.acts[self.state, seat])

    def check(self, seat: int, action: int) -> None:
        """Raise ValueError where ``action`` is outside the enumeration."""
        if not 0 <= action < self.game.n_actions:
            game = self.game.game
            raise ValueError(
                f"{game.players[seat]}: action {action!r}, expected a number from 0 to {self.game.n_actions - 1} "
                f"({', '.join(game.action_names)}); legal now: {self.legal(seat)}"
            )

    def settle(self, seat: int, action: int, rng: np.random.Generator) -> tuple[int, bool]:
        """The action that counts when ``seat`` gives ``action``, and whether what it gave was illegal.

        An illegal action is replaced by a legal one drawn uniformly (without a draw where there is only one). So
        every distribution over the enumeration is a well-defined behaviour, see :func:`legal_behaviour`.

        Raises:
            ValueError: ``action`` is outside the enumeration.
        """
        self.check(seat, action)
        if self.game.legal[self.state, seat, action]:
            return action, False
        legal = self.legal(seat)
        return (legal[int(rng.random() * len(legal))] if len(legal) > 1 else legal[0]), True

    def draw_edge(self, joint: Sequence[int], rng: np.random.Generator) -> int:
        """Draw the public outcome of a legal joint action; the play itself does not move."""
        game = self.game
        index = 0
        for action in joint:
            index = index * game.n_actions + action
        first = int(game.edge_start[self.state, index])
        probabilities = game.edge_probability[first : first + game.edge_count[self.state, index], self.profile]
        return first + invert(probabilities.tolist(), rng.random())

    def take(self, edge: int) -> FloatArray:
        """Follow ``edge``; returns what each player gets on the way, ``[n_players]``."""
        self.edges.append(edge)
        self.state = int(self.game.edge_next[edge])
        rewards: FloatArray = self.game.edge_reward[edge, :, self.profile]
        return rewards

    def observation_space(self) -> "spaces.Dict[Any]":
        """The space of :meth:`observation`, the same for every seat, as a new object."""
        game, encoder = self.game, self.encoder
        low, high = np.zeros(encoder.width, np.float32), np.ones(encoder.width, np.float32)
        described = slice(encoder.type_width, encoder.type_width + encoder.feature_width)
        low[described], high[described] = game.features.min(axis=0), game.features.max(axis=0)
        return spaces.Dict(
            {
                "observation": spaces.Box(low, high, dtype=np.float32),
                "action_mask": spaces.Box(0, 1, (game.n_actions,), np.int8),
            }
        )

    def action_space(self) -> spaces.Discrete:
        """The whole enumeration of actions, as a new object."""
        return spaces.Discrete(self.game.n_actions)

    def observation(self, seat: int) -> Observation:
        """What ``seat`` sees: ``observation``, float32 ``[encoder.width]``, and ``action_mask``, int8 ``[n_actions]``.

        The mask is all zeros once the play is finished. The arrays are the caller's to keep.
        """
        return {
            "observation": self._encoded(seat)[0].copy(),
            "action_mask": self.game.legal[self.state, seat].astype(np.int8),
        }

    def information_states(self, seat: int) -> InformationStates:
        """What ``seat`` knows, as a batch of one, ready for a policy."""
        observation, recent_edges = self._encoded(seat)
        return InformationStates(
            seat=seat,
            own_type=np.array([self.types[seat]]),
            public_state=np.array([self.state]),
            observation=observation[None].copy(),
            action_mask=self.game.legal[self.state, seat][None].copy(),
            recent_edges=recent_edges,
        )

    def _encoded(self, seat: int) -> tuple[Float32Array, IntArray]:
        """What ``seat`` sees, ``[encoder.width]``, and the recent edges, ``[1, window]``."""
        # The encoder works on batches, so a batch of one is slow; but the same situations come back again and again.
        window = self.encoder.window
        recent = tuple(reversed(self.edges[-window:] if window else ()))
        key = (seat, self.types[seat], self.state, *recent)
        known = self._observations.get(key)
        if known is None:
            if len(self._observations) >= CACHED_OBSERVATIONS:
                self._observations.clear()
            edges = np.full((1, window), -1, dtype=np.int64)
            edges[0, : len(recent)] = recent
            encoded = self.encoder.encode(seat, np.array([self.types[seat]]), np.array([self.state]), edges)[0]
            known = (encoded, edges)
            self._observations[key] = known
        return known


def legal_behaviour(probabilities: FloatArray, action_mask: NDArray[np.generic]) -> FloatArray:
    """What the environments make of a distribution over the whole enumeration (see :meth:`Play.settle`).

    Args:
        probabilities: ``[batch, n_actions]``, rows sum to one; illegal actions may carry mass.
        action_mask: ``[batch, n_actions]``, non-zero where legal, each row with at least one legal action.

    Returns:
        ``[batch, n_actions]``: zero where illegal, the mass that lay there spread evenly over the legal actions.
    """
    legal = np.asarray(action_mask).astype(np.bool_)
    kept = np.where(legal, probabilities, 0.0)
    spread: FloatArray = np.where(legal, (1.0 - kept.sum(1, keepdims=True)) / legal.sum(1, keepdims=True), 0.0)
    return kept + spread
