"""When time averages begin, and which updates they are made of."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olivebranch.agents.average import AveragePeriod

periods = st.builds(AveragePeriod, st.integers(1, 5000), st.floats(0, 1, exclude_max=True))


@pytest.mark.parametrize("start, first", [(0.0, 1), (0.05, 1), (0.1, 2), (0.65, 7), (0.7, 8), (0.99, 10)])
def test_the_average_begins_after_its_share_of_training(start: float, first: int) -> None:
    """Of ten updates, those whose number is above ten times ``start``."""
    assert AveragePeriod(10, start).first == first


@given(periods)
def test_some_update_always_counts(period: AveragePeriod) -> None:
    assert 1 <= period.first <= period.total_updates
    exact = Fraction(period.start) * period.total_updates
    assert period.first in (floor(exact) + 1, floor(exact) + 2, period.total_updates)  # the product is rounded


def test_copies_are_taken_at_even_distances_up_to_the_end() -> None:
    assert AveragePeriod(100, 0.5).evenly(5) == {60, 70, 80, 90, 100}
    assert AveragePeriod(10, 0.5).evenly(2) == {8, 10}
    assert AveragePeriod(3, 0.0).evenly(20) == {1, 2, 3}


@given(periods, st.integers(1, 50))
def test_copies_lie_in_the_period_and_the_last_is_at_the_end(period: AveragePeriod, number: int) -> None:
    chosen = period.evenly(number)
    assert max(chosen) == period.total_updates
    assert min(chosen) >= period.first
    assert len(chosen) <= number
