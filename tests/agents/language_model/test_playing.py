"""A model's play from a server to numbers, with every fault that servers have; see ``language_model_stub``."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from olivebranch.agents.language_model.asking import Asker
from olivebranch.agents.language_model.client import ChatClient
from olivebranch.agents.language_model.elicitation import Elicitation, edges_to, rows
from olivebranch.agents.language_model.playing import TRANSCRIPT, Connection, ModelPlay, estimate_of, folder_of, play_of
from olivebranch.agents.language_model.settings import AskSettings, ModelSettings, PlayerSettings
from olivebranch.agents.language_model.texts.frames import Frame
from olivebranch.agents.language_model.texts.prompts import Prompter
from olivebranch.agents.policies.registry import find_policies
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import FloatArray
from olivebranch.games.registry import NamedGame, find_game
from olivebranch.theory.sampling.counts import situations_of
from olivebranch.theory.sampling.exact import simultaneous_bounds
from olivebranch.theory.tree.histories import unroll
from tests.language_model_stub import Stub, by_hash, read, serving

TALKS = find_game("rival-expectations")
SECRET = "sk-a-secret-that-must-not-appear"
ROOT = Path(__file__).parents[3]


def settings(url: str, folder: Path, frame: Frame | None = None, **ask: object) -> PlayerSettings:
    model = ModelSettings(name="stub", base_url=url, model="stub-1", seed=1, retries=10)
    return PlayerSettings(
        model=model,
        frame=frame or Frame(story="war"),
        ask=AskSettings(**ask),
        folder=str(folder),  # type: ignore[arg-type]
    )


def truth(game: NamedGame, frame: Frame) -> tuple[FloatArray, np.ndarray]:
    """What the stub plays in each situation, and what is legal there, ``[n_situations, n_actions]``."""
    tree = unroll(game.compiled)
    prompter, situations = Prompter(game, frame), situations_of(tree)
    mixtures = np.zeros((len(situations), tree.game.n_actions))
    for number, (stage, history, column) in enumerate(rows(situations)):
        seat, state = int(tree.moves.owner[column]), int(tree.stages[stage].state[history])
        own, edges = column - int(tree.type_offset[seat]), edges_to(tree, stage, history)
        question = prompter.question(seat, own, state, edges, 0)
        situation, options = read(question.messages[0]["content"])
        shares = by_hash(situation, tuple(options.values()))
        for label, action in zip(question.labels, question.actions, strict=True):
            mixtures[number, action] = shares[options[label]]
    return mixtures, mixtures > 0


def test_a_known_mixture_is_found_through_every_fault(tmp_path: Path) -> None:
    """Faults of the network, refusals, nonsense and odd capitals leave the mixture within its exact bounds."""
    stub = Stub(fault=0.3, refuse=0.1, nonsense=0.1, shout=0.4)
    with serving(stub) as url:
        play = play_of(TALKS, settings(url, tmp_path, samples=60, allocation="even"))
    mixtures, legal = truth(TALKS, Frame(story="war"))
    low, high = simultaneous_bounds(play.elicited.play.at(play.elicited.situations), legal, 0.999)
    assert ((low <= mixtures) & (mixtures <= high)).all()
    answers = play.elicited.answers
    assert sum(answers.values()) == 240
    assert play.spent.requests == 240
    assert 8 <= answers["refusal"] <= 42
    assert 8 <= answers["invalid"] + answers["empty"] <= 42
    assert {"429", "500", "malformed"} <= set(play.faults)


def repetitions(n: int, samples: int) -> float:
    """How often all bounds hold the mixture, in ``n`` repetitions of an elicitation without a network."""
    tree, frame = unroll(TALKS.compiled), Frame(story="war")
    mixtures, legal = truth(TALKS, frame)
    prompter, stub = Prompter(TALKS, frame), Stub(refuse=0.05, nonsense=0.05, shout=0.3)

    def answer(request: httpx.Request) -> httpx.Response:
        status, headers, body = stub.respond(json.loads(request.content))
        return httpx.Response(status, headers=headers, content=body)

    class InMemory:
        """A transcript that is not kept."""

        def __init__(self) -> None:
            self.records: dict[str, object] = {}

        def add(self, record: dict[str, object]) -> None:
            self.records[str(record["id"])] = record

    held = 0
    for number in range(n):
        model = ModelSettings(name="s", base_url="http://127.0.0.1:1/v1", model="s", seed=number * 10_000, workers=1)
        client = ChatClient(model, transport=httpx.MockTransport(answer))
        elicitation = Elicitation(tree, prompter, Asker(model, AskSettings(), InMemory(), client))  # type: ignore[arg-type]
        counts = elicitation.even(samples).play.at(elicitation.situations)
        low, high = simultaneous_bounds(counts, legal)
        held += bool(((low <= mixtures) & (mixtures <= high)).all())
        client.close()
    return held / n


def test_the_mixture_is_within_its_bounds_as_often_as_stated() -> None:
    """Of 40 repetitions that hold with a probability of 95 %, fewer than 34 would with one of 1 % only."""
    assert repetitions(40, 12) >= 34 / 40


@pytest.mark.slow
def test_the_mixture_is_within_its_bounds_in_a_thousand_repetitions() -> None:
    assert repetitions(1000, 20) >= 0.93


@pytest.mark.parametrize(
    "labels,reason", [("wrong", "samples say"), ("placeholder", "placeholders|labels have"), ("none", "no log-prob")]
)
def test_label_probabilities_that_are_not_the_models_are_refused(labels: str, reason: str, tmp_path: Path) -> None:
    import re

    with serving(Stub(labels=labels)) as url:
        play = play_of(TALKS, settings(url, tmp_path, method="label-probabilities", samples=10))
    assert play.labels is not None
    assert re.search(reason, play.labels.refused)
    assert play.sampled
    assert sum(play.elicited.answers.values()) > 0


def test_label_probabilities_that_agree_with_samples_are_used(tmp_path: Path) -> None:
    with serving(Stub()) as url:
        play = play_of(TALKS, settings(url, tmp_path, method="label-probabilities", samples=10))
    assert play.labels is not None
    assert (play.labels.refused, play.sampled) == ("", False)
    mixtures, _ = truth(TALKS, Frame(story="war"))
    assert play.labels.mixtures == pytest.approx(mixtures, abs=1e-9)


def same(one: ModelPlay, other: ModelPlay) -> bool:
    """Whether two plays have the same scores."""
    stages = zip(one.profile.stages, other.profile.stages, strict=True)
    return (
        one.elicited.as_dict() == other.elicited.as_dict()
        and all((a == b).all() for a, b in stages)
        and one.beliefs == other.beliefs
        and [each.as_dict() for each in one.repeated] == [each.as_dict() for each in other.repeated]
        and one.spent == other.spent
    )


@pytest.mark.parametrize("method", ["samples", "episodes", "label-probabilities"])
def test_a_transcript_gives_the_same_scores_without_a_server(method: str, tmp_path: Path) -> None:
    ask = {"samples": 8, "method": method, "episodes": 12, "beliefs": True, "belief_samples": 2, "repeated": 3,
           "repetitions": 2}  # fmt: skip
    with serving(Stub(refuse=0.05, belief=30)) as url:
        asked = settings(url, tmp_path, **ask)
        play = play_of(TALKS, asked)
        content = (play.folder / TRANSCRIPT).read_bytes()
    again = play_of(TALKS, asked, Connection(offline=True))
    assert same(play, again)
    assert (play.folder / TRANSCRIPT).read_bytes() == content
    assert len(play.repeated) == 3
    assert {belief.stated for belief in play.beliefs} == {0.3}
    assert all(belief.bayes is None or 0 <= belief.bayes <= 1 for belief in play.beliefs)


def test_another_run_of_the_same_config_is_the_same_transcript(tmp_path: Path) -> None:
    contents = []
    with serving(Stub(delay=0.001)) as url:
        for name in ("one", "two"):
            asked = settings(url, tmp_path / name, samples=10)
            contents.append((play_of(TALKS, asked).folder / TRANSCRIPT).read_bytes())
    assert contents[0] == contents[1]


def test_in_episodes_a_model_remembers_and_is_told_what_happened(tmp_path: Path) -> None:
    game, stub = find_game("war-example"), Stub()
    with serving(stub) as url:
        play = play_of(game, settings(url, tmp_path, method="episodes", episodes=8))
    longest = max(stub.requests, key=lambda request: len(request["messages"]))["messages"]
    assert [message["role"] for message in longest] == ["user", "assistant", "user"]
    assert "There are at most 2 periods" in longest[0]["content"]
    assert "There are at most 2 periods" not in longest[2]["content"]
    assert "State 1 chooses" in longest[2]["content"]
    assert play.elicited.play.stages[0][0].sum() == 16  # two seats in each of eight episodes


def test_in_repeated_play_the_conversation_goes_on_and_tells_what_was_earned(tmp_path: Path) -> None:
    stub = Stub()
    with serving(stub) as url:
        play_of(TALKS, settings(url, tmp_path, samples=1, repeated=4, repetitions=1))
    longest = max(stub.requests, key=lambda request: len(request["messages"]))["messages"]
    text = "\n".join(message["content"] for message in longest)
    assert len(longest) == 7  # four questions, three answers
    assert text.count("The round is over: you get") == 3
    assert text.count("Every way in which the game can go") == 1


def test_against_an_opponent_the_model_plays_the_first_seat_alone(tmp_path: Path) -> None:
    stub = Stub()
    with serving(stub) as url:
        asked = settings(url, tmp_path, method="episodes", episodes=10, opponent="equilibrium:pool-talk")
        play = play_of(TALKS, asked)
    assert all("You are State 1" in request["messages"][0]["content"] for request in stub.requests)
    assert play.elicited.play.stages[0].sum() == 10
    assert play.elicited.play.stages[1].sum() == 0


def test_adaptive_allocation_asks_no_more_than_the_even_one_in_all(tmp_path: Path) -> None:
    with serving(Stub()) as url:
        play = play_of(find_game("war-example"), settings(url, tmp_path, samples=2, rounds=3))
    asked = play.elicited.kinds.sum(axis=1)
    assert asked.sum() == 2 * 68
    assert asked.max() > 6


def test_an_estimate_is_no_less_than_what_is_spent(tmp_path: Path) -> None:
    with serving(Stub()) as url:
        asked = settings(url, tmp_path, samples=5)
        expected = estimate_of(TALKS, asked)
        spent = play_of(TALKS, asked).spent
    assert expected.requests == spent.requests == 20
    assert expected.input_tokens >= spent.input_tokens
    assert expected.output_tokens >= spent.output_tokens


def test_a_model_that_never_moves_is_no_policy(tmp_path: Path) -> None:
    with serving(Stub(refuse=1.0)) as url, pytest.raises(ParameterError, match="an answer that is a move"):
        play_of(TALKS, settings(url, tmp_path, samples=3))


def test_a_language_model_is_a_policy_by_name_and_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(Stub()) as url:
        (tmp_path / "model.yaml").write_text(
            f"model: {{name: stub, base_url: '{url}', model: stub-1, seed: 1}}\nask: {{samples: 5}}\n"
        )
        profile = find_policies("language-model:model.yaml", TALKS).one("policy")
    again = find_policies("language-model:model.yaml", TALKS)  # the server is gone, and the transcript answers
    assert (again.one("policy")[0].probabilities == profile[0].probabilities).all()  # type: ignore[attr-defined]
    save_policy(profile[0], tmp_path / "sender.safetensors")  # type: ignore[arg-type]
    loaded = load_policy(tmp_path / "sender.safetensors")
    assert (loaded.kind, loaded.model, loaded.frame) == ("language-model", "stub-1", "neutral")  # type: ignore[attr-defined]
    with pytest.raises(ParameterError, match=r"language-model:FILE\.yaml"):
        find_policies("language model", TALKS)


SCRIPT = """
import sys
from pathlib import Path
from olivebranch.agents.language_model import client
from olivebranch.agents.language_model.texts.frames import Frame
from olivebranch.agents.language_model.playing import play_of
from olivebranch.agents.language_model.settings import AskSettings, ModelSettings, PlayerSettings
from olivebranch.games.registry import find_game
client.FIRST_WAIT = 0.001
model = ModelSettings(name="stub", base_url=sys.argv[1], model="stub-1", seed=1, retries=10, key_env="STUB_API_KEY")
ask = AskSettings(samples=20, beliefs=True, belief_samples=3, repeated=2, repetitions=3)
play_of(find_game("rival-expectations"), PlayerSettings(model=model, frame=Frame(), ask=ask, folder=sys.argv[2]))
"""


def killed(n: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill a process so often, each time a little later, and hold its transcript and scores against an unharmed one."""
    monkeypatch.setenv("STUB_API_KEY", SECRET)
    model = {"name": "stub", "model": "stub-1", "seed": 1, "retries": 10, "key_env": "STUB_API_KEY"}
    ask = AskSettings(samples=20, beliefs=True, belief_samples=3, repeated=2, repetitions=3)
    with serving(Stub(fault=0.2, delay=0.002, echo=True)) as url:
        unharmed = PlayerSettings(
            model=ModelSettings(base_url=url, **model),
            ask=ask,
            folder=str(tmp_path / "unharmed"),  # type: ignore[arg-type]
        )
        expected = play_of(TALKS, unharmed)
        content = (expected.folder / TRANSCRIPT).read_bytes()
        total = content.count(b"\n")
        harmed = PlayerSettings(model=unharmed.model, ask=ask, folder=str(tmp_path / "harmed"))
        path = folder_of(TALKS, harmed) / TRANSCRIPT
        for number in range(n):
            arguments = [sys.executable, "-c", SCRIPT, url, harmed.folder]
            with subprocess.Popen(arguments, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}) as process:
                wanted = (number + 1) * total // (n + 1)
                while process.poll() is None:
                    if path.is_file() and path.read_bytes().count(b"\n") >= wanted:
                        os.kill(process.pid, signal.SIGKILL)
                        break
                    time.sleep(0.001)
        again = play_of(TALKS, harmed)
    assert path.read_bytes() == content
    assert same(again, expected)
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert kept
    assert [file for file in kept if SECRET.encode() in file.read_bytes()] == []


def test_kills_change_neither_transcript_nor_scores_and_no_key_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(2, tmp_path, monkeypatch)


@pytest.mark.slow
def test_fifty_kills_change_neither_transcript_nor_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(50, tmp_path, monkeypatch)
