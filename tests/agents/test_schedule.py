"""Schedules: values along the way, shorthand, refusals."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from olivebranch.agents.schedule import Schedule, Scheduled, constant, geometric

read = TypeAdapter(Scheduled).validate_python


def test_linear_goes_along_a_straight_line_and_then_stays() -> None:
    schedule = Schedule(start=1.0, end=0.2, until=0.5)
    assert [schedule.at(p) for p in (0.0, 0.25, 0.5, 1.0)] == pytest.approx([1.0, 0.6, 0.2, 0.2])


def test_geometric_goes_by_equal_factors() -> None:
    # From 1 to 0.01 in two halves: each half divides by ten.
    assert [geometric(1.0, 0.01).at(p) for p in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.1, 0.01])


@pytest.mark.parametrize("value", [0.001, "1e-3", {"start": 1e-3, "end": "0.001"}])
def test_a_number_or_text_that_reads_as_one_is_a_constant(value: object) -> None:
    assert read(value) == constant(0.001)


@pytest.mark.parametrize(
    "value", ["fast", True, -1.0, {"start": 1, "end": 0, "shape": "geometric"}, {"start": 1, "end": 1, "until": 0}]
)
def test_improper_schedules_are_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        read(value)


@pytest.mark.parametrize("schedule", [Schedule(start=1.0, end=0.2, until=0.5), geometric(1.0, 0.01, until=0.7)])
def test_many_points_at_once_are_the_same(schedule: Schedule) -> None:
    progress = np.linspace(0.0, 1.0, 101)
    np.testing.assert_allclose(schedule.along(progress), [schedule.at(p) for p in progress], rtol=1e-14)
