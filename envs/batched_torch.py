"""N games at once in torch, on any device: the same plays as :class:`BatchedGame` for the same uniform numbers."""

from dataclasses import dataclass

import numpy as np
import torch

from olivebranch.envs.kernels import make_tables
from olivebranch.games.base import CompiledGame
from olivebranch.games.information import ObservationEncoder


@dataclass(frozen=True)
class TorchBatchStep:
    """What one step of a batch gave; see :class:`olivebranch.envs.batched.BatchStep`."""

    rewards: torch.Tensor
    edges: torch.Tensor
    finished: torch.Tensor


class TorchBatchedGame:
    """A batch of independent plays of one game, as tensors.

    Args:
        game: the compiled game.
        size: how many plays run side by side, at least 1.
        generator: source of all randomness; its device is the device of everything.
        window: how many past stages an observation shows, see :class:`ObservationEncoder`.
        auto_reset: start a new play in the same step in which one ends.

    Attributes:
        profile, public_state: int64 ``[size]``; recent_edges: int64 ``[size, window]``; as in ``BatchedGame``.

    Raises:
        ValueError: ``size`` or ``window`` is out of range.
    """

    def __init__(
        self,
        game: CompiledGame,
        size: int,
        generator: torch.Generator,
        window: int | None = None,
        auto_reset: bool = False,
    ) -> None:
        if size < 1:
            raise ValueError(f"size = {size!r}: expected a number of games >= 1")
        self.game, self.size, self.generator, self.auto_reset = game, size, generator, auto_reset
        self.device = generator.device
        self.encoder = ObservationEncoder(game, window)
        tables = make_tables(game, self.encoder)
        self._table = {
            name: torch.from_numpy(np.array(table)).to(self.device) for name, table in tables._asdict().items()
        }
        weights = game.n_actions ** np.arange(game.n_players - 1, -1, -1)
        self._weights = torch.from_numpy(weights).to(self.device)
        self._seats = torch.arange(game.n_players, device=self.device)
        self.profile = torch.zeros(size, dtype=torch.int64, device=self.device)
        self.public_state = torch.zeros_like(self.profile)
        self.recent_edges = torch.full((size, self.encoder.window), -1, dtype=torch.int64, device=self.device)
        self.reset()

    def reset(self, uniform: torch.Tensor | None = None) -> None:
        """Start all plays anew, with types drawn by ``uniform``, float64 ``[size]``, or by the generator."""
        self.profile = self._profiles(self._uniform() if uniform is None else uniform)
        self.public_state = torch.zeros_like(self.profile)
        self.recent_edges = torch.full_like(self.recent_edges, -1)

    @property
    def running(self) -> torch.Tensor:
        """Which plays are not over, ``[size]``."""
        return self._table["terminal"][self.public_state].logical_not()

    def observe(self) -> tuple[torch.Tensor, torch.Tensor]:
        """What every seat sees, float32 ``[size, n_players, width]``, and may do, ``[size, n_players, n_actions]``."""
        types = self._table["type_code"][:, self.profile].transpose(0, 1)
        stages = self._table["edge_code"][self.recent_edges].flatten(1)  # -1 is the last row, which stands for none
        shared = torch.cat([self._table["feature_code"][self.public_state], stages], dim=1)
        shared = shared[:, None].expand(-1, self.game.n_players, -1)
        return torch.cat([types, shared], dim=2), self._table["legal"][self.public_state]

    def step(self, actions: torch.Tensor, uniforms: tuple[torch.Tensor, torch.Tensor] | None = None) -> TorchBatchStep:
        """Play one stage of every play that is not over.

        Args:
            actions: int64 ``[size, n_players]``; the rows of plays that are over are not read.
            uniforms: numbers in [0, 1), float64 ``[size]`` each, that draw the outcome and the types of the next
                play; taken from the generator, where they are needed, if not given.

        Raises:
            ValueError: an action is not legal; nothing has changed then.
        """
        table, running = self._table, self.running
        known = ((actions >= 0) & (actions < self.game.n_actions)).all(dim=1)
        joint = torch.where(known & running, (actions * self._weights).sum(dim=1), 0)
        edges = torch.where(running & known, table["edge_start"][self.public_state, joint], -1)
        wrong = torch.nonzero(running & (edges < 0))
        if len(wrong):
            row = int(wrong[0])
            raise ValueError(
                f"actions = {actions[row].tolist()}: expected a legal action of every player"
                f" in state {self.game.states[int(self.public_state[row])]!r}"
            )
        if self.game.max_outcomes > 1:
            uniform = self._uniform() if uniforms is None else uniforms[0]
            for _ in range(self.game.max_outcomes - 1):
                edges = edges + (running & (uniform >= table["edge_cumulative"][edges, self.profile]))
        rewards = torch.where(running[:, None], table["reward"][edges, self.profile], 0.0)
        following = torch.where(running, table["edge_next"][edges], self.public_state)
        finished = running & table["terminal"][following]
        if self.encoder.window:
            shifted = torch.cat([edges[:, None], self.recent_edges[:, :-1]], dim=1)
            self.recent_edges = torch.where(running[:, None], shifted, self.recent_edges)
        self.public_state = following
        if self.auto_reset:
            uniform = self._uniform() if uniforms is None else uniforms[1]
            self.profile = torch.where(finished, self._profiles(uniform), self.profile)
            self.public_state = torch.where(finished, 0, self.public_state)
            self.recent_edges = torch.where(finished[:, None], -1, self.recent_edges)
        return TorchBatchStep(rewards, edges, finished)

    def _uniform(self) -> torch.Tensor:
        return torch.rand(self.size, dtype=torch.float64, generator=self.generator, device=self.device)

    def _profiles(self, uniform: torch.Tensor) -> torch.Tensor:
        return torch.searchsorted(self._table["profile_cumulative"], uniform, right=True)
