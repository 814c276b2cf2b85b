"""From a ledger folder to one object a claim, with what theory says and what is learned."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.core.errors import ParameterError
from olivebranch.eval.intervals import bootstrap_mean
from olivebranch.eval.ledger.verdicts import Difference, Share, Verdict, jointly, judge, majority
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.claims.ledger import CLAIMS
from olivebranch.theory.claims.play import PLACES, Statement, talks_open
from olivebranch.theory.claims.reading import READINGS
from olivebranch.theory.claims.statements import STATEMENTS
from olivebranch.theory.claims.wars import C10_TITLE, C10_WORDS, C11_TITLE, C11_WORDS, push_backfires, weak_first
from olivebranch.train.ledger.config import LedgerConfig, learner_names
from olivebranch.train.ledger.offers import BEFORE, read_games, read_play
from olivebranch.train.ledger.run import checks_path, games_path, learned_path, theory_path
from olivebranch.train.ledger.wars import SOLVERS, read_wars

Entry = dict[str, Any]
WAR_STATEMENTS = {
    "C10": ("C10.1", "the weak's hazard of a first offer in period 1 is the higher one"),
    "C11": ("C11.1", "after a push the patron is thought weaker, and its opponent escalates more or offers less"),
}


def ledger_report(config: LedgerConfig, folder: Path) -> list[Entry]:
    """One object for each of C1 to C11, in order; the form is that of ``olivebranch claims --json``.

    Raises:
        ParameterError: a chunk is missing or damaged.
    """
    try:
        checks = json.loads(checks_path(folder).read_text(encoding="utf-8"))
        found = [_of_offers(config, folder, claim.key, checks[claim.key]) for claim in CLAIMS]
        return [*found, *(_of_wars(config, folder, key) for key in WAR_STATEMENTS)]
    except (OSError, ValueError, KeyError) as error:
        raise ParameterError("ledger", str(folder), f"a ledger of which every chunk is done ({error})") from None


def theory_entry(checks: Entry, statements: Mapping[str, Entry]) -> Entry:
    """What theory says of a claim: its checks, and the readings of its statements, ``{key: {place: {reading: ..}}}``.

    The verdicts PBE and D1 are those of the checks; the other two follow from the statements: ``holds`` if in all games
    inside.
    """
    claimed = {statement.key: statement for statement in STATEMENTS}
    verdicts = dict(checks["verdicts"])
    for reading in READINGS[2:]:
        shares = [answers["inside"][reading][claimed[key].quantifier] for key, answers in statements.items()]
        verdicts[reading] = "holds" if all(share == 1 for share in shares) else "fails"
    listed = [
        {
            "key": key,
            "event": claimed[key].words,
            "quantifier": claimed[key].quantifier,
            "games": {place: claimed[key].samples[place].words for place in PLACES},
            "shares": {place: answers[place] for place in PLACES},
        }
        for key, answers in statements.items()
    ]
    return {"verdicts": verdicts, "draws": checks["draws"], "statements": listed, "checks": checks["checks"]}


def _of_offers(config: LedgerConfig, folder: Path, claim: str, checks: Entry) -> Entry:
    statements = [statement for statement in STATEMENTS if statement.claim == claim]
    answers = {s.key: json.loads(theory_path(folder, s.key).read_text(encoding="utf-8")) for s in statements}
    names = learner_names(config.learners)
    measured = {s.key: _statement(config, folder, s, np.array(answers[s.key]["forced"])) for s in statements}
    learners = {name: {key: rows[name] for key, rows in measured.items()} for name in names}
    return {
        "claim": claim,
        **{key: checks[key] for key in ("title", "statement", "correction")},
        "theory": theory_entry(checks, answers),
        "learned": _learned(learners),
    }


def _learned(learners: Mapping[str, Mapping[str, Entry]]) -> Entry:
    verdicts: dict[str, Verdict] = {
        name: jointly([row["verdict"] for row in rows.values()]) for name, rows in learners.items()
    }
    return {
        "verdict": majority(list(verdicts.values())),
        "learners": {name: {"verdict": verdicts[name], "statements": dict(rows)} for name, rows in learners.items()},
    }


def _statement(config: LedgerConfig, folder: Path, statement: Statement, forced: BoolArray) -> dict[str, Entry]:
    """What each learner does, by name; ``forced``: in which games inside every equilibrium has the event."""
    games, _ = read_games(games_path(folder, statement.key))
    rows: dict[str, Entry] = {}
    for entry, name in zip(config.learners, learner_names(config.learners), strict=True):
        played = read_play(learned_path(folder, statement.key, name))
        scores = {}
        for place in PLACES:
            play = played[place]
            draws = games[place].after.take(slice(len(play.strong)))
            scores[place] = statement.event(draws, play).mean(axis=1)
        row = _judged({place: Share.of(score) for place, score in scores.items()})
        after, alone = played["inside"], forced[: len(scores["inside"])]
        row["inside_forced"] = Share.of(scores["inside"][alone]).as_dict()
        row["inside_free"] = Share.of(scores["inside"][~alone]).as_dict()
        opened = talks_open(games["inside"].after.take(slice(len(after.strong))), after).mean(axis=1)
        row["talks_open"] = _mean(opened)
        if BEFORE in played:
            before = talks_open(games["inside"].before.take(slice(len(after.strong))), played[BEFORE]).mean(axis=1)
            row["change_of_talks"] = _mean(opened - before)
        rows[name] = row | {"seeds": entry.seeds}
    return rows


def _mean(values: FloatArray) -> list[float] | None:
    """``[mean, low, high]`` of games, by the bootstrap over games; None of nothing."""
    counted = values[~np.isnan(values)]
    return bootstrap_mean(counted, np.random.default_rng(0)).as_list() if counted.size else None


def _judged(shares: Mapping[str, Share], strict: Mapping[str, Share] | None = None) -> Entry:
    """Shares by place, their difference and the verdict; ``strict``: the shares to be compared, if others."""
    compared = strict or shares
    difference = Difference.of(compared["inside"], compared["outside"])
    return {
        **{place: shares[place].as_dict() for place in PLACES},
        "difference": difference.as_dict(),
        "verdict": judge(shares["inside"], difference),
    }


def _of_wars(config: LedgerConfig, folder: Path, claim: str) -> Entry:
    patron = claim == "C11"
    title, words = (C11_TITLE, C11_WORDS) if patron else (C10_TITLE, C10_WORDS)
    key, event = WAR_STATEMENTS[claim]
    horizons = [2] if patron else sorted(config.wars)
    inside = {horizon: read_wars(folder / "wars", config, f"{claim}-inside-{horizon}") for horizon in horizons}
    others = {place: read_wars(folder / "wars", config, f"{claim}-{place}-{horizons[0]}") for place in PLACES[1:]}
    scores: dict[str, FloatArray] = {place: _scores(wars) for place, wars in others.items()}
    scores["inside"] = np.concatenate([_scores(wars) for wars in inside.values()])
    learners = {}
    for number, name in enumerate(learner_names(config.war_learners), len(SOLVERS)):
        row = _judged(
            {place: Share.of(_by_war(score[:, number])) for place, score in scores.items()},
            {place: Share.of(np.nan_to_num(score[:, number]).mean(axis=1)) for place, score in scores.items()},
        )
        row["by_horizon"] = {
            str(horizon): Share.of(_by_war(_scores(wars)[:, number])).as_dict() for horizon, wars in inside.items()
        }
        learners[name] = {key: row | _details(inside, number)}
    return {
        "claim": claim,
        "title": title,
        "statement": words,
        "correction": "",
        "theory": _war_theory(key, event, scores, inside),
        "learned": _learned(learners),
    }


def _scores(wars: Mapping[str, FloatArray]) -> FloatArray:
    """The event's score by war, solver or learner, and side (one with a patron): ``[wars, rows, sides]``."""
    return push_backfires(wars["patron"])[:, :, None] if "patron" in wars else weak_first(wars["hazard"])


def _by_war(scores: FloatArray) -> FloatArray:
    """The mean over the sides that count, ``[wars]``; NaN where none does."""
    counted = (~np.isnan(scores)).sum(axis=1)
    return np.where(counted > 0, np.nansum(scores, axis=1) / np.maximum(counted, 1), np.nan)


def _details(inside: Mapping[int, Mapping[str, FloatArray]], number: int) -> Entry:
    """What is behind the scores: hazards by period and type, or what follows the patron's moves; and NashConv."""
    found: Entry = {}
    for horizon, wars in inside.items():
        gaps = wars["gap"][:, number][~np.isnan(wars["gap"][:, number])]
        entry: Entry = {"nash_conv": float(np.median(gaps)) if gaps.size else None}
        if "patron" in wars:
            rows = wars["patron"][:, number]
            for position, what in enumerate(("belief_resolute", "opponent_escalates", "opponent_offers"), 1):
                entry[what] = {
                    move: _mean(np.where(rows[:, 0].min(axis=1) >= 0.01, rows[:, position, column], np.nan))
                    for column, move in enumerate(("after_aid", "after_push"))
                }
        else:
            hazard = wars["hazard"][:, number]
            with np.errstate(invalid="ignore"):
                means = np.nansum(hazard, axis=2) / (~np.isnan(hazard)).sum(
                    axis=2
                )  # over sides: [wars, periods, types]
            entry["hazard"] = {
                kind: [_mean(means[:, period, column]) for period in range(horizon)]
                for column, kind in enumerate(("resilient", "weak"))
            }
            ever = wars["ever"][:, number].mean(axis=1)
            entry["ever_offers"] = {kind: _mean(ever[:, column]) for column, kind in enumerate(("resilient", "weak"))}
            entry["talks_open"] = _mean(wars["talks"][:, number])
        found[str(horizon)] = entry
    return {"horizons": found}


def _war_theory(
    key: str, event: str, scores: Mapping[str, FloatArray], inside: Mapping[int, Mapping[str, FloatArray]]
) -> Entry:
    """Theory's shares, over the numerical equilibria; of the sides (or wars) that count."""
    shares: Entry = {}
    for place in PLACES:
        found = np.moveaxis(scores[place][:, : len(SOLVERS)], 1, 2).reshape(-1, len(SOLVERS))  # by side, solver
        counted = (~np.isnan(found)).any(axis=1)
        some, every = (np.nan_to_num(found, nan=fill)[counted] for fill in (0.0, 1.0))
        limit = found[:, 1][~np.isnan(found[:, 1])]
        shares[place] = {
            "PBE": _answer(some.max(axis=1), every.min(axis=1)),
            "D1": None,
            "passive": None,
            "logit limit": _answer(limit, limit),
        }
    solved = np.concatenate([wars["gap"][:, : len(SOLVERS)] for wars in inside.values()])
    verdicts = {
        reading: None if not answer or not answer["games"] else "holds" if answer["every"] == 1 else "fails"
        for reading, answer in shares["inside"].items()
    }
    details = {solver: _details(inside, number)["horizons"] for number, solver in enumerate(SOLVERS)}
    return {
        "verdicts": verdicts,
        "draws": len(solved),
        "solved": {solver: int((~np.isnan(solved[:, number])).sum()) for number, solver in enumerate(SOLVERS)},
        "statements": [{"key": key, "event": event, "quantifier": "every", "shares": shares}],
        "numerical": details,
    }


def _answer(some: FloatArray, every: FloatArray) -> Entry:
    values = [float(one.mean()) if one.size else None for one in (some, every)]
    return {"some": values[0], "every": values[1], "games": int(some.size), "undecided": 0}
