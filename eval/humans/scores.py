"""Where each run of a signalling experiment ended, how precise play was, and what theory says of each equilibrium."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from olivebranch.agents.stacked.games import StackedPlay
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.quantal_response.branch import BranchLost
from olivebranch.theory.quantal_response.fit import LogitBranch, logit_branch
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.logit_limit import component_distances, select_component
from olivebranch.theory.signalling.pieces import Component
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.signalling.tables import in_unit_payoffs, stages_of
from olivebranch.theory.tree.histories import unroll

NEAR = 0.05  # total variation from an equilibrium's outcome; the largest difference from an equilibrium itself
PLAYS = 100.0  # that a fit of learned play counts for: only its interval depends on it
PRECISIONS = (1e-2, 1e3)  # of fits, in units of one over payoffs that run from 0 to 1


@dataclass(frozen=True)
class Theory:
    """All equilibria of one game.

    Attributes:
        game: with payoffs as they were paid.
        components: connected components of its perfect Bayesian equilibria.
        names: a short one for each, by what is sent.
        verdicts: by component and refinement whether it survives; None where that is undecided.
        outcomes: by component the outcomes whose hull holds all of its own, ``[n, types, messages, responses]``.
    """

    game: SignallingGame
    components: tuple[Component, ...]
    names: tuple[str, ...]
    verdicts: tuple[dict[str, bool | None], ...]
    outcomes: tuple[FloatArray, ...]

    @classmethod
    def of(cls, game: SignallingGame) -> "Theory":
        """Enumerate, exactly; the logit limit is numerical, at payoffs from 0 to 1."""
        found = enumerate_equilibria(game)
        refiner = Refiner(found.pieces[0].context)
        limit = select_component(enumerate_equilibria(in_unit_payoffs(game))).candidate
        verdicts = []
        for number, component in enumerate(found.components):
            judged: dict[str, bool | None] = {
                name: verdict.survives for name, verdict in refiner.verdicts(component).items()
            }
            verdicts.append(judged | {"logit_limit": None if limit is None else limit == number})
        outcomes = tuple(np.array(one.outcomes, dtype=np.float64) for one in found.components)
        return cls(game, found.components, _names(game, found.components), tuple(verdicts), outcomes)

    def outcome_distances(self, play: StackedPlay) -> FloatArray:
        """Total variation of the outcome of every run from every component's, ``[seeds, components]``.

        Where the outcome varies within a component, its nearest is sought in the hull of the extreme ones.
        """
        prior = np.array(self.game.prior, dtype=np.float64)
        ours = prior[:, None, None] * play.sender[..., None] * play.receiver[:, None]
        result = np.empty((len(ours), len(self.components)))
        for number, extreme in enumerate(self.outcomes):
            if len(extreme) == 1:
                result[:, number] = 0.5 * np.abs(ours - extreme[0]).sum(axis=(1, 2, 3))
            else:
                flat = extreme.reshape(len(extreme), -1)
                result[:, number] = [_variation(run.ravel(), flat) for run in ours]
        return result


@dataclass(frozen=True)
class Landed:
    """Where the runs of one learner in one game are.

    Attributes:
        reached: the component whose outcome is near, -1 for none, ``[seeds]``. Where the outcomes of several are, such
            as of two components that differ in replies off the path only, the one that is nearest off the path, too.
        supported: how many of these are near an equilibrium of it, replies off the path included.
        mean: behaviour averaged over runs.
    """

    reached: IntArray
    supported: int
    mean: StackedPlay


def land(theory: Theory, play: StackedPlay) -> Landed:
    """See :class:`Landed`."""
    near = theory.outcome_distances(play) <= NEAR
    reached, supported = np.full(len(near), -1), 0
    for run in np.flatnonzero(near.any(axis=1)):
        candidates = np.flatnonzero(near[run])
        chosen = [theory.components[k] for k in candidates]
        distances = component_distances(chosen, play.sender[run], play.receiver[run])
        reached[run] = candidates[distances.argmin()]
        supported += bool(distances.min() <= NEAR)
    mean = StackedPlay(play.sender.mean(axis=0), play.receiver.mean(axis=0))
    return Landed(reached, int(supported), mean)


@dataclass(frozen=True)
class Precision:
    """Play read as an agent logit equilibrium, at payoffs from 0 to 1.

    Attributes:
        precision, lower, upper: with its likelihood interval.
        explained: between uniform play (0) and the frequencies themselves (1).
    """

    precision: float
    lower: float
    upper: float
    explained: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON; an open end is null."""
        upper = self.upper if np.isfinite(self.upper) else None
        explained = self.explained if np.isfinite(self.explained) else None
        return {"precision": self.precision, "lower": self.lower, "upper": upper, "explained": explained}


class Fitter:
    """Fits the logit branch of one game to counts."""

    def __init__(self, game: SignallingGame) -> None:
        self.game = in_unit_payoffs(game)
        self.tree = unroll(self.game.compile())
        self.branch: LogitBranch | None = None
        try:
            self.branch = logit_branch(self.tree, precision=PRECISIONS)
        except BranchLost:
            self.branch = None

    def fit(self, sender: FloatArray, receiver: FloatArray) -> Precision | None:
        """The precision that explains counts best; None where the branch was lost on the way.

        Args:
            sender: counts by type and message.
            receiver: by message and response.
        """
        if self.branch is None:
            return None
        found = self.branch.fit(stages_of(self.tree, sender, receiver))
        return Precision(found.precision, found.lower, found.upper, found.explained)

    def fit_play(self, play: StackedPlay) -> Precision | None:
        """The same for behaviour, as ``PLAYS`` plays of it bring it about on average."""
        sender = PLAYS * np.array(self.game.prior, dtype=np.float64)[:, None] * play.sender
        return self.fit(sender, sender.sum(axis=0)[:, None] * play.receiver)


def _names(game: SignallingGame, components: Sequence[Component]) -> tuple[str, ...]:
    """E.g. ``both m1``, or ``type 1: m1, type 2: m1 or m3``; alike ones are told apart by the reply on the path."""
    found: list[str] = []
    for component in components:
        support = component.representative.sender_support
        sent = [" or ".join(game.message_names[m] for m in messages) for messages in support]
        if len(set(sent)) == 1:
            name = f"all {sent[0]}"
        else:
            name = ", ".join(f"{kind}: {message}" for kind, message in zip(game.type_names, sent, strict=True))
        found.append(name)
    return tuple(
        f"{name} ({found[:number].count(name) + 1})" if found.count(name) > 1 else name
        for number, name in enumerate(found)
    )


def _variation(point: FloatArray, vertices: FloatArray) -> float:
    """Total variation of a distribution ``[d]`` from the hull of others, ``[k, d]``."""
    count, size = vertices.shape
    eye = np.eye(size)
    solved = linprog(
        np.append(np.zeros(count), np.full(size, 0.5)),
        A_ub=np.block([[vertices.T, -eye], [-vertices.T, -eye]]),
        b_ub=np.concatenate([point, -point]),
        A_eq=np.append(np.ones(count), np.zeros(size))[None],
        b_eq=[1.0],
    )
    if solved.x is None:
        raise ArithmeticError(f"the distance from an outcome was not found: {solved.message}")
    return max(float(solved.fun), 0.0)
