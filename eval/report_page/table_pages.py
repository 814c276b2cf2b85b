"""Folders whose results are tables already: a benchmark, an experiment on selection, a ledger of claims."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from olivebranch.core.errors import ParameterError
from olivebranch.eval.benchmark.summaries import Summary, summaries, sure_orders
from olivebranch.eval.ledger.report import ledger_report
from olivebranch.eval.report_page.bars import Bar, interval_bars
from olivebranch.eval.report_page.markup import Section, estimate, folded, heading, number, paragraph, table
from olivebranch.eval.report_page.run_sections import Report, what_was_run
from olivebranch.eval.statistics import STATISTICS
from olivebranch.theory.claims.play import PLACES
from olivebranch.theory.claims.reading import READINGS
from olivebranch.train.config import read_values, validated
from olivebranch.train.ledger.config import LedgerConfig

MOST_BARS = 24


def benchmark_page(folder: Path, report: Report) -> tuple[str, list[Section]]:
    """Title and sections of a benchmark's folder."""
    report(0, 1, "scores")
    try:
        scores = pl.read_parquet(folder / "scores.parquet")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ParameterError("benchmark", str(folder), f"a scores.parquet that can be read ({error})") from None
    sections = [what_was_run(folder)]
    for budget in scores["budget"].unique(maintain_order=True).to_list():
        found = summaries(scores, budget)
        sections += [
            Section(f"Learners with {budget}", _learners(found), ("scores.parquet",)),
            Section(f"Game by game with {budget}", _games(found), ("scores.parquet",)),
        ]
    rows = scores.group_by(["stratum", "game"], maintain_order=True).agg(pl.len()).iter_rows()
    games = table("Games", ("game", "structure", "runs"), [(str(g), str(s), str(n)) for s, g, n in rows])
    sections.append(Section("The games", games, ("scores.parquet",)))
    count = scores["learner"].n_unique()
    return f"Benchmark {folder.resolve().name}: {count} learners in {scores['game'].n_unique()} games", sections


def _learners(found: Mapping[str, Summary]) -> Markup:
    order = sorted(found, key=lambda name: found[name].statistics["mean"].value)
    body = paragraph(
        "The score is exact NashConv over that of uniform play: 0 in equilibrium, 1 where play is as bad as chance. "
        "Figures are log10 of it: -2 is a hundredth of uniform play's. Brackets and lines are 95 % intervals of a "
        "bootstrap over games and seeds."
    )
    bars = [Bar(name, *found[name].statistics["mean"].as_list()) for name in order]
    body += interval_bars("Mean log10 score; further left is better", bars[:MOST_BARS])
    rows = [
        (
            name,
            *(estimate(found[name].statistics[statistic].as_list(), 2) for statistic in STATISTICS),
            "/".join(map(str, found[name].reached)),
            "/".join(map(str, found[name].supported)),
        )
        for name in order
    ]
    head = ("learner", *STATISTICS, "reached an equilibrium", "supported by beliefs")
    body += table("Learners, the best first", head, rows)
    sure = sure_orders(found)
    pairs = len(found) * (len(found) - 1) // 2
    return body + paragraph(f"The intervals of the mean do not touch in {len(sure)} of {pairs} pairs.")


def _games(found: Mapping[str, Summary]) -> Markup:
    games = list(dict.fromkeys(game for one in found.values() for game in one.by_game))
    rows = [(game, *(number(one.by_game.get(game), 2) for one in found.values())) for game in games]
    return table("Mean log10 score over seeds", ("game", *found), rows)


def selection_page(folder: Path, report: Report) -> tuple[str, list[Section]]:
    """Title and sections of the folder of an experiment on selection."""
    report(0, 1, "tables")
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        predictions, samples = summary["predictions"], summary["samples"]
        disagreements, survival = summary["disagreements"], summary["survival"]
    except (OSError, ValueError, KeyError) as error:
        raise ParameterError("selection", str(folder), f"a summary.json that can be read ({error})") from None
    told = [(r["prediction"], r["statement"], r["side"], r["bound"], r["value"], r["low"], r["high"], r["verdict"])
            for r in predictions]  # fmt: skip
    rows = [
        (str(p), s, f"{side} {bound:g}", number(None) if v is None else estimate((v, low, high)), verdict)
        for p, s, side, bound, v, low, high, verdict in told
    ]
    head = ("", "prediction", "expected", "measured", "verdict")
    first = paragraph(
        f"{summary['games']} games in each sample, {summary['seeds']} seeds, master seed {summary['seed']}. "
        "Predictions were written before the results (docs/selection-experiment.md); brackets are 95 % intervals over "
        "games."
    )
    source = ("summary.json",)
    sections = [
        what_was_run(folder),
        Section("Predictions and what was measured", first + table("Predictions", head, rows), source),
        Section("Which rule predicts which learner", _disagreements(disagreements), source),
        Section("Who stays where it starts", _generic("Survival of components", survival), source),
    ]
    if summary.get("freezing"):
        sections.append(Section("Freezing", _generic("Replies that freeze", summary["freezing"]), source))
    sections.append(Section("Samples", _generic("Random games drawn", samples), source))
    return f"Which equilibrium does learning find? {summary['name']}", sections


def _disagreements(rows: Sequence[Mapping[str, Any]]) -> Markup:
    body = paragraph(
        "In each sample two rules name different equilibria. Right of zero, more runs end at what the first rule "
        "names; a line that crosses zero is undecided."
    )
    groups = dict.fromkeys((row["sample"], row["start"]) for row in rows)
    for sample, start in groups:
        own = [row for row in rows if (row["sample"], row["start"]) == (sample, start)]
        bars = [
            Bar(str(row["learner"]), row["difference"], row["difference_low"], row["difference_high"])
            for row in own
            if row["difference"] is not None
        ]
        body += heading(3, f"{sample}, from {start} starts")
        body += interval_bars(f"Share of the first rule less the second: {sample}, {start}", bars[:MOST_BARS])
    return body + folded("As a table", _generic("Differences", rows))


def _generic(caption: str, rows: Sequence[Mapping[str, Any]]) -> Markup:
    if not rows:
        return paragraph("There are none.")
    head = [str(name).replace("_", " ") for name in rows[0]]
    return table(caption, head, [[number(value) for value in row.values()] for row in rows])


def ledger_page(folder: Path, report: Report) -> tuple[str, list[Section]]:
    """Title and sections of a ledger's folder."""
    report(0, 1, "claims")
    config = validated(LedgerConfig, read_values(folder / "config.yaml", ()))
    entries = ledger_report(config, folder)
    rows = []
    for entry in entries:
        verdicts = [row["verdict"] for row in entry["learned"]["learners"].values()]
        theory = [entry["theory"]["verdicts"].get(reading) or "–" for reading in READINGS]
        counts = " / ".join(str(verdicts.count(verdict)) for verdict in ("agrees", "departs", "undecided"))
        rows.append((f"{entry['claim']} {entry['title']}", *theory, entry["learned"]["verdict"], counts))
    head = ("claim", *READINGS, "as learned", "learners: agree / depart / undecided")
    first = paragraph("Theory says what holds in all equilibria that a reading keeps; learning says what learners do.")
    sections = [
        what_was_run(folder),
        Section(
            "Claims as theory and as learned", first + table("Verdicts", head, rows), ("theory/", "learned/", "wars/")
        ),
    ]
    sections += [Section(f"{e['claim']} {e['title']}", _claim(e), ("theory/", "learned/", "wars/")) for e in entries]
    return f"Ledger of claims {config.name}", sections


def _claim(entry: Mapping[str, Any]) -> Markup:
    body = paragraph(entry["statement"])
    if entry["correction"]:
        body += paragraph(f"Correction: {entry['correction']}")
    for statement in entry["theory"]["statements"]:
        key = statement["key"]
        body += heading(3, f"{key}: {statement['event']}")
        rows = [(f"theory, {place}", *_theory(statement, place)) for place in PLACES]
        body += table(f"{key} in theory: share of games ({statement['quantifier']} equilibrium)", ("", *READINGS), rows)
        learned = []
        for name, one in entry["learned"]["learners"].items():
            if key in one["statements"]:
                row = one["statements"][key]
                learned.append(
                    (name, *(_share(row[place]) for place in PLACES), _share(row["difference"]), row["verdict"])
                )
        head = ("learner", *PLACES, "inside less outside", "verdict")
        body += table(f"{key} as learned: share of runs", head, learned)
    return body


def _theory(statement: Mapping[str, Any], place: str) -> list[str]:
    answers = statement["shares"][place]
    return [
        number(answers[reading][statement["quantifier"]]) if answers.get(reading) is not None else "–"
        for reading in READINGS
    ]


def _share(row: Mapping[str, Any]) -> str:
    return estimate((row["value"], row["low"], row["high"]), 2)
