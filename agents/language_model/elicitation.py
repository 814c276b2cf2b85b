"""What a model does in each situation of a game, from samples of its answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.agents.language_model.answers import Kind, read_answer
from olivebranch.agents.language_model.asking import Ask, Asker
from olivebranch.agents.language_model.texts.prompts import Prompter, Question
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.theory.sampling.allocation import allocate, spreads
from olivebranch.theory.sampling.counts import PlayCounts, Situations, situations_of
from olivebranch.theory.sampling.loops import Loops
from olivebranch.theory.tree.histories import GameTree

KINDS = tuple(Kind)
ON_PATH = 0.05  # weight of what plays come to pass, beside NashConv, where samples are allocated


@dataclass(frozen=True)
class Elicited:
    """Sampled play of a model in one frame of one game.

    Attributes:
        play: how often each action was chosen where.
        situations: of the tree, ``[n]``.
        kinds: how many answers were of each kind, ``[n, kinds]`` in the order of :class:`Kind`; only moves are in
            ``play``.
        stopped: why asking ended early; empty if it did not.
    """

    play: PlayCounts
    situations: Situations
    kinds: IntArray
    stopped: str = ""

    @property
    def answers(self) -> dict[str, int]:
        """How many answers there were of each kind."""
        return {kind.value: int(count) for kind, count in zip(KINDS, self.kinds.sum(axis=0), strict=True)}

    def as_dict(self) -> dict[str, Any]:
        """For JSON: by situation, those that nobody was asked about left out."""
        tree, rules = self.play.tree, self.play.tree.game.game
        counts = self.play.at(self.situations)
        listed = []
        for number, (stage, history, column) in enumerate(rows(self.situations)):
            if not self.kinds[number].any():
                continue
            seat = int(tree.moves.owner[column])
            taken = {name: int(c) for name, c in zip(rules.action_names, counts[number], strict=True) if c}
            listed.append(
                {
                    "player": rules.players[seat],
                    "type": rules.type_names[seat][column - int(tree.type_offset[seat])],
                    "history": history_text(tree, stage, history),
                    "moves": taken,
                    "answers": {kind.value: int(c) for kind, c in zip(KINDS, self.kinds[number], strict=True) if c},
                }
            )
        return {"answers": self.answers, "stopped": self.stopped, "situations": listed}


def rows(situations: Situations) -> list[tuple[int, int, int]]:
    """Stage, history and column of each situation."""
    return [
        (int(s), int(h), int(c))
        for s, h, c in zip(situations.stage, situations.history, situations.column, strict=True)
    ]


def edges_to(tree: GameTree, stage: int, history: int) -> list[int]:
    """The edges that lead to a history, oldest first."""
    recent = tree.recent_edges(stage, np.array([history]), max(stage, 1))[0]
    return [int(edge) for edge in recent[::-1] if edge >= 0]


def history_text(tree: GameTree, stage: int, history: int) -> str:
    """A history in the names of the rules, for reports."""
    game, said = tree.game, []
    for edge in edges_to(tree, stage, history):
        actions = game.joint_actions(game.edge_joint[edge])
        chosen = [
            f"{player} {game.game.action_names[actions[seat]]}"
            for seat, player in enumerate(game.game.players)
            if game.acts[game.edge_source[edge], seat]
        ]
        said.append(", ".join([*chosen, *([game.edge_labels[edge]] if game.edge_labels[edge] else [])]))
    return "; ".join(said) or "at the start"


class Elicitation:
    """Asks a model about the situations of one tree.

    Args:
        tree: of the game.
        prompter: puts situations into words.
        asker: asks.
    """

    def __init__(self, tree: GameTree, prompter: Prompter, asker: Asker) -> None:
        self.tree, self.prompter, self.asker = tree, prompter, asker
        self.situations = situations_of(tree)
        self._places = rows(self.situations)
        self.counts: FloatArray = np.zeros((len(self._places), tree.game.n_actions))
        self.kinds: IntArray = np.zeros((len(self._places), len(KINDS)), dtype=np.int64)

    def question(self, number: int, sample: int) -> Question:
        """Question ``sample`` about situation ``number``."""
        stage, history, column = self._places[number]
        seat = int(self.tree.moves.owner[column])
        state = int(self.tree.stages[stage].state[history])
        own_type = column - int(self.tree.type_offset[seat])
        return self.prompter.question(seat, own_type, state, edges_to(self.tree, stage, history), sample)

    def about(self, number: int) -> str:
        """What identifies a situation in a transcript."""
        stage, history, column = self._places[number]
        return f"{self.prompter.game.label}/{stage}.{history}.{column}"

    def asks(self, wanted: IntArray) -> list[Ask]:
        """So many further questions about each situation."""
        asked = self.kinds.sum(axis=1)
        return [
            Ask(self.about(number), int(sample), self.question(number, int(sample)).messages)
            for number in np.flatnonzero(wanted).tolist()
            for sample in range(asked[number], asked[number] + wanted[number])
        ]

    def sample(self, wanted: IntArray) -> None:
        """Ask so many further questions about each situation, ``[n_situations]``."""
        asks = self.asks(wanted)
        numbers = {self.about(number): number for number in np.flatnonzero(wanted).tolist()}
        reasoning = self.prompter.frame.reasoning
        for ask, record in zip(asks, self.asker.ask(asks), strict=False):
            number, reply = numbers[ask.about], record["reply"]
            question = self.question(int(number), ask.sample)
            answer = read_answer(
                reply.get("text"), question.labels, reasoning, reply.get("finish"), bool(reply.get("refused"))
            )
            self.kinds[number, KINDS.index(answer.kind)] += 1
            if answer.option is not None:
                self.counts[number, question.actions[answer.option]] += 1

    def result(self) -> Elicited:
        """What is known so far."""
        play = PlayCounts.of(self.tree, self.situations, self.counts)
        return Elicited(play, self.situations, self.kinds.copy(), self.asker.stopped)

    def even(self, samples: int) -> Elicited:
        """Ask each situation alike."""
        self.sample(np.full(len(self._places), samples))
        return self.result()

    def adaptive(self, samples: int, rounds: int) -> Elicited:
        """Ask as many questions in all as :meth:`even` does, but where they narrow the interval on NashConv most, and
        a few wherever play comes by.

        Args:
            samples: as a mean over situations.
            rounds: after how many equal parts of the budget the allocation is made anew.
        """
        loops, total = Loops(self.tree), samples * len(self._places)
        for number in range(rounds):
            budget = total * (number + 1) // rounds - total * number // rounds
            asked = self.kinds.sum(axis=1).astype(np.float64)
            wanted = allocate(spreads(self.result().play, self.situations, loops, ON_PATH), asked, budget)
            self.sample(wanted)
            if self.asker.stopped:
                break
        return self.result()


def planned_asks(tree: GameTree, prompter: Prompter, asker: Asker, samples: int) -> Sequence[Ask]:
    """About the questions that an elicitation would ask, for an estimate of its costs."""
    elicitation = Elicitation(tree, prompter, asker)
    return elicitation.asks(np.full(len(elicitation.situations), samples))
