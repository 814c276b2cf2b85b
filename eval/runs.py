"""A run folder against theory: every seed, every kind of policy that the learner left (last iterate, time average)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from olivebranch.agents.behaviour import behaviour_of
from olivebranch.eval.comparison import Comparison, compare
from olivebranch.eval.summary import Summary, comparison_as_dict, summarise
from olivebranch.games.errors import ParameterError
from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.theory.qre import PrecisionFit, expected_counts, logit_branch
from olivebranch.theory.talks import TalksSolution, solve_talks
from olivebranch.theory.tree import unroll
from olivebranch.train.run import Run

BOOTSTRAP_SEED = 0  # of the intervals, so that the same run gives the same report
QUANTAL_PLAYS = 1000.0  # plays that the interval of the quantal-response precision refers to


@dataclass(frozen=True)
class ProfileReport:
    """The seeds of one kind of policy.

    Attributes:
        seeds: the seeds, in the order of the config.
        comparisons: one a seed.
        quantal: the quantal-response precision that explains each seed's play best, with its interval for
            ``QUANTAL_PLAYS`` plays (McKelvey and Palfrey 1998); empty if it was not asked for.
        summary: of all of them.
    """

    seeds: tuple[int, ...]
    comparisons: tuple[Comparison, ...]
    quantal: tuple[PrecisionFit, ...]
    summary: Summary

    def as_dicts(self) -> list[dict[str, Any]]:
        """One entry a seed, for JSON; an endless end of an interval is null."""
        entries = [
            {"seed": seed, **comparison_as_dict(comparison)}
            for seed, comparison in zip(self.seeds, self.comparisons, strict=True)
        ]
        for entry, fit in zip(entries, self.quantal, strict=False):
            numbers = {name: getattr(fit, name) for name in ("precision", "lower", "upper", "explained")}
            entry["quantal_response"] = {key: value if isfinite(value) else None for key, value in numbers.items()}
        return entries


@dataclass(frozen=True)
class RunReport:
    """A run held against theory.

    Attributes:
        path: the run folder.
        name: of the run.
        game: the preset's name, or ``"custom"``.
        learner: what learned, e.g. ``"q-learning"`` or ``"sb3-ppo"``.
        parameters: of the game.
        solution: its equilibria.
        profiles: ``last``, and ``average`` where the learner kept one.
    """

    path: str
    name: str
    game: str
    learner: str
    parameters: TalksParameters
    solution: TalksSolution
    profiles: Mapping[str, ProfileReport]

    def as_dict(self) -> dict[str, Any]:
        """What ``olivebranch eval --json`` prints."""
        return {
            "run": self.path,
            "name": self.name,
            "game": self.game,
            "learner": self.learner,
            "parameters": self.parameters.as_dict(),
            **self.solution.as_dict(),
            "profiles": {
                which: {
                    "summary": profile.summary.as_dict(),
                    "seeds": profile.as_dicts(),
                }
                for which, profile in self.profiles.items()
            },
        }


def report_run(run: Run, quantal: bool = False) -> RunReport:
    """Evaluate every finished seed of a run exactly.

    Args:
        run: the run.
        quantal: also estimate the quantal-response precision of learned play (about a second a game).

    Raises:
        ParameterError: no seed has finished.
    """
    if not run.seeds:
        raise ParameterError("run", str(run.path), "a run with at least one finished seed")
    parameters = run.config.game.talks_parameters()
    solution, tree = solve_talks(parameters), unroll(compile_talks(parameters))
    branch = logit_branch(tree) if quantal else None
    profiles = {}
    for which in run.seeds[0].policies:
        played = [behaviour_of(tree, seed.policies[which]) for seed in run.seeds]
        comparisons = tuple(compare(parameters, solution, profile) for profile in played)
        profiles[which] = ProfileReport(
            seeds=tuple(seed.seed for seed in run.seeds),
            comparisons=comparisons,
            quantal=tuple(branch.fit(expected_counts(profile, QUANTAL_PLAYS)) for profile in played) if branch else (),
            summary=summarise(comparisons, np.random.default_rng(BOOTSTRAP_SEED)),
        )
    return RunReport(
        path=str(run.path),
        name=run.config.name,
        game=run.config.game.preset or "custom",
        learner=run.config.learner.kind,
        parameters=parameters,
        solution=solution,
        profiles=profiles,
    )


def figure_rows(
    reports: Sequence[RunReport],
) -> list[tuple[str, TalksParameters, TalksSolution, dict[str, list[Any]]]]:
    """The reports grouped by game for :func:`olivebranch.eval.figures.draw_comparison`.

    A learner's time average is drawn where it kept one, beside its last iterate.
    """
    rows: dict[TalksParameters, tuple[str, TalksParameters, TalksSolution, dict[str, list[Any]]]] = {}
    for report in reports:
        row = rows.setdefault(report.parameters, (report.game, report.parameters, report.solution, {}))
        for which, profile in report.profiles.items():
            name = report.learner if which == "last" else f"{report.learner}, {which}"
            row[3].setdefault(name, []).extend(comparison.behaviour for comparison in profile.comparisons)
    return list(rows.values())
