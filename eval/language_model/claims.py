"""The source's claims C1 to C9 as a model plays them (docs/claims.md has what theory says of each).

A claim about a change is asked as one: the model plays the game, and the same game with the one parameter changed of
which the claim speaks. A claim about one game is a difference between two probabilities in it. Every difference has an
interval; where that holds zero, the samples do not decide.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from olivebranch.agents.language_model.playing import ModelPlay
from olivebranch.eval.intervals import Estimate
from olivebranch.eval.language_model.scores import around, drawn_profiles
from olivebranch.games.demonstration import DemonstrationParameters
from olivebranch.games.rules import Action
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.tree.profiles import BehaviourProfile

SMALL = 0.1  # a change of a probability up to which a claim of no effect counts as borne out

Measure = Callable[[BehaviourProfile], float]
Change = Callable[[TalksParameters], TalksParameters | None]


def talks_open(profile: BehaviourProfile) -> float:
    """The probability that an offer is made and not answered with escalation."""
    behaviour, prior = TalksBehaviour.of(profile), profile.tree.game.prior
    offers = float(prior[0] * behaviour.offer_high + prior[1] * behaviour.offer_low)
    return offers * (1 - behaviour.escalate_after_offer)


def read_as_weakness(profile: BehaviourProfile) -> float:
    """How much more often an offer is answered with escalation than fighting on is."""
    behaviour = TalksBehaviour.of(profile)
    return behaviour.escalate_after_offer - behaviour.escalate_after_fight


def weak_first(profile: BehaviourProfile) -> float:
    """How much more often the low type offers than the high type does."""
    behaviour = TalksBehaviour.of(profile)
    return behaviour.offer_low - behaviour.offer_high


def strong_signal(profile: BehaviourProfile) -> float:
    """How much more often the high type demonstrates than the low type does."""
    first = profile.of(0, 0)[0]
    return float(first[0, Action.DEMONSTRATE] - first[1, Action.DEMONSTRATE])


@dataclass(frozen=True)
class PlayedClaim:
    """A claim as something that play can bear out.

    Attributes:
        key, title: as in the ledger.
        says: what is measured and what the claim expects of it.
        measure: of the play of one game.
        expected: 1 that it (or its change) is positive, -1 negative, 0 that it is small.
        game: the class of parameters of the games that it is about.
        given: whether a game is one of those that it is about.
        change: to the other game of a claim about a change; None for a claim about one game.
    """

    key: str
    title: str
    says: str
    measure: Measure
    expected: int
    game: type = TalksParameters
    given: Callable[[Any], bool] = lambda parameters: True
    change: Change | None = None


def _exposed(p: TalksParameters) -> float:
    return (1 - p.shelter) * p.loss_low


def _costlier(p: TalksParameters) -> TalksParameters | None:
    wanted = 1.2 * max(_exposed(p) - p.guarantee - p.receiver_dividend, 0.0) + 0.01
    return replace(p, escalation_cost=wanted) if wanted > p.escalation_cost else None


def _guaranteed(p: TalksParameters) -> TalksParameters | None:
    wanted = 1.2 * max(_exposed(p) - p.escalation_cost - p.receiver_dividend, 0.0) + 0.01
    return replace(p, guarantee=wanted) if wanted > p.guarantee else None


def _low_talks(p: TalksParameters) -> bool:
    from olivebranch.theory.talks.solve import solve_talks

    return any(equilibrium.name == "low-talks" for equilibrium in solve_talks(p).equilibria)


def _pool_fight(p: TalksParameters) -> bool:
    from olivebranch.theory.talks.solve import solve_talks

    return any(equilibrium.name == "pool-fight" for equilibrium in solve_talks(p).equilibria)


PLAYED = (
    PlayedClaim(
        "C1",
        "costly escalation",
        "talks open more often once escalation costs more than it can win",
        talks_open,
        1,
        change=_costlier,
    ),
    PlayedClaim(
        "C2",
        "adverse inference",
        "an offer is answered with escalation more often than fighting on is",
        read_as_weakness,
        1,
        given=_pool_fight,
    ),
    PlayedClaim(
        "C3",
        "desperate first",
        "the low type offers more often than the high type",
        weak_first,
        1,
        given=_low_talks,
    ),
    PlayedClaim(
        "C4",
        "costly signal",
        "the high type demonstrates more often than the low type",
        strong_signal,
        1,
        game=DemonstrationParameters,
    ),
    PlayedClaim(
        "C5",
        "face-saving",
        "talks open hardly more often when a rebuffed offer costs nothing",
        talks_open,
        0,
        given=_pool_fight,
        change=lambda p: replace(p, face_cost=0.0) if p.face_cost > 0 else None,
    ),
    PlayedClaim(
        "C6",
        "mediation",
        "talks open more often under a guarantee that makes escalation unprofitable",
        talks_open,
        1,
        change=_guaranteed,
    ),
    PlayedClaim(
        "C7",
        "coercion",
        "talks open less often under more pressure",
        talks_open,
        -1,
        change=lambda p: replace(p, pressure=0.5 * (1 + p.pressure)),
    ),
    PlayedClaim(
        "C8",
        "side payments",
        "talks open hardly more often when they are worth twice as much to the sender",
        talks_open,
        0,
        given=_pool_fight,
        change=lambda p: replace(p, sender_dividend=2 * p.sender_dividend),
    ),
    PlayedClaim(
        "C9",
        "resilience",
        "talks open more often when the low type has less to lose",
        talks_open,
        1,
        change=lambda p: replace(p, loss_low=0.5 * (p.loss_low + p.loss_high)),
    ),
)


@dataclass(frozen=True)
class ClaimPlay:
    """A claim, as one model plays it in one frame.

    Attributes:
        claim: which.
        model, frame, game: where.
        before: the measure in the game; None for a claim about one game.
        difference: the measure, or its change, with an interval.
        verdict: ``as claimed``, ``against it`` or ``not decided``.
    """

    claim: PlayedClaim
    model: str
    frame: str
    game: str
    before: float | None
    difference: Estimate
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "claim": self.claim.key, "title": self.claim.title, "says": self.claim.says, "model": self.model,
            "frame": self.frame, "game": self.game, "before": self.before, "difference": self.difference.as_list(),
            "verdict": self.verdict,
        }  # fmt: skip


def decide(claim: PlayedClaim, play: ModelPlay, changed: ModelPlay | None = None) -> ClaimPlay:
    """Decide a claim from a model's play, and from that in the changed game where the claim is about a change."""
    tail = (1 - play.settings.ask.confidence) / 2
    value, drawn = _measured(claim.measure, play, 0)
    before = None
    if changed is not None:
        after, drawn_after = _measured(claim.measure, changed, 1)
        n = min(len(drawn), len(drawn_after))
        before, value, drawn = value, after - value, drawn_after[:n] - drawn[:n]
    difference = around(value, drawn, tail)
    return ClaimPlay(
        claim, play.settings.model.name, play.settings.frame.name, play.game.label, before, difference,
        verdict(claim.expected, difference),
    )  # fmt: skip


def verdict(expected: int, difference: Estimate) -> str:
    """What an interval says of an expectation."""
    low, high = difference.low, difference.high
    if expected == 0:
        if low > -SMALL and high < SMALL:
            return "as claimed"
        return "against it" if low > SMALL or high < -SMALL else "not decided"
    low, high = (low, high) if expected > 0 else (-high, -low)
    return "as claimed" if low > 0 else "against it" if high < 0 else "not decided"


def _measured(measure: Measure, play: ModelPlay, number: int) -> tuple[float, np.ndarray]:
    value = measure(play.profile)
    if not play.sampled:
        return value, np.array([value])
    generator = np.random.default_rng([play.settings.ask.seed, 3, number])
    return value, np.array([measure(profile) for profile in drawn_profiles(play.elicited.play, generator)])
