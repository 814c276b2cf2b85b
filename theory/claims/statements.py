"""What each claim about a single offer says of play, and on which games: C1 to C9 (docs/claims-learned.md).

Margins keep games inside and outside clear of the boundary of a condition.
"""

from collections.abc import Callable

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.claims.conditions import (
    bearable_loss,
    deterred,
    guarantee_needed,
    held,
    needed_belief,
    punished,
    spared,
    strong_break,
    turning_point,
    weak_break,
)
from olivebranch.theory.claims.draws import Draws, demonstrations, talks
from olivebranch.theory.claims.places import around, beyond, both, inside, near, on, to_within, toward, value
from olivebranch.theory.claims.play import (
    EDGE,
    INNER,
    OUTER,
    Given,
    Sample,
    Statement,
    nobody_offers,
    opens,
    strong_alone_demonstrate,
    weak_alone_offer,
)

C1 = Statement(
    "C1.1",
    "C1",
    "talks open",
    opens,
    "every",
    {
        "inside": Sample("(1-s) ℓ_L < k+g+b_R", on(inside(lambda d: -punished(d))), talks),
        "edge": Sample("(1-s) ℓ_L about k+g+b_R", on(near(punished)), around("guarantee", guarantee_needed)),
        "outside": Sample("(1-s) ℓ_L > k+g+b_R", on(beyond(lambda d: -punished(d))), talks),
    },
)

C2 = Statement(
    "C2.1",
    "C2",
    "nobody offers",
    nobody_offers,
    "some",
    {
        "inside": Sample(
            "(1-s) ℓ_L > k+g+b_R, (1-λ) E_π[ℓ] < k, f > (λ+s-1) ℓ_L", on(inside(punished, held, deterred)), talks
        ),
        "edge": Sample(
            "(1-s) ℓ_L about k+g+b_R, the rest as inside",
            on(both(near(punished), inside(held, deterred))),
            around("guarantee", guarantee_needed),
        ),
        "outside": Sample(
            "(1-s) ℓ_L < k+g+b_R, the rest as inside", on(both(beyond(punished), inside(held, deterred))), talks
        ),
    },
)


def _lower_end(d: Draws) -> FloatArray:
    return np.asarray(d.slack * d["loss_high"])


def _upper_end(d: Draws) -> FloatArray:
    return np.asarray(d.slack * d["loss_low"])


def _strong_held(d: Draws) -> FloatArray:
    return np.asarray(d["escalation_cost"] - (1 - d["pressure"]) * d["loss_high"])


def _in_window(n: int, generator: np.random.Generator) -> Draws:
    d = talks(n, generator)
    return d.replace(face_cost=_lower_end(d) + generator.uniform(size=n) * (_upper_end(d) - _lower_end(d)))


def _at_its_ends(n: int, generator: np.random.Generator) -> Draws:
    d = talks(n, generator)
    end = np.where(generator.uniform(size=n) < 0.5, _lower_end(d), _upper_end(d))
    return d.replace(face_cost=end + generator.uniform(-EDGE, EDGE, size=n))


def _out_of_window(d: Draws) -> BoolArray:
    """By a clear margin; and pressure leaves the weak something to escape, so that there is a window."""
    below, above = d["face_cost"] < _lower_end(d) - OUTER, d["face_cost"] > _upper_end(d) + OUTER
    return (below | above) & (d.slack > INNER)


C3 = Statement(
    "C3.1",
    "C3",
    "the weak alone offer",
    weak_alone_offer,
    "some",
    {
        "inside": Sample(
            "ℓ_H < k_F, (1-s) ℓ_L > k+g+b_R, f between (λ+s-1) ℓ_H and (λ+s-1) ℓ_L",
            on(
                inside(
                    _strong_held,
                    punished,
                    lambda d: d["face_cost"] - _lower_end(d),
                    lambda d: _upper_end(d) - d["face_cost"],
                )
            ),
            _in_window,
        ),
        "edge": Sample(
            "f about one end of that window, the rest as inside", on(inside(_strong_held, punished)), _at_its_ends
        ),
        "outside": Sample(
            "f outside the window, the rest as inside", on(both(_out_of_window, inside(_strong_held, punished))), talks
        ),
    },
)


def _weak_alternative(d: Draws, kind: str) -> FloatArray:
    """W_θ: the better of the plain messages, each answered as if it came from the weak."""
    fight = -d[f"loss_{kind}"] * np.where((1 - d["pressure"]) * d["loss_low"] > d["escalation_cost"], 1, d["pressure"])
    rebuffed = -(d.exposed * d[f"loss_{kind}"] + d["face_cost"])
    return np.maximum(fight, np.where(punished(d) > 0, rebuffed, d["sender_dividend"]))


def _afforded(d: Draws) -> FloatArray:
    return np.asarray(d["sender_dividend"] - _weak_alternative(d, "high") - d["demonstration_cost_high"])


def _too_dear(d: Draws) -> FloatArray:
    return np.asarray(d["demonstration_cost_low"] - (d["sender_dividend"] - _weak_alternative(d, "low")))


def _fitting(n: int, generator: np.random.Generator) -> Draws:
    """Demonstration games, most of which meet the condition of C4."""
    d = demonstrations(n, generator)
    afford = d["sender_dividend"] - _weak_alternative(d, "high")
    deter = d["sender_dividend"] - _weak_alternative(d, "low")
    return d.replace(
        demonstration_cost_high=generator.uniform(size=n) * afford,
        demonstration_cost_low=deter + generator.uniform(0, 0.5, size=n),
    )


def _fitting_barely(n: int, generator: np.random.Generator) -> Draws:
    """The same at one of the two boundaries."""
    d = _fitting(n, generator)
    afford = d["sender_dividend"] - _weak_alternative(d, "high")
    deter = d["sender_dividend"] - _weak_alternative(d, "low")
    jitter, which = generator.uniform(-EDGE, EDGE, size=n), generator.uniform(size=n) < 0.5
    return d.replace(
        demonstration_cost_high=np.where(which, np.maximum(afford + jitter, 0), d["demonstration_cost_high"]),
        demonstration_cost_low=np.where(which, d["demonstration_cost_low"], np.maximum(deter + jitter, 0)),
    )


def _failing(n: int, generator: np.random.Generator) -> Draws:
    """The same beyond one of the two."""
    d = _fitting(n, generator)
    afford = d["sender_dividend"] - _weak_alternative(d, "high")
    deter = d["sender_dividend"] - _weak_alternative(d, "low")
    away, which = OUTER + generator.uniform(0, 0.3, size=n), generator.uniform(size=n) < 0.5
    return d.replace(
        demonstration_cost_high=np.where(which, afford + away, d["demonstration_cost_high"]),
        demonstration_cost_low=np.where(which, d["demonstration_cost_low"], np.maximum(deter - away, 0)),
    )


C4 = Statement(
    "C4.1",
    "C4",
    "the strong alone demonstrate and offer, and are met",
    strong_alone_demonstrate,
    "some",
    {
        "inside": Sample(
            "(1-s) ℓ_H < k+g+b_R, κ_H < b_S - W_H, κ_L > b_S - W_L", on(inside(spared, _afforded, _too_dear)), _fitting
        ),
        "edge": Sample(
            "κ_H about b_S - W_H, or κ_L about b_S - W_L, the rest as inside", on(inside(spared)), _fitting_barely
        ),
        "outside": Sample(
            "κ_H > b_S - W_H, or κ_L < b_S - W_L, the rest as inside",
            on(both(inside(spared), lambda d: (_afforded(d) < -OUTER + 1e-9) | (_too_dear(d) < -OUTER + 1e-9))),
            _failing,
        ),
    },
)


def _gesture(d: Draws, share: FloatArray) -> Draws:
    return d.replace(face_cost=0.0, pressure=share * d["pressure"])


def _gesture_to_one(d: Draws, share: FloatArray) -> Draws:
    """The same, but λ is lowered to 1-s, to within ``EDGE``."""
    return d.replace(face_cost=0.0, pressure=1 - d["shelter"] + EDGE * (2 * share - 1))


def _no_relief(d: Draws) -> FloatArray:
    return np.asarray(-d.slack)


C5 = Statement(
    "C5.1",
    "C5",
    "nobody offers, though f is lowered to 0 and λ to a share of itself",
    nobody_offers,
    "some",
    {
        "inside": Sample(
            "λ+s < 1 before; after it (1-s) ℓ_L > k+g+b_R and (1-λ) E_π[ℓ] < k",
            on(inside(punished, held), inside(_no_relief)),
            talks,
            _gesture,
        ),
        "edge": Sample(
            "λ+s about 1 after it, the rest as inside",
            lambda before, after: inside(punished, held)(after) & (after["pressure"] < before["pressure"]),
            talks,
            _gesture_to_one,
        ),
        "outside": Sample(
            "λ+s > 1 after it, the rest as inside",
            on(both(beyond(_no_relief), inside(punished, held))),
            talks,
            _gesture,
        ),
    },
)

_closed = inside(punished, held, deterred)

C6 = Statement(
    "C6.1",
    "C6",
    "talks open once g is raised, where nobody might offer before",
    opens,
    "every",
    {
        "inside": Sample(
            "g > (1-s) ℓ_L - k - b_R after it",
            on(inside(lambda d: -punished(d)), _closed),
            talks,
            toward(
                "guarantee", lambda d: guarantee_needed(d) + INNER + 1e-9, lambda d: guarantee_needed(d) + INNER + 0.3
            ),
        ),
        "edge": Sample(
            "g about (1-s) ℓ_L - k - b_R after it",
            on(near(punished), _closed),
            talks,
            to_within("guarantee", guarantee_needed),
        ),
        "outside": Sample(
            "g raised, but less than that",
            on(beyond(lambda d: -punished(d)), _closed),
            talks,
            toward("guarantee", value("guarantee"), lambda d: guarantee_needed(d) - OUTER),
        ),
    },
)


def _pruned(d: Draws) -> BoolArray:
    """Closed, and an unexpected offer points to the strong: λ below the turning point by a clear margin."""
    return _closed(d) & (spared(d) > INNER) & (d["pressure"] < turning_point(d) - OUTER)


def _higher(before: Draws, after: Draws) -> BoolArray:
    return after["pressure"] > before["pressure"]


def _raised(condition: Callable[[Draws], BoolArray]) -> Given:
    return lambda before, after: _pruned(before) & _higher(before, after) & condition(after)


def _within(d: Draws, low: FloatArray, high: FloatArray) -> BoolArray:
    return (d["pressure"] > low) & (d["pressure"] < high)


C7_CLOSED = Statement(
    "C7.1",
    "C7",
    "nobody offers once λ is raised past α = 0",
    nobody_offers,
    "some",
    {
        "inside": Sample(
            "λ between α = 0 and (λ+s-1) ℓ_L = f after it",
            _raised(lambda d: _within(d, turning_point(d) + INNER, np.minimum(weak_break(d), 1) - INNER)),
            talks,
            toward("pressure", turning_point, lambda d: np.minimum(weak_break(d), 1)),
        ),
        "edge": Sample("λ about α = 0 after it", _raised(_closed), talks, to_within("pressure", turning_point)),
        "outside": Sample(
            "λ raised, α < 0 still",
            _raised(lambda d: _closed(d) & (d["pressure"] < turning_point(d) - OUTER)),
            talks,
            toward("pressure", value("pressure"), lambda d: turning_point(d) - OUTER),
        ),
    },
)

C7_WEAK = Statement(
    "C7.2",
    "C7",
    "the weak alone offer once λ is raised past (λ+s-1) ℓ_L = f",
    weak_alone_offer,
    "some",
    {
        "inside": Sample(
            "λ between (λ+s-1) ℓ_L = f and (λ+s-1) ℓ_H = f after it",
            _raised(lambda d: _within(d, weak_break(d) + INNER, strong_break(d) - INNER)),
            talks,
            toward("pressure", weak_break, strong_break),
        ),
        "edge": Sample(
            "λ about (λ+s-1) ℓ_L = f after it",
            _raised(lambda d: d["pressure"] < 1),
            talks,
            to_within("pressure", weak_break),
        ),
        "outside": Sample(
            "λ raised past α = 0, but less than that",
            _raised(lambda d: _within(d, turning_point(d), weak_break(d) - OUTER) & (weak_break(d) < 1)),
            talks,
            toward("pressure", turning_point, lambda d: weak_break(d) - OUTER),
        ),
    },
)


def _paid(d: Draws, share: FloatArray) -> Draws:
    return d.replace(sender_dividend=d["sender_dividend"] * (1 + 9 * share))


C8 = Statement(
    "C8.1",
    "C8",
    "nobody offers, though b_S is multiplied by 1 to 10",
    nobody_offers,
    "some",
    {
        "inside": Sample("the condition of C2", on(_closed), talks, _paid),
        "edge": Sample(
            "(1-s) ℓ_L about k+g+b_R, the rest as inside",
            on(both(near(punished), inside(held, deterred))),
            around("guarantee", guarantee_needed),
            _paid,
        ),
        "outside": Sample(
            "(1-s) ℓ_L < k+g+b_R, the rest as inside",
            on(both(beyond(punished), inside(held, deterred))),
            talks,
            _paid,
        ),
    },
)


def _spared_before(d: Draws) -> BoolArray:
    return _closed(d) & (spared(d) > INNER)


C9_LOSS = Statement(
    "C9.1",
    "C9",
    "talks open once ℓ_L is below k_T, where nobody might offer before",
    opens,
    "every",
    {
        "inside": Sample(
            "ℓ_L < k_T after it",
            on(lambda d: d["loss_low"] < bearable_loss(d) - INNER, _spared_before),
            talks,
            toward("loss_low", value("loss_high"), bearable_loss),
        ),
        "edge": Sample(
            "ℓ_L about k_T after it", on(lambda d: d.valid, _spared_before), talks, to_within("loss_low", bearable_loss)
        ),
        "outside": Sample(
            "ℓ_L lowered, but less than that",
            on(lambda d: d["loss_low"] > bearable_loss(d) + OUTER, _spared_before),
            talks,
            toward("loss_low", bearable_loss, value("loss_low")),
        ),
    },
)

C9_BELIEF = Statement(
    "C9.2",
    "C9",
    "talks open once π is above μ_T, where it was below before",
    opens,
    "some",
    {
        "inside": Sample(
            "π > μ_T after it",
            on(
                lambda d: d["prior_high"] > needed_belief(d) + INNER,
                both(_spared_before, lambda d: d["prior_high"] < needed_belief(d) - INNER),
            ),
            talks,
            toward("prior_high", needed_belief, lambda d: np.ones(len(d))),
        ),
        "edge": Sample(
            "π about μ_T after it",
            on(lambda d: d.valid, both(_spared_before, lambda d: d["prior_high"] < needed_belief(d) - EDGE)),
            talks,
            to_within("prior_high", needed_belief),
        ),
        "outside": Sample(
            "π raised, but less than that",
            on(
                lambda d: d["prior_high"] < needed_belief(d) - OUTER,
                both(_spared_before, lambda d: d["prior_high"] < needed_belief(d) - OUTER),
            ),
            talks,
            toward("prior_high", value("prior_high"), lambda d: needed_belief(d) - OUTER),
        ),
    },
)

STATEMENTS: tuple[Statement, ...] = (C1, C2, C3, C4, C5, C6, C7_CLOSED, C7_WEAK, C8, C9_LOSS, C9_BELIEF)
"""In the order of the ledger; C10 and C11 are about wars (``theory.claims.wars``)."""
