"""One request to a server that speaks ``POST /v1/chat/completions``, with patience for what may pass.

The key is read from its environment variable at the moment of sending, goes into one header, and is taken out of
whatever comes back. It is sent to this machine, and to another host only if the user named that host (``allow_hosts``,
or the environment variable ``OLIVEBRANCH_KEY_HOSTS``, with commas): a config from a stranger could otherwise name any
variable and any server. Redirects are not followed.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from olivebranch.agents.language_model.settings import LOOPBACK, ModelSettings
from olivebranch.core.errors import ParameterError

HOSTS_VARIABLE = "OLIVEBRANCH_KEY_HOSTS"
PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 529)
FIRST_WAIT, LONGEST_WAIT, LONGEST_ASKED_FOR = 0.5, 60.0, 600.0  # seconds
LARGEST_REPLY = 4_000_000  # bytes
SHOWN = 200  # letters of a server's complaint


class ServerTrouble(Exception):
    """A server did not answer, or not as the interface has it; what was answered before is kept."""


class ChatClient:
    """Sends requests to one model; may be used by several threads at once.

    ``faults`` counts what went wrong and was tried again, by name (``"429"``, ``"timeout"``, ``"malformed"``).

    Args:
        model: where it is and how to ask.
        allow_hosts: further hosts to which the key may be sent.
        sleep: waits for so many seconds.
        transport: of httpx; by default the network.

    Raises:
        ParameterError: a key is wanted, and its variable is not set or its host is not allowed.
    """

    def __init__(
        self,
        model: ModelSettings,
        allow_hosts: Sequence[str] = (),
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.model, self._sleep = model, sleep
        self.faults: dict[str, int] = {}
        self._lock = threading.Lock()
        self._not_before = 0.0
        if model.key_env is not None:
            allowed = {*LOOPBACK, *allow_hosts, *_hosts(os.environ.get(HOSTS_VARIABLE, ""))}
            if model.host not in allowed:
                raise ParameterError(
                    "base_url",
                    model.base_url,
                    f"a host that may get the key: --allow-host {model.host}, or {HOSTS_VARIABLE}",
                )
            self._key()
        self._http = httpx.Client(timeout=model.timeout, follow_redirects=False, transport=transport)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def send(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """What the model answers: ``text``, ``finish``, ``refused``, ``usage`` and, where asked for, ``logprobs``.

        Raises:
            ServerTrouble: it did not, also after all retries, or it refuses the request for good.
        """
        last = ""
        for attempt in range(self.model.retries + 1):
            self._wait()
            fault, asked = "", 0.0
            try:
                status, content, asked = self._post(payload)
                reply = _reply(content) if status == 200 else None
                if reply is not None:
                    clean: dict[str, Any] = self._clean(reply)
                    return clean
                fault = "malformed" if status == 200 else str(status)
                if status != 200 and status not in PASSING:
                    raise ServerTrouble(self._hide(f"{self._place()} answers {status}: {_short(content)}"))
            except httpx.TimeoutException:
                fault = "timeout"
            except httpx.HTTPError as error:
                fault = type(error).__name__
            last = fault
            with self._lock:
                self.faults[fault] = self.faults.get(fault, 0) + 1
            if attempt < self.model.retries:
                pause = asked or min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
                if fault == "429":  # the limit is everyone's: the other threads wait as well
                    with self._lock:
                        self._not_before = max(self._not_before, time.monotonic() + pause)
                self._sleep(pause)
        raise ServerTrouble(f"{self._place()} did not answer in {self.model.retries + 1} attempts (last: {last})")

    def _post(self, payload: Mapping[str, Any]) -> tuple[int, bytes, float]:
        headers = {"Authorization": f"Bearer {self._key()}"} if self.model.key_env is not None else {}
        url = f"{self.model.base_url.rstrip('/')}/chat/completions"
        with self._http.stream("POST", url, json=dict(payload), headers=headers) as response:
            content = b""
            for part in response.iter_bytes():
                content += part
                if len(content) > LARGEST_REPLY:
                    break
            return response.status_code, content, retry_after(response.headers.get("retry-after"))

    def _wait(self) -> None:
        with self._lock:
            pause = self._not_before - time.monotonic()
        if pause > 0:
            self._sleep(pause)

    def _key(self) -> str:
        key = os.environ.get(self.model.key_env or "", "").strip()
        if not key:
            raise ParameterError("key_env", self.model.key_env, "an environment variable that is set")
        return key

    def _place(self) -> str:
        return f"{self.model.name} at {self.model.base_url}"

    def _hide(self, text: str) -> str:
        return text.replace(self._key(), "[key]") if self.model.key_env is not None else text

    def _clean(self, found: Any) -> Any:
        """The same with the key taken out of every text: a server may repeat what it was sent."""
        if isinstance(found, str):
            return self._hide(found)
        if isinstance(found, list):
            return [self._clean(each) for each in found]
        if isinstance(found, dict):
            return {self._hide(str(name)): self._clean(value) for name, value in found.items()}
        return found


def _hosts(listed: str) -> list[str]:
    return [host.strip() for host in listed.split(",") if host.strip()]


def retry_after(header: str | None) -> float:
    """Seconds that a server asks to wait, from a ``Retry-After`` header in either form; 0 where it does not ask."""
    if not header:
        return 0.0
    try:
        wanted = float(header)
    except ValueError:
        try:
            wanted = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, TypeError):
            return 0.0
    return min(max(wanted, 0.0), LONGEST_ASKED_FOR) if wanted == wanted else 0.0


def _reply(content: bytes) -> dict[str, Any] | None:
    """The parts of a chat completion that matter; None if it is none."""
    import json

    try:
        body = json.loads(content)
        choice = body["choices"][0]
        message = choice["message"]
        text = message.get("content")
        usage = body.get("usage") or {}
        if not (text is None or isinstance(text, str)):
            return None
        reply: dict[str, Any] = {
            "text": text,
            "finish": str(choice["finish_reason"]) if choice.get("finish_reason") is not None else None,
            "refused": bool(message.get("refusal")),
            "usage": [usage.get("prompt_tokens"), usage.get("completion_tokens")],
        }
        listed = (choice.get("logprobs") or {}).get("content") or []
        if listed:
            top = listed[0].get("top_logprobs") or []
            reply["logprobs"] = [[str(each["token"]), float(each["logprob"])] for each in top]
        json.dumps(reply, allow_nan=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return None
    reply["usage"] = [value if isinstance(value, int) and value >= 0 else None for value in reply["usage"]]
    return reply


def _short(content: bytes) -> str:
    return " ".join(content[:2000].decode("utf-8", "replace").split())[:SHOWN]
