"""From a trained map to its files: scores in one array file, the picture, a few numbers."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.agents.stacked.games import StackedGames
from olivebranch.core.files import write_bytes
from olivebranch.eval.atlas.figure import draw_line, draw_map, draw_pair
from olivebranch.eval.atlas.scores import AtlasScores, score, summary
from olivebranch.eval.figures.comparison import save_figure
from olivebranch.theory.talks.kernel import ROWS
from olivebranch.theory.talks.regions import region_map
from olivebranch.train.atlas.config import AtlasConfig
from olivebranch.train.atlas.run import load_behaviour

FINE = 400  # points along each axis of the analytic map


def write_report(config: AtlasConfig, folder: Path) -> dict[str, float]:
    """Score the map in ``folder`` and write ``atlas.npz``, ``atlas.png`` and ``summary.json`` there.

    ``atlas.npz`` holds the grid (``x_values``, ``y_values``, ``valid``), ``components`` (their names), ``last`` and
    ``average`` (see :mod:`olivebranch.train.atlas.run`), and all arrays of :class:`AtlasScores`, of the behaviour that
    ``config.play`` names. Rows are the valid cells, row by row from the bottom.

    Returns:
        What ``summary.json`` holds.
    """
    cells = config.cells()
    behaviour = load_behaviour(config, folder)
    scores = score(config.valid_games(), StackedGames.of_talks(cells), behaviour[config.play])
    numbers = summary(scores)
    y_values = np.zeros(0) if config.y is None else config.values(config.y)
    arrays: dict[str, Any] = {
        "x_values": config.values(config.x),
        "y_values": y_values,
        "valid": config.valid(),
        "components": np.array(ROWS),
        **behaviour,
        **{name: getattr(scores, name) for name in AtlasScores.__dataclass_fields__},
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_bytes(folder / "atlas.npz", buffer.getvalue())
    write_bytes(folder / "summary.json", (json.dumps(numbers, indent=2) + "\n").encode())
    title = f"{config.label}: {config.learner.kind}, {config.seeds:,} seeds a cell, {config.play} play"
    if config.y is None:
        figure = draw_line(config.x.parameter, config.values(config.x)[config.valid()[0]], scores, title)
    else:
        ends = (config.ends(config.x), config.ends(config.y))
        regions = region_map(config.base(), config.x.parameter, config.y.parameter, *ends, resolution=FINE)
        extent = (*ends[0], *ends[1])
        figure = draw_map(regions, config.valid(), scores, title, extent)
        save_figure(draw_pair(regions, config.valid(), scores, title, extent), folder / "pair.png")
    save_figure(figure, folder / "atlas.png")
    return numbers
