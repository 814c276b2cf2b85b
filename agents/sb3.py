"""Stable-Baselines3 in self-play: every seat has a model of its own, trained in turn against the others' recent past.

Raffin et al., "Stable-Baselines3: reliable reinforcement learning implementations", JMLR 22 (2021); MaskablePPO is
that of sb3-contrib. In each update every seat in turn collects a batch of its own decisions and learns from it, while
the others draw, for each play, one of their last ``pool`` snapshots. With a pool of one this is independent learning
in alternation; a larger one is a short-memory kind of fictitious play (compare Heinrich, Lanctot and Silver,
"Fictitious self-play in extensive-form games", ICML 2015).
"""

import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.logger import Logger

from olivebranch.agents.average import TimeAverage
from olivebranch.agents.learner import Profile
from olivebranch.agents.sb3_environment import SB3Environment
from olivebranch.agents.sb3_policy import SB3Policy
from olivebranch.agents.settings import SB3A2CSettings, SB3ActorCriticSettings, SB3DQNSettings, SB3PPOSettings
from olivebranch.envs.seat import UniformPolicy
from olivebranch.envs.vector import SeatVectorEnv
from olivebranch.games.base import CompiledGame

ALGORITHMS: dict[str, Any] = {"ppo": PPO, "a2c": A2C, "maskable-ppo": MaskablePPO, "dqn": DQN}


class GlobalRandomness:
    """The global generators that Stable-Baselines3 draws from, kept apart from everyone else's use of them."""

    def __init__(self, seed: int) -> None:
        with self._put_back():
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - it is this generator that the library uses
            torch.manual_seed(seed)
            self._own = self._state()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Inside, global draws continue this object's stream; outside, they never notice."""
        with self._put_back():
            self._set(self._own)
            yield
            self._own = self._state()

    @contextmanager
    def _put_back(self) -> Iterator[None]:
        before = self._state()
        try:
            yield
        finally:
            self._set(before)

    @staticmethod
    def _state() -> tuple[Any, Any, torch.Tensor]:
        return random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002

    @staticmethod
    def _set(state: tuple[Any, Any, torch.Tensor]) -> None:
        random.setstate(state[0])
        np.random.set_state(state[1])  # noqa: NPY002
        torch.set_rng_state(state[2])


class SelfPlay:
    """One Stable-Baselines3 model in every seat of a game."""

    def __init__(
        self, game: CompiledGame, settings: SB3PPOSettings | SB3A2CSettings | SB3DQNSettings, seed: int
    ) -> None:
        self.game, self.settings = game, settings
        self.algorithm = settings.kind.removeprefix("sb3-")
        # below 2**31, because the library seeds action spaces with them
        seeds = (np.random.SeedSequence(seed).generate_state(1 + 2 * game.n_players) >> 1).tolist()
        self.randomness = GlobalRandomness(seeds[0])
        self.models: list[Any] = []
        with self.randomness.in_use():
            for seat, (for_play, for_model) in enumerate(zip(seeds[1::2], seeds[2::2], strict=True)):
                plays = SeatVectorEnv(game, seat, UniformPolicy(), settings.environments)
                self.models.append(self._model(SB3Environment(plays, for_play), for_model))
        self.done = 0
        self._average = TimeAverage(self.total_updates, settings.average_from, settings.snapshots)
        self._recent = deque([self._snapshot()], maxlen=settings.pool)

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    def _model(self, environment: SB3Environment, seed: int) -> Any:
        settings = self.settings
        options: dict[str, Any] = {}
        network: dict[str, Any] = {"net_arch": list(settings.hidden)}
        steps = settings.batch // settings.environments
        if isinstance(settings, SB3ActorCriticSettings):
            options |= {
                "n_steps": steps,
                "gae_lambda": settings.gae,
                "normalize_advantage": settings.normalise_advantages,
            }
        if isinstance(settings, SB3PPOSettings):
            options |= {
                "n_epochs": settings.epochs,
                "batch_size": settings.minibatch,
                "clip_range": settings.clip,
            }
            network["optimizer_kwargs"] = {"betas": (settings.momentum, 0.999), "eps": 1e-5}
        if isinstance(settings, SB3DQNSettings):
            options |= {
                "buffer_size": settings.memory,
                "batch_size": settings.minibatch,
                "learning_starts": 0,
                "train_freq": 1,
                "gradient_steps": settings.gradient_steps,
                "target_update_interval": settings.target_update,
            }
        model = ALGORITHMS[self.algorithm](
            "MultiInputPolicy",
            environment,
            learning_rate=settings.learning_rate.at(0.0),
            gamma=settings.discount,
            policy_kwargs=network,
            seed=seed,
            device="cpu",
            **options,
        )
        model.set_logger(Logger(folder=None, output_formats=[]))
        return model

    def update(self) -> None:
        """See :class:`Learner`."""
        settings, progress = self.settings, self.done / self.total_updates
        with self.randomness.in_use():
            for seat, model in enumerate(self.models):
                model.env.seats.set_opponents(self._opponents(seat))
                model._last_obs = None  # begin new plays, against them
                # The library's schedules run over one call of learn; ours run over the whole training.
                model.lr_schedule = _constantly(settings.learning_rate.at(progress))
                if isinstance(settings, SB3DQNSettings):
                    model.exploration_schedule = _constantly(settings.epsilon.at(progress))
                    model.exploration_rate = settings.epsilon.at(progress)
                else:
                    model.ent_coef = settings.entropy.at(progress)
                model.learn(settings.batch, log_interval=None, reset_num_timesteps=False)
        self.done += 1
        self._remember()
        if self._average.is_due(self.done):
            self._average.add(self._snapshot())

    def _opponents(self, seat: int) -> list[dict[str, SB3Policy]]:
        """The pool that ``seat`` plays against."""
        players = self.game.game.players
        return [
            {name: policy for other, (name, policy) in enumerate(zip(players, recent, strict=True)) if other != seat}
            for recent in self._recent
        ]

    def _remember(self) -> None:
        """Put what the models do now into the recent past, in place of the oldest snapshot where that is full."""
        if len(self._recent) < self.settings.pool:
            self._recent.append(self._snapshot())
            return
        self._recent.rotate(-1)
        for old, model in zip(self._recent[-1], self.models, strict=True):  # cheaper than building networks afresh
            old.network.load_state_dict(model.policy.state_dict())
            old.epsilon = self._epsilon()

    def _snapshot(self) -> tuple[SB3Policy, ...]:
        hidden, epsilon = self.settings.hidden, self._epsilon()
        return tuple(SB3Policy(self.algorithm, model.policy, hidden, epsilon).copy() for model in self.models)

    def _epsilon(self) -> float:
        settings = self.settings
        return settings.epsilon.at(self.done / self.total_updates) if isinstance(settings, SB3DQNSettings) else 0.0

    def policies(self) -> dict[str, Profile]:
        """See :class:`Learner`; the average is that of copies taken evenly over training since ``average_from``."""
        last = self._snapshot()
        return {"last": last, "average": self._average.profile(last)}


def _constantly(value: float) -> Any:
    return lambda _progress_remaining: value
