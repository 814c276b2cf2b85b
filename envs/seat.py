"""One seat of a game as a Gymnasium environment, the other seats played by policies."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from olivebranch.envs.opponents import NamedOpponents, Opponents, named_opponents, opponent_pool
from olivebranch.envs.play import MASKS, Observation, Play, invert
from olivebranch.envs.rendering import RENDER_MODES, check_render_mode, render
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray
from olivebranch.games.information import InformationStates
from olivebranch.games.registry import NamedGame


class UniformPolicy:
    """Plays every legal action with the same probability."""

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`."""
        mask = states.action_mask
        result: FloatArray = mask / mask.sum(axis=1, keepdims=True)
        return result


def seat_number(game: CompiledGame, seat: str | int) -> int:
    """The number of a seat given by name or number. Raises ValueError where there is none."""
    players = game.game.players
    if seat not in (players if isinstance(seat, str) else range(len(players))):
        raise ValueError(f"seat = {seat!r}: expected one of {', '.join(players)}, or a number below {len(players)}")
    return players.index(seat) if isinstance(seat, str) else int(seat)


Seated = tuple[CompiledGame, int, Opponents | list[Opponents]]


def seated(named: NamedGame, seat: str | int, opponent: NamedOpponents | Sequence[NamedOpponents]) -> Seated:
    """The first arguments of an environment of one seat, from a named game and from what names the others.

    Raises:
        ParameterError: ``opponent`` names no policy.
        ValueError: an unknown seat.
    """
    number = seat_number(named.compiled, seat)
    return named.compiled, number, named_opponents(named, number, opponent)


class SeatEnv(gymnasium.Env[Observation, np.int64]):
    """Play one seat of any compiled game.

    **When the seat is asked.** Only where it has a choice (two legal actions or more). Its forced moves are made for
    it, and all rewards since its last choice are summed into one. In a play that ends before the seat ever has a
    choice, the last stage is presented all the same, with its single legal action: drawing again would condition the
    types on how play went. Such a stage has ``info["forced"]`` set.

    **Opponents** are drawn anew for each episode if several are given, each with the same probability. Their actions
    are sampled from the probabilities that they give, with this environment's generator.

    **Illegal actions.** An illegal action is replaced by a legal one drawn uniformly, and ``info["illegal_action"]``
    says so. So every distribution over the enumeration is a well-defined behaviour (:func:`legal_behaviour`), which
    learners that know no masks rely on. A number outside the enumeration raises ValueError.

    **Spaces.** Observations: a Dict of ``observation``, float32 ``[width]`` laid out by :class:`ObservationEncoder`,
    and ``action_mask``, int8 ``[n_actions]``. Actions: Discrete over the enumeration. Episodes are never truncated.

    Args:
        game: the compiled rules.
        seat: which seat to play, by name or number.
        opponents: a policy for all the other seats; or a mapping from the name of each other seat to its policy; or a
            sequence of such, a *pool* from which one is drawn for each episode. A function of an
            :class:`~olivebranch.games.information.InformationState` will do for a policy.
        window: how many stages an observation looks back; None for perfect recall.
        render_mode: ``"ansi"`` or ``"rgb_array"``.
        mask: where the legal actions are, see :class:`~olivebranch.envs.multi.GameParallelEnv`; in every case also in
            :meth:`action_masks`.

    Raises:
        ParameterError: an unknown render mode or place of the mask.
        ValueError: an unknown seat, a seat left without a policy or given one too many, an empty pool.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 1}  # noqa: RUF012 - Gymnasium's type

    def __init__(
        self,
        game: CompiledGame,
        seat: str | int,
        opponents: Opponents | Sequence[Opponents],
        window: int | None = None,
        render_mode: str | None = None,
        mask: str = MASKS[0],
    ) -> None:
        check_render_mode(render_mode)
        self.seat = seat_number(game, seat)
        self.play = Play(game, window, mask)
        self.observation_space = self.play.observation_space()
        self.action_space = self.play.action_space()
        self.render_mode = render_mode
        self._pool = opponent_pool(game, self.seat, opponents)
        self._opponents = self._pool[0]
        self._last_edge: int | None = None

    def set_opponents(self, opponents: Opponents | Sequence[Opponents]) -> None:
        """Put other policies in the other seats, from the next episode on. See the class for what is accepted."""
        self._pool = opponent_pool(self.play.game, self.seat, opponents)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode. ``options`` are not used."""
        super().reset(seed=seed)
        self._opponents = self._pool[int(self.np_random.random() * len(self._pool))]
        self.play.start(self.np_random)
        self._last_edge = None
        # What the seat gets before its first choice is paid out with the first step.
        self._owed = self._advance(presented=False)
        return self.play.observation(self.seat), self._info(False)

    def step(self, action: np.int64 | int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Choose ``action``. The reward covers everything up to the seat's next choice or the end of the play.

        Raises:
            gymnasium.error.ResetNeeded: there is no episode in progress.
            ValueError: ``action`` is outside the enumeration.
        """
        if not self.play.started or self.play.finished:
            raise gymnasium.error.ResetNeeded("no episode in progress: call reset() first")
        own, illegal = self.play.settle(self.seat, int(action), self.np_random)
        reward, self._owed = self._owed, 0.0
        edge, self._last_edge = self._draw_stage(own) if self._last_edge is None else self._last_edge, None
        reward += float(self.play.take(edge)[self.seat])
        reward += self._advance(presented=True)
        return self.play.observation(self.seat), reward, self.play.finished, False, self._info(illegal)

    def render(self) -> str | NDArray[np.uint8]:
        """Draw the play; raises ValueError where ``render_mode`` is not one of ``RENDER_MODES``."""
        return render(self.play, self.render_mode)

    def action_masks(self) -> BoolArray:
        """Which actions are legal, ``[n_actions]``: the name by which sb3-contrib asks."""
        masks: BoolArray = self.play.game.legal[self.play.state, self.seat].copy()
        return masks

    @property
    def information_states(self) -> InformationStates:
        """What the seat knows now, as a batch of one, ready for a policy."""
        return self.play.information_states(self.seat)

    def _info(self, illegal: bool) -> dict[str, Any]:
        legal = self.play.game.legal[self.play.state, self.seat]
        return {"illegal_action": illegal, "forced": self._last_edge is not None} | self.play.info(legal)

    def _advance(self, presented: bool) -> float:
        """Play stages until the seat has a choice or the play ends; returns what the seat got on the way.

        While nothing has been presented to the seat, the stage that would end the play is drawn but not yet played.
        """
        play, reward = self.play, 0.0
        while not play.finished and not play.acts(self.seat):
            edge = self._draw_stage(play.legal(self.seat)[0])
            if not presented and play.game.terminal[play.game.edge_next[edge]]:
                self._last_edge = edge
                break
            reward += float(play.take(edge)[self.seat])
        return reward

    def _draw_stage(self, own: int) -> int:
        """The edge of one stage in which the seat does ``own`` and the others what their policies say."""
        joint = [
            own if player == self.seat else self._opponent_action(player) for player in range(self.play.game.n_players)
        ]
        return self.play.draw_edge(joint, self.np_random)

    def _opponent_action(self, player: int) -> int:
        legal = self.play.legal(player)
        if len(legal) == 1:
            return legal[0]
        probabilities = self._opponents[player].action_probabilities(self.play.information_states(player))[0]
        return legal[invert(probabilities[legal].tolist(), self.np_random.random())]
