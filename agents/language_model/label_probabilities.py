"""Play read off the probabilities that a server gives for one-token answers, where these can be trusted.

Servers differ in what they call log-probabilities, and some return placeholders. So they are never taken at their word:
the mixture that they imply, under every order of the options that the frame has, is held against samples of answers,
and one disagreement refuses them all.
"""

from dataclasses import dataclass
from math import exp

import numpy as np

from olivebranch.agents.language_model.answers import AROUND
from olivebranch.agents.language_model.asking import Ask
from olivebranch.agents.language_model.elicitation import Elicitation
from olivebranch.games.base import FloatArray
from olivebranch.theory.tree.profiles import BehaviourProfile

TOP = 20  # the most that the interface lets one ask for
LEAST_MASS = 0.8  # of the labels together: a model that wants to say something else is not read off its labels
LEVEL = 0.01  # at which a true mixture is refused, all checks together
TINY = 1e-6


class Refused(Exception):
    """Log-probabilities that cannot be used; the message says why."""


@dataclass(frozen=True)
class LabelPlay:
    """Play from log-probabilities.

    Attributes:
        mixtures: of each situation, ``[n_situations, n_actions]``.
        refused: why they are not used; empty if they are.
        checked: the situations that were held against samples.
        least_p: the smallest p-value among them.
    """

    mixtures: FloatArray
    refused: str
    checked: tuple[int, ...]
    least_p: float


def label_play(elicitation: Elicitation, checked: int, checks: int) -> LabelPlay:
    """Ask for the log-probabilities in every situation, and for samples in some.

    Args:
        elicitation: of the tree; the samples of the check are added to it.
        checked: how many situations are held against samples, spread over all.
        checks: samples of each.
    """
    n = len(elicitation.situations)
    chosen = tuple(int(number) for number in np.unique(np.linspace(0, n - 1, min(checked, n)).round()))
    mixtures = np.zeros(elicitation.counts.shape)
    try:
        for number in range(n):
            mixtures[number] = mixture_of(elicitation, number)
            if elicitation.asker.stopped:
                raise Refused(elicitation.asker.stopped)
        wanted = np.zeros(n, dtype=np.int64)
        wanted[list(chosen)] = checks
        elicitation.sample(wanted)
        least = 1.0
        for number in chosen:
            counts = elicitation.counts[number]
            if not counts.any():
                raise Refused(f"{elicitation.about(number)}: no sample is a move, so that nothing can be checked")
            p = agreement(counts, mixtures[number])
            least = min(least, p)
            if p < LEVEL / len(chosen):
                said, seen = mixtures[number].round(3).tolist(), (counts / counts.sum()).round(3).tolist()
                raise Refused(
                    f"{elicitation.about(number)}: they imply {said}, and {counts.sum():.0f} samples say {seen}"
                )
    except Refused as reason:
        return LabelPlay(mixtures, str(reason), chosen, 0.0)
    return LabelPlay(mixtures, "", chosen, least)


def mixture_of(elicitation: Elicitation, number: int) -> FloatArray:
    """The mean mixture of one situation over the orders of the options. Raises :class:`Refused`."""
    n_options = len(elicitation.question(number, 0).actions)
    frame = elicitation.prompter.frame
    first = {frame.order_of(n_options, sample): sample for sample in reversed(range(2 * n_options))}
    questions = {sample: elicitation.question(number, sample) for sample in sorted(first.values())}
    asks = [Ask(f"{elicitation.about(number)}/label", sample, q.messages, TOP) for sample, q in questions.items()]
    total = np.zeros(elicitation.counts.shape[1])
    answered = 0
    for question, record in zip(questions.values(), elicitation.asker.ask(asks), strict=False):
        shares = label_shares(record["reply"].get("logprobs"), question.labels)
        total[list(question.actions)] += shares
        answered += 1
    if not answered:
        raise Refused(elicitation.asker.stopped or "no answer")
    result: FloatArray = total / answered
    return result


def label_shares(listed: object, labels: tuple[str, ...]) -> FloatArray:
    """The probability of each label from the log-probabilities of the first token.

    Tokens that differ in capitals or in blanks around them count together.

    Raises:
        Refused: there are none, they are no probabilities, or other tokens than the labels are too likely.
    """
    if not isinstance(listed, list) or not listed:
        raise Refused("the server gives no log-probabilities")
    values = [float(value) for _, value in listed]
    weights = [exp(value) if value <= 0 else np.inf for value in values]
    if not np.isfinite(values).all() or not np.isfinite(weights).all() or sum(weights) > 1 + 1e-3:
        raise Refused("they are no logarithms of probabilities")
    if len(values) > 2 and max(values) - min(values) < 1e-9:
        raise Refused(f"all of them are {values[0]:g}, as placeholders are")
    shares = np.zeros(len(labels))
    for (token, _), weight in zip(listed, weights, strict=True):
        for place, label in enumerate(labels):
            if str(token).strip(AROUND + "▁Ġ").casefold() == label.casefold():
                shares[place] += weight
    if shares.sum() < LEAST_MASS:
        raise Refused(
            f"the labels have a probability of {shares.sum():.2f} together, and at least {LEAST_MASS} is needed"
        )
    result: FloatArray = shares / shares.sum()
    return result


def agreement(counts: FloatArray, mixture: FloatArray) -> float:
    """A p-value of the counts under ``mixture``: the exact binomial test of each action, by Bonferroni's inequality."""
    from scipy.stats import binomtest

    total = int(counts.sum())
    cells = np.flatnonzero((mixture > 0) | (counts > 0))
    floor = np.clip(mixture[cells], TINY, 1.0)
    shares = floor / floor.sum()
    if len(cells) <= 2:
        return float(binomtest(int(counts[cells[0]]), total, float(shares[0])).pvalue)
    each = [binomtest(int(counts[cell]), total, float(share)).pvalue for cell, share in zip(cells, shares, strict=True)]
    return float(min(1.0, min(each) * len(each)))


def profile_of(elicitation: Elicitation, mixtures: FloatArray) -> BehaviourProfile:
    """The mixtures as behaviour on the tree."""
    tree, situations = elicitation.tree, elicitation.situations
    table = elicitation.result().play.shares.copy()
    for number in range(len(situations)):
        row = mixtures[number]
        if row.any():
            table.stages[situations.stage[number]][situations.history[number], situations.column[number]] = row
    return BehaviourProfile(tree, table.stages)
