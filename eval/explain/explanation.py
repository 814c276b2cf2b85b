"""All causes of one run, strongest first, in words and for JSON."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from olivebranch.agents.policies.behaviour import seat_play
from olivebranch.agents.policies.registry import find_policies
from olivebranch.core.errors import ParameterError
from olivebranch.eval.explain.approximation import approximation, capacity_of, merged_situations
from olivebranch.eval.explain.case import Case
from olivebranch.eval.explain.causes import SELECTED, VOCABULARY, Cause
from olivebranch.eval.explain.exploited import exploited
from olivebranch.eval.explain.movement import cycling, movement_of, unfinished
from olivebranch.eval.explain.played import Played
from olivebranch.eval.explain.regularised import regularised
from olivebranch.eval.explain.selected import selected
from olivebranch.eval.explain.settling import learned_out
from olivebranch.eval.explain.visits import untested, unvisited
from olivebranch.games.registry import NamedGame
from olivebranch.theory.equilibria.reference import Nearest, reference_of
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import TreeTooLarge, unroll
from olivebranch.theory.tree.profiles import uniform_profile, with_parts
from olivebranch.train.run import Run

ARRIVED = 0.01  # NashConv over the range of payoffs, up to which play counts as an equilibrium
NEARLY = 0.03  # likewise where play is within reach of a known equilibrium
NEGLIGIBLE = 0.005  # strength below which a cause is left out of the words
AS_PLAYED = "as it plays"  # which policy is explained, where nothing was trained
NO_TRAINING = "how this play came about, so that nothing is said of visits, cycles, unfinished training and networks."


@dataclass(frozen=True)
class Explanation:
    """What is said of one policy of one seed.

    Attributes:
        run, learner, game: what was run; of a policy that no run is known of, its spec and its kind.
        seed: the seed; 0 of a policy without one.
        policy: ``last``, ``average`` or ``as it plays``.
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
        which = AS_PLAYED if self.policy == AS_PLAYED else f"seed {self.seed}, {self.policy} policy"
        lines = [f"{self.run}, {which}: {self.learner} on {self.game}."]
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


def explain_policies(
    spec: str, named: NamedGame, report: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Explanation, ...]:
    """Explain every profile that a policy spec names, by what can be said without its training.

    Args:
        spec: see :mod:`olivebranch.agents.policies.registry`; e.g. ``language-model:FILE.yaml``.
        named: any game whose tree fits.
        report: called with how many profiles are done, and how many there are.

    Raises:
        ParameterError: there is no such policy, it does not fit the game, or the tree is too large.
    """
    try:
        tree, reference = unroll(named.compiled), reference_of(named)
    except TreeTooLarge as error:
        raise ParameterError("game", named.spec, f"a game whose tree fits ({error})") from None
    policies, found = find_policies(spec, named), []
    for number, policy in enumerate(policies.profiles):
        report(number, len(policies.profiles))
        parts = {seat: seat_play(tree, own, seat, "policy", spec) for seat, own in enumerate(policy)}
        profile = with_parts(uniform_profile(tree), parts)
        kind = str(getattr(policy[0], "kind", type(policy[0]).__name__))
        seed = policies.seeds[number] if policies.seeds else 0
        found.append(explain_play(Played(named, tree, profile, reference), spec, kind, seed))
    report(len(policies.profiles), len(policies.profiles))
    return tuple(found)


def explain_play(play: Played, name: str, kind: str, seed: int = 0) -> Explanation:
    """Weigh the causes that can be told from play alone: ``regularised``, ``selected`` and ``exploited``."""
    return _explanation(play, _causes(play), name, kind, seed, AS_PLAYED, (NO_TRAINING,))


def explain(case: Case, path: str) -> Explanation:
    """Weigh all causes of one case."""
    kind, seed = case.config.learner.kind, case.seed.seed
    return _explanation(case, _causes(case), path, kind, seed, case.which, tuple(_missing(case)))


def _explanation(
    play: Played, causes: list[Cause], run: str, learner: str, seed: int, policy: str, missing: tuple[str, ...]
) -> Explanation:
    return Explanation(
        run=run,
        learner=learner,
        game=play.named.label,
        seed=seed,
        policy=policy,
        nash_conv=play.nash_conv,
        stake=play.stake,
        arrived=_arrived(play),
        nearest=play.nearest,
        causes=tuple(sorted(causes, key=lambda cause: (-cause.strength, VOCABULARY.index(cause.cause)))),
        missing=missing,
    )


def _arrived(play: Played) -> bool:
    share, several = play.nash_conv / play.stake, len(play.reference.components) > 1
    return share <= ARRIVED or (several and play.nearest.reached and share <= NEARLY)


def _causes(play: Played) -> list[Cause]:
    return list(_why_this_one(play) if _arrived(play) else _why_none(play))


def _why_none(play: Played) -> Iterator[Cause]:
    found = [*(_of_training(play) if isinstance(play, Case) else ()), regularised(play)]
    found.sort(key=lambda cause: VOCABULARY.index(cause.cause))
    if (chosen := selected(play)) is not None:
        found.append(replace(chosen, strength=0.0))  # which equilibrium is no question before one is reached
    yield from found
    yield exploited(play, found)


def _of_training(case: Case) -> Iterator[Cause]:
    """What only the record and the settings of a run can tell."""
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
        approximation(case, target, capacity),
    )
    yield from (cause for cause in weighed if cause is not None)


def _why_this_one(play: Played) -> Iterator[Cause]:
    """Selection, the replies that were never tested, and the rest in proportion to the distance that is left."""
    chosen = selected(play)
    left = 1.0
    if chosen is not None:
        yield chosen
        left = 1 - chosen.strength
    replies = untested(play) if isinstance(play, Case) else None
    if replies is not None:
        yield replies
    for cause in _why_none(play):
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
