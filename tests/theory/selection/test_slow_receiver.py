"""The mean-field table of docs/selection.md, section 7, and how it follows from the closed forms."""

import numpy as np
import pytest

from olivebranch.core.intervals import wilson_bounds
from olivebranch.games.talks import LOW, TalksColumns
from olivebranch.theory.selection.exploration import Logit, sustained
from olivebranch.theory.selection.slow_receiver import SlowReceiver, run_from_pool_fight
from olivebranch.theory.selection.terms import OFFER, Terms
from olivebranch.theory.talks.kernel import POOL_FIGHT
from tests.strategies import random_parameters

# The share of games that stay at pool-fight, as first measured on 500 games a cell; columns π > μ_T, α < 0;
# π > μ_T, α > 0; π < μ_T, α < 0; π < μ_T, α > 0.
TABLE = {
    ("rate", 0.001): (0.00, 0.18, 0.95, 0.98),
    ("temperature", 0.02): (0.00, 0.68, 0.37, 0.94),
    ("temperature", 0.005): (0.00, 0.86, 0.19, 0.97),
}


def cells(n: int, seed: int) -> list[Terms]:
    """``n`` random games in each column of the table: pool-fight exists, 0 < μ_T < 1."""
    generator = np.random.default_rng(seed)
    found: list[list[np.ndarray]] = [[] for _ in range(4)]
    while min(map(len, found)) < n:
        terms = Terms.of(random_parameters(50_000, generator))
        here = terms.exists[:, POOL_FIGHT] & terms.open_reply[:, OFFER]
        above, adverse = terms.prior > terms.threshold[:, OFFER], terms.inference > 0
        for cell, (first, second) in enumerate(((True, False), (True, True), (False, False), (False, True))):
            chosen = here & (above == first) & (adverse == second)
            found[cell].extend(np.stack(terms.take(chosen).games, axis=1)[: n - len(found[cell])])
    return [Terms.of(TalksColumns(*np.array(rows).T)) for rows in found]


@pytest.fixture(scope="module")
def games() -> list[Terms]:
    return cells(150, 0)


@pytest.mark.parametrize("form", TABLE)
def test_the_shares_of_the_table_come_out_again(games: list[Terms], form: tuple[str, float]) -> None:
    for terms, share in zip(games, TABLE[form], strict=True):
        stayed = int(run_from_pool_fight(terms, **{form[0]: form[1]}).stayed().sum())
        low, high = wilson_bounds(stayed, len(terms), 0.999)
        assert low - 0.03 <= share <= high + 0.03  # the table itself has an error of about 0.02


def test_with_a_receiver_that_answers_optimally_the_closed_forms_tell_game_by_game(games: list[Terms]) -> None:
    kept, near, claimed = [], [], []
    for temperature in (0.02, 0.005):
        for terms in games:
            course = run_from_pool_fight(terms, temperature=temperature, receiver=SlowReceiver(smoothing=0.0))
            predicted = sustained(terms, Logit(temperature))
            claimed.append(predicted.sustained[:, POOL_FIGHT])
            kept.append(course.stayed(0.5))
            near.append(np.abs(course.mean_replies[:, OFFER] - predicted.replies[:, POOL_FIGHT, OFFER]) < 0.03)
    holds = np.concatenate(claimed)
    assert 200 < holds.sum() < len(holds) - 200
    assert np.concatenate(kept)[holds].mean() > 0.98
    assert np.concatenate(near)[holds].mean() > 0.97
    # some others stay with few offers none the less: at another equilibrium, whose reply to fighting mixes
    assert np.concatenate(kept)[~holds].mean() < 0.1


def test_a_receiver_that_adjusts_at_a_constant_pace_makes_the_weak_offer_most_of_the_time(games: list[Terms]) -> None:
    """π > μ_T, α > 0, ε-greedy: the reply slides along q̂_L, which takes offers of the weak a share q̂_L of the time."""
    terms = games[1]
    receiver = SlowReceiver(smoothing=0.0, step=0.002)
    course = run_from_pool_fight(terms, rate=1e-3, receiver=receiver)
    sliding = np.abs(course.mean_replies[:, OFFER] - terms.reply_min[:, POOL_FIGHT, OFFER]) < 0.01
    assert sliding.mean() > 0.5
    gap = np.abs(course.mean_offers[:, LOW] - terms.reply_min[:, POOL_FIGHT, OFFER])[sliding]
    assert np.quantile(gap, 0.95) < 0.02


def test_one_form_of_exploration_at_a_time(games: list[Terms]) -> None:
    with pytest.raises(ValueError, match="expected one of the two"):
        run_from_pool_fight(games[0])
    with pytest.raises(ValueError, match="expected one of the two"):
        run_from_pool_fight(games[0], rate=0.1, temperature=0.1)
