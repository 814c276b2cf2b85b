"""The files of the page: as a folder that runs from anywhere, and as what the server hands out."""

from pathlib import Path

from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.explore.closed_forms import closed_forms, read_page
from olivebranch.explore.data import page_data

WRITTEN = (
    "index.html",
    "style.css",
    "runtime.js",
    "server.js",
    "state.js",
    "ui.js",
    "map.js",
    "equilibria.js",
    "population.js",
    "duel.js",
    "explore.js",
    "story.js",
    "play.js",
    "table.js",
    "app.js",
)


def page_files(served: bool = False) -> dict[str, bytes]:
    """All files of the page by name.

    Args:
        served: whether a server stands behind the page, so that it can train, follow branches and play wars.
    """
    files = {name: read_page(name) for name in WRITTEN}
    files |= {"closed_forms.js": closed_forms(), "data.js": page_data()}
    if served:
        files["index.html"] = files["index.html"].replace('<html lang="en">', '<html lang="en" data-served="yes">')
    return {name: text.encode() for name, text in files.items()}


def write_static(folder: Path) -> tuple[str, ...]:
    """Write the page into a folder, and return the names of the files.

    Raises:
        ParameterError: there is something else than a folder.
    """
    if folder.exists() and not folder.is_dir():
        raise ParameterError("static", str(folder), "a folder, new or not")
    folder.mkdir(parents=True, exist_ok=True)
    files = page_files()
    for name, content in files.items():
        write_bytes(folder / name, content)
    return tuple(files)
