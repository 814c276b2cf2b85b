"""What an error expected, in words: the choices, and the one that was probably meant."""

import pytest

from olivebranch.core.errors import known_key, one_of


@pytest.mark.parametrize(
    ("value", "meant"),
    [("kuhn-pokr", "kuhn-poker"), ("war_example", "war-example"), ("KUHN-POKER", "kuhn-poker"), ("desparate", None)],
)
def test_a_near_miss_is_answered_with_the_name_that_was_meant(value: str, meant: str | None) -> None:
    text = one_of(["kuhn-poker", "war-example"], value)
    assert text.startswith("one of kuhn-poker, war-example")
    assert text.endswith(f"; did you mean {meant!r}?") if meant else "did you mean" not in text


@pytest.mark.parametrize("value", [None, 3, "", "something else entirely"])
def test_nothing_is_suggested_for_what_resembles_no_choice(value: object) -> None:
    assert one_of(["talks", "war"], value) == "one of talks, war"


def test_an_unknown_key_is_said_to_be_one() -> None:
    assert known_key(["start", "end"], "stat") == "a known key: one of start, end; did you mean 'start'?"
