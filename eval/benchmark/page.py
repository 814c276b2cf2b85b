"""The page of a benchmark and the leaderboard, as Markdown; every picture with the sentence that it supports."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.eval.benchmark.figures import draw_curves, draw_means, draw_tuning, groups_of, mean_curve
from olivebranch.eval.benchmark.submissions import Scored
from olivebranch.eval.benchmark.summaries import (
    THRESHOLDS,
    Summary,
    best_in,
    summaries,
    summarise,
    sure_orders,
    time_to,
)
from olivebranch.eval.figures.comparison import save_figure
from olivebranch.eval.intervals import Estimate

BOARD_KEYS = ("games", "track", "budget", "name")  # what makes two rows of a leaderboard the same entry


def write_page(
    scores: pl.DataFrame,
    curves: pl.DataFrame,
    page: Path,
    *,
    track: str,
    command: str,
    expected: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Write the page of one track and, into ``images`` beside it, its pictures.

    Args:
        scores, curves: the tables of a benchmark.
        page: a Markdown file; pictures are named after it.
        track: of its learners.
        command: that makes it, for the page.
        expected: what the best of n trials is worth, by learner, where they were tuned.
    """
    budgets = list(scores["budget"].unique(maintain_order=True))
    found = {budget: summaries(scores, budget) for budget in budgets}
    images = page.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    strata = dict(scores.select("game", "stratum").unique(maintain_order=True).iter_rows())
    learners = list(found[budgets[-1]])
    lines = _head(scores, track, command, learners)

    def picture(name: str, figure: Any, sentence: str) -> None:
        save_figure(figure, images / f"{page.stem}-{name}.png")
        lines.extend(["", sentence, "", f"![{sentence}](images/{page.stem}-{name}.png)"])

    for budget in budgets:
        lines += ["", f"## {budget.replace('-', ' ')}", "", *_main_table(scores, found[budget], budget)]
        lines += ["", *_orders(found[budget])]
    last = budgets[-1]
    best = min(found[last], key=lambda name: found[last][name].statistics["mean"].value)
    picture(
        "means",
        draw_means(found),
        f"With {last.replace('-', ' ')}, {best} has the least mean log10 score; bars are 95 % intervals over games and "
        "seeds.",
    )
    for budget in budgets:
        own = curves.filter(pl.col("budget") == budget)
        for number, group in enumerate(groups_of(learners)):
            down = [name for name in group if _falls(own, name)]
            sentence = (
                f"With {budget.replace('-', ' ')}, the mean log10 score is lower at the end than in the middle of "
                f"training for {len(down)} of these {len(group)} learners."
            )
            picture(
                f"curves-{budget}-{number + 1}", draw_curves(own, strata, group, budget.replace("-", " ")), sentence
            )
    for budget in budgets:
        lines += ["", f"## Scores by game, {budget.replace('-', ' ')}", "", *_by_game(found[budget], strata)]
    for budget in budgets:
        own = curves.filter(pl.col("budget") == budget)
        lines += ["", f"## Time to a threshold, {budget.replace('-', ' ')}", "", *_times(own, learners)]
    if expected:
        for number, group in enumerate(groups_of([name for name in learners if name in expected])):
            gain = max(expected[name][0] - expected[name][-1] for name in group)
            sentence = f"All trials instead of one gain at most {gain:.2f} in mean log10 score on development games."
            picture(f"tuning-{number + 1}", draw_tuning(expected, group), sentence)
    write_bytes(page, ("\n".join(lines) + "\n").encode())


def _head(scores: pl.DataFrame, track: str, command: str, learners: Sequence[str]) -> list[str]:
    games, seeds = scores["game"].n_unique(), scores["seed"].n_unique()
    hours = scores["processor_seconds"].sum() / 3600
    return [
        f"# Benchmark: the {track} track",
        "",
        f"This page was made by `{command}`. It compares {len(learners)} learners in {games} games with {seeds} seeds "
        f"each, by the rules of [the protocol](benchmark-protocol.md). The {len(scores):,} runs took {hours:.1f} "
        "processor hours.",
        "",
        "The *score* is exact NashConv over that of uniform play: 0 in equilibrium, 1 where play is as bad as chance. "
        "Tables show log10 of it, averaged over seeds and then over games, with 95 % intervals of a bootstrap that "
        "draws games and seeds. *Reached* counts runs whose play is within 0.05 of a certified equilibrium, in games "
        "where all are known. "
        "*Supported* counts runs whose policy some beliefs support as a perfect Bayesian equilibrium.",
    ]


def _main_table(scores: pl.DataFrame, found: Mapping[str, Summary], budget: str) -> list[str]:
    lines = [
        "| learner | mean | median | interquartile mean | reached | supported | processor seconds a run |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    own = scores.filter(pl.col("budget") == budget)
    for name in sorted(found, key=lambda name: found[name].statistics["mean"].value):
        one = found[name]
        seconds = float(np.median(own.filter(pl.col("learner") == name)["learning_seconds"].to_numpy()))
        cells = [_interval(estimate) for estimate in one.statistics.values()]
        cells += [f"{k}/{n}" if n else "" for k, n in (one.reached, one.supported)]
        lines.append(f"| {name} | {' | '.join(cells)} | {seconds:.2f} |")
    return lines


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _orders(found: Mapping[str, Summary]) -> list[str]:
    pairs = sure_orders(found)
    total = len(found) * (len(found) - 1) // 2
    if not pairs:
        return [f"No pair of the {total} has disjoint intervals of the mean, so nothing is said of any order."]
    by_first: dict[str, list[str]] = {}
    for one, other in pairs:
        by_first.setdefault(one, []).append(other)
    said = "; ".join(f"{one} before {', '.join(others)}" for one, others in by_first.items())
    return [f"Of {total} pairs, {len(pairs)} have disjoint intervals of the mean: {said}."]


def _falls(curves: pl.DataFrame, learner: str) -> bool:
    _, values = mean_curve(curves.filter(pl.col("learner") == learner))
    return bool(values[-1] < values[len(values) // 2])


def _by_game(found: Mapping[str, Summary], strata: Mapping[str, str]) -> list[str]:
    names = list(found)
    lines = [
        f"| stratum | game | {' | '.join(names)} |",
        f"| --- | --- | {' | '.join('---' for _ in names)} |",
    ]
    for game, stratum in strata.items():
        best = best_in(found, game)
        scores = {name: 10 ** found[name].by_game[game] for name in names}
        cells = [f"**{scores[name]:.1e}**" if name in best else f"{scores[name]:.1e}" for name in names]
        lines.append(f"| {stratum} | {game} | {' | '.join(cells)} |")
    return ["Geometric means of scores over seeds. The least, and all within 10⁻⁶ of it, are bold.", "", *lines]


def _times(curves: pl.DataFrame, learners: Sequence[str]) -> list[str]:
    heads = [f"{what} {limit:g}" for limit in THRESHOLDS for what in ("runs to", "units to", "seconds to")]
    lines = [f"| learner | {' | '.join(heads)} |", f"| --- | {' | '.join('---' for _ in heads)} |"]
    for name in learners:
        own, cells = curves.filter(pl.col("learner") == name), []
        for limit in THRESHOLDS:
            units, seconds = (time_to(own, limit, column) for column in ("units", "learning_seconds"))
            arrived = [value for value in units if value is not None]
            cells.append(f"{len(arrived) / len(units):.0%}")
            cells.append(f"{np.median(arrived):,.0f}" if arrived else "")
            cells.append(f"{np.median([value for value in seconds if value is not None]):.2f}" if arrived else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [
        "Shares of runs that stay below a score, and medians of the units and processor seconds of those.",
        "",
        *lines,
    ]


def board_row(scored: Sequence[Scored], games_sha256: str) -> dict[str, Any]:
    """The row of a leaderboard for one submission that was computed again.

    Raises:
        ParameterError: its games have different numbers of seeds.
    """
    rows = [
        {
            "stratum": one.game.stratum,
            "game": one.game.name,
            "seed": one.seed,
            "score": one.judgement.score,
            "reached": one.judgement.reached,
            "supported": one.judgement.supported,
        }
        for one in scored
    ]
    table = pl.DataFrame(rows, schema_overrides={"reached": pl.Boolean}, infer_schema_length=None)
    seeds = table.group_by("game").len()["len"].unique().to_list()
    if len(seeds) != 1:
        raise ParameterError(
            "submission", scored[0].name, f"the same number of seeds in each game, and not {sorted(seeds)}"
        )
    first = scored[0]
    return {
        "games": games_sha256,
        "track": first.track,
        "budget": first.budget,
        "name": first.name,
        "n_games": table["game"].n_unique(),
        "seeds": int(seeds[0]),
        **summarise(table).as_dict(),
    }


def write_board(rows: Sequence[Mapping[str, Any]], page: Path) -> None:
    """Add rows to a leaderboard: ``PAGE.json`` beside the page holds all rows, and the page is made from them.

    A row of the same games, track, budget and name is replaced.

    Raises:
        ParameterError: the file beside the page is no leaderboard.
    """
    store = page.with_suffix(".json")
    try:
        known = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else []
        entries = {tuple(row[key] for key in BOARD_KEYS): row for row in known}
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError("leaderboard", str(store), f"rows of a leaderboard ({error})") from None
    for row in rows:
        entries[tuple(row[key] for key in BOARD_KEYS)] = dict(row)
    ordered = [entries[key] for key in sorted(entries)]
    page.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(store, (json.dumps(ordered, indent=1) + "\n").encode())
    lines = [
        "# Leaderboard",
        "",
        "Every row was computed from policy tables by `olivebranch benchmark rescore`, by the rules of "
        "[the protocol](benchmark-protocol.md); [benchmark.md](benchmark.md) says how to enter. Numbers are log10 "
        "scores over games with 95 % intervals; less is better. Only rows of one table are comparable.",
    ]
    for games, track, budget in dict.fromkeys(key[:3] for key in sorted(entries)):
        own = [entries[key] for key in sorted(entries) if key[:3] == (games, track, budget)]
        own.sort(key=lambda row: row["statistics"]["mean"][0])
        lines += [
            "",
            f"## Track {track}, {'without learning' if budget == 'none' else budget.replace('-', ' ')}, "
            f"games {games[:12]}",
            "",
            "| name | mean | median | interquartile mean | reached | supported | games | seeds |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for row in own:
            cells = [_interval(Estimate(*values)) for values in row["statistics"].values()]
            cells += [f"{k}/{n}" if n else "" for k, n in (row["reached"], row["supported"])]
            lines.append(f"| {row['name']} | {' | '.join(cells)} | {row['n_games']} | {row['seeds']} |")
    write_bytes(page, ("\n".join(lines) + "\n").encode())
