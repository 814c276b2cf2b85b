"""What a config says of a language model: where it is served, how it is asked, and what that may cost."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from olivebranch.agents.language_model.texts.frames import Frame
from olivebranch.core.errors import ParameterError, known_key
from olivebranch.core.yaml_text import read_yaml_file

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
KEYLIKE = re.compile(r"(KEY|TOKEN)$")
LEAST_FOR_REASONS = 64  # tokens
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ALLOCATIONS = ("adaptive", "even")
METHODS = ("samples", "label-probabilities", "episodes")

Section = TypeVar("Section")


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """One model on one server.

    Attributes:
        name: a short name, for folders and reports.
        base_url: up to and with the version, e.g. ``http://127.0.0.1:8080/v1``.
        model: the name that the server knows it by.
        key_env: the environment variable that holds the key; None where the server wants none. The key itself is read
            when a request is sent and is written nowhere.
        temperature: of its answers.
        max_tokens: the longest answer, in tokens.
        seed: sent with each request, increased by the number of the sample, for servers that know it; None for none.
        timeout: seconds to wait for an answer.
        retries: how often a request is sent again after a fault that may pass.
        workers: how many requests are under way at once.
        input_price, output_price: in money for a million tokens, from the user's own price list.
        currency: of the prices.
    """

    name: str
    base_url: str
    model: str
    key_env: str | None = None
    temperature: float = 1.0
    max_tokens: int = 16
    seed: int | None = None
    timeout: float = 120.0
    retries: int = 6
    workers: int = 4
    input_price: float = 0.0
    output_price: float = 0.0
    currency: str = "USD"

    def __post_init__(self) -> None:
        _text(self, "name", NAME, "a short name of letters, digits, dots, dashes and underscores")
        _text(self, "model", re.compile(r".{1,200}"), "the name of a model on the server")
        _text(self, "currency", re.compile(r"[A-Za-z]{1,8}"), "a currency such as USD")
        if self.key_env is not None:
            _text(
                self, "key_env", VARIABLE, "the NAME of an environment variable in capitals, never a key itself", True
            )
            if not KEYLIKE.search(self.key_env):
                raise ParameterError(
                    "key_env", "...", "a variable whose name ends with KEY or TOKEN, e.g. OPENAI_API_KEY"
                )
        _number(self, "temperature", 0, 10)
        _number(self, "timeout", 0.01, 86_400)
        _number(self, "input_price", 0, 1e9)
        _number(self, "output_price", 0, 1e9)
        for name, least, most in (("max_tokens", 1, 100_000), ("retries", 0, 100), ("workers", 1, 256)):
            _whole(self, name, least, most)
        if self.seed is not None:
            _whole(self, "seed", 0, 2**31)
        parts = _parts(self.base_url)
        if parts is None:
            raise ParameterError(
                "base_url", "...", "http://HOST[:PORT]/v1 or https://HOST/v1, without a name or a password"
            )
        if parts[0] == "http" and self.key_env is not None and parts[1] not in LOOPBACK:
            raise ParameterError("base_url", self.base_url, "https where a key is sent to another machine")

    @property
    def host(self) -> str:
        """Where the server is."""
        parts = _parts(self.base_url)
        assert parts is not None
        return parts[1]


def _parts(url: object) -> tuple[str, str] | None:
    """Scheme and host; None if it is no plain address (one with a password in it must not be repeated)."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port is not False
    except ValueError:
        return None
    if not sound or parts.username or parts.password or parts.query or parts.fragment:
        return None
    return parts.scheme, str(parts.hostname)


@dataclass(frozen=True, kw_only=True)
class AskSettings:
    """How a model's play is found out, and what that may cost.

    Attributes:
        method: ``samples``: the answers themselves; ``label-probabilities``: the probabilities that the server gives
            for one-token answers, if they agree with samples; ``episodes``: whole plays with memory.
        samples: the answers asked for, as a mean over the game's situations.
        allocation: ``adaptive`` asks more where the interval on NashConv needs it; ``even`` asks each alike.
        rounds: in how many rounds the adaptive allocation looks anew.
        checks: samples of each checked situation that label probabilities are held against.
        checked: how many situations are checked.
        episodes: the plays of the method ``episodes``.
        opponent: the policy spec of everyone else in episodes and repeated play; None for the model itself.
        repeated: rounds of repeated play with feedback; 0 for none.
        repetitions: how often the repeated play is begun anew.
        beliefs: whether the model is asked what an offer tells it.
        belief_samples: answers for each question about beliefs.
        confidence: of all intervals.
        seed: of what is drawn here: types, outcomes and intervals.
        max_requests, max_tokens, max_cost: where asking stops; None for no limit.
    """

    method: str = "samples"
    samples: int = 40
    allocation: str = "adaptive"
    rounds: int = 8
    checks: int = 40
    checked: int = 4
    episodes: int = 100
    opponent: str | None = None
    repeated: int = 0
    repetitions: int = 5
    beliefs: bool = False
    belief_samples: int = 10
    confidence: float = 0.95
    seed: int = 0
    max_requests: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None

    def __post_init__(self) -> None:
        for name, known in (("method", METHODS), ("allocation", ALLOCATIONS)):
            if getattr(self, name) not in known:
                raise ParameterError(name, getattr(self, name), f"one of {', '.join(known)}")
        for name, least in (
            ("samples", 1), ("rounds", 1), ("checks", 2), ("checked", 1), ("episodes", 1), ("repeated", 0),
            ("repetitions", 1), ("belief_samples", 1), ("seed", 0),
        ):  # fmt: skip
            _whole(self, name, least, 10**7)
        if not isinstance(self.beliefs, bool):
            raise ParameterError("beliefs", self.beliefs, "true or false")
        if self.opponent is not None:
            _text(self, "opponent", re.compile(r".{1,500}"), "a policy spec")
        _number(self, "confidence", 0.5, 0.9999)
        for name in ("max_requests", "max_tokens"):
            if getattr(self, name) is not None:
                _whole(self, name, 1, 10**12)
        if self.max_cost is not None:
            _number(self, "max_cost", 0, 1e12)


@dataclass(frozen=True, kw_only=True)
class PlayerSettings:
    """A model, its frame and how it is asked: what the policy spec ``language-model:FILE.yaml`` names.

    Attributes:
        model, frame, ask: see there.
        folder: where its transcripts are kept, relative to the working directory.
    """

    model: ModelSettings
    frame: Frame = field(default_factory=Frame)
    ask: AskSettings = field(default_factory=AskSettings)
    folder: str = "language-model"

    def __post_init__(self) -> None:
        if self.frame.reasoning and self.model.max_tokens < LEAST_FOR_REASONS:
            expected = f"at least {LEAST_FOR_REASONS} where the frame leaves room for reasons"
            raise ParameterError("max_tokens", self.model.max_tokens, expected)
        if self.frame.reasoning and self.ask.method == "label-probabilities":
            raise ParameterError("method", self.ask.method, "samples or episodes where reasons precede the answer")

    @classmethod
    def read(cls, path: Path) -> "PlayerSettings":
        """From a YAML file with ``model`` and, where wanted, ``frame``, ``ask`` and ``folder``.

        Raises:
            ParameterError: there is no such file, or it says something else.
        """
        content = read_yaml(path)
        require_keys(content, {"model", "frame", "ask", "folder"}, str(path))
        folder = content.get("folder", cls.folder)
        if not isinstance(folder, str) or not folder:
            raise ParameterError("folder", folder, "a folder")
        return cls(
            model=section(ModelSettings, content.get("model"), "model"),
            frame=section(Frame, content.get("frame", {}), "frame"),
            ask=section(AskSettings, content.get("ask", {}), "ask"),
            folder=folder,
        )


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises :class:`ParameterError`, in one line, where there is none."""
    content = read_yaml_file(path, "config")
    if not isinstance(content, dict):
        raise ParameterError("config", str(path), "a YAML mapping")
    return content


def require_keys(content: Mapping[str, Any], known: set[str], where: str) -> None:
    """Raise :class:`ParameterError` at the first key that is not known; values are not shown."""
    for key in content:
        if key not in known:
            raise ParameterError(where, str(key), known_key(sorted(known), key))


def section(kind: type[Section], content: object, where: str) -> Section:
    """A section of a config as an object. Raises :class:`ParameterError` for a key that is unknown or missing."""
    if not isinstance(content, Mapping):
        raise ParameterError(where, type(content).__name__, "a mapping")
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    require_keys({str(key): None for key in content}, set(known), where)
    for name, each in known.items():
        if name not in content and each.default is MISSING and each.default_factory is MISSING:
            raise ParameterError(f"{where}.{name}", None, "a value, but it is missing")
    return kind(**{str(key): value for key, value in content.items()})


def _text(holder: object, name: str, form: re.Pattern[str], expected: str, secret: bool = False) -> None:
    value = getattr(holder, name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ParameterError(name, "..." if secret else value, expected)


def _number(holder: object, name: str, least: float, most: float) -> None:
    value = getattr(holder, name)
    if isinstance(value, str):  # PyYAML reads 1e-3 as text
        try:
            value = float(value)
        except ValueError:
            value = None
        object.__setattr__(holder, name, value)
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not isfinite(value)
        or not least <= value <= most
    ):
        raise ParameterError(name, value, f"a number in [{least:g}, {most:g}]")


def _whole(holder: object, name: str, least: int, most: int) -> None:
    value = getattr(holder, name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ParameterError(name, value, f"a whole number from {least} to {most}")
