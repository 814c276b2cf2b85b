"""What a model says that it believes, beside what follows by Bayes' rule from its own play and from the prior."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.agents.language_model.answers import read_percentage
from olivebranch.agents.language_model.asking import Ask
from olivebranch.agents.language_model.elicitation import Elicitation, edges_to, history_text
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.profiles import BehaviourProfile


@dataclass(frozen=True)
class StatedBelief:
    """One question about another player's type after one history.

    Attributes:
        player: who is asked.
        about: whose type it is about.
        type: the type.
        history: what has happened, in the names of the rules.
        stated: the mean of the probabilities that were named; None where no answer was one.
        spread: their standard deviation.
        answers, invalid: how many answers were probabilities, and how many were not.
        prior: the probability before anything happened.
        bayes: by Bayes' rule from the play of the model itself in the other seats; None where that play never leads
            there.
    """

    player: str
    about: str
    type: str
    history: str
    stated: float | None
    spread: float
    answers: int
    invalid: int
    prior: float
    bayes: float | None

    @property
    def gap(self) -> float | None:
        """How far what is stated is from Bayes' rule."""
        return None if self.stated is None or self.bayes is None else abs(self.stated - self.bayes)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "gap": self.gap}


def stated_beliefs(
    elicitation: Elicitation, profile: BehaviourProfile, samples: int, most: int = 12
) -> tuple[StatedBelief, ...]:
    """Ask about the types of others, after the histories that the model's own play reaches most.

    Args:
        elicitation: of the model.
        profile: its play.
        samples: answers for each question.
        most: how many questions there are at most.
    """
    questions = _questions(elicitation, profile)[:most]
    asks = [ask for question in questions for ask in _asks(elicitation, question, samples)]
    replies: dict[str, list[float | None]] = {}
    reasoning = elicitation.prompter.frame.reasoning
    for ask, record in zip(asks, elicitation.asker.ask(asks), strict=False):
        replies.setdefault(ask.about, []).append(read_percentage(record["reply"].get("text"), reasoning))
    return tuple(
        _result(elicitation, question, replies.get(_about(elicitation, question), [])) for question in questions
    )


@dataclass(frozen=True)
class _Question:
    stage: int
    history: int
    column: int  # of who is asked
    other: int  # the seat that it is about
    prior: float
    bayes: float | None


def _questions(elicitation: Elicitation, profile: BehaviourProfile) -> list[_Question]:
    """Who acts and sees somebody else's type hidden, the most often reached first."""
    tree, game = elicitation.tree, elicitation.tree.game
    sets = information_sets(profile)
    found: list[tuple[float, _Question]] = []
    for stage, history, column in zip(
        elicitation.situations.stage, elicitation.situations.history, elicitation.situations.column, strict=True
    ):
        if stage == 0:
            continue  # nothing has been seen yet
        seat = int(tree.moves.owner[column])
        own = int(column) - int(tree.type_offset[seat])
        belief = sets[stage].beliefs[history, column]
        for other in range(game.n_players):
            if other == seat or game.n_types[other] < 2:
                continue
            mine = (game.profile_types[:, seat] == own) & (game.prior > 0)
            first = game.profile_types[:, other] == 0
            prior = float(game.prior[mine & first].sum() / game.prior[mine].sum())
            bayes = None if np.isnan(belief).any() else float(belief[first].sum())
            weight = float(sets[stage].reach[history, column])
            found.append((weight, _Question(int(stage), int(history), int(column), other, prior, bayes)))
    return [question for _, question in sorted(found, key=lambda pair: -pair[0])]


def _about(elicitation: Elicitation, question: _Question) -> str:
    place = f"{question.stage}.{question.history}.{question.column}"
    return f"{elicitation.prompter.game.label}/{place}/belief about seat {question.other}"


def _asks(elicitation: Elicitation, question: _Question, samples: int) -> Sequence[Ask]:
    tree, prompter = elicitation.tree, elicitation.prompter
    rules, words = tree.game.game, prompter.words
    seat = int(tree.moves.owner[question.column])
    state = int(tree.stages[question.stage].state[question.history])
    other = rules.players[question.other]
    kind = words.types[other][rules.type_names[question.other][0]]
    answer = "Answer with one number from 0 to 100, and with nothing else."
    if prompter.frame.reasoning:
        answer = (
            "Think step by step. Then end with a last line of the form ANSWER: N, where N is a number from 0 to 100."
        )
    parts = (
        prompter.rules_for(seat, question.column - int(tree.type_offset[seat])),
        prompter.past(edges_to(tree, question.stage, question.history)),
        prompter.standing(state),
        f"How probable is it, in percent, that {words.players[other]} is {kind}?\n{answer}",
    )
    message = {"role": "user", "content": "\n\n".join(part for part in parts if part)}
    return [Ask(_about(elicitation, question), sample, (message,)) for sample in range(samples)]


def _result(elicitation: Elicitation, question: _Question, replies: Sequence[float | None]) -> StatedBelief:
    tree, rules = elicitation.tree, elicitation.tree.game.game
    stated = [reply for reply in replies if reply is not None]
    return StatedBelief(
        player=rules.players[int(tree.moves.owner[question.column])],
        about=rules.players[question.other],
        type=rules.type_names[question.other][0],
        history=history_text(tree, question.stage, question.history),
        stated=float(np.mean(stated)) if stated else None,
        spread=float(np.std(stated)) if stated else 0.0,
        answers=len(stated),
        invalid=len(replies) - len(stated),
        prior=question.prior,
        bayes=question.bayes,
    )
