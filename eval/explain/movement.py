"""``cycling`` and ``unfinished``: play that has not come to rest, to and fro or on its way."""

from dataclasses import dataclass

import numpy as np

from olivebranch.eval.explain.case import Case
from olivebranch.eval.explain.causes import CYCLING, UNFINISHED, Cause, cause
from olivebranch.games.base import FloatArray
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.evaluation import evaluate, own_reach
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.steps import accumulate, average_profile

FEWEST = 4  # snapshots without which nothing is said of movement
TO_AND_FRO = 0.6  # way travelled over distance covered: below this share play goes to and fro
RESTLESS = 0.05  # way travelled in the second half of training from which on play counts as moving
UNDER_WAY = 1e-3  # distance covered in the last quarter from which on play counts as under way
FALLING = 0.97  # NashConv at the end over that at three quarters, below which it is still falling
TRIALS = 10.0  # visits times (regret / stake)² from which on a learner could tell the actions apart
QUARTERS = 4  # how many quarters of training a trend is followed beyond its end


@dataclass(frozen=True)
class Movement:
    """How play moved at the end of training.

    Attributes:
        way: total variation between plays, added up from snapshot to snapshot over the second half of training.
        straightness: distance between the first and the last of these snapshots over ``way``, in [0, 1]; 1 at rest.
        late_distance: distance covered in the last quarter.
        late_straightness: of the last quarter.
        falling: NashConv at the end (median of three evaluations) over that at three quarters of training.
    """

    way: float
    straightness: float
    late_distance: float
    late_straightness: float
    falling: float


def movement_of(case: Case) -> Movement | None:
    """How play moved; None where too few snapshots are kept."""
    record = case.record
    if record is None or len(record.snapshots) < FEWEST:
        return None
    snapshots, updates = record.snapshots, record.updates[-len(record.snapshots) :]
    end = float(updates[-1])

    def stretch(since: float) -> tuple[float, float]:
        kept = [k for k in range(len(snapshots)) if updates[k] >= since * end] or [len(snapshots) - 1]
        first = min(kept[0], len(snapshots) - 2)
        way = sum(play_distance(snapshots[k], snapshots[k + 1]) for k in range(first, len(snapshots) - 1))
        return way, play_distance(snapshots[first], snapshots[-1])

    way, distance = stretch(0.5)
    late_way, late_distance = stretch(0.75)
    curve = np.array([look.policies["last"].nash_conv for look in case.looks])
    middle = int(0.75 * (len(curve) - 1))
    before = float(np.median(curve[max(middle - 1, 0) : middle + 2]))
    after = float(np.median(curve[-3:])) if len(curve) > 6 else float(curve[-1])
    return Movement(
        way=way,
        straightness=distance / way if way > 1e-9 else 1.0,
        late_distance=late_distance,
        late_straightness=late_distance / late_way if late_way > 1e-9 else 1.0,
        falling=after / max(before, 1e-300),
    )


def time_averages(case: Case) -> list[BehaviourProfile]:
    """The mean of the snapshots of the second half, weighted with own reach; and the average that the learner kept."""
    found = []
    if case.record is not None and case.record.snapshots:
        snapshots, updates = case.record.snapshots, case.record.updates[-len(case.record.snapshots) :]
        late = [s for s, update in zip(snapshots, updates.tolist(), strict=True) if 2 * update >= updates[-1]]
        sums: list[FloatArray] = [np.zeros(stage.shape) for stage in case.profile.stages]
        for snapshot in late:
            for total, table, own in zip(sums, snapshot.stages, own_reach(snapshot), strict=True):
                accumulate(total, table, own, 1.0, 0, case.tree.n_all_types)
        found.append(average_profile(case.tree, sums))
    if case.which == "last" and "average" in case.seed.policies:
        from olivebranch.agents.policies.behaviour import behaviour_of

        found.append(behaviour_of(case.tree, case.seed.policies["average"]))
    return found


def cycling(case: Case, movement: Movement | None) -> Cause | None:
    """The share of NashConv that goes when play is replaced by its time average, if play goes to and fro.

    Counterfactual: everybody plays the average of the second half of training, or the one that the learner kept.
    """
    averages = time_averages(case)
    if movement is None or not averages:
        return None
    left = min(evaluate(average).nash_conv for average in averages)
    restless = movement.way >= RESTLESS and movement.straightness < TO_AND_FRO
    share = 1 - left / max(case.nash_conv, 1e-300) if restless else 0.0
    moving = (
        f"in the second half of training play travelled {movement.way:.3g} and got {movement.straightness:.0%} as far"
    )
    text = (
        f"{moving}: it goes to and fro. Its time average has NashConv {left:.3g}, play as it is {case.nash_conv:.3g}."
        if restless
        else f"{moving}: it does not go to and fro."
    )
    where = _moved(case) if share > 0 else ()
    numbers = {"nash_conv_of_average": left, "way": movement.way, "straightness": movement.straightness}
    return cause(CYCLING, share, where, text, **numbers)


def unfinished(case: Case, movement: Movement | None, left: float, others: float) -> Cause | None:
    """The share of NashConv that goes if learning goes on, where something says that it had not ended.

    Counterfactual: an exact learner goes on from there, with the regularisation that the settings ask for at the end
    and within what the learner's networks can play. It counts only if play is still under way (then as far as NashConv
    falls in as long again, at the rate of the last quarter), or if there were too few plays or updates to learn from;
    and only of the share that untried choices and cycles leave over, for they would go on.

    Args:
        case: the case.
        movement: of play; None where it is not known.
        left: NashConv of an exact learner that goes on.
        others: the share that untried choices and cycles explain, in [0, 1].
    """
    reasons, numbers, scarce, floor = [], {}, scarcity(case), left
    if movement is not None:
        numbers = {"late_distance": movement.late_distance, "falling": movement.falling}
        straight = movement.late_straightness >= TO_AND_FRO
        if movement.late_distance >= UNDER_WAY and straight and movement.falling < FALLING:
            reasons.append(
                f"in the last quarter of training play still moved by {movement.late_distance:.3g} in one direction, "
                f"and NashConv fell to {movement.falling:.0%}"
            )
            left = max(floor, case.nash_conv * movement.falling**QUARTERS)
    if scarce is not None and scarce > 0.5:
        reasons.append(f"{scarce:.0%} of NashConv is lost where there were too few plays to tell the actions apart")
        left = floor
    if case.short:
        reasons.append(case.short)
        left = floor
    if not reasons:
        return cause(UNFINISHED, 0.0, (), "play is at rest, after many plays.", **numbers)
    share = (1 - left / max(case.nash_conv, 1e-300)) * (1 - others)
    text = (
        f"{'; '.join(reasons)}. An exact learner that goes on from here comes to NashConv {floor:.3g}"
        f"{f'; as long again at this rate leads to {left:.3g}' if left > floor else ''}."
    )
    return cause(UNFINISHED, share, _gaining(case), text, nash_conv_if_continued=left, **numbers)


def scarcity(case: Case) -> float | None:
    """The share of NashConv that is lost where visits were too few to tell the actions apart; None without counts.

    The mean payoff of n plays is known to about stake / sqrt(n). So an advantage g shows after some (stake / g)² plays.
    """
    if case.record is None or case.record.visits is None or not case.samples:
        return None
    count = np.concatenate(case.record.visits.count).sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        regret = np.where(case.reach > 0, case.gain / case.reach, 0.0)
    known = count * (regret / case.stake) ** 2 >= TRIALS
    weight = np.where(case.learning, case.gain, 0.0)
    return float(weight[~known].sum()) / max(float(weight.sum()), 1e-300)


def _gaining(case: Case) -> tuple[str, ...]:
    weight = np.where(case.learning, case.gain, 0.0)
    return tuple(case.place(h, c) for h, c in case.heaviest(weight))


def _moved(case: Case) -> tuple[str, ...]:
    """The information sets at which behaviour spreads most over the second half of training, weighted with reach."""
    assert case.record is not None
    snapshots = case.record.snapshots[len(case.record.snapshots) // 2 :]
    tables = np.array([np.concatenate(snapshot.stages) for snapshot in snapshots])
    spread = tables.std(axis=0).sum(axis=2) * case.reach
    return tuple(case.place(h, c) for h, c in case.heaviest(np.where(case.learning, spread, 0.0)))
