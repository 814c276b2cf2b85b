"""A server that plays a known mixture in each situation, with the faults that servers have. Standard library only.

What it answers depends on the request alone (its text and its ``seed``), and which faults come before on how often the
same request was sent. So a run that was killed and goes on gets the answers that it would have got.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import log
from typing import Any

Mixture = Callable[[str, tuple[str, ...]], Mapping[str, float]]  # situation, texts of the options: probabilities


def drawn(*parts: object) -> random.Random:
    """A generator that depends on ``parts`` alone."""
    return random.Random(sha256(repr(parts).encode()).digest())


def by_hash(situation: str, options: tuple[str, ...]) -> dict[str, float]:
    """A mixture that depends on the situation in an arbitrary way, and not on the order of the options."""
    generator = drawn("mixture", situation)
    weights = {option: generator.gammavariate(1.0, 1.0) for option in sorted(options)}
    return {option: weight / sum(weights.values()) for option, weight in weights.items()}


def read(text: str) -> tuple[str, dict[str, str]]:
    """The situation in a question, and the options by label in the order in which they stand."""
    before, _, after = text.rpartition("What do you choose?\n")
    lines = after.split("\n\n")[0].splitlines()
    return before, dict(line.split(": ", 1) for line in lines)


@dataclass
class Stub:
    """How the server behaves.

    Attributes:
        mixture: what it plays.
        refuse, nonsense: the shares of answers that are a refusal, and no option.
        shout: the share of answers in other capitals, with blanks and a full stop.
        fault: the share of requests that fail once or twice before they are answered.
        delay: seconds before an answer.
        labels: ``right``, ``placeholder``, ``wrong`` or ``none``: the log-probabilities.
        belief: the percentage that it names when it is asked for one.
        echo: whether it repeats the header with the key in its answers.
    """

    mixture: Mixture = by_hash
    refuse: float = 0.0
    nonsense: float = 0.0
    shout: float = 0.0
    fault: float = 0.0
    delay: float = 0.0
    labels: str = "right"
    belief: float = 50.0
    echo: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, payload: Mapping[str, Any], key: str = "") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        identity = json.dumps(payload, sort_keys=True)
        with self.lock:
            self.requests.append(dict(payload))
            self.keys.append(key)
            count = self.seen[identity] = self.seen.get(identity, 0) + 1
        fate = drawn("fault", identity)
        if fate.random() < self.fault and count <= fate.choice((1, 2)):
            kind = fate.choice(("429", "500", "malformed", "cut"))
            if kind == "429":
                return 429, {"Retry-After": "0.002"}, b'{"error": "slow down"}'
            if kind == "500":
                return 500, {}, f"trouble {key if self.echo else ''}".encode()
            return 200, {}, b'{"choices": [' if kind == "cut" else b"<html>busy</html>"
        body = self.answer(payload)
        if self.echo:
            body["choices"][0]["finish_reason"] = f"stop for {key}"
        return 200, {}, json.dumps(body).encode()

    def answer(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        text = payload["messages"][-1]["content"]
        generator = drawn("answer", payload["messages"], payload.get("seed"))
        message: dict[str, Any] = {"role": "assistant"}
        logprobs = None
        if "in percent" in text:
            message["content"] = f"{self.belief:g}"
        else:
            situation, options = read(text)
            mixture = self.mixture(situation, tuple(options.values()))
            shares = {label: mixture[option] for label, option in options.items()}
            said = generator.choices(list(shares), weights=list(shares.values()))[0]
            luck = generator.random()
            if luck < self.refuse:
                said = "I'm sorry, but I cannot help with A or B."
            elif luck < self.refuse + self.nonsense:
                said = generator.choice(["A or B", "Both!", "I choose A", "42", "", "option A, then B"])
            elif generator.random() < self.shout:
                said = generator.choice([said.lower(), f" {said.lower()}.\n", f"**{said}**", f'"{said}"'])
            message["content"] = f"Let me see.\nANSWER: {said}" if "ANSWER: X" in text else said
            if payload.get("logprobs") and self.labels != "none":
                values = {label: log(max(share, 1e-12)) for label, share in shares.items()}
                if self.labels == "placeholder":
                    values = dict.fromkeys(values, 0.0 if len(values) > 9 else -1.6)
                if self.labels == "wrong":
                    values = dict(zip(values, list(values.values())[::-1], strict=True))
                top = [{"token": label, "logprob": value} for label, value in values.items()]
                logprobs = {"content": [{"token": said, "logprob": 0.0, "top_logprobs": top}]}
        usage = {"prompt_tokens": len(text) // 4, "completion_tokens": max(1, len(message["content"]) // 4)}
        return {"choices": [{"message": message, "finish_reason": "stop", "logprobs": logprobs}], "usage": usage}


@contextmanager
def serving(stub: Stub) -> Iterator[str]:
    """Run a server on this machine; gives its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if self.path != "/v1/chat/completions":
                status, headers, body = 404, {}, b"no such page"
            else:
                status, headers, body = stub.respond(json.loads(content), key)
            if stub.delay:
                time.sleep(stub.delay)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that was killed is no fault
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
