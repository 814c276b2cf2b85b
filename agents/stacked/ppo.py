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
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, StackedPlay
from olivebranch.core.errors import ParameterError
from olivebranch.games.actions import Action
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.games.information import ObservationEncoder
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER, RECEIVER, SENDER

Layers = list[tuple[torch.Tensor, torch.Tensor]]


def talks_observations(game: CompiledGame) -> tuple[torch.Tensor, torch.Tensor]:
    """What the seats of the talks game see where they choose: ``[type, width]`` and ``[message, width]``."""
    encoder = ObservationEncoder(game)
    start, nothing = np.zeros(2, dtype=np.int64), np.full((2, encoder.window), -1, dtype=np.int64)
    after = np.array([game.states.index(AFTER_FIGHT), game.states.index(AFTER_OFFER)])
    recent = nothing.copy()
    recent[:, 0] = [int(np.flatnonzero(game.edge_next == state)[0]) for state in after]
    sender = encoder.encode(SENDER, np.arange(2), start, nothing)
    return torch.from_numpy(sender), torch.from_numpy(encoder.encode(RECEIVER, start, after, recent))


# Columns of the actor's outputs that are legal, situation by situation, in the order of messages and replies.
LEGAL = (
    torch.tensor([[Action.FIGHT, Action.OFFER_TALKS]] * 2),
    torch.tensor([[Action.FIGHT, Action.ESCALATE], [Action.OFFER_TALKS, Action.ESCALATE]]),
)


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


def forward(layers: Layers, observation: torch.Tensor) -> torch.Tensor:
    """Outputs of every run's network for the situations ``[situations, width]``: ``[runs, situations, out]``."""
    hidden = observation.expand(len(layers[0][0]), -1, -1)
    for number, (weight, bias) in enumerate(layers):
        hidden = torch.baddbmm(bias, hidden, weight)
        if number < len(layers) - 1:
            hidden = hidden.tanh()
    return hidden


@dataclass
class StackedSeat:
    """Actor, critic and magnet of one seat in every run, and what the last batch of plays told it.

    ``payoff``: ``[runs, situation, action, fate]``, where the fate is what the seat does not choose or see.
    """

    observation: torch.Tensor
    legal: torch.Tensor
    actor: Layers
    critic: Layers
    magnet: Layers
    payoff: torch.Tensor

    @property
    def parameters(self) -> list[torch.Tensor]:
        """All that is learned."""
        return [tensor for layers in (self.actor, self.critic) for pair in layers for tensor in pair]

    def log_probabilities(self, layers: Layers) -> torch.Tensor:
        """Of the legal actions, ``[runs, situation, action]``."""
        outputs = forward(layers, self.observation)
        return torch.log_softmax(outputs.gather(2, self.legal.expand(len(outputs), -1, -1)), dim=2)

    def values(self) -> torch.Tensor:
        """What the critics think of each situation, ``[runs, situation]``."""
        return forward(self.critic, self.observation).squeeze(2)


def learn(games: StackedGames, game: CompiledGame, settings: PPOSettings, seed: int, seeds: int) -> StackedOutcome:
    """Train both seats in every game and seed.

    Args:
        games: talks games, each of them to be played by ``seeds`` runs.
        game: any compiled talks game; observations are laid out as in it.
        settings: hyperparameters. Each seat decides once a play, so ``discount`` and ``gae`` are without effect.
        seed: of all randomness.
        seeds: how many runs a game.

    Raises:
        ParameterError: ``settings.minibatches`` is not 1.
    """
    if settings.minibatches != 1:
        raise ParameterError(
            "learner.minibatches", settings.minibatches, "1, the only number that stacked networks know"
        )
    chance, weights = np.random.SeedSequence(seed).spawn(2)
    numbers = np.random.default_rng(chance)
    generator = torch.Generator().manual_seed(int(weights.generate_state(1)[0]))
    cells, runs = len(games.prior), len(games.prior) * seeds
    payoffs = [torch.from_numpy(np.repeat(table, seeds, axis=0)).float() for table in (games.sender, games.receiver)]
    # the receiver's situation is the message, its action the reply, its fate the type
    fated = [payoffs[0], payoffs[1].permute(0, 2, 3, 1)]
    seats = []
    for observation, legal, payoff in zip(talks_observations(game), LEGAL, fated, strict=True):
        widths = [observation.shape[1], *settings.hidden]
        actor = stacked_perceptron(runs, [*widths, len(Action)], 0.01, generator)
        critic = stacked_perceptron(runs, [*widths, 1], 1.0, generator)
        seats.append(StackedSeat(observation, legal, actor, critic, _copied(actor), payoff))
    optimiser = torch.optim.Adam(
        [tensor for seat in seats for tensor in seat.parameters], betas=(settings.momentum, 0.999), eps=1e-5, fused=True
    )
    prior = np.repeat(games.prior, seeds, axis=0)
    total = settings.updates()
    due = AveragePeriod(total, settings.average_from).evenly(settings.snapshots)
    behaviour = [_behaviour(seat) for seat in seats]
    sums = [np.zeros_like(table) for table in behaviour]
    for done in range(total):
        counts = draw_counts(prior, behaviour[0], behaviour[1], settings.batch, numbers)
        weighted = torch.from_numpy(counts / settings.batch).float()
        update(seats, [weighted, weighted.permute(0, 2, 3, 1)], optimiser, settings, done / total)
        behaviour = [_behaviour(seat) for seat in seats]
        if done + 1 in due:
            for kept, table in zip(sums, behaviour, strict=True):
                kept += table / len(due)
    last, average = (
        StackedPlay(*(table.reshape(cells, seeds, *table.shape[1:]) for table in tables))
        for tables in (behaviour, sums)
    )
    return StackedOutcome(last, average)


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
