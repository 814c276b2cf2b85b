"""A run folder against theory: every seed, every kind of policy that the learner left (last iterate, time average)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.agents.behaviour import behaviour_of
from olivebranch.eval.comparison import Comparison, compare
from olivebranch.eval.summary import Summary, comparison_as_dict, summarise
from olivebranch.games.errors import ParameterError
from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.theory.talks import TalksSolution, solve_talks
from olivebranch.theory.tree import unroll
from olivebranch.train.run import Run

BOOTSTRAP_SEED = 0  # of the intervals, so that the same run gives the same report


@dataclass(frozen=True)
class ProfileReport:
    """The seeds of one kind of policy.

    Attributes:
        seeds: the seeds, in the order of the config.
        comparisons: one a seed.
        summary: of all of them.
    """

    seeds: tuple[int, ...]
    comparisons: tuple[Comparison, ...]
    summary: Summary


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
                    "seeds": [
                        {"seed": seed, **comparison_as_dict(comparison)}
                        for seed, comparison in zip(profile.seeds, profile.comparisons, strict=True)
                    ],
                }
                for which, profile in self.profiles.items()
            },
        }


def report_run(run: Run) -> RunReport:
    """Evaluate every finished seed of a run exactly.

    Raises:
        ParameterError: no seed has finished.
    """
    if not run.seeds:
        raise ParameterError("run", str(run.path), "a run with at least one finished seed")
    parameters = run.config.game.talks_parameters()
    solution, tree = solve_talks(parameters), unroll(compile_talks(parameters))
    profiles = {}
    for which in run.seeds[0].policies:
        comparisons = tuple(
            compare(parameters, solution, behaviour_of(tree, seed.policies[which])) for seed in run.seeds
        )
        seeds = tuple(seed.seed for seed in run.seeds)
        profiles[which] = ProfileReport(
            seeds, comparisons, summarise(comparisons, np.random.default_rng(BOOTSTRAP_SEED))
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
