"""From the files of an experiment to its tables, pictures and page."""

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.eval.figures.comparison import save_figure
from olivebranch.eval.selection.figures import draw_disagreements, draw_doors, draw_freezing, draw_off_path
from olivebranch.eval.selection.predictions import prediction_rows
from olivebranch.eval.selection.tables import TABLES, Results, Row, Tables
from olivebranch.train.selection.config import SelectionConfig

BEGIN, END = "<!-- results:", "<!-- end of results -->"
PICTURES = {
    "disagreements": draw_disagreements,
    "doors": draw_doors,
    "freezing": draw_freezing,
    "off-path": draw_off_path,
}


def write_report(config: SelectionConfig, folder: Path) -> dict[str, Any]:
    """Write ``NAME.csv`` for each table, ``summary.json``, ``summary.md`` and the pictures into ``folder``.

    Returns:
        What ``summary.json`` holds: the samples, the predictions with their verdicts, and all tables but the long ones.
    """
    found = Results(config, folder)
    tables: Tables = {name: make(found) for name, make in TABLES.items()}
    tables["predictions"] = prediction_rows(found, tables)
    for name, rows in tables.items():
        write_bytes(folder / f"{name}.csv", as_csv(rows))
    for name, draw in PICTURES.items():
        if (figure := draw(tables)) is not None:
            save_figure(figure, folder / f"{name}.png")
    short = ("samples", "predictions", "disagreements", "survival", "freezing")
    result = {"name": config.name, "games": config.games, "seeds": config.seeds, "seed": config.seed}
    summary = result | {name: [_plain(row) for row in tables[name]] for name in short}
    write_bytes(folder / "summary.json", (json.dumps(summary, indent=1, ensure_ascii=False) + "\n").encode())
    write_bytes(folder / "summary.md", (as_page(config, tables) + "\n").encode())
    return summary


def write_document(folder: Path, document: Path, command: str) -> None:
    """Put ``summary.md`` and the pictures of an experiment into the results section of a page.

    Raises:
        ParameterError: the page has no such section.
    """
    text = document.read_text(encoding="utf-8") if document.is_file() else ""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ParameterError("document", str(document), f"a page with one line that begins {BEGIN!r} and one {END!r}")
    before, rest = text.split(BEGIN)
    page = (folder / "summary.md").read_text(encoding="utf-8")
    images = document.parent / "images"
    images.mkdir(exist_ok=True)
    for name in PICTURES:
        if (folder / f"{name}.png").is_file():
            write_bytes(images / f"selection-{name}.png", (folder / f"{name}.png").read_bytes())
            page = page.replace(f"({name}.png)", f"(images/selection-{name}.png)")
    content = f"{before}{BEGIN} written by `{command}` -->\n{page}{END}{rest.split(END)[1]}"
    write_bytes(document, content.encode())


def as_csv(rows: Sequence[Row]) -> bytes:
    """Rows under the names of their columns; numbers with six digits after the point."""
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: _text(value, 6) for key, value in row.items()})
    return text.getvalue().encode()


def as_page(config: SelectionConfig, tables: Tables) -> str:
    """The tables for readers, as Markdown."""
    parts = [
        f"{config.games} games a sample, {config.seeds} seeds, seed {config.seed}. Brackets hold 95 % intervals over "
        "games. The folder's CSV files have every figure.",
        "### Predictions",
        _table(
            ("", "prediction", "expected", "measured", "verdict"),
            [
                (r["prediction"], r["statement"], f"{r['side']} {r['bound']:g}", _estimate(r, "value"), r["verdict"])
                for r in tables["predictions"]
            ],
        ),
        "### Samples",
        _table(
            ("sample", "games", "draws tried"),
            [(r["sample"], r["games"], f"{r['draws']:,}") for r in tables["samples"]],
        ),
    ]
    learners = list(config.learners)
    if tables["disagreements"]:
        parts += [
            "### Which rule predicts which learner",
            "Share of runs that end at what the first rule names, less the share for the second. Bold: the interval "
            "excludes zero.",
            "![Differences, learner by disagreement](disagreements.png)",
        ]
        for start in ("uniform", "random"):
            rows = {(r["sample"], r["learner"]): r for r in tables["disagreements"] if r["start"] == start}
            names = list(dict.fromkeys(name for name, _ in rows))
            if names:
                parts.append(f"From {start} starts:")
                lines = [(n, *(_difference(rows.get((label, n))) for label in names)) for n in learners]
                parts.append(_table(("", *names), lines))
    cells = [name for name in config.cells if any(r["sample"] == name for r in tables["survival"])]
    if cells:
        rows = {
            (r["sample"], r["learner"]): r
            for r in tables["survival"]
            if r["component"] == "pool-fight" and r["sample"] in cells
        }
        parts += [
            "### Does the closed door stay closed?",
            "Of runs that start in pool-fight, the share that ends there.",
            "![Survival of pool-fight by cell](doors.png)",
            _table(
                ("", *cells),
                [(n, *(_estimate(rows.get((cell, n)), "share") for cell in cells)) for n in learners],
            ),
        ]
    parts += ["### Survival by index", _index_table(tables, learners)]
    parts += ["### Basins from random starts", _basin_table(tables, learners)]
    if tables["off-path"]:
        parts += ["### Off-path replies", "![Learned against predicted replies](off-path.png)"]
    if tables["freezing"]:
        parts += [
            "### Freezing",
            "![Age of replies and their gap, by step size and cooling](freezing.png)",
            _table(
                ("exploration", "step size", "plays", "frozen", "median offers", "mean reply", "gap to passive",
                 "error of the freezing model", "error at the last temperature"),
                [
                    (r["exploration"], f"{r['step_size']:g}", f"{r['plays']:,}", *(_text(r[name], 3) for name in (
                        "frozen", "median_offers", "mean_reply", "gap_to_passive", "error_frozen",
                        "error_last_temperature")))
                    for r in tables["freezing"]
                ],
            ),
        ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _mean_rows(rows: Sequence[Row], name: str) -> str:
    """The mean over samples, weighted by games; the CSV has intervals for each sample."""
    games = sum(row["games"] for row in rows)
    return _text(sum(row[name] * row["games"] for row in rows) / games, 3) if games else "–"


def _index_table(tables: Tables, learners: Sequence[str]) -> str:
    lines = []
    for label in learners:
        rows = [row for row in tables["survival"] if row["learner"] == label]
        if rows:
            by_index = ([row for row in rows if row["index"] == value] for value in (-1, 0, 1))
            lines.append((label, *(_mean_rows(some, "share") for some in by_index)))
    return _table(("start in a component and end there", "index -1", "index 0", "index +1"), lines)


def _basin_table(tables: Tables, learners: Sequence[str]) -> str:
    kinds = ("pool-talk", "pool-fight", "index -1", "index 0", "index +1", "nowhere")
    lines = []
    for label in learners:
        rows = [row for row in tables["ends"] if (row["learner"], row["start"]) == (label, "random")]
        if rows:
            total = sum(row["games"] for row in rows if row["ends_at"] == "nowhere")
            found = (sum(r["share"] * r["games"] for r in rows if r["ends_at"] == kind) / total for kind in kinds)
            lines.append((label, *(_text(share, 3) for share in found)))
    return _table(("all samples together", *kinds), lines)


def _table(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows)


def _difference(row: Row | None) -> str:
    if row is None:
        return "–"
    return f"**{row['difference']:+.2f}**" if row["follows"] != "undecided" else f"{row['difference']:+.2f}"


def _estimate(row: Row | None, name: str) -> str:
    if row is None or math.isnan(row[name]):
        return "–"
    low, high = (row[f"{name}_{end}"] if f"{name}_{end}" in row else row[end] for end in ("low", "high"))
    return f"{row[name]:.3f} [{low:.3f}, {high:.3f}]"


def _text(value: Any, digits: int) -> Any:
    if isinstance(value, float):
        return "–" if math.isnan(value) and digits < 6 else f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return value


def _plain(row: Row) -> Row:
    """With None where a number is missing, and six digits."""
    return {
        key: (None if math.isnan(value) else round(value, 6)) if isinstance(value, float) else value
        for key, value in row.items()
    }
