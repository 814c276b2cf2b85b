"""Whole plays with memory: a model keeps its conversation from stage to stage, or from round to round.

In an *episode* the model is told the rules once and then what has happened since it last chose. In *repeated play* the
same conversation goes on over many rounds, each with new types, and after each the model is told what it earned. What
nature and other policies do is drawn from generators that are seeded by the number of the play alone, so that a play
can be gone through again from its transcript.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from olivebranch.agents.language_model.answers import Kind, read_answer
from olivebranch.agents.language_model.asking import Ask, Asker
from olivebranch.agents.language_model.elicitation import KINDS, Elicited
from olivebranch.agents.language_model.texts.prompts import Message, Prompter
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.information import ObservationEncoder, Policy
from olivebranch.theory.sampling.counts import PlayCounts, situations_of
from olivebranch.theory.tree.histories import GameTree


@dataclass
class _Talk:
    """One seat's conversation."""

    messages: list[Message] = field(default_factory=list)
    told: int = 0  # stages of the present round that it knows of


class Play:
    """Plays of one model, in some seats or in all, against other policies.

    Args:
        tree: of the game.
        prompter: puts situations into words.
        asker: asks the model.
        others: by seat the policy that plays it; None where the model does.
        seed: of what is drawn.
    """

    def __init__(
        self, tree: GameTree, prompter: Prompter, asker: Asker, others: Sequence[Policy | None], seed: int
    ) -> None:
        if all(other is not None for other in others):
            raise ParameterError("opponent", len(others), "at least one seat for the model itself")
        self.tree, self.prompter, self.asker, self.others, self.seed = tree, prompter, asker, others, seed
        self.situations = situations_of(tree)
        self._number = {
            (int(s), int(h), int(c)): number
            for number, (s, h, c) in enumerate(
                zip(self.situations.stage, self.situations.history, self.situations.column, strict=True)
            )
        }
        self._encoder = ObservationEncoder(tree.game)

    def episodes(self, n: int) -> Elicited:
        """Play ``n`` episodes, each with a conversation of its own."""
        counts, kinds = self._blank()
        for episode in range(n):
            generator = np.random.default_rng([self.seed, 1, episode])
            talks = {seat: _Talk() for seat, other in enumerate(self.others) if other is None}
            if self._round(f"episode {episode}", episode, generator, talks, counts, kinds) is None:
                break
        return self._elicited(counts, kinds)

    def repeated(self, rounds: int, repetitions: int) -> tuple[Elicited, ...]:
        """Play ``rounds`` rounds in one conversation, ``repetitions`` times; one entry a round, over repetitions."""
        blank = [self._blank() for _ in range(rounds)]
        for repetition in range(repetitions):
            talks = {seat: _Talk() for seat, other in enumerate(self.others) if other is None}
            for number in range(rounds):
                generator = np.random.default_rng([self.seed, 2, repetition, number])
                about = f"repetition {repetition}, round {number}"
                earned = self._round(about, repetition + number, generator, talks, *blank[number])
                if earned is None:
                    return tuple(self._elicited(*each) for each in blank)
                for seat, talk in talks.items():
                    said = f"The round is over: you get {earned[seat]:.4g}. A new round begins with new kinds."
                    _tell(talk, said)
                    talk.told = 0
        return tuple(self._elicited(*each) for each in blank)

    def _blank(self) -> tuple[FloatArray, IntArray]:
        n = len(self.situations)
        return np.zeros((n, self.tree.game.n_actions)), np.zeros((n, len(KINDS)), dtype=np.int64)

    def _elicited(self, counts: FloatArray, kinds: IntArray) -> Elicited:
        play = PlayCounts.of(self.tree, self.situations, counts)
        return Elicited(play, self.situations, kinds, self.asker.stopped)

    def _round(
        self,
        about: str,
        sample: int,
        generator: np.random.Generator,
        talks: dict[int, _Talk],
        counts: FloatArray,
        kinds: IntArray,
    ) -> FloatArray | None:
        """One play of the game; what each seat earned, or None where a limit stopped it.

        Where an answer is no move, that play ends, and nobody earns anything further.
        """
        tree, game = self.tree, self.tree.game
        profile = int(generator.choice(game.n_profiles, p=game.prior))
        types = game.profile_types[profile]
        earned = np.zeros(game.n_players)
        stage, history, state = 0, 0, 0
        edges: list[int] = []
        while not game.terminal[state]:
            chosen = np.array([int(np.flatnonzero(game.legal[state, seat])[0]) for seat in range(game.n_players)])
            for seat in np.flatnonzero(game.acts[state]).tolist():
                other, own_type = self.others[seat], int(types[seat])
                if other is not None:
                    recent = np.full((1, self._encoder.window), -1, dtype=np.int64)
                    latest = edges[::-1][: self._encoder.window]
                    recent[0, : len(latest)] = latest
                    states = self._encoder.information_states(
                        int(seat), np.array([own_type]), np.array([state]), recent
                    )
                    chosen[seat] = generator.choice(game.n_actions, p=other.action_probabilities(states)[0])
                    continue
                column = int(tree.type_offset[seat]) + own_type
                number = self._number[(stage, history, column)]
                place = f"{self.prompter.game.label}/{about}, seat {seat}, stage {stage}"
                kind, action = self._choose(place, sample, int(seat), own_type, state, edges, talks[int(seat)])
                if kind is None:
                    return None
                kinds[number, KINDS.index(kind)] += 1
                if action is None:
                    return earned
                counts[number, action] += 1
                chosen[seat] = action
            joint = int(game.joint_index(chosen))
            first, among = int(game.edge_start[state, joint]), int(game.edge_count[state, joint])
            odds = game.edge_probability[first : first + among, profile]
            edge = first + int(generator.choice(among, p=odds / odds.sum()))
            earned = earned + game.edge_reward[edge, :, profile]
            edges.append(edge)
            if tree.moves.child_rank[edge] >= 0:
                history = int(tree.stages[stage].first_child[history] + tree.moves.child_rank[edge])
            state, stage = int(game.edge_next[edge]), stage + 1
        return earned

    def _choose(
        self, about: str, sample: int, seat: int, own_type: int, state: int, edges: list[int], talk: _Talk
    ) -> tuple[Kind | None, int | None]:
        options, labels, actions = self.prompter.options(seat, state, sample)
        said = (
            []
            if talk.messages and talk.messages[0]["content"].startswith(self.prompter.rules)
            else [self.prompter.rules]
        )
        if talk.told == 0:
            said.append(self.prompter.role(seat, own_type))
        said.append(self.prompter.past(edges))
        if standing := self.prompter.standing(state):
            said.append(standing)
        said.append(f"What do you choose?\n{options}\n\n{self.prompter.how_to_answer(labels)}")
        _tell(talk, "\n\n".join(said))
        talk.told += 1
        for record in self.asker.ask([Ask(about, sample, tuple(dict(m) for m in talk.messages))]):
            reply = record["reply"]
            reasoning = self.prompter.frame.reasoning
            answer = read_answer(reply.get("text"), labels, reasoning, reply.get("finish"), bool(reply.get("refused")))
            talk.messages.append({"role": "assistant", "content": reply.get("text") or ""})
            return answer.kind, None if answer.option is None else actions[answer.option]
        return None, None


def _tell(talk: _Talk, text: str) -> None:
    """Add to what the model is told; two messages of the user never follow each other."""
    if talk.messages and talk.messages[-1]["role"] == "user":
        talk.messages[-1] = {"role": "user", "content": f"{talk.messages[-1]['content']}\n\n{text}"}
    else:
        talk.messages.append({"role": "user", "content": text})
