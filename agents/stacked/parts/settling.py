"""Two Q-learners in a signalling game who stop when their behaviour has stopped changing.

The rule is that of Condorelli and Furlan, "Cheap Talking Algorithms" (arXiv:2310.07867; repository
massimilianofurlan/rl_cheap_talk, whose files main.jl and rl_agents.jl were read): a seat's behaviour is unchanged as
long as its table differs from the one kept by less than ``tolerance`` times the larger of the two Euclidean norms;
otherwise the present table is kept, and counting begins again. A run has converged when both tables have been unchanged
for ``patience`` plays. Temperature and step fall exponentially with the plays and are held ``hold`` plays at a time,
within which only rows that were learned in are worked out anew; with ``hold = 1`` nothing is held.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.agents.stacked.games import StackedGames, States
from olivebranch.agents.stacked.parts.bits import advance
from olivebranch.core.compiled import compiled
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import BoolArray, FloatArray, IntArray

UNHEARD = 1e-6  # a message of smaller probability leaves the reply of a receiver that responds best as it is
TIE = 1e-8  # replies that are worth at most this much less than the best, given the message, are as good


@dataclass(frozen=True)
class Falling:
    """A number that falls exponentially: ``start * exp(-decay * plays)``, but never below ``least``."""

    start: float
    decay: float = 0.0
    least: float = 0.0

    def at(self, plays: int) -> float:
        """Its value after so many plays."""
        return float(max(self.start * np.exp(-self.decay * plays), self.least))


@dataclass(frozen=True)
class Settling:
    """How two learners play until they settle.

    Attributes:
        temperature: of the softmax by which action values become behaviour.
        step: towards what a play paid.
        plays: the most there are.
        patience: so many plays without a change end a run.
        tolerance: of a change, as a share of a table's norm.
        responds: the receiver does not learn; it replies best, by Bayes' rule, to the sender's behaviour of the moment.
            Replies that are as good are drawn evenly, and a message that is hardly ever sent keeps its reply.
        window: play is counted over the last one to two windows of so many plays.
        hold: for how many plays temperature and step are held.
    """

    temperature: Falling
    step: Falling
    plays: int
    patience: int
    tolerance: float = 1e-3
    responds: bool = False
    window: int = 100_000
    hold: int = 64

    def __post_init__(self) -> None:
        for name in ("plays", "patience", "window", "hold"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "a whole number >= 1")


@dataclass(frozen=True)
class Settled:
    """Where the runs of one game ended.

    Attributes:
        sender: behaviour at the end, ``[seeds, types, messages]``.
        receiver: ``[seeds, messages, replies]``.
        plays: when each run ended, ``[seeds]``.
        converged: whether it did so because nothing changed, ``[seeds]``.
        recent: how often each course was taken over the last windows, as shares, ``[seeds, types, messages, replies]``.
    """

    sender: FloatArray
    receiver: FloatArray
    plays: IntArray
    converged: BoolArray
    recent: FloatArray


def settle(games: StackedGames, settings: Settling, states: States) -> tuple[Settled, ...]:
    """Play every run of every game to its end; all messages and replies must be open.

    Action values begin, as in the source, drawn uniformly between 0 and what the seat gets if nothing is told.

    Args:
        games: the games.
        settings: how to play.
        states: of the runs' generators, ``[games, seeds, 2]``; they are left as they are.
    """
    if not all(legal.all() for legal in games.legal):
        raise ParameterError("games", "a message or a reply that is closed", "games in which all are open")
    return tuple(_one(games, number, settings, states[number].copy()) for number in range(len(games.prior)))


def _one(games: StackedGames, number: int, settings: Settling, states: States) -> Settled:
    prior, ours, theirs = games.prior[number], games.sender[number], games.receiver[number]
    types, messages, replies = ours.shape
    seeds = len(states)
    babble = babbling(prior, ours, theirs)
    sender, receiver = np.zeros((seeds, types, messages)), np.zeros((seeds, messages, replies))
    plays, converged = np.zeros(seeds, np.int64), np.zeros(seeds, np.bool_)
    recent = np.zeros((seeds, types, messages, replies))
    numbers = np.array(
        [
            settings.temperature.start, settings.temperature.decay, settings.temperature.least,
            settings.step.start, settings.step.decay, settings.step.least, settings.tolerance, *babble,
        ]
    )  # fmt: skip
    counts = np.array([settings.plays, settings.patience, settings.window, settings.hold])
    for seed in range(seeds):
        ended, quiet = play_until_settled(
            prior,
            ours,
            theirs,
            numbers,
            counts,
            settings.responds,
            states[seed],
            sender[seed],
            receiver[seed],
            recent[seed],
        )
        plays[seed], converged[seed] = ended, quiet
    return Settled(sender, receiver, plays, converged, recent)


def babbling(prior: FloatArray, sender: FloatArray, receiver: FloatArray) -> tuple[float, float]:
    """What the sender and the receiver get on average if the first message is all that is sent, and answered best.

    Args:
        prior: ``[types]``.
        sender, receiver: payoffs, ``[types, messages, replies]``.
    """
    reply = int(np.argmax(prior @ receiver[:, 0]))
    return float(prior @ sender[:, 0, reply]), float(prior @ receiver[:, 0, reply])


@compiled(error_model="numpy")
def soften(values: FloatArray, temperature: float, out: FloatArray) -> None:
    """The softmax of one row; what is below e^-700 of the best counts as nothing."""
    top, total = values[0], 0.0
    for a in range(1, len(values)):
        if values[a] > top:
            top = values[a]
    for a in range(len(values)):
        exponent = (values[a] - top) / temperature
        out[a] = np.exp(exponent) if exponent > -700.0 else 0.0
        total += out[a]
    for a in range(len(values)):
        out[a] /= total


@compiled(error_model="numpy")
def respond(worth: FloatArray, heard: float, out: FloatArray) -> None:
    """The best of one row of values times the probability ``heard``, shared evenly among those that are as good."""
    top, number = worth[0], 0
    for a in range(1, len(worth)):
        if worth[a] > top:
            top = worth[a]
    for a in range(len(worth)):
        if worth[a] >= top - TIE * heard:
            number += 1
    for a in range(len(worth)):
        out[a] = 1.0 / number if worth[a] >= top - TIE * heard else 0.0


@compiled(error_model="numpy")
def moved(table: FloatArray, kept: FloatArray, row: int, sums: FloatArray, sign: float) -> None:
    """Add (sign 1) or take away (-1) what one row is in the squared distance from the kept table and in the norm."""
    for a in range(table.shape[1]):
        sums[0] += sign * (table[row, a] - kept[row, a]) ** 2
        sums[1] += sign * table[row, a] ** 2


@compiled(error_model="numpy")
def unchanged(table: FloatArray, kept: FloatArray, sums: FloatArray, tolerance: float) -> bool:
    """Whether the table is that kept, within the tolerance; if it is not, it is kept from now on.

    ``sums`` are the squared distance of the two, and the squared norms of the table and of the kept one.
    """
    if sums[0] < tolerance * tolerance * max(sums[1], sums[2]):
        return True
    kept[:] = table
    sums[0], sums[2] = 0.0, sums[1]
    return False


@compiled(error_model="numpy")
def drawn(shares: FloatArray, number: float) -> int:
    """The action that a number in [0, 1) stands for."""
    action, cumulative = 0, shares[0]
    while cumulative <= number and action < len(shares) - 1:
        action += 1
        cumulative += shares[action]
    return action


@compiled(error_model="numpy")
def play_until_settled(
    prior: FloatArray,
    ours: FloatArray,
    theirs: FloatArray,
    numbers: FloatArray,
    counts: IntArray,
    responds: bool,
    state: Any,
    sender: FloatArray,
    receiver: FloatArray,
    recent: FloatArray,
) -> Any:
    """One run; writes behaviour at the end and the shares of recent play.

    Returns:
        The number of plays, and whether behaviour has settled.
    """
    types, messages, replies = ours.shape
    most, patience, window, hold = counts
    tolerance = numbers[6]
    first, second = state[0], state[1]
    sender_values, receiver_values = np.empty((types, messages)), np.empty((messages, replies))
    for t in range(types):
        for m in range(messages):
            number, first, second = advance(first, second)
            sender_values[t, m] = numbers[7] * number
    for m in range(messages):
        for a in range(replies):
            number, first, second = advance(first, second)
            receiver_values[m, a] = numbers[8] * number
    kept_sender, kept_receiver = np.zeros((types, messages)), np.zeros((messages, replies))
    sums = np.zeros((2, 3))  # squared distance from the kept table, squared norms of the table and of the kept one
    worth, heard = np.zeros((messages, replies)), np.zeros(messages)
    past = np.zeros((2, types, messages, replies))
    before = np.empty(messages)
    quiet_sender, quiet_receiver, now, settled, play = 0, 0, 0, False, 0
    receiver[:] = 1.0 / replies
    while play < most:
        if play % hold == 0:
            temperature = max(numbers[0] * np.exp(-numbers[1] * play), max(numbers[2], 1e-30))
            step = max(numbers[3] * np.exp(-numbers[4] * play), numbers[5])
            for t in range(types):
                soften(sender_values[t], temperature, sender[t])
            if responds:
                worth[:] = 0.0
                for m in range(messages):
                    heard[m] = 0.0
                    for t in range(types):
                        share = prior[t] * sender[t, m]
                        heard[m] += share
                        for a in range(replies):
                            worth[m, a] += share * theirs[t, m, a]
            for m in range(messages):
                if not responds:
                    soften(receiver_values[m], temperature, receiver[m])
                elif heard[m] > UNHEARD:
                    respond(worth[m], heard[m], receiver[m])
            sums[:, :2] = 0.0
            for t in range(types):
                moved(sender, kept_sender, t, sums[0], 1.0)
            for m in range(messages):
                moved(receiver, kept_receiver, m, sums[1], 1.0)
        if play % window == 0:
            now = 1 - now
            past[now] = 0.0

        number, first, second = advance(first, second)
        t = drawn(prior, number)
        number, first, second = advance(first, second)
        m = drawn(sender[t], number)
        if responds and heard[m] > UNHEARD:
            moved(receiver, kept_receiver, m, sums[1], -1.0)
            respond(worth[m], heard[m], receiver[m])
            moved(receiver, kept_receiver, m, sums[1], 1.0)
        number, first, second = advance(first, second)
        a = drawn(receiver[m], number)
        past[now, t, m, a] += 1.0
        quiet_sender = quiet_sender + 1 if unchanged(sender, kept_sender, sums[0], tolerance) else 0
        quiet_receiver = quiet_receiver + 1 if unchanged(receiver, kept_receiver, sums[1], tolerance) else 0

        sender_values[t, m] += step * (ours[t, m, a] - sender_values[t, m])
        moved(sender, kept_sender, t, sums[0], -1.0)
        before[:] = sender[t]
        soften(sender_values[t], temperature, sender[t])
        moved(sender, kept_sender, t, sums[0], 1.0)
        if responds:
            for other in range(messages):
                share = prior[t] * (sender[t, other] - before[other])
                if share != 0.0:
                    heard[other] += share
                    for b in range(replies):
                        worth[other, b] += share * theirs[t, other, b]
        else:
            receiver_values[m, a] += step * (theirs[t, m, a] - receiver_values[m, a])
            moved(receiver, kept_receiver, m, sums[1], -1.0)
            soften(receiver_values[m], temperature, receiver[m])
            moved(receiver, kept_receiver, m, sums[1], 1.0)
        play += 1
        if min(quiet_sender, quiet_receiver) >= patience:
            settled = True
            break
    state[0], state[1] = first, second
    recent[:] = (past[0] + past[1]) / past.sum()
    return play, settled
