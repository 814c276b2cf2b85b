"""From the runs of a replication to ``scores.json`` and a page's section, with a verdict on each prediction."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.core.files import write_bytes
from olivebranch.eval.intervals import Estimate, bootstrap_mean, wilson
from olivebranch.eval.replication.predictions import judge
from olivebranch.eval.replication.scores import Scores, score
from olivebranch.eval.sections import table
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.train.replication.config import ReplicationConfig
from olivebranch.train.replication.run import load_runs

SHOWN = 11  # biases in a table
FULL = 2  # cells that have a whole table each; of more, some numbers are shown side by side


def write_report(config: ReplicationConfig, folder: Path) -> dict[str, Any]:
    """Score every run, and write ``scores.json`` and ``report.md`` into the folder.

    Returns:
        What ``scores.json`` holds: ``cells`` (by name: ``summary`` and ``biases``, a row each) and ``predictions``.
    """
    scores = {cell: score_cell(config, folder, cell) for cell in config.cells}
    result = {
        "name": config.name,
        "seeds": config.seeds,
        "cells": {
            cell: {"summary": summary(rows), "biases": [row(one) for one in rows]} for cell, rows in scores.items()
        },
        "predictions": judge(config, scores),
    }
    write_bytes(folder / "scores.json", (json.dumps(result, indent=1) + "\n").encode())
    write_bytes(folder / "report.md", (section(result) + "\n").encode())
    return result


def score_cell(config: ReplicationConfig, folder: Path, cell: str) -> list[Scores]:
    """The scores of one cell, bias by bias."""
    return [
        score(float(bias), config.game(bias).form, load_runs(config, folder, cell, number))
        for number, bias in enumerate(config.biases.values())
    ]


def row(one: Scores) -> dict[str, Any]:
    """One bias in numbers; estimates are ``[value, low, high]`` with 95 % intervals."""
    ranks = np.bincount(one.rank, minlength=len(one.equilibria) + 1)
    return {
        "bias": one.bias,
        "converged": _share(one.converged),
        "plays": _mean(one.plays),
        "nash": _share(one.nash & one.converged),
        "sender_loss": _mean(one.sender_loss),
        "receiver_loss": _mean(one.receiver_loss),
        "information": _mean(one.information),
        "sender_payoff": _mean(one.sender_payoff),
        "receiver_payoff": _mean(one.receiver_payoff),
        "recent_sender_payoff": _mean(one.recent_sender_payoff),
        "recent_receiver_payoff": _mean(one.recent_receiver_payoff),
        "recent_information": _mean(one.recent_information),
        "learned": {
            "none": int(ranks[0]),
            **{"-".join(map(str, eq.cells)): int(n) for eq, n in zip(one.equilibria, ranks[1:], strict=True)},
        },
        "equilibria": [
            {
                "cells": list(eq.cells),
                "information": eq.information,
                "sender_payoff": eq.sender_payoff,
                "receiver_payoff": eq.receiver_payoff,
            }
            for eq in one.equilibria
        ],
    }


def summary(rows: Sequence[Scores]) -> dict[str, Any]:
    """A cell in a few numbers, over all biases and seeds."""
    converged = np.concatenate([one.converged for one in rows])
    nash = np.concatenate([one.nash for one in rows])
    ranks = np.concatenate([one.rank for one in rows])
    losses = np.concatenate([np.maximum(one.sender_loss, one.receiver_loss) for one in rows])
    plays = np.concatenate([one.plays for one in rows])
    settled = losses[converged]
    return {
        "runs": len(converged),
        "converged": _share(converged),
        "plays": [float(np.quantile(plays, q)) for q in (0.5, 0.05, 0.95)],
        "nash_if_converged": _share(nash[converged]),
        "matches_if_converged": _share(ranks[converged] > 0),
        "largest_loss_90": float(np.quantile(settled, 0.9)) if len(settled) else None,
        "rank_1_if_matched": _share(ranks[ranks > 0] == 1),
        "rank_2_or_better_if_matched": _share(ranks[ranks > 0] <= 2),
    }


def section(result: Mapping[str, Any]) -> str:
    """What a page shows of ``scores.json``."""
    parts = [
        f"`olivebranch replicate` made this from {result['seeds']} seeds a bias and cell. Brackets are 95 % intervals "
        "over runs.",
        _summaries(result["cells"]),
        "**Predictions.**\n\n" + "\n".join(f"- {one['text']} **{one['verdict']}**" for one in result["predictions"]),
    ]
    if len(result["cells"]) > FULL:
        parts += [f"{title}, by cell and bias:\n\n{_matrix(result['cells'], of)}" for title, of in MATRICES.items()]
    else:
        for cell, values in result["cells"].items():
            parts.append(f"At some of the biases, cell *{cell}*:\n\n{_biases(values['biases'])}")
    return "\n\n".join(part for part in parts if part)


def _summaries(cells: Mapping[str, Any]) -> str:
    head = [
        "cell", "converged", "plays, median (5 %, 95 %)", "of these Nash", "match an equilibrium",
        "larger loss, 90 %", "rank 1 of matches", "rank 1 or 2", "published",
    ]  # fmt: skip
    rows = []
    for cell, values in cells.items():
        found = values["summary"]
        middle, low, high = found["plays"]
        loss = found["largest_loss_90"]
        rows.append(
            [
                cell,
                _percent(found["converged"]),
                f"{middle:,.0f} ({low:,.0f}, {high:,.0f})",
                *(_percent(found[key]) for key in ("nash_if_converged", "matches_if_converged")),
                "–" if loss is None else f"{loss:.5f}",
                *(_percent(found[key]) for key in ("rank_1_if_matched", "rank_2_or_better_if_matched")),
                "not transcribed",
            ]
        )
    return table(head, rows)


def _gained(one: Mapping[str, Any]) -> str:
    best = max(equilibrium["sender_payoff"] for equilibrium in one["equilibria"])
    return f"{one['recent_sender_payoff'][0] - best:+.3f}"


def _information(one: Mapping[str, Any]) -> str:
    best = one["equilibria"][0]["information"]
    return f"{one['recent_information'][0]:.2f} of {best:.2f}"


MATRICES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "Runs that converged": lambda one: f"{100 * one['converged'][0]:.0f} %",
    "Information in recent play, of that in the most informative equilibrium": _information,
    "What the sender recently got beside the equilibrium that is best for it": _gained,
}


def _matrix(cells: Mapping[str, Any], of: Callable[[Mapping[str, Any]], str]) -> str:
    rows = next(iter(cells.values()))["biases"]
    chosen = _chosen(rows)
    lines = [[cell, *(of(values["biases"][k]) for k in chosen)] for cell, values in cells.items()]
    return table(["cell", *(f"{rows[k]['bias']:.3f}" for k in chosen)], lines)


def _chosen(rows: Sequence[Any]) -> list[int]:
    """The biases that a table shows."""
    return [int(k) for k in np.unique(np.round(np.linspace(0, len(rows) - 1, min(SHOWN, len(rows)))))]


def _biases(rows: Sequence[Mapping[str, Any]]) -> str:
    head = [
        "bias", "converged", "Nash", "sender's loss", "receiver's loss", "information", "of the best equilibrium",
        "sender's payoff, recent", "best equilibrium for it", "learned most often",
    ]  # fmt: skip
    lines = []
    for number in _chosen(rows):
        one = rows[number]
        most = max(one["learned"], key=lambda name: one["learned"][name])
        lines.append(
            [
                f"{one['bias']:.3f}",
                _percent(one["converged"]),
                _percent(one["nash"]),
                f"{one['sender_loss'][0]:.5f}",
                f"{one['receiver_loss'][0]:.5f}",
                f"{one['information'][0]:.3f} [{one['information'][1]:.3f}, {one['information'][2]:.3f}]",
                f"{one['equilibria'][0]['information']:.3f}",
                f"{one['recent_sender_payoff'][0]:.4f}",
                f"{max(eq['sender_payoff'] for eq in one['equilibria']):.4f}",
                f"{most} ({one['learned'][most]})",
            ]
        )
    return table(head, lines)


def _percent(estimate: Sequence[float] | None) -> str:
    if estimate is None:
        return "–"
    value, low, high = (100 * number for number in estimate)
    return f"{value:.1f} % [{low:.1f}, {high:.1f}]"


def _share(which: BoolArray) -> list[float] | None:
    return wilson(int(which.sum()), len(which)).as_list() if len(which) else None


def _mean(values: FloatArray | IntArray) -> list[float]:
    found: Estimate = bootstrap_mean(np.asarray(values, dtype=np.float64), np.random.default_rng(0), resamples=500)
    return found.as_list()
