"""One Stable-Baselines3 model in one seat of a game: made from our settings, trained in steps, stopped, continued.

What differs from algorithm to algorithm is in the algorithm's own file: a subclass of :class:`SeatModel` says with
which options its model is made and which of them change while it learns.
"""

from abc import ABC, abstractmethod
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger

from olivebranch.agents.checkpoint import State
from olivebranch.agents.sb3.parts.environment import SB3Environment
from olivebranch.agents.sb3.parts.policy import SB3Policy
from olivebranch.agents.sb3.parts.settings import SB3Settings
from olivebranch.agents.schedule import Schedule
from olivebranch.envs.opponents import Opponents
from olivebranch.envs.seat import UniformPolicy
from olivebranch.envs.vector import SeatVectorEnv
from olivebranch.games.base import CompiledGame

Options = dict[str, Any]  # keyword arguments of the library's classes
Chosen = TypeVar("Chosen", bound=SB3Settings)

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
    in a play would never be met. The result is 1 if the batch is shorter than a play.
    """
    limit = max(1, min(at_most, batch // max(choices, 1)))
    return next(number for number in range(limit, 0, -1) if batch % number == 0)


class SeatModel(ABC, Generic[Chosen]):
    """A model that learns to play ``seat``. A subclass is for one algorithm of the library.

    Args:
        game: the compiled rules.
        seat: its number.
        settings: of the algorithm.
        play_seed: of the environment.
        model_seed: of what the library draws from generators of its own (action spaces); below 2**31.

    The library's global draws are the caller's affair: build and train inside :meth:`GlobalRandomness.in_use`.

    Attributes:
        algorithm: the library's class.
        policy_class: our form of what it learns.
        network_name: by which the library knows the kind of network.
    """

    algorithm: ClassVar[type[BaseAlgorithm]]
    policy_class: ClassVar[type[SB3Policy]]
    network_name: ClassVar[str] = "MultiInputPolicy"

    def __init__(self, game: CompiledGame, seat: int, settings: Chosen, play_seed: int, model_seed: int) -> None:
        self.settings = settings
        number = plays_side_by_side(settings.batch, settings.environments, most_choices(game, seat))
        plays = SeatVectorEnv(game, seat, UniformPolicy(), number)
        self.environment = SB3Environment(plays, play_seed, self.width)
        make: Any = self.algorithm  # the algorithms' own arguments are no part of their base class's
        self.model = make(
            self.network_name,
            self.environment,
            gamma=settings.discount,
            policy_kwargs=self.network_options(),
            seed=model_seed,
            device="cpu",
            **self.options(),
        )
        self.model.set_logger(Logger(folder=None, output_formats=[]))

    @property
    def width(self) -> int | None:
        """How much of an observation the model sees, from its beginning; None for all."""
        return None

    @property
    @abstractmethod
    def learning_rate(self) -> Schedule:
        """The optimiser's step."""

    def options(self) -> Options:
        """What the model is made with, beside what all algorithms have in common."""
        return {"learning_rate": self.learning_rate.at(0.0)}

    def network_options(self) -> Options:
        """What its network is made with."""
        return {"net_arch": list(self.settings.hidden)}

    def follow_schedules(self, progress: float) -> None:
        """Set what changes while it learns. The library's own schedules run over one call of its ``learn``."""
        self.model.lr_schedule = partial(constantly, self.learning_rate.at(progress))

    def learn(self, opponents: Opponents | list[Any], progress: float) -> None:
        """One batch of decisions in new plays against ``opponents``, and what the algorithm learns from it.

        Args:
            opponents: see :class:`olivebranch.envs.seat.SeatEnv`.
            progress: how much of training is done, in [0, 1), over which our schedules run.
        """
        self.environment.seats.set_opponents(opponents)
        self.model._last_obs = None  # begin new plays
        self.follow_schedules(progress)
        self.model.learn(self.settings.batch, log_interval=None, reset_num_timesteps=False)

    def policy(self, progress: float) -> SB3Policy:
        """An independent copy of how the model plays now; one that explores does it as much as at ``progress``."""
        return self.policy_class(self.model.policy, self.settings.hidden, self.epsilon(progress)).copy()

    def refresh(self, old: SB3Policy, progress: float) -> None:
        """Make ``old`` what :meth:`policy` gives, without building a network afresh."""
        old.network.load_state_dict(self.model.policy.state_dict())
        old.epsilon = self.epsilon(progress)

    def epsilon(self, progress: float) -> float:
        """The probability of a uniformly drawn action at ``progress``."""
        return 0.0

    def state(self) -> State:
        """All that changes in training, for a checkpoint between two calls of :meth:`learn`."""
        model = self.model
        return {
            "environment": self.environment.state(),
            "action_space": _generator(model).bit_generator.state,
            "counters": {name: getattr(model, name) for name in COUNTERS if hasattr(model, name)},
            "network": model.policy.state_dict(),
            "optimiser": model.policy.optimizer.state_dict()["state"],
        }

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


def _generator(model: Any) -> np.random.Generator:
    generator: np.random.Generator = model.action_space.np_random
    return generator


def constantly(value: float, progress_remaining: float) -> float:
    """A schedule of the library that gives ``value`` at all times."""
    return value
