"""Mean-field dynamics of the talks game, many games and starts at once (docs/selection.md, section 7).

A state is (x_H, x_L, q, r): each type's probability of an offer, then the receiver's of escalating after an offer and
after fighting. The three dynamics are those of ``stability``, all populations at the same speed:

- *best response* is followed exactly, from one switch of a best reply to the next: between switches play runs on a
  straight line, and gains are linear in the state;
- *replicator* by the classical Runge–Kutta rule in log-odds, in which the dynamics have no divergence;
- *logit*, whose temperature falls geometrically and then stays, by the same rule in probabilities.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from olivebranch.core.compiled import compiled
from olivebranch.games.base import FloatArray
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms


@dataclass(frozen=True)
class Replicator:
    """Replicator dynamics; the receiver's gains count as often as the message is met.

    Attributes:
        horizon: for how long, in units of one over payoffs.
        step: of the Runge–Kutta rule.
    """

    horizon: float = 2000.0
    step: float = 1.0
    name: ClassVar[str] = "replicator"


@dataclass(frozen=True)
class BestResponse:
    """Best response dynamics.

    Attributes:
        switches: of best replies, after which play that has come to no end is taken where it is.
    """

    switches: int = 2000
    name: ClassVar[str] = "best response"


@dataclass(frozen=True)
class AnnealedLogit:
    """Logit dynamics whose temperature falls geometrically from ``first`` to ``last``, then stays.

    Attributes:
        first, last: temperatures > 0, in units of payoffs.
        cooling: for how long the temperature falls, in units of the time in which play adjusts.
        holding: for how long it then stays.
        step: of the Runge–Kutta rule, at most; in units of the temperature, at most ``per_temperature``.
    """

    first: float = 1.0
    last: float = 0.001
    cooling: float = 100.0
    holding: float = 5.0
    step: float = 0.1
    per_temperature: float = 4.0
    name: ClassVar[str] = "logit"


Dynamics = Replicator | BestResponse | AnnealedLogit


def integrate(terms: Terms, dynamics: Dynamics, starts: FloatArray, refine: int = 1) -> tuple[FloatArray, FloatArray]:
    """Where play goes.

    Args:
        starts: states, each entry in (0, 1), ``[n, starts, 4]``.
        refine: steps are this many times as short.

    Returns:
        the last state, and the mean state over the last half of the time, both ``[n, starts, 4]``. Best response
        dynamics end at their limit where a last best reply is never given up; their mean is that over the last half
        of the switches, each counting by the time to the next one.
    """
    games = Gains.of(terms)
    last, mean = np.empty_like(starts), np.empty_like(starts)
    if isinstance(dynamics, BestResponse):
        _best_response(games, starts, dynamics.switches, last, mean)
    elif isinstance(dynamics, Replicator):
        step = dynamics.step / refine
        _replicator(games, starts, step, int(np.ceil(dynamics.horizon / step)), last, mean)
    else:
        limits = (dynamics.step / refine, dynamics.per_temperature / refine)
        schedule = _schedule(dynamics, *limits)
        _logit(games, starts, schedule, last, mean)
    return last, mean


class Gains(NamedTuple):
    """What the compiled loops read of many games, each ``[n]``; the last four are the receiver's gains from escalating
    by message and type."""

    prior: FloatArray
    loss_high: FloatArray
    loss_low: FloatArray
    dividend: FloatArray
    face: FloatArray
    pressure: FloatArray
    exposed: FloatArray
    offer_high: FloatArray
    offer_low: FloatArray
    fight_high: FloatArray
    fight_low: FloatArray

    @classmethod
    def of(cls, terms: Terms) -> "Gains":
        """Those of the games of ``terms``."""
        return cls(
            *(
                np.ascontiguousarray(column)
                for column in (
                    terms.prior,
                    *terms.loss.T,
                    terms.dividend,
                    terms.face,
                    terms.pressure,
                    terms.exposed,
                    *terms.gain[:, OFFER].T,
                    *terms.gain[:, FIGHT].T,
                )
            )
        )


def _schedule(dynamics: AnnealedLogit, step: float, per_temperature: float) -> FloatArray:
    """(step, temperature) pairs, ``[steps, 2]``."""
    found, time = [], 0.0
    while time < dynamics.cooling + dynamics.holding:
        share = min(time / dynamics.cooling, 1.0)
        temperature = dynamics.first * (dynamics.last / dynamics.first) ** share
        found.append((min(step, per_temperature * temperature), temperature))
        time += found[-1][0]
    return np.array(found)


@compiled
def _gains(games: Gains, g: int, state: FloatArray, fights: FloatArray, conditional: bool, gains: FloatArray) -> None:
    """What offering gains each type, and what escalating gains the receiver after an offer and after fighting.

    ``fights``, ``[2]``, are one less the offers; they may be too small for subtraction to tell them from zero.
    """
    high, low = games.prior[g], 1 - games.prior[g]
    flat = games.dividend[g] * (1 - state[2]) - state[2] * games.face[g]
    bracket = games.pressure[g] + (1 - games.pressure[g]) * state[3] - games.exposed[g] * state[2]
    gains[0] = flat + games.loss_high[g] * bracket
    gains[1] = flat + games.loss_low[g] * bracket
    gains[2] = high * state[0] * games.offer_high[g] + low * state[1] * games.offer_low[g]
    gains[3] = high * fights[0] * games.fight_high[g] + low * fights[1] * games.fight_low[g]
    if conditional:
        gains[2] /= high * state[0] + low * state[1]
        gains[3] /= high * fights[0] + low * fights[1]


@compiled
def _best_response(games: Gains, starts: FloatArray, switches: int, last: FloatArray, mean: FloatArray) -> None:
    now, there, target, replies = np.empty(4), np.empty(4), np.empty(4), np.empty(4)
    for g in range(starts.shape[0]):
        for k in range(starts.shape[1]):
            state = starts[g, k].copy()
            _gains(games, g, state, 1 - state[:2], False, now)
            for j in range(4):
                replies[j] = 1.0 if now[j] > 0 else 0.0
            total, clock = np.zeros(4), 0.0
            ended = False
            for switch in range(switches):
                target[:] = replies
                _gains(games, g, state, 1 - state[:2], False, now)
                _gains(games, g, target, 1 - target[:2], False, there)
                left, which = 0.0, -1  # the share of the way still to go when the first best reply changes
                for j in range(4):
                    sign = 1.0 if replies[j] > 0 else -1.0
                    if sign * there[j] < 0:
                        share = sign * there[j] / (sign * there[j] - max(sign * now[j], 0.0))
                        if share > left:
                            left, which = share, j
                if which < 0:
                    ended = True
                    break
                duration = -np.log(left)
                if switch >= switches // 2:
                    clock += duration
                for j in range(4):
                    if switch >= switches // 2:
                        total[j] += target[j] * duration + (state[j] - target[j]) * (1 - left)
                    state[j] = target[j] + left * (state[j] - target[j])
                replies[which] = 1 - replies[which]
            for j in range(4):
                last[g, k, j] = target[j] if ended else state[j]
                mean[g, k, j] = last[g, k, j] if ended or clock == 0 else total[j] / clock


@compiled
def _replicator(games: Gains, starts: FloatArray, step: float, steps: int, last: FloatArray, mean: FloatArray) -> None:
    rates, point, shares, fights = np.empty((4, 4)), np.empty(4), np.empty(4), np.empty(2)
    for g in range(starts.shape[0]):
        for k in range(starts.shape[1]):
            odds = np.log(starts[g, k] / (1 - starts[g, k]))
            total = np.zeros(4)
            for n in range(steps):
                for part in range(4):
                    length = 0.0 if part == 0 else (step if part == 3 else step / 2)
                    for j in range(4):
                        point[j] = odds[j] + (length * rates[part - 1, j] if part else 0.0)
                        shares[j] = 1 / (1 + np.exp(-point[j]))
                    for j in range(2):
                        fights[j] = 1 / (1 + np.exp(point[j]))
                    _gains(games, g, shares, fights, False, rates[part])
                    if part == 0 and n >= steps // 2:
                        for j in range(4):
                            total[j] += shares[j]
                for j in range(4):
                    odds[j] += step / 6 * (rates[0, j] + 2 * rates[1, j] + 2 * rates[2, j] + rates[3, j])
            for j in range(4):
                last[g, k, j] = 1 / (1 + np.exp(-odds[j]))
                mean[g, k, j] = total[j] / (steps - steps // 2)


@compiled
def _logit(games: Gains, starts: FloatArray, schedule: FloatArray, last: FloatArray, mean: FloatArray) -> None:
    # The state and, after it, the probabilities of fighting, whose gains are those of offers with the sign turned.
    rates, point, state = np.empty((4, 6)), np.empty(6), np.empty(6)
    steps = len(schedule)
    for g in range(starts.shape[0]):
        for k in range(starts.shape[1]):
            state[:4] = starts[g, k]
            state[4:] = 1 - starts[g, k, :2]
            total, clock = np.zeros(4), 0.0
            for n in range(steps):
                step, temperature = schedule[n, 0], schedule[n, 1]
                for part in range(4):
                    length = 0.0 if part == 0 else (step if part == 3 else step / 2)
                    for j in range(6):
                        point[j] = state[j] + (length * rates[part - 1, j] if part else 0.0)
                    _gains(games, g, point, point[4:], True, rates[part])
                    for j in range(2):
                        rates[part, 4 + j] = -rates[part, j]
                    for j in range(6):
                        # e^-600 is as good as nothing, and leaves beliefs that can be computed
                        odds = max(rates[part, j] / temperature, -600.0)
                        rates[part, j] = 1 / (1 + np.exp(-odds)) - point[j]
                if n >= steps // 2:
                    clock += step
                    total += step * state[:4]
                state += step / 6 * (rates[0] + 2 * rates[1] + 2 * rates[2] + rates[3])
            last[g, k] = state[:4]
            mean[g, k] = total / clock
