"""Claims C8 and C9, about what talks are worth and about resilience, as code (docs/claims.md)."""

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.claims.checking import Check, Claim
from olivebranch.theory.claims.conditions import (
    bearable_loss,
    needed_belief,
    strong_offer_is_spared,
    weak_offer_is_punished,
)
from olivebranch.theory.claims.draws import Draws
from olivebranch.theory.claims.talks import (
    beside,
    between,
    scaled,
)

RAISED = (1.0, 2.0, 5.0, 20.0, 100.0, 1000.0)


def _suffered_less(d: Draws) -> BoolArray:
    """Where D1 can prune pool-fight through b_S."""
    return d.exists("pool-fight") & (d.suffered < d.exposed) & strong_offer_is_spared(d)


def _curing_dividend(d: Draws) -> FloatArray:
    """The b_S at which α = 0: Λ f / (1-s-Λ)."""
    return np.asarray(d.suffered * d["face_cost"] / (d.exposed - d.suffered))


def _concessions(start: Draws) -> list[Draws]:
    """Hand more and more of what talks are worth to the sender over to the receiver."""
    moved = [start["sender_dividend"] * share for share in (0.5, 0.9, 0.999999)]
    return [
        start.replace(
            sender_dividend=start["sender_dividend"] - part, receiver_dividend=start["receiver_dividend"] + part
        )
        for part in moved
    ]


C8 = Claim(
    "C8",
    "side payments",
    "b_S is absent from D_θ(1, r): no b_S removes pool-fight.",
    (
        Check(
            "pool-fight exists whatever b_S",
            lambda d: d.exists("pool-fight"),
            lambda d: d.exists("pool-fight"),
            place="path",
            along=scaled("sender_dividend", by=(0.001, 0.1, *RAISED)),
        ),
        Check(
            "where it does not exist, no b_S brings it about",
            lambda d: ~d.exists("pool-fight"),
            lambda d: ~d.exists("pool-fight"),
            place="just outside",
            along=scaled("sender_dividend", by=(0.001, 0.1, *RAISED)),
        ),
        Check(
            "it survives D1 however far b_S is raised, having survived at first",
            lambda d: d.survives("pool-fight"),
            lambda d: d.survives("pool-fight"),
            place="path",
            refinement="D1",
            along=scaled("sender_dividend", by=RAISED),
        ),
        Check(
            "it does where Λ >= 1-s or (1-s) ℓ_H > k+g+b_R",
            lambda d: d.survives("pool-fight"),
            lambda d: d.survives("pool-fight") & ~_suffered_less(d),
            place="path",
            part="corrected",
            refinement="D1",
            along=scaled("sender_dividend", by=RAISED),
        ),
        Check(
            "elsewhere it does below b_S = Λ f / (1-s-Λ)",
            lambda d: d.survives("pool-fight"),
            _suffered_less,
            place="path",
            part="corrected",
            refinement="D1",
            along=between("sender_dividend", lambda d: np.zeros(len(d)), _curing_dividend),
        ),
        Check(
            "and not above",
            lambda d: d.exists("pool-fight") & ~d.survives("pool-fight"),
            _suffered_less,
            place="path",
            part="corrected",
            refinement="D1",
            along=between("sender_dividend", _curing_dividend, lambda d: 5 * _curing_dividend(d) + 1),
        ),
        Check(
            "pool-fight stays however much of b_S is handed over to the receiver (b_R)",
            lambda d: d.exists("pool-fight"),
            lambda d: d.exists("pool-fight"),
            place="path",
            part="beyond",
            along=_concessions,
        ),
        Check(
            "handing over all but nothing gives C1 iff b_S + b_R + k + g > (1-s) ℓ_L",
            lambda d: (
                _concessions(d)[-1].only("pool-talk")
                == (d["sender_dividend"] + d.offer_cost > d.exposed * d["loss_low"])
            ),
            lambda d: (
                d.exists("pool-fight")
                & (np.abs(d["sender_dividend"] + d.offer_cost - d.exposed * d["loss_low"]) > 1e-5)
            ),
            part="beyond",
        ),
    ),
    "Under PBE it holds as written. Under D1 it holds where Λ >= 1-s or (1-s) ℓ_H > k+g+b_R; elsewhere D1 prunes "
    "pool-fight from b_S = Λ f / (1-s-Λ) on. What is conceded to the receiver is another matter: b_R works like g.",
)


def _common_bound(d: Draws) -> FloatArray:
    """k_T = (k+g+b_R)/(1-s), or ℓ_L where that is less."""
    return np.asarray(np.minimum(bearable_loss(d), d["loss_low"]))


def _least_belief(d: Draws) -> FloatArray:
    """μ_T, or zero where that is negative."""
    return np.asarray(np.maximum(needed_belief(d), 0))


C9 = Claim(
    "C9",
    "resilience",
    "Lowering ℓ_L below k_T gives C1; raising π past μ_T makes pool-talk available.",
    (
        *(
            Check(
                f"with ℓ_L below k_T pool-talk is the only {what}",
                lambda d, refined=refined: d.only("pool-talk", refined),  # type: ignore[misc]
                strong_offer_is_spared,
                place="path",
                refinement="D1" if refined else "PBE",
                along=between("loss_low", lambda d: d["loss_high"], _common_bound),
            )
            for refined, what in ((False, "equilibrium"), (True, "equilibrium that survives D1"))
        ),
        *(
            Check(
                f"with π above μ_T pool-talk without escalation {what}",
                lambda d, refined=refined: d.peaceful & (d.survives if refined else d.exists)("pool-talk"),  # type: ignore[misc]
                strong_offer_is_spared,
                place="path",
                refinement="D1" if refined else "PBE",
                along=between("prior_high", _least_belief, lambda d: np.ones(len(d))),
            )
            for refined, what in ((False, "exists"), (True, "survives D1"))
        ),
        Check(
            "with π below μ_T there is no pool-talk without escalation",
            lambda d: ~d.peaceful,
            weak_offer_is_punished,
            place="just outside",
            propose=beside("prior_high", _least_belief, -1),
        ),
        Check(
            "with ℓ_L just above k_T pool-talk is still the only equilibrium",
            lambda d: d.only("pool-talk"),
            place="just outside",
            part="beyond",
            universal=False,
            propose=beside("loss_low", lambda d: d.offer_cost / d.exposed, 1),
        ),
        Check(
            "pool-talk without escalation, once available, outlasts every rise of π and fall of ℓ_H",
            lambda d: d.peaceful,
            lambda d: d.peaceful,
            place="path",
            part="beyond",
            along=lambda start: (
                point
                for lower in scaled("loss_high", by=(1.0, 0.5, 0.0))(start)
                for point in between("prior_high", lambda d: d["prior_high"], lambda d: np.ones(len(d)))(lower)
            ),
        ),
        Check(
            "no rise of π brings about a pool-fight that was not there",
            lambda d: ~d.exists("pool-fight"),
            lambda d: ~d.exists("pool-fight"),
            place="path",
            part="beyond",
            along=between("prior_high", lambda d: d["prior_high"], lambda d: np.ones(len(d))),
        ),
        Check(
            "no fall of ℓ_L leaves pool-fight alone where low-talks was",
            lambda d: ~d.only("pool-fight"),
            lambda d: d.exists("low-talks"),
            place="path",
            part="beyond",
            along=between("loss_low", lambda d: d["loss_low"], lambda d: d["loss_high"]),
        ),
    ),
)
