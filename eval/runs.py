"""A run folder against theory: every seed, every kind of policy that the learner left (last iterate, time average)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.core.errors import ParameterError
from olivebranch.eval.comparison import Comparison
from olivebranch.eval.details import Detail, GameDetails, TalksDetails, details_of
from olivebranch.eval.summary import Summary, play_as_dict, summarise
from olivebranch.games.base import FloatArray, Game
from olivebranch.games.kinds import GameParameters
from olivebranch.games.registry import NamedGame
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.equilibria.reference import Nearest, Reference, reference_of
from olivebranch.theory.quantal_response.branch import BranchLost
from olivebranch.theory.quantal_response.fit import LogitBranch, PrecisionFit, expected_counts, logit_branch
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.solve import TalksSolution
from olivebranch.theory.tree.evaluation import Evaluation, evaluate
from olivebranch.theory.tree.histories import GameTree, TreeTooLarge, unroll
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
        details: what else the kind of game says of each seed's play; empty for most games.
        quantal: the quantal-response precision that explains each seed's play best, with its interval for
            ``QUANTAL_PLAYS`` plays (McKelvey and Palfrey 1998); empty if it was not asked for.
        learning: NashConv over training, one a seed.
        summary: of all of them.
    """

    game: Game
    seeds: tuple[int, ...]
    evaluations: tuple[Evaluation, ...]
    nearest: tuple[Nearest, ...]
    details: tuple[Detail, ...]
    quantal: tuple[PrecisionFit, ...]
    learning: tuple[LearningCurve, ...]
    summary: Summary

    def as_dicts(self) -> list[dict[str, Any]]:
        """One entry a seed, for JSON; an endless end of an interval is null."""
        entries = [
            {"seed": seed, **play_as_dict(self.game, evaluation, nearest)}
            for seed, evaluation, nearest in zip(self.seeds, self.evaluations, self.nearest, strict=True)
        ]
        for entry, detail in zip(entries, self.details, strict=False):
            entry.update(detail.as_dict())
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
        named: the game.
        game: a short name of it: the preset's, that of a user's own game, or ``"custom"``.
        learner: what learned, e.g. ``"q-learning"`` or ``"sb3-ppo"``.
        reference: the game's known equilibria.
        details: what else its kind knows; None for most games.
        profiles: ``last``, and ``average`` where the learner kept one.
        missing_seeds: seeds of the config that are not trained, and so not in ``profiles``.
        opponents: seats that did not learn, with the spec of the policy that played each.
    """

    path: str
    name: str
    named: NamedGame
    game: str
    learner: str
    reference: Reference
    details: GameDetails | None
    profiles: Mapping[str, ProfileReport]
    missing_seeds: tuple[int, ...] = ()
    opponents: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What learned, and against whom if not against itself, for tables and pictures."""
        against = ", ".join(f"{player} {spec}" for player, spec in self.opponents.items())
        return f"{self.learner} against {against}" if against else self.learner

    @property
    def players(self) -> tuple[str, ...]:
        """Of the game, by name."""
        return tuple(next(iter(self.profiles.values())).game.players)

    def as_dict(self) -> dict[str, Any]:
        """What ``olivebranch eval --json`` prints."""
        known: dict[str, object] = {"equilibria": [{"name": name} for name in self.reference.names]}
        reference = self.reference
        return {
            "run": self.path,
            "name": self.name,
            "rules": self.named.kind,
            "game": self.game,
            "learner": self.learner,
            **({"opponents": dict(self.opponents)} if self.opponents else {}),
            "parameters": self.named.parameters.as_dict(),
            **(self.details.as_dict() if self.details is not None else known),
            "source": reference.text,
            "missing_seeds": list(self.missing_seeds),
            "reference": {
                "kind": reference.source.value,
                "complete": reference.complete,
                "largest_nash_conv": reference.gap,
                "names": list(reference.names),
                "note": reference.note,
            },
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
    game = named.compiled
    try:
        tree, reference = unroll(game), reference_of(named)
    except TreeTooLarge as error:
        raise ParameterError("run", str(run.path), f"a game whose tree fits ({error})") from None
    known = details_of(named)
    branch = _branch(run, tree) if quantal else None
    metrics = [seed.metrics() for seed in run.seeds]
    profiles = {}
    for which in run.seeds[0].policies:
        played = [behaviour_of(tree, seed.policies[which]) for seed in run.seeds]
        evaluations = tuple(evaluate(profile) for profile in played)
        nearest = tuple(reference.nearest(profile) for profile in played)
        details = tuple(known.of(profile) for profile in played) if known is not None else ()
        profiles[which] = ProfileReport(
            game=game.game,
            seeds=tuple(seed.seed for seed in run.seeds),
            evaluations=evaluations,
            nearest=nearest,
            details=details,
            quantal=tuple(branch.fit(expected_counts(profile, QUANTAL_PLAYS)) for profile in played) if branch else (),
            learning=tuple(_curve(seed, looks, which) for seed, looks in zip(run.seeds, metrics, strict=True)),
            summary=summarise(
                reference.names,
                game.game.players,
                evaluations,
                nearest,
                details,
                np.random.default_rng(BOOTSTRAP_SEED),
            ),
        )
    return RunReport(
        path=str(run.path),
        name=run.config.name,
        named=named,
        game=run.config.game.label,
        learner=run.config.learner.kind,
        reference=reference,
        details=known,
        profiles=profiles,
        missing_seeds=run.missing_seeds,
        opponents=run.config.opponents or {},
    )


def _curve(seed: SeedRun, measurements: Sequence[Measurement], which: str) -> LearningCurve:
    if any(which not in one.policies for one in measurements):
        raise ParameterError("run", str(seed.path), f"metrics that tell NashConv of {which!r}")
    rows = [(one.update, one.episodes, one.policies[which].nash_conv) for one in measurements]
    return LearningCurve(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)


LearningRow = tuple[str, str, dict[str, dict[str, list[LearningCurve]]]]


def _branch(run: Run, tree: GameTree) -> LogitBranch:
    try:
        return logit_branch(tree)
    except (ValueError, BranchLost) as error:  # too many unknowns, or a branch that did not arrive
        raise ParameterError("quantal", str(run.path), f"a game whose logit branch can be followed ({error})") from None


def learning_rows(reports: Sequence[RunReport]) -> list[LearningRow]:
    """Of each game its name, how its equilibria are known, and learning curves by learner and kind of policy, for
    :func:`olivebranch.eval.figures.learning.draw_learning`.
    """
    rows: dict[tuple[str, GameParameters], LearningRow] = {}
    for report in reports:
        key = report.named.kind, report.named.parameters
        *_, learners = rows.setdefault(key, (report.game, report.reference.text, {}))
        for which, profile in report.profiles.items():
            learners.setdefault(report.label, {}).setdefault(which, []).extend(profile.learning)
    return list(rows.values())


FigureRow = tuple[str, TalksParameters, TalksSolution, dict[str, list[TalksBehaviour]]]


def figure_rows(reports: Sequence[RunReport]) -> list[FigureRow]:
    """The reports on talks games, grouped by game for :func:`olivebranch.eval.figures.comparison.draw_comparison`.

    A learner's time average is drawn where it kept one, beside its last iterate.
    """
    rows: dict[TalksParameters, FigureRow] = {}
    for report in reports:
        if not isinstance(report.details, TalksDetails):
            continue
        game = report.details
        row = rows.setdefault(game.parameters, (report.game, game.parameters, game.solution, {}))
        for which, profile in report.profiles.items():
            name = report.label if which == "last" else f"{report.label}, {which}"
            found = (detail for detail in profile.details if isinstance(detail, Comparison))
            row[3].setdefault(name, []).extend(detail.behaviour for detail in found)
    return list(rows.values())
