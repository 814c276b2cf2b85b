"""Neural fictitious self-play: every seat learns a best response to the others, and to imitate its own past ones.

Heinrich and Silver, "Deep reinforcement learning from self-play in imperfect-information games" (arXiv:1603.01121).
Each seat has two networks. One holds values of actions and is trained as a DQN (Mnih et al., "Human-level control
through deep reinforcement learning", Nature 518, 2015) on what happened lately; playing it epsilon-greedily is the
best response. The other is trained by cross-entropy to do what the best responses did, on a uniform sample of all
they ever did; it is the average policy, the learner's answer. In each play each seat draws whether it follows its best
response (with the anticipatory probability eta) or its average, and only the former is imitated.

Since whole plays of best responses are imitated, a situation counts as often as they reached it: this is the average
by realisation weights that fictitious play asks for where a seat acts more than once (Heinrich, Lanctot and Silver,
"Fictitious self-play in extensive-form games", ICML 2015). The weight also contains how often the others and chance
let play come there, which is the same at all times only as far as the others have settled.

Exact fictitious play converges in two-player zero-sum games, which is why this is expected to come near equilibrium
there; the error that remains is that of two networks. In other games it may cycle, as fictitious play may (Shapley,
"Some topics in two-person games", 1964).
"""

from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from olivebranch.agents.checkpoint import State
from olivebranch.agents.deep.parts.replay import CircularBuffer, Columns, ReservoirBuffer
from olivebranch.agents.deep.parts.situations import Steps, distinct_situations, own_steps, play
from olivebranch.agents.learner import Answer
from olivebranch.agents.payoffs import in_units
from olivebranch.agents.policies.behaviour import Policies
from olivebranch.agents.policies.greedy import GreedyPolicy
from olivebranch.agents.policies.mixture import MixturePolicy
from olivebranch.agents.policies.network import NetworkPolicy, masked_log_probabilities, perceptron
from olivebranch.agents.schedule import Schedule, Scheduled, geometric
from olivebranch.agents.settings import SampledSettings, Widths
from olivebranch.agents.visits import Visits
from olivebranch.envs.batched import BatchedGame
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.games.information import InformationStates, ObservationEncoder


class NFSPSettings(SampledSettings):
    """See :class:`NFSP`."""

    kind: Literal["nfsp"] = "nfsp"
    episodes: int = Field(default=1_000_000, ge=1, description="episodes of training")
    batch: int = Field(default=250, ge=1, description="episodes between two updates")
    hidden: Widths = Field(default=(64,), description="widths of the hidden layers")
    anticipatory: float = Field(default=0.1, gt=0, le=1, description="eta: share of plays that follow best responses")
    epsilon: Scheduled = Field(
        default=Schedule(start=0.06, end=0.0), description="share of random actions in best responses"
    )
    value_learning_rate: Scheduled = Field(default=geometric(0.01, 0.001), description="Adam's step, best responses")
    average_learning_rate: Scheduled = Field(default=geometric(0.01, 0.0003), description="Adam's step, averages")
    # As many as in the source, which takes two steps of 128 entries for every 128 decisions.
    gradient_steps: int = Field(default=4, ge=1, description="per update, of each network")
    minibatch: int = Field(default=256, ge=1, description="entries drawn for each gradient step")
    target_every: int = Field(default=25, ge=1, description="updates between two copies to the target networks")
    replay: int = Field(default=50_000, ge=1, description="latest decisions remembered, each seat")
    reservoir: int = Field(default=1_000_000, ge=1, description="best responses' decisions remembered, each seat")


def imitation_loss(
    logits: torch.Tensor, action_mask: torch.Tensor, situation: torch.Tensor, action: torch.Tensor
) -> torch.Tensor:
    """Mean cross-entropy of the actions taken, a scalar.

    Args:
        logits: ``[n_situations, n_actions]``.
        action_mask: same shape.
        situation, action: of each entry, ``[n]``.
    """
    return -masked_log_probabilities(logits, action_mask)[situation, action].mean()


def bootstrapped(
    reward: FloatArray, continues: BoolArray, values: FloatArray, action_mask: BoolArray, situation: IntArray
) -> FloatArray:
    """DQN's targets, ``[n]``: the reward, and what the best legal action is worth at the seat's own next decision.

    Args:
        reward: ``[n]``.
        continues: whether there is a next decision, ``[n]``.
        values: of each action in the situations met next, ``[n_situations, n_actions]``.
        action_mask: same shape.
        situation: which of these each entry that continues leads to, ``[continues.sum()]``.
    """
    target = reward.copy()
    target[continues] += np.where(action_mask, values, -np.inf).max(axis=1)[situation]
    return target


class Seat:
    """The networks and memories of one seat."""

    def __init__(
        self, number: int, encoder: ObservationEncoder, settings: NFSPSettings, generator: torch.Generator
    ) -> None:
        self.number, self.encoder = number, encoder
        widths = [encoder.width, *settings.hidden, encoder.game.n_actions]
        self.values = perceptron(widths, 0.01, generator)
        self.target = NetworkPolicy(self.values).copy().network
        self.average = NetworkPolicy(perceptron(widths, 0.01, generator))
        # Situations are kept as keys (see parts/situations.py): few numbers, whatever the observation.
        keys, action = (np.int32, (2 + encoder.window,)), (np.int32, ())
        taken = {"keys": keys, "action": action}
        after = {"reward": (np.float64, ()), "continues": (np.bool_, ()), "following": keys}
        self.replay = CircularBuffer(settings.replay, {**taken, **after})
        self.reservoir = ReservoirBuffer(settings.reservoir, taken)

    def networks(self) -> nn.ModuleDict:
        """The seat's networks by name, for a checkpoint."""
        return nn.ModuleDict({"action_values": self.values, "target": self.target, "average": self.average.network})

    def remember(self, steps: Steps, best: BoolArray, generator: np.random.Generator) -> None:
        """Keep ``steps``, and in the reservoir those of plays that followed the best response (``best``, ``[n]``)."""
        continues = steps.following >= 0
        entries: Columns = {"keys": steps.keys, "action": steps.action}
        # Where play ends, -1 gives some key that nobody will read.
        after: Columns = {"reward": steps.reward, "continues": continues, "following": steps.keys[steps.following]}
        self.replay.add({**entries, **after})
        self.reservoir.add({name: column[best] for name, column in entries.items()}, generator)

    def value_loss(self, sample: Columns) -> torch.Tensor:
        """The mean square of DQN's errors on entries of ``replay``, a scalar."""
        states, situation = distinct_situations(self.encoder, self.number, sample["keys"])
        target, continues = sample["reward"], sample["continues"]
        if continues.any():
            ahead, leads_to = distinct_situations(self.encoder, self.number, sample["following"][continues])
            with torch.no_grad():
                values = self.target(torch.from_numpy(ahead.observation)).double().numpy()
            target = bootstrapped(target, continues, values, ahead.action_mask, leads_to)
        predicted = self.values(torch.from_numpy(states.observation))[situation, sample["action"]]
        return nn.functional.mse_loss(predicted, torch.from_numpy(target).float())

    def average_loss(self, sample: Columns) -> torch.Tensor:
        """The mean cross-entropy on entries of ``reservoir``, a scalar."""
        states, situation = distinct_situations(self.encoder, self.number, sample["keys"])
        logits = self.average.network(torch.from_numpy(states.observation))
        action = torch.from_numpy(sample["action"].astype(np.int64))
        return imitation_loss(logits, torch.from_numpy(states.action_mask), torch.from_numpy(situation), action)


class NFSP:
    """Neural fictitious self-play in all seats of a game at once."""

    settings_class = NFSPSettings
    answer: ClassVar[Answer] = "average"

    def __init__(self, game: CompiledGame, settings: NFSPSettings, seed: int) -> None:
        self.game, self.settings = in_units(game), settings
        chance, weights = np.random.SeedSequence(seed).spawn(2)
        self.generator = np.random.default_rng(chance)
        self.batch = BatchedGame(self.game, settings.batch, self.generator)
        generator = torch.Generator().manual_seed(int(weights.generate_state(1)[0]))
        self.seats = [Seat(number, self.batch.encoder, settings, generator) for number in range(game.n_players)]
        # No parameter is shared, so one optimiser on the sum of losses is one optimiser for each network.
        values = [parameter for seat in self.seats for parameter in seat.values.parameters()]
        averages = [parameter for seat in self.seats for parameter in seat.average.network.parameters()]
        self.optimiser = torch.optim.Adam([{"params": values}, {"params": averages}], fused=True)
        self.done = 0

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    def update(self) -> None:
        """See :class:`Learner`."""
        settings, progress = self.settings, self.done / self.total_updates
        best = self.generator.random((self.game.n_players, settings.batch)) < settings.anticipatory
        responses = self._best_responses()

        def choose(seat: int, states: InformationStates, situation: IntArray, rows: IntArray) -> FloatArray:
            average = self.seats[seat].average.action_probabilities(states)
            response = responses[seat].action_probabilities(states)
            return np.where(best[seat, rows, None], response[situation], average[situation])

        decisions, rewards = play(self.batch, choose, self.generator)
        for number, (seat, taken) in enumerate(zip(self.seats, decisions, strict=True)):
            if taken:
                followed = np.concatenate([best[number, decision.rows] for decision in taken])
                seat.remember(own_steps(taken, rewards[:, :, number]), followed, self.generator)
        schedules = (settings.value_learning_rate, settings.average_learning_rate)
        for group, schedule in zip(self.optimiser.param_groups, schedules, strict=True):
            group["lr"] = schedule.at(progress)
        for _ in range(settings.gradient_steps):
            self._descend()
        self.done += 1
        if self.done % settings.target_every == 0:
            for seat in self.seats:
                seat.target.load_state_dict(seat.values.state_dict())

    def _descend(self) -> None:
        self.optimiser.zero_grad()
        for seat in self.seats:
            for memory, loss in ((seat.replay, seat.value_loss), (seat.reservoir, seat.average_loss)):
                if len(memory):
                    sample = memory.sample(self.settings.minibatch, self.generator)
                    loss(sample).backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()

    def _best_responses(self) -> list[GreedyPolicy]:
        epsilon = self.settings.epsilon.at(self.done / self.total_updates)
        return [GreedyPolicy(seat.values, epsilon) for seat in self.seats]

    def watch(self, visits: Visits) -> None:
        """See :class:`olivebranch.agents.visits.Watchable`."""
        self.batch.watcher = visits.in_plays(self.batch.size)

    def policies(self) -> dict[str, Policies]:
        """See :class:`Learner`; ``average`` is the answer, ``last`` is what the seats play.

        The latter draws between best response and average anew in each situation (see :class:`MixturePolicy`), where
        training draws once a play.
        """
        average = tuple(seat.average.copy() for seat in self.seats)
        weights = [self.settings.anticipatory, 1 - self.settings.anticipatory]
        pairs = zip(self._best_responses(), average, strict=True)
        return {
            "last": tuple(MixturePolicy([response.copy(), mean], weights) for response, mean in pairs),
            "average": average,
        }

    def state(self) -> State:
        """See :class:`Learner`."""
        return {
            "done": self.done,
            "generator": self.generator.bit_generator.state,
            "seats": [
                {
                    "networks": seat.networks().state_dict(),
                    "replay": seat.replay.state(),
                    "reservoir": seat.reservoir.state(),
                }
                for seat in self.seats
            ],
            "optimiser": self.optimiser.state_dict(),
        }

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.done = state["done"]
        self.generator.bit_generator.state = state["generator"]
        for seat, saved in zip(self.seats, state["seats"], strict=True):
            seat.networks().load_state_dict(saved["networks"])
            seat.replay.restore(saved["replay"])
            seat.reservoir.restore(saved["reservoir"])
        self.optimiser.load_state_dict(state["optimiser"])
