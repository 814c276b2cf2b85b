"""Is this profile a perfect Bayesian equilibrium? Answered from the definition, for sender-receiver games.

Perfect Bayesian equilibrium (Fudenberg and Tirole 1991, definition 8.1, for signalling games): every type sends only
messages that are best against the replies; the receiver's replies to every message are best against its belief; on
the path the belief follows from the sender's strategy by Bayes' rule. Nothing here uses a closed form, so it can
serve to test them. Everything is vectorised: leading dimensions are games, profiles or both.
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.games.talks import TalksParameters, compile_talks, signalling_payoffs
from olivebranch.theory.talks.solve import TalksEquilibrium

FIGHT, OFFER = 0, 1  # positions in olivebranch.games.talks.MESSAGES


@dataclass(frozen=True)
class ProfileCheck:
    """What a profile's defects are. All arrays may have leading batch dimensions.

    Attributes:
        sender_regret: what each type loses by each message against its best one, ``[.., types, messages]``, >= 0.
        receiver_regret: what each reply to each message loses against the best one, at the belief,
            ``[.., messages, replies]``, >= 0.
        belief: the belief at each message, ``[.., messages, types]``: the one given, or where none was given the one
            of Bayes on the path, and off the path the one most favourable to the reply.
        bayes_gap: total variation between the belief and that of Bayes, ``[.., messages]``; 0 off the path.
        on_path: which messages some type of positive probability sends, ``[.., messages]``.
        worst_regret: the largest regret of anything that is played with positive probability, ``[..]``.
        is_equilibrium: whether regret and Bayes gap are within the tolerance, ``[..]``.
    """

    sender_regret: FloatArray
    receiver_regret: FloatArray
    belief: FloatArray
    bayes_gap: FloatArray
    on_path: BoolArray
    worst_regret: FloatArray
    is_equilibrium: BoolArray


def check_profile(
    prior: FloatArray,
    sender_payoffs: FloatArray,
    receiver_payoffs: FloatArray,
    strategy: FloatArray,
    reply: FloatArray,
    belief: FloatArray | None = None,
    tolerance: float = 1e-9,
) -> ProfileCheck:
    """Hold a profile of a sender-receiver game with two sender types against the definition.

    Args:
        prior: probability of each type, ``[.., 2]``.
        sender_payoffs, receiver_payoffs: ``[.., types, messages, replies]``.
        strategy: probability of each message by type, ``[.., types, messages]``.
        reply: probability of each reply by message, ``[.., messages, replies]``.
        belief: over types by message, ``[.., messages, types]``; rows of NaN, or None, ask for the most favourable.
        tolerance: on regrets, beliefs and on what counts as positive probability.

    Raises:
        ValueError: a strategy or reply is not a probability distribution, or there are not two types.
    """
    if prior.shape[-1] != 2:
        raise ValueError(f"prior has {prior.shape[-1]} types: expected 2")
    for name, table in (("strategy", strategy), ("reply", reply)):
        if not ((table >= -tolerance).all() and np.allclose(table.sum(-1), 1.0, atol=1e-9)):
            raise ValueError(f"{name} = {table.tolist()}: expected probabilities that sum to one over the last axis")

    expected = np.einsum("...tmr,...mr->...tm", sender_payoffs, reply)
    sender_regret = expected.max(-1, keepdims=True) - expected

    mass = prior[..., :, None] * strategy  # [.., types, messages]
    total = mass.sum(-2)
    on_path: BoolArray = total > tolerance
    bayes = np.swapaxes(mass / np.where(on_path, total, 1.0)[..., None, :], -1, -2)
    shape = np.broadcast_shapes(bayes.shape[:-2], reply.shape[:-2], receiver_payoffs.shape[:-3])
    bayes = np.broadcast_to(bayes, (*shape, *bayes.shape[-2:]))
    favourable = _favourable_belief(receiver_payoffs, reply, tolerance)
    default = np.where(on_path[..., None], bayes, favourable)
    used = default if belief is None else np.where(np.isnan(belief), default, belief)
    bayes_gap = np.where(on_path, 0.5 * np.abs(used - bayes).sum(-1), 0.0)

    receiver_value = np.einsum("...mt,...tmr->...mr", used, receiver_payoffs)
    receiver_regret = receiver_value.max(-1, keepdims=True) - receiver_value

    worst_sender = np.where(strategy > tolerance, sender_regret, 0.0).max((-1, -2))
    worst_receiver = np.where(reply > tolerance, receiver_regret, 0.0).max((-1, -2))
    worst = np.maximum(worst_sender, worst_receiver)
    proper = (np.abs(used.sum(-1) - 1) <= tolerance).all(-1) & (used >= -tolerance).all((-1, -2))
    return ProfileCheck(
        sender_regret=sender_regret,
        receiver_regret=receiver_regret,
        belief=used,
        bayes_gap=bayes_gap,
        on_path=on_path,
        worst_regret=worst,
        is_equilibrium=(worst <= tolerance) & (bayes_gap <= tolerance).all(-1) & proper,
    )


def _favourable_belief(receiver_payoffs: FloatArray, reply: FloatArray, tolerance: float) -> FloatArray:
    """The belief at which the worst regret of the replies in use is least, ``[.., messages, 2]``.

    That regret is convex and piecewise linear in the belief, so its minimum is at an end of [0, 1] or where two
    replies tie: all of these are tried.
    """
    n_replies = receiver_payoffs.shape[-1]
    slope = receiver_payoffs[..., 0, :, :] - receiver_payoffs[..., 1, :, :]  # value of a reply = level + slope Pr(0)
    level = receiver_payoffs[..., 1, :, :]
    candidates = [np.zeros(slope.shape[:-1]), np.ones(slope.shape[:-1])]
    for one in range(n_replies):
        for other in range(one):
            steepness = slope[..., one] - slope[..., other]
            flat = np.abs(steepness) < 1e-300
            tie = (level[..., other] - level[..., one]) / np.where(flat, 1.0, steepness)
            candidates.append(np.where(flat, 0.0, np.clip(tie, 0.0, 1.0)))
    beliefs = np.stack(candidates)
    values = level + beliefs[..., None] * slope  # [candidates, .., messages, replies]
    regret = np.where(reply > tolerance, values.max(-1, keepdims=True) - values, 0.0).max(-1)
    beliefs = np.broadcast_to(beliefs, regret.shape)
    best = np.take_along_axis(beliefs, regret.argmin(0)[None], 0)[0]
    return np.stack([best, 1 - best], -1)


def check_talks(
    parameters: TalksParameters,
    offer_high: float,
    offer_low: float,
    escalate_after_offer: float,
    escalate_after_fight: float,
    belief_after_offer: float | None = None,
    belief_after_fight: float | None = None,
    tolerance: float = 1e-9,
) -> ProfileCheck:
    """Check one profile of the talks game. All arguments are probabilities; a belief of None is chosen as above."""
    sender_payoffs, receiver_payoffs = signalling_payoffs(compile_talks(parameters))
    prior = np.array([parameters.prior_high, 1 - parameters.prior_high])
    offers = np.array([offer_high, offer_low])
    escalation = np.array([escalate_after_fight, escalate_after_offer])
    high = np.array([belief_after_fight, belief_after_offer], dtype=np.float64)
    return check_profile(
        prior,
        sender_payoffs,
        receiver_payoffs,
        np.stack([1 - offers, offers], -1),
        np.stack([1 - escalation, escalation], -1),
        np.stack([high, 1 - high], -1),
        tolerance,
    )


def check_equilibrium(parameters: TalksParameters, equilibrium: TalksEquilibrium) -> tuple[ProfileCheck, ...]:
    """Check a component at the ends of its off-path interval, each with a belief that the component names for it."""
    checks = []
    for end in (0, 1):
        checks.append(
            check_talks(
                parameters,
                equilibrium.offer_high,
                equilibrium.offer_low,
                equilibrium.escalate_after_offer[end],
                equilibrium.escalate_after_fight[end],
                # The higher the probability of escalation, the lower the belief in resilience that calls for it.
                equilibrium.belief_after_offer[1 - end],
                equilibrium.belief_after_fight[1 - end],
            )
        )
    return tuple(checks)
