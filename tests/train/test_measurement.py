"""The lines of metrics.jsonl: one encoder, one decoder, and the form that run folders have had from the beginning."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olivebranch.train.measurement import Choice, Measurement, PolicyMetrics

LINE = (
    '{"update": 200, "episodes": 4000, "last/nash_conv": 0.25, "last/payoff/sender": -0.5, "last/gain/sender": 0.0, '
    '"last/payoff/receiver": 0.125, "last/gain/receiver": 0.25, "last/probability/sender/low/start/FIGHT": 1.0, '
    '"last/probability/sender/low/start/OFFER_TALKS": 0.0, "average/nash_conv": 1e-300, "average/payoff/sender": 0.1, '
    '"average/gain/sender": 0.0, "average/payoff/receiver": 0.3, "average/gain/receiver": 1e-300}'
)


def test_a_line_of_an_existing_run_is_read_and_written_back_byte_for_byte() -> None:
    measured = Measurement.from_line(LINE)
    assert (measured.update, measured.episodes, measured.step) == (200, 4000, 4000)
    last = measured.policies["last"]
    assert last.nash_conv == 0.25
    assert last.payoffs == {"sender": -0.5, "receiver": 0.125}
    assert last.gains == {"sender": 0.0, "receiver": 0.25}
    assert last.probabilities == {
        Choice("sender", "low", "start", "FIGHT"): 1.0,
        Choice("sender", "low", "start", "OFFER_TALKS"): 0.0,
    }
    assert measured.policies["average"].probabilities == {}
    assert measured.to_line() == LINE


def test_a_learner_that_plays_no_episodes_is_drawn_over_its_updates() -> None:
    assert Measurement(7, 0, {}).step == 7


def test_what_a_learner_tells_of_itself_is_kept_beside_its_policies() -> None:
    line = LINE[:-1] + ', "diagnostics/sender/kl": 0.01, "diagnostics/receiver/kl": 0.5}'
    measured = Measurement.from_line(line)
    assert measured.diagnostics == {"sender/kl": 0.01, "receiver/kl": 0.5}
    assert set(measured.policies) == {"last", "average"}
    assert measured.to_line() == line
    assert measured.scalars()["diagnostics/sender/kl"] == 0.01


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=5) | st.sampled_from(["a/b", "50%", "%2F", "/"])
numbers = st.floats(allow_nan=False)
players = st.lists(names, unique=True, max_size=3)


@st.composite
def policies(draw: st.DrawFn) -> PolicyMetrics:
    who = draw(players)
    payoffs, gains = ({name: draw(numbers) for name in who} for _ in range(2))
    choices = draw(st.lists(st.builds(Choice, names, names, names, names), unique=True, max_size=3))
    return PolicyMetrics(draw(numbers), payoffs, gains, {choice: draw(numbers) for choice in choices})


@given(st.builds(Measurement, st.integers(0, 10**9), st.integers(0, 10**12), st.dictionaries(names, policies())))
def test_every_measurement_survives_its_line_whatever_the_names(measured: Measurement) -> None:
    line = measured.to_line()
    assert "\n" not in line
    again = Measurement.from_line(line)
    assert again == measured
    assert again.to_line() == line


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"update": None}, "update = None"),
        ({"episodes": 1.5}, "episodes = 1.5"),
        ({"last/nash_conv": "0.1"}, "last/nash_conv = '0.1': expected a number"),
        ({"last/nash_conv": True}, "expected a number"),
        ({"last/regret": 1.0}, "last/regret: not a metric"),
        ({"last/probability/sender/low/start": 1.0}, "last/probability/sender/low/start: not a metric"),
        ({"best/payoff/sender": 1.0}, "no nash_conv of 'best'"),
        ({"last/payoff/third": 1.0}, "payoffs and gains of 'last'"),
    ],
)
def test_what_is_no_measurement_is_refused_with_the_reason(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Measurement.from_line(json.dumps(json.loads(LINE) | change))
    for line in ("not JSON", "[1]"):
        with pytest.raises(ValueError):
            Measurement.from_line(line)
