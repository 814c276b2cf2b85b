"""Claims C5 to C7, about gestures, guarantees and pressure, as code (docs/claims.md has statements and proofs)."""

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.claims.checking import Check, Claim
from olivebranch.theory.claims.conditions import (
    guarantee_needed,
    receiver_holds,
    strong_break,
    strong_offer_is_spared,
    turning_point,
    weak_break,
    weak_offer_is_punished,
)
from olivebranch.theory.claims.draws import Draws, talks
from olivebranch.theory.claims.talks import (
    beside,
    between,
    one_by_one,
    pool_fight_checks,
    scaled,
    toward,
)

LOWERED = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)


def _deterred(d: Draws) -> BoolArray:
    """The condition of C5."""
    return (d.slack <= 0) & receiver_holds(d) & weak_offer_is_punished(d)


def _held_without_pressure(d: Draws) -> BoolArray:
    return d.expected_loss < d["escalation_cost"]


C5 = Claim(
    "C5",
    "face-saving",
    "Neither f nor λ enters k_T. While λ+s <= 1, (1-λ) E_π[ℓ] < k and (1-s) ℓ_L > k+g+b_R, pool-fight stays an "
    "equilibrium however far f and λ are lowered.",
    (
        Check(
            "pool-fight exists however far f and λ are lowered",
            lambda d: d.exists("pool-fight"),
            _deterred,
            place="path",
            along=scaled("face_cost", "pressure", by=LOWERED),
        ),
        Check(
            "it survives D1 however far they are lowered, having survived at first",
            lambda d: d.survives("pool-fight"),
            lambda d: _deterred(d) & d.survives("pool-fight"),
            place="path",
            refinement="D1",
            along=scaled("face_cost", "pressure", by=LOWERED),
        ),
        Check(
            "it exists however far f alone is lowered",
            lambda d: d.exists("pool-fight"),
            _deterred,
            place="path",
            part="corrected",
            along=scaled("face_cost", by=LOWERED),
        ),
        Check(
            "it exists however far both are lowered, if (1-λ) E_π[ℓ] < k at λ = 0 too",
            lambda d: d.exists("pool-fight"),
            lambda d: _deterred(d) & _held_without_pressure(d),
            place="path",
            part="corrected",
            along=scaled("face_cost", "pressure", by=LOWERED),
        ),
        Check(
            "along the path it exists wherever (1-λ) E_π[ℓ] < k still, and beyond iff f >= s ℓ_L",
            lambda d: d.exists("pool-fight") == (receiver_holds(d) | (d["face_cost"] >= d["shelter"] * d["loss_low"])),
            _deterred,
            place="path",
            part="corrected",
            along=scaled("face_cost", "pressure", by=LOWERED),
        ),
        Check(
            "along the path it survives D1 iff it exists and α > 0 or (1-s) ℓ_H > k+g+b_R",
            lambda d: (
                d.survives("pool-fight") == (d.exists("pool-fight") & ((d.inference > 0) | ~strong_offer_is_spared(d)))
            ),
            _deterred,
            place="path",
            part="beyond",
            refinement="D1",
            along=scaled("face_cost", "pressure", by=LOWERED),
        ),
        Check(
            "at f = λ = 0 it never survives D1",
            lambda d: ~d.survives("pool-fight"),
            _deterred,
            place="path",
            part="beyond",
            refinement="D1",
            along=scaled("face_cost", "pressure", by=(0.0,)),
        ),
        Check(
            "with λ+s > 1, lowering f to 0 removes pool-fight",
            lambda d: ~d.exists("pool-fight"),
            lambda d: (d.slack > 0) & receiver_holds(d) & weak_offer_is_punished(d),
            place="just outside",
            part="beyond",
            propose=beside("shelter", lambda d: 1 - d["pressure"], 1),
            along=scaled("face_cost", by=(0.0,)),
        ),
    ),
    "PBE: true while (1-λ) E_π[ℓ] < k goes on holding; false if it holds at first only. Lowering f never removes "
    "pool-fight, but lowering λ invites escalation of a quiet war, and past (1-λ) E_π[ℓ] = k pool-fight exists only "
    "while f >= s ℓ_L. Under D1 the opposite is true: lowered all the way, f and λ always remove it.",
)


def _more_guarantee(d: Draws) -> FloatArray:
    return np.asarray(d["guarantee"] + 1.0)


def _exactly_enough(n: int, generator: np.random.Generator) -> Draws:
    """Games of few decimals in which g = (1-s) ℓ_L - k - b_R exactly."""
    draws = talks(n, generator).rounded(3)
    return draws.replace(guarantee=np.round(guarantee_needed(draws), 6))


C6 = Claim(
    "C6",
    "mediation",
    "g >= (1-s) ℓ_L - k - b_R gives C1; smaller g lowers μ_T, so pool-talk needs less optimism.",
    (
        Check(
            "with g > (1-s) ℓ_L - k - b_R pool-talk is the only equilibrium, and nobody escalates",
            lambda d: d.only("pool-talk") & d.peaceful,
            place="path",
            along=between("guarantee", lambda d: np.maximum(guarantee_needed(d), 0) + 1e-6, _more_guarantee),
        ),
        Check(
            "it is the only one that survives D1",
            lambda d: d.only("pool-talk", refined=True),
            place="path",
            refinement="D1",
            along=between("guarantee", lambda d: np.maximum(guarantee_needed(d), 0) + 1e-6, _more_guarantee),
        ),
        Check(
            "with g = (1-s) ℓ_L - k - b_R exactly, fighting on by both is no equilibrium (tested by the definition)",
            one_by_one(lambda p: not pool_fight_checks(p, 0.0)),
            lambda d: np.abs(guarantee_needed(d) - d["guarantee"]) < 1e-12,
            propose=_exactly_enough,
            limit=2_000,
        ),
        Check(
            "with g strictly above the bound it is none",
            one_by_one(lambda p: not pool_fight_checks(p, 0.0)),
            part="corrected",
            propose=beside("guarantee", guarantee_needed, 1),
            limit=2_000,
        ),
        Check(
            "with g just above the bound pool-talk is the only equilibrium",
            lambda d: d.only("pool-talk") & d.peaceful,
            part="corrected",
            propose=beside("guarantee", guarantee_needed, 1),
        ),
        Check(
            "raising g never takes away pool-talk without escalation, which needs π >= μ_T",
            lambda d: d.peaceful,
            lambda d: d.peaceful,
            place="path",
            along=between("guarantee", lambda d: d["guarantee"], _more_guarantee),
        ),
        Check(
            "nor its survival of D1",
            lambda d: d.survives("pool-talk"),
            lambda d: d.peaceful & d.survives("pool-talk"),
            place="path",
            refinement="D1",
            along=between("guarantee", lambda d: d["guarantee"], _more_guarantee),
        ),
        Check(
            "with g just below the bound pool-talk is still the only equilibrium",
            lambda d: d.only("pool-talk"),
            place="just outside",
            part="beyond",
            universal=False,
            propose=beside("guarantee", guarantee_needed, -1),
        ),
    ),
    "g must exceed the bound. At equality a receiver sure to face the weak is indifferent, and may still punish an "
    "offer: pool-fight hangs on by a thread.",
)


def _pruned_at_first(d: Draws) -> BoolArray:
    return d.exists("pool-fight") & ~d.survives("pool-fight")


def _breaks(d: Draws) -> BoolArray:
    return _pruned_at_first(d) & (weak_break(d) < 1)


C7 = Claim(
    "C7",
    "coercion",
    "Raising λ turns α positive: the closed equilibrium that D1 would have pruned survives, and past (λ+s-1) ℓ_L = f "
    "the weak alone offer, which marks an offer as weakness.",
    (
        Check(
            "from where D1 prunes pool-fight, it does so until λ turns α positive",
            _pruned_at_first,
            _pruned_at_first,
            place="path",
            refinement="D1",
            along=between("pressure", lambda d: d["pressure"], turning_point),
        ),
        Check(
            "from there pool-fight survives D1 until (λ+s-1) ℓ_L = f",
            lambda d: d.survives("pool-fight"),
            _pruned_at_first,
            place="path",
            refinement="D1",
            along=between("pressure", turning_point, lambda d: np.minimum(weak_break(d), 1.0)),
        ),
        *(
            Check(
                f"past it, until (λ+s-1) ℓ_H = f, low-talks {what} and pool-fight is gone",
                lambda d, refined=refined: (  # type: ignore[misc]
                    (d.survives if refined else d.exists)("low-talks") & ~d.exists("pool-fight")
                ),
                _breaks,
                place="path",
                refinement="D1" if refined else "PBE",
                along=between("pressure", weak_break, strong_break),
            )
            for refined, what in ((False, "exists"), (True, "survives D1"))
        ),
        Check(
            "just before it pool-fight exists and low-talks does not",
            lambda d: d.exists("pool-fight") & ~d.exists("low-talks"),
            _breaks,
            place="just outside",
            along=between("pressure", turning_point, weak_break, at=(0.98, 0.999)),
        ),
        Check(
            "past it low-talks is the only equilibrium (else pool-talk exists too, where π >= μ_T)",
            lambda d: d.only("low-talks"),
            _breaks,
            place="path",
            part="beyond",
            universal=False,
            along=between("pressure", weak_break, strong_break),
        ),
        Check(
            "past (λ+s-1) ℓ_H = f both types offer, escalation or not: pool-talk exists, low-talks does not",
            lambda d: d.exists("pool-talk") & ~d.exists("low-talks"),
            lambda d: _breaks(d) & (strong_break(d) < 1),
            place="path",
            part="beyond",
            propose=toward("face_cost", lambda d: np.zeros(len(d)), lambda d: d["shelter"] * d["loss_high"]),
            along=between("pressure", strong_break, lambda d: np.ones(len(d))),
        ),
        Check(
            "a pool-fight that survives D1 survives every rise of λ up to (λ+s-1) ℓ_L = f",
            lambda d: d.survives("pool-fight"),
            lambda d: d.survives("pool-fight") & (d["pressure"] < weak_break(d)),
            place="path",
            part="beyond",
            refinement="D1",
            along=between("pressure", lambda d: d["pressure"], lambda d: np.minimum(weak_break(d), 1.0)),
        ),
    ),
)
