"""The server answers its own page and nobody else, a little at a time, and what is cancelled ends."""

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from olivebranch.explore.server import LARGEST_REQUEST
from olivebranch.explore.static import page_files
from olivebranch.games.registry import load_preset

ROOT = Path(__file__).parents[2]
RIVALS = dict(load_preset("rival-expectations").parameters.as_dict())

OWN = "examples/my_policy.py:bold"  # of whoever starts the server; relative to where it runs
BEGIN = {"game": "desperate-first", "seat": "sender", "opponent": "uniform", "seed": 1}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, int]]:
    """The port, and the number of the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "olivebranch", "explore", "--no-browser", "--port", "0", "--opponent", OWN],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    number = int(line.partition("127.0.0.1:")[2].partition("/")[0])
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", number)) == 0:
                break
        time.sleep(0.1)
    yield number, process.pid
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="module")
def port(server: tuple[int, int]) -> int:
    return server[0]


def ask(port: int, path: str, body: Any = None, headers: dict[str, str] | None = None, raw: bytes | None = None) -> Any:
    """Status, headers and content."""
    data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", data=data)
    for key, value in ({"Content-Type": "application/json"} | (headers or {})).items():
        request.add_header(key, value)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def raw_get(port: int, target: str) -> bytes:
    """A request as it stands: no client tidies the path."""
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := wire.recv(65536):
            answer += part
    return answer


def test_it_hands_out_the_page_with_headers_that_keep_it_to_itself(port: int) -> None:
    for name, content in page_files(served=True).items():
        status, headers, body = ask(port, "" if name == "index.html" else name)
        assert (status, body) == (200, content)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_it_listens_on_loopback_alone(port: int) -> None:
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex(("127.0.0.2", port)) != 0  # this machine too, and not the address that it took


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_strangers_are_refused(port: int, headers: dict[str, str], status: int) -> None:
    assert ask(port, "api/train/news", {"id": "x"}, headers)[0] == status
    if status != 415:
        assert ask(port, "", None, headers)[0] == status


@pytest.mark.parametrize(
    "target",
    [
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/pyproject.toml",
        "//etc/passwd",
        "/data.py",
        "/docs",
        "/openapi.json",
        "/api/train",
    ],
)
def test_no_path_leads_out(port: int, target: str) -> None:
    answer = raw_get(port, target)
    assert answer.split(b" ")[1] in (b"404", b"405")
    assert b"root:" not in answer


@pytest.mark.parametrize(
    ("what", "raw", "status", "words"),
    [
        ("train", b"{", 400, "expected JSON"),
        ("train", b"[" * 10_000, 400, "expected JSON"),
        ("train", b"[]", 400, "expected a JSON object"),
        ("train", b" " * (LARGEST_REQUEST + 1), 413, "expected at most"),
        ("train", b"{}", 400, "parameters = None"),
        ("none", b"{}", 404, "expected one of train"),
        ("branch", b'{"parameters": {}}', 400, "prior_high = None: expected"),
        ("branch", json.dumps({"parameters": RIVALS | {"prior_high": 2}}).encode(), 400, "prior_high = 2: expected a"),
        ("branch", b'{"parameters": "talks.py:Game"}', 400, "expected a mapping"),
        ("play/choices", b'{"game": "mine.py:Game"}', 400, "game = 'mine.py:Game': expected one of"),
        ("play/start", json.dumps(BEGIN | {"opponent": "mine.py:f"}).encode(), 400, "opponent = 'mine.py:f': expected"),
        ("play/start", json.dumps(BEGIN | {"seat": "king"}).encode(), 400, "as = 'king': expected one of sender"),
        ("play/start", json.dumps(BEGIN | {"seed": -1}).encode(), 400, "seed = -1"),
        ("play/act", b'{"id": "x", "action": 0}', 400, "id = 'x': expected a play"),
        ("train/cancel", b'{"id": 3}', 400, "id = 3: expected a training"),
        ("table", b'{"table": {"prior": [1], "payoffs": []}}', 400, "lists by type"),
        ("table", b'{"table": {"prior": [1], "payoffs": [[[[0,0],[0,0],[0,0],[0,0],[0,0]]]]}}', 400, "at most 4"),
        ("table", b'{"table": {"prior": [0.5, 0.6], "payoffs": [[[[0,0]]],[[[0,0]]]]}}', 400, "prior"),
    ],
)  # fmt: skip
def test_bad_requests_are_answered_in_one_line(port: int, what: str, raw: bytes, status: int, words: str) -> None:
    answer = ask(port, f"api/{what}", raw=raw)
    assert answer[0] == status, answer[2]
    told = json.loads(answer[2])["error"]
    assert words in told
    assert "\n" not in told


def api(port: int, what: str, **asked: Any) -> Any:
    status, _, body = ask(port, f"api/{what}", asked)
    assert status == 200, body
    return json.loads(body)


def trainings(parent: int) -> set[int]:
    """Processes of trainings that a server has begun and that are alive."""
    found = set()
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it may be gone by now
            if folder.name.isdigit() and b"olivebranch.explore.training" in (folder / "cmdline").read_bytes():
                status = (folder / "status").read_text(encoding="utf-8")
                if f"PPid:\t{parent}\n" in status and "State:\tZ" not in status:
                    found.add(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")
def test_a_training_that_is_cancelled_is_gone(server: tuple[int, int]) -> None:
    port, process = server
    job = api(port, "train", parameters=RIVALS, learners=400, plays=1_000_000)["id"]
    deadline = time.monotonic() + 120
    while not api(port, "train/news", id=job)["frames"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(trainings(process)) == 1
    api(port, "train/cancel", id=job)
    assert trainings(process) == set()
    news = api(port, "train/news", id=job)
    while not news["done"]:
        news = api(port, "train/news", id=job)
    assert news["failed"] == "it was ended"


def test_a_training_comes_to_its_end_and_a_new_one_ends_the_one_before(port: int) -> None:
    first = api(port, "train", parameters=RIVALS, learners=400, plays=1_000_000)["id"]
    second = api(port, "train", parameters=RIVALS, learners=20, plays=500, exploration="loss", start="war")["id"]
    assert ask(port, "api/train/news", {"id": first})[0] == 400
    frames: list[Any] = []
    news: dict[str, Any] = {"done": False}
    while not news["done"]:
        news = api(port, "train/news", id=second, since=len(frames))
        frames += news["frames"]
        time.sleep(0.05)
    frames += api(port, "train/news", id=second, since=len(frames))["frames"]
    assert [frame["plays"] for frame in frames] == news["looks"]
    assert news["failed"] is None


def test_the_branch_of_a_game_leads_where_selection_says(port: int) -> None:
    found = api(port, "branch", parameters=dict(load_preset("desperate-first").parameters.as_dict()))
    assert found["words"] == "It leads to low-talks."
    precision, high, low, *_ = found["points"][-1]
    assert precision > 100
    assert (round(high, 3), round(low, 3)) == (0.0, 1.0)


def test_a_payoff_table_is_solved(port: int) -> None:
    """Beer and quiche (Cho and Kreps 1987): both pool, on beer or on quiche; the intuitive criterion keeps beer."""
    table = {
        "types": ["strong", "weak"], "messages": ["beer", "quiche"], "responses": ["fight", "retreat"],
        "prior": ["9/10", "1/10"],
        "payoffs": [[[[1, 0], [3, 1]], [[0, 0], [2, 1]]], [[[0, 1], [2, 0]], [[1, 1], [3, 0]]]],
    }  # fmt: skip
    components = api(port, "table", table=table)["components"]
    kept = {one["sends"][0][1][0][0]: one["verdicts"]["intuitive"] for one in components}
    assert kept == {"beer": True, "quiche": False}


def test_a_war_is_played_to_its_end(port: int) -> None:
    choices = api(port, "play/choices", game="war-example")
    assert choices["seats"] == ["A", "B"]
    assert choices["opponents"][-2:] == ["uniform", OWN]
    for opponent in choices["opponents"][-2:]:
        news = api(port, "play/start", game="war-example", seat="B", opponent=opponent, seed=4)
        while not news["finished"]:
            news = api(port, "play/act", id=news["id"], action=news["legal"][0][0])
        assert news["steps"]
        assert news["best"] >= news["following"]
