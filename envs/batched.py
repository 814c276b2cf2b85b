"""N games at once, stepped from the compiled arrays: the world in which learners collect their episodes.

All chance is by inverse CDF from uniform numbers: one a play for the public outcome (only in a game that has such),
and one a play for the types of the play that follows (only with ``auto_reset``). They are drawn from the generator
that the caller passes in, or are given outright. The loops are compiled (:mod:`olivebranch.envs.kernels`); with
``out`` arguments no step allocates.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from olivebranch.envs import kernels
from olivebranch.envs.kernels import edge_cumulative, profile_cumulative
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.games.information import Float32Array, InformationStates, ObservationEncoder

__all__ = ["BatchStep", "BatchedGame", "draw_actions", "edge_cumulative", "profile_cumulative"]


def draw_actions(probabilities: FloatArray, generator: np.random.Generator) -> IntArray:
    """One action for each row of ``probabilities`` (``[batch, n_actions]``, rows sum to one): ``[batch]``.

    One uniform a row is taken from ``generator``. An action of probability zero is never drawn.
    """
    uniform = generator.random(len(probabilities))
    drawn = (uniform[:, None] >= np.cumsum(probabilities, axis=1)).sum(axis=1)
    last_possible = probabilities.shape[1] - 1 - np.argmax(probabilities[:, ::-1] > 0, axis=1)
    result: IntArray = np.minimum(drawn, last_possible)
    return result


class Watcher(Protocol):
    """Is told of every play that begins and of every stage that is played."""

    def begin(self, plays: IntArray) -> None:
        """The plays with these numbers begin anew."""
        ...

    def take(self, edges: IntArray, profile: IntArray) -> None:
        """Every play takes one of ``edges``, ``[size]``, or none (-1); ``profile`` holds its types."""
        ...


@dataclass(frozen=True)
class BatchStep:
    """What one step of a batch gave.

    Attributes:
        rewards: ``[size, n_players]`` (an array to write into may also be float32); zero where no stage was played.
        edges: the edge that each game took, ``[size]``; -1 where no stage was played.
        finished: whether the play ended with this step, ``[size]`` (also where it was reset at once).
    """

    rewards: FloatArray
    edges: IntArray
    finished: BoolArray

    @classmethod
    def empty(cls, size: int, n_players: int) -> "BatchStep":
        """Arrays to be written into."""
        return cls(np.zeros((size, n_players)), np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.bool_))


class BatchedGame:
    """A batch of independent plays of one game.

    Args:
        game: the compiled game.
        size: how many plays run side by side, at least 1.
        generator: source of all randomness.
        window: how many past stages an observation shows, see :class:`ObservationEncoder`.
        auto_reset: start a new play in the same step in which one ends. Otherwise an ended play stays where it is and
            further steps pass it by.

    Attributes:
        profile: type profile of each play, ``[size]``.
        public_state: ``[size]``.
        recent_edges: the edges taken last, most recent first, ``[size, window]``; -1 where there was none.
        tables: the game as the kernels read it.
        watcher: is told what is played, if there is one.

    Raises:
        ValueError: ``size`` or ``window`` is out of range.
    """

    def __init__(
        self,
        game: CompiledGame,
        size: int,
        generator: np.random.Generator,
        window: int | None = None,
        auto_reset: bool = False,
    ) -> None:
        if size < 1:
            raise ValueError(f"size = {size!r}: expected a number of games >= 1")
        self.game = game
        self.size = size
        self.generator = generator
        self.auto_reset = auto_reset
        self.encoder = ObservationEncoder(game, window)
        self.tables = kernels.make_tables(game)
        self._layout = kernels.make_layout(self.encoder, range(game.n_players))
        self._layouts = [kernels.make_layout(self.encoder, [seat]) for seat in range(game.n_players)]
        self._legal_words = kernels.words(game.legal)
        self.profile: IntArray = np.zeros(size, dtype=np.int64)
        self.public_state: IntArray = np.zeros(size, dtype=np.int64)
        self.recent_edges: IntArray = np.full((size, self.encoder.window), -1, dtype=np.int64)
        self._uniform: FloatArray = np.zeros(size)
        self._everywhere: BoolArray = np.ones(size, dtype=np.bool_)
        self.watcher: Watcher | None = None
        self.reset()

    def reset(self, where: BoolArray | None = None, uniform: FloatArray | None = None) -> None:
        """Start new plays: all, or those where ``where`` (``[size]``) is True.

        Args:
            where: which plays.
            uniform: numbers in [0, 1), one for each play to be started, in order; drawn from the generator if not
                given.
        """
        games = np.arange(self.size) if where is None else np.flatnonzero(where)
        uniform = self.generator.random(len(games)) if uniform is None else uniform
        self.profile[games] = np.searchsorted(self.tables.profile_cumulative, uniform, side="right")
        self.public_state[games] = 0
        self.recent_edges[games] = -1
        if self.watcher is not None:
            self.watcher.begin(games)

    @property
    def running(self) -> BoolArray:
        """Which plays are not over, ``[size]``."""
        running: BoolArray = np.logical_not(self.game.terminal[self.public_state])
        return running

    def own_type(self, seat: int) -> IntArray:
        """The type of the player at ``seat`` in each play, ``[size]``."""
        own: IntArray = self.game.profile_types[self.profile, seat]
        return own

    def information_states(self, seat: int, where: BoolArray | None = None) -> InformationStates:
        """What the player at ``seat`` knows: in all plays, or in those where ``where`` (``[size]``) is True."""
        if where is not None:
            return self.encoder.information_states(
                seat, self.own_type(seat)[where], self.public_state[where], self.recent_edges[where]
            )
        seen = np.zeros((self.size, self.encoder.width), dtype=np.float32)
        kernels.observe(self._layouts[seat], self.profile, self.public_state, self.recent_edges, seen.reshape(-1))
        state = self.public_state.copy()
        return InformationStates(seat, self.own_type(seat), state, seen, self.game.legal[state, seat])

    def observe(self, observations: Float32Array, action_masks: BoolArray) -> None:
        """Write what every seat sees and may do, without allocating.

        Args:
            observations: ``[size, n_players, width]``, contiguous, laid out by :class:`ObservationEncoder`.
            action_masks: ``[size, n_players, n_actions]``, contiguous; all False where play is over.

        Raises:
            ValueError: an array is not contiguous.
        """
        if not (observations.flags.c_contiguous and action_masks.flags.c_contiguous):
            raise ValueError("observations, action_masks: expected contiguous arrays")
        observations.fill(0.0)
        kernels.observe(self._layout, self.profile, self.public_state, self.recent_edges, observations.reshape(-1))
        kernels.copy_rows(self._legal_words, self.public_state, kernels.words(action_masks))

    def random_actions(self, out: IntArray, uniform: FloatArray) -> None:
        """Draw legal actions uniformly into ``out`` by the numbers ``uniform``, both ``[size, n_players]``."""
        kernels.random_actions(self.tables, self.public_state, uniform, out)

    def step(
        self,
        actions: IntArray,
        where: BoolArray | None = None,
        out: BatchStep | None = None,
        uniforms: tuple[FloatArray, FloatArray] | None = None,
    ) -> BatchStep:
        """Play one stage of every play that is not over.

        Args:
            actions: ``[size, n_players]``; the rows of plays that are over are not read.
            where: if given, only these plays go on, ``[size]``; the others' rows are not read either.
            out: arrays to write into, which are then also returned; new ones are made if not given.
            uniforms: numbers in [0, 1), ``[size]`` each, that draw the outcome and the types of the next play; taken
                from the generator, where they are needed, if not given.

        Raises:
            ValueError: an action is not legal; nothing has changed then.
        """
        out = BatchStep.empty(self.size, self.game.n_players) if out is None else out
        self.draw_edges(actions, out.edges, where, None if uniforms is None else uniforms[0])
        self.take(out, None if uniforms is None else uniforms[1])
        return out

    def draw_edges(
        self, actions: IntArray, edges: IntArray, where: BoolArray | None = None, uniform: FloatArray | None = None
    ) -> None:
        """Write the edge that each play would take into ``edges`` (``[size]``); no play moves. See :meth:`step`."""
        where = self._everywhere if where is None else where
        wrong = kernels.first_edges(self.tables, actions, where, self.public_state, edges)
        if wrong >= 0:
            raise ValueError(
                f"actions = {np.asarray(actions)[wrong].tolist()}: expected a legal action of every player"
                f" in state {self.game.states[self.public_state[wrong]]!r}"
            )
        if self.game.max_outcomes > 1:
            uniform = self.generator.random(out=self._uniform) if uniform is None else uniform
            kernels.draw_outcomes(self.tables, self.game.max_outcomes, self.profile, uniform, edges)

    def take(self, out: BatchStep, uniform: FloatArray | None = None) -> None:
        """Follow ``out.edges``, writing the rest of ``out``. See :meth:`step`."""
        if uniform is None:
            uniform = self.generator.random(out=self._uniform) if self.auto_reset else self._uniform
        if self.watcher is not None:  # before the types of a play that follows are drawn
            self.watcher.take(out.edges, self.profile)
        kernels.take_edges(
            self.tables,
            out.edges,
            self.profile,
            self.public_state,
            self.recent_edges,
            out.rewards,
            out.finished,
            self.auto_reset,
            uniform,
        )
