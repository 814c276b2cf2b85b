"""YAML that somebody else wrote: plain values, in bounded time and memory, and one line where it cannot be read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olivebranch.core.errors import LONGEST, ParameterError, shown
from olivebranch.core.yaml_text import DEEPEST, MOST_REPEATED, read_yaml, read_yaml_file


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("[" * 100_000, "50 deep"),
        ("a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "50 deep"),
        ("a: 2001-99-99", "month must be in 1..12"),
        ("a: !!int x", "invalid literal"),
        ("a: &a {b: *a}", "an alias of a value within that value"),
        ("&a [*a]", "an alias of a value within that value"),
        ("a: " + "9" * 400, r"not below 2\*\*63"),
        ("a: " + "9" * 5000, "digit"),
        ("a: !!python/object/apply:os.system [true]", "could not determine a constructor"),
        (bomb(9), "aliases that repeat more than 100,000 values"),
    ],
    ids=["deep", "deep and closed", "date", "int", "self", "self list", "400", "5000", "code", "bomb"],
)
def test_what_cannot_be_read_gives_one_short_line(text: str, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason) as refusal:
        read_yaml(text, "config", "somewhere.yaml")
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 500


def test_aliases_and_anchors_are_welcome_within_bounds() -> None:
    assert read_yaml("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}", "k", "v") == {
        "a": {"x": 1},
        "b": {"x": 1},
        "c": {"x": 1, "y": 2},
    }
    assert 9**5 < MOST_REPEATED < 9**6
    assert len(read_yaml(bomb(5), "k", "v")) == 5
    assert read_yaml(f"a: [{2**63 - 1}, {-(2**63) + 1}]", "k", "v") == {"a": [2**63 - 1, -(2**63) + 1]}


@given(st.text(alphabet="[]{}&*a:! -,?|>\n0123456789xe.#'\"<", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_yaml(text, "config", "somewhere.yaml")
    except ParameterError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


def test_a_file_that_is_no_text_or_is_not_there_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ParameterError, match="YAML in UTF-8"):
        read_yaml_file(tmp_path / "bad.yaml", "config")
    with pytest.raises(ParameterError, match="a file that can be read"):
        read_yaml_file(tmp_path / "none.yaml", "config")


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**6,
        list(range(10**5)),
        dict.fromkeys(range(10**4)),
        10**5000,
        -(10**5000),
        [10**5000],
        b"x" * 999,
    ],
    ids=["text", "list", "mapping", "number", "negative", "inside", "bytes"],
)
def test_errors_show_no_more_than_the_ends_of_a_long_value(value: object) -> None:
    assert len(shown(value)) <= LONGEST
    assert len(str(ParameterError("k" * 1000, value, "less"))) <= 2 * LONGEST + 20
