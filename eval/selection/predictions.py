"""The predictions of docs/selection-experiment.md, section 4, each held against its bound."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.eval.intervals import Estimate
from olivebranch.eval.selection.ends import median_over_games, over_games, shares
from olivebranch.eval.selection.tables import Results, Row, Tables, freezing_errors
from olivebranch.games.base import FloatArray
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.samples import Cell, Condition, Disagreement
from olivebranch.theory.talks.kernel import POOL_FIGHT, ROWS
from olivebranch.train.selection.config import StartKind
from olivebranch.train.selection.jobs import FreezingJob, load, pool_fight_games

BLIND, LOGIT, ANNEALED, REPLICATOR = "batch-epsilon-greedy", "batch-boltzmann", "boltzmann-annealed", "replicator"

Measure = Callable[[Results, Tables], Estimate | None]  # None: the config lacks what it needs


@dataclass(frozen=True)
class Prediction:
    """A measure and on which side of a bound it should lie.

    Attributes:
        number: in the protocol.
        statement: what is predicted.
        measure: the figure, with its interval.
        above: whether it should lie above the bound, or below it.
        bound: the bound.
    """

    number: int
    statement: str
    measure: Measure
    above: bool
    bound: float

    def verdict(self, estimate: Estimate | None) -> str:
        """``"holds"``, ``"refuted"``, ``"undecided"`` or ``"not measured"``."""
        if estimate is None or np.isnan(estimate.value):
            return "not measured"
        if estimate.low > self.bound:
            return "holds" if self.above else "refuted"
        if estimate.high < self.bound:
            return "refuted" if self.above else "holds"
        return "undecided"


def _number(found: Results, condition: Condition, learners: Sequence[str], start: StartKind) -> int | None:
    """The sample's number, if the experiment has it, with games, and the learners with that start."""
    config = found.config
    if condition not in config.conditions or any(
        label not in config.learners or start not in config.learners[label].starts for label in learners
    ):
        return None
    number = config.conditions.index(condition)
    return number if len(found.samples[number].terms) else None


def _stays(found: Results, number: int, label: str) -> FloatArray:
    """Of runs that start in pool-fight, each game's share that ends there, ``[n]``."""
    _, row = found.rows(number, label, "component")
    ended = found.ended(number, label, "component")
    kept: FloatArray = (ended == row[:, None]).mean(axis=1)[row == POOL_FIGHT]
    return kept


def _survival_difference(cell: str, more: str, less: str) -> Measure:
    def measure(found: Results, tables: Tables) -> Estimate | None:
        number = _number(found, Cell(cell), (more, less), "component")
        if number is None:
            return None
        one, other = _stays(found, number, more), _stays(found, number, less)
        size = min(len(one), len(other))
        return over_games(one[:size] - other[:size], found.seed(cell, more, less))

    return measure


def _survival(cell: str, label: str) -> Measure:
    def measure(found: Results, tables: Tables) -> Estimate | None:
        number = _number(found, Cell(cell), (label,), "component")
        return None if number is None else over_games(_stays(found, number, label), found.seed(cell, label))

    return measure


def _ends_at_pool_fight(found: Results, tables: Tables) -> Estimate | None:
    cell = "low prior, strong tempted first"
    number = _number(found, Cell(cell), (BLIND, LOGIT), "uniform")
    if number is None:
        return None
    named = found.samples[number].terms.exists & (np.arange(len(ROWS)) == POOL_FIGHT)
    parts = []
    for label in (BLIND, LOGIT):
        ended = found.ended(number, label, "uniform")
        parts.append(shares(ended, named[: len(ended)]))
    size = min(map(len, parts))
    return over_games(parts[0][:size] - parts[1][:size], found.seed(cell, "uniform"))


def _column(name: str, less: str | None = None) -> Measure:
    """The median over games of a column of the table of off-path replies, less that of another."""

    def measure(found: Results, tables: Tables) -> Estimate | None:
        rows = tables["off-path"]
        if not rows:
            return None
        first = np.array([row[name] for row in rows])
        if less is None:
            return median_over_games(first, found.seed("off-path", name))
        second = np.array([row[less] for row in rows])
        drawn = np.random.default_rng(found.seed("off-path", name, less)).integers(len(rows), size=(2000, len(rows)))
        differences = np.median(first[drawn], axis=1) - np.median(second[drawn], axis=1)
        low, high = np.quantile(differences, [0.025, 0.975])
        return Estimate(float(np.median(first) - np.median(second)), float(low), float(high))

    return measure


def _index_minus_one(found: Results, tables: Tables) -> Estimate | None:
    """Means over the games that have a component of index -1: the share of all learners' runs from random starts that
    end there."""
    by_game: dict[tuple[int, int], list[float]] = {}
    for number, _, sample, label, start in found.from_scratch():
        if start == "random":
            ended = found.ended(number, label, start)
            named = (component_indices(sample.terms) == -1)[: len(ended)]
            share = shares(ended, named)
            for game in np.flatnonzero(named.any(axis=1)):
                by_game.setdefault((number, int(game)), []).append(float(share[game]))
    if not by_game:
        return None
    return over_games(np.array([np.mean(kept) for kept in by_game.values()]), found.seed("index -1"))


def _no_disagreement(found: Results, tables: Tables) -> Estimate | None:
    """How many games were found in which D1 and passive conjectures disagree; a count, with no interval."""
    condition = Disagreement("D1", "passive conjectures")
    if condition not in found.config.conditions:
        return None
    games = float(len(found.samples[found.config.conditions.index(condition)].terms))
    return Estimate(games, games, games)


def _follows_first(first: str, second: str, label: str, start: StartKind, sign: int = 1) -> Measure:
    def measure(found: Results, tables: Tables) -> Estimate | None:
        condition = Disagreement(first, second)
        if _number(found, condition, (label,), start) is None:
            return None
        for row in tables["disagreements"]:
            if (row["sample"], row["learner"], row["start"]) == (condition.name, label, start):
                ends = sorted((sign * row["difference_low"], sign * row["difference_high"]))
                return Estimate(sign * row["difference"], ends[0], ends[1])
        return None

    return measure


def _freezing(found: Results, tables: Tables) -> Estimate | None:
    study = found.config.freezing
    if study is None or "boltzmann" not in study.explorations:
        return None
    terms = pool_fight_games(found.config, found.folder, study.cell, study.games)
    total, runs = np.zeros(len(terms)), np.zeros(len(terms))
    for step in range(len(study.step_sizes)):
        for cooling, plays in enumerate(study.plays):
            stored = load(FreezingJob(found.config, found.folder, "boltzmann", step, cooling).path)
            errors = freezing_errors(found.config, terms, stored, plays, True)
            frozen = errors["age"] >= 0.5
            gain = errors["error_last_temperature"] - errors["error_frozen"]
            total += np.where(frozen, gain, 0.0).sum(axis=1)
            runs += frozen.sum(axis=1)
    some = runs > 0
    return over_games(total[some] / runs[some], found.seed("freezing")) if some.any() else None


LOW_STRONG, LOW_WEAK = "low prior, strong tempted first", "low prior, weak tempted first"
HIGH_STRONG, HIGH_WEAK = "high prior, strong tempted first", "high prior, weak tempted first"

PREDICTIONS = (
    Prediction(
        1,
        "low prior, strong tempted first: pool-fight survives oftener under ε-greedy than under Boltzmann exploration",
        _survival_difference(LOW_STRONG, BLIND, LOGIT),
        True,
        0.0,
    ),
    Prediction(
        2,
        "the same from uniform play: ε-greedy learners end at pool-fight oftener",
        _ends_at_pool_fight,
        True,
        0.0,
    ),
    Prediction(
        3,
        "high prior, weak tempted first: pool-fight survives oftener under Boltzmann than under ε-greedy exploration",
        _survival_difference(HIGH_WEAK, LOGIT, BLIND),
        True,
        0.0,
    ),
    Prediction(
        4, "high prior, strong tempted first: it does not survive, ε-greedy", _survival(HIGH_STRONG, BLIND), False, 0.1
    ),
    Prediction(
        4, "high prior, strong tempted first: it does not survive, Boltzmann", _survival(HIGH_STRONG, LOGIT), False, 0.1
    ),
    Prediction(5, "low prior, weak tempted first: it survives, ε-greedy", _survival(LOW_WEAK, BLIND), True, 0.8),
    Prediction(5, "low prior, weak tempted first: it survives, Boltzmann", _survival(LOW_WEAK, LOGIT), True, 0.8),
    Prediction(6, "off-path replies: median gap to q(τ), Boltzmann exploration", _column("boltzmann_gap"), False, 0.05),
    Prediction(
        6,
        "off-path replies: median gap under ε-greedy less that under Boltzmann exploration",
        _column("epsilon_greedy_gap", "boltzmann_gap"),
        True,
        0.0,
    ),
    Prediction(7, "runs from random starts that end at index -1, all learners", _index_minus_one, False, 0.05),
    Prediction(8, "games in which D1 and passive conjectures disagree", _no_disagreement, False, 0.5),
    Prediction(
        9,
        "where logit limit and sender's payoff disagree, annealed Boltzmann learners follow the logit limit",
        _follows_first("logit limit", "sender's payoff", ANNEALED, "uniform"),
        True,
        0.0,
    ),
    Prediction(
        10, "frozen runs: what the freezing model errs less than play at the last temperature", _freezing, True, 0.0
    ),
    Prediction(
        11,
        "where D1 and the largest basin disagree, the replicator from random starts follows the largest basin",
        _follows_first("D1", "largest basin", REPLICATOR, "random", -1),
        True,
        0.0,
    ),
)


def prediction_rows(found: Results, tables: Tables) -> list[Row]:
    """Every prediction with its figure and verdict."""
    result: list[dict[str, Any]] = []
    for prediction in PREDICTIONS:
        estimate = prediction.measure(found, tables)
        row: Row = {"prediction": prediction.number, "statement": prediction.statement}
        row |= {"side": "above" if prediction.above else "below", "bound": prediction.bound}
        value, low, high = (np.nan,) * 3 if estimate is None else estimate.as_list()
        result.append(row | {"value": value, "low": low, "high": high, "verdict": prediction.verdict(estimate)})
    return result
