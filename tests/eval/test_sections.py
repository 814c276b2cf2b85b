"""Results go between the marks of a page and nowhere else."""

from pathlib import Path

import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.eval.sections import check_section, marks, table, write_section


def test_only_what_is_between_the_marks_changes_and_can_be_changed_again(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    begin, end = marks("one")
    page.write_text(f"before\n{begin}\nold\n{end}\nafter {marks('two')[0]}\n")
    for text in ("new", "newer\n\ntext"):
        write_section(page, "one", text)
        assert page.read_text() == f"before\n{begin}\n{text}\n{end}\nafter {marks('two')[0]}\n"


@pytest.mark.parametrize("text", ["nothing", "{begin}", "{end}\n{begin}", "{begin}\n{begin}\n{end}"])
def test_a_page_without_a_place_is_refused_before_anything_is_done(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    begin, end = marks("one")
    page.write_text(text.format(begin=begin, end=end))
    with pytest.raises(ParameterError, match="document"):
        check_section(page, "one")
    with pytest.raises(ParameterError, match="document"):
        check_section(tmp_path / "absent.md", "one")


def test_a_table_has_its_head_and_a_row_a_line() -> None:
    assert table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"
