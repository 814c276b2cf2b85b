"""One seat of N games at once as a Gymnasium vector environment, the other seats played by policies."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.envs.batched import BatchedGame, BatchStep, draw_actions
from olivebranch.envs.opponents import Opponents, opponent_pool
from olivebranch.envs.play import MASKS, Observation, Play
from olivebranch.envs.seat import seat_number
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.games.information import InformationStates

Infos = dict[str, Any]

MODES = {mode.value: mode for mode in (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP)}


class SeatVectorEnv(VectorEnv[Observation, IntArray, NDArray[Any]]):
    """:class:`olivebranch.envs.seat.SeatEnv`, N times, all in step.

    When the seat is asked, what it is paid, how opponents are drawn, what becomes of an illegal action: all as there.
    A play that ends starts anew in the same step (``AutoresetMode.SAME_STEP``): ``infos["final_obs"]`` then holds the
    last observation of each play that ended, marked by ``infos["_final_obs"]``. With ``AutoresetMode.NEXT_STEP`` the
    last observation is returned as it is, and the next step starts the play anew: its action has no effect and its
    reward is 0. All plays draw from one generator, so a play's course depends on how many there are.

    Args:
        game: the compiled rules.
        seat: which seat to play, by name or number.
        opponents: see :class:`SeatEnv`.
        num_envs: how many plays.
        window: how many stages an observation looks back; None for perfect recall.
        mask: where the legal actions are, see :class:`~olivebranch.envs.multi.GameParallelEnv`.
        autoreset_mode: ``SAME_STEP`` or ``NEXT_STEP``, or its value as text.

    Raises:
        ParameterError: an unknown place of the mask or mode.
        ValueError: as for :class:`SeatEnv`, or ``num_envs`` below 1.
    """

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 - Gymnasium's type

    def __init__(
        self,
        game: CompiledGame,
        seat: str | int,
        opponents: Opponents | Sequence[Opponents],
        num_envs: int,
        window: int | None = None,
        mask: str = MASKS[0],
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
    ) -> None:
        mode = autoreset_mode.value if isinstance(autoreset_mode, AutoresetMode) else autoreset_mode
        if mode not in MODES:
            raise ParameterError("autoreset_mode", mode, one_of(tuple(MODES), str(mode)))
        self._autoreset = MODES[mode]
        self.metadata = {**self.metadata, "autoreset_mode": self._autoreset}
        self.game, self.num_envs = game, num_envs
        self.seat = seat_number(game, seat)
        self._pool = opponent_pool(game, self.seat, opponents)
        self._layout = play = Play(game, window, mask)
        self.single_observation_space = play.observation_space()
        self.single_action_space = play.action_space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.batch = BatchedGame(game, num_envs, self.np_random, window)
        self._acts = game.acts
        self._default = np.argmax(game.legal, axis=2)  # where a seat has no choice, its action
        self._out = BatchStep.empty(num_envs, game.n_players)
        self._opponent: IntArray = np.zeros(num_envs, dtype=np.int64)
        self._owed: FloatArray = np.zeros(num_envs)
        self._held: IntArray = np.full(num_envs, -1, dtype=np.int64)  # the last edge of a play presented as forced
        self._ended: BoolArray = np.zeros(num_envs, dtype=np.bool_)  # starts anew with the next step (NEXT_STEP)
        self._begun = False

    def set_opponents(self, opponents: Opponents | Sequence[Opponents]) -> None:
        """Put other policies in the other seats, from now on. See :class:`SeatEnv` for what is accepted."""
        self._pool = opponent_pool(self.game, self.seat, opponents)
        self._opponent %= len(self._pool)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, Infos]:
        """Begin an episode in every play. ``options`` are not used."""
        super().reset(seed=seed)
        self.batch.generator = self.np_random
        self._begun = True
        self._ended = np.zeros(self.num_envs, dtype=np.bool_)
        self._start(np.ones(self.num_envs, dtype=np.bool_))
        return self._observation(), self._infos(np.zeros(self.num_envs, dtype=np.bool_))

    def step(self, actions: IntArray) -> tuple[Observation, FloatArray, BoolArray, BoolArray, Infos]:
        """Choose ``actions``, ``[num_envs]``. Rewards cover everything up to the next choice or the end of the play.

        Raises:
            gymnasium.error.ResetNeeded: :meth:`reset` has not been called yet.
            ValueError: an action is outside the enumeration.
        """
        if not self._begun:
            raise gymnasium.error.ResetNeeded("no episode in progress: call reset() first")
        chosen = np.asarray(actions, dtype=np.int64).reshape(self.num_envs)
        if ((chosen < 0) | (chosen >= self.game.n_actions)).any():
            raise ValueError(f"actions = {chosen.tolist()}: expected numbers from 0 to {self.game.n_actions - 1}")
        own, illegal = self._settle(chosen)
        playing = np.logical_not(self._ended)
        nothing: IntArray = np.full(self.num_envs, -1, dtype=np.int64)
        edges = self._draw(playing & (self._held < 0), own) if playing.any() else nothing
        edges = np.where(self._held >= 0, self._held, edges)
        rewards, self._owed, self._held = self._owed, np.zeros(self.num_envs), np.full(self.num_envs, -1)
        self._take(edges, rewards)
        self._advance(playing, True, rewards)
        terminated = playing & np.logical_not(self.batch.running)
        infos: Infos = {}
        if self._autoreset == AutoresetMode.NEXT_STEP:
            if self._ended.any():
                self._start(self._ended)
            self._ended = terminated
        elif terminated.any():
            last = self._observation()
            final = np.full(self.num_envs, None, dtype=object)
            for row in np.flatnonzero(terminated):
                final[row] = (
                    {name: values[row] for name, values in last.items()} if isinstance(last, dict) else last[row]
                )
            # the outer infos tell of the new plays, as after a reset
            infos = {"final_obs": final, "_final_obs": terminated.copy(), "final_info": self._infos(illegal)}
            infos["_final_info"] = terminated.copy()
            self._start(terminated)
            illegal = illegal & ~terminated
        truncated = np.zeros(self.num_envs, dtype=np.bool_)
        return self._observation(), rewards, terminated, truncated, infos | self._infos(illegal)

    @property
    def information_states(self) -> InformationStates:
        """What the seat knows now, in all plays, ready for a policy."""
        return self.batch.information_states(self.seat)

    def _observation(self) -> Observation:
        states = self.information_states
        return self._layout.with_mask(states.observation, states.action_mask)

    def _infos(self, illegal: BoolArray) -> Infos:
        every = np.ones(self.num_envs, dtype=np.bool_)
        infos = {"illegal_action": illegal, "forced": self._held >= 0}
        infos |= self._layout.info(self.game.legal[self.batch.public_state, self.seat])
        return infos | {f"_{name}": every.copy() for name in infos}

    def _start(self, where: BoolArray) -> None:
        """New plays, up to the seat's first choice."""
        self.batch.reset(where)
        drawn = self.np_random.random(int(where.sum())) * len(self._pool)
        self._opponent[where] = drawn.astype(np.int64)
        self._owed[where] = 0.0
        self._held[where] = -1
        self._advance(where, False, self._owed)

    def _settle(self, chosen: IntArray) -> tuple[IntArray, BoolArray]:
        """Legal actions in the place of illegal ones, and where these were; see :meth:`Play.settle`."""
        mask = self.game.legal[self.batch.public_state, self.seat]
        illegal: BoolArray = np.logical_not(mask[np.arange(self.num_envs), chosen] | self._ended)
        if illegal.any():
            chosen = chosen.copy()
            uniform = mask[illegal] / mask[illegal].sum(axis=1, keepdims=True)
            chosen[illegal] = draw_actions(uniform, self.np_random)
        return chosen, illegal

    def _advance(self, where: BoolArray, presented: bool, rewards: FloatArray) -> None:
        """Play on in the plays ``where`` until the seat has a choice or play ends, adding to ``rewards``.

        While nothing has been presented to the seat, the stage that would end the play is held back.
        """
        where = where.copy()
        while True:
            state = self.batch.public_state
            moving = where & self.batch.running & ~self._acts[state, self.seat]
            if not moving.any():
                return
            edges = self._draw(moving, self._default[state, self.seat])
            if not presented:
                held = moving & self.game.terminal[self.game.edge_next[edges]]
                self._held[held] = edges[held]
                where &= ~held
                edges[held] = -1
            self._take(edges, rewards)

    def _draw(self, where: BoolArray, own: IntArray) -> IntArray:
        """The edge of one stage of the plays ``where``, in which the seat does ``own``; -1 in the others."""
        state = self.batch.public_state
        actions = self._default[state]
        actions[:, self.seat] = own
        for player in range(self.game.n_players):
            asked = where & self._acts[state, player]
            if player == self.seat or not asked.any():
                continue
            for number, policies in enumerate(self._pool):
                rows = asked & (self._opponent == number)
                if rows.any():
                    states = self.batch.information_states(player, rows)
                    probabilities = policies[player].action_probabilities(states)
                    actions[rows, player] = draw_actions(probabilities, self.np_random)
        edges = np.full(self.num_envs, -1, dtype=np.int64)
        self.batch.draw_edges(actions, edges, where)
        return edges

    def _take(self, edges: IntArray, rewards: FloatArray) -> None:
        self._out.edges[:] = edges
        self.batch.take(self._out)
        rewards += self._out.rewards[:, self.seat]
