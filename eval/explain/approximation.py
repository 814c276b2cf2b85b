"""``approximation``: the network cannot tell two situations apart, or cannot play differently in them as it should."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from olivebranch.agents.visits import reach_probabilities
from olivebranch.eval.explain.case import Case
from olivebranch.eval.explain.causes import APPROXIMATION, Cause, cause
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.information import ObservationEncoder
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.recall import first_histories

if TYPE_CHECKING:
    from torch import nn

TABLES = ("lookup", "tabular")  # kinds of policies in which every situation has a row of its own
SAME = 1e-6  # behaviour that differs by less is the same
MIXED = 0.01  # behaviour with a second action at least this likely is neither pure
FIT_STEPS, FIT_STARTS = 400, 3
BINDING = 0.2  # of NashConv, which a fitted network must leave for its form to count as the cause
EVENLY = 0.5  # of the weight in the fit goes to all situations alike, the rest as the target reaches them


@dataclass(frozen=True)
class Capacity:
    """What networks of the learner's form can play.

    Attributes:
        hidden: widths of their hidden layers.
        fit: the best fit to the target, as behaviour.
        nash_conv: of the fit.
    """

    hidden: tuple[int, ...]
    fit: BehaviourProfile
    nash_conv: float


def capacity_of(case: Case, target: BehaviourProfile) -> Capacity | None:
    """How near networks of the learner's form come to ``target``; None where it has none that can be fitted."""
    hidden = _hidden(case)
    if hidden is None:
        return None
    fits = [fit_network(case, target, hidden, start) for start in range(FIT_STARTS)]
    worth = [evaluate(fit).nash_conv for fit in fits]
    best = int(np.argmin(worth))
    return Capacity(hidden, fits[best], worth[best])


def approximation(case: Case, target: BehaviourProfile, capacity: Capacity | None) -> Cause | None:
    """The share of NashConv that goes when situations that are played alike may be played each for itself.

    Counterfactual: in place of the network each information set plays what its own values call for, which an exact
    learner goes on to find (with the regularisation of the settings). It counts only if a network of the same form,
    fitted straight to that play, leaves at least ``BINDING`` of NashConv, or if as much of it is gained where
    situations are played exactly alike though they call for different actions.

    Args:
        case: the case.
        target: where the exact learner ends.
        capacity: how near networks come to that; None where there are none.
    """
    merged, where = merged_situations(case)
    if capacity is None and not where:
        return None
    free, bound = evaluate(target).nash_conv, case.nash_conv if capacity is None else capacity.nash_conv
    too_small = capacity is not None and bound - free >= BINDING * case.nash_conv
    alike = merged >= BINDING * case.nash_conv
    share = 1 - free / max(case.nash_conv, 1e-300) if too_small or alike else 0.0
    parts = [
        f"situations that each play for themselves come to NashConv {free:.3g}, those learned to {case.nash_conv:.3g}"
    ]
    if capacity is not None:
        hidden = ", ".join(map(str, capacity.hidden))
        form = f"hidden layers of {hidden}" if hidden else "no hidden layer"
        parts.append(f"a network with {form}, fitted straight to that play, has {bound:.3g}")
        if too_small and not where:
            where = _confused(case, capacity.fit, target)
    if alike:
        parts.append(
            f"{merged:.3g} is gained where situations are played exactly alike that call for different actions"
        )
    return cause(APPROXIMATION, share, where, f"{'; '.join(parts)}.", nash_conv_free=free, nash_conv_of_fit=bound)


def merged_situations(case: Case) -> tuple[float, tuple[str, ...]]:
    """The gain at information sets that play exactly alike, mixed, though their best actions differ; these in words.

    The tables of our own learners have a row for every situation, so they merge none.
    """
    if ":" not in case.config.learner.kind and all(p.kind in TABLES for p in case.seed.policies[case.which]):
        return 0.0, ()
    owner, use = case.tree.moves.owner, case.learning & (case.reach > 1e-9)
    mixed = np.sort(case.table, axis=2)[..., -2] > MIXED
    uniform = np.abs(case.table - case.legal / np.maximum(case.legal.sum(axis=2, keepdims=True), 1)).max(axis=2) < SAME
    groups: dict[tuple[int, tuple[float, ...], tuple[bool, ...]], list[tuple[int, int]]] = {}
    for h, c in zip(*np.nonzero(use & mixed & ~uniform), strict=True):
        rounded = tuple(np.round(case.table[h, c] / SAME).tolist())
        groups.setdefault((int(owner[c]), rounded, tuple(case.legal[h, c].tolist())), []).append((int(h), int(c)))
    gain, where = 0.0, []
    for members in groups.values():
        if len(members) > 1 and len({int(case.best[place]) for place in members}) > 1:
            gain += sum(float(case.gain[place]) for place in members)
            heaviest = sorted(members, key=lambda place: -case.gain[place])[:2]
            where.append(" and ".join(case.place(h, c) for h, c in heaviest))
    return gain, tuple(where[:3])


def _hidden(case: Case) -> tuple[int, ...] | None:
    """Widths of the hidden layers of the policies' networks; None where there are none that can be fitted."""
    for seat, policy in enumerate(case.seed.policies[case.which]):
        if seat in case.fixed:
            continue
        members = getattr(policy, "members", (policy,))
        for member in members:
            if member.kind == "network":
                return tuple(member.description()["widths"][1:-1])
            if member.kind in ("sb3", "sb3-recurrent"):
                form = member.description()
                memory = (int(form["lstm"]),) if "lstm" in form else ()  # what it remembers passes through this layer
                return (*memory, *(int(width) for width in form["hidden"]))
    return None


def fit_network(case: Case, target: BehaviourProfile, widths: tuple[int, ...], start: int) -> BehaviourProfile:
    """Networks of one form, one a seat that learned, fitted to ``target``, as behaviour; others play ``target``."""
    table: FloatArray = np.concatenate(target.stages).astype(np.float64)
    reach: FloatArray = np.concatenate(reach_probabilities(target)).astype(np.float64)
    for seat in range(case.tree.game.n_players):
        if seat not in case.fixed:
            table = _fit_seat(case, table, reach, seat, widths, start)
    return case.profile_of(table)


def _fit_seat(
    case: Case, target: FloatArray, reach: FloatArray, seat: int, widths: tuple[int, ...], start: int
) -> FloatArray:
    import torch

    from olivebranch.agents.policies.network import masked_log_probabilities, perceptron

    h, c = np.nonzero(case.learning & (case.tree.moves.owner == seat))
    if not len(h):
        return target
    seen, legal = torch.from_numpy(_observations(case, seat, h, c)), torch.from_numpy(case.legal[h, c])
    wanted = torch.from_numpy(target[h, c]).float()
    share = reach[h, c] / max(float(reach[h, c].sum()), 1e-300)
    weight = torch.from_numpy((1 - EVENLY) * share + EVENLY / len(h)).float()
    network: nn.Sequential = perceptron(
        [seen.shape[1], *widths, case.tree.game.n_actions], 1.0, torch.Generator().manual_seed(start)
    )
    optimiser = torch.optim.Adam(network.parameters(), lr=0.05)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, FIT_STEPS)
    for _ in range(FIT_STEPS):
        optimiser.zero_grad()
        logs = masked_log_probabilities(network(seen), legal)
        loss = -(weight * (wanted * logs).sum(dim=1)).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rates.step()
    with torch.no_grad():
        played = masked_log_probabilities(network(seen).double(), legal).exp().numpy()
    result = target.copy()
    result[h, c] = np.where(case.legal[h, c], played, 0.0)
    return result


def _observations(case: Case, seat: int, histories: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """What ``seat`` sees at some of its information sets, float32 ``[n, width]``."""
    encoder, offset = ObservationEncoder(case.tree.game), first_histories(case.tree)
    seen = np.zeros((len(histories), encoder.width), dtype=np.float32)
    for number, stage in enumerate(case.tree.stages):
        here: BoolArray = (histories >= offset[number]) & (histories < offset[number + 1])
        rows = histories[here] - offset[number]
        own = columns[here] - int(case.tree.type_offset[seat])
        recent = case.tree.recent_edges(number, rows, encoder.window)
        seen[here] = encoder.encode(seat, own, stage.state[rows].astype(np.int64), recent)
    return seen


def _confused(case: Case, fit: BehaviourProfile, target: BehaviourProfile) -> tuple[str, ...]:
    """The information sets at which the fitted network is farthest from its target, weighted with reach."""
    gap = np.abs(np.concatenate(fit.stages) - np.concatenate(target.stages)).sum(axis=2) / 2
    weight = np.where(case.learning, gap * case.reach, 0.0)
    return tuple(case.place(h, c) for h, c in case.heaviest(weight))
