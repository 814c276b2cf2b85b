"""The question that is put to a model in one situation."""

from collections.abc import Sequence
from dataclasses import dataclass

from olivebranch.agents.language_model.texts.frames import Frame
from olivebranch.agents.language_model.texts.rules_text import move_text, rules_text
from olivebranch.agents.language_model.texts.wording import Words, action_text, words_of
from olivebranch.games.registry import NamedGame
from olivebranch.games.war import THIRD_PARTIES, WarState

Message = dict[str, str]


@dataclass(frozen=True)
class Question:
    """A question, and what its answers mean.

    Attributes:
        messages: for the server.
        labels: by which the options are chosen, by place.
        actions: the number of the action that stands in each place.
    """

    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    actions: tuple[int, ...]


class Prompter:
    """Puts the situations of one game in one frame into words.

    Raises:
        ParameterError: the frame does not fit the game.
    """

    def __init__(self, game: NamedGame, frame: Frame) -> None:
        self.game, self.frame = game, frame
        self.words: Words = words_of(game, frame.story)
        self.rules = rules_text(game, self.words, frame.story, frame.rules == "full")

    def rules_for(self, seat: int, own_type: int) -> str:
        """What a player is told before anything happens."""
        return f"{self.rules}\n\n{self.role(seat, own_type)}"

    def role(self, seat: int, own_type: int) -> str:
        """Who the model is."""
        rules = self.game.compiled.game
        player = rules.players[seat]
        said = f"You are {self.words.players[player]}."
        if self.frame.state_type and len(rules.type_names[seat]) > 1:
            said += f" You are {self.words.types[player][rules.type_names[seat][own_type]]}."
        return said

    def past(self, edges: Sequence[int]) -> str:
        """What has happened, oldest first."""
        if not edges:
            return "Nothing has happened yet."
        compiled = self.game.compiled
        stages = ["; ".join(move_text(compiled, self.words, self.frame.story, edge)) or "nothing new" for edge in edges]
        return "So far:\n" + "\n".join(f"{number}. {stage}." for number, stage in enumerate(stages, 1))

    def standing(self, state: int) -> str:
        """How things stand, where the history alone does not say it plainly."""
        found = self.game.compiled.states[state]
        if not isinstance(found, WarState) or found.phase == THIRD_PARTIES:
            return ""
        parameters = self.game.compiled.game
        counter = self.words.terms["counter"]
        return f"It is period {found.period} of {parameters.parameters.horizon}. The {counter} is {found.balance}."  # type: ignore[attr-defined]

    def options(self, seat: int, state: int, sample: int) -> tuple[str, tuple[str, ...], tuple[int, ...]]:
        """The text of the options, their labels and the actions that they stand for, by place."""
        compiled = self.game.compiled
        rules, legal = compiled.game, [a for a in range(compiled.n_actions) if compiled.legal[state, seat, a]]
        actions = tuple(legal[option] for option in self.frame.order_of(len(legal), sample))
        labels = tuple(self.frame.label(place) for place in range(len(actions)))
        lines = [
            f"{label}: {action_text(self.words, self.frame.story, rules.players[seat], rules.action_names[action])}"
            for label, action in zip(labels, actions, strict=True)
        ]
        return "\n".join(lines), labels, actions

    def how_to_answer(self, labels: Sequence[str]) -> str:
        """The form of an answer."""
        listed = f"{', '.join(labels[:-1])} or {labels[-1]}"
        if self.frame.reasoning:
            return f"Think step by step. Then end with a last line of the form ANSWER: X, where X is {listed}."
        return f"Answer with {listed} alone, and with nothing else."

    def question(self, seat: int, own_type: int, state: int, edges: Sequence[int], sample: int) -> Question:
        """One situation, on its own.

        Args:
            seat, own_type: who is asked.
            state: the number of the public state.
            edges: that play took so far, oldest first.
            sample: the number of the sample, which decides about the order of the options.
        """
        options, labels, actions = self.options(seat, state, sample)
        situation = "\n".join(part for part in (self.past(edges), self.standing(state)) if part)
        asked = f"What do you choose?\n{options}\n\n{self.how_to_answer(labels)}"
        text = f"{self.rules_for(seat, own_type)}\n\n{situation}\n\n{asked}"
        return Question(({"role": "user", "content": text},), labels, actions)
