"""Claims C1 to C3 and C5 to C9, about the talks game, as code (docs/claims.md has the statements and the proofs).

Conditions are written out from the claims, not taken from the closed form that they are held against.
"""

from collections.abc import Callable, Iterator

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import TalksParameters, each_game
from olivebranch.theory.claims.checking import Check, Claim
from olivebranch.theory.claims.conditions import (
    fight_is_closed,
    guarantee_needed,
    receiver_holds,
    strong_offer_is_spared,
    weak_offer_is_punished,
)
from olivebranch.theory.claims.draws import Draws, Proposal, talks
from olivebranch.theory.talks.check import check_talks

FRACTIONS = (0.02, 0.25, 0.5, 0.75, 0.98)


def beside(name: str, boundary: Callable[[Draws], FloatArray], side: int, base: Proposal = talks) -> Proposal:
    """Games with the parameter ``name`` just above (side 1) or just below (side -1) a boundary."""

    def propose(n: int, generator: np.random.Generator) -> Draws:
        draws = base(n, generator)
        return draws.replace(**{name: boundary(draws) + side * generator.uniform(1e-4, 0.02, size=n)})

    return propose


def toward(name: str, low: Callable[[Draws], FloatArray], high: Callable[[Draws], FloatArray]) -> Proposal:
    """Games with the parameter ``name`` uniform between two numbers."""

    def propose(n: int, generator: np.random.Generator) -> Draws:
        draws = talks(n, generator)
        left = low(draws)
        return draws.replace(**{name: left + generator.uniform(size=n) * (high(draws) - left)})

    return propose


def one_by_one(test: Callable[[TalksParameters], bool]) -> Callable[[Draws], BoolArray]:
    """A statement that is tested from the definition of equilibrium, one game at a time."""

    def holds(draws: Draws) -> BoolArray:
        return np.array([test(game) for game in each_game(draws.talks)], dtype=np.bool_)

    return holds


def pool_fight_checks(parameters: TalksParameters, belief_after_offer: float) -> bool:
    """Whether fighting on by both, with certain escalation on an offer at that belief, is an equilibrium."""
    p = parameters
    expected_loss = p.prior_high * p.loss_high + (1 - p.prior_high) * p.loss_low
    escalates = float((1 - p.pressure) * expected_loss > p.escalation_cost)
    return bool(check_talks(p, 0, 0, 1, escalates, belief_after_offer, p.prior_high).is_equilibrium)


def scaled(*names: str, by: tuple[float, ...]) -> Callable[[Draws], Iterator[Draws]]:
    """The path on which each of the named parameters is multiplied by each factor, in all combinations."""

    def along(start: Draws) -> Iterator[Draws]:
        for factors in np.stack(np.meshgrid(*[by] * len(names)), -1).reshape(-1, len(names)):
            yield start.replace(**{name: start[name] * factor for name, factor in zip(names, factors, strict=True)})

    return along


def between(
    name: str,
    low: Callable[[Draws], FloatArray],
    high: Callable[[Draws], FloatArray],
    at: tuple[float, ...] = FRACTIONS,
) -> Callable[[Draws], Iterator[Draws]]:
    """The path of the parameter ``name`` from one number to another."""

    def along(start: Draws) -> Iterator[Draws]:
        left, right = low(start), high(start)
        for fraction in at:
            yield start.replace(**{name: left + fraction * (right - left)})

    return along


C1 = Claim(
    "C1",
    "costly escalation",
    "If (1-s) ℓ_L < k+g+b_R, pool-talk is the unique equilibrium: both offer, nobody escalates.",
    (
        Check(
            "pool-talk is the only equilibrium, and nobody escalates",
            lambda d: d.only("pool-talk") & d.peaceful,
            lambda d: d.exposed * d["loss_low"] < d.offer_cost,
        ),
        Check(
            "pool-talk is the only equilibrium that survives D1",
            lambda d: d.only("pool-talk", refined=True),
            lambda d: d.exposed * d["loss_low"] < d.offer_cost,
            refinement="D1",
        ),
        *(
            Check(
                f"pool-talk is still the only {what} (the condition is sufficient, not necessary)",
                lambda d, refined=refined: d.only("pool-talk", refined),  # type: ignore[misc]
                weak_offer_is_punished,
                place="just outside",
                part="beyond",
                refinement="D1" if refined else "PBE",
                universal=False,
                propose=beside("guarantee", guarantee_needed, -1),
            )
            for refined, what in ((False, "equilibrium"), (True, "equilibrium that survives D1"))
        ),
    ),
)

C2 = Claim(
    "C2",
    "adverse inference",
    "If (1-s) ℓ_L > k+g+b_R, (1-λ) E_π[ℓ] < k and f >= (λ+s-1) ℓ_L, pool-fight is an equilibrium, held up by the "
    "belief that an offer comes from the weak; it survives D1 where α > 0.",
    (
        Check("pool-fight is an equilibrium", lambda d: d.exists("pool-fight"), fight_is_closed),
        Check(
            "by the definition: it is one with the belief that an offer comes from the weak",
            one_by_one(lambda p: pool_fight_checks(p, 0.0)),
            fight_is_closed,
            limit=1_000,
        ),
        Check(
            "and none with the belief that it comes from the strong, where (1-s) ℓ_H < k+g+b_R",
            one_by_one(lambda p: not pool_fight_checks(p, 1.0)),
            lambda d: fight_is_closed(d) & strong_offer_is_spared(d),
            limit=1_000,
        ),
        Check(
            "with α > 0 pool-fight survives D1",
            lambda d: d.survives("pool-fight"),
            lambda d: fight_is_closed(d) & (d.inference > 0),
            refinement="D1",
        ),
        Check(
            "with α < 0 it does not, unless (1-s) ℓ_H > k+g+b_R",
            lambda d: ~d.survives("pool-fight") == strong_offer_is_spared(d),
            lambda d: fight_is_closed(d) & (d.inference < 0),
            place="just outside",
            part="beyond",
            refinement="D1",
        ),
        Check(
            "with (1-s) ℓ_L < k+g+b_R there is no pool-fight",
            lambda d: ~d.exists("pool-fight"),
            lambda d: receiver_holds(d) & (d["face_cost"] >= d.slack * d["loss_low"]),
            place="just outside",
            part="beyond",
            propose=beside("guarantee", guarantee_needed, 1),
        ),
        Check(
            "with f < (λ+s-1) ℓ_L there is no pool-fight",
            lambda d: ~d.exists("pool-fight"),
            lambda d: weak_offer_is_punished(d) & receiver_holds(d),
            place="just outside",
            part="beyond",
            propose=beside("face_cost", lambda d: d.slack * d["loss_low"], -1),
        ),
        Check(
            "with (1-λ) E_π[ℓ] > k, pool-fight exists iff f >= s ℓ_L",
            lambda d: d.exists("pool-fight") == (d["face_cost"] >= d["shelter"] * d["loss_low"]),
            lambda d: weak_offer_is_punished(d) & (d["face_cost"] >= d.slack * d["loss_low"]),
            place="just outside",
            part="beyond",
            propose=beside("escalation_cost", lambda d: (1 - d["pressure"]) * d.expected_loss, -1),
        ),
    ),
)


def _weak_alone(d: Draws) -> BoolArray:
    return (d.slack * d["loss_high"] <= d["face_cost"]) & (d["face_cost"] <= d.slack * d["loss_low"])


def _strong_is_held(d: Draws) -> BoolArray:
    return (1 - d["pressure"]) * d["loss_high"] <= d["escalation_cost"]


_window = toward("face_cost", lambda d: d.slack * d["loss_high"], lambda d: d.slack * d["loss_low"])

C3 = Claim(
    "C3",
    "desperate first",
    "low-talks exists iff its row holds; with ℓ_H <= k_F that is (λ+s-1) ℓ_H <= f <= (λ+s-1) ℓ_L.",
    (
        *(
            Check(
                f"inside the window of f, low-talks {what}",
                lambda d, refined=refined: (d.survives if refined else d.exists)("low-talks"),  # type: ignore[misc]
                lambda d, corrected=corrected: (  # type: ignore[misc]
                    _strong_is_held(d) & _weak_alone(d) & (weak_offer_is_punished(d) | (not corrected))
                ),
                part="corrected" if corrected else "as written",
                refinement="D1" if refined else "PBE",
                propose=_window,
            )
            for corrected in (False, True)
            for refined, what in ((False, "exists"), (True, "survives D1"))
        ),
        Check(
            "with f outside the window, low-talks does not exist",
            lambda d: ~d.exists("low-talks"),
            lambda d: _strong_is_held(d) & ~_weak_alone(d),
            place="just outside",
            propose=beside("face_cost", lambda d: d.slack * d["loss_low"], 1),
        ),
        Check(
            "the same at the window's lower end",
            lambda d: ~d.exists("low-talks"),
            lambda d: _strong_is_held(d) & ~_weak_alone(d),
            place="just outside",
            propose=beside("face_cost", lambda d: d.slack * d["loss_high"], -1),
        ),
        Check(
            "with (1-s) ℓ_L < k+g+b_R, low-talks does not exist (C1 holds)",
            lambda d: ~d.exists("low-talks"),
            place="just outside",
            part="corrected",
            propose=beside("guarantee", guarantee_needed, 1),
        ),
        Check(
            "with ℓ_H > k_F it exists iff (1-s) ℓ_L > k+g+b_R and s ℓ_H <= f <= s ℓ_L",
            lambda d: (
                d.exists("low-talks")
                == (
                    weak_offer_is_punished(d)
                    & (d["shelter"] * d["loss_high"] <= d["face_cost"])
                    & (d["face_cost"] <= d["shelter"] * d["loss_low"])
                )
            ),
            lambda d: ~_strong_is_held(d),
            part="beyond",
        ),
        Check(
            "the resilient never offer alone: no high-talks, no low-fights-high-mixes",
            lambda d: ~d.exists("high-talks") & ~d.exists("low-fights-high-mixes"),
            part="beyond",
        ),
        Check(
            "low-talks is the only equilibrium",
            lambda d: d.only("low-talks"),
            lambda d: d.exists("low-talks"),
            part="beyond",
            universal=False,
        ),
    ),
    "The window also needs (1-s) ℓ_L > k+g+b_R: else the receiver meets even an offer of the weak, and all offer.",
)
