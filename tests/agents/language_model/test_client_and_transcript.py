"""Patience with faults, care with keys, and a transcript that outlives its writer."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from olivebranch.agents.language_model.asking import Ask, Asker, estimate
from olivebranch.agents.language_model.client import ChatClient, ServerTrouble, retry_after
from olivebranch.agents.language_model.settings import AskSettings, ModelSettings
from olivebranch.agents.language_model.transcript import Transcript
from olivebranch.core.errors import ParameterError

SECRET = "sk-a-secret-that-must-not-appear"
RIGHT = {"choices": [{"message": {"content": "A"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 7}}
FIRST_WAIT = 0.001  # of conftest.py; 0.5 s in earnest
Handler = Callable[[httpx.Request], httpx.Response]


def model(**changes: object) -> ModelSettings:
    said = {"name": "m", "base_url": "http://127.0.0.1:1/v1", "model": "m", "workers": 2, **changes}
    return ModelSettings(**said)  # type: ignore[arg-type]


def client(handler: Handler, waits: list[float] | None = None, **changes: object) -> ChatClient:
    sleep = (lambda seconds: None) if waits is None else waits.append
    return ChatClient(model(**changes), sleep=sleep, transport=httpx.MockTransport(handler))


def in_turn(*answers: httpx.Response | Exception) -> Handler:
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


def test_what_may_pass_is_tried_again_and_counted() -> None:
    waits: list[float] = []
    one = client(
        in_turn(
            httpx.Response(500),
            httpx.Response(200, text="<html>"),
            httpx.Response(200, json={"choices": []}),
            httpx.ConnectTimeout("slow"),
            httpx.ConnectError("gone"),
            httpx.Response(200, json=RIGHT),
        ),
        waits,
    )
    assert one.send({})["text"] == "A"
    assert one.faults == {"500": 1, "malformed": 2, "timeout": 1, "ConnectError": 1}
    assert waits == [FIRST_WAIT * 2**attempt for attempt in range(5)]


def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    waits: list[float] = []
    one = client(in_turn(httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, json=RIGHT)), waits)
    one.send({})
    assert waits[0] == 7.0


@pytest.mark.parametrize(
    "header,seconds",
    [(None, 0), ("3", 3), ("-1", 0), ("soon", 0), ("nan", 0), ("99999", 600), ("Mon, 01 Jan 2001 00:00:00 GMT", 0)],
)
def test_headers_in_any_form_are_understood(header: str | None, seconds: float) -> None:
    assert retry_after(header) == seconds


def test_after_the_last_retry_and_at_a_lasting_refusal_it_gives_up() -> None:
    with pytest.raises(ServerTrouble, match=r"3 attempts .last: 503"):
        client(lambda request: httpx.Response(503), retries=2).send({})
    with pytest.raises(ServerTrouble, match="answers 404: no such model"):
        client(lambda request: httpx.Response(404, text="no such\n model")).send({})
    with pytest.raises(ServerTrouble, match="302"):
        client(lambda request: httpx.Response(302, headers={"Location": "http://evil.example"})).send({})


def test_a_key_goes_into_the_header_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", SECRET)
    seen = []

    def echo(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        assert SECRET not in request.content.decode()
        said = {"message": {"content": f"A {SECRET}"}, "finish_reason": SECRET}
        return httpx.Response(200, json={"choices": [said]})

    assert SECRET not in json.dumps(client(echo, key_env="SOME_API_KEY").send({}))
    assert seen == [f"Bearer {SECRET}"]
    with pytest.raises(ServerTrouble) as trouble:
        client(lambda request: httpx.Response(401, text=f"wrong key {SECRET}"), key_env="SOME_API_KEY").send({})
    assert SECRET not in str(trouble.value)


def test_without_a_named_variable_no_key_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    seen = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        return httpx.Response(200, json=RIGHT)

    client(keep).send({})
    assert seen == [None]


def test_a_key_is_sent_only_where_the_user_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", SECRET)
    elsewhere = model(base_url="https://elsewhere.example/v1", key_env="SOME_API_KEY")
    with pytest.raises(ParameterError, match=r"--allow-host elsewhere\.example"):
        ChatClient(elsewhere)
    ChatClient(elsewhere, allow_hosts=["elsewhere.example"]).close()
    monkeypatch.setenv("OLIVEBRANCH_KEY_HOSTS", "one.example, elsewhere.example")
    ChatClient(elsewhere).close()
    monkeypatch.delenv("SOME_API_KEY")
    with pytest.raises(ParameterError, match="SOME_API_KEY"):
        ChatClient(elsewhere)


def asks(n: int) -> list[Ask]:
    return [Ask("here", number, ({"role": "user", "content": "What?" * 20},)) for number in range(n)]


def test_a_line_that_a_kill_cut_off_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "transcript.jsonl"
    handle: Handler = lambda request: httpx.Response(200, json=RIGHT)  # noqa: E731
    with Transcript(path) as transcript:
        list(Asker(model(), AskSettings(), transcript, client(handle)).ask(asks(5)))
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut in (len(lines[0]) + 10, len(lines[0]), 0, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with Transcript(path) as transcript:
            list(Asker(model(), AskSettings(), transcript, client(handle)).ask(asks(5)))
        assert path.read_bytes() == whole


def test_a_damaged_transcript_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "transcript.jsonl"
    path.write_bytes(b'{"id": "a", "reply": {}}\n{"id": 3}\n')
    with pytest.raises(ParameterError, match="line 2"):
        Transcript(path)


def test_offline_nothing_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "transcript.jsonl"
    with pytest.raises(ParameterError, match="transcript"):
        Transcript(path, offline=True)
    path.write_bytes(b"")
    with (
        Transcript(path, offline=True) as transcript,
        pytest.raises(ParameterError, match="has none to here, sample 0"),
    ):
        list(Asker(model(), AskSettings(), transcript, None).ask(asks(1)))


@pytest.mark.parametrize(
    "limits,most", [({"max_requests": 7}, 7), ({"max_tokens": 400}, 400), ({"max_cost": 0.004}, None)]
)
def test_limits_are_never_passed_and_do_not_depend_on_kills(
    limits: dict[str, float], most: int | None, tmp_path: Path
) -> None:
    one = model(input_price=10.0, output_price=100.0, workers=3)
    settings = AskSettings(**limits)  # type: ignore[arg-type]
    handle: Handler = lambda request: httpx.Response(200, json=RIGHT)  # noqa: E731
    path = tmp_path / "transcript.jsonl"
    with Transcript(path) as transcript:
        asker = Asker(one, settings, transcript, client(handle, workers=3))
        answered = len(list(asker.ask(asks(60))))
    whole = path.read_bytes()
    assert 0 < answered < 60
    assert asker.stopped.startswith(next(iter(limits)))
    spent = asker.spent
    assert {"max_requests": spent.requests, "max_tokens": spent.input_tokens + spent.output_tokens}.get(
        next(iter(limits)), spent.cost
    ) <= next(iter(limits.values()))
    for lines in range(0, answered, 2):
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:lines]))
        with Transcript(path) as transcript:
            list(Asker(one, settings, transcript, client(handle, workers=3)).ask(asks(60)))
        assert path.read_bytes() == whole


def test_an_estimate_is_by_letters_and_prices() -> None:
    found = estimate(model(input_price=3.0, output_price=15.0, max_tokens=10), asks(4))
    assert (found.requests, found.input_tokens, found.output_tokens) == (4, 133, 40)
    assert found.cost == pytest.approx((133 * 3 + 40 * 15) / 1e6)
