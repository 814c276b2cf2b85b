"""What the actor-critic learners share: playing a batch of episodes, advantages, minibatches, magnet, checkpoints.

Every seat has an actor and a critic of its own. Payoffs are counted in the unit of :mod:`olivebranch.agents.payoffs`.
Advantages are estimated as by Schulman et al., "High-dimensional
continuous control using generalized advantage estimation" (arXiv:1506.02438). The learners differ in how a seat's
actor gains (:meth:`Seat.surrogate`), in what its critic sees (:meth:`Seat.judged`) and in how the magnet moves
(:meth:`ActorCritic.move_magnets`).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from olivebranch.agents.average import AveragePeriod, TimeAverage
from olivebranch.agents.checkpoint import State
from olivebranch.agents.deep.parts.diagnostics import explained_variance, policy_diagnostics
from olivebranch.agents.deep.parts.situations import distinct_rows
from olivebranch.agents.learner import Answer
from olivebranch.agents.payoffs import in_units
from olivebranch.agents.policies.behaviour import Policies
from olivebranch.agents.policies.network import NetworkPolicy, masked_log_probabilities, perceptron
from olivebranch.agents.schedule import Scheduled, constant, geometric
from olivebranch.agents.settings import AverageFrom, SampledSettings, Widths
from olivebranch.agents.visits import Visits
from olivebranch.envs.batched import BatchedGame, draw_actions
from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.games.information import ObservationEncoder


class ActorCriticSettings(SampledSettings):
    """The settings that the actor-critic learners share; see :class:`ActorCritic`."""

    episodes: int = Field(default=1_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=1000, ge=1, description="episodes between two updates")
    hidden: Widths = Field(default=(32, 32), description="widths of the hidden layers")
    learning_rate: Scheduled = Field(default=geometric(0.005, 0.0003, until=0.8), description="Adam's step")
    momentum: float = Field(default=0.0, ge=0, lt=1, description="Adam's first beta; memory feeds cycles, so none")
    epochs: int = Field(default=4, ge=1, description="passes over each batch")
    minibatches: int = Field(default=1, ge=1, description="parts that a batch is split into, in each pass")
    discount: float = Field(default=1.0, gt=0, le=1, description="per own decision")
    gae: float = Field(default=0.95, ge=0, le=1, description="lambda of generalised advantage estimation")
    value_coefficient: float = Field(default=0.5, ge=0, description="weight of the value loss")
    normalise_advantages: bool = Field(
        default=True, description="advantages less their mean, over their standard deviation, in each seat's batch"
    )
    max_gradient_norm: float = Field(default=0.5, gt=0, description="of actor and critic together")
    entropy: Scheduled = Field(default=geometric(0.3, 0.05, until=0.5), description="weight of the entropy bonus")
    magnet: Scheduled = Field(default=constant(0.0), description="weight of the pull towards the magnet")
    average_from: AverageFrom = 0.5
    snapshots: int = Field(default=60, ge=1, description="copies that the time average is made of")


@dataclass(frozen=True)
class Sample:
    """Decisions of a seat and what came of them.

    Plays in which the seat knows the same share a *situation*, so that networks are asked once about each: in a small
    game that is most of the work. What the critic sees may be finer; then it has situations of its own.

    Attributes:
        observation, action_mask: of each situation, ``[n_situations, ..]``.
        old_logs: logarithms of the probabilities that actions were drawn from, ``[n_situations, n_actions]``.
        situation, action: of each decision, ``[n]``.
        judged: what the critic sees, ``[n_judged, critic width]``.
        judged_situation: the row of ``judged`` that belongs to each decision, ``[n]``.
        advantage, target: of the action and for the critic, ``[n]``.
        value: what the critic thought when the decision was made, ``[n]``.
    """

    observation: torch.Tensor
    action_mask: torch.Tensor
    old_logs: torch.Tensor
    situation: torch.Tensor
    action: torch.Tensor
    judged: torch.Tensor
    judged_situation: torch.Tensor
    advantage: torch.Tensor
    target: torch.Tensor
    value: torch.Tensor

    def part(self, chosen: torch.Tensor) -> "Sample":
        """The decisions that ``chosen`` numbers, with the situations that they were made in."""
        used, situation = torch.unique(self.situation[chosen], return_inverse=True)
        seen, judged_situation = torch.unique(self.judged_situation[chosen], return_inverse=True)
        return Sample(
            observation=self.observation[used],
            action_mask=self.action_mask[used],
            old_logs=self.old_logs[used],
            situation=situation,
            action=self.action[chosen],
            judged=self.judged[seen],
            judged_situation=judged_situation,
            advantage=self.advantage[chosen],
            target=self.target[chosen],
            value=self.value[chosen],
        )


@dataclass(frozen=True)
class Decisions:
    """What a seat did in one stage, in the plays ``rows`` in which it had a choice there; else as :class:`Sample`.

    ``value`` is what the critic thought then, ``[n]``.
    """

    stage: int
    rows: IntArray
    observation: torch.Tensor
    action_mask: torch.Tensor
    old_logs: torch.Tensor
    situation: torch.Tensor
    action: torch.Tensor
    judged: torch.Tensor
    judged_situation: torch.Tensor
    value: FloatArray


def advantages(
    decisions: Sequence[tuple[int, IntArray, FloatArray]], rewards: FloatArray, discount: float, gae: float
) -> list[FloatArray]:
    """Generalised advantage estimates of one seat, one array for each of its decisions.

    A step leads from one of its own decisions to its next one, and earns all that lies between.

    Args:
        decisions: for each stage in which it acted at all, in order: the number of the stage, the plays in which the
            seat had a choice, and its value estimate in each.
        rewards: of the seat, ``[n_stages, batch]``.
        discount: per own decision.
        gae: lambda.
    """
    earned, next_value, next_advantage = (np.zeros(rewards.shape[1]) for _ in range(3))
    result: list[FloatArray] = []
    unpaid = len(rewards)  # rewards of the stages from here on have been added up
    for stage, rows, value in reversed(decisions):
        earned += rewards[stage:unpaid].sum(axis=0)
        unpaid = stage
        next_advantage[rows] = (
            earned[rows] + discount * next_value[rows] - value + discount * gae * next_advantage[rows]
        )
        next_value[rows] = value
        earned[rows] = 0.0
        result.append(next_advantage[rows].copy())
    return result[::-1]


class Seat(ABC):
    """Actor, critic and magnet of one seat.

    Attributes:
        clip: beyond which change of a probability's ratio the share of decisions is reported.
    """

    clip = 0.2

    def __init__(
        self, seat: int, encoder: ObservationEncoder, settings: ActorCriticSettings, generator: torch.Generator
    ) -> None:
        self.seat, self.settings = seat, settings
        width, n_actions = encoder.width, encoder.game.n_actions
        self.policy = NetworkPolicy(perceptron([width, *settings.hidden, n_actions], 0.01, generator))
        self.critic = perceptron([self.judged_width(encoder), *settings.hidden, 1], 1.0, generator)
        self.magnet = self.policy.copy()
        self.parameters = [*self.policy.network.parameters(), *self.critic.parameters()]

    @abstractmethod
    def surrogate(self, logs: torch.Tensor, sample: Sample, progress: float) -> torch.Tensor:
        """What the actor gains on ``sample``, a scalar; ``logs`` (as ``sample.old_logs``) are its present ones."""

    def judged_width(self, encoder: ObservationEncoder) -> int:
        """How many numbers the critic sees."""
        return encoder.width

    def judged(
        self, batch: BatchedGame, rows: IntArray, observation: torch.Tensor, situation: IntArray
    ) -> tuple[torch.Tensor, IntArray]:
        """What the critic sees in the plays ``rows``: by default what the actor sees.

        Returns:
            its situations, ``[n_judged, width]``, and which of them each play is in, ``[n]``.
        """
        return observation, situation

    def networks(self) -> nn.ModuleDict:
        """The seat's networks by name, for a checkpoint."""
        return nn.ModuleDict({"actor": self.policy.network, "critic": self.critic, "magnet": self.magnet.network})

    def decide(
        self, stage: int, batch: BatchedGame, history: IntArray, rows: IntArray, generator: np.random.Generator
    ) -> Decisions:
        """Draw actions for the plays ``rows`` of ``batch``; ``history`` numbers the public history of every play."""
        own_type = batch.own_type(self.seat)[rows]
        first, situation = distinct_rows(history[rows], own_type)
        one = rows[first]
        states = batch.encoder.information_states(
            self.seat, own_type[first], batch.public_state[one], batch.recent_edges[one]
        )
        observation, mask = torch.from_numpy(states.observation), torch.from_numpy(states.action_mask)
        judged, judged_situation = self.judged(batch, rows, observation, situation)
        with torch.no_grad():
            logs = masked_log_probabilities(self.policy.network(observation), mask)
            value = self.critic(judged).squeeze(1).double().numpy()[judged_situation]
        action = draw_actions(logs.double().exp().numpy()[situation], generator)
        chosen, judged_index = torch.from_numpy(action), torch.from_numpy(judged_situation)
        index = torch.from_numpy(situation)
        return Decisions(stage, rows, observation, mask, logs, index, chosen, judged, judged_index, value)

    def sample(self, decisions: list[Decisions], rewards: FloatArray) -> Sample:
        """The decisions of all stages with their advantages; ``rewards`` are this seat's, ``[n_stages, batch]``."""
        settings = self.settings
        estimated = advantages(
            [(d.stage, d.rows, d.value) for d in decisions], rewards, settings.discount, settings.gae
        )
        advantage = torch.from_numpy(np.concatenate(estimated)).float()
        value = torch.from_numpy(np.concatenate([d.value for d in decisions])).float()
        target = advantage + value
        if settings.normalise_advantages and len(advantage) > 1:
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        offsets = np.cumsum([0, *(len(d.observation) for d in decisions)]).tolist()
        judged_offsets = np.cumsum([0, *(len(d.judged) for d in decisions)]).tolist()
        return Sample(
            observation=torch.cat([d.observation for d in decisions]),
            action_mask=torch.cat([d.action_mask for d in decisions]),
            old_logs=torch.cat([d.old_logs for d in decisions]),
            situation=torch.cat([d.situation + offset for d, offset in zip(decisions, offsets, strict=False)]),
            action=torch.cat([d.action for d in decisions]),
            judged=torch.cat([d.judged for d in decisions]),
            judged_situation=torch.cat(
                [d.judged_situation + offset for d, offset in zip(decisions, judged_offsets, strict=False)]
            ),
            advantage=advantage,
            target=target,
            value=value,
        )

    def log_probabilities(self, sample: Sample) -> torch.Tensor:
        """The actor's present ones at the situations of ``sample``, ``[n_situations, n_actions]``, without gradient."""
        with torch.no_grad():
            return masked_log_probabilities(self.policy.network(sample.observation), sample.action_mask)

    def value_error(self, sample: Sample) -> torch.Tensor:
        """The critic's loss on ``sample``, a scalar: the mean square of its errors."""
        value: torch.Tensor = self.critic(sample.judged).squeeze(1)[sample.judged_situation]
        return (value - sample.target).square().mean()

    def loss(self, sample: Sample, progress: float) -> torch.Tensor:
        """The loss on ``sample``, a scalar: the actor's surrogate, value error, entropy and magnet."""
        settings = self.settings
        logs = masked_log_probabilities(self.policy.network(sample.observation), sample.action_mask)
        probabilities = logs.exp()
        # Means over decisions of what is the same in a whole situation need how often each was met, and no more.
        met = torch.bincount(sample.situation, minlength=len(logs)) / len(sample.situation)
        entropy = -(met * (probabilities * logs).sum(dim=1)).sum()
        gain = self.surrogate(logs, sample, progress) + settings.entropy.at(progress) * entropy
        loss: torch.Tensor = settings.value_coefficient * self.value_error(sample) - gain
        pull = settings.magnet.at(progress)
        if pull > 0:
            with torch.no_grad():
                slow = masked_log_probabilities(self.magnet.network(sample.observation), sample.action_mask)
            loss = loss + pull * (met * (probabilities * (logs - slow)).sum(dim=1)).sum()
        return loss


class ActorCritic:
    """Actors and critics in all seats of a game at once.

    Attributes:
        settings_class: see :class:`Learner`; a subclass sets it.
        answer: see :class:`Learner`.
        seat_type: of which kind the seats are; a subclass sets it.
        decisions: how many choices all seats together made in the last batch.
    """

    settings_class: ClassVar[type[ActorCriticSettings]]
    answer: ClassVar[Answer] = "average"
    seat_type: ClassVar[type[Seat]]

    def __init__(self, game: CompiledGame, settings: ActorCriticSettings, seed: int) -> None:
        self.game, self.settings = in_units(game), settings
        chance, weights = np.random.SeedSequence(seed).spawn(2)
        self.generator = np.random.default_rng(chance)
        self.batch = BatchedGame(self.game, settings.batch, self.generator)
        self.torch_generator = torch.Generator().manual_seed(int(weights.generate_state(1)[0]))
        encoder = self.batch.encoder
        self.seats = [self.seat_type(i, encoder, settings, self.torch_generator) for i in range(game.n_players)]
        # No parameter is shared, so one optimiser on the sum of losses is one optimiser for each seat.
        every = [parameter for seat in self.seats for parameter in seat.parameters]
        self.optimiser = torch.optim.Adam(every, betas=(settings.momentum, 0.999), eps=1e-5, fused=True)
        self.done, self.decisions = 0, 0
        self._samples: list[Sample | None] = []  # of the last batch, and how long gradients were on it
        self._norms: list[list[torch.Tensor]] = [[] for _ in self.seats]
        self._forced = np.argmax(game.legal, axis=2)  # where there is one legal action, that
        self._average = TimeAverage(AveragePeriod(self.total_updates, settings.average_from), settings.snapshots)

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    def update(self) -> None:
        """See :class:`Learner`."""
        samples = self.collect()
        self.decisions = sum(len(sample.action) for sample in samples if sample is not None)
        self._learn(samples, self.done / self.total_updates)
        self.done += 1
        self.move_magnets()
        if self._average.is_due(self.done):
            self._average.add(self._snapshot())

    def watch(self, visits: Visits) -> None:
        """See :class:`olivebranch.agents.visits.Watchable`."""
        self.batch.watcher = visits.in_plays(self.batch.size)

    def collect(self) -> list[Sample | None]:
        """Play a batch of episodes: what each seat did, or None where it never had a choice."""
        batch, acts = self.batch, self.game.acts
        batch.reset()
        decisions: list[list[Decisions]] = [[] for _ in self.seats]
        rewards: list[FloatArray] = []
        history = np.zeros(batch.size, dtype=np.int64)
        while batch.running.any():
            actions = self._forced[batch.public_state]
            for seat, taken in zip(self.seats, decisions, strict=True):
                rows = np.flatnonzero(acts[batch.public_state, seat.seat])
                if len(rows):
                    taken.append(seat.decide(len(rewards), batch, history, rows, self.generator))
                    actions[rows, seat.seat] = taken[-1].action.numpy()
            step = batch.step(actions)
            rewards.append(step.rewards)
            _, history = distinct_rows(history, step.edges)
        earned = np.array(rewards)
        return [
            seat.sample(taken, earned[:, :, seat.seat]) if taken else None
            for seat, taken in zip(self.seats, decisions, strict=True)
        ]

    def _learn(self, samples: list[Sample | None], progress: float) -> None:
        settings = self.settings
        self._samples, self._norms = samples, [[] for _ in self.seats]
        for group in self.optimiser.param_groups:
            group["lr"] = settings.learning_rate.at(progress)
        for _ in range(settings.epochs):
            splits = [self._split(sample) for sample in samples]
            for number in range(settings.minibatches):
                self.optimiser.zero_grad()
                for seat, split in zip(self.seats, splits, strict=True):
                    if number < len(split):
                        seat.loss(split[number], progress).backward()  # type: ignore[no-untyped-call]
                for seat, norms in zip(self.seats, self._norms, strict=True):
                    norms.append(nn.utils.clip_grad_norm_(seat.parameters, settings.max_gradient_norm))
                self.optimiser.step()

    def move_magnets(self) -> None:
        """Called after every update; by default magnets stay where they are, at the first policies."""

    def diagnostics(self) -> dict[str, float]:
        """See :class:`Learner`: of the last batch, by player; see :mod:`olivebranch.agents.deep.parts.diagnostics`."""
        found = {}
        for player, seat, sample, norms in zip(
            self.game.game.players, self.seats, self._samples, self._norms, strict=False
        ):
            if sample is not None:
                logs = seat.log_probabilities(sample)
                numbers = policy_diagnostics(logs, sample.old_logs, sample.situation, sample.action, seat.clip)
                numbers["explained_variance"] = explained_variance(sample.value, sample.target)
                numbers["gradient_norm"] = float(torch.stack(norms).mean())
                found.update({f"{player}/{name}": value for name, value in numbers.items()})
        return found

    def _split(self, sample: Sample | None) -> list[Sample]:
        if sample is None:
            return []
        if self.settings.minibatches == 1:  # in which order does not matter
            return [sample]
        order = torch.randperm(len(sample.action), generator=self.torch_generator)
        return [sample.part(chosen) for chosen in order.tensor_split(self.settings.minibatches) if len(chosen)]

    def policies(self) -> dict[str, Policies]:
        """See :class:`Learner`; the average is the plain mean of copies' behaviour since ``average_from``."""
        last = self._snapshot()
        return {"last": last, "average": self._average.profile(last)}

    def state(self) -> State:
        """See :class:`Learner`."""
        return {
            "done": self.done,
            "generator": self.generator.bit_generator.state,
            "torch_generator": self.torch_generator.get_state(),
            "seats": [seat.networks().state_dict() for seat in self.seats],
            "optimiser": self.optimiser.state_dict(),
            "average": self._average.state(),
        }

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.done = state["done"]
        self.generator.bit_generator.state = state["generator"]
        self.torch_generator.set_state(state["torch_generator"])
        for seat, weights in zip(self.seats, state["seats"], strict=True):
            seat.networks().load_state_dict(weights)
        self.optimiser.load_state_dict(state["optimiser"])
        self._average.restore(state["average"])

    def _snapshot(self) -> Policies:
        return tuple(seat.policy.copy() for seat in self.seats)
