"""What runs cost, measured by learner and game; and the bill of a benchmark before it is run."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.agents.settings import ExactSettings
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.core.yaml_text import read_yaml_file
from olivebranch.theory.tree.histories import estimate
from olivebranch.train.benchmark.cells import TIMING, Cell
from olivebranch.train.benchmark.tracks import Cost, decisions_per_play

Costs = Mapping[str, Mapping[str, Cost]]  # by kind of learner and name of game


def units_of(cell: Cell) -> float:
    """How many decisions (at uniform play) or steps a cell takes."""
    settings = cell.config.learner
    if isinstance(settings, ExactSettings):
        return float(settings.updates())
    return settings.episodes_after(settings.updates()) * decisions_per_play(cell.config.game.parsed())


def measure_costs(cells: Sequence[Cell]) -> dict[str, dict[str, Cost]]:
    """What finished cells have cost: medians over budgets and seeds.

    Args:
        cells: which are done.
    """
    points: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    for cell in cells:
        timing = json.loads((cell.path / TIMING).read_text())
        learning = timing["learning"][-1][1]
        size = sum(file.stat().st_size for file in cell.path.rglob("*") if file.is_file())
        beside = max(timing["processor_seconds"] - learning, 0.0) / (cell.config.evaluations + 1)
        points[cell.config.learner.kind, cell.game].append((beside, learning / units_of(cell), float(size)))
    found: dict[str, dict[str, Cost]] = {}
    for (kind, game), rows in points.items():
        beside, per_unit, size = np.median(np.array(rows), axis=0).tolist()
        found.setdefault(kind, {})[game] = Cost(beside, per_unit, size)
    return found


def write_costs(costs: Costs, path: Path) -> None:
    """Write costs as YAML, a line for each learner and game."""
    lines = ["# processor seconds of a measurement, and of a decision (or step); bytes of a run"]
    for kind in sorted(costs):
        lines.append(f"{kind}:")
        for game, cost in sorted(costs[kind].items()):
            lines.append(f"  {game}: [{cost.measurement:.4f}, {cost.per_unit:.4e}, {cost.bytes:.0f}]")
    write_bytes(path, ("\n".join(lines) + "\n").encode())


def read_costs(path: Path) -> dict[str, dict[str, Cost]]:
    """Read them again. Raises :class:`ParameterError`."""
    values: Any = read_yaml_file(path, "costs")
    try:
        return {
            str(kind): {str(game): Cost(*map(float, row)) for game, row in games.items()}
            for kind, games in values.items()
        }
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError("costs", str(path), f"kind, game, and three numbers for each ({reason})") from None


@dataclass(frozen=True)
class Bill:
    """What a benchmark will cost.

    Attributes:
        runs: how many cells there are.
        seconds: of one processor, all cells together; ``by_learner``: the same by label.
        bytes: on disk.
        guessed: pairs of learner and game that were not measured; they are charged as the measured game of the same
            kind of learner whose number of information sets is nearest.
        unknown: labels of learners of whose kind nothing was measured; they are not in the sums.
    """

    runs: int
    seconds: float
    by_learner: Mapping[str, float]
    bytes: float
    guessed: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "runs": self.runs,
            "processor_seconds": self.seconds,
            "by_learner": dict(self.by_learner),
            "bytes": self.bytes,
            "guessed": [list(pair) for pair in self.guessed],
            "unknown": list(self.unknown),
        }


def predict(cells: Sequence[Cell], costs: Costs) -> Bill:
    """The bill of some cells by measured costs."""
    sizes = {cell.game: estimate(cell.config.game.compile()).information_sets for cell in cells}
    seconds: dict[str, float] = defaultdict(float)
    guessed: dict[tuple[str, str], None] = {}
    unknown: dict[str, None] = {}
    size = 0.0
    for cell in cells:
        known = costs.get(cell.config.learner.kind, {})
        cost = known.get(cell.game)
        if cost is None:
            near = [game for game in known if game in sizes]
            if not near:
                unknown[cell.learner] = None
                continue
            guessed[cell.learner, cell.game] = None
            here = np.log(sizes[cell.game] + 1)
            cost = known[min(near, key=lambda game: abs(np.log(sizes[game] + 1) - here))]
        seconds[cell.learner] += cost.seconds(units_of(cell), cell.config.evaluations)
        size += cost.bytes
    return Bill(len(cells), sum(seconds.values()), dict(seconds), size, tuple(guessed), tuple(unknown))
