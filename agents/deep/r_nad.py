"""Regularised Nash dynamics: every seat learns against its own slowly replaced past.

Perolat et al., "Mastering the game of Stratego with model-free multiagent reinforcement learning" (Science 378, 2022)
and, for the theory, Perolat et al., "From Poincare recurrence to convergence in imperfect information games" (ICML
2021). Three steps are repeated. Rewards are transformed: a seat pays ``eta * log(policy / regularisation policy)`` for
each of its own actions. Under these rewards the policies follow the replicator dynamics, in networks by NeuRD (Hennes
et al., "Neural replicator dynamics", AAMAS 2020): logits move by advantages and not by probability times advantage.
Now and then the regularisation policy is replaced by the slow copy of the policy.

In a two-player zero-sum game the source also pays each seat what the other seat pays, so that the transformed game is
zero-sum too: the dynamics then converge to its only equilibrium, and the sequence of these to one of the game. This
term is there exactly if the game is one of two players whose rewards sum to zero. In all other games a seat has its
own term only: a policy that stays where it is is still unregularised (both terms vanish), and so a Nash equilibrium in
every situation that play reaches, but nothing is known about whether the dynamics come to rest.

Where the source corrects for replay with v-trace, here play is on-policy, and what followed each action is averaged
over all plays of the batch that share a situation; an action that was not tried keeps the critic's value.
"""

from typing import Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from olivebranch.agents.checkpoint import State
from olivebranch.agents.deep.parts.situations import Decisions, Steps, distinct_situations, own_steps, play
from olivebranch.agents.policies.behaviour import Policies
from olivebranch.agents.policies.network import NetworkPolicy, masked_log_probabilities, perceptron
from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings import SampledSettings
from olivebranch.agents.visits import Visits
from olivebranch.envs.batched import BatchedGame
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.games.information import InformationStates


class RNaDSettings(SampledSettings):
    """See :class:`RNaD`."""

    kind: Literal["r-nad"] = "r-nad"
    episodes: int = Field(default=3_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=1000, ge=1, description="episodes between two updates")
    hidden: tuple[int, ...] = Field(default=(32, 32), description="widths of the hidden layers")
    learning_rate: Scheduled = Field(default=geometric(0.01, 0.0003), description="Adam's step")
    eta: float = Field(default=0.2, gt=0, description="weight of the regularisation, in units of payoff")
    replace_every: int = Field(default=100, ge=1, description="updates between two regularisation policies")
    slow_rate: float = Field(default=0.05, gt=0, le=1, description="share of the way the slow copy moves per update")
    trace: float = Field(default=0.95, ge=0, le=1, description="lambda of the returns")
    logit_threshold: float = Field(default=4.0, gt=0, description="beta: how far centred logits are pushed")
    value_coefficient: float = Field(default=0.5, ge=0, description="weight of the critic's loss")
    max_gradient_norm: float = Field(default=0.5, gt=0, description="of policy and critic together")


def is_zero_sum(game: CompiledGame) -> bool:
    """Whether the game has two players whose rewards sum to zero on every edge."""
    return game.n_players == 2 and bool(np.allclose(game.edge_reward.sum(axis=1), 0.0))


def neurd_loss(
    logits: torch.Tensor, action_mask: torch.Tensor, advantage: torch.Tensor, threshold: float
) -> torch.Tensor:
    """The NeuRD loss of each situation, ``[n]``: minus the sum of logit times advantage over legal actions.

    Args:
        logits: ``[n, n_actions]``; they are centred over legal actions here.
        action_mask: same shape.
        advantage: same shape, constant.
        threshold: a centred logit beyond it (either way) is pushed no further.
    """
    legal = action_mask.float()
    centred = (logits - (logits * legal).sum(1, keepdim=True) / legal.sum(1, keepdim=True)) * legal
    with torch.no_grad():
        free = torch.where(advantage > 0, centred < threshold, centred > -threshold)
    return -(centred * torch.where(free, advantage, torch.zeros_like(advantage))).sum(dim=1)


def returns(steps: Steps, value: FloatArray, paid: FloatArray, trace: float) -> tuple[FloatArray, FloatArray]:
    """What followed each step's action, and the critic's target there, both ``[n]``.

    The target is that less ``paid``, the seat's own term for the action it took; what follows an action is its reward
    and a mixture of the next decision's target (``trace``) and value (the rest).
    """
    after, target = np.zeros(len(value)), np.zeros(len(value))
    # Later stages stand later, so a decision's successor has been done before it: one pass for each own decision.
    pending = steps.following < 0
    done = np.zeros(len(value), dtype=np.bool_)
    while pending.any():
        ahead = steps.following[pending]
        carried = np.where(ahead >= 0, trace * target[ahead] + (1 - trace) * value[ahead], 0.0)
        after[pending] = steps.reward[pending] + carried
        target[pending] = after[pending] - paid[pending]
        done |= pending
        pending = ~done & done[steps.following]
    return after, target


class Seat:
    """Policy, critic, slow copy and regularisation policy of one seat."""

    def __init__(self, width: int, n_actions: int, settings: RNaDSettings, generator: torch.Generator) -> None:
        self.policy = NetworkPolicy(perceptron([width, *settings.hidden, n_actions], 0.01, generator))
        self.critic = perceptron([width, *settings.hidden, 1], 1.0, generator)
        self.slow, self.regularisation = self.policy.copy(), self.policy.copy()
        self.parameters = [*self.policy.network.parameters(), *self.critic.parameters()]

    def networks(self) -> nn.ModuleDict:
        """The seat's networks by name, for a checkpoint."""
        policies = {"policy": self.policy, "slow": self.slow, "regularisation": self.regularisation}
        return nn.ModuleDict({**{name: p.network for name, p in policies.items()}, "critic": self.critic})

    def log_ratio(self, states: InformationStates) -> FloatArray:
        """The logarithm of policy over regularisation policy, ``[n, n_actions]``; it is zero where illegal."""
        observation, mask = torch.from_numpy(states.observation), torch.from_numpy(states.action_mask)
        with torch.no_grad():
            logs, past = (
                masked_log_probabilities(policy.network(observation).double(), mask)
                for policy in (self.policy, self.regularisation)
            )
        ratio: FloatArray = torch.where(mask, logs - past, 0.0).numpy()
        return ratio


class RNaD:
    """R-NaD in all seats of a game at once."""

    settings_class = RNaDSettings

    def __init__(self, game: CompiledGame, settings: RNaDSettings, seed: int) -> None:
        self.game, self.settings = game, settings
        chance, weights = np.random.SeedSequence(seed).spawn(2)
        self.generator = np.random.default_rng(chance)
        self.batch = BatchedGame(game, settings.batch, self.generator)
        generator = torch.Generator().manual_seed(int(weights.generate_state(1)[0]))
        width = self.batch.encoder.width
        self.seats = [Seat(width, game.n_actions, settings, generator) for _ in range(game.n_players)]
        # No parameter is shared, so one optimiser on the sum of losses is one optimiser for each seat.
        every = [parameter for seat in self.seats for parameter in seat.parameters]
        self.optimiser = torch.optim.Adam(every, betas=(0.0, 0.999), eps=1e-5, fused=True)
        self.zero_sum = is_zero_sum(game)
        self.done = 0

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    def update(self) -> None:
        """See :class:`Learner`."""
        decisions, rewards = play(self.batch, self._choose, self.generator)
        if self.zero_sum:
            for seat, taken in enumerate(decisions):
                self._pay_opponent(seat, taken, rewards)
        progress = self.done / self.total_updates
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate.at(progress)
        self.optimiser.zero_grad()
        for seat, taken in enumerate(decisions):
            if taken:
                self._loss(seat, own_steps(taken, rewards[:, :, seat])).backward()  # type: ignore[no-untyped-call]
        for learning in self.seats:
            nn.utils.clip_grad_norm_(learning.parameters, self.settings.max_gradient_norm)
        self.optimiser.step()
        self.done += 1
        self._follow()

    def watch(self, visits: Visits) -> None:
        """See :class:`olivebranch.agents.visits.Watchable`."""
        self.batch.watcher = visits.in_plays(self.batch.size)

    def _choose(self, seat: int, states: InformationStates, situation: IntArray, rows: IntArray) -> FloatArray:
        return self.seats[seat].policy.action_probabilities(states)[situation]

    def _pay_opponent(self, seat: int, taken: list[Decisions], rewards: FloatArray) -> None:
        """Add to ``rewards`` what ``seat`` pays for its actions, on the other seat's side."""
        for decision in taken:
            states, situation = distinct_situations(self.batch.encoder, seat, decision.keys)
            paid = self.settings.eta * self.seats[seat].log_ratio(states)[situation, decision.action]
            rewards[decision.stage, decision.rows, 1 - seat] += paid

    def _loss(self, seat: int, steps: Steps) -> torch.Tensor:
        """The loss of policy and critic of ``seat``, weighted by how often each situation was met, a scalar."""
        settings, learning = self.settings, self.seats[seat]
        states, situation = distinct_situations(self.batch.encoder, seat, steps.keys)
        observation, mask = torch.from_numpy(states.observation), torch.from_numpy(states.action_mask)
        cost = settings.eta * learning.log_ratio(states)
        critic = learning.critic(observation).squeeze(1)
        logits = learning.policy.network(observation)
        value = critic.detach().double().numpy()
        after, target = returns(steps, value[situation], cost[situation, steps.action], settings.trace)
        probabilities = masked_log_probabilities(logits.detach().double(), mask).exp().numpy()
        gain = advantages(situation, steps.action, after, value, cost, probabilities, states.action_mask)
        met = np.bincount(situation, minlength=len(value))
        weight = torch.from_numpy(met / met.sum()).float()
        aim = torch.from_numpy(np.bincount(situation, target, minlength=len(value)) / met).float()
        policy_loss = neurd_loss(logits, mask, torch.from_numpy(gain).float(), settings.logit_threshold)
        loss: torch.Tensor = (weight * (policy_loss + settings.value_coefficient * (critic - aim).square())).sum()
        return loss

    def _follow(self) -> None:
        with torch.no_grad():
            for seat in self.seats:
                pairs = zip(seat.slow.network.parameters(), seat.policy.network.parameters(), strict=True)
                for slow, fast in pairs:
                    slow.lerp_(fast, self.settings.slow_rate)
        if self.done % self.settings.replace_every == 0:
            for seat in self.seats:
                seat.regularisation = seat.slow.copy()

    def policies(self) -> dict[str, Policies]:
        """See :class:`Learner`; ``average`` is the slow copy, whose weights follow those of ``last``."""
        return {
            "last": tuple(seat.policy.copy() for seat in self.seats),
            "average": tuple(seat.slow.copy() for seat in self.seats),
        }

    def state(self) -> State:
        """See :class:`Learner`."""
        return {
            "done": self.done,
            "generator": self.generator.bit_generator.state,
            "seats": [seat.networks().state_dict() for seat in self.seats],
            "optimiser": self.optimiser.state_dict(),
        }

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.done = state["done"]
        self.generator.bit_generator.state = state["generator"]
        for seat, weights in zip(self.seats, state["seats"], strict=True):
            seat.networks().load_state_dict(weights)
        self.optimiser.load_state_dict(state["optimiser"])


def advantages(
    situation: IntArray,
    action: IntArray,
    after: FloatArray,
    value: FloatArray,
    cost: FloatArray,
    probabilities: FloatArray,
    action_mask: BoolArray,
) -> FloatArray:
    """Advantage of each action in each situation under transformed rewards, ``[n_situations, n_actions]``.

    Args:
        situation, action, after: of each step, ``[n]``; ``after`` is what followed the action.
        value: the critic's, ``[n_situations]``.
        cost: what each action costs beside, ``[n_situations, n_actions]``.
        probabilities, action_mask: of each action, same shape.
    """
    cell = situation * cost.shape[1] + action
    tried = np.bincount(cell, minlength=cost.size).reshape(cost.shape)
    total = np.bincount(cell, after, minlength=cost.size).reshape(cost.shape)
    mean = np.where(tried > 0, total / np.maximum(tried, 1), value[:, None])
    quality = mean - cost
    result: FloatArray = np.where(action_mask, quality - (probabilities * quality).sum(axis=1, keepdims=True), 0.0)
    return result
