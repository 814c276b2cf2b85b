"""One Stable-Baselines3 model in one seat of a game: made from our settings, trained in steps, stopped, continued."""

from functools import partial
from typing import Any

import numpy as np
from sb3_contrib import MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.logger import Logger

from olivebranch.agents.checkpoint import State
from olivebranch.agents.sb3.environment import SB3Environment
from olivebranch.agents.sb3.policy import SB3Policy
from olivebranch.agents.sb3.recurrent import PastReader, SB3RecurrentPolicy
from olivebranch.agents.settings import (
    SB3ActorCriticSettings,
    SB3DQNSettings,
    SB3PPOSettings,
    SB3RecurrentPPOSettings,
    SB3Settings,
)
from olivebranch.envs.seat import Opponents, UniformPolicy
from olivebranch.envs.vector import SeatVectorEnv
from olivebranch.games.base import CompiledGame

ALGORITHMS: dict[str, Any] = {
    "ppo": PPO,
    "maskable-ppo": MaskablePPO,
    "recurrent-ppo": RecurrentPPO,
    "a2c": A2C,
    "dqn": DQN,
}
COUNTERS = ("num_timesteps", "_n_updates", "_n_calls", "_episode_num")  # of the library's models, where they have them


def most_choices(game: CompiledGame, seat: int) -> int:
    """How often ``seat`` has a choice in one play, at the most."""
    choices = game.acts[:, seat].astype(np.int64)
    total = choices.copy()
    for _ in range(game.max_stages):  # each pass looks one stage further ahead
        ahead = np.zeros_like(total)
        np.maximum.at(ahead, game.edge_source, total[game.edge_next])
        total = choices + ahead
    return int(total[0])


def plays_side_by_side(batch: int, at_most: int, choices: int) -> int:
    """The largest divisor of ``batch`` up to ``at_most`` that leaves each play at least ``choices`` decisions.

    Plays begin anew with each batch, against the newest opponents; so a batch must hold whole plays, or decisions late
    in a play would never be met. 1 if the batch is shorter than a play.
    """
    limit = max(1, min(at_most, batch // max(choices, 1)))
    return next(number for number in range(limit, 0, -1) if batch % number == 0)


class SeatModel:
    """A model that learns to play ``seat``.

    Args:
        game: the compiled rules.
        seat: its number.
        settings: of any algorithm of the library.
        play_seed: of the environment.
        model_seed: of what the library draws from generators of its own (action spaces); below 2**31.

    The library's global draws are the caller's affair: build and train inside :meth:`GlobalRandomness.in_use`.
    """

    def __init__(self, game: CompiledGame, seat: int, settings: SB3Settings, play_seed: int, model_seed: int) -> None:
        self.settings: Any = settings
        self.algorithm = settings.kind.removeprefix("sb3-")
        number = plays_side_by_side(settings.batch, settings.environments, most_choices(game, seat))
        self.past = PastReader.of(game, settings.window) if isinstance(settings, SB3RecurrentPPOSettings) else None
        plays = SeatVectorEnv(game, seat, UniformPolicy(), number)
        self.environment = SB3Environment(plays, play_seed, self.past.width if self.past else None)
        self.model = self._model(model_seed)

    def _model(self, seed: int) -> Any:
        settings = self.settings
        options: dict[str, Any] = {}
        network: dict[str, Any] = {"net_arch": list(settings.hidden)}
        if isinstance(settings, SB3ActorCriticSettings):
            options |= {
                "n_steps": settings.batch // self.environment.num_envs,
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
        if isinstance(settings, SB3RecurrentPPOSettings):
            network["lstm_hidden_size"] = settings.lstm
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
            "MultiInputPolicy" if self.past is None else "MultiInputLstmPolicy",
            self.environment,
            learning_rate=settings.learning_rate.at(0.0),
            gamma=settings.discount,
            policy_kwargs=network,
            seed=seed,
            device="cpu",
            **options,
        )
        model.set_logger(Logger(folder=None, output_formats=[]))
        return model

    def learn(self, opponents: Opponents | list[Any], progress: float) -> None:
        """One batch of decisions in new plays against ``opponents``, and what the algorithm learns from it.

        Args:
            opponents: see :class:`olivebranch.envs.seat.SeatEnv`.
            progress: how much of training is done, in [0, 1): the library's own schedules run over one call of its
                ``learn``; ours run over the whole of training.
        """
        settings, model = self.settings, self.model
        self.environment.seats.set_opponents(opponents)
        model._last_obs = None  # begin new plays
        model.lr_schedule = partial(_constantly, settings.learning_rate.at(progress))
        if isinstance(settings, SB3DQNSettings):
            model.exploration_schedule = partial(_constantly, settings.epsilon.at(progress))
            model.exploration_rate = settings.epsilon.at(progress)
        else:
            model.ent_coef = settings.entropy.at(progress)
        model.learn(settings.batch, log_interval=None, reset_num_timesteps=False)

    def policy(self, progress: float) -> SB3Policy:
        """An independent copy of how the model plays now; a DQN explores as much as it does at ``progress``."""
        if self.past is not None:
            return SB3RecurrentPolicy(self.model.policy, self.settings.hidden, self.settings.lstm, self.past).copy()
        return SB3Policy(self.algorithm, self.model.policy, self.settings.hidden, self._epsilon(progress)).copy()

    def refresh(self, old: SB3Policy, progress: float) -> None:
        """Make ``old`` what :meth:`policy` gives, without building a network afresh."""
        old.network.load_state_dict(self.model.policy.state_dict())
        old.epsilon = self._epsilon(progress)

    def _epsilon(self, progress: float) -> float:
        return self.settings.epsilon.at(progress) if isinstance(self.settings, SB3DQNSettings) else 0.0

    def state(self) -> State:
        """All that changes in training, for a checkpoint between two calls of :meth:`learn`."""
        model = self.model
        state: State = {
            "environment": self.environment.state(),
            "action_space": _generator(model).bit_generator.state,
            "counters": {name: getattr(model, name) for name in COUNTERS if hasattr(model, name)},
            "network": model.policy.state_dict(),
            "optimiser": model.policy.optimizer.state_dict()["state"],
        }
        if isinstance(self.settings, SB3DQNSettings):
            buffer = model.replay_buffer
            rows = buffer.buffer_size if buffer.full else buffer.pos
            filled = {name: array[:rows] for name, array in _arrays(buffer).items()}
            state["memory"] = {"pos": buffer.pos, "full": buffer.full, "arrays": filled}
        return state

    def restore(self, state: State) -> None:
        """The inverse of :meth:`state`, for a model made with the same arguments."""
        model = self.model
        self.environment.restore(state["environment"])
        _generator(model).bit_generator.state = state["action_space"]
        for name, value in state["counters"].items():
            setattr(model, name, value)
        model.policy.load_state_dict(state["network"])
        # the rest of its state is options, which are the same, and the step size, which learn sets
        optimiser = model.policy.optimizer
        optimiser.load_state_dict(optimiser.state_dict() | {"state": state["optimiser"]})
        if isinstance(self.settings, SB3DQNSettings):
            buffer, memory = model.replay_buffer, state["memory"]
            buffer.pos, buffer.full = memory["pos"], memory["full"]
            for name, array in _arrays(buffer).items():
                array[: len(memory["arrays"][name])] = memory["arrays"][name]


def _generator(model: Any) -> np.random.Generator:
    generator: np.random.Generator = model.action_space.np_random
    return generator


def _arrays(buffer: Any) -> dict[str, Any]:
    """A replay buffer's arrays, by name; the first axis of each is time."""
    plain = {name: getattr(buffer, name) for name in ("actions", "rewards", "dones", "timeouts")}
    seen = {f"observations {name}": array for name, array in buffer.observations.items()}
    return plain | seen | {f"next {name}": array for name, array in buffer.next_observations.items()}


def _constantly(value: float, _progress_remaining: float) -> float:
    return value
