"""The predictions of docs/human-experiments.md, each judged by the rule that was written down with it."""

from collections.abc import Mapping
from typing import Any

from olivebranch.agents.settings import Settings
from olivebranch.agents.tabular.ewa import EWASettings
from olivebranch.agents.tabular.q_learning import QLearningSettings

Judged = dict[str, str]
INTUITIVE = "brandts-holt-3"
DISAGREE = ("banks-camerer-porter-4", "brandts-holt-4", "brandts-holt-5")
STEPS = "brandts-holt-5"


def judge(settings: Mapping[str, Settings], games: Mapping[str, Any]) -> list[Judged]:
    """``text`` and ``verdict`` of each prediction that the games and learners of a study can speak to."""
    found = []
    if INTUITIVE in games:
        found.append(_intuitive(games[INTUITIVE]))
    logit = [label for label, one in settings.items() if _explores_by_logit(one)]
    found += [_disagreement(name, games[name], logit) for name in DISAGREE if name in games and logit]
    steps = {label: one for label, one in settings.items() if isinstance(one, QLearningSettings) and label in logit}
    constant = [label for label, one in steps.items() if one.learning_rate.start == one.learning_rate.end]
    falling = [label for label in steps if label not in constant]
    if STEPS in games and constant and falling:
        found.append(_steps(games[STEPS], constant, falling))
    return found


def _explores_by_logit(settings: Settings) -> bool:
    return isinstance(settings, EWASettings) or (
        isinstance(settings, QLearningSettings) and settings.exploration == "boltzmann"
    )


def _runs(game: Mapping[str, Any], learners: list[str], wanted: list[bool]) -> float:
    """How many runs of the learners came near one of the wanted equilibria."""
    total = 0.0
    for label in learners:
        last = game["learners"][label]["last"]
        total += last["runs"] * sum(
            share[0] for share, one in zip(last["reached"].values(), wanted, strict=True) if one
        )
    return total


def _intuitive(game: Mapping[str, Any]) -> Judged:
    kept = [one["refinements"]["intuitive"] is True for one in game["equilibria"]]
    most = [
        label for label in game["learners"] if _runs(game, [label], kept) > game["learners"][label]["last"]["runs"] / 2
    ]
    every = list(game["learners"])
    ours, other = _runs(game, every, kept), _runs(game, every, [not one for one in kept])
    text = (
        f"1: In {INTUITIVE}, {len(most)} of {len(every)} learners end near the intuitive equilibrium in most runs; of "
        f"all runs {ours:.0f} end near it and {other:.0f} near the other."
    )
    return _judged(text, len(most) > len(every) / 2, ours, other)


def _disagreement(name: str, game: Mapping[str, Any], learners: list[str]) -> Judged:
    limit = [one["refinements"]["logit_limit"] is True for one in game["equilibria"]]
    d1 = [one["refinements"]["d1"] is True and not named for one, named in zip(game["equilibria"], limit, strict=True)]
    ours, other = _runs(game, learners, limit), _runs(game, learners, d1)
    text = (
        f"2: In {name}, {ours:.0f} runs of learners that explore by a logit rule end near the logit limit, and "
        f"{other:.0f} near an equilibrium that survives D1 and is not the limit."
    )
    return _judged(text, ours > other, ours, other)


def _steps(game: Mapping[str, Any], constant: list[str], falling: list[str]) -> Judged:
    lost = [
        sum(game["learners"][label]["last"]["none"][0] for label in labels) / len(labels)
        for labels in (constant, falling)
    ]
    text = (
        f"3: In {STEPS}, {lost[0]:.0%} of runs with a constant step end near no equilibrium, and {lost[1]:.0%} of "
        "those with a falling one."
    )
    return _judged(text, lost[0] > lost[1], lost[0], lost[1])


def _judged(text: str, holds: bool, ours: float, other: float) -> Judged:
    verdict = "It holds." if holds else "It is refuted." if other > ours else "It is not decided."
    return {"text": text, "verdict": verdict}
