"""Policy-space response oracles with networks: each response is learned by PPO against the others' present mixture.

Lanctot et al., "A unified game-theoretic approach to multiagent reinforcement learning", NeurIPS 2017 (arXiv
1711.00832). Populations, meta-solvers and mixtures are those of :mod:`olivebranch.agents.tree.psro`, the exact double
oracle; here a response is what :mod:`olivebranch.agents.deep.ppo` has learned after its share of the episodes, in the
game in which the other seats' choices are chance. It is as good as PPO made it, and keeps some of its entropy.

Two things are exact where the source estimates them from plays: the payoffs of the meta-game, and the mixture as one
behaviour. So the noise of a run is that of its responses alone, and the game's tree has to fit into memory. The source
begins a response anew or from an earlier one; here each begins anew.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from olivebranch.agents.deep.ppo import IndependentPPO, PPOSettings
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings import SampledSettings, Settings, Widths
from olivebranch.agents.tree.psro import PSRO, MetaSolver, PSROSettings
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.fixed_seats import fix_seats
from olivebranch.theory.tree.profiles import BehaviourProfile, part_of


class DeepPSROSettings(SampledSettings):
    """See :class:`DeepPSRO`. ``episodes`` are those of all responses of all seats together."""

    kind: Literal["deep-psro"] = "deep-psro"
    episodes: int = Field(default=1_000_000, ge=1, description="episodes of training, in equal parts for all responses")
    batch: int = Field(default=500, ge=1, description="episodes between two updates of a response")
    responses: int = Field(default=20, ge=1, description="of each seat")
    meta_solver: MetaSolver = Field(
        default=None, description="by default nash if two players' payoffs are constant-sum, else the replicator's"
    )
    hidden: Widths = Field(default=(32, 32), description="widths of a response's hidden layers")
    learning_rate: Scheduled = Field(default=geometric(0.01, 0.001), description="Adam's step, over one response")
    entropy: Scheduled = Field(
        default=geometric(0.05, 0.002), description="weight of a response's entropy bonus, over one response"
    )

    def updates(self) -> int:
        """One update is a response of every seat."""
        return self.responses

    def episodes_after(self, updates: int) -> int:
        """See :class:`Settings`."""
        return round(self.episodes * updates / self.responses)

    def of_one_response(self, seats: int) -> PPOSettings:
        """What PPO learns one of the responses of ``seats`` seats with."""
        return PPOSettings(
            episodes=max(1, self.episodes // (self.responses * seats)),
            batch=self.batch,
            hidden=self.hidden,
            learning_rate=self.learning_rate,
            entropy=self.entropy,
            snapshots=1,
        )


class DeepPSRO(PSRO):
    """Populations of learned policies in all seats of a game; see :class:`PSRO`."""

    settings_class: ClassVar[type[Settings]] = DeepPSROSettings

    def __init__(self, game: CompiledGame, settings: DeepPSROSettings, seed: int) -> None:
        super().__init__(game, PSROSettings(steps=settings.responses, meta_solver=settings.meta_solver), seed)
        self.seed = seed
        self.learning = settings.of_one_response(game.n_players)

    def response(self, present: BehaviourProfile, seat: int) -> BehaviourProfile:
        """What PPO learns to play against ``present``; the other seats' play in it is without meaning."""
        others = {other: part_of(present, other) for other in range(self.tree.game.n_players) if other != seat}
        world = fix_seats(self.tree, others)
        # A seed for each response, so that a checkpoint need not hold generators.
        seed = int(np.random.SeedSequence([self.seed, self.done, seat]).generate_state(1)[0])
        learner = IndependentPPO(world.game, self.learning, seed)
        for _ in range(learner.total_updates):
            learner.update()
        return world.completed(behaviour_of(world.tree, learner.policies()["last"]))
