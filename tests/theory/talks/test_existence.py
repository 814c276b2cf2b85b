"""The conditions in words are those of the closed forms, one by one."""

from fractions import Fraction

import numpy as np
import pytest

from olivebranch.games.talks import TalksColumns, TalksParameters
from olivebranch.theory.talks.existence import MEANINGS, nearest_way, ways_to_exist, why
from olivebranch.theory.talks.kernel import ROWS, decide, decisive_quantities


def exact_game(generator: np.random.Generator, steps: int) -> TalksColumns[Fraction]:
    """A random game whose parameters are multiples of one over ``steps``: few steps, many ties."""
    low, high = sorted(generator.choice(steps, 2, replace=False) + 1)
    numbers = [Fraction(int(k), steps) for k in generator.integers(0, steps, 10)]
    game = TalksColumns(*numbers)
    return game._replace(
        loss_high=Fraction(int(low), steps), loss_low=Fraction(int(high), steps), sender_dividend=game[4] + 1
    )


@pytest.mark.parametrize("steps", [3, 5, 1000])
def test_a_component_exists_iff_all_conditions_of_some_way_hold(steps: int) -> None:
    generator = np.random.default_rng(steps)
    seen = set()
    for _ in range(3000):
        d = decisive_quantities(exact_game(generator, steps))
        bits = decide(d)
        for row in range(len(ROWS)):
            ways = ways_to_exist(row, d)
            exists = any(all(condition.holds for condition in way) for way in ways)
            assert exists == bool(bits >> row & 1), (ROWS[row], d)
            assert all(condition.holds for condition in nearest_way(ways)) == exists
            seen.add((row, exists))
    assert len(seen) >= 14  # every row but those of knife edges is seen to exist and not to


def test_why_names_the_inequality_that_fails() -> None:
    parameters = TalksParameters(
        prior_high=0.5,
        loss_high=0.2,
        loss_low=0.8,
        escalation_cost=0.9,
        sender_dividend=0.3,
        receiver_dividend=0.1,
    )
    (fails, *_) = (condition for condition in why(parameters)["pool-fight"] if not condition.holds)
    assert fails.formula == "(1-s) ℓ_L - (k + g + b_R)"
    assert fails.value == pytest.approx(0.8 - 1.0)  # with s = g = 0: ℓ_L - k - b_R
    assert set(MEANINGS) == set(ROWS) == set(why(parameters))
