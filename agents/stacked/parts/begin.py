"""What each run keeps at the start; :mod:`olivebranch.agents.stacked.start` says what this is."""

import numpy as np
from scipy.optimize import linprog

from olivebranch.agents.stacked.games import StackedGames, StackedPlay, States
from olivebranch.agents.stacked.parts.bits import Bits, uniform
from olivebranch.agents.stacked.start import ProfileStart, Start, UniformStart
from olivebranch.core.compiled import compiled
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.tree.algorithms import LOWEST_LOGIT

TOLERANCE = 1e-6  # by how much a profile's reply may miss being a best response, in units of payoff


@compiled
def draw_numbers(states: Bits, out: FloatArray) -> None:
    """Fill ``[games, seeds, n]`` with numbers in [0, 1), each run's from its own generator."""
    for game in range(out.shape[0]):
        for seed in range(out.shape[1]):
            for k in range(out.shape[2]):
                out[game, seed, k] = uniform(states[game, seed])


def log_weights(behaviour: FloatArray, axis: int = -1) -> FloatArray:
    """Logarithms of behaviour, the largest of each row (along ``axis``) zero and none below ``LOWEST_LOGIT``."""
    with np.errstate(divide="ignore"):
        logs = np.log(behaviour / behaviour.max(axis=axis, keepdims=True))
    result: FloatArray = np.maximum(logs, LOWEST_LOGIT)
    return result


def start_behaviour(games: StackedGames, start: Start, states: States) -> StackedPlay:
    """Behaviour in every run at the start; ``states`` move on where it is random."""
    legal, seeds = games.legal, states.shape[1]
    if isinstance(start, ProfileStart):
        check_profile(games, start)
        tables = [start.sender, start.receiver]
    elif isinstance(start, UniformStart):
        tables = [table / table.sum(axis=-1, keepdims=True) for table in legal]
    else:
        return StackedPlay(*(_dirichlet(table, states) for table in legal))
    return StackedPlay(*(np.repeat(table[:, None], seeds, axis=1) for table in tables))


def start_values(
    games: StackedGames, start: Start, states: States, *, uniform_value: float, temperature: float
) -> StackedPlay:
    """Action values in every run at the start.

    Args:
        games: the games.
        start: where to begin.
        states: move on where the start is random.
        uniform_value: of every action if the start is uniform.
        temperature: at which values become behaviour at first; 0 if by the largest.
    """
    seeds = states.shape[1]
    if isinstance(start, ProfileStart):
        tables = profile_values(games, start, temperature)
        return StackedPlay(*(np.repeat(table[:, None], seeds, axis=1) for table in tables))
    if isinstance(start, UniformStart):
        return StackedPlay(*(np.full((len(table), seeds, *table.shape[1:]), uniform_value) for table in games.legal))
    ranges = zip(_payoff_ranges(games), (games.sender.shape[1:3], games.sender.shape[2:4]), strict=True)
    return StackedPlay(
        *(low[:, None] + (high - low)[:, None] * _numbers(states, shape) for (low, high), shape in ranges)
    )


def check_profile(games: StackedGames, start: ProfileStart) -> None:
    """Raise a :class:`ParameterError` unless every row is a distribution over legal actions."""
    for name, table, legal in zip(("sender", "receiver"), (start.sender, start.receiver), games.legal, strict=True):
        if table.shape != legal.shape:
            raise ParameterError(f"start.{name}", table.shape, f"an array of shape {legal.shape}")
        wrong = (table < 0) | (table > 0) & ~legal
        bad = wrong.any(axis=-1) | ~(np.abs(table.sum(axis=-1) - 1.0) <= 1e-9)
        if bad.any():
            where = tuple(int(k) for k in np.argwhere(bad)[0])
            raise ParameterError(
                f"start.{name}[{where[0]}][{where[1]}]", table[where].tolist(), "probabilities of legal actions"
            )


def profile_values(games: StackedGames, start: ProfileStart, temperature: float) -> tuple[FloatArray, FloatArray]:
    """What each message is worth to each type, ``[games, types, messages]``, and each reply to the receiver,
    ``[games, messages, replies]``, in a profile; in units of payoff.

    Where the profile mixes, the actions that it uses get their mean value plus the temperature times the logarithm of
    their probability, less the mean of that: the softmax at this temperature then mixes them as the profile does.

    Raises:
        ParameterError: the profile is not one, or no belief justifies a reply and none was given.
    """
    check_profile(games, start)
    beliefs = profile_beliefs(games, start) if start.beliefs is None else start.beliefs
    values = (
        np.einsum("gtmr,gmr->gtm", games.sender, start.receiver),
        np.einsum("gtmr,gmt->gmr", games.receiver, beliefs),
    )
    for table, play in zip(values, (start.sender, start.receiver), strict=True):
        used = play > 0
        logs = np.log(np.where(used, play, 1.0))
        level = ((table - temperature * logs) * play).sum(axis=-1, keepdims=True)
        mixed = used & (used.sum(axis=-1, keepdims=True) > 1)
        table[mixed] = (level + temperature * logs)[mixed]
    return values


def profile_beliefs(games: StackedGames, start: ProfileStart) -> FloatArray:
    """The receiver's beliefs in a profile, ``[games, messages, types]``; see :class:`ProfileStart`.

    Raises:
        ParameterError: no belief justifies a reply.
    """
    joint = games.prior[:, :, None] * start.sender
    heard = joint.sum(axis=1)
    beliefs: FloatArray = np.moveaxis(joint / np.where(heard > 0, heard, 1.0)[:, None], 1, 2).copy()
    _, legal = games.legal
    for game, message in np.argwhere(heard <= 0):
        reply, allowed = start.receiver[game, message], legal[game, message]
        found = justifying_belief(games.receiver[game, :, message][:, allowed], reply[allowed])
        if found is None:
            raise ParameterError(
                f"start.receiver[{game}][{message}]", reply.tolist(), "a reply that is best under some belief"
            )
        beliefs[game, message] = found
    return beliefs


def justifying_belief(payoffs: FloatArray, reply: FloatArray) -> FloatArray | None:
    """The belief under which all replies that are used are best, and better than others by the largest margin.

    Args:
        payoffs: of the receiver, ``[types, replies]``.
        reply: its behaviour, ``[replies]``.

    Returns:
        ``[types]``, or None if no belief makes the reply best within ``TOLERANCE``.
    """
    types = len(payoffs)
    used, unused = np.flatnonzero(reply > 0), np.flatnonzero(reply <= 0)
    best = payoffs[:, used[:1]]
    margins = np.hstack([-(best - payoffs[:, unused]).T, np.ones((len(unused), 1))])
    ties = np.hstack([(best - payoffs[:, used[1:]]).T, np.zeros((len(used) - 1, 1))])
    total = np.append(np.ones(types), 0.0)
    span = float(np.ptp(payoffs)) if len(unused) else 0.0
    solved = linprog(
        np.append(np.zeros(types), -1.0),
        A_ub=margins,
        b_ub=np.zeros(len(unused)),
        A_eq=np.vstack([ties, total]),
        b_eq=np.append(np.zeros(len(used) - 1), 1.0),
        bounds=[(0.0, 1.0)] * types + [(-span, span)],
    )
    if not solved.success or solved.x[-1] < -TOLERANCE:
        return None
    positive = np.maximum(solved.x[:-1], 0.0)
    belief: FloatArray = positive / positive.sum()
    return belief


def _numbers(states: States, shape: tuple[int, ...]) -> FloatArray:
    games, seeds, _ = states.shape
    out = np.empty((games, seeds, int(np.prod(shape))))
    draw_numbers(states, out)
    return out.reshape(games, seeds, *shape)


def _dirichlet(legal: BoolArray, states: States) -> FloatArray:
    """Every row drawn from the flat Dirichlet distribution over legal actions, ``[games, seeds, rows, actions]``."""
    weights = -np.log1p(-_numbers(states, legal.shape[1:])) * legal[:, None]
    total = weights.sum(axis=-1, keepdims=True)
    return np.where(
        total > 0, weights / np.where(total > 0, total, 1.0), legal[:, None] / legal.sum(-1)[:, None, :, None]
    )


def _payoff_ranges(games: StackedGames) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Least and largest payoff of each type, ``[games, types, 1]``; after each message, ``[games, messages, 1]``."""
    send, reply = games.legal
    allowed = send[..., None] & reply[:, None]
    result = []
    for payoffs, others in ((games.sender, (2, 3)), (games.receiver, (1, 3))):
        low = np.where(allowed, payoffs, np.inf).min(axis=others)
        high = np.where(allowed, payoffs, -np.inf).max(axis=others)
        known = low <= high  # false after a message that no type can send
        result.append((np.where(known, low, 0.0)[..., None], np.where(known, high, 0.0)[..., None]))
    return tuple(result)
