"""Why a component of the talks game has its verdicts: the inequality that decides, with its numbers, in words."""

from collections.abc import Callable

from olivebranch.games.talks import HIGH, LOW
from olivebranch.theory.selection.exploration import ConstantRates, Exploration, LogitLimit
from olivebranch.theory.selection.fixed_temperature import Perturbed, leading_replies
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.stability import (
    BEST_RESPONSE,
    LOGIT,
    REPLICATOR,
    Speeds,
    both_mix_matrix,
)
from olivebranch.theory.selection.terms import FIGHT, OFFER, Terms
from olivebranch.theory.talks.kernel import (
    BOTH_MIX,
    HIGH_FIGHTS_LOW_MIXES,
    HIGH_TALKS_LOW_MIXES,
    LOW_TALKS,
    LOW_TALKS_HIGH_MIXES,
    POOL_FIGHT,
    POOL_TALK,
)

SYMBOL = ("mu_T", "mu_F")
ACT = ("offers", "fighting")


def index_reason(terms: Terms, row: int) -> str:
    """Why the component ``row`` of a single game has its index."""
    offer, fight = terms.threshold[0]
    if row == POOL_FIGHT:
        if offer >= 1:
            return f"the receiver escalates on any offer (mu_T = {offer:.4g} >= 1), so the component is strict"
        return _inference(terms) + (
            ": the weak are tempted first, and an offer of theirs is answered more harshly"
            if terms.inference[0] > 0
            else ": the strong are tempted first, and an offer of theirs is answered more softly; perturbed equilibria "
            "come in pairs of opposite sign, or not at all"
        )
    if row == POOL_TALK:
        if terms.prior[0] >= offer:
            return (
                f"offers are reciprocated (pi = {terms.prior[0]:.4g} >= mu_T = {offer:.4g}), and fighting tempts nobody"
            )
        if not terms.fight_tempts[0]:
            return f"fighting tempts nobody, even if the receiver holds (D_H(1, 0) = {_strong_held(terms):.4g} > 0)"
        if fight >= 1:
            return f"the receiver escalates on anyone who fights (mu_F = {fight:.4g} >= 1)"
        if fight <= 0:
            return f"the receiver never escalates on fighting (mu_F = {fight:.4g} <= 0)"
        return (
            f"if the receiver holds, the strong would fight (D_H(1, 0) = {_strong_held(terms):.4g} < 0), which raises "
            "the belief: perturbed equilibria come in pairs of opposite sign, or not at all"
        )
    if row == BOTH_MIX:
        relation = ">" if offer > fight else "<"
        return f"the sign of mu_T - mu_F: {offer:.4g} {relation} {fight:.4g}"
    return {
        LOW_TALKS: "every reply and every action is strict",
        HIGH_TALKS_LOW_MIXES: "negative feedback: offers of the weak are answered more harshly, which deters them",
        HIGH_FIGHTS_LOW_MIXES: "negative feedback: fighting by the weak is answered more harshly, which deters them",
        LOW_TALKS_HIGH_MIXES: "positive feedback: offers of the strong are answered more softly, which invites them",
    }[row]


def exploration_reason(terms: Terms, row: int, exploration: Exploration, found: Perturbed) -> str:
    """Why ``exploration`` sustains the component ``row`` of a single game, or does not."""
    if isinstance(exploration, ConstantRates | LogitLimit):
        if row not in (POOL_FIGHT, POOL_TALK):
            index = int(component_indices(terms)[0, row])
            return (
                f"both messages are sent, and the index is {index:+d}: every small perturbation leaves an equilibrium"
            )
        if isinstance(exploration, LogitLimit):
            return _limit_fight(terms, found) if row == POOL_FIGHT else _limit_talk(terms, found)
        passive = exploration.ratio * terms.prior[0] / (exploration.ratio * terms.prior[0] + 1 - terms.prior[0])
        return _rates(terms, row, float(passive), found)
    if not found.sustained[0, row]:
        reply = leading_replies(terms, exploration.temperature)[0, row]
        gain = terms.eagerness(reply[OFFER : OFFER + 1], reply[FIGHT : FIGHT + 1])[0]
        return (
            "no equilibrium at this temperature has everyone on the component's side: to leading order the replies "
            f"would be q = {reply[OFFER]:.4g}, r = {reply[FIGHT]:.4g}, where an offer gains the strong "
            f"{gain[HIGH]:.4g} and the weak {gain[LOW]:.4g}"
        )
    offers, replies, beliefs = found.offers[0, row], found.replies[0, row], found.beliefs[0, row]
    return (
        f"the strong offer with probability {offers[HIGH]:.4g}, the weak with {offers[LOW]:.4g}: beliefs "
        f"{beliefs[OFFER]:.4g} after an offer (mu_T = {terms.threshold[0, OFFER]:.4g}) and {beliefs[FIGHT]:.4g} after "
        f"fighting (mu_F = {terms.threshold[0, FIGHT]:.4g}), to which q = {replies[OFFER]:.4g} and "
        f"r = {replies[FIGHT]:.4g} are best replies"
    )


def stability_reason(terms: Terms, row: int, dynamics: int, speeds: Speeds | None = None) -> str:
    """Why the component ``row`` of a single game is stable or not under one of ``DYNAMICS``."""
    if row in (POOL_FIGHT, POOL_TALK):
        return _pooling_stability(terms, row, dynamics)
    if row == BOTH_MIX:
        return _both_mix_stability(terms, dynamics, speeds)
    if row == LOW_TALKS:
        return "a strict equilibrium"
    if row == LOW_TALKS_HIGH_MIXES:
        return "positive feedback between the strong type's offers and the reply: a saddle"
    return {
        REPLICATOR: "negative feedback without damping: closed orbits around the equilibrium",
        BEST_RESPONSE: "negative feedback in a game that is zero-sum but for units: a spiral inwards",
        LOGIT: "negative feedback with damping: eigenvalues -1 +- i w / tau",
    }[dynamics]


def _inference(terms: Terms) -> str:
    return f"alpha = {terms.inference[0]:.4g} {'>' if terms.inference[0] > 0 else '<'} 0"


def _strong_held(terms: Terms) -> float:
    return float(terms.loss[0, HIGH] * (terms.pressure[0] - terms.exposed[0]) - terms.face[0])


def _rates(terms: Terms, row: int, passive: float, found: Perturbed) -> str:
    message = OFFER if row == POOL_FIGHT else FIGHT
    threshold = float(terms.threshold[0, message])
    belief = f"the belief after {ACT[message]} that nobody intends is that of those who explore, {passive:.4g}"
    if passive < threshold:
        return f"{belief} < {SYMBOL[message]} = {threshold:.4g}: the receiver escalates, which deters both types"
    calm = f"{belief} >= {SYMBOL[message]} = {threshold:.4g}: the receiver is mild"
    if row == POOL_TALK:
        if found.sustained[0, row]:
            return f"{calm}, and even so fighting tempts nobody"
        return f"{calm}; the strong are tempted first, and their fighting raises the belief still further"
    if found.sustained[0, row]:
        reply = found.replies[0, row, OFFER]
        return (
            f"{calm}; {_inference(terms)}: at q = {reply:.4g} the weak are indifferent, and offers of theirs, of the "
            "order of exploration, bring the belief down to mu_T"
        )
    return f"{calm}; {_inference(terms)}: the strong are tempted first, and their offers raise the belief still further"


def _limit_fight(terms: Terms, found: Perturbed) -> str:
    level = float(terms.suffered[0] / terms.exposed[0])
    threshold = float(terms.threshold[0, OFFER])
    if threshold >= 1:
        return f"the receiver escalates on any offer (mu_T = {threshold:.4g} >= 1)"
    if level >= 1:
        return (
            f"Lambda/(1-s) = {level:.4g} >= 1: the weak lose less by an offer at every reply, so that it means "
            "weakness, and the receiver escalates"
        )
    settles = f"the types lose the same by an offer at q* = Lambda/(1-s) = {level:.4g}, where the reply would settle"
    loss = float(terms.dividend[0] * (1 - level) - level * terms.face[0])
    if found.sustained[0, POOL_FIGHT]:
        return f"{settles}; {_inference(terms)}: there an offer gains both {loss:.4g} < 0"
    return f"{settles}; {_inference(terms)}: there an offer gains both {loss:.4g} > 0"


def _limit_talk(terms: Terms, found: Perturbed) -> str:
    if not found.sustained[0, POOL_TALK]:
        return (
            "the strong lose less by fighting and explore alone, the receiver holds, and then the strong would rather "
            f"fight: D_H(1, 0) = {_strong_held(terms):.4g} < 0"
        )
    fight = float(terms.threshold[0, FIGHT])
    if fight >= 1:
        return f"the receiver escalates on anyone who fights (mu_F = {fight:.4g} >= 1)"
    return "the receiver holds after fighting, and even so fighting tempts nobody"


def _pooling_stability(terms: Terms, row: int, dynamics: int) -> str:
    message = OFFER if row == POOL_FIGHT else FIGHT
    if component_indices(terms)[0, row] == 1:
        if row == POOL_TALK or terms.threshold[0, OFFER] >= 1:
            return "no reply that some belief calls for, however play starts nearby, tempts a type"
        return "where the reply softens until the weak are tempted, their offers harden it again"
    stays = f"beliefs below {SYMBOL[message]}"
    return {
        REPLICATOR: "where the reply is so soft that the strong are tempted, what they do softens it further; harsher "
        "replies nearby stay where they are",
        BEST_RESPONSE: f"play that starts with {stays} stays; above, the reply softens until the strong leave",
        LOGIT: "the strong explore infinitely more as the temperature falls, and the reply softens until they leave",
    }[dynamics]


def _both_mix_stability(terms: Terms, dynamics: int, speeds: Speeds | None) -> str:
    if dynamics == BEST_RESPONSE:
        away = "pool-talk" if component_indices(terms)[0, BOTH_MIX] < 0 else "pool-fight"
        return f"from points as near as one likes, play runs straight to {away}"
    matrix = both_mix_matrix(terms, speeds, conditional=dynamics == LOGIT)
    trace, determinant = float(matrix.trace[0]), float(matrix.determinant[0])
    numbers = f"trace {trace:.4g}, determinant {determinant:.4g} of S1 A S2 B"
    if determinant < 0:
        return f"{numbers}: a saddle"
    if not matrix.is_elliptic[0]:
        return f"{numbers}: trace > 0 or trace^2 < 4 determinant, so some eigenvalue has a positive real part"
    outcome: Callable[[int], str] = {
        REPLICATOR: "all eigenvalues are imaginary",
        LOGIT: "eigenvalues -1 +- i w / tau",
    }.__getitem__
    return f"{numbers}: trace < 0 and trace^2 > 4 determinant, so {outcome(dynamics)}"
