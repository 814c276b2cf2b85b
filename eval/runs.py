"""A run folder against theory: every seed, every kind of policy that the learner left (last iterate, time average)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.core.errors import ParameterError
from olivebranch.eval.comparison import Comparison, compare
from olivebranch.eval.reference import Nearest, Reference, reference_of
from olivebranch.eval.summary import Summary, comparison_as_dict, play_as_dict, summarise
from olivebranch.games.base import FloatArray, Game
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.solve import TalksSolution, solve_talks
from olivebranch.theory.tree.evaluation import Evaluation, evaluate
from olivebranch.theory.tree.histories import TreeTooLarge, unroll
from olivebranch.theory.tree.quantal_response import PrecisionFit, expected_counts, logit_branch
from olivebranch.train.measurement import Measurement
from olivebranch.train.run import Run, SeedRun

BOOTSTRAP_SEED = 0  # of the intervals, so that the same run gives the same report
QUANTAL_PLAYS = 1000.0  # plays that the interval of the quantal-response precision refers to


@dataclass(frozen=True)
class LearningCurve:
    """NashConv over the training of one seed; all arrays ``[n_evaluations]``.

    Attributes:
        updates: updates made.
        episodes: episodes played; all zero if the learner plays none.
        nash_conv: exact, of the policies at that time.
    """

    updates: FloatArray
    episodes: FloatArray
    nash_conv: FloatArray


@dataclass(frozen=True)
class ProfileReport:
    """The seeds of one kind of policy.

    Attributes:
        game: the rules, which know the names of players and types.
        seeds: the seeds, in the order of the config.
        evaluations: one a seed.
        nearest: the known equilibrium nearest to each seed's play.
        comparisons: what else is known of each seed's play in the talks game; empty in other games.
        quantal: the quantal-response precision that explains each seed's play best, with its interval for
            ``QUANTAL_PLAYS`` plays (McKelvey and Palfrey 1998); empty if it was not asked for.
        learning: NashConv over training, one a seed.
        summary: of all of them.
    """

    game: Game
    seeds: tuple[int, ...]
    evaluations: tuple[Evaluation, ...]
    nearest: tuple[Nearest, ...]
    comparisons: tuple[Comparison, ...]
    quantal: tuple[PrecisionFit, ...]
    learning: tuple[LearningCurve, ...]
    summary: Summary

    def as_dicts(self) -> list[dict[str, Any]]:
        """One entry a seed, for JSON; an endless end of an interval is null."""
        entries = [
            {"seed": seed, **play_as_dict(self.game, evaluation, nearest)}
            for seed, evaluation, nearest in zip(self.seeds, self.evaluations, self.nearest, strict=True)
        ]
        for entry, comparison in zip(entries, self.comparisons, strict=False):
            entry.update(comparison_as_dict(comparison))
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
        kind: which rules, a key of :func:`olivebranch.games.registry.game_kinds`.
        game: the preset's name, or ``"custom"``.
        learner: what learned, e.g. ``"q-learning"`` or ``"sb3-ppo"``.
        parameters: of the game.
        reference: its known equilibria.
        solution: all that is known of them in the talks game; None in other games.
        profiles: ``last``, and ``average`` where the learner kept one.
        missing_seeds: seeds of the config that are not trained, and so not in ``profiles``.
    """

    path: str
    name: str
    kind: str
    game: str
    learner: str
    parameters: Any
    reference: Reference
    solution: TalksSolution | None
    profiles: Mapping[str, ProfileReport]
    missing_seeds: tuple[int, ...] = ()

    @property
    def players(self) -> tuple[str, ...]:
        """Of the game, by name."""
        return tuple(next(iter(self.profiles.values())).game.players)

    def as_dict(self) -> dict[str, Any]:
        """What ``olivebranch eval --json`` prints."""
        known: dict[str, Any] = {"equilibria": [{"name": name} for name in self.reference.names]}
        return {
            "run": self.path,
            "name": self.name,
            "rules": self.kind,
            "game": self.game,
            "learner": self.learner,
            "parameters": self.parameters.as_dict(),
            **(self.solution.as_dict() if self.solution is not None else known),
            "source": self.reference.source,
            "missing_seeds": list(self.missing_seeds),
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
        run: the run, of any game whose tree fits into memory.
        quantal: also estimate the quantal-response precision of learned play (about a second a small game).

    Raises:
        ParameterError: no seed has finished, a file of the run is damaged, or the game's tree does not fit.
    """
    if not run.seeds:
        raise ParameterError("run", str(run.path), "a run with at least one finished seed")
    named = run.config.game.named()
    kind, parameters, game = named.kind, named.parameters, named.compiled
    try:
        tree, reference = unroll(game), reference_of(kind, parameters)
    except TreeTooLarge as error:
        raise ParameterError("run", str(run.path), f"a game whose tree fits ({error})") from None
    talks = parameters if type(parameters) is TalksParameters else None
    solution = solve_talks(talks) if talks is not None else None
    branch = logit_branch(tree) if quantal else None
    metrics = [seed.metrics() for seed in run.seeds]
    profiles = {}
    for which in run.seeds[0].policies:
        played = [behaviour_of(tree, seed.policies[which]) for seed in run.seeds]
        evaluations = tuple(evaluate(profile) for profile in played)
        nearest = tuple(reference.nearest(profile) for profile in played)
        comparisons = tuple(compare(talks, solution, profile) for profile in played) if talks and solution else ()
        profiles[which] = ProfileReport(
            game=game.game,
            seeds=tuple(seed.seed for seed in run.seeds),
            evaluations=evaluations,
            nearest=nearest,
            comparisons=comparisons,
            quantal=tuple(branch.fit(expected_counts(profile, QUANTAL_PLAYS)) for profile in played) if branch else (),
            learning=tuple(_curve(seed, looks, which) for seed, looks in zip(run.seeds, metrics, strict=True)),
            summary=summarise(
                reference.names,
                game.game.players,
                evaluations,
                nearest,
                comparisons,
                np.random.default_rng(BOOTSTRAP_SEED),
            ),
        )
    return RunReport(
        path=str(run.path),
        name=run.config.name,
        kind=kind,
        game=run.config.game.label,
        learner=run.config.learner.kind,
        parameters=parameters,
        reference=reference,
        solution=solution,
        profiles=profiles,
        missing_seeds=run.missing_seeds,
    )


def _curve(seed: SeedRun, measurements: Sequence[Measurement], which: str) -> LearningCurve:
    if any(which not in one.policies for one in measurements):
        raise ParameterError("run", str(seed.path), f"metrics that tell NashConv of {which!r}")
    rows = [(one.update, one.episodes, one.policies[which].nash_conv) for one in measurements]
    return LearningCurve(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)


def learning_rows(reports: Sequence[RunReport]) -> list[tuple[str, dict[str, dict[str, list[LearningCurve]]]]]:
    """Learning curves by game, learner and kind of policy, for :func:`olivebranch.eval.figures.learning.draw_learning`.

    Runs of the talks game are left out: they have :func:`figure_rows`.
    """
    rows: dict[tuple[str, Any], tuple[str, dict[str, dict[str, list[LearningCurve]]]]] = {}
    for report in reports:
        if report.solution is None:
            _, learners = rows.setdefault((report.kind, report.parameters), (report.game, {}))
            for which, profile in report.profiles.items():
                learners.setdefault(report.learner, {}).setdefault(which, []).extend(profile.learning)
    return list(rows.values())


def figure_rows(
    reports: Sequence[RunReport],
) -> list[tuple[str, TalksParameters, TalksSolution, dict[str, list[Any]]]]:
    """The reports on talks games, grouped by game for :func:`olivebranch.eval.figures.comparison.draw_comparison`.

    A learner's time average is drawn where it kept one, beside its last iterate.
    """
    rows: dict[TalksParameters, tuple[str, TalksParameters, TalksSolution, dict[str, list[Any]]]] = {}
    for report in reports:
        if report.solution is None:
            continue
        row = rows.setdefault(report.parameters, (report.game, report.parameters, report.solution, {}))
        for which, profile in report.profiles.items():
            name = report.learner if which == "last" else f"{report.learner}, {which}"
            row[3].setdefault(name, []).extend(comparison.behaviour for comparison in profile.comparisons)
    return list(rows.values())
