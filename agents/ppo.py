"""Independent proximal policy optimisation: every seat its own actor and critic, all seats learning at once.

Schulman et al., "Proximal policy optimization algorithms" (arXiv:1707.06347): several passes over a batch of play on a
clipped surrogate, with generalised advantage estimation (Schulman et al., arXiv:1506.02438). Against mixed equilibria
plain policy gradients circle; two regularisers settle them (Sokota et al., "A unified approach to reinforcement
learning, quantal response equilibria, and two-player zero-sum games", ICLR 2023): an entropy bonus, which is a pull
towards uniform play and is annealed here, and a pull towards a slowly moving copy of the policy itself, the *magnet*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from olivebranch.agents.average import TimeAverage
from olivebranch.agents.checkpoint import State
from olivebranch.agents.learner import Profile
from olivebranch.agents.network import NetworkPolicy, masked_log_probabilities, perceptron
from olivebranch.agents.settings import PPOSettings
from olivebranch.envs.batched import BatchedGame, draw_actions
from olivebranch.games.base import CompiledGame, FloatArray, IntArray


@dataclass(frozen=True)
class Decisions:
    """What a seat did in one stage, in the plays ``rows`` in which it had a choice there.

    Plays in which the seat knows the same share a *situation*, so that networks are asked once about each: in a small
    game that is most of the work.

    Attributes:
        stage: its number.
        rows: ``[n]``.
        observation, action_mask: of each situation, ``[n_situations, ..]``.
        situation: of each of the plays, ``[n]``.
        action: ``[n]``.
        log_probability: of the action when it was drawn, ``[n]``.
        value: what the critic thought then, ``[n]``.
    """

    stage: int
    rows: IntArray
    observation: torch.Tensor
    action_mask: torch.Tensor
    situation: torch.Tensor
    action: torch.Tensor
    log_probability: torch.Tensor
    value: FloatArray


@dataclass(frozen=True)
class Sample:
    """Decisions with what came of them: ``advantage`` and ``target`` (of the critic); otherwise as above."""

    observation: torch.Tensor
    action_mask: torch.Tensor
    situation: torch.Tensor
    action: torch.Tensor
    log_probability: torch.Tensor
    advantage: torch.Tensor
    target: torch.Tensor

    def part(self, chosen: torch.Tensor) -> "Sample":
        """Some of the decisions, with the situations that they were made in."""
        used, situation = torch.unique(self.situation[chosen], return_inverse=True)
        columns = (column[chosen] for column in (self.action, self.log_probability, self.advantage, self.target))
        return Sample(self.observation[used], self.action_mask[used], situation, *columns)


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


def distinct_rows(table: IntArray) -> tuple[IntArray, IntArray]:
    """Where each distinct row of ``table`` (``[n, columns]``) first stands, and which of these each row equals.

    Column by column, for sorting numbers is many times faster than sorting rows.
    """
    group = np.zeros(len(table), dtype=np.int64)
    for column in table.T:
        _, column = np.unique(column, return_inverse=True)
        _, first, group = np.unique(group * (column.max() + 1) + column, return_index=True, return_inverse=True)
    return first, group


class Seat:
    """Actor, critic and magnet of one seat."""

    def __init__(
        self, seat: int, width: int, n_actions: int, settings: PPOSettings, generator: torch.Generator
    ) -> None:
        self.seat, self.settings = seat, settings
        self.policy = NetworkPolicy(perceptron([width, *settings.hidden, n_actions], 0.01, generator))
        self.critic = perceptron([width, *settings.hidden, 1], 1.0, generator)
        self.magnet = self.policy.copy()
        self.parameters = [*self.policy.network.parameters(), *self.critic.parameters()]

    def networks(self) -> nn.ModuleDict:
        """All of its networks, for a checkpoint."""
        return nn.ModuleDict({"actor": self.policy.network, "critic": self.critic, "magnet": self.magnet.network})

    def decide(self, stage: int, batch: BatchedGame, rows: IntArray, generator: np.random.Generator) -> Decisions:
        """Draw actions for the plays ``rows`` of ``batch``."""
        own_type, public_state = batch.own_type(self.seat)[rows], batch.public_state[rows]
        recent = batch.recent_edges[rows]
        first, situation = distinct_rows(np.column_stack([own_type, public_state, recent]))
        states = batch.encoder.information_states(self.seat, own_type[first], public_state[first], recent[first])
        observation, mask = torch.from_numpy(states.observation), torch.from_numpy(states.action_mask)
        with torch.no_grad():
            logs = masked_log_probabilities(self.policy.network(observation), mask)
            value = self.critic(observation).squeeze(1).double().numpy()[situation]
        action = torch.from_numpy(draw_actions(logs.double().exp().numpy()[situation], generator))
        index = torch.from_numpy(situation)
        return Decisions(stage, rows, observation, mask, index, action, logs[index, action], value)

    def sample(self, decisions: list[Decisions], rewards: FloatArray) -> Sample:
        """Decisions of all stages with their advantages; ``rewards`` are this seat's, ``[n_stages, batch]``."""
        settings = self.settings
        estimated = advantages(
            [(d.stage, d.rows, d.value) for d in decisions], rewards, settings.discount, settings.gae
        )
        advantage = torch.from_numpy(np.concatenate(estimated)).float()
        target = advantage + torch.from_numpy(np.concatenate([d.value for d in decisions])).float()
        if settings.normalise_advantages and len(advantage) > 1:
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        offsets = np.cumsum([0, *(len(d.observation) for d in decisions)]).tolist()
        return Sample(
            observation=torch.cat([d.observation for d in decisions]),
            action_mask=torch.cat([d.action_mask for d in decisions]),
            situation=torch.cat([d.situation + offset for d, offset in zip(decisions, offsets, strict=False)]),
            action=torch.cat([d.action for d in decisions]),
            log_probability=torch.cat([d.log_probability for d in decisions]),
            advantage=advantage,
            target=target,
        )

    def loss(self, sample: Sample, progress: float) -> torch.Tensor:
        """The loss on ``sample``, a scalar: clipped surrogate, value error, entropy and magnet."""
        settings = self.settings
        logs = masked_log_probabilities(self.policy.network(sample.observation), sample.action_mask)
        probabilities = logs.exp()
        ratio = (logs[sample.situation, sample.action] - sample.log_probability).exp()
        clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip)
        gain = torch.minimum(ratio * sample.advantage, clipped * sample.advantage).mean()
        entropy = -(probabilities * logs).sum(dim=1)[sample.situation].mean()
        value_error = (self.critic(sample.observation).squeeze(1)[sample.situation] - sample.target).square().mean()
        loss: torch.Tensor = settings.value_coefficient * value_error - gain - settings.entropy.at(progress) * entropy
        pull = settings.magnet.at(progress)
        if pull > 0:
            with torch.no_grad():
                slow = masked_log_probabilities(self.magnet.network(sample.observation), sample.action_mask)
            loss = loss + pull * (probabilities * (logs - slow)).sum(dim=1)[sample.situation].mean()
        return loss


class IndependentPPO:
    """PPO in all seats of a game at once."""

    def __init__(self, game: CompiledGame, settings: PPOSettings, seed: int) -> None:
        self.game, self.settings = game, settings
        chance, weights = np.random.SeedSequence(seed).spawn(2)
        self.generator = np.random.default_rng(chance)
        self.batch = BatchedGame(game, settings.batch, self.generator)
        self.torch_generator = torch.Generator().manual_seed(int(weights.generate_state(1)[0]))
        width = self.batch.encoder.width
        self.seats = [Seat(i, width, game.n_actions, settings, self.torch_generator) for i in range(game.n_players)]
        # No parameter is shared, so one optimiser on the sum of losses is one optimiser for each seat.
        every = [parameter for seat in self.seats for parameter in seat.parameters]
        self.optimiser = torch.optim.Adam(every, betas=(settings.momentum, 0.999), eps=1e-5, fused=True)
        self.done = 0
        self._average = TimeAverage(self.total_updates, settings.average_from, settings.snapshots)

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    def update(self) -> None:
        """See :class:`Learner`."""
        batch, acts = self.batch, self.game.acts
        batch.reset()
        decisions: list[list[Decisions]] = [[] for _ in self.seats]
        rewards: list[FloatArray] = []
        while batch.running.any():
            actions = np.argmax(self.game.legal[batch.public_state], axis=2)  # where there is one legal action, that
            for seat, taken in zip(self.seats, decisions, strict=True):
                rows = np.flatnonzero(acts[batch.public_state, seat.seat])
                if len(rows):
                    taken.append(seat.decide(len(rewards), batch, rows, self.generator))
                    actions[rows, seat.seat] = taken[-1].action.numpy()
            rewards.append(batch.step(actions).rewards)
        pairs = zip(self.seats, decisions, strict=True)
        samples = [seat.sample(taken, np.array(rewards)[:, :, seat.seat]) for seat, taken in pairs]
        self._learn(samples, self.done / self.total_updates)
        self.done += 1
        if self._average.is_due(self.done):
            self._average.add(self._snapshot())

    def _learn(self, samples: list[Sample], progress: float) -> None:
        settings = self.settings
        for group in self.optimiser.param_groups:
            group["lr"] = settings.learning_rate.at(progress)
        for _ in range(settings.epochs):
            orders = [torch.randperm(len(sample.action), generator=self.torch_generator) for sample in samples]
            parts = [order.tensor_split(settings.minibatches) for order in orders]
            for number in range(settings.minibatches):
                self.optimiser.zero_grad()
                for seat, sample, split in zip(self.seats, samples, parts, strict=True):
                    if len(split[number]):
                        seat.loss(sample.part(split[number]), progress).backward()  # type: ignore[no-untyped-call]
                for seat in self.seats:
                    nn.utils.clip_grad_norm_(seat.parameters, settings.max_gradient_norm)
                self.optimiser.step()
        rate = settings.magnet_rate
        with torch.no_grad():
            for seat in self.seats:
                pairs = zip(seat.magnet.network.parameters(), seat.policy.network.parameters(), strict=True)
                for slow, fast in pairs:
                    slow.lerp_(fast, rate)

    def policies(self) -> dict[str, Profile]:
        """See :class:`Learner`; the average is that of copies taken evenly over training since ``average_from``."""
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

    def _snapshot(self) -> Profile:
        return tuple(seat.policy.copy() for seat in self.seats)
