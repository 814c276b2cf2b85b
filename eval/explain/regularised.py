"""``regularised``: play is kept from best responses, by a temperature or by trembling hands, and rests there."""

from dataclasses import dataclass

import numpy as np

from olivebranch.eval.explain.causes import REGULARISED, Cause, cause
from olivebranch.eval.explain.played import Played
from olivebranch.eval.explain.settling import rest_point
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.equilibria.enumerated import signalling_game
from olivebranch.theory.quantal_response.branch import BranchLost
from olivebranch.theory.quantal_response.fit import PrecisionFit, expected_counts, logit_branch
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.evaluation import evaluate

HOTTEST = 100.0  # temperature over the range of payoffs, above which play is uniform
COLDEST = 1e-4
PLAYS = 1000.0  # to which the fit on the branch refers
TELLING = 0.2  # strength from which on the logit equilibrium itself is looked for


@dataclass(frozen=True)
class Fit:
    """How play is best explained as regularised.

    Attributes:
        temperature: of logit responses, in units of payoff; 0 if trembling explains more, or nothing does.
        tremble: probability of a uniformly drawn action; 0 likewise.
        left: the gain from one-shot deviations that is left when the regularisation is granted, over all gains from
            such deviations.
    """

    temperature: float
    tremble: float
    left: float


def fitted(case: Played) -> Fit:
    """The regularisation, as strong as the settings allow for, that leaves the least to be gained."""
    use = case.learning & (case.reach > 0)
    values, play = case.action_values[use], case.table[use]
    legal, weight = case.legal[use], case.reach[use]
    known = np.isfinite(np.where(legal, values, 0.0)).all(axis=1)
    values, play, legal, weight = values[known], play[known], legal[known], weight[known]
    scores = np.where(legal, values, -np.inf)
    followed = np.where(legal, play * np.where(legal, values, 0.0), 0.0).sum(axis=1)
    best = scores.max(axis=1, initial=-np.inf) if len(scores) else np.zeros(0)
    total = float((weight * (best - followed)).sum())
    if total <= 0:
        return Fit(0.0, 0.0, 1.0)
    found = [Fit(0.0, 0.0, 1.0)]
    bounds = case.regularisation
    hottest = min(bounds.hottest, HOTTEST * case.stake)
    if hottest > COLDEST * case.stake:
        for temperature in np.geomspace(COLDEST * case.stake, hottest, 120):
            gain = _logit_gain(scores, play, legal, weight, float(temperature))
            found.append(Fit(float(temperature), 0.0, gain / total))
    mean = np.where(legal, np.where(legal, values, 0.0), 0.0).sum(axis=1) / np.maximum(legal.sum(axis=1), 1)
    for tremble in np.linspace(0.0, bounds.clumsiest, 61)[1:] if bounds.clumsiest > 0 else ():
        gain = float((weight * np.abs((1 - tremble) * best + tremble * mean - followed)).sum())
        found.append(Fit(0.0, float(tremble), gain / total))
    return min(found, key=lambda fit: fit.left)


def _logit_gain(
    scores: FloatArray, play: FloatArray, legal: BoolArray, weight: FloatArray, temperature: float
) -> float:
    """What one-shot deviations gain in payoff and entropy: reach times temperature times the divergence of play from
    the logit response to its own action values."""
    scaled = scores / temperature
    top = scaled.max(axis=1, keepdims=True)
    logs = scaled - top - np.log(np.exp(scaled - top).sum(axis=1, keepdims=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(legal & (play > 0), play * (np.log(play) - np.where(legal, logs, 0.0)), 0.0)
    return float((weight * temperature * terms.sum(axis=1)).sum())


def regularised(case: Played) -> Cause:
    """The share of the learners' gains that vanish when the best-fitting regularisation is granted, in all of NashConv.

    Counterfactual: every information set is paid the entropy of its play, at the fitted temperature (or must tremble
    with the fitted probability). What one-shot deviations can then still gain is left; at a logit equilibrium of that
    temperature it is nothing.
    """
    fit, said = fitted(case), case.regularisation.said
    learners = float(np.where(case.learning, case.gain, 0.0).sum()) / max(case.nash_conv, 1e-300)
    strength = (1 - fit.left) * min(learners, 1.0)
    asked = f"the settings end with {said}" if said else "the settings name no regularisation"
    if case.regularisation.hottest == np.inf:
        asked = "no settings are known that it could come from"
    if strength <= 0 or fit.temperature == fit.tremble == 0:
        return cause(REGULARISED, 0.0, (), f"{asked}; no temperature that they allow for explains play.")
    numbers = {"temperature": fit.temperature, "tremble": fit.tremble}
    if fit.tremble > 0:
        text = f"play is as if hands trembled with probability {fit.tremble:.3g} ({asked})"
    else:
        text = f"play is as if everybody gave logit responses at temperature {fit.temperature:.3g} ({asked})"
    text += f"; with that granted, {fit.left:.0%} of the gains from deviating are left."
    if fit.temperature > 0 and strength >= TELLING:
        rest = rest_point(case.profile, fit.temperature, case.stake)
        away, there = play_distance(case.profile, rest), evaluate(rest).nash_conv
        numbers |= {"distance_to_logit_equilibrium": away, "nash_conv_of_logit_equilibrium": there}
        text += f" The logit equilibrium of that temperature near play is {away:.3g} away and has NashConv {there:.3g}."
        if (on_branch := _on_branch(case)) is not None:
            numbers |= {"branch_precision": on_branch.precision, "branch_explained": on_branch.explained}
            text += (
                f" On the branch of logit equilibria from uniform play, precision {on_branch.precision:.3g} fits best "
                f"(temperature {1 / max(on_branch.precision, 1e-12):.3g}) and explains {on_branch.explained:.0%}."
            )
    weight = np.where(case.learning, case.gain, 0.0)
    return cause(REGULARISED, strength, tuple(case.place(h, c) for h, c in case.heaviest(weight)), text, **numbers)


def _on_branch(case: Played) -> PrecisionFit | None:
    """The fit on the principal branch, of signalling games."""
    if signalling_game(case.tree.game) is None:
        return None
    try:
        return logit_branch(case.tree).fit(expected_counts(case.profile, PLAYS))
    except (ValueError, BranchLost):  # too many unknowns, a branch that did not arrive
        return None
