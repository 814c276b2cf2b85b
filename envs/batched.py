"""N games at once, stepped from the compiled arrays in NumPy: the world in which learners collect their episodes.

All chance (types at the start, public outcomes, actions drawn from probabilities) is by inverse CDF from one generator
that the caller passes in, so the same generator state gives the same episodes.
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.envs.information import InformationStates, ObservationEncoder
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray


def profile_cumulative(game: CompiledGame) -> FloatArray:
    """Cumulative prior of the type profiles, ``[n_profiles]``; 2 from the last possible profile on.

    The draw of a profile with a uniform ``u`` in [0, 1) is the number of entries that are at most ``u``. The 2 keeps
    rounding from ever drawing a profile of probability zero.
    """
    cumulative = np.cumsum(game.prior)
    cumulative[np.flatnonzero(game.prior)[-1] :] = 2.0
    return cumulative


def edge_cumulative(game: CompiledGame) -> FloatArray:
    """Cumulative outcome probabilities within each (state, joint action), ``[n_edges, n_profiles]``; last ones 2.

    The draw of an outcome for a profile is the number of entries of its (state, joint action) that are at most ``u``.
    """
    result = np.empty_like(game.edge_probability)
    for first, count in zip(game.edge_start.ravel(), game.edge_count.ravel(), strict=True):
        if count:
            block = game.edge_probability[first : first + count]
            # Summed from the end, so that the entry before an impossible outcome equals the one after it exactly.
            later = np.zeros_like(block)
            later[:-1] = np.cumsum(block[:0:-1], axis=0)[::-1]
            result[first : first + count] = np.where(later > 0, 1.0 - later, 2.0)
    return result


def draw_actions(probabilities: FloatArray, generator: np.random.Generator) -> IntArray:
    """One action for each row of ``probabilities`` (``[batch, n_actions]``, rows sum to one): ``[batch]``.

    One uniform a row is taken from ``generator``. An action of probability zero is never drawn.
    """
    uniform = generator.random(len(probabilities))
    drawn = (uniform[:, None] >= np.cumsum(probabilities, axis=1)).sum(axis=1)
    last_possible = probabilities.shape[1] - 1 - np.argmax(probabilities[:, ::-1] > 0, axis=1)
    result: IntArray = np.minimum(drawn, last_possible)
    return result


@dataclass(frozen=True)
class BatchStep:
    """What one step of a batch gave.

    Attributes:
        rewards: ``[size, n_players]``; zero in a game that was already over.
        edges: the edge that each game took, ``[size]``; -1 in a game that was already over.
        finished: whether the game ended with this step, ``[size]`` (also where it was reset at once).
    """

    rewards: FloatArray
    edges: IntArray
    finished: BoolArray


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
        self.profile: IntArray = np.zeros(size, dtype=np.int64)
        self.public_state: IntArray = np.zeros(size, dtype=np.int64)
        self.recent_edges: IntArray = np.full((size, self.encoder.window), -1, dtype=np.int64)
        self._profile_cumulative = profile_cumulative(game)
        self._edge_cumulative = edge_cumulative(game)
        self.reset()

    def reset(self, where: BoolArray | None = None) -> None:
        """Start new plays: all, or those where ``where`` (``[size]``) is True."""
        games = np.arange(self.size) if where is None else np.flatnonzero(where)
        uniform = self.generator.random(len(games))
        self.profile[games] = np.searchsorted(self._profile_cumulative, uniform, side="right")
        self.public_state[games] = 0
        self.recent_edges[games] = -1

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
        chosen = slice(None) if where is None else where
        return self.encoder.information_states(
            seat, self.own_type(seat)[chosen], self.public_state[chosen], self.recent_edges[chosen]
        )

    def step(self, actions: IntArray) -> BatchStep:
        """Play one stage of every play that is not over.

        Args:
            actions: ``[size, n_players]``; the rows of plays that are over are not read.

        Raises:
            ValueError: an action is not legal; nothing has changed then.
        """
        game, running = self.game, np.flatnonzero(self.running)
        profile, state = self.profile[running], self.public_state[running]
        chosen = np.asarray(actions, dtype=np.int64)[running]
        known: BoolArray = np.all((chosen >= 0) & (chosen < game.n_actions), axis=1)
        joint = game.joint_index(np.where(known[:, None], chosen, 0))
        first, count = game.edge_start[state, joint], game.edge_count[state, joint]
        illegal = np.flatnonzero(np.logical_not(known & (first >= 0)))
        if len(illegal):
            wrong = illegal[0]
            raise ValueError(
                f"actions = {chosen[wrong].tolist()}: expected a legal action of every player"
                f" in state {game.states[state[wrong]]!r}"
            )
        edge = first.copy()
        if game.max_outcomes > 1:
            uniform = self.generator.random(len(running))
            for position in range(game.max_outcomes - 1):
                within = position < count
                passed = uniform >= self._edge_cumulative[np.where(within, first + position, 0), profile]
                edge += within & passed

        rewards = np.zeros((self.size, game.n_players))
        rewards[running] = game.edge_reward[edge, :, profile]
        edges = np.full(self.size, -1, dtype=np.int64)
        edges[running] = edge
        self.public_state[running] = game.edge_next[edge]
        if self.encoder.window:
            self.recent_edges[running, 1:] = self.recent_edges[running, :-1]
            self.recent_edges[running, 0] = edge
        finished = np.zeros(self.size, dtype=np.bool_)
        finished[running] = game.terminal[self.public_state[running]]
        if self.auto_reset and finished.any():
            self.reset(finished)
        return BatchStep(rewards=rewards, edges=edges, finished=finished)
