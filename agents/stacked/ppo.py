"""Independent PPO in many signalling games and seeds at once: small networks, stacked, by batched matrix products.

The algorithm is that of :mod:`olivebranch.agents.deep.ppo`, in law, for updates without minibatches. A run has
networks of its own: actor and critic of either seat, each weight matrix a slice of one tensor ``[runs, in, out]``.
Adam works number by number, so one optimiser serves all. Two things make it cheap, and change nothing:

- a seat of a signalling game has a handful of situations (its types, or the messages that it may hear), so networks are
  asked about these and no others;
- plays that take the same course count alike in every sum of the loss. So a batch of plays is its counts, drawn from
  the multinomial distribution that plays one by one would give.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from olivebranch.agents.average import AveragePeriod
from olivebranch.agents.deep.ppo import PPOSettings
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay, StackedVisits, States
from olivebranch.agents.stacked.parts.begin import start_behaviour
from olivebranch.agents.stacked.parts.runs import RunGames
from olivebranch.agents.stacked.parts.views import View
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start, UniformStart
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import BoolArray, FloatArray

Layers = list[tuple[torch.Tensor, torch.Tensor]]

TREMBLE = 1e-3  # share of uniform play in a start: probabilities of zero have no logarithm
NEVER = -1e9  # added to the output of an illegal action: its probability is exactly zero


def stacked_perceptron(runs: int, widths: list[int], last_gain: float, generator: torch.Generator) -> Layers:
    """Weights and biases of ``runs`` networks as :func:`olivebranch.agents.policies.network.perceptron` draws them.

    A matrix with orthonormal rows or columns, uniformly distributed, is the Q of a normal one (Mezzadri, Notices of
    the AMS 54, 2007); its transpose where it is wide.
    """
    layers: Layers = []
    for number, (before, after) in enumerate(pairwise(widths)):
        gain = last_gain if number == len(widths) - 2 else 2**0.5
        normal = torch.randn(runs, max(before, after), min(before, after), generator=generator)
        q, r = torch.linalg.qr(normal)
        q = q * torch.diagonal(r, dim1=1, dim2=2).sign()[:, None, :]
        weight = gain * (q if before >= after else q.transpose(1, 2))
        layers.append((weight.contiguous().requires_grad_(), torch.zeros(runs, 1, after).requires_grad_()))
    return layers


def last_hidden(layers: Layers, observation: torch.Tensor) -> torch.Tensor:
    """What every run's last layer sees for the situations ``[situations, width]``: ``[runs, situations, width]``."""
    hidden = observation.expand(len(layers[0][0]), -1, -1)
    for weight, bias in layers[:-1]:
        hidden = torch.baddbmm(bias, hidden, weight).tanh()
    return hidden


def forward(layers: Layers, observation: torch.Tensor) -> torch.Tensor:
    """Outputs of every run's network for the situations ``[situations, width]``: ``[runs, situations, out]``."""
    weight, bias = layers[-1]
    return torch.baddbmm(bias, last_hidden(layers, observation), weight)


@dataclass
class StackedSeat:
    """Actor, critic and magnet of one seat in every run, and what the last batch of plays told it.

    Attributes:
        observation: ``[situations, width]``.
        columns: of the actor's outputs that belong to the actions, ``[situations, actions]``.
        mask: what is added to them, ``[runs, situations, actions]``: ``NEVER`` where an action is not legal. None where
            all are.
        actor, critic, magnet: networks.
        payoff: ``[runs, situation, action, fate]``, where the fate is what the seat does not choose or see.
    """

    observation: torch.Tensor
    columns: torch.Tensor
    mask: torch.Tensor | None
    actor: Layers
    critic: Layers
    magnet: Layers
    payoff: torch.Tensor

    @classmethod
    def draw(
        cls, view: View, legal: BoolArray, payoff: torch.Tensor, hidden: tuple[int, ...], generator: torch.Generator
    ) -> "StackedSeat":
        """With fresh networks, one for each run: ``legal`` is ``[runs, situations, actions]``."""
        widths = [view.observation.shape[1], *hidden]
        actor = stacked_perceptron(len(legal), [*widths, view.n_actions], 0.01, generator)
        critic = stacked_perceptron(len(legal), [*widths, 1], 1.0, generator)
        mask = None if legal.all() else torch.from_numpy(np.where(legal, 0.0, NEVER)).float()
        observation, columns = torch.from_numpy(view.observation), torch.from_numpy(view.columns)
        return cls(observation, columns, mask, actor, critic, _copied(actor), payoff)

    @property
    def parameters(self) -> list[torch.Tensor]:
        """All that is learned."""
        return [tensor for layers in (self.actor, self.critic) for pair in layers for tensor in pair]

    def log_probabilities(self, layers: Layers) -> torch.Tensor:
        """Of the actions, ``[runs, situation, action]``."""
        outputs = forward(layers, self.observation)
        scores = outputs.gather(2, self.columns.expand(len(outputs), -1, -1))
        return torch.log_softmax(scores if self.mask is None else scores + self.mask, dim=2)

    def values(self) -> torch.Tensor:
        """What the critics think of each situation, ``[runs, situation]``."""
        return forward(self.critic, self.observation).squeeze(2)

    def begin_with(self, wanted: FloatArray) -> None:
        """Change the last layer of every run's actor, as little as possible, so that it and the magnet behave as
        ``wanted``: probabilities, ``[runs, situation, action]``, zero where an action is not legal and nowhere else."""
        with torch.no_grad():
            outputs = forward(self.actor, self.observation)
            columns = self.columns.expand(len(outputs), -1, -1)
            logs = torch.from_numpy(np.log(np.where(wanted > 0, wanted, 1.0))).float()
            goal = outputs.scatter(2, columns, logs)
            self.actor[-1][0].add_(torch.linalg.pinv(last_hidden(self.actor, self.observation)) @ (goal - outputs))
        self.magnet = _copied(self.actor)


def learn(
    games: StackedGames,
    settings: PPOSettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`.

    Each seat decides once a play, so ``discount`` and ``gae`` are without effect. All randomness comes from the first
    run's generator. In uniform play networks begin as they are drawn; otherwise the last layer of each actor is changed
    as little as makes it play the start, mixed with a thousandth of uniform play.

    Raises:
        ParameterError: ``settings.minibatches`` is not 1, or some type cannot send some message.
    """
    if settings.minibatches != 1:
        raise ParameterError(
            "learner.minibatches", settings.minibatches, "1, the only number that stacked networks know"
        )
    if games.views is None:
        raise ParameterError("learner.kind", settings.kind, "another kind where not every type can send every message")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums over several threads may round differently
    try:
        return _learn(games, settings, states.copy(), start, response)
    finally:
        torch.set_num_threads(threads)


def _learn(
    games: StackedGames, settings: PPOSettings, states: States, start: Start, response: BestResponse | None
) -> StackedOutcome:
    assert games.views is not None
    (cells, seeds), runs = states.shape[:2], states[..., 0].size
    chance, weights = np.random.SeedSequence(int(states[0, 0, 0] & np.uint64(0xFFFFFFFF))).spawn(2)
    numbers = np.random.default_rng(chance)
    generator = torch.Generator().manual_seed(int(weights.generate_state(1)[0]))
    counted = games.in_units()
    payoffs = [torch.from_numpy(np.repeat(t, seeds, axis=0)).float() for t in (counted.sender, counted.receiver)]
    # the receiver's situation is the message, its action the reply, its fate the type
    fated = [payoffs[0], payoffs[1].permute(0, 2, 3, 1)]
    begin = start_behaviour(games, start, states)
    first = [table.reshape(runs, *table.shape[2:]) for table in (begin.sender, begin.receiver)]
    legal = [np.repeat(table, seeds, axis=0) for table in games.legal]
    seats = []
    for view, allowed, payoff, wanted in zip(games.views, legal, fated, first, strict=True):
        seat = StackedSeat.draw(view, allowed, payoff, settings.hidden, generator)
        if not isinstance(start, UniformStart):
            even = allowed / allowed.sum(axis=2, keepdims=True)
            seat.begin_with((1.0 - TREMBLE) * wanted + TREMBLE * even)
        seats.append(seat)
    learning = seats if response is None else seats[:1]
    optimiser = torch.optim.Adam(
        [tensor for seat in learning for tensor in seat.parameters],
        betas=(settings.momentum, 0.999),
        eps=1e-5,
        fused=True,
    )
    game, reply = RunGames.of(games, seeds), np.moveaxis(first[1], 0, -1).copy()

    def behave() -> list[FloatArray]:
        """Of both seats now; a receiver that responds moves."""
        tables = [_behaviour(seat) for seat in learning]
        if response is not None:
            reply[...] += response.rate * (game.responses(np.moveaxis(tables[0], 0, -1), reply) - reply)
            tables.append(np.moveaxis(reply, -1, 0).copy())
        return tables

    prior = np.repeat(games.prior, seeds, axis=0)
    total = settings.updates()
    due = AveragePeriod(total, settings.average_from).evenly(settings.snapshots)
    behaviour = behave()
    sums = [np.zeros_like(table) for table in behaviour]
    plays, last_update = np.zeros_like(behaviour[0]), np.zeros_like(behaviour[0])
    for done in range(total):
        counts = draw_counts(prior, behaviour[0], behaviour[1], settings.batch, numbers)
        weighted = torch.from_numpy(counts / settings.batch).float()
        shares = [weighted, weighted.permute(0, 2, 3, 1)][: len(learning)]
        update(learning, shares, optimiser, settings, done / total)
        sent = counts.sum(axis=3)
        plays += sent
        last_update[sent > 0] = done + 1
        behaviour = behave()
        if done + 1 in due:
            for kept, table in zip(sums, behaviour, strict=True):
                kept += table / len(due)
    last, average = (
        StackedPlay(*(table.reshape(cells, seeds, *table.shape[1:]) for table in tables))
        for tables in (behaviour, sums)
    )
    visits = StackedVisits(*(table.reshape(cells, seeds, *table.shape[1:]) for table in (plays, last_update)))
    return StackedOutcome(last, average, None, visits)


def draw_counts(
    prior: FloatArray, sender: FloatArray, receiver: FloatArray, plays: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """How many of ``plays`` plays take each course: ``[runs, type, message, reply]``, every run by itself."""
    joint = prior[:, :, None, None] * sender[..., None] * receiver[:, None]
    flat = joint.reshape(len(joint), -1)
    counts = generator.multinomial(plays, flat / flat.sum(axis=1, keepdims=True))
    return counts.reshape(joint.shape)


def update(
    seats: list[StackedSeat],
    shares: list[torch.Tensor],
    optimiser: torch.optim.Optimizer,
    settings: PPOSettings,
    progress: float,
) -> None:
    """Some passes over one batch of plays, whose shares are ``[runs, situation, action, fate]`` for each seat."""
    for group in optimiser.param_groups:
        group["lr"] = settings.learning_rate.at(progress)
    fixed = []
    for seat, share in zip(seats, shares, strict=True):
        with torch.no_grad():
            old = seat.log_probabilities(seat.actor)
            advantage = seat.payoff - seat.values()[:, :, None, None]
            if settings.normalise_advantages:
                mean = (share * advantage).sum(dim=(1, 2, 3), keepdim=True)
                square = (share * (advantage - mean).square()).sum(dim=(1, 2, 3), keepdim=True)
                advantage = (advantage - mean) / ((square * settings.batch / max(settings.batch - 1, 1)).sqrt() + 1e-8)
            fixed.append((share, old, advantage, seat.log_probabilities(seat.magnet)))
    for _ in range(settings.epochs):
        optimiser.zero_grad()
        losses = [seat_loss(seat, *known, settings, progress) for seat, known in zip(seats, fixed, strict=True)]
        torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
        for seat in seats:
            clip_gradients(seat.parameters, settings.max_gradient_norm)
        optimiser.step()
    with torch.no_grad():
        for seat in seats:
            for (slow, slow_bias), (fast, fast_bias) in zip(seat.magnet, seat.actor, strict=True):
                slow.lerp_(fast, settings.magnet_rate)
                slow_bias.lerp_(fast_bias, settings.magnet_rate)


def seat_loss(
    seat: StackedSeat,
    share: torch.Tensor,
    old: torch.Tensor,
    advantage: torch.Tensor,
    slow: torch.Tensor,
    settings: PPOSettings,
    progress: float,
) -> torch.Tensor:
    """The sum of all runs' losses: clipped surrogate, value error, entropy and magnet, as in ``agents.deep.ppo``."""
    logs = seat.log_probabilities(seat.actor)
    probabilities = logs.exp()
    ratio = (logs - old).exp()[..., None]
    clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip)
    gain = (share * torch.minimum(ratio * advantage, clipped * advantage)).sum()
    value_error = (share * (seat.values()[:, :, None, None] - seat.payoff).square()).sum()
    met = share.sum(dim=(2, 3))  # how often each situation came up
    entropy = -(met * (probabilities * logs).sum(dim=2)).sum()
    loss = settings.value_coefficient * value_error - gain - settings.entropy.at(progress) * entropy
    pull = settings.magnet.at(progress)
    if pull > 0:
        loss = loss + pull * (met * (probabilities * (logs - slow)).sum(dim=2)).sum()
    return loss


def clip_gradients(parameters: list[torch.Tensor], norm: float) -> None:
    """Scale each run's gradient, over all of ``parameters``, down to ``norm`` where it is longer."""
    gradients = [tensor.grad for tensor in parameters if tensor.grad is not None]
    lengths = torch.stack([torch.linalg.vector_norm(gradient, dim=(1, 2)) for gradient in gradients])
    scale = (norm / (torch.linalg.vector_norm(lengths, dim=0) + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(scale[:, None, None])


def _behaviour(seat: StackedSeat) -> FloatArray:
    with torch.no_grad():
        probabilities: FloatArray = seat.log_probabilities(seat.actor).double().exp().numpy()
    return probabilities


def _copied(layers: Layers) -> Layers:
    return [(weight.detach().clone(), bias.detach().clone()) for weight, bias in layers]
