"""Regularised Nash dynamics: every seat learns against its own slowly replaced past.

Perolat et al., "Mastering the game of Stratego with model-free multiagent reinforcement learning" (Science 378, 2022;
arXiv:2206.15378) and, for the theory, Perolat et al., "From Poincare recurrence to convergence in imperfect
information games" (ICML 2021). Three steps are repeated. Rewards are transformed: a seat pays
``eta * log(policy / regularisation policy)`` for each of its own actions. Under these rewards the policies follow the
replicator dynamics, in networks by NeuRD (Hennes et al., "Neural replicator dynamics", AAMAS 2020): logits move by
advantages and not by probability times advantage. Training has ``rounds`` equal parts; at the beginning of each the
slow copy of the policy becomes the regularisation policy, and in the first half of the part the logarithm of the old
one is blended into that of the new one in a straight line, so that rewards never jump.

Of an action a that was drawn with probability mu(a) and followed by G, the estimate of its value is

    q(b) = v - eta log(pi(b) / reg(b)) + [b = a] (G - v) / mu(a)        for all legal b,

where v is the slow critic's value: the correction by 1 / mu makes it unbiased for every action, however rarely drawn.
This is the v-trace estimate of the source where play is on-policy, as it is here, so that all its ratios are one.

In a two-player zero-sum game the source also pays each seat what the other seat pays, so that the transformed game is
zero-sum too: the dynamics then converge to its only equilibrium, and the sequence of these to one of the game. This
term is there exactly if the game is one of two players whose rewards sum to zero. In all other games a seat has its
own term only: a policy that stays where it is is still unregularised (both terms vanish), and so a Nash equilibrium in
every situation that play reaches, but nothing is known about whether the dynamics come to rest.
"""

from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from olivebranch.agents.checkpoint import State
from olivebranch.agents.deep.parts.diagnostics import explained_variance, policy_diagnostics
from olivebranch.agents.deep.parts.magnets import begins_round, move_towards
from olivebranch.agents.deep.parts.situations import Steps, distinct_situations, own_steps, play
from olivebranch.agents.learner import Answer
from olivebranch.agents.payoffs import in_units, is_zero_sum
from olivebranch.agents.policies.behaviour import Policies
from olivebranch.agents.policies.network import NetworkPolicy, masked_log_probabilities, perceptron
from olivebranch.agents.schedule import Scheduled, geometric
from olivebranch.agents.settings import SampledSettings, Widths
from olivebranch.agents.visits import Visits
from olivebranch.envs.batched import BatchedGame
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.games.information import InformationStates

CLIP_SHOWN = 0.2  # a ratio beyond it counts in the diagnostics; nothing is clipped by it


class RNaDSettings(SampledSettings):
    """See :class:`RNaD`."""

    kind: Literal["r-nad"] = "r-nad"
    episodes: int = Field(default=1_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=1000, ge=1, description="episodes between two updates")
    hidden: Widths = Field(default=(32, 32), description="widths of the hidden layers")
    learning_rate: Scheduled = Field(default=geometric(0.005, 0.001, until=0.5), description="Adam's step")
    eta: float = Field(default=0.2, gt=0, description="weight of the regularisation, in units of payoff")
    rounds: int = Field(default=20, ge=1, description="equal parts of training, each with its regularisation policy")
    slow_rate: float = Field(default=0.01, gt=0, le=1, description="share of the way the slow copy moves per update")
    trace: float = Field(default=1.0, ge=0, le=1, description="lambda of the returns")
    logit_threshold: float = Field(default=4.0, gt=0, description="beta: how far centred logits are pushed")
    advantage_clip: float = Field(default=10_000.0, gt=0, description="beyond which an advantage is cut off")
    max_gradient_norm: float = Field(default=10_000.0, gt=0, description="of each policy and each critic by itself")


def blend(done: int, total: int, rounds: int) -> float:
    """alpha: the weight of the newest regularisation policy, after ``done`` of ``total`` updates, in [0, 1].

    It rises from 0 to 1 in the first half of each of ``rounds`` equal parts of training.
    """
    return min(2.0 * ((done * rounds) % total) / total, 1.0)


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

    The target is that less ``paid``, the seat's own expected term there; what follows an action is its reward and a
    mixture of the next decision's target (``trace``) and value (the rest).
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
    """Policy, critic, slow copies of both, and the two last regularisation policies of one seat."""

    def __init__(self, width: int, n_actions: int, settings: RNaDSettings, generator: torch.Generator) -> None:
        self.policy = NetworkPolicy(perceptron([width, *settings.hidden, n_actions], 0.01, generator))
        self.critic = perceptron([width, *settings.hidden, 1], 1.0, generator)
        self.slow, self.newest, self.older = (self.policy.copy() for _ in range(3))
        self.slow_critic = NetworkPolicy(self.critic).copy().network

    def networks(self) -> nn.ModuleDict:
        """The seat's networks by name, for a checkpoint."""
        policies = {"policy": self.policy, "slow": self.slow, "newest": self.newest, "older": self.older}
        critics = {"critic": self.critic, "slow_critic": self.slow_critic}
        return nn.ModuleDict({**{name: p.network for name, p in policies.items()}, **critics})

    def logs(self, policy: NetworkPolicy, states: InformationStates) -> torch.Tensor:
        """Logarithms of the probabilities of ``policy``, float64 ``[n, n_actions]``, without gradient."""
        with torch.no_grad():
            logits = policy.network(torch.from_numpy(states.observation)).double()
            return masked_log_probabilities(logits, torch.from_numpy(states.action_mask))

    def log_ratio(self, states: InformationStates, alpha: float) -> FloatArray:
        """The logarithm of policy over blended regularisation policy, ``[n, n_actions]``; it is zero where illegal."""
        newest, older = self.logs(self.newest, states), self.logs(self.older, states)
        ratio = self.logs(self.policy, states) - (alpha * newest + (1.0 - alpha) * older)
        found: FloatArray = torch.where(torch.from_numpy(states.action_mask), ratio, 0.0).numpy()
        return found


class RNaD:
    """R-NaD in all seats of a game at once."""

    settings_class = RNaDSettings
    answer: ClassVar[Answer] = "average"

    def __init__(self, game: CompiledGame, settings: RNaDSettings, seed: int) -> None:
        self.game, self.settings = in_units(game), settings
        chance, weights = np.random.SeedSequence(seed).spawn(2)
        self.generator = np.random.default_rng(chance)
        self.batch = BatchedGame(self.game, settings.batch, self.generator)
        generator = torch.Generator().manual_seed(int(weights.generate_state(1)[0]))
        width = self.batch.encoder.width
        self.seats = [Seat(width, game.n_actions, settings, generator) for _ in range(game.n_players)]
        # No parameter is shared, so one optimiser on the sum of losses is one optimiser for each network.
        self._networks = [network for seat in self.seats for network in (seat.policy.network, seat.critic)]
        every = [parameter for network in self._networks for parameter in network.parameters()]
        self.optimiser = torch.optim.Adam(every, betas=(0.0, 0.999), eps=1e-7, fused=True)
        self.zero_sum = is_zero_sum(game)
        self.done = 0
        self._last: dict[int, dict[str, torch.Tensor]] = {}  # by seat, of the last batch, for diagnostics

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    @property
    def alpha(self) -> float:
        """The weight of the newest regularisation policy now."""
        return blend(self.done, self.total_updates, self.settings.rounds)

    def update(self) -> None:
        """See :class:`Learner`."""
        decisions, rewards = play(self.batch, self._choose, self.generator)
        chosen = [own_steps(taken, rewards[:, :, seat]) if taken else None for seat, taken in enumerate(decisions)]
        if self.zero_sum:  # what each seat is expected to pay where it decides, the other is paid
            paid = [self._expected_cost(seat, steps) if steps else None for seat, steps in enumerate(chosen)]
            for seat, (taken, cost) in enumerate(zip(decisions, paid, strict=True)):
                start = 0
                for decision in taken:
                    assert cost is not None
                    rewards[decision.stage, decision.rows, 1 - seat] += cost[start : start + len(decision.rows)]
                    start += len(decision.rows)
            chosen = [own_steps(taken, rewards[:, :, seat]) if taken else None for seat, taken in enumerate(decisions)]
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate.at(self.done / self.total_updates)
        self.optimiser.zero_grad()
        self._last = {}
        for seat, steps in enumerate(chosen):
            if steps is not None:
                self.loss(seat, steps).backward()  # type: ignore[no-untyped-call]
        norms = [
            nn.utils.clip_grad_norm_(network.parameters(), self.settings.max_gradient_norm)
            for network in self._networks
        ]
        for seat, kept in self._last.items():
            kept["norm"] = norms[2 * seat]
        self.optimiser.step()
        self.done += 1
        self._follow()

    def watch(self, visits: Visits) -> None:
        """See :class:`olivebranch.agents.visits.Watchable`."""
        self.batch.watcher = visits.in_plays(self.batch.size)

    def _choose(self, seat: int, states: InformationStates, situation: IntArray, rows: IntArray) -> FloatArray:
        return self.seats[seat].policy.action_probabilities(states)[situation]

    def _expected_cost(self, seat: int, steps: Steps) -> FloatArray:
        """What ``seat`` is expected to pay at each of its decisions, eta times a divergence, ``[n]``."""
        states, situation = distinct_situations(self.batch.encoder, seat, steps.keys)
        learning = self.seats[seat]
        probabilities = learning.policy.action_probabilities(states)
        cost = self.settings.eta * learning.log_ratio(states, self.alpha)
        expected: FloatArray = (probabilities * cost).sum(axis=1)[situation]
        return expected

    def loss(self, seat: int, steps: Steps) -> torch.Tensor:
        """The loss of policy and critic of ``seat``, means over its decisions ``steps``, a scalar."""
        settings, learning = self.settings, self.seats[seat]
        states, situation = distinct_situations(self.batch.encoder, seat, steps.keys)
        observation, mask = torch.from_numpy(states.observation), torch.from_numpy(states.action_mask)
        cost = settings.eta * learning.log_ratio(states, self.alpha)
        with torch.no_grad():
            value = learning.slow_critic(observation).squeeze(1).double().numpy()
        critic = learning.critic(observation).squeeze(1)
        logits = learning.policy.network(observation)
        logs = masked_log_probabilities(logits.detach().double(), mask)
        probabilities = logs.exp().numpy()
        paid = (probabilities * cost).sum(axis=1)
        after, target = returns(steps, value[situation], paid[situation], settings.trace)
        gain = advantages(situation, steps.action, after, value, cost, probabilities, states.action_mask)
        gain = np.clip(gain, -settings.advantage_clip, settings.advantage_clip)
        met = np.bincount(situation, minlength=len(value))
        weight = torch.from_numpy(met / met.sum()).float()
        aim = torch.from_numpy(np.bincount(situation, target, minlength=len(value)) / met).float()
        policy_loss = neurd_loss(logits, mask, torch.from_numpy(gain).float(), settings.logit_threshold)
        self._last[seat] = {
            "observation": observation,
            "mask": mask,
            "logs": logs,
            "situation": torch.from_numpy(situation),
            "action": torch.from_numpy(steps.action),
            "value": torch.from_numpy(value[situation]),
            "target": torch.from_numpy(target),
        }
        loss: torch.Tensor = (weight * (policy_loss + (critic - aim).square())).sum()
        return loss

    def _follow(self) -> None:
        for seat in self.seats:
            move_towards(seat.slow.network, seat.policy.network, self.settings.slow_rate)
            move_towards(seat.slow_critic, seat.critic, self.settings.slow_rate)
            if begins_round(self.done, self.total_updates, self.settings.rounds):
                seat.older, seat.newest = seat.newest, seat.slow.copy()

    def policies(self) -> dict[str, Policies]:
        """See :class:`Learner`; ``average`` is the slow copy, whose weights follow those of ``last``: the answer."""
        return {
            "last": tuple(seat.policy.copy() for seat in self.seats),
            "average": tuple(seat.slow.copy() for seat in self.seats),
        }

    def diagnostics(self) -> dict[str, float]:
        """See :class:`Learner`: of the last batch, by player; see :mod:`olivebranch.agents.deep.parts.diagnostics`."""
        found = {}
        for seat, kept in self._last.items():
            with torch.no_grad():
                logits = self.seats[seat].policy.network(kept["observation"]).double()
            logs = masked_log_probabilities(logits, kept["mask"])
            numbers = policy_diagnostics(logs, kept["logs"], kept["situation"], kept["action"], CLIP_SHOWN)
            numbers["explained_variance"] = explained_variance(kept["value"], kept["target"])
            numbers["gradient_norm"] = float(kept["norm"])
            found.update({f"{self.game.game.players[seat]}/{name}": value for name, value in numbers.items()})
        return found

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

    The mean over the steps in a situation of the estimates of the module's text, less their mean under the policy.

    Args:
        situation, action, after: of each step, ``[n]``; ``after`` is what followed the action.
        value: the critic's, ``[n_situations]``; each situation was met.
        cost: what each action costs beside, ``[n_situations, n_actions]``.
        probabilities, action_mask: of each action, same shape; actions were drawn from ``probabilities``.
    """
    surprise = (after - value[situation]) / probabilities[situation, action]
    cell = situation * cost.shape[1] + action
    met = np.bincount(situation, minlength=len(value))
    corrected = np.bincount(cell, surprise, minlength=cost.size).reshape(cost.shape) / met[:, None]
    quality = value[:, None] - cost + corrected
    result: FloatArray = np.where(action_mask, quality - (probabilities * quality).sum(axis=1, keepdims=True), 0.0)
    return result
