"""From the files of an experiment to its tables: one row a line, the same whatever made the files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.eval.intervals import Estimate
from olivebranch.eval.selection.ends import NOWHERE, ends, over_games, shares
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.selection.exploration import TYPE_BLIND, Logit, sustained
from olivebranch.theory.selection.freezing import frozen_reply
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.rules import RULES
from olivebranch.theory.selection.samples import Disagreement
from olivebranch.theory.selection.terms import OFFER, Terms
from olivebranch.theory.talks.kernel import POOL_FIGHT, ROWS
from olivebranch.train.selection.config import SelectionConfig, StartKind
from olivebranch.train.selection.jobs import (
    FreezingJob,
    OffPathJob,
    RunJob,
    StoredSample,
    games_of,
    load,
    pool_fight_games,
    sample_jobs,
    start_rows,
)

Row = dict[str, Any]
Tables = dict[str, list[Row]]
OFFERED = 1  # the message's column in counts of visits


class Results:
    """The samples and where every run ended, read once."""

    def __init__(self, config: SelectionConfig, folder: Path) -> None:
        self.config, self.folder = config, folder
        self.samples = [job.load() for job in sample_jobs(config, folder)]
        self._ended: dict[tuple[int, str, StartKind], IntArray] = {}

    def ended(self, number: int, label: str, start: StartKind) -> IntArray:
        """Where the runs of a learner in a sample ended, ``[rows, seeds]``, rows as :meth:`rows` has them."""
        key = number, label, start
        if key not in self._ended:
            total = games_of(self.config, label)
            parts = [
                load(RunJob(self.config, self.folder, number, label, start, first).path)["state"]
                for first in range(0, total, self.config.chunk)
            ]
            states = np.concatenate([part for part in parts if len(part)] or parts[:1])
            game, _ = self.rows(number, label, start)
            terms = self.samples[number].terms.take(game)
            self._ended[key] = ends(terms, states, self.config.tolerance) if len(game) else np.empty((0, 1), np.int64)
        return self._ended[key]

    def rows(self, number: int, label: str, start: StartKind) -> tuple[IntArray, IntArray]:
        """The game and the component (-1: none) in which each row began."""
        return start_rows(self.samples[number].terms, 0, games_of(self.config, label), start)

    def seed(self, *names: object) -> int:
        """Of a bootstrap."""
        return self.config.seed_of("bootstrap", *names)

    def from_scratch(self) -> Iterator[tuple[int, str, StoredSample, str, StartKind]]:
        """Every sample with games, learner and start other than in a component."""
        for number, (condition, sample) in enumerate(zip(self.config.conditions, self.samples, strict=True)):
            for label, plan in self.config.learners.items():
                for start in plan.starts:
                    if start != "component" and len(sample.terms):
                        yield number, condition.name, sample, label, start


def _interval(name: str, estimate: Estimate) -> Row:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def sample_rows(found: Results) -> list[Row]:
    """How many games each sample has, how many draws that took, and how often rules name a component there."""
    result = []
    for condition, sample in zip(found.config.conditions, found.samples, strict=True):
        kind = "disagreement" if isinstance(condition, Disagreement) else "cell"
        result.append({"sample": condition.name, "kind": kind, "games": len(sample.terms), "draws": sample.tried})
    return result


def rule_rows(found: Results) -> list[Row]:
    """Which rule predicts which learner: the share of runs that end at a component that it names, over the games in
    which it names one."""
    result = []
    for number, name, sample, label, start in found.from_scratch():
        ended = found.ended(number, label, start)
        for rule in RULES:
            named = sample.answers[rule][: len(ended)]
            speaks = named.any(axis=1)
            share = over_games(shares(ended, named)[speaks], found.seed(name, label, start, rule))
            components = float(named[speaks].sum(axis=1).mean()) if speaks.any() else np.nan
            row = {"sample": name, "learner": label, "start": start, "rule": rule, "games": int(speaks.sum())}
            result.append(row | {"components_named": components} | _interval("share", share))
    return result


def disagreement_rows(found: Results) -> list[Row]:
    """Of two rules that disagree, which a learner follows: both shares and the difference, first less second."""
    result = []
    for number, name, sample, label, start in found.from_scratch():
        condition = found.config.conditions[number]
        if not isinstance(condition, Disagreement):
            continue
        ended = found.ended(number, label, start)
        one, other = (shares(ended, sample.answers[rule][: len(ended)]) for rule in (condition.first, condition.second))
        difference = over_games(one - other, found.seed(name, label, start, "difference"))
        follows = condition.first if difference.low > 0 else condition.second if difference.high < 0 else "undecided"
        row: Row = {"sample": name, "learner": label, "start": start, "games": len(ended)}
        row |= {"first": float(one.mean()), "second": float(other.mean())}
        row |= {"neither": float(1 - one.mean() - other.mean()), **_interval("difference", difference)}
        result.append(row | {"follows": follows})
    return result


def end_rows(found: Results) -> list[Row]:
    """Where runs from scratch end, by component and by index: basins, where the start is random."""
    result = []
    for number, name, sample, label, start in found.from_scratch():
        ended = found.ended(number, label, start)
        terms = sample.terms.take(slice(len(ended)))
        index = component_indices(terms)
        for what, named in _kinds(terms.exists, index):
            if named.any():
                share = over_games(shares(ended, named), found.seed(name, label, start, what))
                row = {"sample": name, "learner": label, "start": start, "ends_at": what, "games": len(ended)}
                result.append(row | _interval("share", share))
        nowhere = over_games((ended == NOWHERE).mean(axis=1), found.seed(name, label, start, "nowhere"))
        row = {"sample": name, "learner": label, "start": start, "ends_at": "nowhere", "games": len(ended)}
        result.append(row | _interval("share", nowhere))
    return result


def _kinds(exists: BoolArray, index: IntArray) -> Iterator[tuple[str, BoolArray]]:
    for row, name in enumerate(ROWS):
        yield name, exists & (np.arange(len(ROWS)) == row)
    for value in (-1, 0, 1):
        yield f"index {value:+d}" if value else "index 0", exists & (index == value)


def survival_rows(found: Results) -> list[Row]:
    """Of runs that start in a component, the share that ends there, by component and index."""
    result = []
    for number, condition in enumerate(found.config.conditions):
        terms = found.samples[number].terms
        if not len(terms):
            continue
        index = component_indices(terms)
        for label, plan in found.config.learners.items():
            if "component" not in plan.starts:
                continue
            game, row = found.rows(number, label, "component")
            stays = (found.ended(number, label, "component") == row[:, None]).mean(axis=1)
            for component in np.unique(row):
                for value in np.unique(index[game, row][row == component]):
                    some = (row == component) & (index[game, row] == value)
                    name = ROWS[component]
                    share = over_games(stays[some], found.seed(condition.name, label, name, value))
                    result.append(
                        {"sample": condition.name, "learner": label, "component": name, "index": int(value)}
                        | {"games": int(some.sum()), **_interval("share", share)}
                    )
    return result


def off_path_rows(found: Results) -> list[Row]:
    """Game by game, the reply to an offer against a receiver that answers optimally, beside what theory has."""
    study = found.config.off_path
    if study is None:
        return []
    result: list[Row] = []
    for number, cell in enumerate(study.cells):
        terms = pool_fight_games(found.config, found.folder, cell, study.games)
        kept = sustained(terms, Logit(study.temperature))
        predicted = kept.replies[:, POOL_FIGHT, OFFER]
        blind = sustained(terms, TYPE_BLIND).replies[:, POOL_FIGHT, OFFER]
        columns: dict[str, FloatArray] = {"predicted": predicted, "type_blind": blind}
        for kind in ("boltzmann", "epsilon-greedy"):
            job = OffPathJob(found.config, found.folder, number, kind)
            stored = load(job.path)
            name = kind.replace("-", "_")
            columns[f"{name}_reply"] = stored["state"][:, :, 2].mean(axis=1)
            columns[f"{name}_gap"] = np.abs(columns[f"{name}_reply"] - predicted)
            columns[f"{name}_offers"] = stored["plays"][:, :, :, OFFERED].sum(axis=2).mean(axis=1)
        for game in range(len(terms)):
            result.append({"cell": cell, "game": game} | {key: float(values[game]) for key, values in columns.items()})
    return result


def freezing_rows(found: Results) -> list[Row]:
    """The map of freezing: how old replies to offers are, and what they are."""
    study = found.config.freezing
    if study is None:
        return []
    terms = pool_fight_games(found.config, found.folder, study.cell, study.games)
    passive = np.where(terms.prior < terms.threshold[:, OFFER], 1.0, 0.0)
    result = []
    for exploration in study.explorations:
        for step, step_size in enumerate(study.step_sizes):
            for cooling, plays in enumerate(study.plays):
                stored = load(FreezingJob(found.config, found.folder, exploration, step, cooling).path)
                errors = freezing_errors(found.config, terms, stored, plays, exploration == "boltzmann")
                reply = stored["state"][:, :, 2]
                age, frozen = errors["age"], errors["age"] >= 0.5
                row: Row = {"exploration": exploration, "step_size": step_size, "plays": plays, "runs": reply.size}
                row |= {
                    "frozen": float(frozen.mean()),
                    "median_age": float(np.median(age)),
                    "median_offers": float(np.median(stored["plays"][..., OFFERED].sum(axis=2))),
                    "median_reply": float(np.median(reply)),
                    "mean_reply": float(reply.mean()),
                    "stays": float((stored["state"][:, :, :2] < 0.2).all(axis=2).mean()),
                    "gap_to_passive": float(np.median(np.abs(reply - passive[:, None]))),
                }
                for name in ("error_frozen", "error_last_temperature"):
                    some = errors[name][frozen] if name in errors else np.empty(0)
                    row[name] = float(np.median(some)) if len(some) else np.nan
                result.append(row)
    return result


def freezing_errors(
    config: SelectionConfig, terms: Terms, stored: dict[str, FloatArray], plays: int, boltzmann: bool
) -> dict[str, FloatArray]:
    """By run, ``[games, seeds]``: the time since the last offer as a share of training, and under Boltzmann exploration
    the errors of the freezing model and of two-sided logit play at the last temperature."""
    study = config.freezing
    assert study is not None
    reply = stored["state"][:, :, 2]
    last = stored["last_update"][..., OFFERED].max(axis=2) / (2 * plays)
    found = {"age": 1.0 - last}
    if boltzmann:
        settings = study.settings("boltzmann", study.step_sizes[0], plays)
        now = settings.temperature.at(1.0)
        runs = terms.take(np.repeat(np.arange(len(terms)), reply.shape[1]))
        then = settings.temperature.along(last.ravel())
        frozen = np.where(last > 0, frozen_reply(runs, then, now).reshape(reply.shape), 1.0)  # the start's reply
        found["error_frozen"] = np.abs(reply - frozen)
        cold = frozen_reply(runs, np.full(len(runs), now), now).reshape(reply.shape)
        found["error_last_temperature"] = np.abs(reply - cold)
    return found


TABLES: dict[str, Callable[[Results], list[Row]]] = {
    "samples": sample_rows,
    "rules": rule_rows,
    "disagreements": disagreement_rows,
    "ends": end_rows,
    "survival": survival_rows,
    "off-path": off_path_rows,
    "freezing": freezing_rows,
}
