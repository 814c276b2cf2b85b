"""Claim C4, about the demonstration game, as code (docs/claims.md has the statement and the proof)."""

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.demonstration import DemonstrationColumns, compile_demonstration, each_demonstration
from olivebranch.theory.claims.checking import Check, Claim
from olivebranch.theory.claims.draws import Draws, demonstrations
from olivebranch.theory.claims.talks import beside
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import signalling_form
from olivebranch.theory.talks.demonstration import (
    DEMONSTRATED_OFFER,
    WEAK_MESSAGE,
    demonstration_flags,
)


def _rebuffed(d: Draws) -> BoolArray:
    return d.exposed * d["loss_low"] > d.offer_cost


def _crushed(d: Draws) -> BoolArray:
    return (1 - d["pressure"]) * d["loss_low"] > d["escalation_cost"]


def _fight_value(d: Draws, kind: str) -> FloatArray:
    """What plain fighting is worth to a type if it is answered as coming from the weak."""
    return -d[f"loss_{kind}"] * np.where(_crushed(d), 1.0, d["pressure"])


def _offer_value(d: Draws, kind: str) -> FloatArray:
    """The same of a plain offer."""
    return np.where(_rebuffed(d), -(d.exposed * d[f"loss_{kind}"] + d["face_cost"]), d["sender_dividend"])


def _plain_value(d: Draws, kind: str) -> FloatArray:
    """W_θ: the better of the two."""
    return np.maximum(_fight_value(d, kind), _offer_value(d, kind))


def _affordable(d: Draws) -> FloatArray:
    """The most that a demonstration may cost the strong: b_S - W_H."""
    return np.asarray(d["sender_dividend"] - _plain_value(d, "high"))


def _deterring(d: Draws) -> FloatArray:
    """The least that it must cost the weak: b_S - W_L."""
    return np.asarray(d["sender_dividend"] - _plain_value(d, "low"))


def _strong_is_met(d: Draws) -> BoolArray:
    return d.exposed * d["loss_high"] <= d.offer_cost


def _condition(d: Draws) -> BoolArray:
    separates = (d["demonstration_cost_high"] <= _affordable(d)) & (d["demonstration_cost_low"] >= _deterring(d))
    return _strong_is_met(d) & separates


def _games(d: Draws) -> DemonstrationColumns[FloatArray]:
    assert isinstance(d.games, DemonstrationColumns)
    return d.games


def _exists(d: Draws) -> BoolArray:
    return np.asarray(demonstration_flags(_games(d))[:, :, 0].any(axis=1))


def _survives(d: Draws) -> BoolArray:
    return np.asarray(demonstration_flags(_games(d))[:, :, 1].any(axis=1))


def _gap(d: Draws) -> FloatArray:
    return np.asarray(d["demonstration_cost_low"] - d["demonstration_cost_high"])


def _gap_needed(d: Draws) -> FloatArray:
    return _plain_value(d, "high") - _plain_value(d, "low")


def _fitting(n: int, generator: np.random.Generator) -> Draws:
    """Games whose demonstration costs meet the condition."""
    d = demonstrations(n, generator)
    return d.replace(
        demonstration_cost_high=generator.uniform(size=n) * _affordable(d),
        demonstration_cost_low=_deterring(d) + generator.uniform(0, 0.5, size=n),
    )


def _dear(n: int, generator: np.random.Generator) -> Draws:
    """Games in which the weak fight on quietly and a demonstration costs the strong nearly all that it is worth."""
    d = demonstrations(n, generator)
    d = d.replace(
        shelter=d["shelter"] * d["pressure"],
        receiver_dividend=0.1 * d["receiver_dividend"],
        guarantee=0.1 * d["guarantee"],
        face_cost=0.2 * d["face_cost"],
    )
    quiet, punished = (1 - d["pressure"]) * d["loss_low"], d.exposed * d["loss_low"]
    d = d.replace(escalation_cost=quiet + generator.uniform(size=n) * (punished - quiet))
    return d.replace(
        demonstration_cost_high=generator.uniform(0.7, 1.0, size=n) * _affordable(d),
        demonstration_cost_low=_deterring(d) + generator.uniform(0, 0.5, size=n),
    )


def _at_random(n: int, generator: np.random.Generator) -> Draws:
    """Games of which about half meet the condition."""
    fitting, random = _fitting(n, generator), demonstrations(n, generator)
    return fitting.where(generator.uniform(size=n) < 0.5, random)


def _equal_costs(n: int, generator: np.random.Generator) -> Draws:
    d = demonstrations(n, generator)
    share = generator.uniform(size=n)
    cost = np.maximum(share * _affordable(d) + (1 - share) * _deterring(d), 0)
    return d.replace(demonstration_cost_high=cost, demonstration_cost_low=cost)


def _plain_offer_is_weak(d: Draws) -> BoolArray:
    """Where the weak fight: they gain by a plain offer for more replies than the strong do."""
    strong = d["demonstration_cost_high"] / (d["sender_dividend"] + d["face_cost"] + d.exposed * d["loss_high"])
    weak = (d["sender_dividend"] - _fight_value(d, "low")) / (
        d["sender_dividend"] + d["face_cost"] + d.exposed * d["loss_low"]
    )
    return np.asarray(strong <= weak)


def _enumerated(d: Draws) -> BoolArray:
    """Whether the enumerator, which knows none of this, finds the equilibrium of interest."""
    supports = {((DEMONSTRATED_OFFER,), (message,)) for message in WEAK_MESSAGE.values()}
    found = []
    for parameters in each_demonstration(_games(d)):
        game = signalling_form(compile_demonstration(parameters))
        escalate = game.response_names.index("ESCALATE")
        pieces = [piece for piece in enumerate_equilibria(game).pieces if piece.sender_support in supports]
        found.append(any(v[DEMONSTRATED_OFFER][escalate] == 0 for piece in pieces for v in piece.receiver_vertices))
    return np.array(found, dtype=np.bool_)


C4 = Claim(
    "C4",
    "costly signal",
    "The demonstration game's condition; it needs a cost gap κ_L - κ_H wide enough, and fails at κ_L = κ_H when the "
    "weak gain more from mimicry.",
    (
        Check(
            "with (1-s) ℓ_H <= k+g+b_R, κ_H <= b_S - W_H, κ_L >= b_S - W_L the strong demonstrate, offer and are met",
            _exists,
            _condition,
            propose=_fitting,
        ),
        Check(
            "by enumeration of all equilibria: it exists iff that condition holds",
            lambda d: _enumerated(d) == _condition(d),
            propose=_at_random,
            limit=1_000,
        ),
        *(
            Check(
                f"with {words} it does not exist",
                lambda d: ~_exists(d),
                lambda d: ~_condition(d),
                place="just outside",
                propose=beside(name, boundary, side, _fitting),
            )
            for words, name, boundary, side in (
                ("κ_H > b_S - W_H", "demonstration_cost_high", _affordable, 1),
                ("κ_L < b_S - W_L", "demonstration_cost_low", _deterring, -1),
                (
                    "(1-s) ℓ_H > k+g+b_R",
                    "guarantee",
                    lambda d: d.exposed * d["loss_high"] - d["escalation_cost"] - d["receiver_dividend"],
                    -1,
                ),
            )
        ),
        Check(
            "it needs κ_L - κ_H >= W_H - W_L",
            lambda d: _gap(d) >= _gap_needed(d),
            _exists,
            propose=_at_random,
        ),
        Check(
            "at κ_L = κ_H it does not exist where W_H > W_L, that is where the weak gain more from mimicry",
            lambda d: ~_exists(d),
            lambda d: _gap_needed(d) > 1e-9,
            propose=_equal_costs,
        ),
        Check(
            "a gap wide enough is enough, where (1-s) ℓ_H <= k+g+b_R",
            _exists,
            lambda d: _strong_is_met(d) & (_gap(d) >= _gap_needed(d)),
            part="beyond",
            universal=False,
            propose=demonstrations,
        ),
        Check(
            "where it exists it survives D1",
            _survives,
            _condition,
            refinement="D1",
            propose=_fitting,
        ),
        Check(
            "it does where the weak offer and κ_H <= b_S, or the weak fight and κ_H / (b_S+f+(1-s)ℓ_H) <= "
            "(b_S-W_L) / (b_S+f+(1-s)ℓ_L)",
            _survives,
            lambda d: (
                _condition(d)
                & np.where(
                    _fight_value(d, "low") > _offer_value(d, "low"),
                    _plain_offer_is_weak(d),
                    d["demonstration_cost_high"] <= d["sender_dividend"],
                )
            ),
            part="corrected",
            refinement="D1",
            propose=_fitting,
        ),
        Check(
            "where the weak fight and that inequality fails, D1 prunes it",
            lambda d: ~_survives(d),
            lambda d: (
                _condition(d)
                & (_fight_value(d, "low") > _offer_value(d, "low"))
                & ~_plain_offer_is_weak(d)
                & (d.exposed * d["loss_high"] < d.offer_cost)
            ),
            place="just outside",
            part="corrected",
            refinement="D1",
            propose=_dear,
        ),
    ),
    "The gap must be at least W_H - W_L, and besides κ_H must be affordable. D1 prunes the equilibrium where the cost "
    "is so high that it is the strong who would be the first to save it by a plain offer.",
)
