"""All causes of one run, strongest first, in words and for JSON."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from olivebranch.core.errors import ParameterError
from olivebranch.eval.explain.approximation import approximation, capacity_of, merged_situations
from olivebranch.eval.explain.case import Case
from olivebranch.eval.explain.causes import SELECTED, VOCABULARY, Cause
from olivebranch.eval.explain.exploited import exploited
from olivebranch.eval.explain.movement import cycling, movement_of, unfinished
from olivebranch.eval.explain.regularised import regularised
from olivebranch.eval.explain.selected import selected
from olivebranch.eval.explain.settling import learned_out
from olivebranch.eval.explain.visits import untested, unvisited
from olivebranch.theory.equilibria.reference import Nearest, reference_of
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import TreeTooLarge, unroll
from olivebranch.train.run import Run

ARRIVED = 0.01  # NashConv over the range of payoffs, up to which play counts as an equilibrium
NEARLY = 0.03  # likewise where play is within reach of a known equilibrium
NEGLIGIBLE = 0.005  # strength below which a cause is left out of the words


@dataclass(frozen=True)
class Explanation:
    """What is said of one policy of one seed.

    Attributes:
        run, learner, game: what was run.
        seed: the seed.
        policy: ``last`` or ``average``.
        nash_conv: of the policy, in the game's payoffs.
        stake: the range of payoffs.
        arrived: whether play counts as an equilibrium; then causes tell why it is this one.
        nearest: the known equilibrium nearest to it.
        causes: strongest first.
        missing: what the run folder does not hold, in sentences.
    """

    run: str
    learner: str
    game: str
    seed: int
    policy: str
    nash_conv: float
    stake: float
    arrived: bool
    nearest: Nearest
    causes: tuple[Cause, ...]
    missing: tuple[str, ...]

    @property
    def first(self) -> str:
        """The strongest cause."""
        return self.causes[0].cause

    def as_dict(self) -> dict[str, Any]:
        """What ``olivebranch explain --json`` prints."""
        known = self.nearest.component != "none"
        return {
            "run": self.run,
            "learner": self.learner,
            "game": self.game,
            "seed": self.seed,
            "policy": self.policy,
            "nash_conv": self.nash_conv,
            "payoff_range": self.stake,
            "question": "why this equilibrium" if self.arrived else "why no equilibrium",
            "nearest": self.nearest.component if known else None,
            "distance": self.nearest.on_path if known else None,
            "causes": [cause.as_dict() for cause in self.causes],
            "missing": list(self.missing),
        }

    def line(self) -> str:
        """One line."""
        cause = self.causes[0]
        return f"{cause.cause} ({cause.strength:.0%}): {cause.evidence}"

    def words(self) -> str:
        """Some lines that a newcomer can read."""
        share = self.nash_conv / self.stake
        lines = [f"{self.run}, seed {self.seed}, {self.policy} policy: {self.learner} on {self.game}."]
        gap = f"NashConv is {self.nash_conv:.3g}, {share:.2%} of the range of payoffs"
        if self.arrived:
            near = f"Why {self.nearest.component}?"
            if not self.nearest.reached:
                near = f"No equilibrium that is known is within reach; the nearest is {self.nearest.component}."
            lines.append(f"Play has reached an equilibrium ({gap}). {near}")
        else:
            lines.append(f"Play is not an equilibrium ({gap}: that is what all players together could gain). Why?")
        shown = [cause for cause in self.causes if cause.strength >= NEGLIGIBLE] or list(self.causes[:1])
        for number, cause in enumerate(shown, 1):
            lines.append(f"{number}. {cause.cause}, strength {cause.strength:.0%}: {cause.evidence}")
            lines.extend(f"     - {place}" for place in cause.where)
        ruled_out = [cause.cause for cause in self.causes if cause not in shown]
        if ruled_out:
            lines.append(f"Nothing speaks for: {', '.join(ruled_out)}.")
        lines.extend(f"Not known: {text}" for text in self.missing)
        return "\n".join(lines)


def explain_run(
    run: Run, policy: str = "last", report: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Explanation, ...]:
    """Explain every finished seed of a run.

    Args:
        run: of any game whose tree fits.
        policy: ``last`` or ``average``.
        report: called with how many seeds are done, and how many there are.

    Raises:
        ParameterError: no seed has finished, there is no such policy, a file is damaged, or the tree is too large.
    """
    if not run.seeds:
        raise ParameterError("run", str(run.path), "a run with at least one finished seed")
    named = run.config.game.named()
    try:
        tree, reference = unroll(named.compiled), reference_of(named)
    except TreeTooLarge as error:
        raise ParameterError("run", str(run.path), f"a game whose tree fits ({error})") from None
    found = []
    for number, seed in enumerate(run.seeds):
        report(number, len(run.seeds))
        found.append(explain(Case.of(run.config, seed, policy, named, tree, reference), str(run.path)))
    report(len(run.seeds), len(run.seeds))
    return tuple(found)


def explain(case: Case, path: str) -> Explanation:
    """Weigh all causes of one case."""
    share, several = case.nash_conv / case.stake, len(case.reference.components) > 1
    arrived = share <= ARRIVED or (several and case.nearest.reached and share <= NEARLY)
    causes = list(_why_this_one(case) if arrived else _why_none(case))
    order = sorted(causes, key=lambda cause: (-cause.strength, VOCABULARY.index(cause.cause)))
    return Explanation(
        run=path,
        learner=case.config.learner.kind,
        game=case.config.game.label,
        seed=case.seed.seed,
        policy=case.which,
        nash_conv=case.nash_conv,
        stake=case.stake,
        arrived=arrived,
        nearest=case.nearest,
        causes=tuple(order),
        missing=tuple(_missing(case)),
    )


def _why_none(case: Case) -> Iterator[Cause]:
    movement = movement_of(case)
    asked = case.regularisation
    target = learned_out(case.profile, asked.temperature, asked.tremble, case.stake, case.fixed)
    capacity = capacity_of(case, target)
    free = evaluate(target).nash_conv
    merged = min(merged_situations(case)[0] / max(case.nash_conv, 1e-300), 1.0)  # a learner that goes on keeps these
    left = max(free if capacity is None else capacity.nash_conv, free + merged * (case.nash_conv - free))
    untried, cycles = unvisited(case), cycling(case, movement)
    lasting = 1.0
    for one in (untried, cycles):
        lasting *= 1.0 if one is None else 1.0 - one.strength
    weighed = (
        untried,
        unfinished(case, movement, left, 1.0 - lasting),
        cycles,
        regularised(case),
        approximation(case, target, capacity),
    )
    found = [cause for cause in weighed if cause is not None]
    if (chosen := selected(case)) is not None:
        found.append(replace(chosen, strength=0.0))  # which equilibrium is no question before one is reached
    yield from found
    yield exploited(case, found)


def _why_this_one(case: Case) -> Iterator[Cause]:
    """Selection, the replies that were never tested, and the rest in proportion to the distance that is left."""
    chosen = selected(case)
    left = 1.0
    if chosen is not None:
        yield chosen
        left = 1 - chosen.strength
    if (replies := untested(case)) is not None:
        yield replies
    for cause in _why_none(case):
        if cause.cause not in (SELECTED, replies.cause if replies is not None else ""):
            yield replace(cause, strength=cause.strength * left)


def _missing(case: Case) -> Iterator[str]:
    record = case.record
    if record is None:
        yield "the run was trained before visits and movement were recorded; train it again to have them weighed."
        return
    if record.visits is None:
        yield "this learner does not tell which information sets it visits."
    if movement_of(case) is None:
        yield "play was measured too rarely to tell whether it moves; set evaluations to 8 or more."
