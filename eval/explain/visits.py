"""``unvisited``: choices that nobody has tried lately, though they would pay."""

import numpy as np

from olivebranch.core.errors import ParameterError
from olivebranch.eval.explain.case import Case
from olivebranch.eval.explain.causes import UNVISITED, Cause, cause
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.tree.evaluation import best_responses, evaluate
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

FEW, SHARE = 10.0, 0.01  # visits in the second half of training, and their share of the plays, below which it is dry
HARDLY = 30.0  # visits in all of training below which an information set counts as never learned
EARLY = 0.1  # share of training after which a choice was given up early
TREMBLE = 1e-3  # by which beliefs are defined everywhere: all explore alike


def dry_choices(case: Case) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Which actions were hardly tried in the second half of training, with the counts of all and of that half.

    All are in the shape of ``case.table``. Raises :class:`ParameterError` where there is no record of visits.
    """
    if case.record is None or case.record.visits is None:
        raise ParameterError("run", str(case.seed.path), "a record of visits")
    count, late = np.concatenate(case.record.visits.count), np.concatenate(case.record.visits.late)
    plays = np.zeros(late.shape[1])
    for player in range(case.tree.game.n_players):
        part = case.tree.types_of(player)
        plays[part] = late[:, part].sum(axis=(1, 2)).max(initial=0.0)
    ahead = case.table * late.sum(axis=2, keepdims=True)  # tries in as long again, as play is at the end
    few = (late < FEW) | (ahead < FEW)
    dry = case.legal & case.learning[..., None] & few & (late < SHARE * plays[:, None])
    if case.short:  # In a short training an action may be untried in the second half, and yet not have been given up.
        last = np.concatenate(case.record.visits.last)
        dry &= (count < HARDLY) | (last <= EARLY * case.updates)
    return dry, count, late


def unvisited(case: Case) -> Cause | None:
    """The share of NashConv that is gained by choices nobody has tried lately.

    Counterfactual: whoever would gain by an action that was hardly tried in the second half of training tries it, and
    responds best there.
    """
    if case.record is None or case.record.visits is None:
        return None
    dry, count, late = dry_choices(case)
    better = np.take_along_axis(dry, case.best[..., None], axis=2)[..., 0]
    weight = np.where(better & case.learning, case.gain, 0.0)
    share = float(weight.sum()) / max(case.nash_conv, 1e-300)
    last, total = np.concatenate(case.record.visits.last), case.updates
    where, lines = [], []
    for h, c in case.heaviest(weight):
        a = int(case.best[h, c])
        action = case.tree.game.game.action_names[a]
        where.append(f"{case.place(h, c)}: {action}")
        when = f"last in update {last[h, c, a]} of {total}" if last[h, c, a] else "never"
        lines.append(
            f"{case.place(h, c)} would gain {weight[h, c]:.3g} by {action}, which was tried {count[h, c, a]:.0f} times "
            f"({when}; {late[h, c, a]:.0f} times in the second half of training)"
        )
    text = "; ".join(lines) if lines else "every action that would pay was tried often until the end"
    silent = int((dry.sum(axis=2) == case.legal.sum(axis=2))[case.learning].sum())
    return cause(
        UNVISITED,
        share,
        tuple(where),
        f"{text}.",
        information_sets_hardly_visited=silent,
        information_sets=float(case.learning.sum()),
    )


def untested(case: Case) -> Cause | None:
    """Where play has arrived: does the equilibrium stand only because of replies that were never learned?

    Counterfactual: at information sets met fewer than ``HARDLY`` times, or never after the first ``EARLY`` of training,
    the reply is the best one to the belief that all types come there alike. If NashConv then rises to y, the share
    ``1 - NashConv / y`` hangs on the untested reply. Learners that read the whole tree need no visits to learn a reply.
    """
    if case.record is None or case.record.visits is None or not case.samples:
        return None
    _, count, _ = dry_choices(case)
    last = np.concatenate(case.record.visits.last).max(axis=2)
    hardly = case.learning & ((count.sum(axis=2) < HARDLY) | (last <= EARLY * case.updates))
    uniform = uniform_profile(case.tree)
    mixed = BehaviourProfile(
        case.tree,
        tuple((1 - TREMBLE) * p + TREMBLE * u for p, u in zip(case.profile.stages, uniform.stages, strict=True)),
    )
    replies = np.concatenate(best_responses(mixed))
    taught = np.where(hardly[..., None], replies, case.table)
    after = evaluate(case.profile_of(taught)).nash_conv
    moved = np.where(hardly, np.abs(taught - case.table).sum(axis=2) / 2, 0.0)
    rises = after > max(case.nash_conv, 1e-3 * case.stake)
    places = case.heaviest(moved) if rises else []
    met = ", ".join(f"{case.place(h, c)} ({count[h, c].sum():.0f} visits)" for h, c in places)
    text = (
        f"the equilibrium stands on replies that were hardly ever tested: {met}; with best replies to types that come "
        f"there alike, NashConv would be {after:.3g}."
        if rises
        else "no reply that was hardly ever tested holds it up."
    )
    strength = 1 - case.nash_conv / after if rises else 0.0
    return cause(UNVISITED, strength, tuple(case.place(h, c) for h, c in places), text, nash_conv_if_taught=after)
