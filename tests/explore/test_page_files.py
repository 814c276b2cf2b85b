"""What the page is made of: colours, presets, no addresses but in what presets cite, and a folder that is whole."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.eval.palette import COLOURS, SET_COLOURS
from olivebranch.explore.data import page_data, recorded
from olivebranch.explore.static import page_files, write_static
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import RANGES
from olivebranch.theory.talks.kernel import ROWS


def data() -> dict[str, object]:
    """The page's data as JSON again."""
    text = page_data().partition("OB.data = ")[2].strip().removesuffix(";")
    loaded: dict[str, object] = json.loads(text)
    return loaded


def test_equilibria_have_the_colours_of_all_other_pictures() -> None:
    found = data()
    assert found["colours"] == COLOURS
    colours = found["setColours"]
    assert isinstance(colours, list)
    for names, colour in {**{(name,): c for name, c in COLOURS.items()}, **SET_COLOURS}.items():
        assert colours[sum(1 << ROWS.index(name) for name in names)] == colour


def test_every_parameter_and_every_case_is_there() -> None:
    found = data()
    parameters, presets = found["parameters"], found["presets"]
    assert isinstance(parameters, list)
    assert isinstance(presets, list)
    assert [p["name"] for p in parameters if p["talks"]] == list(RANGES)
    by_name = {preset["name"]: preset for preset in presets}
    for kind in ("talks", "demonstration", "war"):
        assert set(preset_names(kind)) <= set(by_name)
    korea = by_name["war-korea-1951-collapse"]
    assert korea["wrong_if"] == list(load_preset("war-korea-1951-collapse").wrong_if)
    assert {war["preset"] for war in recorded()["wars"]} == set(preset_names("war")) - {"war-example"}


@pytest.mark.parametrize("served", [True, False])
def test_the_page_loads_nothing_from_elsewhere(served: bool) -> None:
    files = page_files(served)
    wanted = re.findall(r'(?:src|href)="([^"]+)"', files["index.html"].decode())
    assert set(wanted) <= set(files) | {"#main", "data:,"}
    assert {name for name in files if name.endswith((".js", ".css"))} == set(wanted) - {"#main", "data:,"}
    for name, content in files.items():
        if name != "data.js":  # it holds the addresses that presets cite, which are shown as links
            addresses = set(re.findall(r"https?://[\w./-]+", content.decode()))
            assert addresses <= {"http://www.w3.org/2000/svg"}, name
    assert sum(map(len, files.values())) < 600_000


def test_a_static_folder_is_written_over_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    command = [sys.executable, "-m", "olivebranch", "explore", "--static", str(folder)]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert f"open {folder / 'index.html'}" in done.stdout
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == page_files()
    (tmp_path / "file").write_text("x")
    with pytest.raises(ParameterError, match="expected a folder, new or not"):
        write_static(tmp_path / "file")
