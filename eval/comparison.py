"""One learned profile of the talks game against its analytic equilibria, exactly (docs/evaluation.md)."""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.games.talks import TalksParameters, compile_talks, signalling_payoffs
from olivebranch.theory.equilibria.components import REACHED
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.check import FIGHT, OFFER
from olivebranch.theory.talks.distance import ComponentDistance, distance, outcome_distribution
from olivebranch.theory.talks.solve import Interval, TalksSolution
from olivebranch.theory.tree.evaluation import Evaluation, evaluate
from olivebranch.theory.tree.profiles import BehaviourProfile


@dataclass(frozen=True)
class MessageBelief:
    """What the receiver should believe and what its replies say that it believes, after one message.

    Attributes:
        message: ``"fight"`` or ``"offer"``.
        probability: how often the message is sent.
        bayes: Pr(high | message) by Bayes' rule from learned play; None where the message has probability zero.
        rationalising: beliefs under which the learned reply loses at most the tolerance; None where there is none.
        best_fitting: the rationalising belief nearest to that of Bayes (the least regret where none rationalises).
        gap: distance from Bayes' belief to ``best_fitting``; None where Bayes is silent.
    """

    message: str
    probability: float
    bayes: float | None
    rationalising: Interval | None
    best_fitting: float
    gap: float | None


@dataclass(frozen=True)
class Comparison:
    """Everything that is said of one learned profile.

    Attributes:
        behaviour: the four probabilities.
        evaluation: values, best responses, NashConv and its split by player and type.
        distances: to every component, nearest on the path first.
        beliefs: after fighting and after an offer.
        outcomes: frequency of each outcome by type, ``{outcome: (high, low)}``, and over the prior under ``overall``.
    """

    behaviour: TalksBehaviour
    evaluation: Evaluation
    distances: tuple[ComponentDistance, ...]
    beliefs: tuple[MessageBelief, MessageBelief]
    outcomes: dict[str, tuple[float, float]]
    overall: dict[str, float]

    @property
    def nearest(self) -> ComponentDistance:
        """The component whose outcomes are nearest to those of the profile."""
        return self.distances[0]

    @property
    def play(self) -> dict[str, float]:
        """The four probabilities, by name; see :class:`~olivebranch.eval.details.Detail`."""
        return vars(self.behaviour).copy()

    @property
    def gaps(self) -> dict[str, float]:
        """The largest distance at any information set; see :class:`~olivebranch.eval.details.Detail`."""
        return {"behaviour": self.nearest.behaviour}

    def as_dict(self) -> dict[str, object]:
        """For JSON; see :class:`~olivebranch.eval.details.Detail`."""
        return {
            "behaviour": self.play,
            "distances": [vars(distance).copy() for distance in self.distances],
            "beliefs": [vars(belief).copy() for belief in self.beliefs],
            "outcomes_by_type": {name: {"high": high, "low": low} for name, (high, low) in self.outcomes.items()},
            "outcomes": dict(self.overall),
        }

    @property
    def reached(self) -> str | None:
        """The component that play has reached, off the path included; None if it is near none."""
        return self.nearest.component if max(self.nearest.on_path, self.nearest.off_path) < REACHED else None

    @property
    def outcome_reached(self) -> str | None:
        """The component whose outcome play has reached, whatever its off-path reply."""
        return self.nearest.component if self.nearest.on_path < REACHED else None


def compare(
    parameters: TalksParameters, solution: TalksSolution, profile: BehaviourProfile, regret_tolerance: float = 0.01
) -> Comparison:
    """Hold a profile of the talks game against every equilibrium component.

    Args:
        parameters: of the game.
        solution: its components.
        profile: learned behaviour on the game's tree.
        regret_tolerance: the loss, in shares of the stake, up to which a reply counts as rationalised by a belief.
    """
    behaviour = TalksBehaviour.of(profile)
    prior = np.array([parameters.prior_high, 1 - parameters.prior_high], dtype=np.float64)
    distances = [distance(prior, behaviour, component) for component in solution.equilibria]
    _, receiver_payoffs = signalling_payoffs(compile_talks(parameters))
    joint = outcome_distribution(prior, behaviour.strategy, behaviour.reply)
    names = {
        "talks open": (OFFER, 0),
        "offer rebuffed": (OFFER, 1),
        "war goes on": (FIGHT, 0),
        "war escalates": (FIGHT, 1),
    }
    by_type = behaviour.strategy[:, :, None] * behaviour.reply[None]
    return Comparison(
        behaviour=behaviour,
        evaluation=evaluate(profile),
        distances=tuple(sorted(distances, key=lambda d: (d.on_path, d.behaviour))),
        beliefs=(
            _belief("fight", FIGHT, prior, behaviour, receiver_payoffs, regret_tolerance),
            _belief("offer", OFFER, prior, behaviour, receiver_payoffs, regret_tolerance),
        ),
        outcomes={
            name: (float(by_type[0, message, reply]), float(by_type[1, message, reply]))
            for name, (message, reply) in names.items()
        },
        overall={name: float(joint[:, message, reply].sum()) for name, (message, reply) in names.items()},
    )


def _belief(
    name: str,
    message: int,
    prior: FloatArray,
    behaviour: TalksBehaviour,
    receiver_payoffs: FloatArray,
    tolerance: float,
) -> MessageBelief:
    mass = prior * behaviour.strategy[:, message]
    total = float(mass.sum())
    bayes = float(mass[0] / total) if total > 0 else None
    escalate = float(behaviour.reply[message, 1])
    # What escalating adds at belief mu in the high type: linear, falling in mu.
    gain_high, gain_low = receiver_payoffs[:, message, 1] - receiver_payoffs[:, message, 0]
    slope = float(gain_low - gain_high)
    threshold = float(gain_low) / slope
    # Regret is (1 - escalate) slope (threshold - mu) below the threshold and escalate slope (mu - threshold) above it.
    below = tolerance / ((1 - escalate) * slope) if escalate < 1 else np.inf
    above = tolerance / (escalate * slope) if escalate > 0 else np.inf
    low, high = max(0.0, threshold - below), min(1.0, threshold + above)
    rationalising = (low, high) if low <= high else None
    aim = bayes if bayes is not None else float(prior[0])
    best = float(np.clip(aim, low, high)) if rationalising else float(np.clip(threshold, 0.0, 1.0))
    gap = abs(bayes - best) if bayes is not None else None
    return MessageBelief(name, total, bayes, rationalising, best, gap)
