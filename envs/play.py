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

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.games.information import Float32Array, InformationStates, ObservationEncoder

Observation = Any  # a dict of arrays, or with mask="info" one array

# Where a client finds the legal actions: in the observation, a Dict; in infos, beside a plain Box; or in the
# observation again, under the names that RLlib's masking modules read.
MASKS = ("dict", "info", "observations")
MASK_NAME = "action_mask"

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
        mask: where a client finds the legal actions, one of ``MASKS``.
        encoder: lays out the observations; see :class:`ObservationEncoder`.
        profile: number of the type profile drawn.
        types: the type of each player.
        state: number of the public state.
        edges: the edges taken, oldest first.
    """

    def __init__(self, game: CompiledGame, window: int | None = None, mask: str = MASKS[0]) -> None:
        if mask not in MASKS:
            raise ParameterError("mask", mask, one_of(MASKS, mask))
        if game.terminal[0]:
            raise ValueError(f"game {game.game.name!r}: the initial state is terminal, so there is nothing to play")
        self.game = game
        self.mask = mask
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

    def observation_space(self) -> "spaces.Space[Any]":
        """The space of :meth:`observation`, the same for every seat, as a new object."""
        low, high = self._bounds()
        seen = spaces.Box(low, high, dtype=np.float32)
        if self.mask == "info":
            return seen
        return spaces.Dict({self._name: seen, MASK_NAME: spaces.Box(0, 1, (self.game.n_actions,), np.int8)})

    def with_mask(self, seen: Float32Array, legal: NDArray[np.bool_]) -> Observation:
        """An observation of the vectors ``seen``, ``[.., width]``, and the legal actions, ``[.., n_actions]``."""
        return seen if self.mask == "info" else {self._name: seen, MASK_NAME: shown_mask(legal)}

    def info(self, legal: NDArray[np.bool_]) -> dict[str, Any]:
        """What ``infos`` say of the legal actions, ``[.., n_actions]``: nothing where the observation has them."""
        return {MASK_NAME: shown_mask(legal)} if self.mask == "info" else {}

    @property
    def _name(self) -> str:
        return "observations" if self.mask == "observations" else "observation"

    def _bounds(self) -> tuple[Float32Array, Float32Array]:
        """The least and the largest value of each entry of an observation, ``[encoder.width]`` each."""
        game, encoder = self.game, self.encoder
        low, high = np.zeros(encoder.width, np.float32), np.ones(encoder.width, np.float32)
        described = slice(encoder.type_width, encoder.type_width + encoder.feature_width)
        low[described], high[described] = game.features.min(axis=0), game.features.max(axis=0)
        return low, high

    def state_space(self) -> spaces.Box:
        """The space of :meth:`global_state`, as a new object."""
        types = np.zeros(sum(n for n in self.game.n_types if n > 1), np.float32)
        low, high = (bound[self.encoder.type_width :] for bound in self._bounds())
        return spaces.Box(np.concatenate([types, low]), np.concatenate([types + 1.0, high]), dtype=np.float32)

    def global_state(self) -> Float32Array:
        """All that there is to know, for training with a central critic; no seat sees it.

        Every player's type, one-hot (nothing for a player with one type), then what an observation holds beside the own
        type: the features of the public state and the recent stages.
        """
        types = [
            np.eye(n, dtype=np.float32)[own] for n, own in zip(self.game.n_types, self.types, strict=True) if n > 1
        ]
        return np.concatenate([*types, self._encoded(0)[0][self.encoder.type_width :]])

    def action_space(self) -> spaces.Discrete:
        """The whole enumeration of actions, as a new object."""
        return spaces.Discrete(self.game.n_actions)

    def observation(self, seat: int) -> Observation:
        """What ``seat`` sees: ``observation``, float32 ``[encoder.width]``, and ``action_mask``, int8 ``[n_actions]``.

        With another :attr:`mask` than ``"dict"``, see there. Once the play is finished the mask is all ones: an action
        no longer does anything, and samplers refuse a mask without a legal action. The arrays are the caller's to keep.
        """
        return self.with_mask(self._encoded(seat)[0].copy(), self.game.legal[self.state, seat])

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


def shown_mask(legal: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The mask as clients see it, int8 ``[.., n_actions]``: all ones where no action is legal, for play is over."""
    return (legal | np.logical_not(legal.any(axis=-1, keepdims=True))).astype(np.int8)


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
