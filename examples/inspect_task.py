"""Put the situations of a game to a model by way of Inspect AI, and hold its play against the equilibria.

Inspect AI is no dependency of this project: pip install inspect-ai. Then

    inspect eval examples/inspect_task.py --model PROVIDER/NAME -T game=rival-expectations -T samples=20

Each sample is one question about one situation. Its score is "C" if the answer is a move and "N" if it is none, so that
Inspect's accuracy is the share of answers that are moves; the metric ``nash_conv`` is what all players together could
gain by best responses to the observed shares: 0 in an equilibrium.
"""

from typing import Any

import numpy as np
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, accuracy, metric, scorer
from inspect_ai.solver import TaskState, generate

from olivebranch.agents.language_model.answers import read_answer
from olivebranch.agents.language_model.elicitation import edges_to, rows
from olivebranch.agents.language_model.texts.frames import Frame
from olivebranch.agents.language_model.texts.prompts import Prompter
from olivebranch.games.registry import find_game
from olivebranch.theory.sampling.counts import PlayCounts, situations_of
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll

CUT_OFF = {"max_tokens": "length", "model_length": "length"}  # Inspect's words for what servers call "length"


def questions(game: str, story: str, samples: int) -> list[Sample]:
    """Every situation of a game, ``samples`` times, with the options in turning order."""
    named = find_game(game)
    tree, prompter, found = unroll(named.compiled), Prompter(named, Frame(story=story)), []
    for number, (stage, history, column) in enumerate(rows(situations_of(tree))):
        seat = int(tree.moves.owner[column])
        own, state = column - int(tree.type_offset[seat]), int(tree.stages[stage].state[history])
        for sample in range(samples):
            asked = prompter.question(seat, own, state, edges_to(tree, stage, history), sample)
            known = {"game": game, "situation": number, "labels": list(asked.labels), "actions": list(asked.actions)}
            found.append(Sample(id=f"{number}-{sample}", input=asked.messages[0]["content"], metadata=known))
    return found


@metric
def nash_conv() -> Metric:
    """NashConv of the shares in which the moves were chosen; situations without a move count as uniform."""

    def of(scores: list[SampleScore]) -> float:
        known: list[dict[str, Any]] = [each.score.metadata or {} for each in scores]
        tree = unroll(find_game(known[0]["game"]).compiled)
        situations = situations_of(tree)
        counts = np.zeros((len(situations), tree.game.n_actions))
        for each in known:
            if each["action"] is not None:
                counts[each["situation"], each["action"]] += 1
        return float(evaluate(PlayCounts.of(tree, situations, counts).shares).nash_conv)

    return of


@scorer(metrics=[accuracy(), nash_conv()])
def move() -> Scorer:
    """Reads an answer as strictly as everywhere in this project: no move is ever guessed."""

    async def score(state: TaskState, target: Target) -> Score:
        known, said = state.metadata, state.output.completion
        finish = CUT_OFF.get(state.output.stop_reason, state.output.stop_reason)
        answer = read_answer(said, known["labels"], finish=finish)
        action = None if answer.option is None else known["actions"][answer.option]
        kept = {"game": known["game"], "situation": known["situation"], "action": action}
        return Score(value="N" if action is None else "C", answer=said, explanation=answer.kind.value, metadata=kept)

    return score


@task
def play(game: str = "rival-expectations", story: str = "war", samples: int = 20) -> Task:
    """One game in one frame."""
    return Task(dataset=MemoryDataset(questions(game, story, samples)), solver=generate(), scorer=move())
