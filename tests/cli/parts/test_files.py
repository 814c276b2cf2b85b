"""JSON lines that somebody else wrote."""

from pathlib import Path

import pytest

from olivebranch.cli.parts.errors import BadInput
from olivebranch.cli.parts.files import read_json_lines


def test_a_line_ends_where_json_says_it_does(tmp_path: Path) -> None:
    (tmp_path / "a").write_text('{"name": "a\u2028b\x85c"}\r\n\n{"name": 2}', encoding="utf-8")
    found = read_json_lines(str(tmp_path / "a"))
    assert [value["name"] for _, value in found] == ["a\u2028b\x85c", 2]
    assert found[1][0].endswith("line 3")


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a": ' + "9" * 5000 + "}", '{"a": 1', "3"])
def test_what_is_no_object_gives_one_line(line: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(line)
    with pytest.raises(BadInput, match="line 1: expected a JSON object") as refusal:
        read_json_lines(str(tmp_path / "a"))
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400
