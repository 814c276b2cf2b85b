"""An interval on NashConv when play is known from samples (docs/language-models.md has the argument and the figures).

Write ``g_s(x)`` for what all players together gain at play ``x`` by the fixed pure deviations ``s``. It is multilinear
in ``x``, and NashConv is the maximum of it over ``s``. So the plug-in estimate is biased upwards wherever several
deviations are about equally good, as they are in every mixed equilibrium, and the bootstrap, which draws around the
estimate, doubles that bias. The two ends are therefore made differently.

* **Upper end.** ``NashConv(estimate) >= g_s(estimate)`` for the best deviation ``s`` of the true play; so it is enough
  to allow for the error of one deviation. The upper end adds the upper quantile of ``g_s(x) - g_s(estimate)`` over
  drawn profiles ``x`` for the ``s`` that is best against the estimate.
* **Lower end.** The estimate exceeds the truth by at most the largest of ``g_s(estimate) - g_s(truth)`` over the ``s``
  that could be best. The lower end adds the lower quantile of the smallest ``g_s(x) - g_s(estimate)`` over all ``s``
  made of actions whose loss against the estimate is within ``SLACK`` standard errors of zero (the selection of moments
  of Andrews and Soares 2010, Econometrica 78: 119-157). That minimum over exponentially many ``s`` is one walk over
  the tree, because the difference adds up along it as payoffs do.

Profiles are drawn from Dirichlet distributions with the counts as weights. An action that was never taken would be
impossible in all of them; half a count (the mid-P form of Clopper and Pearson's one) on the one such action that moves
NashConv most in the direction of the end allows for all of them together: of any number of rare actions of equal
weight none is seen with probability ``exp(-samples * total probability)``, so their total, and not each, is bounded.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.sampling.counts import PlayCounts, situations_of
from olivebranch.theory.sampling.exact import simultaneous_bounds
from olivebranch.theory.sampling.loops import Loops, Tables

SLACK = 2.0  # standard errors of a loss within which an action may be a best response
UNSEEN_COUNT = 0.5
DRAWS = 500
LARGEST_BLOCK = 2_000_000  # numbers in one array of draws
MOST_CORNERS = 4096


@dataclass(frozen=True)
class NashConvInterval:
    """NashConv of play that is known from samples, in the game's payoffs.

    Attributes:
        value: of the observed shares.
        low, high: the calibrated interval.
        guaranteed: an interval that holds at least as often as stated, whatever the play, but is wider; None where
            it cannot be worked out (some situation has more than two actions, or there are too many situations).
        confidence: of both.
    """

    value: float
    low: float
    high: float
    guaranteed: tuple[float, float] | None
    confidence: float


def nash_conv_interval(
    play: PlayCounts, generator: np.random.Generator, confidence: float = 0.95, draws: int = DRAWS
) -> NashConvInterval:
    """NashConv of sampled play with its interval; see the module.

    Args:
        play: the counts.
        generator: of the drawn profiles.
        confidence: in (0, 1).
        draws: how many profiles are drawn for each end.
    """
    loops, profile = Loops(play.tree), play.shares.stages
    one = [table[None] for table in profile]
    reach = loops.reach(one)
    value, best, by_action = loops.best(one, reach)
    losses, leading = _losses(play, [table[0] for table in by_action])
    point = float(best[0] - value[0])
    tail = (1 - confidence) / 2
    slopes = loops.gain_slope(profile, [np.eye(play.tree.game.n_actions)[chosen] for chosen in leading])
    low_weights = play.weights(unseen(play, slopes, -1.0))
    high_weights = play.weights(unseen(play, slopes, 1.0))
    blocks = _blocks(play, draws)
    errors = _standard_errors(play, loops, low_weights, leading, generator, blocks[0])
    close = [
        legal & (loss <= SLACK * error + 1e-12) for legal, loss, error in zip(play.legal, losses, errors, strict=True)
    ]
    fixed = [np.arange(play.tree.game.n_actions) == chosen[..., None] for chosen in leading]

    def shifts(weights: Tables, allowed: list[BoolArray]) -> FloatArray:
        found = []
        for block in blocks:
            tables = play.draw(weights, generator, block)
            reached = loops.reach(tables)
            followed, _, _ = loops.best(tables, reached)
            found.append(loops.shift(tables, reached, profile, allowed) - (followed - value[0]))
        return np.concatenate(found)

    low = point + float(np.quantile(shifts(low_weights, close), tail))
    high = point + float(np.quantile(shifts(high_weights, fixed), 1 - tail))
    guaranteed = guaranteed_interval(play, loops, fixed, confidence)
    return NashConvInterval(point, min(max(low, 0.0), point), max(high, point), guaranteed, confidence)


def bootstrap_interval(
    play: PlayCounts, generator: np.random.Generator, confidence: float = 0.95, draws: int = DRAWS
) -> tuple[float, float]:
    """The percentile bootstrap's interval (Efron 1979), for comparison: it covers too seldom near an equilibrium."""
    loops, found = Loops(play.tree), []
    for block in _blocks(play, draws):
        tables = []
        for counts, shares in zip(play.stages, play.shares.stages, strict=True):
            asked = counts.sum(axis=2)
            again = generator.multinomial(asked.astype(np.int64), shares, size=(block, *asked.shape))
            tables.append(np.where(asked[..., None] > 0, again / np.maximum(asked, 1)[..., None], shares))
        found.append(loops.nash_conv(tables))
    low, high = np.quantile(np.concatenate(found), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def guaranteed_interval(
    play: PlayCounts, loops: Loops, deviations: list[BoolArray], confidence: float
) -> tuple[float, float] | None:
    """What NashConv can be while every probability is within its simultaneous Clopper-Pearson bounds.

    NashConv is convex in the play of each situation, so that its maximum over a box is at a corner. What fixed
    ``deviations`` gain is at most NashConv and linear in each situation, so its minimum, at a corner too, is a lower
    bound. None unless every situation has two actions and the corners are few.
    """
    situations = situations_of(play.tree)
    counts, n = play.at(situations), len(situations)
    legal = np.array(
        [play.legal[s][h, c] for s, h, c in zip(situations.stage, situations.history, situations.column, strict=True)]
    )
    if 2**n > MOST_CORNERS or (legal.sum(axis=1) != 2).any():
        return None
    low, high = simultaneous_bounds(counts, legal, confidence)
    tables = [np.repeat(table[None], 2**n, axis=0) for table in play.shares.stages]
    corners = np.array(list(product((False, True), repeat=n)))
    for number, (stage, history, column) in enumerate(
        zip(situations.stage, situations.history, situations.column, strict=True)
    ):
        first, second = np.flatnonzero(legal[number])
        raised = np.where(corners[:, number], high[number, first], low[number, first])
        tables[stage][:, history, column, first] = raised
        tables[stage][:, history, column, second] = 1 - raised
    reach = loops.reach(tables)
    value, best, _ = loops.best(tables, reach)
    nothing = [np.zeros_like(table) for table in play.shares.stages]
    fixed = loops.shift(tables, reach, nothing, deviations) - value
    return max(0.0, float(fixed.min())), float((best - value).max())


def unseen(play: PlayCounts, slopes: Tables, direction: float) -> list[FloatArray]:
    """By stage the half count on the action, never taken, that moves NashConv most in ``direction`` (1.0 or -1.0)."""
    most, place = 0.0, None
    result = [np.zeros(counts.shape) for counts in play.stages]
    for number, (counts, legal, slope, share) in enumerate(
        zip(play.stages, play.legal, slopes, play.shares.stages, strict=True)
    ):
        asked = counts.sum(axis=2, keepdims=True)
        moved = direction * (slope - (slope * share).sum(axis=2, keepdims=True)) / np.maximum(asked, 1)
        moved = np.where(legal & (counts == 0) & (asked > 0), moved, 0.0)
        if moved.size and moved.max() > most:
            most, place = float(moved.max()), (number, int(moved.argmax()))
    if place is not None:
        result[place[0]].flat[place[1]] = UNSEEN_COUNT
    return result


def _losses(play: PlayCounts, by_action: Tables) -> tuple[list[FloatArray], list[np.ndarray]]:
    """By stage what each action loses before best play, and the best action of each row."""
    ranked = [np.where(legal, each, -np.inf) for legal, each in zip(play.legal, by_action, strict=True)]
    return [each.max(axis=2, keepdims=True) - each for each in ranked], [each.argmax(axis=2) for each in ranked]


def _standard_errors(
    play: PlayCounts,
    loops: Loops,
    weights: Tables,
    leading: list[np.ndarray],
    generator: np.random.Generator,
    draws: int,
) -> list[FloatArray]:
    """By stage the standard error of what each action loses to the leading one."""
    tables = play.draw(weights, generator, draws)
    _, _, by_action = loops.best(tables, loops.reach(tables))
    return [
        (np.take_along_axis(each, np.broadcast_to(top[None, ..., None], (draws, *top.shape, 1)), 3) - each).std(axis=0)
        for each, top in zip(by_action, leading, strict=True)
    ]


def _blocks(play: PlayCounts, draws: int) -> list[int]:
    """How many profiles to hold at once, in turn."""
    size = max(table.size for table in play.stages)
    most = max(20, min(draws, LARGEST_BLOCK // size))
    return [min(most, draws - done) for done in range(0, draws, most)]
