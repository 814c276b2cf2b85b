"""Independent Q-learners that learn after every play: a block of runs in lock-step, one compiled program.

Arrays are flat, laid out as :mod:`olivebranch.agents.stacked.parts.lanes` says.
"""

from typing import NamedTuple

import numpy as np

from olivebranch.agents.stacked.parts.bits import Bits
from olivebranch.agents.stacked.parts.lanes import (
    LANES,
    Exploration,
    Scratch,
    add_up,
    behave,
    choose,
    gather,
    odds,
    scratch_for,
    uniforms,
    vectorised,
    weigh,
)
from olivebranch.games.base import FloatArray, IntArray

PERIOD = 16  # updates between two looks at where play went


class LaneGames(NamedTuple):
    """The games of a block of runs.

    Attributes:
        prior: of each type.
        cumulative: the same added up; 2 from the last possible type on, so that no later one is ever drawn.
        sender_even, receiver_even: uniform behaviour over the legal actions, and zero elsewhere.
        sender, receiver: payoffs, types by messages by replies.
    """

    prior: FloatArray
    cumulative: FloatArray
    sender_even: FloatArray
    receiver_even: FloatArray
    sender: FloatArray
    receiver: FloatArray


class LaneRuns(NamedTuple):
    """What changes in a block of runs as they learn.

    Attributes:
        state: of the random generators, ``[2 * LANES]``.
        sender, receiver: action values; minus infinity where an action is not legal. Of a receiver that responds to
            the sender's behaviour instead of learning, ``receiver`` holds the behaviour.
        sender_sum, receiver_sum: behaviour added up over the updates that are averaged.
        plays, last_update: see :class:`olivebranch.agents.stacked.games.StackedVisits`.
    """

    state: Bits
    sender: FloatArray
    receiver: FloatArray
    sender_sum: FloatArray
    receiver_sum: FloatArray
    plays: FloatArray
    last_update: FloatArray


@vectorised
def draw_types(cumulative: FloatArray, types: int, uniform: FloatArray, out: IntArray) -> None:
    """Draw a type for each lane."""
    for i in range(LANES):
        out[i] = 0
    for k in range(types - 1):
        for i in range(LANES):
            out[i] += np.int64(uniform[i] >= cumulative[k * LANES + i])


@vectorised
def draw_actions(
    values: FloatArray,
    even: FloatArray,
    all_legal: bool,
    row: IntArray,
    n: int,
    exploration: Exploration,
    scratch: Scratch,
    out: IntArray,
) -> None:
    """Draw an action in each lane's own row of values; :func:`behave` says with which probabilities."""
    weights, uniform = scratch.weights, scratch.uniform
    gather(values, row, n, weights)
    if n == 2 and all_legal:  # one exponential instead of two
        keep, half = 1.0 - exploration.epsilon, 0.5 * exploration.epsilon
        if exploration.boltzmann:
            for i in range(LANES):
                first, second = odds(weights[i], weights[LANES + i], exploration.sharpness)
                out[i] = np.int64((uniform[i] - half) * (first + second) >= keep * first)
        else:
            for i in range(LANES):
                gap = weights[i] - weights[LANES + i]
                first = 1.0 if gap > 0.0 else 0.5 if gap == 0.0 else 0.0
                out[i] = np.int64(uniform[i] - half >= keep * first)
        return
    weigh(weights, n, exploration, scratch.top)
    if all_legal:
        choose(weights, even, n, exploration.epsilon, scratch, out)
    else:
        gather(even, row, n, scratch.even)
        choose(weights, scratch.even, n, exploration.epsilon, scratch, out)


@vectorised
def respond(
    shape: tuple[int, int, int],
    games: LaneGames,
    sender: FloatArray,
    rate: float,
    scratch: Scratch,
    receiver: FloatArray,
) -> None:
    """Move the receiver's behaviour by ``rate`` towards the best response to the sender's; ties are shared evenly.

    A reply is judged by Bayes' rule; a message that no type sends leaves its reply as it is.
    """
    types, messages, replies = shape
    joint, gains, heard = scratch.total, scratch.weights, scratch.uniform
    best = Exploration(1.0, 0.0, False)
    for m in range(messages):
        for a in range(replies):
            for i in range(LANES):
                gains[a * LANES + i] = 0.0 if games.receiver_even[(m * replies + a) * LANES + i] > 0.0 else -np.inf
        for i in range(LANES):
            heard[i] = 0.0
        for k in range(types):
            for i in range(LANES):
                joint[i] = games.prior[k * LANES + i] * sender[(k * messages + m) * LANES + i]
                heard[i] += joint[i]
            for a in range(replies):
                for i in range(LANES):
                    gains[a * LANES + i] += joint[i] * games.receiver[((k * messages + m) * replies + a) * LANES + i]
        weigh(gains, replies, best, scratch.top)
        add_up(gains, replies, scratch.top)
        for a in range(replies):
            for i in range(LANES):
                cell = (m * replies + a) * LANES + i
                step = rate * (gains[a * LANES + i] / scratch.top[i] - receiver[cell])
                receiver[cell] += step if heard[i] > 0.0 else 0.0


@vectorised
def pack(kind: IntArray, message: IntArray, messages: int, bits: int, packed: Bits) -> None:
    """Count one play of each lane, in the ``bits`` bits of a number that belong to its type and message.

    To count in a table would take longer than all else that a play needs a table for.
    """
    for i in range(LANES):
        packed[i] += np.uint64(1) << np.uint64((kind[i] * messages + message[i]) * bits)


@vectorised
def unpack(packed: Bits, cells: int, bits: int, updated: int, plays: FloatArray, last_update: FloatArray) -> None:
    """Move these counts to the table, and note the update where there are any."""
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    for cell in range(cells):
        shift = np.uint64(cell * bits)
        for i in range(LANES):
            count = (packed[i] >> shift) & mask
            plays[cell * LANES + i] += np.float64(np.int64(count))
            last_update[cell * LANES + i] = updated if count > 0 else last_update[cell * LANES + i]
    packed[:] = 0


@vectorised
def play(
    shape: tuple[int, int, int],
    all_legal: bool,
    games: LaneGames,
    runs: LaneRuns,
    schedules: FloatArray,
    boltzmann: bool,
    response_rate: float,
    done: int,
    first_averaged: int,
) -> None:
    """Make as many updates as ``schedules`` are long, less one, after ``done`` of them.

    Args:
        shape: numbers of types, messages and replies.
        all_legal: whether every message and every reply is.
        games: what is played.
        runs: what learns.
        schedules: sharpness, epsilon and learning rate before each update and after the last, ``[3, updates + 1]``.
        boltzmann: see :class:`Exploration`.
        response_rate: zero if the receiver learns; otherwise it moves by so much towards the best response before the
            first play and after every update.
        done: how many updates were made before.
        first_averaged: the first update, from one on, after which behaviour is added up.
    """
    types, messages, replies = shape
    scratch, responds = scratch_for(max(messages, replies)), response_rate > 0.0
    kind, message, reply = np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    sender, receiver = np.empty_like(runs.sender), np.empty_like(runs.receiver)
    bits, packed = min(32, 64 // (types * messages)), np.zeros(LANES, np.uint64)
    packs = 1 << bits > PERIOD  # up to twelve types times messages
    for step in range(schedules.shape[1] - 1):
        exploration, rate = Exploration(schedules[0, step], schedules[1, step], boltzmann), schedules[2, step]
        if responds and done + step == 0:
            behave(runs.sender, games.sender_even, all_legal, types, messages, exploration, scratch, sender)
            respond(shape, games, sender, response_rate, scratch, runs.receiver)
        uniforms(runs.state, scratch.uniform)
        draw_types(games.cumulative, types, scratch.uniform, kind)
        uniforms(runs.state, scratch.uniform)
        draw_actions(runs.sender, games.sender_even, all_legal, kind, messages, exploration, scratch, message)
        uniforms(runs.state, scratch.uniform)
        if responds:
            gather(runs.receiver, message, replies, scratch.weights)
            choose(scratch.weights, scratch.weights, replies, 0.0, scratch, reply)
        else:
            draw_actions(runs.receiver, games.receiver_even, all_legal, message, replies, exploration, scratch, reply)
        updated = done + step + 1
        for i in range(LANES):
            cell = kind[i] * messages + message[i]
            sent = np.uint64(cell * LANES + i)
            course = np.uint64((cell * replies + reply[i]) * LANES + i)
            runs.sender[sent] += rate * (games.sender[course] - runs.sender[sent])
            if not responds:
                replied = np.uint64((message[i] * replies + reply[i]) * LANES + i)
                runs.receiver[replied] += rate * (games.receiver[course] - runs.receiver[replied])
        if packs:
            pack(kind, message, messages, bits, packed)
            if updated % PERIOD == 0 or step == schedules.shape[1] - 2:
                unpack(packed, types * messages, bits, updated, runs.plays, runs.last_update)
        else:
            for i in range(LANES):
                sent = np.uint64((kind[i] * messages + message[i]) * LANES + i)
                runs.plays[sent] += 1.0
                runs.last_update[sent] = updated
        averaged = updated >= first_averaged
        if averaged or responds:
            after = Exploration(schedules[0, step + 1], schedules[1, step + 1], boltzmann)
            behave(runs.sender, games.sender_even, all_legal, types, messages, after, scratch, sender)
            if responds:
                respond(shape, games, sender, response_rate, scratch, runs.receiver)
                receiver[:] = runs.receiver
            else:
                behave(runs.receiver, games.receiver_even, all_legal, messages, replies, after, scratch, receiver)
        if averaged:
            for k in range(len(sender)):
                runs.sender_sum[k] += sender[k]
            for k in range(len(receiver)):
                runs.receiver_sum[k] += receiver[k]
